// SPDX-License-Identifier: GPL-3.0-or-later
// Convolutions and matrix products, and their windows and biases.
#include "core/onnx/exporter.h"

#include <algorithm>

namespace requant::onnxformat {

std::string Exporter::inPicture(TensorIndex t)
{
    return at(t, nhwc());
}

// SAME pads as TFLite does: the smaller half first.
void Exporter::pads(onnx::NodeProto &n, const Operator &op, const Shape &in, std::int64_t kernelH, std::int64_t kernelW,
                    std::int64_t dilationH, std::int64_t dilationW)
{
    const auto stride = [&](const char *name) {
        return std::max<std::int64_t>(1, op.options ? op.options->integer(name, 1) : 1);
    };
    const std::int64_t strides[2]{stride("stride_h"), stride("stride_w")}, kernels[2]{kernelH, kernelW},
        dilations[2]{dilationH, dilationW};
    std::int64_t before[2]{0, 0}, after[2]{0, 0};
    if (!op.options || op.options->integer("padding") == 0) {
        for (std::size_t d = 0; d < 2; ++d) {
            const std::int64_t size = in[d + 1], out = (size + strides[d] - 1) / strides[d];
            const std::int64_t total =
                std::max<std::int64_t>(0, (out - 1) * strides[d] + (kernels[d] - 1) * dilations[d] + 1 - size);
            before[d] = total / 2;
            after[d] = total - before[d];
        }
    }
    setInts(n, "kernel_shape", {kernelH, kernelW});
    setInts(n, "strides", {strides[0], strides[1]});
    setInts(n, "pads", {before[0], before[1], after[0], after[1]});
}

std::string Exporter::bias(const Operator &op, TensorIndex x, TensorIndex w, TensorIndex b, std::int64_t outputs)
{
    if (!b)
        return {};
    const Tensor &of = tensor(b);
    if (!isConstant(b))
        refuse(op, "its bias is not constant");
    Constant c;
    c.shape = {static_cast<std::int32_t>(outputs)};
    c.type = of.type;
    c.bytes.assign(m_model.data(of).begin(), m_model.data(of).end());
    if (elementCount(of.shape) != outputs)
        refuse(op, "its bias does not have as many values as it has outputs");
    if (of.type == ElementType::Float32)
        return initializer(of.name, c.shape, of.type, c.bytes);
    if (of.type != ElementType::Int32 && of.type != ElementType::Int64)
        refuse(op, "its bias is " + std::string(typeName(of.type)));
    if (of.type == ElementType::Int64) {
        const auto wide = c.integers();
        const IntegerRange r = integerRange(ElementType::Int32);
        const auto outside =
            std::count_if(wide.begin(), wide.end(), [&](std::int64_t v) { return v < r.min || v > r.max; });
        if (outside > 0)
            m_losses.push_back(makeWarning(kWideBias, {of.name, std::to_string(outside)}));
        c = Constant::ofIntegers(c.shape, ElementType::Int32, wide);
    }
    Tensor grid = of;
    grid.type = ElementType::Int32;
    grid.quant = {};
    for (const float s : tensor(w).quant.scale)
        grid.quant.scale.push_back(tensor(x).quant.scaleAt(0) * s);
    grid.quant.zeroPoint.assign(grid.quant.scale.size(), 0);
    const std::string q = initializer(of.name + "_quantized", c.shape, c.type, c.bytes),
                      d = fresh(of.name + "_DequantizeLinear_Output");
    quantizer("DequantizeLinear", q, d, of.name, grid, 0);
    return d;
}

void Exporter::conv(const Operator &op, bool depthwise)
{
    if (op.inputs.size() < 2 || !op.inputs[0] || !op.inputs[1])
        refuse(op, "it has too few inputs");
    const TensorIndex x = op.inputs[0], w = op.inputs[1], b = op.inputs.size() > 2 ? op.inputs[2] : TensorIndex();
    const Shape &in = tensor(x).shape, &kernel = tensor(w).shape, &out = tensor(op.outputs[0]).shape;
    if (in.size() != 4 || kernel.size() != 4 || out.size() != 4 || !isConstant(w))
        refuse(op, "its weights are not constant, or it is not two-dimensional");
    const std::int64_t outputs = out[3], groups = depthwise ? in[3] : std::max(1, in[3] / std::max(1, kernel[3]));
    const std::string picture = inPicture(x);
    const std::string weight = constant(w, kernel, depthwise ? Perm{1, 2, 3, 0} : nhwc(), 0);
    const std::string biases = bias(op, x, w, b, outputs);
    const bool acts = op.options && op.options->integer("fused_activation_function") != 0;
    const std::string name = acts ? fresh(tensor(op.outputs[0]).name + "_linear") : outputName(op);
    const auto dilation = [&](const char *field) {
        return std::max<std::int64_t>(1, op.options ? op.options->integer(field, 1) : 1);
    };
    auto &n = node("Conv", name, {picture, weight, biases}, name);
    pads(n, op, in, kernel[1], kernel[2], dilation("dilation_h_factor"), dilation("dilation_w_factor"));
    setInts(n, "dilations", {dilation("dilation_h_factor"), dilation("dilation_w_factor")});
    setInt(n, "group", groups);
    activated(op, name, {out[0], out[3], out[1], out[2]}, nhwc());
}

void Exporter::fullyConnected(const Operator &op)
{
    if (op.inputs.size() < 2 || !op.inputs[0] || !op.inputs[1])
        refuse(op, "it has too few inputs");
    const TensorIndex x = op.inputs[0], w = op.inputs[1], b = op.inputs.size() > 2 ? op.inputs[2] : TensorIndex();
    const Shape &in = tensor(x).shape, &kernel = tensor(w).shape, &out = tensor(op.outputs[0]).shape;
    if (kernel.size() != 2 || !isConstant(w) || kernel[1] < 1)
        refuse(op, "its weights are not a constant matrix");
    const auto rows = static_cast<std::int32_t>(elementCount(in) / kernel[1]);
    const Shape matrix{rows, kernel[1]};
    std::string value, weight;
    const auto found = m_written.find(x.value);
    if (found != m_written.end() && !found->second.picturePerm.empty()) {
        const Written &picture = found->second;
        Shape stored = permuted(picture.pictureShape, picture.picturePerm);
        stored[0] = kernel[0];
        value = dequantized(x);
        weight = constant(w, stored, picture.picturePerm, 0, kernel);
    } else {
        value = reshaped(x, matrix);
        weight = constant(w, kernel, {0, 1}, 0);
    }
    const std::string biases = bias(op, x, w, b, kernel[0]);
    const bool acts = op.options && op.options->integer("fused_activation_function") != 0;
    const Shape product{rows, kernel[0]};
    const bool shaped = out != product;
    const std::string name = acts || shaped ? fresh(tensor(op.outputs[0]).name + "_linear") : outputName(op);
    setInt(node("Gemm", name, {value, weight, biases}, name), "transB", 1);
    if (!shaped)
        return activated(op, name, product, {0, 1});
    // Integers between the product and its shape, so that both can be fused.
    std::string last = name;
    if (acts) {
        last = fresh(tensor(op.outputs[0]).name + "_matrix");
        const std::int64_t code = op.options->integer("fused_activation_function");
        if (code == 1)
            node("Relu", last, {name}, last);
        else if (code == 2 || code == 3)
            node("Clip", last,
                 {name, real("clip_min", code == 2 ? -1.0f : 0.0f), real("clip_max", code == 2 ? 1.0f : 6.0f)}, last);
        else
            refuse(op, "its fused activation cannot be said");
    }
    last = again(last, tensor(op.outputs[0]));
    const std::string shapedName = outputName(op);
    node("Reshape", shapedName, {last, ints(shapedName + "_shape", {out.begin(), out.end()})}, shapedName);
    result(op, 0, shapedName, out, identityPerm(out.size()));
}

void Exporter::batchMatmul(const Operator &op)
{
    if (op.inputs.size() != 2 || !op.inputs[0] || !op.inputs[1])
        refuse(op, "it has too few inputs");
    std::string factor[2];
    for (std::size_t k = 0; k < 2; ++k) {
        const TensorIndex t = op.inputs[k];
        const std::size_t rank = tensor(t).shape.size();
        factor[k] = at(t, identityPerm(rank));
        if (rank < 2 || !op.options || op.options->integer(k ? "adj_y" : "adj_x") == 0)
            continue;
        std::vector<std::int64_t> perm(rank);
        for (std::size_t d = 0; d < rank; ++d)
            perm[d] = static_cast<std::int64_t>(d);
        std::swap(perm[rank - 1], perm[rank - 2]);
        const std::string name = fresh(tensor(t).name + "_transposed");
        setInts(node("Transpose", name, {factor[k]}, name), "perm", perm);
        factor[k] = again(name, tensor(t));
    }
    const std::string name = outputName(op);
    node("MatMul", name, {factor[0], factor[1]}, name);
    const Shape &out = tensor(op.outputs[0]).shape;
    result(op, 0, name, out, identityPerm(out.size()));
}

} // namespace requant::onnxformat
