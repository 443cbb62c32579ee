// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/elementtype.h"

#include <array>
#include <limits>

namespace requant {

namespace {

struct TypeFacts
{
    std::string_view name, shortName;
    std::size_t bits;
    bool integer, isSigned;
};

// In the order of ElementType.
constexpr std::array<TypeFacts, 23> kTypes{{
    {"float32", "f32", 32, false, true},
    {"float16", "f16", 16, false, true},
    {"int32", "i32", 32, true, true},
    {"uint8", "u8", 8, true, false},
    {"int64", "i64", 64, true, true},
    {"string", "str", 0, false, false},
    {"bool", "b", 8, false, false},
    {"int16", "i16", 16, true, true},
    {"complex64", "c64", 64, false, true},
    {"int8", "i8", 8, true, true},
    {"float64", "f64", 64, false, true},
    {"complex128", "c128", 128, false, true},
    {"uint64", "u64", 64, true, false},
    {"resource", "res", 0, false, false},
    {"variant", "var", 0, false, false},
    {"uint32", "u32", 32, true, false},
    {"uint16", "u16", 16, true, false},
    {"int4", "i4", 4, true, true},
    {"bfloat16", "bf16", 16, false, true},
    {"int2", "i2", 2, true, true},
    {"uint4", "u4", 4, true, false},
    {"float8_e4m3fn", "f8e4m3", 8, false, true},
    {"float8_e5m2", "f8e5m2", 8, false, true},
}};

// A number newer than the table is a type without a known width.
constexpr TypeFacts kUnknown{"unknown", "?", 0, false, false};

const TypeFacts &facts(ElementType t)
{
    const auto i = static_cast<std::size_t>(t);
    return i < kTypes.size() ? kTypes[i] : kUnknown;
}

} // namespace

std::string_view typeName(ElementType t)
{
    return facts(t).name;
}

std::string_view typeShortName(ElementType t)
{
    return facts(t).shortName;
}

bool typeFromName(std::string_view name, ElementType &out)
{
    for (std::size_t i = 0; i < kTypes.size(); ++i) {
        if (kTypes[i].name == name) {
            out = static_cast<ElementType>(i);
            return true;
        }
    }
    return false;
}

std::size_t bitWidth(ElementType t)
{
    return facts(t).bits;
}

std::size_t byteSize(ElementType t, std::size_t n)
{
    const std::size_t bits = bitWidth(t);
    if (bits >= 8)
        return n * (bits / 8);
    const std::size_t perByte = bits == 0 ? 0 : 8 / bits;
    return perByte == 0 ? 0 : n / perByte + (n % perByte != 0);
}

IntegerRange integerRange(ElementType t)
{
    const TypeFacts &f = facts(t);
    if (!f.integer)
        return {0, 0};
    if (f.bits == 64) // the upper half of uint64 does not fit
        return {f.isSigned ? std::numeric_limits<std::int64_t>::min() : 0, std::numeric_limits<std::int64_t>::max()};
    if (f.isSigned)
        return {-(std::int64_t{1} << (f.bits - 1)), (std::int64_t{1} << (f.bits - 1)) - 1};
    return {0, (std::int64_t{1} << f.bits) - 1};
}

bool isIntegerStorage(ElementType t)
{
    return facts(t).integer;
}

} // namespace requant
