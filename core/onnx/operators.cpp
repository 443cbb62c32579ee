// SPDX-License-Identifier: GPL-3.0-or-later
// Which node becomes what.
#include "core/onnx/importer.h"

#include <algorithm>

namespace requant::onnxformat {

namespace {

bool isOneOf(const std::string &op, std::initializer_list<std::string_view> list)
{
    return std::find(list.begin(), list.end(), op) != list.end();
}

} // namespace

void Importer::node(const Node &n)
{
    m_node = n.index();
    bool known = n.outputCount() > 0;
    for (std::size_t i = 0; i < n.outputCount(); ++i)
        known &= n.output(i).empty() || m_values.count(n.output(i)) > 0;
    if (known)
        return; // fused into its producer
    const bool quantizes = n.isDefaultDomain() || n.isMicrosoft();
    if (quantizes && n.op() == "DequantizeLinear")
        return dequantize(n);
    if (quantizes && n.op() == "QuantizeLinear")
        return quantize(n);
    if (n.isMicrosoft() || n.op().rfind("QLinear", 0) == 0)
        return computeStored(n);
    if (!n.isDefaultDomain())
        n.refuse("operators of the domain " + n.proto().domain() + " are not supported");
    if (!foldConstants(n))
        compute(n);
}

void Importer::compute(const Node &n)
{
    if (n.outputCount() == 0 || n.output().empty())
        n.refuse("it has no output");
    if (shapeOperator(n))
        return;
    const std::string &op = n.op();
    if (op == "MaxPool") {
        Input in;
        in.value = value(n, n.input(0));
        return pool(n, in, nullptr, false);
    }
    if (op == "Resize") {
        Input in;
        in.value = value(n, n.input(0));
        return resize(n, in);
    }
    const bool known =
        isOneOf(op, {"Conv", "Gemm", "MatMul", "Add", "Sub", "Mul", "Relu", "Clip", "LeakyRelu", "Sigmoid", "Tanh",
                     "HardSwish", "Softmax", "Concat", "AveragePool", "GlobalAveragePool", "ReduceMean"});
    if (!known)
        n.refuse("this operator is not supported");
    std::size_t dataInputs = isOneOf(op, {"Conv", "Gemm", "MatMul", "Add", "Sub", "Mul"}) ? 2
                             : op == "Concat"                                             ? n.inputCount()
                                                                                          : 1;
    std::optional<Target> target = quantizedTarget(n);
    bool quantized = target.has_value();
    for (std::size_t i = 0; i < dataInputs && quantized; ++i)
        quantized = isQuantized(n, i);
    if (!quantized) {
        target = Target{};
        target->name = n.output();
        m_floatOperators.push_back(n.label() + " (" + op + ")");
    }
    std::vector<Input> in;
    const std::size_t read = op == "Conv" || op == "Gemm" ? 3 : dataInputs;
    for (std::size_t i = 0; i < read; ++i)
        in.push_back(input(n, i, quantized));
    for (std::size_t i = 0; i < dataInputs; ++i) {
        if (!in[i].exists())
            n.refuse("input " + std::to_string(i) + " is missing");
    }
    if (op == "Conv")
        return conv(n, in[0], in[1], in[2], *target);
    if (op == "Gemm")
        return gemm(n, in, *target);
    if (op == "MatMul") {
        if (in[1].constant)
            return fullyConnected(n, in[0], in[1], false, Input{}, *target);
        return batchMatmul(n, in[0], in[1], *target);
    }
    if (op == "Add" || op == "Sub" || op == "Mul")
        return binary(n, op == "Add" ? Op::Add : op == "Sub" ? Op::Sub : Op::Mul, in[0], in[1], *target);
    if (op == "Concat")
        return concat(n, std::move(in), *target);
    if (!in[0].value)
        n.refuse("its input is constant");
    if (op == "Relu")
        return unary(n, Op::Relu, in[0], *target);
    if (op == "HardSwish")
        return unary(n, Op::HardSwish, in[0], *target, table("HardSwishOptions"));
    if (op == "LeakyRelu") {
        auto options = std::make_shared<Table>();
        options->type = "LeakyReluOptions";
        options->set("alpha", FieldValue{static_cast<double>(n.real("alpha", 0.01f))});
        return unary(n, Op::LeakyRelu, in[0], *target, options);
    }
    if (op == "Sigmoid" || op == "Tanh")
        return fixedOutput(n, op == "Sigmoid" ? Op::Logistic : Op::Tanh, in[0], *target, nullptr);
    if (op == "Clip")
        return clip(n, in[0], *target);
    if (op == "Softmax")
        return softmax(n, in[0], *target);
    if (op == "AveragePool")
        return pool(n, in[0], &*target, true);
    if (op == "GlobalAveragePool") {
        std::vector<std::int64_t> axes;
        for (std::size_t d = 2; d < in[0].value->shape.size(); ++d)
            axes.push_back(static_cast<std::int64_t>(d));
        return mean(n, in[0], axes, true, *target);
    }
    std::vector<std::int64_t> axes = n.integers("axes");
    if (!n.input(1).empty())
        axes = constantInts(n, 1, "axes");
    if (axes.empty()) {
        if (n.integer("noop_with_empty_axes", 0) != 0)
            n.refuse("noop_with_empty_axes is not supported");
        for (std::size_t d = 0; d < in[0].value->shape.size(); ++d)
            axes.push_back(static_cast<std::int64_t>(d));
    }
    mean(n, in[0], axes, n.integer("keepdims", 1) != 0, *target);
}

// Operators on stored integers, with scales and zero points as inputs (opset 10; com.microsoft of ONNX Runtime).
void Importer::computeStored(const Node &n)
{
    const std::string &op = n.op();
    if (n.outputCount() == 0 || n.output().empty())
        n.refuse("it has no output");
    const auto to = [&](std::size_t scale) {
        Target t;
        t.name = n.output();
        t.isStored = true;
        t.grid = gridOf(n, scale, scale + 1, ElementType::UInt8);
        if (t.grid->isPerChannel())
            n.refuse("activations with one scale per channel are not supported");
        return t;
    };
    if (op == "QLinearConv" && n.isDefaultDomain()) {
        Input b;
        b.name = n.input(8);
        b.constant = m_graph.constant(n.input(8));
        if (!b.name.empty() && !b.constant)
            n.refuse("the bias is not constant");
        return conv(n, stored(n, 0, 1, 2), stored(n, 3, 4, 5), b, to(6));
    }
    if (op == "QLinearMatMul") {
        const Input a = stored(n, 0, 1, 2), b = stored(n, 3, 4, 5);
        return b.constant ? fullyConnected(n, a, b, false, Input{}, to(6)) : batchMatmul(n, a, b, to(6));
    }
    if (op == "QGemm") {
        if (n.input(7).empty())
            n.refuse("a float output is not supported");
        Input b;
        b.name = n.input(6);
        b.constant = m_graph.constant(n.input(6));
        return gemm(n, {stored(n, 0, 1, 2), stored(n, 3, 4, 5), b}, to(7));
    }
    if (op == "QLinearAdd" || op == "QLinearMul")
        return binary(n, op == "QLinearAdd" ? Op::Add : Op::Mul, stored(n, 0, 1, 2), stored(n, 3, 4, 5), to(6));
    if (op == "QLinearConcat") {
        std::vector<Input> in;
        for (std::size_t i = 2; i + 2 < n.inputCount(); i += 3)
            in.push_back(stored(n, i, i + 1, i + 2));
        return concat(n, std::move(in), to(0));
    }
    const bool unaryKind = isOneOf(
        op, {"QLinearGlobalAveragePool", "QLinearAveragePool", "QLinearSigmoid", "QLinearLeakyRelu", "QLinearSoftmax"});
    if (!unaryKind)
        n.refuse("this operator is not supported");
    const Input x = stored(n, 0, 1, 2);
    if (!x.value)
        n.refuse("its input is constant");
    if (op == "QLinearSigmoid")
        return fixedOutput(n, Op::Logistic, x, to(3), nullptr);
    if (op == "QLinearSoftmax")
        return softmax(n, x, to(3));
    if (op == "QLinearLeakyRelu") {
        auto options = std::make_shared<Table>();
        options->type = "LeakyReluOptions";
        options->set("alpha", FieldValue{static_cast<double>(n.real("alpha", 0.01f))});
        return unary(n, Op::LeakyRelu, x, to(3), options);
    }
    const bool last = n.integer("channels_last", 0) != 0;
    if (op == "QLinearAveragePool") {
        if (last)
            n.refuse("channels_last is not supported");
        const Target t = to(3);
        return pool(n, x, &t, true);
    }
    if (x.value->shape.size() < 3)
        n.refuse("its input has the shape " + shapeText(x.value->shape));
    std::vector<std::int64_t> axes;
    for (std::size_t d = last ? 1 : 2; d + (last ? 1 : 0) < x.value->shape.size(); ++d)
        axes.push_back(static_cast<std::int64_t>(d));
    mean(n, x, axes, true, to(3));
}

} // namespace requant::onnxformat
