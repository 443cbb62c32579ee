// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tflite/flexmap.h"

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace requant {
namespace {

// FlexBuffers' type numbers; a packed type is (type << 2) | log2(bytes).
enum class Kind : std::uint8_t {
    Int = 1, UInt = 2, Float = 3, String = 5, IndirectInt = 6, IndirectUInt = 7, IndirectFloat = 8, Map = 9, Bool = 26
};

// Reads at places that the file names; every read is checked.
class Flex
{
public:
    explicit Flex(std::span<const std::byte> bytes) : m_bytes(bytes) {}

    std::optional<std::uint64_t> unsignedAt(std::size_t at, std::size_t width) const
    {
        if (at > m_bytes.size() || width > m_bytes.size() - at)
            return {};
        std::uint64_t v = 0;
        for (std::size_t i = width; i-- > 0;)
            v = v << 8 | static_cast<std::uint64_t>(m_bytes[at + i]);
        return v;
    }
    std::optional<std::int64_t> signedAt(std::size_t at, std::size_t width) const
    {
        const auto v = unsignedAt(at, width);
        const auto unused = static_cast<int>(64 - 8 * width);
        return v ? std::optional(static_cast<std::int64_t>(*v << unused) >> unused) : std::nullopt;
    }
    std::optional<double> realAt(std::size_t at, std::size_t width) const
    {
        const auto bits = unsignedAt(at, width);
        if (!bits || width < 4)
            return {};
        if (width == 8) {
            double v;
            std::memcpy(&v, &*bits, sizeof v);
            return v;
        }
        float v;
        const auto low = static_cast<std::uint32_t>(*bits);
        std::memcpy(&v, &low, sizeof v);
        return static_cast<double>(v);
    }
    // Where an offset points: offsets count backwards from themselves.
    std::optional<std::size_t> target(std::size_t at, std::size_t width) const
    {
        const auto offset = unsignedAt(at, width);
        return offset && *offset <= at ? std::optional(at - static_cast<std::size_t>(*offset)) : std::nullopt;
    }
    std::optional<std::string> textAt(std::size_t at) const
    {
        std::string text;
        for (; at < m_bytes.size(); ++at) {
            if (m_bytes[at] == std::byte{0})
                return text;
            text.push_back(static_cast<char>(m_bytes[at]));
        }
        return {};
    }

private:
    std::span<const std::byte> m_bytes;
};

// A value of a vector whose elements have `width` bytes; `own` is the width of what an offset points to.
std::optional<FieldValue> scalar(const Flex &flex, Kind kind, std::size_t at, std::size_t width, std::size_t own)
{
    if (kind == Kind::IndirectInt || kind == Kind::IndirectUInt || kind == Kind::IndirectFloat || kind == Kind::String) {
        const auto to = flex.target(at, width);
        if (!to)
            return {};
        at = *to;
        width = own;
    }
    switch (kind) {
    case Kind::Int:
    case Kind::IndirectInt:
        if (const auto v = flex.signedAt(at, width))
            return FieldValue{*v};
        return {};
    case Kind::UInt:
    case Kind::IndirectUInt:
    case Kind::Bool:
        if (const auto v = flex.unsignedAt(at, width))
            return FieldValue{static_cast<std::int64_t>(*v)};
        return {};
    case Kind::Float:
    case Kind::IndirectFloat:
        if (const auto v = flex.realAt(at, width))
            return FieldValue{*v};
        return {};
    case Kind::String:
        if (auto v = flex.textAt(at))
            return FieldValue{std::move(*v)};
        return {};
    default: return {};
    }
}

} // namespace

TablePtr readFlexMap(std::span<const std::byte> bytes)
{
    const Flex flex(bytes);
    if (bytes.size() < 3)
        return {};
    // At the end: the root, its packed type, its width.
    const auto rootWidth = static_cast<std::size_t>(bytes[bytes.size() - 1]);
    const auto packed = static_cast<std::uint8_t>(bytes[bytes.size() - 2]);
    if (static_cast<Kind>(packed >> 2) != Kind::Map || rootWidth == 0 || rootWidth > 8 || rootWidth > bytes.size() - 2)
        return {};
    const auto map = flex.target(bytes.size() - 2 - rootWidth, rootWidth);
    const std::size_t width = std::size_t{1} << (packed & 3);
    if (!map || *map < 3 * width)
        return {};
    // Before the map's values: where the keys are, the width of their offsets, the number of entries.
    const auto keys = flex.target(*map - 3 * width, width);
    const auto keyWidth = flex.unsignedAt(*map - 2 * width, width), count = flex.unsignedAt(*map - width, width);
    if (!keys || !keyWidth || *keyWidth == 0 || *keyWidth > 8 || !count || *count > bytes.size() / (width + 1))
        return {};
    auto table = std::make_shared<Table>();
    table->type = "CustomOptions";
    for (std::size_t i = 0; i < *count; ++i) {
        const auto key = flex.target(*keys + i * static_cast<std::size_t>(*keyWidth), static_cast<std::size_t>(*keyWidth));
        const auto type = flex.unsignedAt(*map + static_cast<std::size_t>(*count) * width + i, 1);
        if (!key || !type)
            return {};
        auto name = flex.textAt(*key);
        if (!name)
            return {};
        if (auto value = scalar(flex, static_cast<Kind>(*type >> 2), *map + i * width, width, std::size_t{1} << (*type & 3)))
            table->fields.push_back({std::move(*name), std::move(*value)});
    }
    return table;
}

} // namespace requant
