// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/model.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace requant {

std::int64_t elementCount(const Shape &shape)
{
    std::int64_t n = 1;
    for (const std::int32_t d : shape) {
        if (d <= 0)
            return 0;
        if (__builtin_mul_overflow(n, std::int64_t{d}, &n))
            n = std::numeric_limits<std::int64_t>::max();
    }
    return n;
}

std::string shapeText(const Shape &shape)
{
    std::string out;
    for (const std::int32_t d : shape) {
        if (!out.empty())
            out += 'x';
        out += d < 0 ? std::string("?") : std::to_string(d);
    }
    return out.empty() ? std::string("scalar") : out;
}

bool QuantParams::sameGrid(const QuantParams &other) const
{
    const auto sameBits = [](float a, float b) {
        return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
    };
    if (!std::equal(scale.begin(), scale.end(), other.scale.begin(), other.scale.end(), sameBits))
        return false;
    if (isPerChannel() && quantizedDimension != other.quantizedDimension)
        return false;
    for (std::size_t c = 0; c < scale.size(); ++c) {
        if (zeroPointAt(c) != other.zeroPointAt(c))
            return false;
    }
    return true;
}

QuantParams QuantParams::perTensor(float scale, std::int64_t zeroPoint)
{
    QuantParams q;
    q.scale = {scale};
    q.zeroPoint = {zeroPoint};
    return q;
}

Buffer Buffer::fromBytes(std::vector<std::byte> bytes)
{
    auto owner = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
    Buffer b;
    b.data = *owner;
    b.owner = std::move(owner);
    b.present = true;
    return b;
}

std::span<const std::byte> Model::data(const Tensor &t) const
{
    // The format's convention, and the runtime's: buffer 0 never holds a tensor's data.
    if (t.buffer.value <= 0 || t.buffer.pos() >= buffers.size())
        return {};
    return buffers[t.buffer.pos()].data;
}

BufferIndex Model::addBuffer(Buffer b)
{
    if (buffers.empty())
        buffers.emplace_back();
    buffers.push_back(std::move(b));
    return BufferIndex(buffers.size() - 1);
}

std::span<const std::byte> Model::metadataBytes(std::string_view name) const
{
    for (const MetadataEntry &m : metadata) {
        if (m.name == name && m.buffer && m.buffer.pos() < buffers.size())
            return buffers[m.buffer.pos()].data;
    }
    return {};
}

void Model::setMetadata(std::string name, std::vector<std::byte> bytes)
{
    // A new buffer even where an entry is replaced: another entry or tensor may share the old one.
    const BufferIndex buffer = addBuffer(Buffer::fromBytes(std::move(bytes)));
    const auto it = std::find_if(metadata.begin(), metadata.end(),
                                 [&](const MetadataEntry &m) { return m.name == name; });
    if (it != metadata.end())
        it->buffer = buffer;
    else
        metadata.push_back({std::move(name), buffer});
}

std::string layerName(const Subgraph &graph, const Operator &op)
{
    const std::string unnamed = op.code == Op::Custom && !op.customCode.empty() ? op.customCode : opName(op.code);
    const auto first = std::find_if(op.outputs.begin(), op.outputs.end(), [&](TensorIndex t) {
        return t && t.pos() < graph.tensors.size() && !graph.tensor(t).name.empty();
    });
    if (first == op.outputs.end())
        return unnamed;
    // Names of fused operators are joined by ';' (newer converters); the first part names the layer.
    std::string_view name = graph.tensor(*first).name;
    name = name.substr(0, name.find(';'));
    // Leading path segments that most of the graph shares tell nothing: drop the network's own name.
    const auto slash = name.find('/');
    if (slash == std::string_view::npos || slash + 1 == name.size())
        return std::string(name);
    const std::string_view head = name.substr(0, slash + 1);
    std::size_t named = 0, sharing = 0;
    for (const Operator &other : graph.operators) {
        if (other.outputs.empty() || !other.outputs[0] || other.outputs[0].pos() >= graph.tensors.size())
            continue;
        ++named;
        sharing += graph.tensor(other.outputs[0]).name.starts_with(head);
    }
    return std::string(2 * sharing > named && named > 1 ? name.substr(slash + 1) : name);
}

} // namespace requant
