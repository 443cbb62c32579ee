// SPDX-License-Identifier: GPL-3.0-or-later
// Over windows and dimensions.
#include "casebuilder.h"

#include <algorithm>

namespace opcases {
namespace {

using namespace requant;

void pool(CaseBuilder &b, Op op, ElementType type)
{
    Dice &d = b.dice();
    const int kh = d.integer(1, 4), kw = d.integer(1, 4), sh = d.integer(1, 3), sw = d.integer(1, 3), h = d.integer(kh, 12), w = d.integer(kw, 12);
    const bool same = d.chance();
    const auto size = [&](int in, int k, int s) { return same ? (in + s - 1) / s : (in - k + s) / s; };
    const int n = d.integer(1, 2), c = d.integer(1, 20);
    const Grid g = b.grid(type);
    b.input({n, h, w, c}, type, g);
    b.output({n, size(h, kh, sh), size(w, kw, sw), c}, type, g);
    b.add(op, "Pool2DOptions", {{"padding", same ? 0 : 1}, {"stride_w", sw}, {"stride_h", sh}, {"filter_width", kw}, {"filter_height", kh},
                                {"fused_activation_function", d.integer(0, 3)}});
}

struct Axes
{
    std::vector<std::int32_t> axes;
    Shape out;
    bool keep = false;
};

Axes axesOf(CaseBuilder &b, const Shape &s)
{
    Dice &d = b.dice();
    const auto rank = static_cast<std::int32_t>(s.size());
    Axes a;
    a.keep = d.chance();
    std::vector<bool> reduced(s.size(), false);
    if (rank == 4 && d.chance()) {
        reduced[1] = reduced[2] = true;
        a.axes = {1, 2};
    } else {
        for (std::int32_t i = 0; i < rank; ++i)
            if (d.chance()) {
                reduced[static_cast<std::size_t>(i)] = true;
                a.axes.push_back(d.chance(3) ? i - rank : i);
            }
        if (a.axes.empty()) {
            reduced[0] = true;
            a.axes.push_back(0);
        }
    }
    for (std::size_t i = 0; i < s.size(); ++i)
        if (!reduced[i] || a.keep)
            a.out.push_back(reduced[i] ? 1 : s[i]);
    return a;
}

void reduce(CaseBuilder &b, Op op, ElementType type, bool sameGrid)
{
    Dice &d = b.dice();
    Shape s = d.shape(d.integer(1, 4), 8);
    if (op == Op::ReduceProd) // the package's product over dimensions of size 1 reads stale memory
        for (auto &n : s)
            n = std::max(n, 2);
    const Axes a = axesOf(b, s);
    const Grid in = b.grid(type);
    Grid out = in;
    if (!sameGrid && !d.chance(4)) {
        out = b.grid(type);
        const double count = static_cast<double>(elementCount(s)) / static_cast<double>(std::max<std::int64_t>(elementCount(a.out), 1));
        out.scale = static_cast<float>(in.scale * d.real(0.4, 2) * (op == Op::Sum ? std::sqrt(count) : 1));
    }
    b.input(s, type, in);
    b.ints(a.axes);
    b.output(a.out, type, out);
    b.add(op, "ReducerOptions", {{"keep_dims", a.keep ? 1 : 0}});
}

void argMinMax(CaseBuilder &b, Op op, ElementType type)
{
    Dice &d = b.dice();
    const Shape s = d.shape(d.integer(1, 4), 9);
    const int rank = static_cast<int>(s.size()), axis = d.integer(-rank, rank - 1);
    Shape out = s;
    out.erase(out.begin() + (axis < 0 ? axis + rank : axis));
    b.input(s, type, b.grid(type));
    b.scalar(axis);
    b.output(out, ElementType::Int32);
    b.add(op, op == Op::ArgMax ? "ArgMaxOptions" : "ArgMinOptions", {{"output_type", static_cast<double>(ElementType::Int32)}});
}

} // namespace

void addReducing(std::vector<Generator> &all)
{
    const auto add = [&](const char *op, ElementType type, auto make) {
        all.push_back({std::string(op) + " " + std::string(typeName(type)), [make, type](CaseBuilder &b) { make(b, type); }});
    };
    for (const ElementType t : {ElementType::UInt8, ElementType::Int8, ElementType::Int16}) {
        add("AVERAGE_POOL_2D", t, [](CaseBuilder &b, ElementType type) { pool(b, Op::AveragePool2D, type); });
        add("MAX_POOL_2D", t, [](CaseBuilder &b, ElementType type) { pool(b, Op::MaxPool2D, type); });
        add("MEAN", t, [](CaseBuilder &b, ElementType type) { reduce(b, Op::Mean, type, false); });
        add("SUM", t, [](CaseBuilder &b, ElementType type) { reduce(b, Op::Sum, type, type == ElementType::Int16); });
        add("REDUCE_MAX", t, [](CaseBuilder &b, ElementType type) { reduce(b, Op::ReduceMax, type, true); });
        add("REDUCE_MIN", t, [](CaseBuilder &b, ElementType type) { reduce(b, Op::ReduceMin, type, true); });
    }
    for (const ElementType t : {ElementType::Int8, ElementType::Int16})
        add("REDUCE_PROD", t, [](CaseBuilder &b, ElementType type) { reduce(b, Op::ReduceProd, type, false); });
    add("MAX_POOL_2D", ElementType::Float32, [](CaseBuilder &b, ElementType type) { pool(b, Op::MaxPool2D, type); });
    for (const ElementType t : {ElementType::UInt8, ElementType::Int8, ElementType::Float32}) {
        add("ARG_MAX", t, [](CaseBuilder &b, ElementType type) { argMinMax(b, Op::ArgMax, type); });
        add("ARG_MIN", t, [](CaseBuilder &b, ElementType type) { argMinMax(b, Op::ArgMin, type); });
    }
}

} // namespace opcases
