// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/floatreference.h"

#include "core/scheme/scheme.h"
#include "core/sim/samples.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace requant {
namespace {

constexpr Message kNoReals{"sim.no-reals", "constant %1 (%2) cannot be read as real numbers: %3"};

bool hasGrid(const Tensor &t) { return t.quant.isQuantized() && isIntegerStorage(t.type); }

// Inputs that hold positions, sizes or axes.
bool isIndexInput(Op op, std::size_t k)
{
    switch (op) {
    case Op::Split:
    case Op::Fill:
    case Op::TransposeConv:
    case Op::EmbeddingLookup: return k == 0;
    case Op::OneHot: return k <= 1;
    case Op::ScatterNd: return k == 0 || k == 2;
    case Op::DynamicUpdateSlice: return k == 2;
    case Op::Slice:
    case Op::StridedSlice:
    case Op::SplitV:
    case Op::SpaceToBatchNd:
    case Op::BatchToSpaceNd: return k >= 1;
    case Op::Reshape:
    case Op::ExpandDims:
    case Op::Pad:
    case Op::Padv2:
    case Op::MirrorPad:
    case Op::Transpose:
    case Op::Gather:
    case Op::GatherNd:
    case Op::Tile:
    case Op::BroadcastTo:
    case Op::ReverseV2:
    case Op::ReverseSequence:
    case Op::ResizeBilinear:
    case Op::ResizeNearestNeighbor:
    case Op::TopkV2:
    case Op::ArgMax:
    case Op::ArgMin:
    case Op::Mean:
    case Op::Sum:
    case Op::ReduceMax:
    case Op::ReduceMin:
    case Op::ReduceProd:
    case Op::Cumsum: return k == 1;
    default: return false;
    }
}

// The schema's number of the activation that a grid implies for what is computed into it; 0 for none.
std::int64_t impliedActivation(const Tensor &t)
{
    const IntegerRange range = integerRange(t.type);
    if (t.quant.isPerChannel() || t.quant.zeroPointAt(0) != range.min)
        return 0;
    const double scale = static_cast<double>(t.quant.scaleAt(0)), high = scale * static_cast<double>(range.max - range.min);
    return std::abs(high - 6.0) < scale / 2 ? 3 : 1; // RELU6, RELU
}

bool hasFusedActivation(Op op)
{
    switch (op) {
    case Op::Conv2D:
    case Op::DepthwiseConv2D:
    case Op::FullyConnected:
    case Op::TransposeConv:
    case Op::Add:
    case Op::Sub:
    case Op::Mul: return true;
    default: return false;
    }
}

class Rewriter
{
public:
    Rewriter(const Model &source, SubgraphIndex index, Model &model) : m_source(source), m_before(source.subgraph(index)), m_index(index), m_model(model) {}

    Status rewrite()
    {
        findIndexTensors();
        for (const Operator &op : m_before.operators)
            if (auto ok = rewriteBias(op); !ok)
                return ok;
        for (std::size_t i = 0; i < m_before.tensors.size(); ++i)
            if (auto ok = rewriteTensor(TensorIndex(i)); !ok)
                return ok;
        for (Operator &op : graph().operators)
            rewriteOperator(op);
        return success();
    }

private:
    Subgraph &graph() { return m_model.subgraph(m_index); }
    bool exists(TensorIndex t) const { return t && t.pos() < m_before.tensors.size(); }
    bool becomesReal(TensorIndex t) const { return exists(t) && hasGrid(m_before.tensor(t)) && !m_isIndex[t.pos()]; }
    Error noReals(TensorIndex t, std::string why) const
    {
        return makeError(kNoReals, {std::to_string(t.value), m_before.tensor(t).name, std::move(why)}, TensorRef{m_index, t});
    }

    void findIndexTensors()
    {
        m_isIndex.assign(m_before.tensors.size(), false);
        for (const Operator &op : m_before.operators)
            for (std::size_t k = 0; k < op.inputs.size(); ++k)
                if (exists(op.inputs[k]) && isIndexInput(op.code, k))
                    m_isIndex[op.inputs[k].pos()] = true;
    }

    // Null if a constant's values can be read by the simulator's own rules.
    const char *unreadable(const Tensor &t) const
    {
        if (t.quant.details)
            return "its grid is blockwise or custom";
        if (m_source.data(t).size() < byteSize(t.type, static_cast<std::size_t>(std::max<std::int64_t>(elementCount(t.shape), 0))))
            return "it is sparse or has fewer values than its shape says";
        if (t.quant.isPerChannel() && (t.quant.quantizedDimension < 0 || static_cast<std::size_t>(t.quant.quantizedDimension) >= t.shape.size() ||
                                       static_cast<std::size_t>(t.shape[static_cast<std::size_t>(t.quant.quantizedDimension)]) != t.quant.scale.size()))
            return "its scales are not one per channel";
        return nullptr;
    }

    void makeReal(Tensor &t, const std::vector<float> &values)
    {
        Buffer b = Buffer::fromValues(std::span<const float>(values));
        b.present = true;
        t.buffer = m_model.addBuffer(std::move(b));
        t.type = ElementType::Float32;
        t.quant = {};
    }

    Status rewriteBias(const Operator &op)
    {
        const WeightedInputs at = weightedInputs(op.code);
        const std::size_t data = op.code == Op::TransposeConv ? 2 : 0;
        const auto input = [&](int k) { return k >= 0 && static_cast<std::size_t>(k) < op.inputs.size() ? op.inputs[static_cast<std::size_t>(k)] : TensorIndex(); };
        const TensorIndex x = input(static_cast<int>(data)), w = input(at.weight), b = input(at.bias);
        if (!becomesReal(x) || !becomesReal(w) || !exists(b) || !m_source.isConstant(m_before.tensor(b)))
            return success();
        const Tensor &bias = m_before.tensor(b);
        const QuantParams &weights = m_before.tensor(w).quant;
        if (bias.type != ElementType::Int32 && bias.type != ElementType::Int64 && bias.type != ElementType::Int16 && bias.type != ElementType::Int8)
            return success();
        Tensor plain = bias; // its integers as they are
        plain.quant = {};
        if (const char *why = unreadable(plain))
            return noReals(b, why);
        const auto channels = static_cast<std::size_t>(elementCount(bias.shape));
        if (weights.isPerChannel() && weights.scale.size() != channels)
            return noReals(b, "the weights' scales are not one per value");
        std::vector<double> scales(channels);
        for (std::size_t c = 0; c < channels; ++c)
            scales[c] = static_cast<double>(m_before.tensor(x).quant.scaleAt(0)) * static_cast<double>(weights.scaleAt(c));
        auto &known = m_biases[b];
        for (const auto &[other, index] : known)
            if (other == scales)
                return useBias(op, at.bias, index);

        const std::span<const std::byte> bytes = m_source.data(bias);
        std::vector<float> values(channels);
        for (std::size_t c = 0; c < channels; ++c)
            values[c] = static_cast<float>(scales[c] * static_cast<double>(integerAt(bytes, bias.type, c)));
        TensorIndex index = b;
        if (!known.empty()) {
            graph().tensors.push_back(bias);
            index = TensorIndex(graph().tensors.size() - 1);
        }
        makeReal(graph().tensor(index), values);
        known.emplace_back(std::move(scales), index);
        return useBias(op, at.bias, index);
    }

    Status useBias(const Operator &op, int position, TensorIndex index)
    {
        const auto at = static_cast<std::size_t>(&op - m_before.operators.data());
        graph().operators[at].inputs[static_cast<std::size_t>(position)] = index;
        return success();
    }

    static std::int64_t integerAt(std::span<const std::byte> bytes, ElementType type, std::size_t i)
    {
        const auto read = [&]<class T>(T v) {
            std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(i * sizeof v), sizeof v, reinterpret_cast<std::byte *>(&v));
            return static_cast<std::int64_t>(v);
        };
        switch (type) {
        case ElementType::Int8: return read(std::int8_t{});
        case ElementType::Int16: return read(std::int16_t{});
        case ElementType::Int32: return read(std::int32_t{});
        default: return read(std::int64_t{});
        }
    }

    Status rewriteTensor(TensorIndex t)
    {
        if (!becomesReal(t) || m_biases.contains(t))
            return success();
        const Tensor &before = m_before.tensor(t);
        Tensor &after = graph().tensor(t);
        if (m_source.isConstant(before)) {
            if (const char *why = unreadable(before))
                return noReals(t, why);
            makeReal(after, dequantize(m_source.data(before), before));
        }
        after.type = ElementType::Float32;
        after.quant = {};
        return success();
    }

    void rewriteOperator(Operator &op)
    {
        if (op.inputs.empty() || op.outputs.empty() || !exists(op.inputs[0]) || !exists(op.outputs[0]))
            return;
        const TensorIndex x = op.inputs[0], y = op.outputs[0];
        const auto becomes = [&](Op code, std::string customCode) {
            op.code = code;
            op.customCode = std::move(customCode);
            op.version = 1;
            op.codeSlot = -1;
            op.options = op.options2 = nullptr;
        };
        if (hasFusedActivation(op.code) && becomesReal(y) && op.options && op.options->integer("fused_activation_function") == 0) {
            if (const std::int64_t activation = impliedActivation(m_before.tensor(y)); activation != 0) {
                auto options = std::make_shared<Table>(*op.options);
                options->set("fused_activation_function", FieldValue{activation});
                op.options = std::move(options);
            }
        } else if (op.code == Op::Quantize || op.code == Op::Dequantize) {
            if (graph().tensor(x).type == ElementType::Float32 && graph().tensor(y).type == ElementType::Float32)
                becomes(Op::Reshape, {});
        } else if (op.code == Op::Cast) {
            // It takes and gives the integers themselves.
            const auto isItself = [&](TensorIndex t) {
                const QuantParams &q = m_before.tensor(t).quant;
                return !becomesReal(t) || (!q.isPerChannel() && q.scaleAt(0) == 1.0f && q.zeroPointAt(0) == 0);
            };
            if (!isItself(x) || !isItself(y))
                becomes(Op::Custom, "CAST of integers on a grid");
        }
    }

    const Model &m_source;
    const Subgraph &m_before;
    SubgraphIndex m_index;
    Model &m_model;
    std::vector<bool> m_isIndex;
    std::map<TensorIndex, std::vector<std::pair<std::vector<double>, TensorIndex>>> m_biases; // by scales: which tensor
};

} // namespace

Result<std::shared_ptr<const Model>> floatReference(const Model &source)
{
    auto model = std::make_shared<Model>(source);
    for (std::size_t i = 0; i < source.subgraphs.size(); ++i)
        if (auto ok = Rewriter(source, SubgraphIndex(i), *model).rewrite(); !ok)
            return ok.error();
    return std::shared_ptr<const Model>(std::move(model));
}

} // namespace requant
