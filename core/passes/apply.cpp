// SPDX-License-Identifier: GPL-3.0-or-later
// The order of the steps: grids first, because everything else is derived from them; then weights and biases, which need
// the source's grids and so must run before tensors are re-typed; then constants and activations; then requantize
// operators, which renumber operators; versions last, when all types are known.
#include "core/passes/grids.h"
#include "core/passes/passes.h"
#include "core/passes/weights.h"

#include <algorithm>
#include <cmath>
#include <cstring>
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
        for (std::size_t o = 0; o < m_from.operators.size(); ++o) {
            if (!m_run.step(o, m_from.operators.size(), "re-quantizing weights"))
                return cancelledError();
            weightedOperator(OperatorIndex(o));
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
        if (at.weight < 0 || static_cast<std::size_t>(at.weight) >= op.inputs.size() || op.outputs.empty())
            return;
        const TensorIndex w = op.inputs[static_cast<std::size_t>(at.weight)];
        const OpSpec *spec = findOpSpec(op.code);
        if (!w || !spec || m_resolution.tensors[w.pos()].wish.role != TensorRole::Weight)
            return;
        const auto dataPosition = static_cast<std::size_t>(spec->dataInputs.front());
        const TensorIndex in = op.inputs[dataPosition];
        const TensorPlan &inPlan = consumedPlan(m_source, m_resolution, o, dataPosition);
        const TensorPlan &outPlan = m_resolution.tensors[op.outputs[0].pos()];
        const GroupGrid *inGrid = gridOf(inPlan);
        const GroupGrid *outGrid = gridOf(outPlan);
        if (!inGrid || !outGrid || !inGrid->params.isQuantized() || !outGrid->params.isQuantized())
            return; // float activations: hybrid weights stay as they are

        const auto override = m_resolution.weightOverrides.find(o);
        const TensorPlan &plan = override != m_resolution.weightOverrides.end() ? override->second : m_resolution.tensors[w.pos()];
        const Tensor &weight = m_from.tensor(w);
        const double ratio = inGrid->ratio / outGrid->ratio;
        const TensorIndex bias = at.bias >= 0 && static_cast<std::size_t>(at.bias) < op.inputs.size()
            ? op.inputs[static_cast<std::size_t>(at.bias)]
            : TensorIndex{};
        const Tensor &input = m_from.tensor(in);
        const std::size_t channels = input.shape.empty() ? 0 : static_cast<std::size_t>(std::max(0, input.shape.back()));
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

    ElementType wideBias(const Operator &op, TensorIndex bias) const
    {
        // TFLite: int16 activations take an int64 bias; CONV_2D and FULLY_CONNECTED of newer runtimes take int32 too, kept
        // where the source has it.
        const bool wasInt16 = bias && m_from.tensor(op.outputs[0]).type == ElementType::Int16;
        return wasInt16 ? m_from.tensor(bias).type : ElementType::Int64;
    }

    static bool alreadyAsAsked(const Tensor &weight, const TensorWish &w)
    {
        if (weight.type != w.type)
            return false;
        if ((w.granularity == Granularity::PerChannel) != weight.quant.isPerChannel())
            return false;
        const bool zero = std::all_of(weight.quant.zeroPoint.begin(), weight.quant.zeroPoint.end(),
                                      [](std::int64_t z) { return z == 0; });
        if (w.symmetry == Symmetry::Symmetric && !zero)
            return false;
        return w.scale == ScaleRule::Any
            || std::all_of(weight.quant.scale.begin(), weight.quant.scale.end(), [](float s) {
                   int e = 0;
                   return s > 0 && std::frexp(s, &e) == 0.5f;
               });
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
        if (m_claimed.insert(t).second)
            return t;
        Tensor copy = m_from.tensor(t);
        copy.name += "_requant" + std::to_string(o.value);
        copy.buffer = BufferIndex{0};
        graph().tensors.push_back(std::move(copy));
        const TensorIndex made(graph().tensors.size() - 1);
        graph().op(o).inputs[static_cast<std::size_t>(position)] = made;
        return made;
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

    static void takeGrid(Tensor &t, const QuantParams &grid)
    {
        t.quant.scale = grid.scale;
        t.quant.zeroPoint = grid.zeroPoint;
        t.quant.quantizedDimension = grid.quantizedDimension;
        setMinMax(t.quant, t.type);
    }

    // Kept weights: only the bias follows the new input scale.
    void keepWeights(OperatorIndex o, TensorIndex w, TensorIndex bias, const Tensor &weight, const GroupGrid *inGrid,
                     const GroupGrid *outGrid, ElementType biasType)
    {
        m_claimed.insert(w);
        if (!bias)
            return;
        const Operator &op = m_from.op(o);
        const OpSpec *spec = findOpSpec(op.code);
        const Tensor &input = m_from.tensor(op.inputs[static_cast<std::size_t>(spec->dataInputs.front())]);
        const Tensor &b = m_from.tensor(bias);
        if (input.quant.isQuantized() && input.quant.scale[0] == inGrid->params.scale[0] && outGrid->ratio == 1.0
            && b.type == biasType) {
            m_claimed.insert(bias);
            return;
        }
        const auto outputs = static_cast<std::size_t>(elementCount(b.shape));
        const auto real = realBias(bias, input, weight, outputs, outGrid->ratio);
        std::vector<std::int64_t> values(outputs);
        for (std::size_t c = 0; c < outputs; ++c)
            values[c] = std::llround(real[c] / (static_cast<double>(inGrid->params.scale[0]) * static_cast<double>(weight.quant.scaleAt(c))));
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
        for (std::int64_t &v : values) {
            const double real = static_cast<double>(from.quant.scale[0]) * static_cast<double>(v - from.quant.zeroPointAt(0));
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
            if (at.weight >= 0 && static_cast<std::size_t>(at.weight) < op.inputs.size()
                && graph().tensor(op.inputs[static_cast<std::size_t>(at.weight)]).type == ElementType::Int4)
                version = op.code == Op::FullyConnected ? (type == ElementType::Int16 ? 13 : 10) : 7;
            op.version = std::max(op.version, version);
        }
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
    std::set<TensorIndex> m_claimed; // weights and biases that an operator has taken
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
