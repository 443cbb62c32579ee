// SPDX-License-Identifier: GPL-3.0-or-later
// The order of the steps: grids first, because everything else is derived from them; then weights and biases, which need
// the source's grids and so must run before tensors are re-typed; then constants and activations; then requantize
// operators, which renumber operators; versions last, when all types are known.
#include "core/model/poweroftwo.h"
#include "core/passes/grids.h"
#include "core/passes/passes.h"
#include "core/passes/weights.h"
#include "core/tflite/schema.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <set>

namespace requant {

namespace {

template <class T>
void putInteger(std::vector<std::byte> &out, std::int64_t v)
{
    const T t = static_cast<T>(v);
    const auto *p = reinterpret_cast<const std::byte *>(&t);
    out.insert(out.end(), p, p + sizeof t);
}

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
    case ElementType::Int8: get(std::int8_t{}); break;
    case ElementType::UInt8: get(std::uint8_t{}); break;
    case ElementType::Int16: get(std::int16_t{}); break;
    case ElementType::Int32: get(std::int32_t{}); break;
    case ElementType::Int64: get(std::int64_t{}); break;
    default: break;
    }
    return out;
}

void setMinMax(QuantParams &q, ElementType type)
{
    // Only where the source had them: converters' min and max describe the grid's ends.
    if (q.min.empty() && q.max.empty())
        return;
    const IntegerRange r = integerRange(type);
    q.min.clear();
    q.max.clear();
    for (std::size_t c = 0; c < q.scale.size(); ++c) {
        q.min.push_back(q.scale[c] * static_cast<float>(r.min - q.zeroPointAt(c)));
        q.max.push_back(q.scale[c] * static_cast<float>(r.max - q.zeroPointAt(c)));
    }
}

class Applier
{
public:
    Applier(const Model &source, const Resolution &resolution, const Recipe &recipe, const Statistics *statistics,
            const RunControl &run)
        : m_source(source), m_from(source.subgraphs.front()), m_resolution(resolution), m_recipe(recipe),
          m_statistics(statistics), m_run(run)
    {
        m_out.model = source;
    }

    Result<PassResult> apply()
    {
        m_grids = chooseGrids(m_source, m_resolution, m_recipe);
        countBufferUsers();
        claimSharedConstants();
        for (std::size_t o = 0; o < m_from.operators.size(); ++o) {
            if (!m_run.step(o, m_from.operators.size(), "re-quantizing weights"))
                return cancelledError();
            weightedOperator(OperatorIndex(o));
            if (m_error)
                return *m_error;
        }
        for (std::size_t t = 0; t < m_from.tensors.size(); ++t)
            retype(TensorIndex(t));
        insertBoundaries();
        versions();
        recordEffective();
        return std::move(m_out);
    }

private:
    Subgraph &graph() { return m_out.model.subgraphs.front(); }

    void countBufferUsers()
    {
        m_bufferUsers.assign(m_source.buffers.size(), 0);
        for (const Subgraph &g : m_source.subgraphs) {
            for (const Tensor &t : g.tensors) {
                if (t.buffer && t.buffer.pos() < m_bufferUsers.size())
                    ++m_bufferUsers[t.buffer.pos()];
            }
        }
        for (const MetadataEntry &m : m_source.metadata) {
            if (m.buffer && m.buffer.pos() < m_bufferUsers.size())
                ++m_bufferUsers[m.buffer.pos()];
        }
    }

    // Weights and biases that somebody else reads too, as something else: operators get tensors of their own.
    void claimSharedConstants()
    {
        const auto claim = [this](TensorIndex t) {
            const TensorRole role = t ? m_resolution.tensors[t.pos()].wish.role : TensorRole::Other;
            if (role == TensorRole::Weight || role == TensorRole::Bias)
                m_claimed.insert(t);
        };
        for (const Operator &op : m_from.operators) {
            const WeightedInputs at = weightedInputs(op.code);
            for (std::size_t i = 0; i < op.inputs.size(); ++i) {
                const int position = static_cast<int>(i);
                const TensorRole role = op.inputs[i] ? m_resolution.tensors[op.inputs[i].pos()].wish.role : TensorRole::Other;
                if (position != (role == TensorRole::Weight ? at.weight : at.bias))
                    claim(op.inputs[i]);
            }
        }
        for (TensorIndex t : m_from.outputs)
            claim(t);
    }

    // Replaces a tensor's data; its buffer is reused only if nobody else reads it.
    void setData(TensorIndex t, std::vector<std::byte> bytes)
    {
        Tensor &tensor = graph().tensor(t);
        Buffer buffer = Buffer::fromBytes(std::move(bytes));
        buffer.present = true;
        const BufferIndex old = tensor.buffer;
        if (old.value > 0 && old.pos() < m_bufferUsers.size() && m_bufferUsers[old.pos()] == 1) {
            buffer.external = m_out.model.buffers[old.pos()].external;
            m_out.model.buffers[old.pos()] = std::move(buffer);
            return;
        }
        tensor.buffer = m_out.model.addBuffer(std::move(buffer));
    }

    const GroupGrid *gridOf(const TensorPlan &p) const
    {
        return p.group >= 0 ? &m_grids[static_cast<std::size_t>(p.group)] : nullptr;
    }

    // ---- weights and biases ----

    void weightedOperator(OperatorIndex o)
    {
        const Operator &op = m_from.op(o);
        const WeightedInputs at = weightedInputs(op.code);
        if (at.weight < 0 || static_cast<std::size_t>(at.weight) >= op.inputs.size() || op.outputs.empty() || !op.outputs[0])
            return;
        const TensorIndex w = op.inputs[static_cast<std::size_t>(at.weight)];
        const OpSpec *spec = findOpSpec(op.code);
        if (!w || !spec)
            return;
        const auto dataPosition = static_cast<std::size_t>(spec->dataInputs.front());
        const TensorIndex in = dataPosition < op.inputs.size() ? op.inputs[dataPosition] : TensorIndex{};
        if (!in)
            return;
        const TensorPlan &inPlan = consumedPlan(m_source, m_resolution, o, dataPosition);
        const TensorPlan &outPlan = m_resolution.tensors[op.outputs[0].pos()];
        const GroupGrid *inGrid = gridOf(inPlan);
        const GroupGrid *outGrid = gridOf(outPlan);
        if (!inGrid || !outGrid || !inGrid->params.isQuantized() || !outGrid->params.isQuantized())
            return; // float activations: hybrid weights stay as they are
        const TensorIndex bias = at.bias >= 0 && static_cast<std::size_t>(at.bias) < op.inputs.size()
            ? op.inputs[static_cast<std::size_t>(at.bias)]
            : TensorIndex{};
        if (const char *why = unusable(op, w, bias)) {
            // Nothing is lost where nothing about the layer changes.
            if (changes(in, *inGrid) || changes(op.outputs[0], *outGrid) || !m_resolution.tensors[w.pos()].wish.keep)
                m_error = makeError(kCannotRequantize, {opName(op.code) + " " + layerName(m_from, op), why}, OperatorRef{SubgraphIndex{0}, o});
            return;
        }
        if (m_resolution.tensors[w.pos()].wish.role != TensorRole::Weight)
            return; // computed weights without a bias: activations like others

        const auto override = m_resolution.weightOverrides.find(o);
        const TensorPlan &plan = override != m_resolution.weightOverrides.end() ? override->second : m_resolution.tensors[w.pos()];
        const Tensor &weight = m_from.tensor(w);
        const double ratio = inGrid->ratio / outGrid->ratio;
        const Tensor &input = m_from.tensor(in);
        // The constant operand of BATCH_MATMUL has its output channel last: no importance by input channel for it.
        const std::size_t channels = input.shape.empty() || op.code == Op::BatchMatmul ? 0 : static_cast<std::size_t>(std::max(0, input.shape.back()));
        const ElementType biasType = outPlan.wish.type == ElementType::Int16 ? wideBias(op, bias) : ElementType::Int32;

        if (plan.wish.keep || (ratio == 1.0 && alreadyAsAsked(weight, plan.wish))) {
            keepWeights(o, w, bias, weight, inGrid, outGrid, biasType);
            return;
        }
        WeightTask task;
        RealWeights real = realWeights(m_source, op, weight, channels);
        for (double &v : real.values)
            v *= ratio;
        task.weights = &real;
        task.inputScale = static_cast<double>(inGrid->params.scale[0]);
        task.wish = plan.wish;
        task.scaleSearch = m_recipe.algorithms.scaleSearch;
        task.errorFolding = m_recipe.algorithms.errorFolding;
        for (float s : weight.quant.scale)
            task.sourceScale.push_back(static_cast<double>(s) * ratio);
        if (bias)
            task.bias = realBias(bias, input, weight, real.outputs, outGrid->ratio);
        task.moments = moments(in, inGrid->ratio);
        QuantizedWeights q = quantizeWeights(task);
        if (q.biasSaturated)
            m_out.diagnostics.push_back(makeWarning(kBiasSaturated, {layerName(m_from, op)}, OperatorRef{SubgraphIndex{0}, o}));
        q.params.quantizedDimension = q.params.isPerChannel() ? weightedInputs(op.code).channelDimension : 0;
        writeWeights(o, at, w, plan.wish.type, q, real);
        if (bias)
            writeBias(o, at, bias, biasType, q.bias, biasScales(inGrid->params, q.params, real.outputs));
    }

    bool changes(TensorIndex t, const GroupGrid &grid) const
    {
        return grid.ratio != 1.0 || !grid.params.sameGrid(m_from.tensor(t).quant)
            || m_resolution.tensors[t.pos()].wish.type != m_from.tensor(t).type;
    }

    // Why weights and bias of an operator cannot be put on other grids; null if they can. No runtime takes the last two.
    const char *unusable(const Operator &op, TensorIndex w, TensorIndex bias) const
    {
        const Tensor &weight = m_from.tensor(w);
        const bool constant = m_resolution.tensors[w.pos()].wish.role == TensorRole::Weight;
        if (bias && m_resolution.tensors[bias.pos()].wish.role != TensorRole::Bias)
            return "its bias is not a constant of int32 or int64";
        if (!constant)
            return bias ? "it has a bias, and its weights are not constant integers with a scale" : nullptr;
        if (weight.type != ElementType::Int8 && weight.type != ElementType::UInt8 && weight.type != ElementType::Int4
            && weight.type != ElementType::Int16)
            return "its weights are of a type that is not read";
        if (m_source.data(weight).size() < byteSize(weight.type, static_cast<std::size_t>(elementCount(weight.shape))))
            return "its weights are sparse";
        const auto dim = static_cast<std::size_t>(weightedInputs(op.code).channelDimension);
        const std::int64_t outputs = dim < weight.shape.size() ? weight.shape[dim] : 1;
        if (weight.quant.isPerChannel() && static_cast<std::int64_t>(weight.quant.scale.size()) != outputs)
            return "its weights' scales are not those of the output channels";
        if (bias && elementCount(m_from.tensor(bias).shape) != outputs)
            return "its bias does not have one value per output channel";
        return nullptr;
    }

    ElementType wideBias(const Operator &op, TensorIndex bias) const
    {
        // TFLite: int16 activations take an int64 bias; CONV_2D and FULLY_CONNECTED of newer runtimes take int32 too, kept
        // where the source has it.
        const bool wasInt16 = bias && m_from.tensor(op.outputs[0]).type == ElementType::Int16;
        return wasInt16 ? m_from.tensor(bias).type : ElementType::Int64;
    }

    bool reachesLowest(const Tensor &weight) const
    {
        const auto data = m_source.data(weight);
        switch (weight.type) {
        case ElementType::Int8: return std::find(data.begin(), data.end(), std::byte{0x80}) != data.end();
        case ElementType::UInt8: return std::find(data.begin(), data.end(), std::byte{0}) != data.end();
        case ElementType::Int4:
            return std::any_of(data.begin(), data.end(), [](std::byte b) { return (b & std::byte{15}) == std::byte{8} || b >> 4 == std::byte{8}; });
        default: return false;
        }
    }

    bool alreadyAsAsked(const Tensor &weight, const TensorWish &w) const
    {
        if (weight.type != w.type)
            return false;
        if ((w.granularity == Granularity::PerChannel) != weight.quant.isPerChannel())
            return false;
        const bool zero = std::all_of(weight.quant.zeroPoint.begin(), weight.quant.zeroPoint.end(),
                                      [](std::int64_t z) { return z == 0; });
        if (w.symmetry == Symmetry::Symmetric && !zero)
            return false;
        if (w.narrowRange && reachesLowest(weight))
            return false;
        return w.scale == ScaleRule::Any
            || std::all_of(weight.quant.scale.begin(), weight.quant.scale.end(), isPowerOfTwo);
    }

    std::vector<double> realBias(TensorIndex bias, const Tensor &input, const Tensor &weight, std::size_t outputs,
                                 double outRatio) const
    {
        // Kernels add the stored integers to the accumulator whatever scale the file says: its real scale is the product.
        const Tensor &b = m_from.tensor(bias);
        const auto q = unpackIntegers(m_source.data(b), b.type, outputs);
        std::vector<double> out(outputs);
        for (std::size_t o = 0; o < outputs; ++o)
            out[o] = static_cast<double>(q[o]) * static_cast<double>(input.quant.scale[0])
                * static_cast<double>(weight.quant.scaleAt(o)) / outRatio;
        return out;
    }

    InputMoments moments(TensorIndex in, double inRatio) const
    {
        InputMoments m;
        if (!m_statistics)
            return m;
        const auto it = m_statistics->find(in);
        if (it == m_statistics->end() || it->second.mean.empty())
            return m;
        const Tensor &t = m_from.tensor(in);
        const double s = static_cast<double>(t.quant.scale[0]) / inRatio;
        const auto z = static_cast<double>(t.quant.zeroPointAt(0));
        for (std::size_t c = 0; c < it->second.mean.size(); ++c) {
            const double mean = it->second.mean[c];
            m.mean.push_back(s * (mean - z));
            m.meanSquare.push_back(s * s * std::max(0.0, it->second.meanSquare[c] - 2 * z * mean + z * z));
        }
        return m;
    }

    static QuantParams biasScales(const QuantParams &in, const QuantParams &weight, std::size_t outputs)
    {
        QuantParams q;
        const std::size_t n = weight.isPerChannel() ? outputs : 1;
        for (std::size_t o = 0; o < n; ++o)
            q.scale.push_back(in.scale[0] * weight.scaleAt(o));
        q.zeroPoint.assign(n, 0);
        return q;
    }

    // The tensor that operator `o` uses at a position: the source's own for its first user, a new one for others.
    TensorIndex ownTensor(OperatorIndex o, int position, TensorIndex t)
    {
        if (m_claimed.insert(t).second) {
            m_rewritten.insert(t);
            return t;
        }
        return copyTensor(o, position, t);
    }

    TensorIndex copyTensor(OperatorIndex o, int position, TensorIndex t)
    {
        Tensor copy = m_from.tensor(t);
        copy.name += "_requant" + std::to_string(o.value);
        copy.buffer = BufferIndex{0};
        graph().tensors.push_back(std::move(copy));
        const TensorIndex made(graph().tensors.size() - 1);
        graph().op(o).inputs[static_cast<std::size_t>(position)] = made;
        return made;
    }

    // Operator `o` wants the source's values: its own copy of them if an earlier user has changed the tensor.
    void keepTensor(OperatorIndex o, int position, TensorIndex t)
    {
        m_claimed.insert(t);
        if (!m_rewritten.count(t))
            return;
        const auto data = m_source.data(m_from.tensor(t));
        setData(copyTensor(o, position, t), {data.begin(), data.end()});
    }

    void writeWeights(OperatorIndex o, WeightedInputs at, TensorIndex w, ElementType type, const QuantizedWeights &q,
                      const RealWeights &real)
    {
        std::vector<std::int64_t> values(q.values.size());
        const bool depthwise = m_from.op(o).code == Op::DepthwiseConv2D;
        for (std::size_t i = 0; i < values.size(); ++i) {
            const std::size_t out = depthwise ? i % real.outputs : i / real.inputs;
            const std::size_t k = depthwise ? i / real.outputs : i % real.inputs;
            values[i] = q.values[out * real.inputs + k];
        }
        const TensorIndex own = ownTensor(o, at.weight, w);
        setData(own, packIntegers(values, type));
        Tensor &t = graph().tensor(own);
        t.type = type;
        takeGrid(t, q.params);
    }

    void writeBias(OperatorIndex o, WeightedInputs at, TensorIndex bias, ElementType type,
                   const std::vector<std::int64_t> &values, const QuantParams &scales)
    {
        const TensorIndex own = ownTensor(o, at.bias, bias);
        setData(own, packIntegers(values, type));
        Tensor &t = graph().tensor(own);
        t.type = type;
        takeGrid(t, scales);
    }

    // A dimension that the source's file had wrong was that of the old parameters.
    static void forgetSourceDimension(Tensor &t)
    {
        if (!(t.quant.present & tfliteformat::kHasSourceDimension))
            return;
        t.quant.present = static_cast<std::uint8_t>(t.quant.present & ~tfliteformat::kHasSourceDimension);
        if (!t.rest)
            return;
        Table rest = *t.rest;
        std::erase_if(rest.fields, [](const Field &f) { return f.name == tfliteformat::kSourceDimension; });
        t.rest = rest.fields.empty() ? nullptr : std::make_shared<const Table>(std::move(rest));
    }

    static void takeGrid(Tensor &t, const QuantParams &grid)
    {
        t.quant.scale = grid.scale;
        t.quant.zeroPoint = grid.zeroPoint;
        t.quant.quantizedDimension = grid.quantizedDimension;
        t.quant.details = nullptr; // of the old parameters
        forgetSourceDimension(t);
        setMinMax(t.quant, t.type);
    }

    // Kept weights: only the bias follows the new input scale.
    void keepWeights(OperatorIndex o, TensorIndex w, TensorIndex bias, const Tensor &weight, const GroupGrid *inGrid,
                     const GroupGrid *outGrid, ElementType biasType)
    {
        const Operator &op = m_from.op(o);
        keepTensor(o, weightedInputs(op.code).weight, w);
        if (!bias)
            return;
        const OpSpec *spec = findOpSpec(op.code);
        const Tensor &input = m_from.tensor(op.inputs[static_cast<std::size_t>(spec->dataInputs.front())]);
        const Tensor &b = m_from.tensor(bias);
        if (input.quant.isQuantized() && input.quant.scale[0] == inGrid->params.scale[0] && outGrid->ratio == 1.0
            && b.type == biasType) {
            keepTensor(o, weightedInputs(op.code).bias, bias);
            return;
        }
        const auto outputs = static_cast<std::size_t>(elementCount(b.shape));
        const auto real = realBias(bias, input, weight, outputs, outGrid->ratio);
        std::vector<std::int64_t> values(outputs);
        const double most = biasType == ElementType::Int32 ? 2147483647.0 : 0x1p62;
        bool saturated = false;
        for (std::size_t c = 0; c < outputs; ++c) {
            const double scale = static_cast<double>(inGrid->params.scale[0]) * static_cast<double>(weight.quant.scaleAt(c));
            const double q = scale > 0 ? std::round(real[c] / scale) : 0.0;
            saturated = saturated || std::abs(q) > most;
            values[c] = static_cast<std::int64_t>(std::clamp(q, -most, most));
        }
        if (saturated)
            m_out.diagnostics.push_back(makeWarning(kBiasSaturated, {layerName(m_from, op)}, OperatorRef{SubgraphIndex{0}, o}));
        writeBias(o, weightedInputs(op.code), bias, biasType, values, biasScales(inGrid->params, weight.quant, outputs));
    }

    // ---- activations and constants ----

    void retype(TensorIndex t)
    {
        const TensorPlan &p = m_resolution.tensors[t.pos()];
        const GroupGrid *grid = gridOf(p);
        if (!grid || p.wish.keep || !grid->params.isQuantized())
            return;
        const Tensor from = m_from.tensor(t);
        if (p.wish.role == TensorRole::Constant)
            setData(t, regridded(from, p.wish.type, *grid));
        Tensor &to = graph().tensor(t);
        to.type = p.wish.type;
        takeGrid(to, grid->params);
    }

    std::vector<std::byte> regridded(const Tensor &from, ElementType type, const GroupGrid &grid) const
    {
        const auto n = static_cast<std::size_t>(elementCount(from.shape));
        auto values = unpackIntegers(m_source.data(from), from.type, n);
        const IntegerRange r = integerRange(type);
        const double s = static_cast<double>(grid.params.scale[0]);
        std::size_t inner = 1; // elements of one channel in a row
        for (auto d = static_cast<std::size_t>(std::max(0, from.quant.quantizedDimension)) + 1; d < from.shape.size(); ++d)
            inner *= static_cast<std::size_t>(from.shape[d]);
        for (std::size_t i = 0; i < n; ++i) {
            const std::size_t c = from.quant.isPerChannel() ? i / inner % from.quant.scale.size() : 0;
            std::int64_t &v = values[i];
            const double real = static_cast<double>(from.quant.scaleAt(c)) * static_cast<double>(v - from.quant.zeroPointAt(c));
            v = std::clamp<std::int64_t>(std::llround(real / grid.ratio / s) + grid.params.zeroPointAt(0), r.min, r.max);
        }
        return packIntegers(values, type);
    }

    // ---- requantize operators ----

    struct Insertion
    {
        std::size_t before; // operator position in the source; the operators' count for graph outputs
        Operator op;
    };

    void insertBoundaries()
    {
        std::vector<Insertion> insertions;

        for (const Boundary &b : m_resolution.boundaries) {
            const GroupGrid *grid = gridOf(b.plan);
            if (!grid)
                continue;
            TensorIndex copy = findCopy(b, *grid);
            if (!copy) {
                copy = addCopy(b, *grid);
                if (!b.constant) {
                    Operator op;
                    op.code = Op::Quantize;
                    op.inputs = {b.tensor};
                    op.outputs = {copy};
                    auto options = std::make_shared<Table>();
                    options->type = "QuantizeOptions";
                    op.options = options;
                    insertions.push_back({b.consumer ? b.consumer.pos() : m_from.operators.size(), std::move(op)});
                }
            }
            if (b.consumer)
                graph().op(b.consumer).inputs[static_cast<std::size_t>(b.input)] = copy;
            else
                replaceGraphOutput(static_cast<std::size_t>(b.input), b.tensor, copy);
            m_copyGroup[copy] = b.plan.group;
        }
        std::stable_sort(insertions.begin(), insertions.end(),
                         [](const Insertion &a, const Insertion &b) { return a.before < b.before; });
        std::vector<Operator> operators;
        auto next = insertions.begin();
        for (std::size_t o = 0; o <= m_from.operators.size(); ++o) {
            for (; next != insertions.end() && next->before == o; ++next) {
                operators.push_back(std::move(next->op));
                m_out.origin.push_back(OperatorIndex{});
            }
            if (o < m_from.operators.size()) {
                operators.push_back(std::move(graph().operators[o]));
                m_out.origin.emplace_back(o);
            }
        }
        graph().operators = std::move(operators);
    }

    // A copy of the same tensor with the same type and grid serves several consumers.
    TensorIndex findCopy(const Boundary &b, const GroupGrid &grid)
    {
        for (const auto &[from, copy] : m_copies) {
            const Tensor &t = graph().tensor(copy);
            if (from == b.tensor && t.type == b.plan.wish.type && t.quant.sameGrid(grid.params))
                return copy;
        }
        return TensorIndex{};
    }

    TensorIndex addCopy(const Boundary &b, const GroupGrid &grid)
    {
        Tensor t = m_from.tensor(b.tensor);
        t.name += "_requant" + std::to_string(m_copies.size());
        t.buffer = BufferIndex{0};
        const ElementType type = b.plan.wish.type;
        std::vector<std::byte> data;
        if (b.constant)
            data = regridded(m_from.tensor(b.tensor), type, grid);
        t.type = type;
        takeGrid(t, grid.params);
        graph().tensors.push_back(std::move(t));
        const TensorIndex made(graph().tensors.size() - 1);
        if (b.constant)
            setData(made, std::move(data));
        m_copies.emplace_back(b.tensor, made);
        return made;
    }

    void replaceGraphOutput(std::size_t k, TensorIndex from, TensorIndex to)
    {
        graph().outputs[k] = to;
        if (!m_out.model.rest)
            return;
        // Signatures name graph outputs by tensor number.
        const FieldValue *found = m_out.model.rest->find("signature_defs");
        const auto *defs = found ? std::get_if<FieldValue::Tables>(&found->data) : nullptr;
        if (!defs)
            return;
        FieldValue::Tables changed;
        for (const TablePtr &def : *defs) {
            Table copy = *def;
            const FieldValue *outputs = copy.find("outputs");
            const auto *maps = outputs ? std::get_if<FieldValue::Tables>(&outputs->data) : nullptr;
            if (maps && copy.integer("subgraph_index") == 0) {
                FieldValue::Tables renumbered;
                for (const TablePtr &map : *maps) {
                    Table entry = *map;
                    if (entry.integer("tensor_index") == from.value)
                        entry.set("tensor_index", FieldValue{std::int64_t{to.value}});
                    renumbered.push_back(std::make_shared<Table>(std::move(entry)));
                }
                copy.set("outputs", FieldValue{std::move(renumbered)});
            }
            changed.push_back(std::make_shared<Table>(std::move(copy)));
        }
        Table rest = *m_out.model.rest;
        rest.set("signature_defs", FieldValue{std::move(changed)});
        m_out.model.rest = std::make_shared<Table>(std::move(rest));
    }

    // ---- versions and ratios ----

    void versions()
    {
        for (Operator &op : graph().operators) {
            const OpSpec *spec = findOpSpec(op.code);
            if (!spec)
                continue;
            ElementType type = ElementType::Float32;
            for (TensorIndex t : op.inputs) {
                if (t && typeBit(graph().tensor(t).type) && typeBit(type) == 0)
                    type = graph().tensor(t).type;
            }
            for (TensorIndex t : op.outputs) {
                if (t && typeBit(graph().tensor(t).type)) {
                    type = graph().tensor(t).type;
                    break;
                }
            }
            int version = spec->minVersion(type);
            const WeightedInputs at = weightedInputs(op.code);
            if (at.weight >= 0 && static_cast<std::size_t>(at.weight) < op.inputs.size() && op.inputs[static_cast<std::size_t>(at.weight)]
                && graph().tensor(op.inputs[static_cast<std::size_t>(at.weight)]).type == ElementType::Int4)
                version = op.code == Op::FullyConnected ? (type == ElementType::Int16 ? 13 : 10) : 7;
            op.version = std::max(op.version, version);
            if (type == ElementType::Int16 && (op.code == Op::Add || op.code == Op::Sub))
                allowGeneralScales(op);
        }
    }

    // ADD and SUB of int16 on power-of-two scales only shift, and not every triple of scales can be shifted; the general
    // form takes them all.
    void allowGeneralScales(Operator &op)
    {
        if (!op.options || !op.options->flag("pot_scale_int16", true) || op.inputs.size() != 2 || op.outputs.empty())
            return;
        int log[3] = {};
        for (std::size_t i = 0; i < 3; ++i) {
            const TensorIndex t = i < 2 ? op.inputs[i] : op.outputs[0];
            if (!t || !graph().tensor(t).quant.isQuantized())
                return;
            std::frexp(graph().tensor(t).quant.scale[0], &log[i]);
        }
        if (log[0] <= log[2] && log[1] <= log[2] && (log[0] == log[2] || log[1] == log[2]))
            return;
        auto options = std::make_shared<Table>(*op.options);
        options->set("pot_scale_int16", FieldValue{std::int64_t{0}});
        op.options = std::move(options);
    }

    void recordEffective()
    {
        for (std::size_t t = 0; t < m_from.tensors.size(); ++t)
            record(TensorIndex(t), m_resolution.tensors[t].group);
        for (const auto &[copy, group] : m_copyGroup)
            record(copy, group);
    }

    void record(TensorIndex t, std::int32_t group)
    {
        if (group >= 0 && m_grids[static_cast<std::size_t>(group)].ratio != 1.0)
            m_out.effective[t] = {m_grids[static_cast<std::size_t>(group)].ratio};
    }

    const Model &m_source;
    const Subgraph &m_from;
    const Resolution &m_resolution;
    const Recipe &m_recipe;
    const Statistics *m_statistics;
    const RunControl &m_run;
    PassResult m_out;
    std::vector<GroupGrid> m_grids;
    std::vector<int> m_bufferUsers;
    std::set<TensorIndex> m_claimed;   // weights and biases that an operator has taken
    std::set<TensorIndex> m_rewritten; // of these, the ones with new values
    std::optional<Error> m_error;
    std::vector<std::pair<TensorIndex, TensorIndex>> m_copies;
    std::map<TensorIndex, std::int32_t> m_copyGroup;
};

} // namespace

Result<PassResult> applyPasses(const Model &model, const Resolution &resolution, const Recipe &recipe,
                               const Statistics *statistics, const RunControl &run)
{
    return Applier(model, resolution, recipe, statistics, run).apply();
}

} // namespace requant
