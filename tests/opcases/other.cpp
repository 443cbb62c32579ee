// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that seldom see quantized tensors: plain integers and floats, indices, shapes.
#include "casebuilder.h"

#include <algorithm>
#include <numeric>

namespace opcases {
namespace {

using namespace requant;

constexpr ElementType kU8 = ElementType::UInt8, kI8 = ElementType::Int8, kI32 = ElementType::Int32, kF32 = ElementType::Float32, kBool = ElementType::Bool;

Shape someShape(CaseBuilder &b, int leastRank = 1, int mostRank = 4) { return b.dice().shape(b.dice().integer(leastRank, mostRank), 6); }

// Two operands of one shape, or one of them a single value.
void binary(CaseBuilder &b, Op op, const char *options, ElementType type, Range first, Range second)
{
    const Shape s = someShape(b);
    const Shape one(s.size(), 1);
    b.input(s, type, {}, first);
    b.input(b.dice().chance(3) ? one : s, type, {}, second);
    b.output(s, type);
    b.add(op, options);
}

void unary(CaseBuilder &b, Op op, const char *options, ElementType type)
{
    const Shape s = someShape(b);
    b.input(s, type, {}, {-6, 6});
    b.output(s, type);
    b.add(op, options);
}

void addN(CaseBuilder &b, ElementType type)
{
    const Shape s = someShape(b);
    for (int k = b.dice().integer(2, 4); k > 0; --k)
        b.input(s, type);
    b.output(s, type);
    b.add(Op::AddN, "AddNOptions");
}

void anyAll(CaseBuilder &b, Op op)
{
    const Shape s = someShape(b, 2);
    const int axis = b.dice().integer(0, static_cast<int>(s.size()) - 1);
    Shape out = s;
    out.erase(out.begin() + axis);
    b.input(s, kBool);
    b.ints({axis});
    b.output(out, kBool);
    b.add(op, "ReducerOptions", {{"keep_dims", 0}});
}

void cumsum(CaseBuilder &b, ElementType type)
{
    const Shape s = someShape(b);
    const int rank = static_cast<int>(s.size());
    b.input(s, type);
    b.scalar(b.dice().integer(-rank, rank - 1));
    b.output(s, type);
    b.add(Op::Cumsum, "CumsumOptions", {{"exclusive", b.dice().integer(0, 1)}, {"reverse", b.dice().integer(0, 1)}});
}

void topK(CaseBuilder &b, ElementType type)
{
    const Shape s = someShape(b);
    Shape out = s;
    out.back() = b.dice().integer(1, s.back());
    const Grid g = b.grid(type);
    b.input(s, type, g);
    b.scalar(out.back());
    b.output(out, type, g);
    b.output(out, kI32);
    b.add(Op::TopkV2, "TopKV2Options");
}

void fill(CaseBuilder &b, ElementType type)
{
    const Shape s = someShape(b);
    const Grid g = b.grid(type);
    b.ints(s);
    b.input({}, type, g);
    b.output(s, type, g);
    b.add(Op::Fill, "FillOptions");
}

void shapeOf(CaseBuilder &b)
{
    const Shape s = someShape(b);
    b.input(s, kF32);
    b.output({static_cast<std::int32_t>(s.size())}, kI32);
    b.add(Op::Shape, "ShapeOptions", {{"out_type", static_cast<double>(kI32)}});
}

void scatterNd(CaseBuilder &b, ElementType type)
{
    Dice &d = b.dice();
    const Shape out = someShape(b);
    const int depth = d.integer(1, static_cast<int>(out.size())), count = d.integer(1, 4);
    std::vector<std::int32_t> indices;
    for (int i = 0; i < count; ++i)
        for (int k = 0; k < depth; ++k)
            indices.push_back(d.integer(0, out[static_cast<std::size_t>(k)] - 1));
    Shape updates{count};
    updates.insert(updates.end(), out.begin() + depth, out.end());
    b.constant<std::int32_t>({count, depth}, kI32, indices);
    b.input(updates, type, b.grid(type), {-3, 3});
    b.ints(out);
    b.output(out, type, b.grid(type));
    b.add(Op::ScatterNd, "ScatterNdOptions");
}

void reverseSequence(CaseBuilder &b, ElementType type)
{
    Dice &d = b.dice();
    const Shape s = someShape(b, 2);
    const int rank = static_cast<int>(s.size()), batch = d.integer(0, rank - 1);
    const int sequence = (batch + d.integer(1, rank - 1)) % rank;
    std::vector<std::int32_t> lengths;
    for (int i = 0; i < s[static_cast<std::size_t>(batch)]; ++i)
        lengths.push_back(d.integer(1, s[static_cast<std::size_t>(sequence)]));
    const Grid g = b.grid(type);
    b.input(s, type, g);
    b.ints(lengths);
    b.output(s, type, g);
    b.add(Op::ReverseSequence, "ReverseSequenceOptions", {{"seq_dim", sequence}, {"batch_dim", batch}});
}

void oneHot(CaseBuilder &b, ElementType type)
{
    Dice &d = b.dice();
    const Shape s = someShape(b, 1, 3);
    const int rank = static_cast<int>(s.size()), depth = d.integer(1, 6), axis = d.integer(-1, rank);
    Shape out = s;
    out.insert(axis < 0 ? out.end() : out.begin() + axis, depth);
    const Grid g = b.grid(type);
    b.input(s, kI32, {}, {-1, 6});
    b.scalar(depth);
    b.input({}, type, g);
    b.input({}, type, g);
    b.output(out, type, g);
    b.add(Op::OneHot, "OneHotOptions", {{"axis", axis}});
}

void floatPool(CaseBuilder &b, Op op)
{
    Dice &d = b.dice();
    const int k = d.integer(1, 3), h = d.integer(k, 8), w = d.integer(k, 8), c = d.integer(1, 8);
    b.input({1, h, w, c}, kF32);
    b.output({1, h - k + 1, w - k + 1, c}, kF32);
    b.add(op, "Pool2DOptions", {{"padding", 1}, {"stride_w", 1}, {"stride_h", 1}, {"filter_width", k}, {"filter_height", k},
                                {"fused_activation_function", d.integer(0, 3)}});
}

} // namespace

void addOther(std::vector<Generator> &all)
{
    const auto add = [&](const char *op, std::initializer_list<ElementType> types, auto make) {
        for (const ElementType type : types)
            all.push_back({std::string(op) + " " + std::string(typeName(type)), [make, type](CaseBuilder &b) { make(b, type); }});
    };
    struct Pair
    {
        const char *name;
        Op op;
        const char *options;
        Range first = {}, second = {};
    };
    for (const Pair &p : {Pair{"ADD", Op::Add, "AddOptions"}, Pair{"SUB", Op::Sub, "SubOptions"}, Pair{"MUL", Op::Mul, "MulOptions"},
                          Pair{"DIV", Op::Div, "DivOptions", {-20, 20}, {1, 9}}, Pair{"MINIMUM", Op::Minimum, "MaximumMinimumOptions"},
                          Pair{"MAXIMUM", Op::Maximum, "MaximumMinimumOptions"}, Pair{"SQUARED_DIFFERENCE", Op::SquaredDifference, "SquaredDifferenceOptions"},
                          Pair{"FLOOR_DIV", Op::FloorDiv, "FloorDivOptions", {-20, 20}, {1, 9}}, Pair{"FLOOR_MOD", Op::FloorMod, "FloorModOptions", {-20, 20}, {1, 9}}})
        add(p.name, {kI32, kF32}, [p](CaseBuilder &b, ElementType type) { binary(b, p.op, p.options, type, p.first, p.second); });
    const std::tuple<const char *, Op, const char *> functions[]{{"SQUARE", Op::Square, "SquareOptions"}, {"FLOOR", Op::Floor, nullptr}, {"CEIL", Op::Ceil, nullptr},
                                                                 {"ROUND", Op::Round, nullptr}, {"SIN", Op::Sin, nullptr}, {"COS", Op::Cos, "CosOptions"},
                                                                 {"SIGN", Op::Sign, "SignOptions"}, {"ZEROS_LIKE", Op::ZerosLike, "ZerosLikeOptions"}};
    for (const auto &[name, op, options] : functions)
        add(name, {kF32}, [op = op, options = options](CaseBuilder &b, ElementType type) { unary(b, op, options, type); });
    add("ADD_N", {kI32, kF32}, addN);
    add("REDUCE_ANY", {kBool}, [](CaseBuilder &b, ElementType) { anyAll(b, Op::ReduceAny); });
    add("REDUCE_ALL", {kBool}, [](CaseBuilder &b, ElementType) { anyAll(b, Op::ReduceAll); });
    add("CUMSUM", {kI32, kF32}, cumsum);
    add("TOPK_V2", {kU8, kI8, kI32, kF32}, topK);
    add("FILL", {kI8, kI32, kF32}, fill);
    add("SHAPE", {kF32}, [](CaseBuilder &b, ElementType) { shapeOf(b); });
    add("SCATTER_ND", {kU8, kI8, kI32, kF32}, scatterNd);
    add("REVERSE_SEQUENCE", {kU8, kI32, kF32}, reverseSequence);
    add("ONE_HOT", {kU8, kI8, kI32, kF32}, oneHot);
    add("AVERAGE_POOL_2D", {kF32}, [](CaseBuilder &b, ElementType) { floatPool(b, Op::AveragePool2D); });
    add("L2_POOL_2D", {kF32}, [](CaseBuilder &b, ElementType) { floatPool(b, Op::L2Pool2D); });
}

} // namespace opcases
