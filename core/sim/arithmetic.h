// SPDX-License-Identifier: GPL-3.0-or-later
// The named arithmetics: how an integer accumulator becomes the next layer's integers.
#pragma once

#include <cstdint>
#include <string_view>

namespace requant {

enum class Arithmetic : std::uint8_t {
    TfliteReference, // Q31 multiplier, saturating rounding doubling high multiply, then rounding right shift (double rounding)
    Xnnpack,         // clamp(rint(float(acc) * ((f32(in) * f32(w)) / f32(out))) + zp), half to even; also ONNX Runtime's
};

std::string_view arithmeticName(Arithmetic); // "tflite-reference", "xnnpack"
bool arithmeticFromName(std::string_view, Arithmetic &);

} // namespace requant
