// SPDX-License-Identifier: GPL-3.0-or-later
// The named arithmetics: how an integer accumulator becomes the next layer's integers. A word of the recipe and of every
// report, so it lives below both the scheme and the simulator, which implements them.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

namespace requant {

enum class Arithmetic : std::uint8_t {
    TfliteReference, // Q31 multiplier, saturating rounding doubling high multiply, then rounding right shift (double rounding)
    TfliteSingle,    // Q31 multiplier, one rounding of the exact product, half up (TFLITE_SINGLE_ROUNDING, CMSIS-NN's option)
    Xnnpack,         // clamp(rint(float(acc) * ((f32(in) * f32(w)) / f32(out))) + zp), half to even; also ONNX Runtime's
    // Hardware that scales by powers of two: one right shift, rounded as named. Multipliers that float32 scales only round to a power
    // of two (shiftOf() in poweroftwo.h) are it; others are computed with their exact Q31 product and the same single rounding, and
    // limits.h reports such layers.
    ShiftHalfUp,
    ShiftHalfEven,
    ShiftHalfAway,
    ShiftTruncate, // drops the low bits: towards minus infinity
    // As ONNX Runtime runs a QDQ network: weighted layers as Xnnpack, all others in float32 between DequantizeLinear and
    // QuantizeLinear (kernels/qdq.h).
    OnnxRuntime,
};

inline constexpr std::pair<std::string_view, Arithmetic> kArithmeticNames[]{
    {"tflite-reference", Arithmetic::TfliteReference},
    {"tflite-single", Arithmetic::TfliteSingle},
    {"xnnpack", Arithmetic::Xnnpack},
    {"shift-half-up", Arithmetic::ShiftHalfUp},
    {"shift-half-even", Arithmetic::ShiftHalfEven},
    {"shift-half-away", Arithmetic::ShiftHalfAway},
    {"shift-truncate", Arithmetic::ShiftTruncate},
    {"onnxruntime", Arithmetic::OnnxRuntime},
};

constexpr std::string_view arithmeticName(Arithmetic a)
{
    for (const auto &[name, value] : kArithmeticNames)
        if (value == a)
            return name;
    return {};
}

constexpr bool arithmeticFromName(std::string_view name, Arithmetic &out)
{
    for (const auto &[known, value] : kArithmeticNames) {
        if (name == known) {
            out = value;
            return true;
        }
    }
    return false;
}

constexpr bool isShift(Arithmetic a) { return a >= Arithmetic::ShiftHalfUp && a <= Arithmetic::ShiftTruncate; }

// What an adder of the hardware does at its ends.
enum class Overflow : std::uint8_t { Saturate, Wrap };

// Widths of the integer units; 0 stands for the runtime's own (accumulators of 32 bits, of 64 for int16 activations with int64
// biases; biases as they are stored). A narrow accumulator starts with the bias and adds products in the order of the weights in
// memory; saturation or wrapping acts after every addition. A bias that does not fit its width is brought in by the same rule,
// or, where the hardware keeps biases on a power-of-two scale of their own, rounded to biasBits significant bits (half to even).
// Both are counted, see LayerCounters.
struct AccumulatorModel
{
    int bits = 0; // 16..64
    Overflow overflow = Overflow::Saturate;
    int biasBits = 0; // 2..64
    bool biasOwnScale = false;
    friend bool operator==(const AccumulatorModel &, const AccumulatorModel &) = default;
};
inline constexpr int kFewestAccumulatorBits = 16, kFewestBiasBits = 2, kMostAccumulatorBits = 64;

constexpr std::string_view overflowName(Overflow o) { return o == Overflow::Wrap ? "wrap" : "saturate"; }

// All that decides which integers a network computes.
struct Numerics
{
    Arithmetic arithmetic;
    AccumulatorModel accumulator;
    constexpr Numerics(Arithmetic a = Arithmetic::TfliteReference, AccumulatorModel m = {}) : arithmetic(a), accumulator(m) {}
    friend bool operator==(const Numerics &, const Numerics &) = default;
};

// How the source of a conversion is computed beside its converted model: by the runtime that it was made for. That has the
// runtime's own widths, and rounds as TFLite does where the converted model goes to shifting hardware.
constexpr Numerics sourceNumerics(const Numerics &converted)
{
    return {isShift(converted.arithmetic) ? Arithmetic::TfliteReference : converted.arithmetic, {}};
}

} // namespace requant
