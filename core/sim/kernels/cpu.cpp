// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/cpu.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>

namespace requant {
namespace {

SimdLevel detect()
{
#if defined(__x86_64__) && defined(__GNUC__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq"))
        return __builtin_cpu_supports("avx512vnni") ? SimdLevel::Avx512Vnni : SimdLevel::Avx512;
    if (__builtin_cpu_supports("avx2"))
        return SimdLevel::Avx2;
#endif
    return SimdLevel::Scalar;
}

SimdLevel wanted()
{
    const char *text = std::getenv("REQUANT_SIMD");
    const std::string_view name = text ? text : "";
    for (const auto level : {SimdLevel::Scalar, SimdLevel::Avx2, SimdLevel::Avx512})
        if (name == simdLevelName(level))
            return std::min(level, detect());
    return detect();
}

std::atomic<SimdLevel> &current()
{
    static std::atomic<SimdLevel> level{wanted()};
    return level;
}

} // namespace

SimdLevel simdLevel() { return current().load(std::memory_order_relaxed); }

void setSimdLevel(SimdLevel level) { current().store(std::min(level, detect()), std::memory_order_relaxed); }

std::string_view simdLevelName(SimdLevel level)
{
    switch (level) {
    case SimdLevel::Scalar: return "scalar";
    case SimdLevel::Avx2: return "avx2";
    case SimdLevel::Avx512: return "avx512";
    case SimdLevel::Avx512Vnni: return "vnni";
    }
    return "scalar";
}

} // namespace requant
