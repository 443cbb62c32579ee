// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/integers.h"

#include <cstring>

namespace requant {

namespace {

template <class T>
void putInteger(std::vector<std::byte> &out, std::int64_t v)
{
    const T t = static_cast<T>(v);
    const auto *p = reinterpret_cast<const std::byte *>(&t);
    out.insert(out.end(), p, p + sizeof t);
}

} // namespace

std::vector<std::byte> packIntegers(const std::vector<std::int64_t> &values, ElementType type)
{
    std::vector<std::byte> out;
    out.reserve(byteSize(type, values.size()));
    if (type == ElementType::Int4) {
        for (std::size_t i = 0; i < values.size(); i += 2) {
            const std::int64_t low = values[i] & 15;
            const std::int64_t high = i + 1 < values.size() ? values[i + 1] & 15 : 0;
            out.push_back(static_cast<std::byte>(low | (high << 4)));
        }
        return out;
    }
    for (std::int64_t v : values) {
        switch (type) {
        case ElementType::Int8: putInteger<std::int8_t>(out, v); break;
        case ElementType::UInt8: putInteger<std::uint8_t>(out, v); break;
        case ElementType::Int16: putInteger<std::int16_t>(out, v); break;
        case ElementType::Int32: putInteger<std::int32_t>(out, v); break;
        default: putInteger<std::int64_t>(out, v); break;
        }
    }
    return out;
}

std::vector<std::int64_t> unpackIntegers(std::span<const std::byte> data, ElementType type, std::size_t n)
{
    std::vector<std::int64_t> out(n, 0);
    const auto get = [&]<class T>(T) {
        for (std::size_t i = 0; i < n && (i + 1) * sizeof(T) <= data.size(); ++i) {
            T v;
            std::memcpy(&v, data.data() + i * sizeof(T), sizeof(T));
            out[i] = v;
        }
    };
    switch (type) {
    case ElementType::Int4:
        for (std::size_t i = 0; i < n && i / 2 < data.size(); ++i) {
            const int nibble = static_cast<int>(data[i / 2] >> (i % 2 ? 4 : 0)) & 15;
            out[i] = nibble < 8 ? nibble : nibble - 16;
        }
        break;
    case ElementType::Int8: get(std::int8_t{}); break;
    case ElementType::UInt8: get(std::uint8_t{}); break;
    case ElementType::Int16: get(std::int16_t{}); break;
    case ElementType::Int32: get(std::int32_t{}); break;
    case ElementType::Int64: get(std::int64_t{}); break;
    default: break;
    }
    return out;
}

} // namespace requant
