// SPDX-License-Identifier: GPL-3.0-or-later
// Values, constants and tensors of the importer.
#include "core/onnx/importer.h"

#include <algorithm>
#include <cmath>

namespace requant::onnxformat {

namespace {

std::int64_t signShift(ElementType from, ElementType to)
{
    return from == to ? 0 : std::int64_t{1} << (bitWidth(from) - 1);
}

} // namespace

ElementType Importer::storedType(ElementType type) const
{
    switch (type) {
    case ElementType::UInt8: return m_signed ? ElementType::Int8 : type;
    case ElementType::UInt16: return ElementType::Int16; // TFLite has no activations of 16 unsigned bits
    case ElementType::UInt4: return ElementType::Int4;
    default: return type;
    }
}

QuantParams Importer::paramsOf(const Grid &grid, int dimension) const
{
    QuantParams q;
    q.scale = grid.scale;
    q.quantizedDimension = grid.isPerChannel() ? dimension : 0;
    for (const std::int64_t z : grid.zeroPoint)
        q.zeroPoint.push_back(z - signShift(grid.type, storedType(grid.type)));
    return q;
}

bool Importer::hasGrid(TensorIndex i, const Grid &grid) const
{
    const Tensor &t = g().tensor(i);
    return t.type == storedType(grid.type) && t.quant.sameGrid(paramsOf(grid));
}

const Value &Importer::value(const Node &n, const std::string &name) const
{
    const auto found = m_values.find(name);
    if (found == m_values.end())
        n.refuse(name.empty() ? "an input is missing"
                              : "its input " + name + " is constant, which is not supported here");
    return found->second;
}

bool Importer::isQuantized(const Node &n, std::size_t i)
{
    const std::string &name = n.input(i);
    if (m_quantizedConstants.count(name))
        return true;
    const auto found = m_values.find(name);
    return found != m_values.end() && found->second.level == Level::Real
           && g().tensor(found->second.tensor).quant.isQuantized();
}

// In a quantized operator quantized things stay so; otherwise all is float.
Input Importer::input(const Node &n, std::size_t i, bool quantized)
{
    Input in;
    in.name = n.input(i);
    if (in.name.empty())
        return in;
    if (const auto q = m_quantizedConstants.find(in.name); q != m_quantizedConstants.end()) {
        const auto &[c, grid] = q->second;
        if (quantized) {
            in.constant = c;
            in.grid = grid;
            return in;
        }
        if (!m_graph.constant(in.name)) {
            const auto integers = c->integers();
            std::vector<float> reals(integers.size());
            std::size_t inner = 1;
            for (std::size_t d = static_cast<std::size_t>(grid.axis) + 1; d < c->shape.size(); ++d)
                inner *= static_cast<std::size_t>(c->shape[d]);
            for (std::size_t k = 0; k < reals.size(); ++k) {
                const std::size_t channel = grid.isPerChannel() ? k / inner % grid.scale.size() : 0;
                reals[k] = static_cast<float>(integers[k] - grid.zeroPoint[channel]) * grid.scale[channel];
            }
            m_graph.setConstant(in.name, Constant::ofFloats(c->shape, reals));
        }
        in.constant = m_graph.constant(in.name);
        return in;
    }
    if (const Constant *c = m_graph.constant(in.name)) {
        in.constant = c;
        return in;
    }
    in.value = value(n, in.name);
    if (quantized && in.value->level == Level::Real)
        return in;
    if (in.value->level == Level::Real)
        in.value = toFloat(*in.value);
    if (in.value->level == Level::Stored || g().tensor(in.value->tensor).type != ElementType::Float32)
        n.refuse("its input " + in.name + " is " + std::string(typeName(g().tensor(in.value->tensor).type))
                 + " and not float");
    return in;
}

Input Importer::stored(const Node &n, std::size_t i, std::size_t scale, std::size_t zeroPoint)
{
    Input in;
    in.name = n.input(i);
    const Constant *c = m_graph.constant(in.name);
    Grid grid = gridOf(n, scale, zeroPoint, c ? c->type : ElementType::UInt8);
    if (c) {
        if (c->type != grid.type)
            n.refuse("input " + in.name + " and its zero point are of different types");
        // Weights of a convolution have their channels in front, those of a matrix product behind.
        grid.axis = grid.isPerChannel() ? (n.op() == "QLinearConv" || (n.op() == "QGemm" && n.integer("transB", 0) != 0)
                                               ? 0
                                               : static_cast<std::int64_t>(c->shape.size()) - 1)
                                        : 0;
        if (grid.isPerChannel()
            && (c->shape.empty()
                || c->shape[static_cast<std::size_t>(grid.axis)] != static_cast<std::int64_t>(grid.scale.size())))
            n.refuse("there are " + std::to_string(grid.scale.size()) + " scales for the shape " + shapeText(c->shape));
        in.constant = c;
        in.grid = std::move(grid);
        return in;
    }
    in.value = value(n, in.name);
    if (in.value->level != Level::Stored)
        n.refuse("its input " + in.name + " is not quantized");
    assignGrid(n, *in.value, grid);
    return in;
}

void Importer::assignGrid(const Node &n, const Value &v, const Grid &grid)
{
    Tensor &t = g().tensor(v.tensor);
    if (grid.isPerChannel())
        n.refuse("activations with one scale per channel are not supported");
    if (storedType(grid.type) != t.type)
        n.refuse("its input is " + std::string(typeName(t.type)) + ", its zero point "
                 + std::string(typeName(grid.type)));
    const QuantParams q = paramsOf(grid);
    if (!t.quant.isQuantized())
        t.quant = q;
    else if (!t.quant.sameGrid(q))
        n.refuse("it reads the integers of " + t.name + " by another scale or zero point than they were written with");
}

TensorIndex Importer::newTensor(std::string name, Shape stored, ElementType type, QuantParams quant)
{
    std::vector<std::int64_t> dims(stored.begin(), stored.end());
    checkedShape(dims, m_graph.limits(), name);
    Tensor t;
    t.name = std::move(name);
    t.shape = std::move(stored);
    t.type = type;
    t.quant = std::move(quant);
    g().tensors.push_back(std::move(t));
    return TensorIndex(g().tensors.size() - 1);
}

TensorIndex Importer::sameKind(TensorIndex from, const std::string &name, Shape stored)
{
    const ElementType type = g().tensor(from).type;
    const TensorIndex made = newTensor(name, std::move(stored), type, g().tensor(from).quant);
    m_sameGrid.emplace_back(from, made);
    return made;
}

TensorIndex Importer::resultTensor(const Target &t, const Shape &stored)
{
    return t.grid ? newTensor(t.name, stored, storedType(t.grid->type), paramsOf(*t.grid))
                  : newTensor(t.name, stored, ElementType::Float32);
}

Operator &Importer::emit(Op code, std::vector<TensorIndex> inputs, std::vector<TensorIndex> outputs, TablePtr options)
{
    Operator op;
    op.code = code;
    op.inputs = std::move(inputs);
    op.outputs = std::move(outputs);
    op.options = std::move(options);
    g().operators.push_back(std::move(op));
    m_operatorNodes.push_back(m_node);
    return g().operators.back();
}

void Importer::result(const Node &n, std::size_t output, const Target &t, Value v)
{
    v.level = !t.grid ? Level::Plain : t.isStored ? Level::Stored : Level::Real;
    m_values[n.output(output)] = v;
    m_values[t.name] = v;
    if (v.level != Level::Real)
        return;
    v.level = Level::Stored;
    for (const Node *q : m_graph.consumers(t.name))
        m_values[q->output()] = v;
}

void Importer::copyResult(const Node &n, const Value &from, Value to)
{
    to.level = from.level;
    m_values[n.output()] = std::move(to);
}

Value Importer::requantized(const Value &v, const Grid &grid, const std::string &name)
{
    Value to = v;
    to.tensor = newTensor(name, Shape(g().tensor(v.tensor).shape), storedType(grid.type), paramsOf(grid));
    emit(Op::Quantize, {v.tensor}, {to.tensor}, table("QuantizeOptions"));
    return to;
}

Value Importer::plain(const Value &v)
{
    if (!v.isFlattened())
        return v;
    Value picture = v;
    picture.shape = v.pictureShape;
    picture.perm = v.picturePerm;
    picture.pictureShape.clear();
    picture.picturePerm.clear();
    const std::string name = g().tensor(v.tensor).name;
    picture.tensor = sameKind(v.tensor, name + "_picture", permuted(v.pictureShape, v.picturePerm));
    const Shape shape = g().tensor(picture.tensor).shape;
    emit(Op::Reshape, {v.tensor, intsTensor(name + "_picture_shape", {shape.begin(), shape.end()})}, {picture.tensor},
         nullptr);
    const Value inOrder = inOnnxOrder(picture);
    Value flat = v;
    flat.pictureShape.clear();
    flat.picturePerm.clear();
    flat.perm = identityPerm(v.shape.size());
    flat.tensor = sameKind(v.tensor, name + "_onnx_order", v.shape);
    emit(Op::Reshape, {inOrder.tensor, intsTensor(name + "_onnx_shape", {v.shape.begin(), v.shape.end()})},
         {flat.tensor}, nullptr);
    return flat;
}

Value Importer::inOnnxOrder(const Value &v)
{
    return ordered(v, identityPerm(v.shape.size()));
}

Value Importer::ordered(const Value &from, const Perm &perm)
{
    Value v = plain(from);
    if (v.perm == perm)
        return v;
    const auto key = std::make_pair(v.tensor.value, perm);
    const std::string name = g().tensor(v.tensor).name;
    TensorIndex &made = m_ordered[key];
    if (!made) {
        const Shape shape = permuted(v.shape, perm);
        made = sameKind(v.tensor, name + (perm == nhwc() ? "_nhwc" : "_ordered"), shape);
        if (movesNothing(v.shape, v.perm, perm)) {
            emit(Op::Reshape, {v.tensor, intsTensor(name + "_shape", {shape.begin(), shape.end()})}, {made}, nullptr);
        } else {
            std::vector<std::int64_t> moves;
            for (const int d : perm)
                moves.push_back(std::find(v.perm.begin(), v.perm.end(), d) - v.perm.begin());
            emit(Op::Transpose, {v.tensor, intsTensor(name + "_perm", moves)}, {made}, table("TransposeOptions"));
        }
    }
    v.tensor = made;
    v.perm = perm;
    return v;
}

Value Importer::toFloat(const Value &v)
{
    if (v.level == Level::Plain)
        return v;
    Value to = v;
    to.level = Level::Plain;
    TensorIndex &made = m_floats[v.tensor.value];
    if (!made) {
        const Shape shape = g().tensor(v.tensor).shape;
        made = newTensor(g().tensor(v.tensor).name + "_float", shape, ElementType::Float32);
        emit(Op::Dequantize, {v.tensor}, {made}, table("DequantizeOptions"));
    }
    to.tensor = made;
    return to;
}

TensorIndex Importer::intsTensor(const std::string &name, const std::vector<std::int64_t> &values, Shape shape)
{
    const TensorIndex t = newTensor(
        name, shape.empty() ? Shape{static_cast<std::int32_t>(values.size())} : std::move(shape), ElementType::Int32);
    std::vector<std::int32_t> narrow(values.begin(), values.end());
    Buffer b = Buffer::fromValues(std::span<const std::int32_t>(narrow));
    b.present = true;
    g().tensor(t).buffer = m_model->addBuffer(std::move(b));
    return t;
}

TensorIndex Importer::constantTensor(const std::string &name, const Constant &c, const Perm &perm,
                                     const std::optional<Grid> &grid)
{
    const Shape stored = permuted(c.shape, perm);
    const auto note = [&](TensorIndex t) {
        auto moves = c.moves;
        moves.emplace_back(c.shape, perm);
        m_constantUses.push_back({name, t, std::move(moves), c.channelAxis, m_node});
        return t;
    };
    if (!grid) {
        const bool isFloat = !isIntegerStorage(c.type) && c.type != ElementType::Bool;
        const Constant &reals = isFloat && c.type != ElementType::Float32 ? Constant::ofFloats(c.shape, c.floats()) : c;
        const TensorIndex t = newTensor(name, stored, isFloat ? ElementType::Float32 : c.type);
        Buffer b = Buffer::fromBytes(permutedBytes(reals.bytes, elementBytes(reals.type), c.shape, perm));
        b.present = true;
        g().tensor(t).buffer = m_model->addBuffer(std::move(b));
        return note(t);
    }
    const ElementType type = storedType(c.type);
    std::vector<std::byte> bytes = permutedBytes(c.bytes, elementBytes(c.type), c.shape, perm);
    if (type != c.type) {
        if (bitWidth(type) == 16) {
            for (std::size_t i = 1; i < bytes.size(); i += 2)
                bytes[i] ^= std::byte{0x80};
        } else if (bitWidth(type) == 4) {
            for (std::byte &b : bytes)
                b = static_cast<std::byte>(std::to_integer<int>(b) - 8);
        } else {
            for (std::byte &b : bytes)
                b ^= std::byte{0x80};
        }
    }
    if (bitWidth(type) == 4) {
        std::vector<std::byte> packed((bytes.size() + 1) / 2);
        for (std::size_t i = 0; i < bytes.size(); ++i)
            packed[i / 2] |= (bytes[i] & std::byte{15}) << (i % 2 ? 4 : 0);
        bytes = std::move(packed);
    }
    const auto at = std::find(perm.begin(), perm.end(), static_cast<int>(grid->axis)) - perm.begin();
    Grid file = *grid;
    file.type = c.type;
    const TensorIndex t = newTensor(name, stored, type, paramsOf(file, static_cast<int>(at)));
    Buffer b = Buffer::fromBytes(std::move(bytes));
    b.present = true;
    g().tensor(t).buffer = m_model->addBuffer(std::move(b));
    return note(t);
}

TensorIndex Importer::data(const Input &in, const Perm &perm, std::size_t rank)
{
    if (in.value) {
        Value v = plain(*in.value);
        if (v.shape.size() < rank) {
            v = inOnnxOrder(v);
            v.shape.insert(v.shape.begin(), rank - v.shape.size(), 1);
            v.perm = identityPerm(rank);
            const std::string name = g().tensor(v.tensor).name;
            const TensorIndex made = sameKind(v.tensor, name + "_expanded", v.shape);
            emit(Op::Reshape, {v.tensor, intsTensor(name + "_expanded_shape", {v.shape.begin(), v.shape.end()})},
                 {made}, nullptr);
            v.tensor = made;
        }
        return ordered(v, perm).tensor;
    }
    Constant c = *in.constant;
    std::optional<Grid> grid = in.grid;
    if (c.shape.size() < rank) {
        if (grid)
            grid->axis += static_cast<std::int64_t>(rank - c.shape.size());
        c.shape.insert(c.shape.begin(), rank - c.shape.size(), 1);
    }
    return constantTensor(in.name, c, perm, grid);
}

std::vector<std::int64_t> Importer::constantInts(const Node &n, std::size_t i, const std::string &what)
{
    const Constant *c = m_graph.constant(n.input(i));
    if (!c)
        n.refuse("its " + what + " (" + n.input(i) + ") is not constant");
    if (!isIntegerStorage(c->type))
        n.refuse("its " + what + " (" + n.input(i) + ") is " + std::string(typeName(c->type)));
    return c->integers();
}

const Shape &Importer::shapeOf(const Node &, const Input &in) const
{
    return in.value ? in.value->shape : in.constant->shape;
}

} // namespace requant::onnxformat
