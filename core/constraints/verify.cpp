// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/constraints/resolve.h"

#include <algorithm>
#include <cmath>

namespace requant {

namespace {

constexpr Message kBadScale{"verify.bad-scale", "tensor '%1' has a scale that is not a positive finite number"};
constexpr Message kScaleCount{"verify.scale-count",
                              "tensor '%1' has %2 scales along dimension %3, which does not have that size"};
constexpr Message kZeroPointRange{"verify.zero-point-range", "tensor '%1': zero point %2 is outside of its type's range"};
constexpr Message kNoKernel{"verify.no-kernel", "%1: no kernel for %2 activations"};
constexpr Message kMixedTypes{"verify.mixed-types", "%1: inputs and outputs must have one storage type, but '%2' is %3 and '%4' is %5"};
constexpr Message kNotSameGrid{"verify.same-grid", "%1: '%2' and '%3' must have the same scale and zero point"};
constexpr Message kNotFixedGrid{"verify.fixed-output", "%1: the output must have scale %2 and zero point %3"};
constexpr Message kZeroPointNotZero{"verify.zero-point", "%1: '%2' must have zero point 0"};
constexpr Message kWeightType{"verify.weight-type", "%1: %2 weights with %3 activations"};
constexpr Message kPerChannel{"verify.per-channel", "%1: weights may not be per-channel along dimension %2"};
constexpr Message kRequantizeTypes{"verify.requantize-types", "%1: the runtime has no QUANTIZE from %2 to %3"};
constexpr Message kBiasType{"verify.bias-type", "%1: a bias of type %2 with %3 activations"};
constexpr Message kBiasScale{"verify.bias-scale", "%1: the bias scale is not input scale x weight scale"};
constexpr Message kBiasZeroPoint{"verify.bias-zero-point", "%1: the bias must have zero point 0"};
constexpr Message kScaleRatio{"verify.scale-ratio", "%1: a scale ratio of %2 lies outside of [%3, %4): %5"};
constexpr Message kShiftsOnly{"verify.pot-scale-int16",
                              "%1: pot_scale_int16 with power-of-two scales takes one input on the output's scale and the other on no larger one"};
constexpr Message kOldVersion{"verify.version", "%1: operator version %2 is older than %3, which %4 needs"};

std::string number(double v)
{
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.6g", v);
    return buffer;
}

class Verifier
{
public:
    Verifier(const Model &model, SubgraphIndex subgraph) : m_graph(model.subgraph(subgraph)), m_subgraph(subgraph) {}

    Diagnostics run()
    {
        for (std::size_t i = 0; i < m_graph.tensors.size(); ++i)
            checkTensor(TensorIndex(i));
        for (std::size_t i = 0; i < m_graph.operators.size(); ++i)
            checkOperator(OperatorIndex(i));
        return std::move(m_found);
    }

private:
    void report(Severity severity, const Message &m, std::vector<std::string> args, Location where)
    {
        m_found.push_back({severity, &m, std::move(args), where, {}});
    }
    Location at(OperatorIndex o) const { return OperatorRef{m_subgraph, o}; }
    std::string label(OperatorIndex o) const
    {
        return opName(m_graph.op(o).code) + " " + layerName(m_graph, m_graph.op(o));
    }
    bool onGrid(TensorIndex t) const
    {
        return t && typeBit(m_graph.tensor(t).type) && m_graph.tensor(t).quant.isQuantized();
    }

    void checkTensor(TensorIndex i)
    {
        const Tensor &t = m_graph.tensor(i);
        const QuantParams &q = t.quant;
        if (!q.isQuantized() || !isIntegerStorage(t.type) || q.details)
            return;
        const Location where = TensorRef{m_subgraph, i};
        if (std::any_of(q.scale.begin(), q.scale.end(), [](float s) { return !(s > 0) || !std::isfinite(s); }))
            report(Severity::Warning, kBadScale, {t.name}, where);
        const auto dim = static_cast<std::size_t>(std::max(0, q.quantizedDimension));
        if (q.isPerChannel() && (dim >= t.shape.size() || static_cast<std::size_t>(t.shape[dim]) != q.scale.size()))
            report(Severity::Error, kScaleCount, {t.name, std::to_string(q.scale.size()), std::to_string(q.quantizedDimension)}, where);
        const IntegerRange r = integerRange(t.type);
        for (std::int64_t z : q.zeroPoint) {
            if (bitWidth(t.type) <= 16 && (z < r.min || z > r.max)) {
                report(Severity::Error, kZeroPointRange, {t.name, std::to_string(z)}, where);
                break;
            }
        }
    }

    void checkOperator(OperatorIndex o)
    {
        const Operator &op = m_graph.op(o);
        const OpSpec *spec = findOpSpec(op.code);
        if (!spec)
            return;
        std::vector<TensorIndex> data;
        for (std::size_t i = 0; i < op.inputs.size(); ++i) {
            if (spec->isDataInput(i) && onGrid(op.inputs[i]))
                data.push_back(op.inputs[i]);
        }
        const std::size_t inputs = data.size();
        for (TensorIndex t : op.outputs) {
            if (onGrid(t))
                data.push_back(t);
        }
        if (data.empty())
            return;
        const ElementType type = m_graph.tensor(data.back()).type;
        if (!(typeBit(type) & spec->storageTypes))
            report(Severity::Error, kNoKernel, {label(o), std::string(typeName(type))}, at(o));
        if (spec->sameType)
            checkOneType(o, data);
        checkRows(o, *spec, data, inputs, type);
        if (op.version < spec->minVersion(type))
            report(Severity::Warning, kOldVersion,
                   {label(o), std::to_string(op.version), std::to_string(spec->minVersion(type)), std::string(typeName(type))}, at(o));
        checkWeights(o, type);
        if (op.code == Op::Quantize && inputs == 1 && data.size() == 2)
            checkRequantize(o, m_graph.tensor(data[0]).type, type);
        if (type == ElementType::Int16 && (op.code == Op::Add || op.code == Op::Sub) && op.options
            && op.options->flag("pot_scale_int16", true) && inputs == 2 && data.size() == 3)
            checkShifts(o, data);
    }

    // ADD and SUB of int16 shift their inputs where all scales are powers of two, and Prepare refuses what shifts cannot do.
    void checkShifts(OperatorIndex o, const std::vector<TensorIndex> &data)
    {
        int log[3] = {};
        for (std::size_t i = 0; i < 3; ++i) {
            const float s = m_graph.tensor(data[i]).quant.scale[0];
            if (!(s > 0) || !std::isfinite(s) || std::frexp(s, &log[i]) != 0.5f)
                return;
        }
        if (log[0] > log[2] || log[1] > log[2] || (log[0] != log[2] && log[1] != log[2]))
            report(Severity::Error, kShiftsOnly, {label(o)}, at(o));
    }

    // tflite/kernels/quantize.cc: from 8 bits to 8 and 16, from int16 to int8 and int16 (and int32).
    void checkRequantize(OperatorIndex o, ElementType from, ElementType to)
    {
        if (from == ElementType::Int16 && to == ElementType::UInt8)
            report(Severity::Error, kRequantizeTypes, {label(o), std::string(typeName(from)), std::string(typeName(to))}, at(o));
    }

    void checkOneType(OperatorIndex o, const std::vector<TensorIndex> &data)
    {
        const Tensor &first = m_graph.tensor(data.front());
        for (TensorIndex t : data) {
            const Tensor &other = m_graph.tensor(t);
            if (other.type != first.type) {
                report(Severity::Error, kMixedTypes,
                       {label(o), first.name, std::string(typeName(first.type)), other.name, std::string(typeName(other.type))}, at(o));
                return;
            }
        }
    }

    static Severity severityOf(Enforcement e)
    {
        switch (e) {
        case Enforcement::Runtime: return Severity::Error;
        case Enforcement::Spec: return Severity::Warning;
        case Enforcement::Delegate: return Severity::Note;
        }
        return Severity::Error;
    }

    void checkRows(OperatorIndex o, const OpSpec &spec, const std::vector<TensorIndex> &data, std::size_t inputs, ElementType type)
    {
        for (const ConstraintRow &row : spec.rows) {
            if (!(row.types & typeBit(type)))
                continue;
            const Severity severity = severityOf(row.enforcement);
            if (row.kind == RowKind::SameGrid) {
                for (TensorIndex t : data) {
                    if (!m_graph.tensor(t).quant.sameGrid(m_graph.tensor(data.front()).quant)) {
                        report(severity, kNotSameGrid, {label(o), m_graph.tensor(data.front()).name, m_graph.tensor(t).name}, at(o));
                        break;
                    }
                }
            } else if (row.kind == RowKind::FixedOutput) {
                for (std::size_t i = inputs; i < data.size(); ++i) {
                    const QuantParams &q = m_graph.tensor(data[i]).quant;
                    if (std::abs(q.scale[0] - row.scale) > 1e-3f * row.scale || q.zeroPointAt(0) != row.zeroPoint)
                        report(severity, kNotFixedGrid, {label(o), number(row.scale), std::to_string(row.zeroPoint)}, at(o));
                }
            } else if (row.kind == RowKind::ZeroPointZero && row.operand < 0) {
                for (TensorIndex t : data) {
                    if (m_graph.tensor(t).quant.zeroPointAt(0) != 0)
                        report(severity, kZeroPointNotZero, {label(o), m_graph.tensor(t).name}, at(o));
                }
            } else if (row.kind == RowKind::ScaleRatio) {
                checkRatio(o, spec.op, row, data, inputs, severity);
            }
        }
    }

    void checkRatio(OperatorIndex o, Op op, const ConstraintRow &row, const std::vector<TensorIndex> &data, std::size_t inputs,
                    Severity severity)
    {
        if (inputs == 0 || inputs == data.size())
            return;
        const double out = static_cast<double>(m_graph.tensor(data.back()).quant.scale[0]);
        double largest = 0, smallest = 1e300, product = 1;
        for (std::size_t i = 0; i < inputs; ++i) {
            const double s = static_cast<double>(m_graph.tensor(data[i]).quant.scale[0]);
            largest = std::max(largest, s);
            smallest = std::min(smallest, s);
            product *= s;
        }
        std::vector<double> ratios;
        if (op == Op::Mul)
            ratios = {product / out};
        else if (row.enforcement == Enforcement::Runtime)
            ratios = {out / largest};
        else
            ratios = {smallest / out, largest / out};
        for (double r : ratios) {
            if (!(r >= row.low && r < row.high)) {
                report(severity, kScaleRatio, {label(o), number(r), number(row.low), number(row.high), std::string(row.why)}, at(o));
                break;
            }
        }
    }

    void checkWeights(OperatorIndex o, ElementType type)
    {
        const Operator &op = m_graph.op(o);
        const WeightedInputs pos = weightedInputs(op.code);
        if (pos.weight < 0 || static_cast<std::size_t>(pos.weight) >= op.inputs.size())
            return;
        const TensorIndex w = op.inputs[static_cast<std::size_t>(pos.weight)];
        const auto dataPosition = static_cast<std::size_t>(findOpSpec(op.code)->dataInputs.front());
        const TensorIndex input = dataPosition < op.inputs.size() ? op.inputs[dataPosition] : TensorIndex{};
        if (!w || !input || !m_graph.tensor(w).quant.isQuantized() || !onGrid(input))
            return;
        const Tensor &weight = m_graph.tensor(w);
        const bool oneType = type == ElementType::UInt8 || op.code == Op::BatchMatmul;
        const bool match = oneType ? weight.type == type : weight.type == ElementType::Int8 || weight.type == ElementType::Int4;
        if (!match)
            report(Severity::Error, kWeightType, {label(o), std::string(typeName(weight.type)), std::string(typeName(type))}, at(o));
        const auto &zeros = weight.quant.zeroPoint;
        // FULLY_CONNECTED's built-in int8 kernel honours a per-tensor zero point; only the delegate refuses it.
        const bool tolerated = op.code == Op::FullyConnected && !weight.quant.isPerChannel();
        if (type != ElementType::UInt8 && std::any_of(zeros.begin(), zeros.end(), [](std::int64_t z) { return z != 0; }))
            report(tolerated ? Severity::Note : Severity::Error, kZeroPointNotZero, {label(o), weight.name}, at(o));
        if (weight.quant.isPerChannel() && (oneType || weight.quant.quantizedDimension != pos.channelDimension))
            report(Severity::Error, kPerChannel, {label(o), std::to_string(weight.quant.quantizedDimension)}, at(o));
        checkBias(o, pos, type, weight, m_graph.tensor(input));
    }

    void checkBias(OperatorIndex o, WeightedInputs pos, ElementType type, const Tensor &weight, const Tensor &input)
    {
        const Operator &op = m_graph.op(o);
        if (pos.bias < 0 || static_cast<std::size_t>(pos.bias) >= op.inputs.size() || !op.inputs[static_cast<std::size_t>(pos.bias)])
            return;
        const Tensor &bias = m_graph.tensor(op.inputs[static_cast<std::size_t>(pos.bias)]);
        const bool wide = type == ElementType::Int16 && bias.type == ElementType::Int64;
        const bool narrow = bias.type == ElementType::Int32 && (type != ElementType::Int16 || op.code != Op::DepthwiseConv2D);
        if (!wide && !narrow)
            report(Severity::Error, kBiasType, {label(o), std::string(typeName(bias.type)), std::string(typeName(type))}, at(o));
        if (!bias.quant.isQuantized())
            return;
        if (std::any_of(bias.quant.zeroPoint.begin(), bias.quant.zeroPoint.end(), [](std::int64_t z) { return z != 0; }))
            report(Severity::Warning, kBiasZeroPoint, {label(o)}, at(o));
        // Signed kernels ignore the stored scale; it should be right all the same.
        const std::size_t n = std::max(bias.quant.scale.size(), weight.quant.scale.size());
        for (std::size_t c = 0; c < n; ++c) {
            const double expected = static_cast<double>(input.quant.scale[0]) * static_cast<double>(weight.quant.scaleAt(c));
            const double stored = static_cast<double>(bias.quant.scaleAt(std::min(c, bias.quant.scale.size() - 1)));
            if (std::abs(stored - expected) > 1e-3 * expected) {
                report(type == ElementType::UInt8 ? Severity::Error : Severity::Warning, kBiasScale, {label(o)}, at(o));
                return;
            }
        }
    }

    const Subgraph &m_graph;
    SubgraphIndex m_subgraph;
    Diagnostics m_found;
};

} // namespace

Diagnostics verifyQuantization(const Model &model)
{
    Diagnostics all;
    for (std::size_t i = 0; i < model.subgraphs.size(); ++i) {
        Diagnostics found = Verifier(model, SubgraphIndex(i)).run();
        all.insert(all.end(), found.begin(), found.end());
    }
    return all;
}

} // namespace requant
