// SPDX-License-Identifier: GPL-3.0-or-later
// What the obvious twins of operators with weights share: arithmetics to choose from, an accumulator's way to its output.
#pragma once

#include "oneoperator.h"

#include "core/sim/fixedpoint.h"
#include "core/sim/kernels/cpu.h"

#include <algorithm>
#include <cmath>

namespace testing {

inline constexpr requant::Arithmetic kArithmetics[] = {
    requant::Arithmetic::TfliteReference, requant::Arithmetic::TfliteSingle,   requant::Arithmetic::Xnnpack,
    requant::Arithmetic::ShiftHalfUp,     requant::Arithmetic::ShiftHalfEven, requant::Arithmetic::ShiftHalfAway,
    requant::Arithmetic::ShiftTruncate};

inline requant::Arithmetic randomArithmetic(Random &random) { return kArithmetics[random.integer(0, 6)]; }

// Sets a random SIMD level for kernels that are prepared while it lives.
class RandomSimd
{
public:
    explicit RandomSimd(Random &random) : m_before(requant::simdLevel())
    {
        requant::setSimdLevel(static_cast<requant::SimdLevel>(random.integer(0, static_cast<int>(m_before))));
    }
    ~RandomSimd() { requant::setSimdLevel(m_before); }
    RandomSimd(const RandomSimd &) = delete;
    RandomSimd &operator=(const RandomSimd &) = delete;

private:
    requant::SimdLevel m_before;
};

// A grid of an output: 8 or 16 bits, with the bounds of a fused activation (0: none, 1: RELU, 2: RELU_N1_TO_1, 3: RELU6).
struct OutputGrid
{
    requant::ElementType type;
    float scale;
    std::int64_t zeroPoint;
    int activation = 0;
    std::int64_t clamp(std::int64_t v) const
    {
        const requant::IntegerRange range = requant::integerRange(type);
        const auto at = [&](double real) { return zeroPoint + static_cast<std::int64_t>(std::round(static_cast<float>(real) / scale)); };
        std::int64_t low = range.min, high = range.max;
        if (activation == 1 || activation == 3)
            low = std::max(low, at(0));
        if (activation == 3)
            high = std::min(high, at(6));
        if (activation == 2) {
            low = std::max(low, at(-1));
            high = std::min(high, at(1));
        }
        return std::min(std::max(v, low), high);
    }
};

enum class Form { Fixed32, Fixed64, Float }; // accumulators of 32 or 48 bits through a fixed-point multiplier, XNNPACK's float

// `product`: the scales of input and weights multiplied as the operator does, for Form::Float in float.
inline std::int64_t scaledOutput(std::int64_t acc, double product, Form form, const OutputGrid &out, requant::Arithmetic arithmetic)
{
    using namespace requant;
    const Multiplier m = quantizeMultiplier(product / static_cast<double>(out.scale));
    std::int64_t v = 0;
    switch (form) {
    case Form::Fixed32: v = multiplyByQuantizedMultiplier(static_cast<std::int32_t>(acc), m, fixedRounding(arithmetic)); break;
    case Form::Fixed64: v = multiplyByQuantizedMultiplier(acc, m, fixedRounding(arithmetic)); break;
    case Form::Float: {
        const float scale = static_cast<float>(product) / out.scale;
        v = static_cast<std::int64_t>(std::nearbyint(std::clamp(static_cast<float>(static_cast<std::int32_t>(acc)) * scale, -1e9f, 1e9f)));
        break;
    }
    }
    return out.clamp(v + out.zeroPoint);
}

inline std::size_t count(const requant::Shape &shape) { return static_cast<std::size_t>(requant::elementCount(shape)); }

// Floats with a few exact zeros.
inline std::vector<float> randomFloats(Random &random, std::size_t n, double magnitude = 1.0)
{
    std::vector<float> v(n);
    for (float &x : v)
        x = random.integer(0, 9) == 0 ? 0.0f : static_cast<float>(random.real(-magnitude, magnitude));
    return v;
}

inline requant::SimOptions optionsFor(requant::Arithmetic arithmetic, unsigned threads = 1)
{
    requant::SimOptions o;
    o.arithmetic = arithmetic;
    o.threads = threads;
    return o;
}

// A sequence of inputs; the state lives on. Returns all outputs.
template <class In, class Out>
std::vector<std::vector<Out>> runSequence(OneOperator &one, const std::vector<std::vector<In>> &sequence, const requant::SimOptions &options)
{
    auto sim = one.simulator(options);
    REQUIRE(sim);
    if (const auto ok = sim->supported(); !ok)
        FAIL(requant::text(ok.error()));
    std::vector<std::vector<Out>> first;
    for (int again = 0; again < 2; ++again) { // a reset starts the same sequence
        std::vector<std::vector<Out>> outputs;
        for (const auto &in : sequence) {
            REQUIRE(sim->setInput(0, std::as_bytes(std::span(in))));
            REQUIRE(sim->run());
            outputs.push_back(valuesOf<Out>(sim->output(0)));
        }
        if (again == 0)
            first = outputs;
        CHECK(outputs == first);
        sim->resetState();
    }
    return first;
}

} // namespace testing
