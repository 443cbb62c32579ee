// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/model.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <unordered_map>

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

namespace {

// The first output's name; of the names that newer converters join by ';' for fused operators, the first.
std::string_view outputName(const Subgraph &graph, const Operator &op)
{
    for (const TensorIndex t : op.outputs) {
        if (t && t.pos() < graph.tensors.size() && !graph.tensor(t).name.empty()) {
            const std::string_view name = graph.tensor(t).name;
            return name.substr(0, name.find(';'));
        }
    }
    return {};
}

// "MobilenetV2/" of "MobilenetV2/Conv/Relu6"; empty if the name has one part.
std::string_view networkPart(std::string_view name)
{
    const auto slash = name.find('/');
    return slash == name.npos || slash + 1 == name.size() ? std::string_view() : name.substr(0, slash + 1);
}

// The leading part that most layers share, which therefore tells nothing: the network's own name. Empty if there is none.
std::string_view sharedPart(const Subgraph &graph)
{
    std::unordered_map<std::string_view, std::size_t> counts;
    std::size_t named = 0;
    for (const Operator &op : graph.operators) {
        const std::string_view name = outputName(graph, op);
        named += !name.empty();
        if (const std::string_view part = networkPart(name); !part.empty())
            ++counts[part];
    }
    for (const auto &[part, count] : counts) {
        if (2 * count > named && named > 1)
            return part;
    }
    return {};
}

std::string layerName(const Subgraph &graph, const Operator &op, std::string_view shared)
{
    const std::string_view name = outputName(graph, op);
    if (name.empty())
        return op.code == Op::Custom && !op.customCode.empty() ? op.customCode : opName(op.code);
    return std::string(!shared.empty() && networkPart(name) == shared ? name.substr(shared.size()) : name);
}

} // namespace

std::string layerName(const Subgraph &graph, const Operator &op)
{
    return layerName(graph, op, sharedPart(graph));
}

std::vector<std::string> layerNames(const Subgraph &graph)
{
    const std::string_view shared = sharedPart(graph);
    std::vector<std::string> out;
    out.reserve(graph.operators.size());
    for (const Operator &op : graph.operators)
        out.push_back(layerName(graph, op, shared));
    return out;
}

} // namespace requant
