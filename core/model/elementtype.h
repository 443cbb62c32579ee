// SPDX-License-Identifier: GPL-3.0-or-later
// Element types. The numbers are those of the TFLite schema's TensorType.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace requant {

enum class ElementType : std::uint8_t {
    Float32 = 0, Float16 = 1, Int32 = 2, UInt8 = 3, Int64 = 4, String = 5, Bool = 6, Int16 = 7, Complex64 = 8,
    Int8 = 9, Float64 = 10, Complex128 = 11, UInt64 = 12, Resource = 13, Variant = 14, UInt32 = 15, UInt16 = 16,
    Int4 = 17, BFloat16 = 18, Int2 = 19, UInt4 = 20, Float8E4M3Fn = 21, Float8E5M2 = 22,
};

std::string_view typeName(ElementType);            // "int8"
std::string_view typeShortName(ElementType);       // "i8"
bool typeFromName(std::string_view, ElementType &); // accepts typeName() spellings
std::size_t bitWidth(ElementType);                 // 4 for int4; 0 for types without a fixed width (string, resource)
// Bytes of n elements; int4 and int2 are packed, low bits first, rounded up to whole bytes.
std::size_t byteSize(ElementType, std::size_t n);

struct IntegerRange
{
    std::int64_t min = 0, max = 0;
};
IntegerRange integerRange(ElementType); // of int4, int8, uint8, int16, int32, int64 ...; {0,0} for others
bool isIntegerStorage(ElementType);     // int2, int4, uint4, int8, uint8, int16, int32, int64, uint...

} // namespace requant
