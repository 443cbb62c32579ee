// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/onnx/importer.h"

#include "core/constraints/opspec.h"

#include <algorithm>
#include <cmath>

namespace requant::onnxformat {

namespace {

bool isOneOf(const std::string &op, std::initializer_list<std::string_view> list)
{
    return std::find(list.begin(), list.end(), op) != list.end();
}

bool sameGrid(const Grid &a, const Grid &b)
{
    return a.type == b.type && a.scale == b.scale && a.zeroPoint == b.zeroPoint;
}

// Operators that take another operator's output on the way to a fused activation.
bool takesActivation(const std::string &op)
{
    return isOneOf(op, {"Conv", "Gemm", "MatMul", "Add", "Sub", "Mul"});
}

} // namespace

TablePtr table(std::string type, std::vector<std::pair<std::string, std::int64_t>> fields)
{
    auto t = std::make_shared<Table>();
    t->type = std::move(type);
    for (auto &[name, v] : fields)
        t->set(name, FieldValue{v});
    return t;
}

Importer::Importer(Graph &graph, Diagnostics &notes) : m_graph(graph), m_notes(notes) {}

std::shared_ptr<Model> Importer::import(const std::string &graphName)
{
    m_model->buffers.emplace_back();
    m_model->subgraphs.emplace_back();
    g().name = graphName.empty() ? "main" : graphName;
    decideSigns();
    for (const Declared &d : m_graph.inputs())
        addInput(d);
    for (const Node &n : m_graph.nodes())
        node(n);
    for (const Declared &d : m_graph.outputs())
        addOutput(d);
    finishGrids();
    setVersions();
    if (!m_floatOperators.empty()) {
        std::string names;
        for (std::size_t i = 0; i < std::min<std::size_t>(5, m_floatOperators.size()); ++i)
            names += (i ? ", " : "") + m_floatOperators[i];
        if (m_floatOperators.size() > 5)
            names += " ...";
        m_notes.push_back(makeNote(kFloatIsland, {std::to_string(m_floatOperators.size()), names}));
    }
    return std::move(m_model);
}

// TFLite's int8 networks have int8 activations; ONNX Runtime's best kernels want uint8 activations beside int8 weights.
void Importer::decideSigns()
{
    bool signedWeights = false, perChannel = false, signedActivations = false, unsignedActivations = false;
    const auto weight = [&](const std::string &name, const std::string &scale) {
        const Constant *c = m_graph.constant(name), *s = m_graph.constant(scale);
        if (!c)
            return;
        signedWeights |= c->type == ElementType::Int8 || c->type == ElementType::Int4 || c->type == ElementType::UInt4;
        perChannel |= s && s->count() > 1;
    };
    for (const Node &n : m_graph.nodes()) {
        if (n.op() == "DequantizeLinear" && m_graph.constant(n.input(0))
            && m_graph.constant(n.input(0))->shape.size() >= 2)
            weight(n.input(0), n.input(1));
        if (isOneOf(n.op(), {"QLinearConv", "QLinearMatMul", "QGemm"}))
            weight(n.input(3), n.input(4));
        if (n.op() == "QuantizeLinear") {
            const Constant *z = m_graph.constant(n.input(2));
            signedActivations |= z && z->type == ElementType::Int8;
            unsignedActivations |= z ? z->type == ElementType::UInt8 : n.integer("output_dtype", 2) == 2;
        }
        if (n.op().rfind("QLinear", 0) == 0 && m_graph.constant(n.input(2)))
            unsignedActivations |= m_graph.constant(n.input(2))->type == ElementType::UInt8;
    }
    m_signed = signedWeights || perChannel || signedActivations;
    if (m_signed && unsignedActivations)
        m_notes.push_back(makeNote(kSigned));
}

bool Importer::feedsPictures(const std::string &name) const
{
    std::set<std::string> seen;
    std::vector<std::string> open{name};
    while (!open.empty()) {
        const std::string at = std::move(open.back());
        open.pop_back();
        if (!seen.insert(at).second)
            continue;
        for (const Node *n : m_graph.consumers(at)) {
            const std::string &op = n->op();
            if (isOneOf(op, {"Conv", "QLinearConv"}) && n->input(0) == at)
                return true;
            if (isOneOf(op, {"MaxPool", "AveragePool", "GlobalAveragePool", "Resize", "QLinearGlobalAveragePool",
                             "QLinearAveragePool"})
                && n->integer("channels_last", 0) == 0)
                return true;
            if (isOneOf(op, {"QuantizeLinear", "DequantizeLinear", "Add", "Sub", "Mul", "Relu", "Clip", "LeakyRelu",
                             "Sigmoid", "Pad", "Concat", "Identity", "QLinearAdd", "QLinearMul"})
                && n->outputCount() > 0)
                open.push_back(n->output());
        }
    }
    return false;
}

void Importer::addInput(const Declared &d)
{
    Shape shape = d.shape;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] != -1)
            continue;
        if (i != 0)
            refuse(kGraphInput, {d.name, "dimension " + std::to_string(i) + " (" + d.openNames[i]
                                             + ") is open; only the first may be"});
        shape[0] = 1;
        m_notes.push_back(makeNote(kDynamicBatch, {d.name, d.openNames[0]}));
    }
    const ElementType type = elementTypeOf(d.type, d.name);
    const std::size_t rank = shape.size();
    Value v;
    v.shape = shape;
    v.perm = rank == 4 && feedsPictures(d.name) ? nhwc() : identityPerm(rank);
    const Shape inFile = shape, here = permuted(shape, v.perm);
    if (!isIdentity(v.perm))
        m_notes.push_back(makeNote(kInputLayout, {d.name, shapeText(inFile), shapeText(here)}));
    if (type == ElementType::Float16 || type == ElementType::Float64 || type == ElementType::BFloat16
        || type == ElementType::UInt16)
        refuse(kGraphInput, {d.name, "its type " + std::string(typeName(type)) + " is not supported"});
    v.tensor = newTensor(d.name, here, type);
    g().inputs.push_back(v.tensor);
    if (type == ElementType::UInt8 || type == ElementType::Int8 || type == ElementType::Int16) {
        v.level = Level::Stored;
        if (storedType(type) != type) {
            const TensorIndex twin = newTensor(d.name + "_int8", here, storedType(type));
            emit(Op::Quantize, {v.tensor}, {twin}, table("QuantizeOptions"));
            m_unsignedTwin[twin.value] = v.tensor;
            v.tensor = twin;
        }
    }
    m_values[d.name] = std::move(v);
}

void Importer::addOutput(const Declared &d)
{
    const auto found = m_values.find(d.name);
    if (found == m_values.end())
        refuse(kGraphOutput, {d.name, "it is a constant, which is not supported"});
    Value v = plain(found->second);
    if (!isIdentity(v.perm) && v.perm != nhwc())
        v = inOnnxOrder(v);
    if (!isIdentity(v.perm))
        m_notes.push_back(makeNote(kOutputLayout, {d.name, shapeText(v.shape), shapeText(permuted(v.shape, v.perm))}));
    if (v.level == Level::Real) {
        if (g().tensor(v.tensor).name == d.name)
            g().tensor(v.tensor).name += "_quantized";
        v = toFloat(v);
        g().tensor(v.tensor).name = d.name;
    } else if (v.level == Level::Stored && d.type == 2 && g().tensor(v.tensor).type == ElementType::Int8) {
        Tensor &t = g().tensor(v.tensor);
        if (t.name == d.name)
            t.name += "_int8";
        QuantParams q = t.quant;
        for (std::int64_t &z : q.zeroPoint)
            z += 128;
        const TensorIndex out = newTensor(d.name, t.shape, ElementType::UInt8, std::move(q));
        emit(Op::Quantize, {v.tensor}, {out}, table("QuantizeOptions"));
        v.tensor = out;
    }
    g().outputs.push_back(v.tensor);
}

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

void Importer::node(const Node &n)
{
    bool known = n.outputCount() > 0;
    for (std::size_t i = 0; i < n.outputCount(); ++i)
        known &= n.output(i).empty() || m_values.count(n.output(i)) > 0;
    if (known)
        return; // fused into its producer
    const bool quantizes = n.isDefaultDomain() || n.isMicrosoft();
    if (quantizes && n.op() == "DequantizeLinear")
        return dequantize(n);
    if (quantizes && n.op() == "QuantizeLinear")
        return quantize(n);
    if (n.isMicrosoft() || n.op().rfind("QLinear", 0) == 0)
        return computeStored(n);
    if (!n.isDefaultDomain())
        n.refuse("operators of the domain " + n.proto().domain() + " are not supported");
    if (!foldConstants(n))
        compute(n);
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

void Importer::compute(const Node &n)
{
    if (n.outputCount() == 0 || n.output().empty())
        n.refuse("it has no output");
    if (shapeOperator(n))
        return;
    const std::string &op = n.op();
    if (op == "MaxPool") {
        Input in;
        in.value = value(n, n.input(0));
        return pool(n, in, nullptr, false);
    }
    if (op == "Resize") {
        Input in;
        in.value = value(n, n.input(0));
        return resize(n, in);
    }
    const bool known =
        isOneOf(op, {"Conv", "Gemm", "MatMul", "Add", "Sub", "Mul", "Relu", "Clip", "LeakyRelu", "Sigmoid", "Tanh",
                     "HardSwish", "Softmax", "Concat", "AveragePool", "GlobalAveragePool", "ReduceMean"});
    if (!known)
        n.refuse("this operator is not supported");
    std::size_t dataInputs = isOneOf(op, {"Conv", "Gemm", "MatMul", "Add", "Sub", "Mul"}) ? 2
                             : op == "Concat"                                             ? n.inputCount()
                                                                                          : 1;
    std::optional<Target> target = quantizedTarget(n);
    bool quantized = target.has_value();
    for (std::size_t i = 0; i < dataInputs && quantized; ++i)
        quantized = isQuantized(n, i);
    if (!quantized) {
        target = Target{};
        target->name = n.output();
        m_floatOperators.push_back(n.label() + " (" + op + ")");
    }
    std::vector<Input> in;
    const std::size_t read = op == "Conv" || op == "Gemm" ? 3 : dataInputs;
    for (std::size_t i = 0; i < read; ++i)
        in.push_back(input(n, i, quantized));
    for (std::size_t i = 0; i < dataInputs; ++i) {
        if (!in[i].exists())
            n.refuse("input " + std::to_string(i) + " is missing");
    }
    if (op == "Conv")
        return conv(n, in[0], in[1], in[2], *target);
    if (op == "Gemm")
        return gemm(n, in, *target);
    if (op == "MatMul") {
        if (in[1].constant)
            return fullyConnected(n, in[0], in[1], false, Input{}, *target);
        return batchMatmul(n, in[0], in[1], *target);
    }
    if (op == "Add" || op == "Sub" || op == "Mul")
        return binary(n, op == "Add" ? Op::Add : op == "Sub" ? Op::Sub : Op::Mul, in[0], in[1], *target);
    if (op == "Concat")
        return concat(n, std::move(in), *target);
    if (!in[0].value)
        n.refuse("its input is constant");
    if (op == "Relu")
        return unary(n, Op::Relu, in[0], *target);
    if (op == "HardSwish")
        return unary(n, Op::HardSwish, in[0], *target, table("HardSwishOptions"));
    if (op == "LeakyRelu") {
        auto options = std::make_shared<Table>();
        options->type = "LeakyReluOptions";
        options->set("alpha", FieldValue{static_cast<double>(n.real("alpha", 0.01f))});
        return unary(n, Op::LeakyRelu, in[0], *target, options);
    }
    if (op == "Sigmoid" || op == "Tanh")
        return fixedOutput(n, op == "Sigmoid" ? Op::Logistic : Op::Tanh, in[0], *target, nullptr);
    if (op == "Clip")
        return clip(n, in[0], *target);
    if (op == "Softmax")
        return softmax(n, in[0], *target);
    if (op == "AveragePool")
        return pool(n, in[0], &*target, true);
    if (op == "GlobalAveragePool") {
        std::vector<std::int64_t> axes;
        for (std::size_t d = 2; d < in[0].value->shape.size(); ++d)
            axes.push_back(static_cast<std::int64_t>(d));
        return mean(n, in[0], axes, true, *target);
    }
    std::vector<std::int64_t> axes = n.integers("axes");
    if (!n.input(1).empty())
        axes = constantInts(n, 1, "axes");
    if (axes.empty()) {
        if (n.integer("noop_with_empty_axes", 0) != 0)
            n.refuse("noop_with_empty_axes is not supported");
        for (std::size_t d = 0; d < in[0].value->shape.size(); ++d)
            axes.push_back(static_cast<std::int64_t>(d));
    }
    mean(n, in[0], axes, n.integer("keepdims", 1) != 0, *target);
}

// Operators on stored integers, with scales and zero points as inputs (opset 10; com.microsoft of ONNX Runtime).
void Importer::computeStored(const Node &n)
{
    const std::string &op = n.op();
    if (n.outputCount() == 0 || n.output().empty())
        n.refuse("it has no output");
    const auto to = [&](std::size_t scale) {
        Target t;
        t.name = n.output();
        t.isStored = true;
        t.grid = gridOf(n, scale, scale + 1, ElementType::UInt8);
        if (t.grid->isPerChannel())
            n.refuse("activations with one scale per channel are not supported");
        return t;
    };
    if (op == "QLinearConv" && n.isDefaultDomain()) {
        Input b;
        b.name = n.input(8);
        b.constant = m_graph.constant(n.input(8));
        if (!b.name.empty() && !b.constant)
            n.refuse("the bias is not constant");
        return conv(n, stored(n, 0, 1, 2), stored(n, 3, 4, 5), b, to(6));
    }
    if (op == "QLinearMatMul") {
        const Input a = stored(n, 0, 1, 2), b = stored(n, 3, 4, 5);
        return b.constant ? fullyConnected(n, a, b, false, Input{}, to(6)) : batchMatmul(n, a, b, to(6));
    }
    if (op == "QGemm") {
        if (n.input(7).empty())
            n.refuse("a float output is not supported");
        Input b;
        b.name = n.input(6);
        b.constant = m_graph.constant(n.input(6));
        return gemm(n, {stored(n, 0, 1, 2), stored(n, 3, 4, 5), b}, to(7));
    }
    if (op == "QLinearAdd" || op == "QLinearMul")
        return binary(n, op == "QLinearAdd" ? Op::Add : Op::Mul, stored(n, 0, 1, 2), stored(n, 3, 4, 5), to(6));
    if (op == "QLinearConcat") {
        std::vector<Input> in;
        for (std::size_t i = 2; i + 2 < n.inputCount(); i += 3)
            in.push_back(stored(n, i, i + 1, i + 2));
        return concat(n, std::move(in), to(0));
    }
    const bool unaryKind = isOneOf(
        op, {"QLinearGlobalAveragePool", "QLinearAveragePool", "QLinearSigmoid", "QLinearLeakyRelu", "QLinearSoftmax"});
    if (!unaryKind)
        n.refuse("this operator is not supported");
    const Input x = stored(n, 0, 1, 2);
    if (!x.value)
        n.refuse("its input is constant");
    if (op == "QLinearSigmoid")
        return fixedOutput(n, Op::Logistic, x, to(3), nullptr);
    if (op == "QLinearSoftmax")
        return softmax(n, x, to(3));
    if (op == "QLinearLeakyRelu") {
        auto options = std::make_shared<Table>();
        options->type = "LeakyReluOptions";
        options->set("alpha", FieldValue{static_cast<double>(n.real("alpha", 0.01f))});
        return unary(n, Op::LeakyRelu, x, to(3), options);
    }
    const bool last = n.integer("channels_last", 0) != 0;
    if (op == "QLinearAveragePool") {
        if (last)
            n.refuse("channels_last is not supported");
        const Target t = to(3);
        return pool(n, x, &t, true);
    }
    if (x.value->shape.size() < 3)
        n.refuse("its input has the shape " + shapeText(x.value->shape));
    std::vector<std::int64_t> axes;
    for (std::size_t d = last ? 1 : 2; d + (last ? 1 : 0) < x.value->shape.size(); ++d)
        axes.push_back(static_cast<std::int64_t>(d));
    mean(n, x, axes, true, to(3));
}

// Copies made before the grid of their tensor was known.
void Importer::finishGrids()
{
    for (bool changed = true; changed;) {
        changed = false;
        for (const auto &[a, b] : m_sameGrid) {
            Tensor &x = g().tensor(a), &y = g().tensor(b);
            if (x.quant.isQuantized() == y.quant.isQuantized())
                continue;
            (x.quant.isQuantized() ? y : x).quant = (x.quant.isQuantized() ? x : y).quant;
            changed = true;
        }
    }
    for (const auto &[twin, original] : m_unsignedTwin) {
        const Tensor &t = g().tensor(TensorIndex(twin));
        if (!t.quant.isQuantized())
            refuse(kGraphInput, {g().tensor(original).name, "it is uint8 and no node says its scale"});
        QuantParams q = t.quant;
        for (std::int64_t &z : q.zeroPoint)
            z += 128;
        g().tensor(original).quant = std::move(q);
    }
}

void Importer::setVersions()
{
    for (Operator &op : g().operators) {
        const OpSpec *spec = findOpSpec(op.code);
        ElementType type = ElementType::Float32;
        for (const auto *list : {&op.inputs, &op.outputs}) { // an output that has a type of the table decides
            for (const TensorIndex t : *list) {
                if (t && typeBit(g().tensor(t).type) && (list == &op.outputs || typeBit(type) == 0))
                    type = g().tensor(t).type;
            }
        }
        if (spec)
            op.version = std::max(1, spec->minVersion(type));
        const bool four = op.inputs.size() > 1 && op.inputs[1] && g().tensor(op.inputs[1]).type == ElementType::Int4;
        if (four) // op_version.cc of LiteRT, as in core/passes/versions.cpp
            op.version =
                std::max(op.version, op.code == Op::FullyConnected ? (type == ElementType::Int16 ? 13 : 10) : 7);
    }
}

} // namespace requant::onnxformat
