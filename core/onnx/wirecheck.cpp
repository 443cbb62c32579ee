// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/onnx/wirecheck.h"

#include <cstdint>

namespace requant::onnxformat {

namespace {

// Field numbers of onnx.proto: which length-delimited fields are messages, per message.
enum class Kind : std::uint8_t { Model, Graph, Node, Attribute, Tensor, ValueInfo, Type, Other, Bytes };

Kind childOf(Kind parent, std::uint64_t field)
{
    switch (parent) {
    case Kind::Model:
        return field == 7                                                ? Kind::Graph
               : field == 8 || field == 14 || field == 20 || field == 25 ? Kind::Other
                                                                         : Kind::Bytes;
    case Kind::Graph:
        switch (field) {
        case 1: return Kind::Node;
        case 5: return Kind::Tensor;
        case 11:
        case 12:
        case 13: return Kind::ValueInfo;
        case 14:
        case 15: return Kind::Other;
        default: return Kind::Bytes;
        }
    case Kind::Node:
        return field == 5 ? Kind::Attribute : field == 1 || field == 2 ? Kind::Other : Kind::Bytes; // names count too
    case Kind::Attribute:
        switch (field) {
        case 5:
        case 10: return Kind::Tensor;
        case 6:
        case 11: return Kind::Graph;
        case 9: return Kind::Other; // strings
        case 14:
        case 15:
        case 22:
        case 23: return Kind::Type;
        default: return Kind::Bytes;
        }
    case Kind::Tensor: return field == 13 || field == 6 ? Kind::Other : Kind::Bytes;
    case Kind::ValueInfo: return field == 2 ? Kind::Type : Kind::Bytes;
    case Kind::Type: return Kind::Type; // tensor_type, shape, dim: all messages
    default: return Kind::Bytes;
    }
}

class Walker
{
public:
    Walker(std::span<const std::byte> bytes, std::size_t most) : m_bytes(bytes), m_most(most) {}
    bool walk(std::size_t at, std::size_t end, Kind kind, int depth);
    WireFacts facts;

private:
    bool varint(std::size_t &at, std::size_t end, std::uint64_t &v) const
    {
        v = 0;
        for (int shift = 0; shift < 70 && at < end; shift += 7) {
            const auto byte = std::to_integer<std::uint64_t>(m_bytes[at++]);
            if (shift < 64)
                v |= (byte & 127u) << shift;
            if (byte < 128)
                return true;
        }
        return false;
    }
    std::span<const std::byte> m_bytes;
    std::size_t m_most;
};

bool Walker::walk(std::size_t at, std::size_t end, Kind kind, int depth)
{
    constexpr int kDeepest = 100; // protobuf's own limit
    if (depth > kDeepest)
        return false;
    while (at < end && facts.messages <= m_most) {
        std::uint64_t key = 0, length = 0;
        if (!varint(at, end, key) || (key >> 3) == 0)
            return kind == Kind::Type; // TypeProto's leaves are strings; they need not be messages
        switch (key & 7) {
        case 0:
            if (!varint(at, end, length))
                return kind == Kind::Type;
            if (kind == Kind::Model && (key >> 3) == 1)
                facts.hasVersion = true;
            continue;
        case 1: length = 8; break;
        case 2:
            if (!varint(at, end, length))
                return kind == Kind::Type;
            break;
        case 5: length = 4; break;
        default: return kind == Kind::Type;
        }
        if (length > end - at)
            return kind == Kind::Type;
        if ((key & 7) == 2) {
            const Kind child = childOf(kind, key >> 3);
            if (child != Kind::Bytes)
                ++facts.messages;
            if (child == Kind::Graph && kind == Kind::Model)
                facts.hasGraph = true;
            if (child != Kind::Bytes && child != Kind::Other && !walk(at, at + length, child, depth + 1))
                return false;
        }
        at += length;
    }
    return true;
}

} // namespace

std::optional<WireFacts> wireFacts(std::span<const std::byte> bytes, std::size_t most)
{
    Walker w(bytes, most);
    if (!w.walk(0, bytes.size(), Kind::Model, 0))
        return std::nullopt;
    return w.facts;
}

} // namespace requant::onnxformat
