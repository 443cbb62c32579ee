// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that move elements and keep their values.
#include "core/onnx/importer.h"

#include <algorithm>
#include <cmath>

namespace requant::onnxformat {

namespace {

std::vector<std::int64_t> axesOf(const Node &n, std::vector<std::int64_t> axes, std::int64_t rank)
{
    for (std::int64_t &a : axes) {
        if (a < -rank || a >= rank)
            n.refuse("axis " + std::to_string(a) + " is out of range");
        a += a < 0 ? rank : 0;
    }
    std::sort(axes.begin(), axes.end());
    if (std::adjacent_find(axes.begin(), axes.end()) != axes.end())
        n.refuse("an axis is named twice");
    return axes;
}

std::size_t storedDimension(const Value &v, std::int64_t axis)
{
    return static_cast<std::size_t>(std::find(v.perm.begin(), v.perm.end(), static_cast<int>(axis)) - v.perm.begin());
}

} // namespace

bool Importer::shapeOperator(const Node &n)
{
    const std::string &op = n.op();
    static const std::set<std::string> kOperators{"Identity", "Dropout",   "Transpose", "Reshape", "Flatten",
                                                  "Squeeze",  "Unsqueeze", "Pad",       "Slice",   "Split"};
    if (!kOperators.count(op))
        return false;
    const Value v = value(n, n.input(0));
    const auto rank = static_cast<std::int64_t>(v.shape.size());
    if (op == "Identity" || op == "Dropout") {
        m_values[n.output()] = v;
        return true;
    }
    if (op == "Pad") {
        pad(n, plain(v));
        return true;
    }
    if (op == "Slice") {
        slice(n, plain(v));
        return true;
    }
    if (op == "Split") {
        split(n, plain(v));
        return true;
    }
    if (op == "Transpose") {
        std::vector<std::int64_t> order = n.integers("perm");
        if (order.empty()) {
            for (std::int64_t d = rank; d-- > 0;)
                order.push_back(d);
        }
        Perm perm(order.begin(), order.end()), sorted = perm;
        std::sort(sorted.begin(), sorted.end());
        if (sorted != identityPerm(v.shape.size()))
            n.refuse("perm is not an order of " + std::to_string(rank) + " dimensions");
        // Dimension j of the result is dimension perm[j] of the input; the tensor stays as it is.
        Value out = plain(v);
        Perm inverse(perm.size());
        for (std::size_t j = 0; j < perm.size(); ++j)
            inverse[static_cast<std::size_t>(perm[j])] = static_cast<int>(j);
        for (int &d : out.perm)
            d = inverse[static_cast<std::size_t>(d)];
        out.shape = permuted(v.shape, perm);
        m_values[n.output()] = std::move(out);
        return true;
    }
    std::vector<std::int64_t> dims(v.shape.begin(), v.shape.end());
    if (op == "Flatten") {
        std::int64_t axis = n.integer("axis", 1);
        axis += axis < 0 ? rank : 0;
        if (axis < 0 || axis > rank)
            n.refuse("axis " + std::to_string(axis) + " is out of range");
        dims = {1, 1};
        for (std::int64_t d = 0; d < rank; ++d)
            dims[d < axis ? 0 : 1] *= v.shape[static_cast<std::size_t>(d)];
    } else if (op == "Reshape") {
        dims = constantInts(n, 1, "shape");
        const bool allowZero = n.integer("allowzero", 0) != 0;
        std::int64_t known = 1, open = -1;
        for (std::size_t d = 0; d < dims.size(); ++d) {
            if (dims[d] == 0 && !allowZero) {
                if (d >= v.shape.size())
                    n.refuse("its shape copies a dimension that the input does not have");
                dims[d] = v.shape[d];
            }
            if (dims[d] == -1 && open < 0)
                open = static_cast<std::int64_t>(d);
            else if (dims[d] < 0 || __builtin_mul_overflow(known, dims[d], &known))
                n.refuse("its shape is not possible");
        }
        const std::int64_t all = elementCount(v.shape);
        if (open >= 0) {
            if (known == 0 || all % known != 0)
                n.refuse("its shape does not fit " + shapeText(v.shape));
            dims[static_cast<std::size_t>(open)] = all / known;
        }
    } else { // Squeeze, Unsqueeze
        const bool removes = op == "Squeeze";
        std::vector<std::int64_t> axes = n.integers("axes");
        if (!n.input(1).empty())
            axes = constantInts(n, 1, "axes");
        if (removes && axes.empty()) {
            for (std::int64_t d = 0; d < rank; ++d) {
                if (dims[static_cast<std::size_t>(d)] == 1)
                    axes.push_back(d);
            }
        }
        axes = axesOf(n, axes, removes ? rank : rank + static_cast<std::int64_t>(axes.size()));
        if (removes) {
            for (std::size_t i = axes.size(); i-- > 0;) {
                if (dims[static_cast<std::size_t>(axes[i])] != 1)
                    n.refuse("a dimension of size " + std::to_string(dims[static_cast<std::size_t>(axes[i])])
                             + " cannot be left out");
                dims.erase(dims.begin() + axes[i]);
            }
        } else {
            for (const std::int64_t a : axes)
                dims.insert(dims.begin() + a, 1);
        }
    }
    const Shape shape = checkedShape(dims, m_graph.limits(), n.output());
    if (elementCount(shape) != elementCount(v.shape))
        n.refuse("a shape of " + shapeText(shape) + " does not fit " + shapeText(v.shape));
    reshapeTo(n, v, shape);
    return true;
}

void Importer::reshapeTo(const Node &n, const Value &from, const Shape &shape)
{
    Value v = from;
    if (shape == v.shape)
        return copyResult(n, from, v);
    v = plain(v);
    Value out;
    out.shape = shape;
    out.perm = identityPerm(shape.size());
    const bool sameMemory = movesNothing(v.shape, v.perm, identityPerm(v.shape.size()));
    if (!sameMemory && v.shape.size() == 4 && v.perm[0] == 0 && shape.size() == 2 && shape[0] == v.shape[0]) {
        out.pictureShape = v.shape; // matrices that follow take the stored order
        out.picturePerm = v.perm;
    } else if (!sameMemory) {
        v = inOnnxOrder(v);
    }
    // A picture of one channel, or of one pixel, is in both orders at once.
    if (!out.isFlattened() && shape.size() == 4 && movesNothing(shape, out.perm, nhwc()) && feedsPictures(n.output()))
        out.perm = nhwc();
    const Shape stored = permuted(shape, out.perm);
    if (g().tensor(v.tensor).shape == stored) {
        out.tensor = v.tensor;
    } else {
        out.tensor = sameKind(v.tensor, n.output(), stored);
        auto options = std::make_shared<Table>();
        options->type = "ReshapeOptions";
        options->set("new_shape", FieldValue{std::vector<std::int64_t>(stored.begin(), stored.end())});
        emit(Op::Reshape, {v.tensor, intsTensor(n.output() + "_shape", {stored.begin(), stored.end()})}, {out.tensor},
             options);
    }
    copyResult(n, v, out);
}

void Importer::pad(const Node &n, const Value &v)
{
    const std::size_t rank = v.shape.size();
    const std::vector<std::int64_t> amounts = n.has("pads") ? n.integers("pads") : constantInts(n, 1, "pads");
    std::vector<std::int64_t> axes(rank);
    for (std::size_t d = 0; d < rank; ++d)
        axes[d] = static_cast<std::int64_t>(d);
    if (!n.input(3).empty())
        axes = axesOf(n, constantInts(n, 3, "axes"), static_cast<std::int64_t>(rank));
    if (amounts.size() != 2 * axes.size())
        n.refuse("there are " + std::to_string(amounts.size()) + " pads");
    const std::string mode = n.string("mode", "constant");
    if (mode != "constant" && mode != "reflect")
        n.refuse("mode " + mode + " is not supported");
    Value out = v;
    std::vector<std::int64_t> stored(2 * rank, 0), dims(v.shape.begin(), v.shape.end());
    for (std::size_t i = 0; i < axes.size(); ++i) {
        const std::int64_t before = amounts[i], after = amounts[i + axes.size()];
        if (before < 0 || after < 0 || before > std::numeric_limits<std::int32_t>::max()
            || after > std::numeric_limits<std::int32_t>::max())
            n.refuse("negative or huge pads are not supported");
        const std::size_t at = storedDimension(v, axes[i]);
        stored[2 * at] = before;
        stored[2 * at + 1] = after;
        dims[static_cast<std::size_t>(axes[i])] += before + after;
    }
    out.shape = checkedShape(dims, m_graph.limits(), n.output());
    // Zero is the zero point of reals, but the integer 0 of stored integers.
    double with = 0;
    const bool given = n.has("value") || !n.input(2).empty();
    if (n.has("value")) {
        with = static_cast<double>(n.real("value", 0));
    } else if (given) {
        const auto q = m_quantizedConstants.count(n.input(2)) > 0;
        const Constant *c = q ? input(n, 2, false).constant : m_graph.constant(n.input(2));
        if (!c || c->count() != 1)
            n.refuse("the value to pad with is not constant");
        with = isIntegerStorage(c->type) ? static_cast<double>(c->integers()[0]) : static_cast<double>(c->floats()[0]);
    }
    out.tensor = sameKind(v.tensor, n.output(), permuted(out.shape, out.perm));
    const TensorIndex paddings = intsTensor(n.output() + "_paddings", stored, {static_cast<std::int32_t>(rank), 2});
    if (mode == "reflect") {
        emit(Op::MirrorPad, {v.tensor, paddings}, {out.tensor}, table("MirrorPadOptions", {{"mode", 0}}));
        return copyResult(n, v, out);
    }
    if (v.level != Level::Stored && with == 0) {
        emit(Op::Pad, {v.tensor, paddings}, {out.tensor}, table("PadOptions"));
        return copyResult(n, v, out);
    }
    const Tensor t = g().tensor(v.tensor);
    Constant c = Constant::ofFloats({1}, {static_cast<float>(with)});
    if (v.level == Level::Stored) {
        const bool shifted = t.type == ElementType::Int8 && m_signed && m_graph.constant(n.input(2))
                             && m_graph.constant(n.input(2))->type == ElementType::UInt8;
        if (t.type == ElementType::Int8 && m_signed && !given)
            n.refuse("a pad of integers without a value is not supported");
        c = Constant::ofIntegers({1}, t.type, {static_cast<std::int64_t>(with) - (shifted ? 128 : 0)});
    } else if (v.level == Level::Real) {
        const IntegerRange r = integerRange(t.type);
        const double q =
            std::nearbyint(with / static_cast<double>(t.quant.scale[0])) + static_cast<double>(t.quant.zeroPointAt(0));
        if (std::isnan(q))
            n.refuse("the value to pad with is not a number");
        c = Constant::ofIntegers(
            {1}, t.type,
            {static_cast<std::int64_t>(std::clamp(q, static_cast<double>(r.min), static_cast<double>(r.max)))});
    }
    const TensorIndex filler = constantTensor(n.output() + "_value", c, {0}, std::nullopt);
    g().tensor(filler).quant = t.quant;
    m_sameGrid.emplace_back(v.tensor, filler);
    emit(Op::Padv2, {v.tensor, paddings, filler}, {out.tensor}, table("PadV2Options"));
    copyResult(n, v, out);
}

void Importer::slice(const Node &n, const Value &v)
{
    const auto rank = static_cast<std::int64_t>(v.shape.size());
    const std::vector<std::int64_t> starts = constantInts(n, 1, "starts"), ends = constantInts(n, 2, "ends");
    std::vector<std::int64_t> axes, steps(starts.size(), 1);
    for (std::size_t i = 0; i < starts.size(); ++i)
        axes.push_back(static_cast<std::int64_t>(i));
    if (!n.input(3).empty())
        axes = constantInts(n, 3, "axes");
    if (!n.input(4).empty())
        steps = constantInts(n, 4, "steps");
    if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size())
        n.refuse("starts, ends, axes and steps are not of one length");
    std::vector<std::int64_t> begin(v.shape.size(), 0), end, step(v.shape.size(), 1);
    for (const int d : v.perm)
        end.push_back(v.shape[static_cast<std::size_t>(d)]);
    Value out = v;
    bool whole = true;
    for (std::size_t i = 0; i < starts.size(); ++i) {
        const std::int64_t axis = axes[i] + (axes[i] < 0 ? rank : 0);
        if (axis < 0 || axis >= rank)
            n.refuse("axis " + std::to_string(axes[i]) + " is out of range");
        if (steps[i] < 1 || steps[i] > std::numeric_limits<std::int32_t>::max())
            n.refuse("steps less than 1 are not supported");
        const std::int64_t size = v.shape[static_cast<std::size_t>(axis)];
        const auto place = [&](std::int64_t x) { return x < 0 ? (x < -size ? 0 : x + size) : std::min(x, size); };
        const std::size_t at = storedDimension(v, axis);
        begin[at] = place(starts[i]);
        end[at] = std::max(begin[at], place(ends[i]));
        step[at] = steps[i];
        whole &= steps[i] == 1;
        out.shape[static_cast<std::size_t>(axis)] =
            static_cast<std::int32_t>((end[at] - begin[at] + steps[i] - 1) / steps[i]);
    }
    if (elementCount(out.shape) == 0)
        n.refuse("nothing is left");
    out.tensor = sameKind(v.tensor, n.output(), permuted(out.shape, out.perm));
    const std::string &name = n.output();
    if (whole) {
        std::vector<std::int64_t> sizes;
        for (std::size_t d = 0; d < begin.size(); ++d)
            sizes.push_back(end[d] - begin[d]);
        emit(Op::Slice, {v.tensor, intsTensor(name + "_begin", begin), intsTensor(name + "_size", sizes)}, {out.tensor},
             table("SliceOptions"));
    } else {
        const TensorIndex b = intsTensor(name + "_begin", begin), e = intsTensor(name + "_end", end),
                          s = intsTensor(name + "_steps", step);
        emit(Op::StridedSlice, {v.tensor, b, e, s}, {out.tensor},
             table("StridedSliceOptions", {{"begin_mask", 0},
                                           {"end_mask", 0},
                                           {"ellipsis_mask", 0},
                                           {"new_axis_mask", 0},
                                           {"shrink_axis_mask", 0},
                                           {"offset", 0}}));
    }
    copyResult(n, v, out);
}

void Importer::split(const Node &n, const Value &v)
{
    const auto rank = static_cast<std::int64_t>(v.shape.size());
    std::int64_t axis = n.integer("axis", 0);
    axis += axis < 0 ? rank : 0;
    if (axis < 0 || axis >= rank)
        n.refuse("axis " + std::to_string(axis) + " is out of range");
    std::vector<std::int64_t> sizes = n.integers("split");
    if (!n.input(1).empty())
        sizes = constantInts(n, 1, "split");
    const std::int64_t size = v.shape[static_cast<std::size_t>(axis)],
                       parts = static_cast<std::int64_t>(n.outputCount());
    if (sizes.empty()) {
        const std::int64_t each = (size + parts - 1) / std::max<std::int64_t>(1, parts);
        for (std::int64_t i = 0; i < parts; ++i)
            sizes.push_back(std::min(each, size - i * each));
    }
    std::int64_t sum = 0;
    for (const std::int64_t s : sizes) {
        if (s < 1 || s > size)
            n.refuse("a part of size " + std::to_string(s) + " is not supported");
        sum += s;
    }
    if (sizes.size() != n.outputCount() || sum != size)
        n.refuse("its parts do not fit " + shapeText(v.shape));
    const std::size_t at = storedDimension(v, axis);
    std::int64_t from = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        Value out = v;
        out.shape[static_cast<std::size_t>(axis)] = static_cast<std::int32_t>(sizes[i]);
        const Shape stored = permuted(out.shape, out.perm);
        std::vector<std::int64_t> begin(v.shape.size(), 0);
        begin[at] = from;
        from += sizes[i];
        if (n.output(i).empty())
            continue;
        out.tensor = sameKind(v.tensor, n.output(i), stored);
        emit(Op::Slice,
             {v.tensor, intsTensor(n.output(i) + "_begin", begin),
              intsTensor(n.output(i) + "_size", {stored.begin(), stored.end()})},
             {out.tensor}, table("SliceOptions"));
        m_values[n.output(i)] = out;
    }
}

} // namespace requant::onnxformat
