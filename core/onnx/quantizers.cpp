// SPDX-License-Identifier: GPL-3.0-or-later
// QuantizeLinear and DequantizeLinear: grids, and where an operator gives integers.
#include "core/onnx/importer.h"

#include <algorithm>
#include <cmath>

namespace requant::onnxformat {

namespace {

bool sameGrid(const Grid &a, const Grid &b)
{
    return a.type == b.type && a.scale == b.scale && a.zeroPoint == b.zeroPoint;
}

// Operators that take another operator's output on the way to a fused activation.
bool takesActivation(const std::string &op)
{
    return op == "Conv" || op == "Gemm" || op == "MatMul" || op == "Add" || op == "Sub" || op == "Mul";
}

} // namespace

Grid Importer::gridOf(const Node &n, std::size_t scaleInput, std::size_t zeroPointInput, ElementType without)
{
    const Constant *s = m_graph.constant(n.input(scaleInput)), *z = m_graph.constant(n.input(zeroPointInput));
    if (!s)
        n.refuse("the scale " + n.input(scaleInput) + " is not constant");
    if (!z && !n.input(zeroPointInput).empty())
        n.refuse("the zero point " + n.input(zeroPointInput) + " is not constant");
    Grid grid;
    if (s->type != ElementType::Float32 && s->type != ElementType::Float16 && s->type != ElementType::BFloat16)
        n.refuse("the scale " + n.input(scaleInput) + " is " + std::string(typeName(s->type)));
    if (s->shape.size() > 1)
        n.refuse("the scale " + n.input(scaleInput) + " has the shape " + shapeText(s->shape)
                 + "; scales of blocks are not supported");
    grid.scale = s->floats();
    if (grid.scale.empty())
        n.refuse("the scale " + n.input(scaleInput) + " is empty");
    for (const float v : grid.scale) {
        if (!(v > 0) || !std::isfinite(v))
            n.refuse("the scale " + n.input(scaleInput) + " is not a positive number");
    }
    grid.type = z ? z->type : without;
    grid.zeroPoint.assign(grid.scale.size(), 0);
    if (z) {
        if (!isIntegerStorage(z->type))
            n.refuse("the zero point " + n.input(zeroPointInput) + " is " + std::string(typeName(z->type)));
        const auto points = z->integers();
        if (points.size() != grid.scale.size() && points.size() != 1)
            n.refuse("there are " + std::to_string(points.size()) + " zero points for "
                     + std::to_string(grid.scale.size()) + " scales");
        for (std::size_t i = 0; i < grid.zeroPoint.size(); ++i)
            grid.zeroPoint[i] = points.size() == 1 ? points[0] : points[i];
    }
    grid.axis = n.integer("axis", 1);
    return grid;
}

void Importer::dequantize(const Node &n)
{
    if (n.integer("block_size", 0) != 0)
        n.refuse("scales of blocks (block_size) are not supported");
    if (const Constant *c = m_graph.constant(n.input(0))) {
        if (!isIntegerStorage(c->type))
            n.refuse("its input " + n.input(0) + " is " + std::string(typeName(c->type)));
        Grid grid = gridOf(n, 1, 2, c->type);
        if (grid.type != c->type)
            n.refuse("input and zero point are of different types");
        if (grid.isPerChannel()) {
            const auto rank = static_cast<std::int64_t>(c->shape.size());
            const std::int64_t axis = grid.axis < 0 ? grid.axis + rank : grid.axis;
            if (axis < 0 || axis >= rank
                || c->shape[static_cast<std::size_t>(axis)] != static_cast<std::int64_t>(grid.scale.size()))
                n.refuse("there are " + std::to_string(grid.scale.size()) + " scales along axis "
                         + std::to_string(grid.axis) + " of " + shapeText(c->shape));
            grid.axis = axis;
        } else {
            grid.axis = 0;
        }
        m_quantizedConstants[n.output()] = {c, grid};
        m_dequantizedNames[n.output()] = n.input(0);
        return;
    }
    Value v = value(n, n.input(0));
    // Without a zero point the integers' type is that of the input, and zero means 0 in it.
    const Tensor &t = g().tensor(v.tensor);
    const bool wasUnsigned =
        t.type == ElementType::Int8 && (m_unsignedTwin.count(v.tensor.value) || t.quant.zeroPointAt(0) == -128);
    const ElementType without = wasUnsigned ? ElementType::UInt8 : t.type;
    if (v.level != Level::Stored)
        n.refuse("its input " + n.input(0) + " is not quantized");
    assignGrid(n, v, gridOf(n, 1, 2, without));
    v.level = Level::Real;
    m_values[n.output()] = std::move(v);
}

void Importer::quantize(const Node &n)
{
    if (n.integer("block_size", 0) != 0)
        n.refuse("scales of blocks (block_size) are not supported");
    const auto without = static_cast<int>(n.integer("output_dtype", 0));
    const Grid grid = gridOf(n, 1, 2, without ? elementTypeOf(without, n.output()) : ElementType::UInt8);
    const auto dequantized = m_quantizedConstants.find(n.input(0));
    if (m_graph.constant(n.input(0)) || dequantized != m_quantizedConstants.end()) {
        const Input in = input(n, 0, false); // floats
        const Constant &c = *in.constant;
        const std::vector<float> reals = c.floats();
        const auto rank = static_cast<std::int64_t>(c.shape.size());
        const std::int64_t axis = grid.axis < 0 ? grid.axis + rank : grid.axis;
        std::size_t inner = 1;
        if (grid.isPerChannel()) {
            if (axis < 0 || axis >= rank
                || c.shape[static_cast<std::size_t>(axis)] != static_cast<std::int64_t>(grid.scale.size()))
                n.refuse("the scales do not fit the shape " + shapeText(c.shape));
            for (std::int64_t d = axis + 1; d < rank; ++d)
                inner *= static_cast<std::size_t>(c.shape[static_cast<std::size_t>(d)]);
        }
        const IntegerRange r = integerRange(grid.type);
        std::vector<std::int64_t> q(reals.size());
        for (std::size_t i = 0; i < q.size(); ++i) {
            const std::size_t channel = grid.isPerChannel() ? i / inner % grid.scale.size() : 0;
            const float scaled = std::nearbyint(reals[i] / grid.scale[channel]); // half to even
            const double v =
                std::isnan(scaled) ? 0.0 : static_cast<double>(scaled) + static_cast<double>(grid.zeroPoint[channel]);
            q[i] = static_cast<std::int64_t>(std::clamp(v, static_cast<double>(r.min), static_cast<double>(r.max)));
        }
        m_graph.setConstant(n.output(), Constant::ofIntegers(c.shape, grid.type, q));
        return;
    }
    if (grid.isPerChannel())
        n.refuse("activations with one scale per channel are not supported");
    Value v = value(n, n.input(0));
    if (v.level == Level::Stored)
        n.refuse("its input " + n.input(0) + " is quantized already");
    if (v.level == Level::Real) {
        if (!hasGrid(v.tensor, grid))
            v = requantized(v, grid, n.output());
    } else {
        const Tensor from = g().tensor(v.tensor);
        if (from.type != ElementType::Float32)
            n.refuse("its input " + n.input(0) + " is " + std::string(typeName(from.type)));
        const TensorIndex out = newTensor(n.output(), from.shape, storedType(grid.type), paramsOf(grid));
        emit(Op::Quantize, {v.tensor}, {out}, table("QuantizeOptions"));
        v.tensor = out;
    }
    v.level = Level::Stored;
    m_values[n.output()] = std::move(v);
}

// Where the node's output is only quantized, directly or behind an activation that can be fused.
std::optional<Target> Importer::quantizedTarget(const Node &n)
{
    Target t;
    t.name = n.output();
    if (m_graph.isGraphOutput(t.name))
        return std::nullopt;
    if (const auto &next = m_graph.consumers(t.name);
        takesActivation(n.op()) && next.size() == 1 && !m_graph.isGraphOutput(next[0]->output())) {
        if (const auto code = activationCode(*next[0]); code && next[0]->input(0) == t.name) {
            t.activation = *code;
            t.name = next[0]->output();
        }
    }
    for (const Node *q : m_graph.consumers(t.name)) {
        if (q->op() != "QuantizeLinear" || q->input(0) != t.name || q->integer("block_size", 0) != 0)
            return std::nullopt;
        const auto without = static_cast<int>(q->integer("output_dtype", 0));
        Grid grid = gridOf(*q, 1, 2, without ? elementTypeOf(without, q->output()) : ElementType::UInt8);
        if (grid.isPerChannel() || (t.grid && !sameGrid(*t.grid, grid)))
            return std::nullopt;
        t.grid = std::move(grid);
    }
    if (!t.grid)
        return std::nullopt;
    return t;
}

} // namespace requant::onnxformat
