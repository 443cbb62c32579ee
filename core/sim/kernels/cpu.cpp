// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/cpu.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>

#if defined(__x86_64__) && defined(__GNUC__)
#define REQUANT_X86 1
#include <cpuid.h>
#endif
#if defined(REQUANT_X86) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace requant {
namespace {

// Linux gives a process the large tile state only on request (arch_prctl, ARCH_REQ_XCOMP_PERM).
bool grantedAmx()
{
#if defined(REQUANT_X86) && defined(__linux__)
    constexpr unsigned kTile = 1u << 24, kInt8 = 1u << 25; // leaf 7, EDX
    constexpr long kRequestPermission = 0x1023, kTileData = 18;
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (d & kTile) == 0 || (d & kInt8) == 0)
        return false;
    return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
    return false;
#endif
}

SimdLevel detect()
{
#ifdef REQUANT_X86
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq")) {
        if (!__builtin_cpu_supports("avx512vnni"))
            return SimdLevel::Avx512;
        static const bool amx = grantedAmx();
        return amx ? SimdLevel::Amx : SimdLevel::Avx512Vnni;
    }
    if (__builtin_cpu_supports("avx2"))
        return SimdLevel::Avx2;
#endif
    return SimdLevel::Scalar;
}

SimdLevel wanted()
{
    const char *text = std::getenv("REQUANT_SIMD");
    const std::string_view name = text ? text : "";
    for (const auto level : {SimdLevel::Scalar, SimdLevel::Avx2, SimdLevel::Avx512, SimdLevel::Avx512Vnni})
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
    case SimdLevel::Amx: return "amx";
    }
    return "scalar";
}

} // namespace requant
