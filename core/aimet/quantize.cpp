// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/aimet/quantize.h"

#include "core/constraints/opspec.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

namespace requant {

namespace {

constexpr std::string_view kFused = "fused_activation_function";

class Quantizer
{
public:
    Quantizer(const Model &model, const Encodings &e) : m_encodings(e), m_out(model), m_from(model.subgraphs.front()) {}

    Result<QuantizedByEncodings> run()
    {
        if (!matches())
            return makeError(
                kNoEncodings,
                {std::to_string(m_encodings.activations.size() + m_encodings.parameters.size()), firstName()});
        chooseSigns();
        mergeActivations();
        auto &g = graph();
        std::vector<Operator> operators;
        operators.swap(g.operators);
        for (const TensorIndex t : g.inputs) {
            if (const Encoding *e = encodingOf(t))
                setGrid(t, gridOf(*e, t));
        }
        for (Operator &op : operators)
            place(std::move(op));
        for (TensorIndex &t : g.outputs)
            t = m_final.count(t.value) ? m_final[t.value] : t;
        setVersions();
        m_out.operatorCodes.clear();
        m_out.sourceFile = nullptr;
        for (Operator &op : g.operators)
            op.codeSlot = -1;
        return QuantizedByEncodings{std::make_shared<const Model>(std::move(m_out)), std::move(m_notes)};
    }

private:
    Subgraph &graph() { return m_out.subgraphs.front(); }
    Tensor &tensor(TensorIndex t) { return graph().tensor(t); }

    bool matches()
    {
        std::set<std::string> names;
        for (const Tensor &t : m_from.tensors)
            names.insert(t.name);
        std::size_t unused = 0, used = 0;
        std::string first;
        for (const auto *part : {&m_encodings.activations, &m_encodings.parameters}) {
            for (const auto &[name, e] : *part) {
                if (names.count(name)) {
                    ++used;
                    continue;
                }
                if (unused++ == 0)
                    first = name;
            }
        }
        if (unused > 0 && used > 0)
            m_notes.push_back(makeWarning(kUnusedEncodings, {std::to_string(unused), first}));
        return used > 0;
    }

    std::string firstName() const
    {
        return !m_encodings.activations.empty()  ? m_encodings.activations.begin()->first
               : !m_encodings.parameters.empty() ? m_encodings.parameters.begin()->first
                                                 : std::string("none");
    }

    const Encoding *encodingOf(TensorIndex t) const
    {
        const Encoding *e = m_encodings.activation(m_from.tensor(t).name);
        return e && !e->isFloat && e->scale.size() == 1 ? e : nullptr;
    }

    // Asymmetric weights on one scale exist in uint8 networks only.
    void chooseSigns()
    {
        bool asymmetric = false, perChannel = false, wide = false;
        for (const Operator &op : m_from.operators) {
            if (!isWeighted(op.code) || op.inputs.size() < 2 || !op.inputs[1])
                continue;
            const Encoding *e = m_encodings.parameter(m_from.tensor(op.inputs[1]).name);
            if (!e || e->isFloat)
                continue;
            perChannel |= e->scale.size() > 1;
            asymmetric |= std::any_of(e->zeroPoint.begin(), e->zeroPoint.end(),
                                      [&](std::int64_t z) { return z != std::int64_t{1} << (e->bits - 1); });
            asymmetric &= e->bits <= 8;
        }
        for (const auto &[name, e] : m_encodings.activations)
            wide |= !e.isFloat && e.bits > 8;
        m_unsigned = asymmetric && !perChannel && !wide;
    }

    static bool isWeighted(Op op) { return op == Op::Conv2D || op == Op::DepthwiseConv2D || op == Op::FullyConnected; }

    // A converter leaves RELU behind an operator; where only the RELU has an encoding, it belongs to the operator.
    void mergeActivations()
    {
        auto &g = graph();
        const GraphIndex index(m_from);
        std::vector<bool> gone(g.operators.size(), false);
        for (std::size_t o = 0; o < g.operators.size(); ++o) {
            Operator &op = g.operators[o];
            const bool takes = isWeighted(op.code) || op.code == Op::Add || op.code == Op::Sub || op.code == Op::Mul;
            if (!takes || op.outputs.size() != 1 || encodingOf(op.outputs[0]) || index.isGraphOutput(op.outputs[0]))
                continue;
            if (op.options && op.options->integer(kFused) != 0)
                continue;
            const auto consumers = index.consumers(op.outputs[0]);
            if (consumers.size() != 1)
                continue;
            Operator &next = g.operators[consumers[0].pos()];
            const int code = next.code == Op::Relu        ? 1
                             : next.code == Op::ReluN1To1 ? 2
                             : next.code == Op::Relu6     ? 3
                                                          : 0;
            if (code == 0 || !encodingOf(next.outputs[0]) || !op.options)
                continue;
            auto options = std::make_shared<Table>(*op.options);
            options->set(kFused, FieldValue{std::int64_t{code}});
            op.options = std::move(options);
            op.outputs = next.outputs;
            gone[consumers[0].pos()] = true;
        }
        std::vector<Operator> kept;
        for (std::size_t o = 0; o < g.operators.size(); ++o)
            if (!gone[o])
                kept.push_back(std::move(g.operators[o]));
        g.operators = std::move(kept);
    }

    struct Grid
    {
        ElementType type = ElementType::Int8;
        QuantParams quant;
    };

    Grid gridOf(const Encoding &e, TensorIndex t)
    {
        Grid g;
        g.type = e.bits > 8 ? ElementType::Int16 : m_unsigned ? ElementType::UInt8 : ElementType::Int8;
        if (e.bits != 8 && e.bits != 16)
            m_notes.push_back(makeNote(kActivationBits,
                                       {m_from.tensor(t).name, std::to_string(e.bits), std::string(typeName(g.type))}));
        // Fewer bits than the type: the same integers, counted from the encoding's middle.
        const std::int64_t half = m_unsigned && e.bits <= 8 ? 0 : std::int64_t{1} << (e.bits - 1);
        std::int64_t zero = e.zeroPoint[0] - half;
        float scale = static_cast<float>(e.scale[0]);
        if (g.type == ElementType::Int16 && zero != 0) { // activations of 16 bits have zero point 0
            const std::int64_t most = (std::int64_t{1} << e.bits) - 1;
            const double reach = e.scale[0] * static_cast<double>(std::max(e.zeroPoint[0], most - e.zeroPoint[0]));
            scale = static_cast<float>(reach / 32767.0);
            zero = 0;
        }
        g.quant = QuantParams::perTensor(scale, zero);
        return g;
    }

    void setGrid(TensorIndex t, const Grid &g)
    {
        tensor(t).type = g.type;
        tensor(t).quant = g.quant;
    }

    bool isQuantized(TensorIndex t) { return tensor(t).quant.isQuantized() && isIntegerStorage(tensor(t).type); }
    Grid gridOf(TensorIndex t) { return {tensor(t).type, tensor(t).quant}; }

    TensorIndex copyOf(TensorIndex t, const std::string &suffix, const std::optional<Grid> &grid)
    {
        Tensor copy = tensor(t);
        copy.name += suffix;
        copy.type = grid ? grid->type : ElementType::Float32;
        copy.quant = grid ? grid->quant : QuantParams{};
        copy.buffer = BufferIndex(0);
        graph().tensors.push_back(std::move(copy));
        return TensorIndex(graph().tensors.size() - 1);
    }

    void emit(Op code, TensorIndex from, TensorIndex to, const char *options)
    {
        Operator op;
        op.code = code;
        op.inputs = {from};
        op.outputs = {to};
        auto t = std::make_shared<Table>();
        t->type = options;
        op.options = std::move(t);
        graph().operators.push_back(std::move(op));
    }

    TensorIndex asFloat(TensorIndex t)
    {
        if (!isQuantized(t) || m_out.isConstant(tensor(t)))
            return t;
        TensorIndex &made = m_floats[t.value];
        if (!made) {
            made = copyOf(t, "_float", std::nullopt);
            emit(Op::Dequantize, t, made, "DequantizeOptions");
        }
        return made;
    }

    std::vector<std::size_t> dataInputs(const Operator &op, const OpSpec &spec) const
    {
        std::vector<std::size_t> out;
        for (std::size_t k = 0; k < op.inputs.size(); ++k) {
            const bool data = spec.dataInputs.empty() || spec.isDataInput(k);
            if (op.inputs[k] && data && m_from.tensor(op.inputs[k]).type == ElementType::Float32)
                out.push_back(k);
        }
        return out;
    }

    std::vector<float> floatsOf(TensorIndex t)
    {
        const auto bytes = m_out.data(tensor(t));
        std::vector<float> v(bytes.size() / sizeof(float));
        std::memcpy(v.data(), bytes.data(), v.size() * sizeof(float));
        return v;
    }

    void setIntegers(TensorIndex t, const Grid &g, const std::vector<std::int64_t> &q)
    {
        std::vector<std::byte> bytes;
        const std::size_t size = bitWidth(g.type) == 4 ? 1 : byteSize(g.type, 1);
        for (const std::int64_t v : q)
            for (std::size_t b = 0; b < size; ++b)
                bytes.push_back(static_cast<std::byte>(static_cast<std::uint64_t>(v) >> (8 * b) & 0xFF));
        if (bitWidth(g.type) == 4) {
            std::vector<std::byte> packed((bytes.size() + 1) / 2);
            for (std::size_t i = 0; i < bytes.size(); ++i)
                packed[i / 2] |= (bytes[i] & std::byte{15}) << (i % 2 ? 4 : 0);
            bytes = std::move(packed);
        }
        setGrid(t, g);
        Buffer b = Buffer::fromBytes(std::move(bytes));
        b.present = true;
        tensor(t).buffer = m_out.addBuffer(std::move(b));
    }

    // Weights of a layer by their encoding; false if their grid cannot be had.
    void quantizeWeights(TensorIndex t, int dimension, Op op)
    {
        if (isQuantized(t))
            return;
        const std::vector<float> reals = floatsOf(t);
        const Encoding *e = m_encodings.parameter(tensor(t).name);
        Encoding made;
        if (!e || e->isFloat
            || (e->scale.size() > 1
                && static_cast<std::int32_t>(e->scale.size())
                       != tensor(t).shape[static_cast<std::size_t>(dimension)])) {
            float most = 0;
            for (const float v : reals)
                most = std::max(most, std::abs(v));
            made.scale = {most > 0 ? static_cast<double>(most) / 127 : 1.0};
            made.zeroPoint = {128};
            m_notes.push_back(makeNote(kWeightFromRange, {tensor(t).name}));
            e = &made;
        }
        const std::int64_t half = std::int64_t{1} << (e->bits - 1), most = (std::int64_t{1} << e->bits) - 1;
        const bool fourBits = e->bits == 4 && !m_unsigned && (op == Op::FullyConnected || op == Op::Conv2D);
        Grid g;
        g.type = fourBits ? ElementType::Int4 : m_unsigned ? ElementType::UInt8 : ElementType::Int8;
        if (e->bits > 8) { // weights have 8 bits: the range stays
            made = *e;
            for (double &s : made.scale)
                s *= static_cast<double>(half) / 128;
            made.bits = 8;
            made.zeroPoint.assign(made.scale.size(), 128);
            m_rewritten = made;
            return writeWeights(t, dimension, g, m_rewritten, reals, 128, 255);
        }
        writeWeights(t, dimension, g, *e, reals, half, most);
    }

    void writeWeights(TensorIndex t, int dimension, Grid g, const Encoding &e, const std::vector<float> &reals,
                      std::int64_t half, std::int64_t most)
    {
        std::size_t inner = 1;
        const Shape &shape = tensor(t).shape;
        for (std::size_t d = static_cast<std::size_t>(dimension) + 1; d < shape.size(); ++d)
            inner *= static_cast<std::size_t>(shape[d]);
        const std::size_t channels = e.scale.size();
        const bool offset = !m_unsigned && std::any_of(e.zeroPoint.begin(), e.zeroPoint.end(), [&](std::int64_t z) {
            return z != half;
        });
        std::vector<double> scale = e.scale;
        if (offset) {
            m_notes.push_back(makeWarning(kResymmetrized, {tensor(t).name}));
            for (std::size_t c = 0; c < channels; ++c)
                scale[c] *= static_cast<double>(std::max(e.zeroPoint[c], most - e.zeroPoint[c]))
                            / static_cast<double>(half - 1);
        }
        g.quant = {};
        for (std::size_t c = 0; c < channels; ++c) {
            g.quant.scale.push_back(static_cast<float>(scale[c]));
            g.quant.zeroPoint.push_back(m_unsigned ? e.zeroPoint[c] : 0);
        }
        g.quant.quantizedDimension = channels > 1 ? dimension : 0;
        std::vector<std::int64_t> q(reals.size());
        for (std::size_t i = 0; i < q.size(); ++i) {
            const std::size_t c = channels > 1 ? i / inner % channels : 0;
            const double v = std::nearbyint(static_cast<double>(reals[i]) / static_cast<double>(g.quant.scale[c]))
                             + static_cast<double>(g.quant.zeroPoint[c]);
            const std::int64_t low = m_unsigned ? 0 : -half, high = m_unsigned ? most : half - 1;
            q[i] = static_cast<std::int64_t>(
                std::isnan(v) ? 0.0 : std::clamp(v, static_cast<double>(low), static_cast<double>(high)));
        }
        setIntegers(t, g, q);
    }

    TensorIndex quantizedBias(TensorIndex b, TensorIndex x, TensorIndex w)
    {
        const std::vector<float> reals = floatsOf(b);
        const Tensor &in = tensor(x), &weights = tensor(w);
        Grid g;
        g.type = in.type == ElementType::Int16 ? ElementType::Int64 : ElementType::Int32;
        for (const float s : weights.quant.scale)
            g.quant.scale.push_back(in.quant.scale[0] * s);
        g.quant.zeroPoint.assign(g.quant.scale.size(), 0);
        const IntegerRange r = integerRange(ElementType::Int32);
        std::vector<std::int64_t> q(reals.size());
        for (std::size_t i = 0; i < q.size(); ++i) {
            const double v = std::nearbyint(static_cast<double>(reals[i]) / static_cast<double>(g.quant.scaleAt(i)));
            q[i] = static_cast<std::int64_t>(
                std::isnan(v) ? 0.0 : std::clamp(v, static_cast<double>(r.min), static_cast<double>(r.max)));
        }
        // A bias of several layers meets several scales.
        const TensorIndex t =
            isQuantized(b) || m_biases.count(b.value) ? copyOf(b, "_for_" + std::to_string(x.value), g) : b;
        m_biases.insert(b.value);
        setIntegers(t, g, q);
        return t;
    }

    void quantizeConstant(TensorIndex t)
    {
        if (isQuantized(t))
            return;
        const std::vector<float> reals = floatsOf(t);
        const Encoding *e = m_encodings.parameter(tensor(t).name);
        Grid g;
        if (e && !e->isFloat && e->scale.size() == 1) {
            g = gridOf(*e, t);
        } else {
            float low = 0, high = 0;
            for (const float v : reals) {
                low = std::min(low, v);
                high = std::max(high, v);
            }
            const float scale = high > low ? (high - low) / 255.0f : 1.0f;
            g.type = m_unsigned ? ElementType::UInt8 : ElementType::Int8;
            g.quant = QuantParams::perTensor(scale, static_cast<std::int64_t>(std::nearbyint(-low / scale))
                                                        - (m_unsigned ? 0 : 128));
        }
        const IntegerRange r = integerRange(g.type);
        std::vector<std::int64_t> q(reals.size());
        for (std::size_t i = 0; i < q.size(); ++i)
            q[i] = static_cast<std::int64_t>(
                std::clamp(std::nearbyint(static_cast<double>(reals[i]) / static_cast<double>(g.quant.scale[0]))
                               + static_cast<double>(g.quant.zeroPoint[0]),
                           static_cast<double>(r.min), static_cast<double>(r.max)));
        setIntegers(t, g, q);
    }

    TensorIndex onGrid(TensorIndex t, const Grid &g, const std::string &why)
    {
        if (tensor(t).type == g.type && tensor(t).quant.sameGrid(g.quant))
            return t;
        const TensorIndex copy = copyOf(t, why, g);
        emit(Op::Quantize, t, copy, "QuantizeOptions");
        return copy;
    }

    void place(Operator op)
    {
        for (TensorIndex &t : op.inputs)
            t = t && m_final.count(t.value) ? m_final[t.value] : t;
        const OpSpec *spec = findOpSpec(op.code);
        const bool float32 =
            !op.outputs.empty() && op.outputs[0] && m_from.tensor(op.outputs[0]).type == ElementType::Float32;
        if (!spec || !float32)
            return inFloat(std::move(op));
        const auto data = dataInputs(op, *spec);
        // Every activation that it reads must be on a grid.
        const bool ready = std::all_of(data.begin(), data.end(),
                                       [&](std::size_t k) {
                                           return isQuantized(op.inputs[k]) || m_out.isConstant(tensor(op.inputs[k]));
                                       })
                           && std::any_of(data.begin(), data.end(),
                                          [&](std::size_t k) { return !m_out.isConstant(tensor(op.inputs[k])); });
        if (!ready)
            return inFloat(std::move(op));
        const TensorIndex first = *std::find_if(op.inputs.begin(), op.inputs.end(), [&](TensorIndex t) {
            return t && isQuantized(t) && !m_out.isConstant(tensor(t));
        });
        const Grid in = gridOf(first);
        const bool fits = (spec->storageTypes & typeBit(in.type)) != 0;
        const ConstraintRow *fixed = spec->row(RowKind::FixedOutput, in.type),
                            *same = spec->row(RowKind::SameGrid, in.type);
        const TensorIndex y = op.outputs[0];
        const Encoding *e = encodingOf(y);
        if (!fits || (!e && !fixed && !same))
            return inFloat(std::move(op));
        if (isWeighted(op.code)) {
            const bool constant = op.inputs.size() > 1 && op.inputs[1] && m_out.isConstant(tensor(op.inputs[1]))
                                  && (tensor(op.inputs[1]).type == ElementType::Float32 || isQuantized(op.inputs[1]));
            if (!constant)
                return inFloat(std::move(op));
            const ConstraintRow *channels = spec->row(RowKind::PerChannel, ElementType::Int8);
            quantizeWeights(op.inputs[1], channels ? channels->dimension : 0, op.code);
            if (op.inputs.size() > 2 && op.inputs[2])
                op.inputs[2] = quantizedBias(op.inputs[2], op.inputs[0], op.inputs[1]);
        } else {
            for (const std::size_t k : data)
                if (m_out.isConstant(tensor(op.inputs[k])))
                    quantizeConstant(op.inputs[k]);
        }
        if (fixed) {
            Grid g{in.type, QuantParams::perTensor(fixed->scale, fixed->zeroPoint)};
            if (e && std::abs(e->scale[0] / static_cast<double>(fixed->scale) - 1) > 1e-3)
                m_notes.push_back(
                    makeNote(kFixedInstead, {m_from.tensor(y).name, opName(op.code), std::to_string(e->scale[0])}));
            setOutputs(op, g);
            return push(std::move(op));
        }
        const Grid wanted = e ? gridOf(*e, y) : in;
        if (same && op.inputs.size() > 1 && op.code == Op::Concatenation) { // its inputs follow its output
            for (const std::size_t k : data)
                op.inputs[k] = onGrid(op.inputs[k], wanted, "_concatenated");
            setOutputs(op, wanted);
            return push(std::move(op));
        }
        if (!same || (wanted.type == in.type && wanted.quant.sameGrid(in.quant))) {
            setOutputs(op, wanted);
            return push(std::move(op));
        }
        if (wholeAverage(op)) { // a mean may go to another grid, a pool may not
            asMean(op);
            setOutputs(op, wanted);
            return push(std::move(op));
        }
        m_notes.push_back(makeNote(kSameInstead, {m_from.tensor(y).name}));
        setOutputs(op, in);
        push(std::move(op));
        m_final[y.value] = onGrid(y, wanted, "_requantized");
    }

    bool wholeAverage(const Operator &op)
    {
        if (op.code != Op::AveragePool2D || !op.options || op.options->integer(kFused) != 0)
            return false;
        const Shape &in = tensor(op.inputs[0]).shape, &out = tensor(op.outputs[0]).shape;
        return in.size() == 4 && out.size() == 4 && out[1] == 1 && out[2] == 1
               && op.options->integer("filter_height") == in[1] && op.options->integer("filter_width") == in[2];
    }

    void asMean(Operator &op)
    {
        Tensor axes;
        axes.name = m_from.tensor(op.outputs[0]).name + "_axes";
        axes.shape = {2};
        axes.type = ElementType::Int32;
        const std::int32_t values[2]{1, 2};
        Buffer b = Buffer::fromValues(std::span<const std::int32_t>(values));
        b.present = true;
        axes.buffer = m_out.addBuffer(std::move(b));
        graph().tensors.push_back(std::move(axes));
        op.code = Op::Mean;
        op.inputs = {op.inputs[0], TensorIndex(graph().tensors.size() - 1)};
        auto options = std::make_shared<Table>();
        options->type = "ReducerOptions";
        options->set("keep_dims", FieldValue{std::int64_t{1}});
        op.options = std::move(options);
    }

    void setOutputs(const Operator &op, const Grid &g)
    {
        for (const TensorIndex t : op.outputs)
            if (t && m_from.tensors.size() > t.pos() && m_from.tensor(t).type == ElementType::Float32)
                setGrid(t, g);
    }

    void push(Operator op) { graph().operators.push_back(std::move(op)); }

    void inFloat(Operator op)
    {
        for (TensorIndex &t : op.inputs)
            t = t ? asFloat(t) : t;
        std::vector<std::pair<TensorIndex, Grid>> later;
        bool said = false;
        for (TensorIndex &t : op.outputs) {
            if (!t || m_from.tensor(t).type != ElementType::Float32)
                continue;
            const Encoding *e = encodingOf(t);
            if (!e) {
                if (!said)
                    m_notes.push_back(makeWarning(kStaysFloat, {layerName(m_from, op)}));
                said = true;
                continue;
            }
            // The tensor itself becomes integers; the operator gives a copy.
            const Grid g = gridOf(*e, t);
            const TensorIndex real = copyOf(t, "_float", std::nullopt);
            later.emplace_back(t, g);
            m_floats[t.value] = real;
            t = real;
        }
        push(std::move(op));
        for (const auto &[t, g] : later) {
            setGrid(t, g);
            emit(Op::Quantize, m_floats[t.value], t, "QuantizeOptions");
        }
    }

    void setVersions()
    {
        for (Operator &op : graph().operators) {
            const OpSpec *spec = findOpSpec(op.code);
            if (!spec || op.outputs.empty() || !op.outputs[0])
                continue;
            ElementType type = tensor(op.outputs[0]).type;
            if (typeBit(type) == 0 && !op.inputs.empty() && op.inputs[0])
                type = tensor(op.inputs[0]).type;
            op.version = std::max(op.version, spec->minVersion(type));
            if (op.inputs.size() > 1 && op.inputs[1]
                && tensor(op.inputs[1]).type == ElementType::Int4) // as core/passes/versions.cpp
                op.version =
                    std::max(op.version, op.code == Op::FullyConnected ? (type == ElementType::Int16 ? 13 : 10) : 7);
        }
    }

    const Encodings &m_encodings;
    Model m_out;
    const Subgraph m_from;
    Diagnostics m_notes;
    Encoding m_rewritten;
    std::map<std::int32_t, TensorIndex> m_floats, m_final;
    std::set<std::int32_t> m_biases;
    bool m_unsigned = false;
};

} // namespace

bool isFloatNetwork(const Model &model)
{
    return !model.subgraphs.empty()
           && std::none_of(model.subgraphs.front().tensors.begin(), model.subgraphs.front().tensors.end(),
                           [](const Tensor &t) { return t.quant.isQuantized() && isIntegerStorage(t.type); });
}

Result<QuantizedByEncodings> quantizeByEncodings(const Model &model, const Encodings &encodings)
{
    if (!isFloatNetwork(model))
        return makeError(kNotFloat, {});
    for (const Tensor &t : model.subgraphs.front().tensors) {
        if (model.isConstant(t)
            && model.data(t).size() < byteSize(t.type, static_cast<std::size_t>(elementCount(t.shape))))
            return makeError(kBadEncoding, {t.name, "the tensor's constant is not whole"});
    }
    return Quantizer(model, encodings).run();
}

} // namespace requant
