// SPDX-License-Identifier: GPL-3.0-or-later
// Operators on elements, and those whose output TFLite fixes.
#include "core/onnx/importer.h"

#include <algorithm>
#include <cmath>

namespace requant::onnxformat {

namespace {

struct Bounds
{
    float low = -INFINITY, high = INFINITY;
};

// TFLite's fixed outputs, as the file would have to say them.
Grid fixedGrid(Op op, ElementType type)
{
    const bool sixteen = bitWidth(type) == 16, isUnsigned = type == ElementType::UInt8 || type == ElementType::UInt16;
    const std::int64_t least = sixteen ? (isUnsigned ? 32768 : 0) : isUnsigned ? 0 : -128;
    if (op == Op::Tanh)
        return {{sixteen ? 0x1p-15f : 0x1p-7f}, {sixteen ? least : isUnsigned ? 128 : 0}, type, 0};
    return {{sixteen ? 0x1p-15f : 0x1p-8f}, {least}, type, 0};
}

} // namespace

// The schema's ActivationFunctionType: 1 RELU, 2 RELU_N1_TO_1, 3 RELU6.
std::optional<int> Importer::activationCode(const Node &n)
{
    if (n.op() == "Relu")
        return 1;
    if (n.op() != "Clip")
        return std::nullopt;
    Bounds b;
    const auto bound = [&](std::size_t i, const char *attribute, float &v) {
        if (n.has(attribute)) {
            v = n.real(attribute, v);
        } else if (!n.input(i).empty()) {
            const auto q = m_quantizedConstants.find(n.input(i));
            const Constant *c =
                q != m_quantizedConstants.end() ? input(n, i, false).constant : m_graph.constant(n.input(i));
            if (!c || c->count() != 1 || isIntegerStorage(c->type))
                return false;
            v = c->floats()[0];
        }
        return true;
    };
    if (!bound(1, "min", b.low) || !bound(2, "max", b.high))
        return std::nullopt;
    if (b.low == 0 && b.high >= std::numeric_limits<float>::max())
        return 1;
    if (b.low == -1 && b.high == 1)
        return 2;
    if (b.low == 0 && b.high == 6)
        return 3;
    return std::nullopt;
}

void Importer::binary(const Node &n, Op op, Input a, Input b, const Target &t)
{
    if (!a.value && !b.value)
        n.refuse("both inputs are constant");
    if ((a.grid && a.grid->isPerChannel()) || (b.grid && b.grid->isPerChannel()))
        n.refuse("an operand with one scale per channel is not supported");
    const Shape sa = shapeOf(n, a), sb = shapeOf(n, b);
    const std::size_t rank = std::max(sa.size(), sb.size());
    Value out;
    out.shape.assign(rank, 1);
    for (std::size_t d = 0; d < rank; ++d) {
        const std::int32_t x = d + sa.size() < rank ? 1 : sa[d + sa.size() - rank],
                           y = d + sb.size() < rank ? 1 : sb[d + sb.size() - rank];
        if (x != y && x != 1 && y != 1)
            n.refuse("inputs of " + shapeText(sa) + " and " + shapeText(sb) + " do not fit");
        out.shape[d] = x == 1 ? y : x;
    }
    // The order of the first value of full rank is everybody's.
    out.perm = identityPerm(rank);
    for (const Input *in : {&a, &b}) {
        if (in->value && in->value->shape.size() == rank) {
            out.perm = plain(*in->value).perm;
            break;
        }
    }
    const TensorIndex ai = data(a, out.perm, rank), bi = data(b, out.perm, rank);
    out.tensor = resultTensor(t, permuted(out.shape, out.perm));
    const char *options = op == Op::Add ? "AddOptions" : op == Op::Sub ? "SubOptions" : "MulOptions";
    TablePtr o = op == Op::Mul ? table(options, {{"fused_activation_function", t.activation}})
                               : table(options, {{"fused_activation_function", t.activation}, {"pot_scale_int16", 0}});
    emit(op, {ai, bi}, {out.tensor}, std::move(o));
    result(n, 0, t, out);
}

void Importer::unary(const Node &n, Op op, Input x, const Target &t, TablePtr options)
{
    Value out = plain(*x.value);
    const TensorIndex from = out.tensor;
    const Shape shape = g().tensor(from).shape;
    out.tensor = resultTensor(t, shape);
    emit(op, {from}, {out.tensor}, std::move(options));
    result(n, 0, t, out);
}

void Importer::fixedOutput(const Node &n, Op op, Input x, const Target &t, TablePtr options)
{
    if (!t.grid)
        return unary(n, op, x, t, options);
    const Grid fixed = fixedGrid(op, t.grid->type);
    if (fixed.scale == t.grid->scale && fixed.zeroPoint == t.grid->zeroPoint)
        return unary(n, op, x, t, options);
    Value out = plain(*x.value);
    const TensorIndex from = out.tensor;
    const Shape shape = g().tensor(from).shape;
    out.tensor = newTensor(t.name + "_fixed", shape, storedType(fixed.type), paramsOf(fixed));
    emit(op, {from}, {out.tensor}, std::move(options));
    m_notes.push_back(makeNote(kExtraRounding, {n.label(), n.op()}));
    result(n, 0, t, requantized(out, *t.grid, t.name));
}

void Importer::softmax(const Node &n, Input x, const Target &t)
{
    Value v = plain(*x.value);
    const auto rank = static_cast<std::int64_t>(v.shape.size());
    std::int64_t axis = n.integer("axis", m_graph.opset() < 13 ? 1 : -1);
    axis += axis < 0 ? rank : 0;
    if (axis < 0 || axis >= rank)
        n.refuse("axis " + std::to_string(axis) + " is out of range");
    // Before opset 13 everything from the axis on is one vector.
    const bool flattens = n.isMicrosoft() ? n.integer("opset", 13) < 13 : m_graph.opset() < 13;
    for (std::int64_t d = axis + 1; flattens && d < rank; ++d) {
        if (v.shape[static_cast<std::size_t>(d)] != 1)
            n.refuse("a softmax over several dimensions (opset before 13) is not supported");
    }
    if (v.perm.back() != static_cast<int>(axis)) {
        Perm perm;
        for (int d = 0; d < static_cast<int>(rank); ++d) {
            if (d != static_cast<int>(axis))
                perm.push_back(d);
        }
        perm.push_back(static_cast<int>(axis));
        v = ordered(v, perm);
    }
    x.value = v;
    auto options = std::make_shared<Table>();
    options->type = "SoftmaxOptions";
    options->set("beta", FieldValue{1.0});
    fixedOutput(n, Op::Softmax, x, t, options);
}

void Importer::clip(const Node &n, Input x, const Target &t)
{
    if (const auto code = activationCode(n))
        return unary(n, *code == 1 ? Op::Relu : *code == 2 ? Op::ReluN1To1 : Op::Relu6, x, t);
    Bounds b;
    for (std::size_t i = 1; i <= 2; ++i) {
        float &v = i == 1 ? b.low : b.high;
        const char *attribute = i == 1 ? "min" : "max";
        if (n.has(attribute)) {
            v = n.real(attribute, v);
        } else if (!n.input(i).empty()) {
            const Input in = input(n, i, false);
            if (!in.constant || in.constant->count() != 1)
                n.refuse(std::string("its ") + attribute + " is not constant");
            v = in.constant->floats()[0];
        }
    }
    if (std::isnan(b.low) || std::isnan(b.high))
        n.refuse("a bound is not a number");
    // Rounding is monotonic: to quantize and then to clip integers gives what clipping and then quantizing does.
    Value v = plain(*x.value);
    if (t.grid && !hasGrid(v.tensor, *t.grid))
        v = requantized(v, *t.grid, t.name + "_unclipped");
    const auto limit = [&](Op op, float real, bool last) {
        const ElementType type = g().tensor(v.tensor).type;
        const QuantParams q = g().tensor(v.tensor).quant;
        const Shape shape = g().tensor(v.tensor).shape;
        Constant c = Constant::ofFloats({1}, {real});
        if (q.isQuantized()) {
            const IntegerRange r = integerRange(type);
            const double at = std::clamp(std::nearbyint(static_cast<double>(real / q.scale[0]))
                                             + static_cast<double>(q.zeroPointAt(0)),
                                         static_cast<double>(r.min), static_cast<double>(r.max));
            c = Constant::ofIntegers({1}, type, {static_cast<std::int64_t>(at)});
        }
        const TensorIndex bound = constantTensor(t.name + (op == Op::Maximum ? "_min" : "_max"), c, {0}, std::nullopt);
        g().tensor(bound).quant = q;
        const TensorIndex out = newTensor(last ? t.name : t.name + "_raised", shape, type, q);
        emit(op, {v.tensor, bound}, {out}, table("MaximumMinimumOptions"));
        v.tensor = out;
    };
    const bool above = std::isfinite(b.low), below = std::isfinite(b.high);
    if (above)
        limit(Op::Maximum, b.low, !below);
    if (below)
        limit(Op::Minimum, b.high, true);
    result(n, 0, t, v);
}

void Importer::concat(const Node &n, std::vector<Input> in, const Target &t)
{
    const auto first = std::find_if(in.begin(), in.end(), [](const Input &i) { return i.value.has_value(); });
    if (first == in.end())
        n.refuse("all its inputs are constant");
    const Value lead = plain(*first->value);
    const std::size_t rank = lead.shape.size();
    std::int64_t axis = n.integer("axis", 1);
    axis += axis < 0 ? static_cast<std::int64_t>(rank) : 0;
    if (axis < 0 || axis >= static_cast<std::int64_t>(rank))
        n.refuse("axis " + std::to_string(axis) + " is out of range");
    Value out;
    out.shape = lead.shape;
    out.perm = lead.perm;
    std::int64_t length = 0;
    std::vector<TensorIndex> tensors;
    for (Input &i : in) {
        Shape shape = shapeOf(n, i);
        if (shape.size() != rank)
            n.refuse("inputs of different ranks");
        length += shape[static_cast<std::size_t>(axis)];
        shape[static_cast<std::size_t>(axis)] = lead.shape[static_cast<std::size_t>(axis)];
        if (shape != lead.shape)
            n.refuse("input " + i.name + " is " + shapeText(shapeOf(n, i)) + ", which does not fit "
                     + shapeText(lead.shape));
        TensorIndex tensor = data(i, lead.perm, rank);
        if (t.grid && !hasGrid(tensor, *t.grid)) {
            if (g().tensor(tensor).quant.isPerChannel())
                n.refuse("an input with one scale per channel is not supported");
            Value v = lead;
            v.tensor = tensor;
            tensor = requantized(v, *t.grid, i.name + "_requantized").tensor;
        }
        tensors.push_back(tensor);
    }
    if (length > std::numeric_limits<std::int32_t>::max())
        n.refuse("the output is too large");
    out.shape[static_cast<std::size_t>(axis)] = static_cast<std::int32_t>(length);
    out.tensor = resultTensor(t, permuted(out.shape, out.perm));
    const auto at = std::find(out.perm.begin(), out.perm.end(), static_cast<int>(axis)) - out.perm.begin();
    emit(Op::Concatenation, tensors, {out.tensor},
         table("ConcatenationOptions", {{"axis", at}, {"fused_activation_function", 0}}));
    result(n, 0, t, out);
}

} // namespace requant::onnxformat
