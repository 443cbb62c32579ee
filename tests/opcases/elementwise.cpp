// SPDX-License-Identifier: GPL-3.0-or-later
#include "casebuilder.h"

#include <algorithm>

namespace opcases {
namespace {

using namespace requant;

struct Shapes
{
    Shape a, b, out;
};

// Equal shapes, or dimensions of 1 and fewer dimensions on either side.
Shapes broadcast(Dice &d, int mostRank = 4)
{
    Shapes s;
    s.out = d.shape(d.integer(1, mostRank), 6);
    s.a = s.b = s.out;
    if (d.chance())
        return s;
    for (std::size_t i = 0; i < s.out.size(); ++i)
        if (d.chance(3))
            (d.chance() ? s.a : s.b)[i] = 1;
    if (d.chance(3)) {
        Shape &fewer = d.chance() ? s.a : s.b;
        fewer.erase(fewer.begin(), fewer.begin() + d.integer(0, static_cast<int>(fewer.size()) - 1));
    }
    for (std::size_t i = 0; i < s.out.size(); ++i) {
        const auto at = [&](const Shape &x) { return i + x.size() < s.out.size() ? 1 : x[i + x.size() - s.out.size()]; };
        s.out[i] = std::max(at(s.a), at(s.b));
    }
    return s;
}

void operand(CaseBuilder &b, const Shape &shape, ElementType type, Grid g, bool constant)
{
    if (constant)
        b.randomConstant(shape, type, g);
    else
        b.input(shape, type, g);
}

// ADD and SUB: grids that TFLite's checks allow.
void addSub(CaseBuilder &b, Op op, ElementType type)
{
    Dice &d = b.dice();
    const Shapes s = broadcast(d);
    Grid x = b.grid(type), y = b.grid(type), out = b.grid(type);
    out.scale = static_cast<float>(std::max(x.scale, y.scale) * d.real(0.4, 3));
    // int16 by shifts: powers of two, the output's is one input's and no smaller than the other's.
    const bool pot = type == ElementType::Int16 && d.chance(3);
    if (pot) {
        out.scale = std::exp2(std::round(std::log2(out.scale)));
        x.scale = out.scale;
        y.scale = std::ldexp(out.scale, -d.integer(0, 4));
        if (d.chance())
            std::swap(x, y);
    }
    const int constant = d.integer(0, 4);
    operand(b, s.a, type, x, constant == 0);
    operand(b, s.b, type, y, constant == 1);
    b.output(s.out, type, out);
    b.add(op, op == Op::Add ? "AddOptions" : "SubOptions", {{"fused_activation_function", d.integer(0, 3)}, {"pot_scale_int16", pot ? 1 : 0}});
}

void mul(CaseBuilder &b, ElementType type)
{
    Dice &d = b.dice();
    const Shapes s = broadcast(d);
    const Grid x = b.grid(type), y = b.grid(type);
    Grid out = b.grid(type);
    out.scale = static_cast<float>(x.scale * y.scale * (type == ElementType::Int16 ? 20000 : 80) * d.real(0.3, 3));
    const int constant = d.integer(0, 4);
    operand(b, s.a, type, x, constant == 0);
    operand(b, s.b, type, y, constant == 1);
    b.output(s.out, type, out);
    b.add(Op::Mul, "MulOptions", {{"fused_activation_function", d.integer(0, 3)}});
}

void div(CaseBuilder &b, ElementType type)
{
    Dice &d = b.dice();
    const Shapes s = broadcast(d);
    const Grid x = b.grid(type);
    Grid y = b.grid(type), out = b.grid(type);
    y.zeroPoint = d.chance() ? 0 : y.zeroPoint; // values at the zero point divide by zero, which ends the process
    b.input(s.a, type, x);
    std::vector<std::byte> divisor;
    for (std::int64_t n = elementCount(s.b); n > 0; --n) {
        int q = d.integer(0, 255);
        q += q == y.zeroPoint ? (q < 255 ? 1 : -1) : 0;
        divisor.push_back(static_cast<std::byte>(q));
    }
    b.constant(s.b, type, divisor, QuantParams::perTensor(y.scale, y.zeroPoint));
    out.scale = static_cast<float>(x.scale / y.scale / 10 * d.real(0.3, 3));
    b.output(s.out, type, out);
    b.add(Op::Div, "DivOptions", {{"fused_activation_function", d.integer(0, 3)}});
}

void minMax(CaseBuilder &b, Op op, ElementType type)
{
    const Shapes s = broadcast(b.dice());
    const Grid g = b.grid(type);
    const int constant = b.dice().integer(0, 4);
    operand(b, s.a, type, g, constant == 0);
    operand(b, s.b, type, g, constant == 1);
    b.output(s.out, type, g);
    b.add(op, "MaximumMinimumOptions", {});
}

void squaredDifference(CaseBuilder &b, ElementType type)
{
    Dice &d = b.dice();
    const Shapes s = broadcast(d);
    const Grid x = b.grid(type), y = b.grid(type);
    Grid out = b.grid(type);
    const float larger = std::max(x.scale, y.scale);
    out.scale = static_cast<float>(larger * larger * 60 * d.real(0.5, 3));
    b.input(s.a, type, x);
    b.input(s.b, type, y);
    b.output(s.out, type, out);
    b.add(Op::SquaredDifference, "SquaredDifferenceOptions", {});
}

void compare(CaseBuilder &b, Op op, const char *options, ElementType type)
{
    Dice &d = b.dice();
    const Shapes s = broadcast(d);
    const Grid x = b.grid(type, 0.05, 0.1);
    Grid y = b.grid(type, 0.05, 0.1);
    if (d.chance())
        y = x;
    b.input(s.a, type, x, {-3, 3});
    b.input(s.b, type, y, {-3, 3});
    b.output(s.out, ElementType::Bool);
    b.add(op, options);
}

void logical(CaseBuilder &b, Op op, const char *options)
{
    const Shapes s = broadcast(b.dice());
    b.input(s.a, ElementType::Bool);
    if (op != Op::LogicalNot)
        b.input(s.b, ElementType::Bool);
    b.output(op == Op::LogicalNot ? s.a : s.out, ElementType::Bool);
    b.add(op, options);
}

void select(CaseBuilder &b, Op op, ElementType type)
{
    Dice &d = b.dice();
    const Grid g = b.grid(type);
    if (op == Op::Select) {
        const Shape s = d.shape(d.integer(1, 4), 5);
        b.input(d.chance(3) ? Shape{s[0]} : s, ElementType::Bool);
        b.input(s, type, g);
        b.input(s, type, g);
        b.output(s, type, g);
        b.add(op, "SelectOptions");
        return;
    }
    const Shapes s = broadcast(d);
    b.input(s.out, ElementType::Bool);
    b.input(s.a, type, g);
    b.input(s.b, type, g);
    b.output(s.out, type, g);
    b.add(op, "SelectV2Options");
}

} // namespace

void addElementwise(std::vector<Generator> &all)
{
    const auto name = [](const char *op, ElementType t) { return std::string(op) + " " + std::string(typeName(t)); };
    for (const ElementType type : {ElementType::UInt8, ElementType::Int8, ElementType::Int16}) {
        all.push_back({name("ADD", type), [type](CaseBuilder &b) { addSub(b, Op::Add, type); }});
        all.push_back({name("SUB", type), [type](CaseBuilder &b) { addSub(b, Op::Sub, type); }});
        all.push_back({name("MUL", type), [type](CaseBuilder &b) { mul(b, type); }});
        all.push_back({name("MINIMUM", type), [type](CaseBuilder &b) { minMax(b, Op::Minimum, type); }});
        all.push_back({name("MAXIMUM", type), [type](CaseBuilder &b) { minMax(b, Op::Maximum, type); }});
        all.push_back({name("SELECT", type), [type](CaseBuilder &b) { select(b, Op::Select, type); }});
        all.push_back({name("SELECT_V2", type), [type](CaseBuilder &b) { select(b, Op::SelectV2, type); }});
    }
    all.push_back({"DIV uint8", [](CaseBuilder &b) { div(b, ElementType::UInt8); }});
    all.push_back({"SQUARED_DIFFERENCE int8", [](CaseBuilder &b) { squaredDifference(b, ElementType::Int8); }});
    const std::pair<Op, const char *> comparisons[]{{Op::Equal, "EqualOptions"}, {Op::NotEqual, "NotEqualOptions"}, {Op::Less, "LessOptions"},
                                                    {Op::LessEqual, "LessEqualOptions"}, {Op::Greater, "GreaterOptions"}, {Op::GreaterEqual, "GreaterEqualOptions"}};
    for (const auto &[op, options] : comparisons)
        for (const ElementType type : {ElementType::UInt8, ElementType::Int8, ElementType::Int32, ElementType::Float32})
            all.push_back({name(opName(op).c_str(), type), [op = op, options = options, type](CaseBuilder &b) { compare(b, op, options, type); }});
    all.push_back({"LOGICAL_AND bool", [](CaseBuilder &b) { logical(b, Op::LogicalAnd, "LogicalAndOptions"); }});
    all.push_back({"LOGICAL_OR bool", [](CaseBuilder &b) { logical(b, Op::LogicalOr, "LogicalOrOptions"); }});
    all.push_back({"LOGICAL_NOT bool", [](CaseBuilder &b) { logical(b, Op::LogicalNot, "LogicalNotOptions"); }});
}

} // namespace opcases
