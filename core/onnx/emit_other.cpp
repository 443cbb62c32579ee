// SPDX-License-Identifier: GPL-3.0-or-later
// All operators without weights.
#include "core/onnx/exporter.h"

#include <algorithm>
#include <cmath>

namespace requant::onnxformat {

namespace {

Perm inverseOf(const Perm &perm)
{
    Perm out(perm.size());
    for (std::size_t i = 0; i < perm.size(); ++i)
        out[static_cast<std::size_t>(perm[i])] = static_cast<int>(i);
    return out;
}

Shape inFile(const Shape &stored, const Perm &perm)
{
    return permuted(stored, inverseOf(perm));
}

} // namespace

// The order of the first operand of the output's rank.
Perm Exporter::commonPerm(const Operator &op) const
{
    const std::size_t rank = tensor(op.outputs[0]).shape.size();
    for (const TensorIndex t : op.inputs) {
        const auto found = t ? m_written.find(t.value) : m_written.end();
        if (found != m_written.end() && tensor(t).shape.size() == rank && found->second.picturePerm.empty())
            return found->second.perm;
    }
    return identityPerm(rank);
}

void Exporter::binary(const Operator &op, const char *name)
{
    if (op.inputs.size() != 2 || !op.inputs[0] || !op.inputs[1])
        refuse(op, "it does not have two inputs");
    const Tensor &out = tensor(op.outputs[0]);
    const Perm perm = commonPerm(op);
    std::string operand[2];
    for (std::size_t k = 0; k < 2; ++k) {
        const TensorIndex t = op.inputs[k];
        const Shape &shape = tensor(t).shape;
        if (shape.size() == out.shape.size()) {
            operand[k] = at(t, perm);
            continue;
        }
        Shape full = shape;
        full.insert(full.begin(), out.shape.size() - shape.size(), 1);
        if (isConstant(t)) {
            operand[k] = constant(t, full, perm, -1);
        } else {
            if (!isIdentity(perm) && elementCount(shape) != 1)
                refuse(op, "an operand of fewer dimensions beside a picture is not supported");
            operand[k] = isIdentity(perm) ? at(t, identityPerm(shape.size())) : reshaped(t, inFile(full, perm));
        }
    }
    const bool acts = op.options && op.options->integer("fused_activation_function") != 0;
    const std::string real = acts ? fresh(out.name + "_linear") : outputName(op);
    node(name, real, {operand[0], operand[1]}, real);
    activated(op, real, inFile(out.shape, perm), perm);
}

void Exporter::unary(const Operator &op, const char *name)
{
    const Perm perm = commonPerm(op);
    const std::string value = at(op.inputs[0], perm), out = outputName(op);
    auto &n = node(name, out, {value}, out);
    if (op.code == Op::LeakyRelu)
        setFloat(n, "alpha", static_cast<float>(op.options ? op.options->real("alpha") : 0));
    result(op, 0, out, inFile(tensor(op.outputs[0]).shape, perm), perm);
}

void Exporter::clip(const Operator &op, float low, float high)
{
    const Perm perm = commonPerm(op);
    const std::string value = at(op.inputs[0], perm), out = outputName(op);
    node("Clip", out, {value, real("clip_min", low), real("clip_max", high)}, out);
    result(op, 0, out, inFile(tensor(op.outputs[0]).shape, perm), perm);
}

void Exporter::pool(const Operator &op, bool average)
{
    const Shape &in = tensor(op.inputs[0]).shape, &out = tensor(op.outputs[0]).shape;
    if (in.size() != 4 || out.size() != 4)
        refuse(op, "it is not two-dimensional");
    const std::string picture = inPicture(op.inputs[0]);
    const bool acts = op.options && op.options->integer("fused_activation_function") != 0;
    const std::string name = acts ? fresh(tensor(op.outputs[0]).name + "_linear") : outputName(op);
    const std::int64_t h = op.options ? op.options->integer("filter_height", 1) : 1,
                       w = op.options ? op.options->integer("filter_width", 1) : 1;
    auto &n = node(average ? "AveragePool" : "MaxPool", name, {picture}, name);
    pads(n, op, in, h, w, 1, 1); // padding is not counted: count_include_pad is 0
    activated(op, name, {out[0], out[3], out[1], out[2]}, nhwc());
}

std::vector<std::int64_t> Exporter::fileAxes(const Operator &op, const Perm &perm, std::vector<std::int64_t> axes) const
{
    const auto rank = static_cast<std::int64_t>(perm.size());
    for (std::int64_t &a : axes) {
        a += a < 0 ? rank : 0;
        if (a < 0 || a >= rank)
            refuse(op, "an axis is out of range");
        a = perm[static_cast<std::size_t>(a)];
    }
    return axes;
}

void Exporter::mean(const Operator &op)
{
    const TensorIndex x = op.inputs[0];
    const Shape &in = tensor(x).shape, &out = tensor(op.outputs[0]).shape;
    const Perm perm = m_written.at(x.value).picturePerm.empty() ? m_written.at(x.value).perm : identityPerm(in.size());
    const std::string value = at(x, perm), name = outputName(op);
    std::vector<std::int64_t> axes = fileAxes(op, perm, constantInts(op, 1));
    std::sort(axes.begin(), axes.end());
    const bool keep = op.options && op.options->integer("keep_dims") != 0;
    Perm kept;
    Shape file;
    {
        std::vector<int> renumbered(perm.size(), -1);
        const Shape all = inFile(in, perm);
        for (std::size_t d = 0; d < all.size(); ++d) {
            const bool reduced = std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(d)) != axes.end();
            if (reduced && !keep)
                continue;
            renumbered[d] = static_cast<int>(file.size());
            file.push_back(reduced ? 1 : all[d]);
        }
        for (const int d : perm)
            if (renumbered[static_cast<std::size_t>(d)] >= 0)
                kept.push_back(renumbered[static_cast<std::size_t>(d)]);
    }
    if (permuted(file, kept) != out)
        refuse(op, "its output's shape does not follow from the axes");
    const bool global = keep && perm == nhwc() && axes == std::vector<std::int64_t>{2, 3};
    if (global) {
        node("GlobalAveragePool", name, {value}, name);
    } else if (m_new) { // axes are an input since opset 18
        setInt(node("ReduceMean", name, {value, ints(name + "_axes", axes)}, name), "keepdims", keep ? 1 : 0);
    } else {
        auto &n = node("ReduceMean", name, {value}, name);
        setInts(n, "axes", axes);
        setInt(n, "keepdims", keep ? 1 : 0);
    }
    result(op, 0, name, std::move(file), std::move(kept));
}

void Exporter::reshape(const Operator &op)
{
    const TensorIndex x = op.inputs[0], y = op.outputs[0];
    const Shape &in = tensor(x).shape, &out = tensor(y).shape;
    if (isConstant(x))
        refuse(op, "its input is constant");
    const Written w = written(op, x);
    // A matrix that only products with constant matrices take may keep the file's order: their columns follow.
    const auto consumers = m_index.consumers(y);
    const bool products = !m_index.isGraphOutput(y) && !consumers.empty()
                          && std::all_of(consumers.begin(), consumers.end(), [&](OperatorIndex o) {
                                 const Operator &c = m_graph.op(o);
                                 return c.code == Op::FullyConnected && c.inputs[0] == y && isConstant(c.inputs[1])
                                        && tensor(c.inputs[1]).shape.size() == 2
                                        && tensor(c.inputs[1]).shape[1] == out.back()
                                        && !tensor(c.inputs[1]).quant.details;
                             });
    const bool moves = !movesNothing(w.shape, w.perm, identityPerm(w.perm.size()));
    const bool flattens = products && moves && w.picturePerm.empty() && out.size() == 2 && in.size() == 4
                          && w.perm[0] == 0 && out[0] == in[0];
    // A picture of one channel or one pixel may be in both orders at once.
    const Perm perm = out.size() == 4 && movesNothing(inFile(out, nhwc()), nhwc(), identityPerm(4)) && feedsPictures(y)
                          ? nhwc()
                          : identityPerm(out.size());
    const Shape file = inFile(out, perm);
    std::string value;
    if (flattens || (w.picturePerm.empty() && !moves))
        value = dequantized(x);
    else
        value = at(x, identityPerm(in.size()));
    const std::string name = outputName(op);
    node("Reshape", name, {value, ints(name + "_shape", {file.begin(), file.end()})}, name);
    result(op, 0, name, file, perm);
    if (flattens) {
        m_written[y.value].pictureShape = w.shape;
        m_written[y.value].picturePerm = w.perm;
    }
}

void Exporter::softmax(const Operator &op)
{
    const TensorIndex x = op.inputs[0];
    const Shape &out = tensor(op.outputs[0]).shape;
    Perm perm = m_written.at(x.value).picturePerm.empty() ? m_written.at(x.value).perm : identityPerm(out.size());
    std::string value = at(x, perm);
    if (const double beta = op.options ? op.options->real("beta", 1) : 1; beta != 1.0) {
        const std::string scaled = fresh(tensor(x).name + "_times_beta");
        node("Mul", scaled, {value, real(scaled + "_beta", static_cast<float>(beta))}, scaled);
        value = scaled;
    }
    const std::string name = outputName(op);
    setInt(node("Softmax", name, {value}, name), "axis", perm.empty() ? 0 : perm.back());
    result(op, 0, name, inFile(out, perm), perm);
}

void Exporter::concat(const Operator &op)
{
    const Tensor &out = tensor(op.outputs[0]);
    const Perm perm = commonPerm(op);
    std::vector<std::string> parts;
    for (const TensorIndex t : op.inputs)
        parts.push_back(at(t, perm));
    const bool acts = op.options && op.options->integer("fused_activation_function") != 0;
    const std::string name = acts ? fresh(out.name + "_linear") : outputName(op);
    setInt(node("Concat", name, parts, name), "axis",
           fileAxes(op, perm, {op.options ? op.options->integer("axis") : 0})[0]);
    activated(op, name, inFile(out.shape, perm), perm);
}

void Exporter::pad(const Operator &op)
{
    const TensorIndex x = op.inputs[0];
    const Tensor &in = tensor(x);
    const Perm perm = commonPerm(op);
    const auto amounts = constantInts(op, 1);
    const std::size_t rank = in.shape.size();
    if (amounts.size() != 2 * rank)
        refuse(op, "its paddings do not fit its input");
    std::vector<std::int64_t> file(2 * rank);
    for (std::size_t i = 0; i < rank; ++i) {
        file[static_cast<std::size_t>(perm[i])] = amounts[2 * i];
        file[rank + static_cast<std::size_t>(perm[i])] = amounts[2 * i + 1];
    }
    const std::string value = at(x, perm), name = outputName(op);
    std::vector<std::string> inputs{value, ints(name + "_pads", file)};
    if (op.code == Op::Padv2) {
        const Tensor &filler = tensor(op.inputs[2]);
        if (!isConstant(op.inputs[2]) || elementCount(filler.shape) != 1)
            refuse(op, "its padding value is not constant");
        Constant c;
        c.type = filler.type;
        c.bytes.assign(m_model.data(filler).begin(), m_model.data(filler).end());
        const float v = filler.type == ElementType::Float32 ? c.floats()[0]
                        : filler.quant.isQuantized() ? static_cast<float>(c.integers()[0] - filler.quant.zeroPointAt(0))
                                                           * filler.quant.scaleAt(0)
                                                     : static_cast<float>(c.integers()[0]);
        inputs.push_back(real(name + "_value", v));
    }
    auto &n = node("Pad", name, inputs, name);
    setString(n, "mode", op.code == Op::MirrorPad ? "reflect" : "constant");
    if (op.code == Op::MirrorPad && op.options && op.options->integer("mode") != 0)
        refuse(op, "SYMMETRIC padding is none of ONNX's");
    result(op, 0, name, inFile(tensor(op.outputs[0]).shape, perm), perm);
}

void Exporter::transpose(const Operator &op)
{
    const TensorIndex x = op.inputs[0];
    const auto moves = constantInts(op, 1);
    const std::size_t rank = tensor(x).shape.size();
    if (moves.size() != rank)
        refuse(op, "its permutation does not fit its input");
    const Perm was = m_written.at(x.value).picturePerm.empty() ? m_written.at(x.value).perm : identityPerm(rank);
    const std::string value = at(x, was), name = outputName(op);
    // Stored dimension i of the output is the input's moves[i], which is the file's was[moves[i]].
    Perm composed;
    for (const std::int64_t m : moves) {
        if (m < 0 || m >= static_cast<std::int64_t>(rank))
            refuse(op, "its permutation does not fit its input");
        composed.push_back(was[static_cast<std::size_t>(m)]);
    }
    if (composed == identityPerm(rank) || composed == nhwc()) {
        node("Identity", name, {value}, name);
        return result(op, 0, name, m_written.at(x.value).shape, composed);
    }
    setInts(node("Transpose", name, {value}, name), "perm", {composed.begin(), composed.end()});
    const Shape &out = tensor(op.outputs[0]).shape;
    result(op, 0, name, out, identityPerm(rank));
}

void Exporter::slice(const Operator &op)
{
    const TensorIndex x = op.inputs[0];
    const Shape &in = tensor(x).shape, &out = tensor(op.outputs[0]).shape;
    const Perm perm = m_written.at(x.value).picturePerm.empty() ? m_written.at(x.value).perm : identityPerm(in.size());
    std::vector<std::int64_t> begin = constantInts(op, 1), end = constantInts(op, 2), step(begin.size(), 1);
    if (op.code == Op::StridedSlice)
        step = constantInts(op, 3);
    if (begin.size() != in.size() || end.size() != in.size() || step.size() != in.size())
        refuse(op, "its begin and end do not fit its input");
    const auto mask = [&](const char *name) { return op.options ? op.options->integer(name) : 0; };
    if (op.code == Op::StridedSlice && (mask("ellipsis_mask") || mask("new_axis_mask") || mask("offset")))
        refuse(op, "ellipsis, new axes and offsets are not supported");
    std::vector<std::int64_t> axes(in.size());
    for (std::size_t i = 0; i < in.size(); ++i) {
        const std::int64_t size = in[i];
        axes[i] = perm[i];
        if (op.code == Op::Slice) {
            end[i] = end[i] < 0 ? size : begin[i] + end[i];
            continue;
        }
        if (step[i] < 1)
            refuse(op, "steps less than 1 are not supported");
        const bool shrinks = mask("shrink_axis_mask") >> i & 1;
        const auto place = [size](std::int64_t v) { return std::clamp<std::int64_t>(v < 0 ? v + size : v, 0, size); };
        begin[i] = mask("begin_mask") >> i & 1 ? 0 : place(begin[i]);
        end[i] = shrinks ? begin[i] + 1 : mask("end_mask") >> i & 1 ? size : place(end[i]);
    }
    const bool shrinks = op.code == Op::StridedSlice && mask("shrink_axis_mask") != 0;
    const std::string value = at(x, perm),
                      name = shrinks ? fresh(tensor(op.outputs[0]).name + "_sliced") : outputName(op);
    node("Slice", name,
         {value, ints(name + "_starts", begin), ints(name + "_ends", end), ints(name + "_axes", axes),
          ints(name + "_steps", step)},
         name);
    if (!shrinks)
        return result(op, 0, name, inFile(out, perm), perm);
    if (!isIdentity(perm))
        refuse(op, "a dimension of a picture is taken away");
    const std::string last = again(name, tensor(op.outputs[0])), shaped = outputName(op);
    node("Reshape", shaped, {last, ints(shaped + "_shape", {out.begin(), out.end()})}, shaped);
    result(op, 0, shaped, out, identityPerm(out.size()));
}

void Exporter::split(const Operator &op)
{
    const TensorIndex x = op.inputs.size() > 1 ? op.inputs[1] : TensorIndex();
    if (!x || isConstant(x))
        refuse(op, "its input is constant");
    const Perm perm =
        m_written.at(x.value).picturePerm.empty() ? m_written.at(x.value).perm : identityPerm(tensor(x).shape.size());
    const std::int64_t axis = fileAxes(op, perm, constantInts(op, 0))[0];
    const std::string value = at(x, perm);
    std::vector<std::string> names;
    std::vector<std::int64_t> sizes;
    for (std::size_t k = 0; k < op.outputs.size(); ++k) {
        names.push_back(outputName(op, k));
        sizes.push_back(inFile(tensor(op.outputs[k]).shape, perm)[static_cast<std::size_t>(axis)]);
    }
    auto &n = node("Split", names[0], {value, ints(names[0] + "_sizes", sizes)}, names[0]);
    for (std::size_t k = 1; k < names.size(); ++k)
        n.add_output(names[k]);
    setInt(n, "axis", axis);
    for (std::size_t k = 0; k < names.size(); ++k)
        result(op, k, names[k], inFile(tensor(op.outputs[k]).shape, perm), perm);
}

void Exporter::resize(const Operator &op)
{
    const Shape &out = tensor(op.outputs[0]).shape;
    const std::string picture = inPicture(op.inputs[0]), name = outputName(op);
    const bool linear = op.code == Op::ResizeBilinear;
    const bool aligned = op.options && op.options->integer("align_corners") != 0,
               half = op.options && op.options->integer("half_pixel_centers") != 0;
    const Shape file{out[0], out[3], out[1], out[2]};
    auto &n = node("Resize", name, {picture, "", "", ints(name + "_sizes", {file.begin(), file.end()})}, name);
    setString(n, "mode", linear ? "linear" : "nearest");
    setString(n, "coordinate_transformation_mode", aligned ? "align_corners" : half ? "half_pixel" : "asymmetric");
    if (!linear)
        setString(n, "nearest_mode", half ? "round_prefer_ceil" : aligned ? "round_prefer_ceil" : "floor");
    result(op, 0, name, file, nhwc());
}

// To another grid, or to and from reals: the value stays what it is, and its quantizers say the rest.
void Exporter::copy(const Operator &op)
{
    const TensorIndex x = op.inputs[0], y = op.outputs[0];
    if (isConstant(x))
        refuse(op, "its input is constant");
    const Written w = written(op, x);
    if (!w.picturePerm.empty())
        refuse(op, "it stands between a picture and a matrix");
    const std::string value = dequantized(x);
    if (isQuantized(tensor(y)))
        return result(op, 0, value, w.shape, w.perm);
    std::string name = value;
    if (m_index.isGraphOutput(y)) { // has its own name
        name = fresh(tensor(y).name);
        node("Identity", name, {value}, name);
    }
    result(op, 0, name, w.shape, w.perm);
}

} // namespace requant::onnxformat
