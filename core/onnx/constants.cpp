// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/onnx/constants.h"

#include "core/base/files.h"
#include "core/onnx/messages.h"

#include <algorithm>
#include <bit>
#include <charconv>

namespace requant::onnxformat {

namespace {

template <class T>
void put(std::vector<std::byte> &bytes, T v)
{
    const auto *p = reinterpret_cast<const std::byte *>(&v);
    bytes.insert(bytes.end(), p, p + sizeof v);
}

template <class T>
T get(const std::vector<std::byte> &bytes, std::size_t i)
{
    T v;
    std::memcpy(&v, bytes.data() + i * sizeof(T), sizeof v);
    return v;
}

float fromHalf(std::uint16_t h)
{
    const std::uint32_t sign = (h & 0x8000u) << 16, exponent = (h >> 10) & 31u, fraction = h & 1023u;
    if (exponent == 31)
        return std::bit_cast<float>(sign | 0x7F800000u | (fraction << 13));
    if (exponent == 0) {
        const float v = static_cast<float>(fraction) * 0x1p-24f;
        return sign ? -v : v;
    }
    return std::bit_cast<float>(sign | ((exponent + 112u) << 23) | (fraction << 13));
}

// Low nibble first.
std::vector<std::byte> unpacked4(std::string_view raw, std::size_t count, bool isSigned)
{
    std::vector<std::byte> out(count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto byte = static_cast<unsigned char>(raw[i / 2]);
        const unsigned nibble = i % 2 ? byte >> 4 : byte & 15u;
        out[i] = static_cast<std::byte>(isSigned && nibble > 7 ? nibble | 0xF0u : nibble);
    }
    return out;
}

std::string fromFile(const onnx::TensorProto &t, const std::filesystem::path &folder, std::size_t wanted)
{
    std::string location;
    std::uint64_t offset = 0, length = wanted;
    for (const auto &entry : t.external_data()) {
        const auto number = [&](std::uint64_t &v) {
            const char *end = entry.value().data() + entry.value().size();
            if (const auto r = std::from_chars(entry.value().data(), end, v); r.ec != std::errc() || r.ptr != end)
                refuse(kTensor, {t.name(), "its external data has the " + entry.key() + " \"" + entry.value() + "\""});
        };
        if (entry.key() == "location")
            location = entry.value();
        else if (entry.key() == "offset")
            number(offset);
        else if (entry.key() == "length")
            number(length);
    }
    const std::filesystem::path relative(location);
    const bool climbs = std::any_of(relative.begin(), relative.end(), [](const auto &part) { return part == ".."; });
    if (location.empty() || relative.is_absolute() || climbs || location.find('\0') != std::string::npos)
        refuse(kTensor,
               {t.name(), "its external data is in \"" + location + "\", which is not a file beside the model"});
    if (folder.empty())
        refuse(kTensor, {t.name(), "its data is in another file (" + location + ")"});
    const auto mapped = mapFile(folder / relative);
    if (!mapped)
        refuse(kTensor, {t.name(), "its external data cannot be read: " + text(mapped.error())});
    if (offset > mapped->bytes.size() || length > mapped->bytes.size() - offset)
        refuse(kTensor, {t.name(), "its external data reaches past the end of " + location});
    if (length != wanted)
        refuse(kTensor, {t.name(), "its external data has " + std::to_string(length) + " bytes instead of "
                                       + std::to_string(wanted)});
    return {reinterpret_cast<const char *>(mapped->bytes.data()) + offset, static_cast<std::size_t>(length)};
}

} // namespace

std::size_t elementBytes(ElementType type)
{
    return std::max<std::size_t>(1, bitWidth(type) / 8);
}

ElementType elementTypeOf(int onnxType, const std::string &of)
{
    // TensorProto.DataType; 21 and 22 are newer than Debian's schema.
    switch (onnxType) {
    case 1: return ElementType::Float32;
    case 2: return ElementType::UInt8;
    case 3: return ElementType::Int8;
    case 4: return ElementType::UInt16;
    case 5: return ElementType::Int16;
    case 6: return ElementType::Int32;
    case 7: return ElementType::Int64;
    case 9: return ElementType::Bool;
    case 10: return ElementType::Float16;
    case 11: return ElementType::Float64;
    case 12: return ElementType::UInt32;
    case 13: return ElementType::UInt64;
    case 16: return ElementType::BFloat16;
    case 21: return ElementType::UInt4;
    case 22: return ElementType::Int4;
    default: break;
    }
    constexpr const char *kNames[] = {"undefined",
                                      "",
                                      "",
                                      "",
                                      "",
                                      "",
                                      "",
                                      "",
                                      "string",
                                      "",
                                      "",
                                      "",
                                      "",
                                      "",
                                      "complex64",
                                      "complex128",
                                      "",
                                      "float8e4m3fn",
                                      "float8e4m3fnuz",
                                      "float8e5m2",
                                      "float8e5m2fnuz"};
    const bool named = onnxType >= 0 && onnxType < static_cast<int>(std::size(kNames)) && kNames[onnxType][0] != '\0';
    refuse(kTensor,
           {of, "its type " + (named ? std::string(kNames[onnxType]) : std::to_string(onnxType)) + " cannot be used"});
}

Shape checkedShape(const std::vector<std::int64_t> &dims, const OnnxLimits &limits, const std::string &of)
{
    Shape shape;
    std::int64_t elements = 1;
    for (const std::int64_t d : dims) {
        if (d < 0 || d > std::numeric_limits<std::int32_t>::max()
            || __builtin_mul_overflow(elements, std::max<std::int64_t>(d, 1), &elements)
            || elements > limits.maxElements)
            refuse(kTensor, {of, "its shape is not possible (dimension " + std::to_string(d) + ")"});
        shape.push_back(static_cast<std::int32_t>(d));
    }
    constexpr std::size_t kMostDimensions = 8;
    if (shape.size() > kMostDimensions)
        refuse(kTensor, {of, "it has " + std::to_string(shape.size()) + " dimensions; 8 are supported"});
    return shape;
}

Constant readConstant(const onnx::TensorProto &t, const std::filesystem::path &folder, const OnnxLimits &limits)
{
    Constant c;
    c.shape = checkedShape({t.dims().begin(), t.dims().end()}, limits, t.name());
    c.type = elementTypeOf(t.data_type(), t.name());
    if (t.has_segment())
        refuse(kTensor, {t.name(), "it is stored in segments"});
    const std::size_t n = c.count(), stored = byteSize(c.type, n);
    const bool four = c.type == ElementType::Int4 || c.type == ElementType::UInt4;
    if (t.has_raw_data() || t.data_location() == onnx::TensorProto::EXTERNAL) {
        const std::string raw =
            t.data_location() == onnx::TensorProto::EXTERNAL ? fromFile(t, folder, stored) : t.raw_data();
        if (raw.size() != stored)
            refuse(kTensor,
                   {t.name(), "it has " + std::to_string(raw.size()) + " bytes; its shape " + shapeText(c.shape)
                                  + " and type " + std::string(typeName(c.type)) + " need " + std::to_string(stored)});
        if (four) {
            c.bytes = unpacked4(raw, n, c.type == ElementType::Int4);
        } else {
            const auto *p = reinterpret_cast<const std::byte *>(raw.data());
            c.bytes.assign(p, p + raw.size());
        }
        return c;
    }
    const auto wrong = [&](int have) {
        refuse(kTensor, {t.name(), "it has " + std::to_string(have) + " values; its shape " + shapeText(c.shape)
                                       + " needs " + std::to_string(n)});
    };
    const auto all = [&](const auto &values, auto as) {
        if (static_cast<std::size_t>(values.size()) != n)
            wrong(values.size());
        c.bytes.reserve(n * sizeof as);
        for (const auto &v : values)
            put(c.bytes, static_cast<decltype(as)>(v));
    };
    switch (c.type) {
    case ElementType::Float32: all(t.float_data(), float{}); break;
    case ElementType::Float64: all(t.double_data(), double{}); break;
    case ElementType::Int64: all(t.int64_data(), std::int64_t{}); break;
    case ElementType::UInt32: all(t.uint64_data(), std::uint32_t{}); break;
    case ElementType::UInt64: all(t.uint64_data(), std::uint64_t{}); break;
    case ElementType::Int32: all(t.int32_data(), std::int32_t{}); break;
    case ElementType::Int16: all(t.int32_data(), std::int16_t{}); break;
    case ElementType::UInt16:
    case ElementType::Float16:
    case ElementType::BFloat16: all(t.int32_data(), std::uint16_t{}); break;
    case ElementType::Int8: all(t.int32_data(), std::int8_t{}); break;
    case ElementType::UInt8:
    case ElementType::Bool: all(t.int32_data(), std::uint8_t{}); break;
    case ElementType::Int4:
    case ElementType::UInt4: { // two elements per entry
        if (static_cast<std::size_t>(t.int32_data_size()) != stored)
            wrong(t.int32_data_size() * 2);
        std::string raw;
        for (const std::int32_t v : t.int32_data())
            raw.push_back(static_cast<char>(v));
        c.bytes = unpacked4(raw, n, c.type == ElementType::Int4);
        break;
    }
    default: refuse(kTensor, {t.name(), "its type cannot be used"});
    }
    return c;
}

std::vector<float> Constant::floats() const
{
    std::vector<float> out(count());
    for (std::size_t i = 0; i < out.size(); ++i) {
        switch (type) {
        case ElementType::Float32: out[i] = get<float>(bytes, i); break;
        case ElementType::Float64: out[i] = static_cast<float>(get<double>(bytes, i)); break;
        case ElementType::Float16: out[i] = fromHalf(get<std::uint16_t>(bytes, i)); break;
        case ElementType::BFloat16:
            out[i] = std::bit_cast<float>(std::uint32_t{get<std::uint16_t>(bytes, i)} << 16);
            break;
        default: refuse(kTensor, {"(constant)", "it is " + std::string(typeName(type)) + " where floats are needed"});
        }
    }
    return out;
}

std::vector<std::int64_t> Constant::integers() const
{
    std::vector<std::int64_t> out(count());
    for (std::size_t i = 0; i < out.size(); ++i) {
        switch (type) {
        case ElementType::Int4:
        case ElementType::Int8: out[i] = get<std::int8_t>(bytes, i); break;
        case ElementType::UInt4:
        case ElementType::Bool:
        case ElementType::UInt8: out[i] = get<std::uint8_t>(bytes, i); break;
        case ElementType::Int16: out[i] = get<std::int16_t>(bytes, i); break;
        case ElementType::UInt16: out[i] = get<std::uint16_t>(bytes, i); break;
        case ElementType::Int32: out[i] = get<std::int32_t>(bytes, i); break;
        case ElementType::UInt32: out[i] = get<std::uint32_t>(bytes, i); break;
        case ElementType::UInt64:
        case ElementType::Int64: out[i] = get<std::int64_t>(bytes, i); break;
        default: refuse(kTensor, {"(constant)", "it is " + std::string(typeName(type)) + " where integers are needed"});
        }
    }
    return out;
}

Constant Constant::ofFloats(Shape shape, const std::vector<float> &values)
{
    Constant c{std::move(shape), ElementType::Float32, {}, {}, 0};
    c.bytes.resize(values.size() * sizeof(float));
    if (!values.empty())
        std::memcpy(c.bytes.data(), values.data(), c.bytes.size());
    return c;
}

Constant Constant::ofIntegers(Shape shape, ElementType type, const std::vector<std::int64_t> &values)
{
    Constant c{std::move(shape), type, {}, {}, 0};
    c.bytes.reserve(values.size() * elementBytes(type));
    const IntegerRange r = integerRange(type);
    for (const std::int64_t raw : values) {
        const std::int64_t v = std::clamp(raw, r.min, r.max);
        switch (elementBytes(type)) {
        case 1: put(c.bytes, static_cast<std::int8_t>(v)); break;
        case 2: put(c.bytes, static_cast<std::int16_t>(v)); break;
        case 4: put(c.bytes, static_cast<std::int32_t>(v)); break;
        default: put(c.bytes, v); break;
        }
    }
    return c;
}

} // namespace requant::onnxformat
