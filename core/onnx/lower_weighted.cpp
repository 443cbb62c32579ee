// SPDX-License-Identifier: GPL-3.0-or-later
// Conv, Gemm, MatMul and their QLinear forms.
#include "core/onnx/importer.h"

#include <algorithm>
#include <cmath>

namespace requant::onnxformat {

namespace {

constexpr std::int64_t kSame = 0, kValid = 1;

} // namespace

// Rows and columns of a window on a picture of ONNX's order; refuses what no window can be.
std::pair<Window, Window> Importer::windows(const Node &n, const Shape &shape, std::int64_t kernelH,
                                            std::int64_t kernelW, bool dilates) const
{
    constexpr std::int64_t kMost = 1 << 24;
    const auto strides = n.integers("strides", {1, 1}), dilations = n.integers("dilations", {1, 1}),
               pads = n.integers("pads", {0, 0, 0, 0});
    if (strides.size() != 2 || dilations.size() != 2 || pads.size() != 4)
        n.refuse("strides, dilations or pads are not those of a picture");
    const bool ceil = n.integer("ceil_mode", 0) != 0;
    Window w[2];
    for (std::size_t d = 0; d < 2; ++d) {
        w[d] = {shape[d + 2], d ? kernelW : kernelH, strides[d], dilations[d], pads[d], pads[d + 2], ceil};
        if (w[d].kernel < 1 || w[d].stride < 1 || w[d].dilation < 1 || w[d].before < 0 || w[d].after < 0
            || w[d].kernel > kMost || w[d].stride > kMost || w[d].dilation > kMost || w[d].before > kMost
            || w[d].after > kMost)
            n.refuse("a kernel size, stride, dilation or padding is out of range");
        if (!dilates && w[d].dilation != 1)
            n.refuse("dilations of a pool are not supported");
    }
    const std::string automatic = n.string("auto_pad", "NOTSET");
    for (Window &x : w) {
        if (automatic == "NOTSET" || automatic.empty())
            continue;
        x.before = x.after = 0;
        x.ceil = false;
        if (automatic == "VALID")
            continue;
        if (automatic != "SAME_UPPER" && automatic != "SAME_LOWER")
            n.refuse("auto_pad is " + automatic);
        const std::int64_t out = (x.in + x.stride - 1) / x.stride;
        const std::int64_t total = std::max<std::int64_t>(0, (out - 1) * x.stride + x.extent() - x.in);
        x.before = automatic == "SAME_UPPER" ? total / 2 : total - total / 2;
        x.after = total - x.before;
    }
    if (w[0].out() < 1 || w[1].out() < 1)
        n.refuse("the kernel is larger than the padded picture");
    return {w[0], w[1]};
}

// An explicit copy with padding: the zero point, or the least value for maxima.
TensorIndex Importer::padded(TensorIndex x, const PadChoice &p, bool lowest)
{
    if (p.kind != PadKind::Explicit)
        return x;
    Shape shape = g().tensor(x).shape;
    const std::string name = g().tensor(x).name;
    const auto add = [&](std::size_t d, std::int64_t before, std::int64_t after) {
        shape[d] = static_cast<std::int32_t>(
            std::min<std::int64_t>(shape[d] + before + after, std::numeric_limits<std::int32_t>::max()));
    };
    add(1, p.rowsBefore, p.rowsAfter);
    add(2, p.columnsBefore, p.columnsAfter);
    const TensorIndex amounts = intsTensor(
        name + "_paddings", {0, 0, p.rowsBefore, p.rowsAfter, p.columnsBefore, p.columnsAfter, 0, 0}, {4, 2});
    const TensorIndex out = sameKind(x, name + "_padded", shape);
    if (!lowest) {
        emit(Op::Pad, {x, amounts}, {out}, table("PadOptions"));
        return out;
    }
    const ElementType type = g().tensor(x).type;
    const TensorIndex least = sameKind(x, name + "_least", {1});
    Buffer b;
    if (type == ElementType::Float32) {
        const float v = std::numeric_limits<float>::lowest();
        b = Buffer::fromValues(std::span<const float>(&v, 1));
    } else {
        b = Buffer::fromBytes(Constant::ofIntegers({1}, type, {integerRange(type).min}).bytes);
    }
    b.present = true;
    g().tensor(least).buffer = m_model->addBuffer(std::move(b));
    emit(Op::Padv2, {x, amounts, least}, {out}, table("PadV2Options"));
    return out;
}

TensorIndex Importer::bias(const Node &n, const Input &b, TensorIndex xi, TensorIndex wi, std::int32_t outputs,
                           const std::string &name)
{
    const Tensor &x = g().tensor(xi), &w = g().tensor(wi);
    if (b.value)
        n.refuse("the bias is not constant");
    const auto count = static_cast<std::size_t>(outputs);
    const std::size_t given = b.constant ? b.constant->count() : 0;
    if (b.constant && given != count && given != 1)
        n.refuse("the bias has " + std::to_string(given) + " values for " + std::to_string(count) + " outputs");
    const std::string label = b.name.empty() ? name + "_bias" : b.name;
    if (!w.quant.isQuantized()) {
        std::vector<float> reals(count, 0.0f);
        if (b.constant) {
            const auto file = b.constant->floats();
            for (std::size_t i = 0; i < count; ++i)
                reals[i] = file[given == 1 ? 0 : i];
        }
        return constantTensor(label, Constant::ofFloats({outputs}, reals), {0}, std::nullopt);
    }
    QuantParams q;
    for (const float s : w.quant.scale)
        q.scale.push_back(x.quant.scale[0] * s);
    q.zeroPoint.assign(q.scale.size(), 0);
    const ElementType type = x.type == ElementType::Int16 ? ElementType::Int64 : ElementType::Int32;
    std::vector<std::int64_t> values(count, 0);
    double largest = 0;
    if (b.constant) {
        const bool isFloat = !isIntegerStorage(b.constant->type);
        const auto reals = isFloat ? b.constant->floats() : std::vector<float>();
        const auto integers = isFloat ? std::vector<std::int64_t>() : b.constant->integers();
        std::size_t clipped = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t k = given == 1 ? 0 : i;
            const double step = static_cast<double>(q.scaleAt(i));
            double v = 0;
            if (isFloat) {
                v = std::nearbyint(static_cast<double>(reals[k]) / step);
            } else if (b.grid) {
                const std::size_t c = b.grid->isPerChannel() ? k : 0;
                const double ratio = static_cast<double>(b.grid->scale[c]) / step;
                v = static_cast<double>(integers[k] - b.grid->zeroPoint[c]);
                // Products of two floats and the same written down by others differ in the last bits.
                if (std::abs(ratio - 1) > 1e-5) {
                    const double rounded = std::nearbyint(v * ratio);
                    largest = std::max(largest, std::abs(rounded - v * ratio));
                    v = rounded;
                }
            } else {
                v = static_cast<double>(integers[k]);
            }
            const IntegerRange r = integerRange(ElementType::Int32);
            if (!(v >= static_cast<double>(r.min) && v <= static_cast<double>(r.max))) {
                v = v < 0 ? static_cast<double>(r.min) : static_cast<double>(r.max);
                ++clipped;
            }
            values[i] = static_cast<std::int64_t>(v);
        }
        if (clipped > 0)
            m_notes.push_back(makeWarning(kBiasClipped, {n.label(), std::to_string(clipped)}));
        if (largest > 0) {
            char digits[32];
            std::snprintf(digits, sizeof digits, "%.2f", largest);
            m_notes.push_back(makeNote(kBiasRequantized, {n.label(), digits}));
        }
    }
    const TensorIndex t = constantTensor(label, Constant::ofIntegers({outputs}, type, values), {0}, std::nullopt);
    g().tensor(t).quant = std::move(q);
    return t;
}

void Importer::conv(const Node &n, Input x, Input w, Input b, const Target &t)
{
    if (!x.value)
        n.refuse("its input is constant");
    if (!w.constant)
        n.refuse("its weights (" + w.name + ") are not constant");
    const Shape in = x.value->shape, kernel = w.constant->shape;
    if (in.size() != 4 || kernel.size() != 4)
        n.refuse("only two-dimensional convolutions are supported, not of " + shapeText(in));
    const std::int64_t groups = n.integer("group", 1), outputs = kernel[0];
    if (groups < 1 || outputs < 1 || kernel[1] < 1 || kernel[1] > in[1] || groups != in[1] / kernel[1]
        || in[1] % kernel[1] != 0 || outputs % groups != 0)
        n.refuse("input " + shapeText(in) + ", weights " + shapeText(kernel) + " and " + std::to_string(groups)
                 + " groups do not fit");
    if (const auto k = n.integers("kernel_shape");
        !k.empty() && (k.size() != 2 || k[0] != kernel[2] || k[1] != kernel[3]))
        n.refuse("kernel_shape is not that of the weights, " + shapeText(kernel));
    if (w.grid && w.grid->isPerChannel() && w.grid->axis != 0)
        n.refuse("the weights have scales along axis " + std::to_string(w.grid->axis) + ", not along their outputs");
    const auto [rows, columns] = windows(n, in, kernel[2], kernel[3], true);
    const PadChoice pad = choosePadding(rows, columns);
    const bool depthwise = groups > 1 && kernel[1] == 1;
    const TensorIndex xi = padded(ordered(*x.value, nhwc()).tensor, pad, false);
    const TensorIndex wi = constantTensor(w.name, *w.constant, depthwise ? Perm{1, 2, 3, 0} : Perm{0, 2, 3, 1}, w.grid);
    const TensorIndex bi = bias(n, b, xi, wi, static_cast<std::int32_t>(outputs), t.name);
    Value out;
    out.shape = {in[0], static_cast<std::int32_t>(outputs), static_cast<std::int32_t>(rows.out()),
                 static_cast<std::int32_t>(columns.out())};
    out.perm = nhwc();
    out.tensor = resultTensor(t, permuted(out.shape, out.perm));
    const std::int64_t padding = pad.kind == PadKind::Same ? kSame : kValid;
    if (depthwise)
        emit(Op::DepthwiseConv2D, {xi, wi, bi}, {out.tensor},
             table("DepthwiseConv2DOptions", {{"padding", padding},
                                              {"stride_w", columns.stride},
                                              {"stride_h", rows.stride},
                                              {"depth_multiplier", outputs / groups},
                                              {"fused_activation_function", t.activation},
                                              {"dilation_w_factor", columns.dilation},
                                              {"dilation_h_factor", rows.dilation}}));
    else
        emit(Op::Conv2D, {xi, wi, bi}, {out.tensor},
             table("Conv2DOptions", {{"padding", padding},
                                     {"stride_w", columns.stride},
                                     {"stride_h", rows.stride},
                                     {"fused_activation_function", t.activation},
                                     {"dilation_w_factor", columns.dilation},
                                     {"dilation_h_factor", rows.dilation},
                                     {"quantized_bias_type", 0}}));
    result(n, 0, t, out);
}

void Importer::gemm(const Node &n, const std::vector<Input> &in, const Target &t)
{
    if (n.integer("transA", 0) != 0)
        n.refuse("transA is not supported");
    if (n.real("alpha", 1.0f) != 1.0f || (n.real("beta", 1.0f) != 1.0f && in[2].exists()))
        n.refuse("alpha and beta other than 1 are not supported");
    if (!in[1].constant)
        n.refuse("its second factor is not constant");
    fullyConnected(n, in[0], in[1], n.integer("transB", 0) != 0, in[2], t);
}

void Importer::fullyConnected(const Node &n, Input x, Input w, bool outputsFirst, Input b, const Target &t)
{
    if (!x.value)
        n.refuse("its first factor is constant");
    if (w.constant->shape.size() != 2)
        n.refuse("constant factors of " + shapeText(w.constant->shape) + " are not supported, only matrices");
    Constant c = *w.constant;
    std::optional<Grid> grid = w.grid;
    if (grid && grid->isPerChannel() && grid->axis != (outputsFirst ? 0 : 1))
        n.refuse("the weights have scales along axis " + std::to_string(grid->axis) + ", not along their outputs");
    if (grid)
        grid->axis = 0;
    if (!outputsFirst) {
        c.bytes = permutedBytes(c.bytes, elementBytes(c.type), c.shape, {1, 0});
        c.moves.emplace_back(c.shape, Perm{1, 0});
        c.channelAxis = 1;
        std::swap(c.shape[0], c.shape[1]);
    }
    const std::int32_t outputs = c.shape[0], inputs = c.shape[1];
    const Shape shape = x.value->shape;
    if (shape.empty() || shape.back() != inputs || outputs < 1 || inputs < 1)
        n.refuse("factors of " + shapeText(shape) + " and " + shapeText(w.constant->shape) + " do not fit");
    Value v = *x.value;
    if (v.isFlattened() && shape.size() == 2) {
        // The columns follow the picture's stored order.
        const Shape picture{outputs, v.pictureShape[1], v.pictureShape[2], v.pictureShape[3]};
        c.bytes = permutedBytes(c.bytes, elementBytes(c.type), picture, v.picturePerm);
        c.moves.emplace_back(picture, v.picturePerm);
    } else {
        v = inOnnxOrder(v);
    }
    const TensorIndex wi = constantTensor(w.name, c, {0, 1}, grid);
    const TensorIndex bi = b.exists() || grid ? bias(n, b, v.tensor, wi, outputs, t.name) : TensorIndex();
    Value out;
    out.shape = shape;
    out.shape.back() = outputs;
    out.perm = identityPerm(out.shape.size());
    out.tensor = resultTensor(t, out.shape);
    emit(Op::FullyConnected, {v.tensor, wi, bi}, {out.tensor},
         table("FullyConnectedOptions", {{"fused_activation_function", t.activation},
                                         {"weights_format", 0},
                                         {"keep_num_dims", shape.size() != 2},
                                         {"asymmetric_quantize_inputs", 0},
                                         {"quantized_bias_type", 0}}));
    result(n, 0, t, out);
}

void Importer::batchMatmul(const Node &n, Input a, Input b, const Target &t)
{
    const Shape sa = shapeOf(n, a), sb = shapeOf(n, b);
    if (sa.size() < 2 || sb.size() != sa.size() || sa.back() != sb[sb.size() - 2])
        n.refuse("factors of " + shapeText(sa) + " and " + shapeText(sb) + " are not supported");
    if (t.activation != 0)
        n.refuse("an activation on a product of two activations is not supported");
    Value out;
    out.shape = sa;
    out.shape.back() = sb.back();
    for (std::size_t d = 0; d + 2 < sa.size(); ++d) {
        if (sa[d] != sb[d] && sa[d] != 1 && sb[d] != 1)
            n.refuse("factors of " + shapeText(sa) + " and " + shapeText(sb) + " do not fit");
        out.shape[d] = std::max(sa[d], sb[d]);
    }
    if ((a.grid && a.grid->isPerChannel()) || (b.grid && b.grid->isPerChannel()))
        n.refuse("a product with one scale per channel is not supported here");
    out.perm = identityPerm(sa.size());
    const TensorIndex ai = data(a, out.perm, sa.size()), bi = data(b, out.perm, sb.size());
    out.tensor = resultTensor(t, out.shape);
    emit(Op::BatchMatmul, {ai, bi}, {out.tensor},
         table("BatchMatMulOptions", {{"adj_x", 0}, {"adj_y", 0}, {"asymmetric_quantize_inputs", 0}}));
    result(n, 0, t, out);
}

} // namespace requant::onnxformat
