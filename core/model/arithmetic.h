// SPDX-License-Identifier: GPL-3.0-or-later
// The named arithmetics: how an integer accumulator becomes the next layer's integers. A word of the recipe and of every
// report, so it lives below both the scheme and the simulator, which implements them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace requant {

enum class Arithmetic : std::uint8_t {
    TfliteReference, // Q31 multiplier, saturating rounding doubling high multiply, then rounding right shift (double rounding)
    Xnnpack,         // clamp(rint(float(acc) * ((f32(in) * f32(w)) / f32(out))) + zp), half to even; also ONNX Runtime's
};

// "tflite-reference", "xnnpack"
constexpr std::string_view arithmeticName(Arithmetic a)
{
    return a == Arithmetic::Xnnpack ? "xnnpack" : "tflite-reference";
}

constexpr bool arithmeticFromName(std::string_view name, Arithmetic &out)
{
    for (const Arithmetic a : {Arithmetic::TfliteReference, Arithmetic::Xnnpack}) {
        if (name == arithmeticName(a)) {
            out = a;
            return true;
        }
    }
    return false;
}

} // namespace requant
