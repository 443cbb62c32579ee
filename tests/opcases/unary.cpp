// SPDX-License-Identifier: GPL-3.0-or-later
// Functions of one value, and conversions.
#include "casebuilder.h"

namespace opcases {
namespace {

using namespace requant;

constexpr ElementType kQuantized[] = {ElementType::UInt8, ElementType::Int8, ElementType::Int16};

Shape someShape(CaseBuilder &b) { return b.dice().shape(b.dice().integer(1, 4), 7); }

// The grid that TFLite fixes for an output.
Grid fixedGrid(ElementType type, float bits8, float bits16, bool centred)
{
    switch (type) {
    case ElementType::UInt8: return {bits8, centred ? 128 : 0};
    case ElementType::Int8: return {bits8, centred ? 0 : -128};
    default: return {bits16, 0};
    }
}

void sigmoidal(CaseBuilder &b, Op op, ElementType type)
{
    const Shape s = someShape(b);
    b.input(s, type, b.grid(type, type == ElementType::Int16 ? 1e-4 : 0.01, type == ElementType::Int16 ? 5e-4 : 0.2));
    b.output(s, type, op == Op::Tanh ? fixedGrid(type, 1 / 128.0f, 1 / 32768.0f, true) : fixedGrid(type, 1 / 256.0f, 1 / 32768.0f, false));
    b.add(op);
}

void softmax(CaseBuilder &b, ElementType type)
{
    const Shape s = b.dice().shape(b.dice().integer(1, 4), 12);
    b.input(s, type, b.grid(type, type == ElementType::Int16 ? 1e-4 : 0.01, type == ElementType::Int16 ? 1e-3 : 0.3));
    b.output(s, type, fixedGrid(type, 1 / 256.0f, 1 / 32768.0f, false));
    b.add(Op::Softmax, "SoftmaxOptions", {{"beta", b.dice().chance(3) ? b.dice().real(0.3, 2) : 1}});
}

void logSoftmax(CaseBuilder &b, ElementType type)
{
    const Shape s = b.dice().shape(b.dice().integer(1, 4), 12);
    b.input(s, type, b.grid(type, 0.02, 0.3));
    b.output(s, type, {16.0f / 256, type == ElementType::UInt8 ? 255 : 127});
    b.add(Op::LogSoftmax, "LogSoftmaxOptions", {});
}

void l2Normalization(CaseBuilder &b, ElementType type)
{
    const Shape s = b.dice().shape(b.dice().integer(1, 4), 12);
    b.input(s, type, b.grid(type));
    b.output(s, type, fixedGrid(type, 1 / 128.0f, 1, true));
    b.add(Op::L2Normalization, "L2NormOptions", {});
}

// Both grids free.
void rescaling(CaseBuilder &b, Op op, ElementType type, const char *options = nullptr, bool alpha = false)
{
    Dice &d = b.dice();
    const Shape s = someShape(b);
    const Grid in = b.grid(type, 0.01, 0.1);
    Grid out = b.grid(type);
    out.scale = static_cast<float>(in.scale * d.real(0.6, 3));
    if (d.chance(4))
        out = in;
    b.input(s, type, in);
    b.output(s, type, out);
    if (alpha)
        b.add(op, options, {{"alpha", d.real(-0.5, 1.5)}});
    else
        b.add(op, options);
}

void prelu(CaseBuilder &b, ElementType type)
{
    const Shape s = b.dice().shape(4, 6);
    const Grid in = b.grid(type, 0.01, 0.1);
    Grid out = b.grid(type);
    out.scale = static_cast<float>(in.scale * b.dice().real(0.6, 3));
    b.input(s, type, in);
    b.randomConstant({1, 1, s[3]}, type, b.grid(type, 0.002, 0.01));
    b.output(s, type, out);
    b.add(Op::Prelu);
}

// Functions that TFLite tabulates for int8 from its own table builder; `low` and `high`: what the input's grid covers.
void tabulated(CaseBuilder &b, Op op, ElementType type, double low, double high, double outLow, double outHigh, const char *options = nullptr)
{
    const Shape s = someShape(b);
    const double steps = type == ElementType::Int16 ? 65535 : 255;
    const IntegerRange r = integerRange(type);
    const auto covering = [&](double from, double to) {
        const auto scale = static_cast<float>((to - from) / steps);
        return Grid{scale, type == ElementType::Int16 ? 0 : r.min - std::lround(from / static_cast<double>(scale))};
    };
    b.input(s, type, covering(low * b.dice().real(0.5, 1), high * b.dice().real(0.5, 1)), {low, high});
    b.output(s, type, covering(outLow, outHigh));
    b.add(op, options);
}

void floating(CaseBuilder &b, Op op, const char *options = nullptr, bool alpha = false)
{
    const Shape s = someShape(b);
    b.input(s, ElementType::Float32);
    b.output(s, ElementType::Float32);
    if (alpha)
        b.add(op, options, {{"alpha", b.dice().real(0, 1)}});
    else
        b.add(op, options);
}

void quantize(CaseBuilder &b, ElementType from, ElementType to)
{
    Dice &d = b.dice();
    const Shape s = someShape(b);
    const auto bits = [](ElementType t) { return t == ElementType::Int16 ? 256.0 : 1.0; };
    Grid in = b.grid(from, 0.01 / bits(from), 0.1 / bits(from)), out = b.grid(to, 0.01 / bits(to), 0.1 / bits(to));
    if (from == ElementType::Int32)
        in = {d.scale(1e-4, 1e-3), 0};
    else if (from != ElementType::Float32)
        out.scale = static_cast<float>(in.scale * bits(from) / bits(to) * d.real(0.5, 2));
    if (from == to && d.chance(4))
        out = in;
    b.input(s, from, in, from == ElementType::Int32 ? Range{-20000, 20000} : Range{-6, 6});
    b.output(s, to, to == ElementType::Int32 ? Grid{d.scale(1e-5, 1e-3), 0} : out);
    b.add(Op::Quantize, "QuantizeOptions", {});
}

void dequantize(CaseBuilder &b, ElementType from)
{
    const Shape s = someShape(b);
    b.input(s, from, b.grid(from));
    b.output(s, ElementType::Float32);
    b.add(Op::Dequantize, "DequantizeOptions", {});
}

void cast(CaseBuilder &b, ElementType from, ElementType to)
{
    const Shape s = someShape(b);
    b.input(s, from, {}, {0, 100});
    b.output(s, to);
    b.add(Op::Cast, "CastOptions", {{"in_data_type", static_cast<double>(from)}, {"out_data_type", static_cast<double>(to)}});
}

} // namespace

void addUnary(std::vector<Generator> &all)
{
    const auto add = [&](const char *op, ElementType type, auto make) {
        all.push_back({std::string(op) + " " + std::string(typeName(type)), [make, type](CaseBuilder &b) { make(b, type); }});
    };
    for (const ElementType t : kQuantized) {
        add("LOGISTIC", t, [](CaseBuilder &b, ElementType type) { sigmoidal(b, Op::Logistic, type); });
        add("TANH", t, [](CaseBuilder &b, ElementType type) { sigmoidal(b, Op::Tanh, type); });
        add("SOFTMAX", t, softmax);
        add("RELU", t, [](CaseBuilder &b, ElementType type) { rescaling(b, Op::Relu, type); });
        add("RELU6", t, [](CaseBuilder &b, ElementType type) { rescaling(b, Op::Relu6, type); });
        add("LEAKY_RELU", t, [](CaseBuilder &b, ElementType type) { rescaling(b, Op::LeakyRelu, type, "LeakyReluOptions", true); });
        add("DEQUANTIZE", t, dequantize);
    }
    for (const ElementType t : {ElementType::UInt8, ElementType::Int8}) {
        add("RELU_N1_TO_1", t, [](CaseBuilder &b, ElementType type) { rescaling(b, Op::ReluN1To1, type); });
        add("HARD_SWISH", t, [](CaseBuilder &b, ElementType type) { rescaling(b, Op::HardSwish, type, "HardSwishOptions"); });
        add("LOG_SOFTMAX", t, logSoftmax);
        add("L2_NORMALIZATION", t, l2Normalization);
        add("PRELU", t, prelu);
        add("GELU", t, [](CaseBuilder &b, ElementType type) { rescaling(b, Op::Gelu, type, "GeluOptions"); });
    }
    for (const ElementType t : {ElementType::Int8, ElementType::Int16}) {
        add("EXP", t, [](CaseBuilder &b, ElementType type) { tabulated(b, Op::Exp, type, -4, 4, 0, 20, "ExpOptions"); });
        add("RSQRT", t, [](CaseBuilder &b, ElementType type) { tabulated(b, Op::Rsqrt, type, 0, 8, 0, 4); });
        add("ABS", t, [](CaseBuilder &b, ElementType type) { rescaling(b, Op::Abs, type, "AbsOptions"); });
        add("LOG", t, [](CaseBuilder &b, ElementType type) { tabulated(b, Op::Log, type, 0, 8, -4, 4); });
    }
    add("ELU", ElementType::Int8, [](CaseBuilder &b, ElementType type) { rescaling(b, Op::Elu, type); });
    constexpr ElementType kFloat = ElementType::Float32;
    const std::tuple<const char *, Op, const char *, bool> functions[]{
        {"LOGISTIC", Op::Logistic, nullptr, false}, {"TANH", Op::Tanh, nullptr, false}, {"RELU", Op::Relu, nullptr, false}, {"RELU6", Op::Relu6, nullptr, false},
        {"RELU_N1_TO_1", Op::ReluN1To1, nullptr, false}, {"LEAKY_RELU", Op::LeakyRelu, "LeakyReluOptions", true}, {"NEG", Op::Neg, "NegOptions", false},
        {"ABS", Op::Abs, "AbsOptions", false}};
    for (const auto &[name, op, options, alpha] : functions)
        add(name, kFloat, [op = op, options = options, alpha = alpha](CaseBuilder &b, ElementType) { floating(b, op, options, alpha); });
    const std::pair<ElementType, ElementType> pairs[]{
        {kFloat, ElementType::UInt8}, {kFloat, ElementType::Int8}, {kFloat, ElementType::Int16}, {ElementType::UInt8, ElementType::UInt8},
        {ElementType::UInt8, ElementType::Int8}, {ElementType::Int8, ElementType::UInt8}, {ElementType::Int8, ElementType::Int8},
        {ElementType::Int8, ElementType::Int16}, {ElementType::Int16, ElementType::Int8}, {ElementType::Int16, ElementType::Int16},
        {ElementType::Int16, ElementType::Int32}, {ElementType::Int32, ElementType::Int8}, {ElementType::Int32, ElementType::Int16}};
    for (const auto &[from, to] : pairs)
        all.push_back({"QUANTIZE " + std::string(typeName(from)) + "-" + std::string(typeName(to)), [from = from, to = to](CaseBuilder &b) { quantize(b, from, to); }});
    const std::pair<ElementType, ElementType> casts[]{{kFloat, ElementType::Int32}, {ElementType::Int32, kFloat}, {ElementType::UInt8, kFloat},
                                                      {ElementType::Bool, ElementType::Int32}, {kFloat, ElementType::UInt8}, {ElementType::Int32, ElementType::Bool}};
    for (const auto &[from, to] : casts)
        all.push_back({"CAST " + std::string(typeName(from)) + "-" + std::string(typeName(to)), [from = from, to = to](CaseBuilder &b) { cast(b, from, to); }});
}

} // namespace opcases
