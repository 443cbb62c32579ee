// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that move elements, and resizing.
#include "casebuilder.h"

#include <algorithm>
#include <numeric>

namespace opcases {
namespace {

using namespace requant;

Shape someShape(CaseBuilder &b, int leastRank = 1, int mostRank = 4) { return b.dice().shape(b.dice().integer(leastRank, mostRank), 7); }

void reshape(CaseBuilder &b, ElementType type)
{
    Shape s = someShape(b), out = s;
    std::shuffle(out.begin(), out.end(), std::mt19937(static_cast<unsigned>(b.dice().integer(0, 1 << 20))));
    const Grid g = b.grid(type);
    b.input(s, type, g);
    b.ints(out);
    b.output(out, type, g);
    b.integers("new_shape", {out.begin(), out.end()});
    b.add(Op::Reshape, "ReshapeOptions", {});
}

void squeeze(CaseBuilder &b, ElementType type)
{
    Shape s = someShape(b, 2), out;
    std::vector<std::int64_t> dims;
    for (std::size_t i = 0; i < s.size(); ++i) {
        if (b.dice().chance()) {
            s[i] = 1;
            dims.push_back(b.dice().chance() ? static_cast<std::int64_t>(i) : static_cast<std::int64_t>(i) - static_cast<std::int64_t>(s.size()));
        } else {
            out.push_back(s[i]);
        }
    }
    if (dims.empty()) { // all ones go
        out.clear();
        std::copy_if(s.begin(), s.end(), std::back_inserter(out), [](std::int32_t n) { return n != 1; });
    }
    const Grid g = b.grid(type);
    b.input(s, type, g);
    b.output(out, type, g);
    b.integers("squeeze_dims", dims);
    b.add(Op::Squeeze, "SqueezeOptions", {});
}

void expandDims(CaseBuilder &b, ElementType type)
{
    const Shape s = someShape(b, 1, 3);
    const int rank = static_cast<int>(s.size()), axis = b.dice().integer(-rank - 1, rank);
    Shape out = s;
    out.insert(out.begin() + (axis < 0 ? axis + rank + 1 : axis), 1);
    const Grid g = b.grid(type);
    b.input(s, type, g);
    b.scalar(axis);
    b.output(out, type, g);
    b.add(Op::ExpandDims, "ExpandDimsOptions", {});
}

void pad(CaseBuilder &b, Op op, ElementType type)
{
    Dice &d = b.dice();
    const Shape s = someShape(b, op == Op::MirrorPad ? 1 : 1, 4);
    const bool reflect = d.chance();
    Shape out = s;
    std::vector<std::int32_t> amounts;
    for (std::size_t i = 0; i < s.size(); ++i)
        for (int side = 0; side < 2; ++side) {
            const int most = op == Op::MirrorPad ? std::min(3, reflect ? s[i] - 1 : s[i]) : 3;
            amounts.push_back(d.integer(0, most));
            out[i] += amounts.back();
        }
    const Grid g = b.grid(type);
    b.input(s, type, g);
    b.constant<std::int32_t>({static_cast<std::int32_t>(s.size()), 2}, ElementType::Int32, amounts);
    if (op == Op::Padv2)
        b.randomConstant({1}, type, g);
    b.output(out, type, g);
    if (op == Op::MirrorPad)
        b.add(op, "MirrorPadOptions", {{"mode", reflect ? 0 : 1}});
    else
        b.add(op, op == Op::Pad ? "PadOptions" : "PadV2Options", {});
}

void concatenation(CaseBuilder &b, ElementType type)
{
    Dice &d = b.dice();
    Shape s = someShape(b);
    const int rank = static_cast<int>(s.size()), axis = d.integer(-rank, rank - 1), parts = d.integer(1, 4);
    const auto at = static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
    const Grid out = b.grid(type);
    int total = 0;
    for (int k = 0; k < parts; ++k) {
        s[at] = d.integer(1, 5);
        total += s[at];
        // Only uint8 inputs may have a grid of their own.
        const Grid g = type == ElementType::UInt8 && d.chance() ? b.grid(type, out.scale * 0.5, out.scale * 2) : out;
        b.input(s, type, g);
    }
    s[at] = total;
    b.output(s, type, out);
    b.add(Op::Concatenation, "ConcatenationOptions", {{"axis", axis}});
}

void transpose(CaseBuilder &b, ElementType type)
{
    const Shape s = someShape(b);
    std::vector<std::int32_t> order(s.size());
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), std::mt19937(static_cast<unsigned>(b.dice().integer(0, 1 << 20))));
    Shape out;
    for (const std::int32_t i : order)
        out.push_back(s[static_cast<std::size_t>(i)]);
    const Grid g = b.grid(type);
    b.input(s, type, g);
    b.ints(order);
    b.output(out, type, g);
    b.add(Op::Transpose, "TransposeOptions", {});
}

void slice(CaseBuilder &b, ElementType type)
{
    const Shape s = someShape(b);
    Shape out;
    std::vector<std::int32_t> begin, size;
    for (const std::int32_t n : s) {
        begin.push_back(b.dice().integer(0, n - 1));
        const bool rest = b.dice().chance(4);
        out.push_back(rest ? n - begin.back() : b.dice().integer(1, n - begin.back()));
        size.push_back(rest ? -1 : out.back());
    }
    const Grid g = b.grid(type);
    b.input(s, type, g);
    b.ints(begin);
    b.ints(size);
    b.output(out, type, g);
    b.add(Op::Slice, "SliceOptions", {});
}

void stridedSlice(CaseBuilder &b, ElementType type)
{
    Dice &d = b.dice();
    const Shape s = someShape(b);
    Shape out;
    std::vector<std::int32_t> begin, end, strides;
    int beginMask = 0, endMask = 0, shrink = 0;
    for (std::size_t i = 0; i < s.size(); ++i) {
        const int n = s[i], step = d.chance(3) ? d.integer(-2, -1) : d.integer(1, 3);
        if (d.chance(6)) {
            const int at = d.integer(0, n - 1);
            begin.push_back(d.chance() ? at : at - n);
            end.push_back(begin.back() + 1);
            strides.push_back(1);
            shrink |= 1 << i;
            continue;
        }
        int first = d.integer(0, n - 1), last = step > 0 ? d.integer(first + 1, n) : d.integer(-1, first - 1);
        if (d.chance(3)) {
            beginMask |= 1 << i;
            first = step > 0 ? 0 : n - 1;
            last = step > 0 ? std::max(last, 1) : last;
        }
        const bool open = d.chance(3) || last < 0; // -1 cannot be written as an end
        if (open) {
            endMask |= 1 << i;
            last = step > 0 ? n : -1;
        }
        begin.push_back((beginMask >> i & 1) != 0 ? d.integer(-3, 3) : d.chance(3) ? first - n : first);
        end.push_back(open ? d.integer(-3, 3) : d.chance(3) && last < n ? last - n : last);
        strides.push_back(step);
        out.push_back(step > 0 ? (last - first + step - 1) / step : (first - last - step - 1) / -step);
    }
    const Grid g = b.grid(type);
    b.input(s, type, g);
    b.ints(begin);
    b.ints(end);
    b.ints(strides);
    b.output(out, type, g);
    b.add(Op::StridedSlice, "StridedSliceOptions", {{"begin_mask", beginMask}, {"end_mask", endMask}, {"shrink_axis_mask", shrink}});
}

void split(CaseBuilder &b, Op op, ElementType type)
{
    Dice &d = b.dice();
    Shape s = someShape(b);
    const int rank = static_cast<int>(s.size()), axis = d.integer(-rank, rank - 1), parts = d.integer(1, 4);
    const auto at = static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
    std::vector<std::int32_t> sizes;
    const int equal = d.integer(1, 3);
    for (int k = 0; k < parts; ++k)
        sizes.push_back(op == Op::Split ? equal : d.integer(1, 4));
    s[at] = std::accumulate(sizes.begin(), sizes.end(), 0);
    const Grid g = b.grid(type);
    if (op == Op::Split)
        b.scalar(axis);
    b.input(s, type, g);
    if (op == Op::SplitV) {
        auto given = sizes;
        if (d.chance())
            given[static_cast<std::size_t>(d.integer(0, parts - 1))] = -1;
        b.ints(given);
        b.scalar(axis);
    }
    for (const std::int32_t n : sizes) {
        s[at] = n;
        b.output(s, type, g);
    }
    b.add(op, op == Op::Split ? "SplitOptions" : "SplitVOptions", {{"num_splits", parts}});
}

void pack(CaseBuilder &b, ElementType type)
{
    const Shape s = someShape(b, 1, 3);
    const int rank = static_cast<int>(s.size()), axis = b.dice().integer(-rank - 1, rank), count = b.dice().integer(1, 4);
    Shape out = s;
    out.insert(out.begin() + (axis < 0 ? axis + rank + 1 : axis), count);
    const Grid g = b.grid(type);
    for (int k = 0; k < count; ++k)
        b.input(s, type, g);
    b.output(out, type, g);
    b.add(Op::Pack, "PackOptions", {{"values_count", count}, {"axis", axis}});
}

void unpack(CaseBuilder &b, ElementType type)
{
    Shape s = someShape(b, 2);
    const int rank = static_cast<int>(s.size()), axis = b.dice().integer(-rank, rank - 1);
    const auto at = static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
    const Grid g = b.grid(type);
    b.input(s, type, g);
    const int count = s[at];
    s.erase(s.begin() + static_cast<std::ptrdiff_t>(at));
    for (int k = 0; k < count; ++k)
        b.output(s, type, g);
    b.add(Op::Unpack, "UnpackOptions", {{"num", count}, {"axis", axis}});
}

void gather(CaseBuilder &b, ElementType type)
{
    Dice &d = b.dice();
    const Shape s = someShape(b);
    const int rank = static_cast<int>(s.size()), axis = d.integer(-rank, rank - 1);
    const auto at = static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
    const Shape where = d.shape(d.integer(1, 2), 5);
    std::vector<std::int32_t> indices(static_cast<std::size_t>(elementCount(where)));
    for (auto &i : indices)
        i = d.integer(0, s[at] - 1);
    Shape out(s.begin(), s.begin() + static_cast<std::ptrdiff_t>(at));
    out.insert(out.end(), where.begin(), where.end());
    out.insert(out.end(), s.begin() + static_cast<std::ptrdiff_t>(at) + 1, s.end());
    const Grid g = b.grid(type);
    b.input(s, type, g);
    b.constant<std::int32_t>(where, ElementType::Int32, indices);
    b.output(out, type, g);
    b.add(Op::Gather, "GatherOptions", {{"axis", axis}});
}

void gatherNd(CaseBuilder &b, ElementType type)
{
    Dice &d = b.dice();
    const Shape s = someShape(b);
    const int depth = d.integer(1, static_cast<int>(s.size()));
    Shape where = d.shape(d.integer(1, 2), 4), out = where;
    std::vector<std::int32_t> indices;
    for (std::int64_t i = 0; i < elementCount(where); ++i)
        for (int k = 0; k < depth; ++k)
            indices.push_back(d.integer(0, s[static_cast<std::size_t>(k)] - 1));
    where.push_back(depth);
    out.insert(out.end(), s.begin() + depth, s.end());
    const Grid g = b.grid(type);
    b.input(s, type, g);
    b.constant<std::int32_t>(where, ElementType::Int32, indices);
    b.output(out, type, g);
    b.add(Op::GatherNd, "GatherNdOptions", {});
}

void tile(CaseBuilder &b, ElementType type)
{
    const Shape s = b.dice().shape(b.dice().integer(1, 4), 4);
    Shape out = s;
    std::vector<std::int32_t> times;
    for (auto &n : out) {
        times.push_back(b.dice().integer(1, 3));
        n *= times.back();
    }
    const Grid g = b.grid(type);
    b.input(s, type, g);
    b.ints(times);
    b.output(out, type, g);
    b.add(Op::Tile, "TileOptions", {});
}

void broadcastTo(CaseBuilder &b, ElementType type)
{
    const Shape out = someShape(b);
    Shape s = out;
    for (auto &n : s)
        n = b.dice().chance() ? 1 : n;
    s.erase(s.begin(), s.begin() + b.dice().integer(0, static_cast<int>(s.size()) - 1));
    const Grid g = b.grid(type);
    b.input(s, type, g);
    b.ints(out);
    b.output(out, type, g);
    b.version(2);
    b.add(Op::BroadcastTo, "BroadcastToOptions", {});
}

void reverse(CaseBuilder &b, ElementType type)
{
    const Shape s = someShape(b);
    const Grid g = b.grid(type);
    b.input(s, type, g);
    b.ints({b.dice().integer(0, static_cast<int>(s.size()) - 1)});
    b.output(s, type, g);
    b.add(Op::ReverseV2, "ReverseV2Options", {});
}

void depthSpace(CaseBuilder &b, Op op, ElementType type)
{
    Dice &d = b.dice();
    const int block = d.integer(1, 3), n = d.integer(1, 2), h = d.integer(1, 5), w = d.integer(1, 5), c = d.integer(1, 6);
    const Shape flat{n, h * block, w * block, c}, deep{n, h, w, c * block * block};
    const Grid g = b.grid(type);
    b.input(op == Op::SpaceToDepth ? flat : deep, type, g);
    b.output(op == Op::SpaceToDepth ? deep : flat, type, g);
    b.add(op, op == Op::SpaceToDepth ? "SpaceToDepthOptions" : "DepthToSpaceOptions", {{"block_size", block}});
}

void spaceBatch(CaseBuilder &b, Op op, ElementType type)
{
    Dice &d = b.dice();
    const int by = d.integer(1, 3), bx = d.integer(1, 3), n = d.integer(1, 2), h = d.integer(1, 4), w = d.integer(1, 4), c = d.integer(1, 6);
    const auto amount = [&](int most) { return d.chance() ? 0 : d.integer(0, most); };
    const std::vector<std::int32_t> around{amount(std::min(2, h * by - 1)), 0, amount(std::min(2, w * bx - 1)), 0};
    const Shape space{n, h * by - around[0], w * bx - around[2], c}, batch{n * by * bx, h, w, c};
    const Grid g = b.grid(type);
    b.input(op == Op::SpaceToBatchNd ? space : batch, type, g);
    b.ints({by, bx});
    b.constant<std::int32_t>({2, 2}, ElementType::Int32, around);
    b.output(op == Op::SpaceToBatchNd ? batch : space, type, g);
    b.add(op, op == Op::SpaceToBatchNd ? "SpaceToBatchNDOptions" : "BatchToSpaceNDOptions", {});
}

void resize(CaseBuilder &b, Op op, ElementType type)
{
    Dice &d = b.dice();
    const Shape s = d.shape(4, 8);
    const int h = d.integer(1, 14), w = d.integer(1, 14), manner = d.integer(0, 2);
    const Grid g = b.grid(type);
    b.input(s, type, g);
    b.ints({h, w});
    b.output({s[0], h, w, s[3]}, type, g);
    b.add(op, op == Op::ResizeBilinear ? "ResizeBilinearOptions" : "ResizeNearestNeighborOptions",
          {{"align_corners", manner == 1 ? 1 : 0}, {"half_pixel_centers", manner == 2 ? 1 : 0}});
}

} // namespace

void addMoving(std::vector<Generator> &all)
{
    constexpr ElementType kU8 = ElementType::UInt8, kI8 = ElementType::Int8, kI16 = ElementType::Int16, kF32 = ElementType::Float32, kI32 = ElementType::Int32;
    const auto add = [&](const char *op, std::initializer_list<ElementType> types, auto make) {
        for (const ElementType type : types)
            all.push_back({std::string(op) + " " + std::string(typeName(type)), [make, type](CaseBuilder &b) { make(b, type); }});
    };
    const auto with = [](auto make, Op op) { return [make, op](CaseBuilder &b, ElementType type) { make(b, op, type); }; };
    add("RESHAPE", {kU8, kI8, kI16, kF32}, reshape);
    add("SQUEEZE", {kU8, kI8, kI16, kF32}, squeeze);
    add("EXPAND_DIMS", {kU8, kI8, kI16, kF32}, expandDims);
    add("PAD", {kU8, kI8, kI16, kF32}, with(pad, Op::Pad));
    add("PADV2", {kU8, kI8, kF32}, with(pad, Op::Padv2));
    add("MIRROR_PAD", {kU8, kI8, kI16, kF32}, with(pad, Op::MirrorPad));
    add("CONCATENATION", {kU8, kI8, kI16, kF32}, concatenation);
    add("TRANSPOSE", {kU8, kI8, kI16, kF32}, transpose);
    add("SLICE", {kU8, kI8, kI16, kF32}, slice);
    add("STRIDED_SLICE", {kU8, kI8, kI16, kF32}, stridedSlice);
    add("SPLIT", {kU8, kI8, kI16, kF32}, with(split, Op::Split));
    add("SPLIT_V", {kU8, kI8, kI16, kF32}, with(split, Op::SplitV));
    add("PACK", {kU8, kI8, kI16, kF32}, pack);
    add("UNPACK", {kU8, kI8, kF32}, unpack);
    add("GATHER", {kU8, kI8, kI16, kF32}, gather);
    add("GATHER_ND", {kU8, kI8, kI16, kF32}, gatherNd);
    add("TILE", {kU8, kI8, kF32}, tile);
    add("BROADCAST_TO", {kU8, kI8, kI16, kF32}, broadcastTo);
    add("REVERSE_V2", {kU8, kI16, kF32, kI32}, reverse);
    add("SPACE_TO_DEPTH", {kU8, kI8, kF32}, with(depthSpace, Op::SpaceToDepth));
    add("DEPTH_TO_SPACE", {kU8, kI8, kF32}, with(depthSpace, Op::DepthToSpace));
    add("SPACE_TO_BATCH_ND", {kU8, kI8, kF32}, with(spaceBatch, Op::SpaceToBatchNd));
    add("BATCH_TO_SPACE_ND", {kU8, kI8, kF32}, with(spaceBatch, Op::BatchToSpaceNd));
    add("RESIZE_BILINEAR", {kU8, kI8, kI16}, with(resize, Op::ResizeBilinear));
    add("RESIZE_NEAREST_NEIGHBOR", {kU8, kI8, kI16, kF32}, with(resize, Op::ResizeNearestNeighbor));
}

} // namespace opcases
