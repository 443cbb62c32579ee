// SPDX-License-Identifier: GPL-3.0-or-later
// Pools, means and resizing.
#include "core/onnx/importer.h"

#include <algorithm>
#include <cmath>

namespace requant::onnxformat {

void Importer::pool(const Node &n, Input x, const Target *target, bool average)
{
    Value v = *x.value;
    const Shape in = v.shape;
    if (in.size() != 4)
        n.refuse("only pools of pictures are supported, not of " + shapeText(in));
    for (std::size_t i = 1; i < n.outputCount(); ++i) {
        if (!n.output(i).empty() && (!m_graph.consumers(n.output(i)).empty() || m_graph.isGraphOutput(n.output(i))))
            n.refuse("its output of indices is not supported");
    }
    const auto kernel = n.integers("kernel_shape");
    if (kernel.size() != 2)
        n.refuse("kernel_shape is not that of a picture");
    const auto [rows, columns] = windows(n, in, kernel[0], kernel[1], false);
    PadChoice pad = choosePadding(rows, columns);
    // An average counts its padding or not; SAME of TFLite does not.
    const bool counts = n.integer("count_include_pad", 0) != 0;
    if (average && pad.kind == PadKind::Same && counts)
        pad = {PadKind::Explicit, rows.before,
               std::max<std::int64_t>(0, (rows.out() - 1) * rows.stride + rows.kernel - rows.in - rows.before),
               columns.before,
               std::max<std::int64_t>(0, (columns.out() - 1) * columns.stride + columns.kernel - columns.in
                                             - columns.before)};
    if (average && pad.kind == PadKind::Explicit && (!counts || rows.ceil))
        n.refuse("an average over padding that is not counted is supported for SAME padding only");
    const bool whole = rows.kernel == rows.in && columns.kernel == columns.in && rows.out() == 1 && columns.out() == 1
                       && pad.kind == PadKind::Valid;
    if (average && whole && target->grid && !hasGrid(v.tensor, *target->grid))
        return mean(n, x, {2, 3}, true, *target); // MEAN may change the grid, AVERAGE_POOL_2D may not
    v = ordered(v, nhwc());
    const TensorIndex from = padded(v.tensor, pad, !average);
    Value out;
    out.level = v.level;
    out.shape = {in[0], in[1], static_cast<std::int32_t>(rows.out()), static_cast<std::int32_t>(columns.out())};
    out.perm = nhwc();
    const bool regrids = average && target->grid && !hasGrid(v.tensor, *target->grid);
    const std::string name = average ? target->name + (regrids ? "_pooled" : "") : n.output();
    out.tensor = sameKind(from, name, permuted(out.shape, out.perm));
    emit(average ? Op::AveragePool2D : Op::MaxPool2D, {from}, {out.tensor},
         table("Pool2DOptions", {{"padding", pad.kind == PadKind::Same ? 0 : 1},
                                 {"stride_w", columns.stride},
                                 {"stride_h", rows.stride},
                                 {"filter_width", columns.kernel},
                                 {"filter_height", rows.kernel},
                                 {"fused_activation_function", 0}}));
    if (!average)
        return copyResult(n, v, out);
    if (regrids) {
        m_notes.push_back(makeNote(kExtraRounding, {n.label(), n.op()}));
        out = requantized(out, *target->grid, target->name);
    }
    result(n, 0, *target, out);
}

void Importer::mean(const Node &n, Input x, std::vector<std::int64_t> axes, bool keep, const Target &t)
{
    const Value v = plain(*x.value);
    const auto rank = static_cast<std::int64_t>(v.shape.size());
    std::vector<bool> reduced(v.shape.size(), false);
    for (std::int64_t a : axes) {
        a += a < 0 ? rank : 0;
        if (a < 0 || a >= rank)
            n.refuse("axis " + std::to_string(a) + " is out of range");
        reduced[static_cast<std::size_t>(a)] = true;
    }
    Value out;
    std::vector<std::int64_t> stored;
    std::vector<int> renumbered(v.shape.size(), -1);
    for (std::size_t d = 0; d < v.shape.size(); ++d) {
        if (!reduced[d] || keep) {
            renumbered[d] = static_cast<int>(out.shape.size());
            out.shape.push_back(reduced[d] ? 1 : v.shape[d]);
        }
    }
    for (std::size_t i = 0; i < v.perm.size(); ++i) {
        const auto d = static_cast<std::size_t>(v.perm[i]);
        if (reduced[d])
            stored.push_back(static_cast<std::int64_t>(i));
        if (renumbered[d] >= 0)
            out.perm.push_back(renumbered[d]);
    }
    out.tensor = resultTensor(t, permuted(out.shape, out.perm));
    emit(Op::Mean, {v.tensor, intsTensor(t.name + "_axes", stored)}, {out.tensor},
         table("ReducerOptions", {{"keep_dims", keep ? 1 : 0}}));
    result(n, 0, t, out);
}

void Importer::resize(const Node &n, Input x)
{
    const Value v = ordered(*x.value, x.value->shape.size() == 4 ? nhwc() : identityPerm(x.value->shape.size()));
    if (v.shape.size() != 4)
        n.refuse("only pictures can be resized, not " + shapeText(v.shape));
    if (n.has("axes") || n.string("keep_aspect_ratio_policy", "stretch") != "stretch" || n.integer("antialias", 0) != 0)
        n.refuse("axes, keep_aspect_ratio_policy and antialias are not supported");
    const bool old = m_graph.opset() < 11;
    Shape size = v.shape;
    if (const std::string &sizes = n.input(3); !old && !sizes.empty()) {
        const auto s = constantInts(n, 3, "sizes");
        if (s.size() != 4)
            n.refuse("there are " + std::to_string(s.size()) + " sizes");
        size = checkedShape(s, m_graph.limits(), n.output());
    } else {
        const Constant *c = m_graph.constant(n.input(old ? 1 : 2));
        if (!c || c->count() != 4)
            n.refuse("its scales are not four constants");
        const auto scales = c->floats();
        std::vector<std::int64_t> s;
        for (std::size_t d = 0; d < 4; ++d) {
            const double exact = static_cast<double>(v.shape[d]) * static_cast<double>(scales[d]);
            if (!(exact >= 1 && exact < 1e9) || std::abs(exact - std::nearbyint(exact)) > 1e-4)
                n.refuse("a scale does not give whole sizes");
            s.push_back(static_cast<std::int64_t>(std::nearbyint(exact)));
        }
        size = checkedShape(s, m_graph.limits(), n.output());
    }
    if (size[0] != v.shape[0] || size[1] != v.shape[1] || size[2] < 1 || size[3] < 1)
        n.refuse("only height and width can be resized");
    const std::string mode = n.string("mode", "nearest"), nearest = n.string("nearest_mode", "round_prefer_floor");
    const std::string where = n.string("coordinate_transformation_mode", old ? "asymmetric" : "half_pixel");
    const bool wholeFactors = size[2] % v.shape[2] == 0 && size[3] % v.shape[3] == 0;
    const bool aligned = where == "align_corners",
               half = where == "half_pixel" || (where == "pytorch_half_pixel" && size[2] > 1 && size[3] > 1);
    if (!aligned && !half && where != "asymmetric")
        n.refuse("coordinate_transformation_mode " + where + " is not supported");
    bool linear = mode == "linear";
    if (!linear && mode != "nearest")
        n.refuse("mode " + mode + " is not supported");
    // TFLite's nearest takes the floor of the position, half a pixel in with half_pixel_centers.
    const bool floors = old || nearest == "floor";
    if (!linear && !(where == "asymmetric" && floors)
        && !(half && wholeFactors && (nearest == "round_prefer_floor" || nearest == "round_prefer_ceil")))
        n.refuse("nearest neighbours by " + where + " and " + nearest + " are not supported");
    Value out = v;
    out.shape = size;
    out.tensor = sameKind(v.tensor, n.output(), permuted(size, out.perm));
    const TensorIndex amounts = intsTensor(n.output() + "_size", {size[2], size[3]});
    const std::vector<std::pair<std::string, std::int64_t>> fields{{"align_corners", aligned ? 1 : 0},
                                                                   {"half_pixel_centers", half ? 1 : 0}};
    emit(linear ? Op::ResizeBilinear : Op::ResizeNearestNeighbor, {v.tensor, amounts}, {out.tensor},
         table(linear ? "ResizeBilinearOptions" : "ResizeNearestNeighborOptions", fields));
    copyResult(n, v, out);
}

} // namespace requant::onnxformat
