// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/lstm.h"

namespace requant {
namespace {

constexpr const char *kGateNames[] = {"input", "forget", "cell", "output"};

// Empty, or why input `k` is not a constant of this shape and type.
std::string wrongConstant(const KernelSetup &s, std::size_t k, ElementType type, std::initializer_list<std::size_t> shape)
{
    if (!s.hasInput(k))
        return "is missing";
    const Tensor &t = s.input(k);
    Shape wanted;
    for (const std::size_t d : shape)
        wanted.push_back(static_cast<std::int32_t>(d));
    if (t.shape != wanted)
        return "has a shape that does not fit";
    // uint8: int8's bits, as TFLite reads them
    if (t.type != type && !(type == ElementType::Int8 && t.type == ElementType::UInt8 && s.input(0).type == ElementType::Float32))
        return "is of type " + std::string(typeName(t.type));
    if (!s.isConstant(k))
        return "is not constant";
    if (type != ElementType::Float32 && type != ElementType::Int32 && t.quant.scale.size() != 1)
        return "has not one scale";
    return {};
}

bool anyOf(const KernelSetup &s, std::initializer_list<std::size_t> inputs)
{
    for (const std::size_t k : inputs)
        if (s.hasInput(k))
            return true;
    return false;
}

} // namespace

Result<LstmLayout> lstmLayout(const KernelSetup &s, const LstmTypes &types)
{
    const Tensor &in = s.input(0), &out = s.output();
    if (in.shape.size() != 3 || out.shape.size() != 3)
        return s.unsupported("its input is not three-dimensional");
    if (!s.hasInput(kLstmInputWeights + kOutputGate) || !s.hasInput(kLstmRecurrentWeights + kOutputGate))
        return s.unsupported("the output gate has no weights");
    const Shape &weights = s.input(kLstmInputWeights + kOutputGate).shape, &recurrent = s.input(kLstmRecurrentWeights + kOutputGate).shape;
    if (weights.size() != 2 || recurrent.size() != 2 || weights[0] < 1 || recurrent[1] < 1)
        return s.unsupported("weights are not matrices");
    const auto size = [](std::int64_t v) { return static_cast<std::size_t>(std::max<std::int64_t>(v, 0)); };
    const bool timeMajor = s.option("time_major") != 0;
    LstmLayout n;
    n.steps = size(in.shape[timeMajor ? 0 : 1]);
    const std::size_t batches = size(in.shape[timeMajor ? 1 : 0]);
    n.sequences = timeMajor ? 1 : batches;
    n.batches = timeMajor ? batches : 1;
    n.inputs = size(in.shape[2]);
    n.cells = size(weights[0]);
    n.outputs = size(recurrent[1]);
    n.hasInputGate = s.hasInput(kLstmInputWeights);
    n.hasPeepholes = anyOf(s, {kLstmPeepholes, kLstmPeepholes + 1, kLstmPeepholes + 2});
    n.hasNorm = s.inputCount() == 24 && s.hasInput(kLstmNorms + kForgetGate);
    n.hasProjection = s.hasInput(kLstmProjection);
    n.hasProjectionBias = s.hasInput(kLstmProjectionBias);
    if (out.shape != Shape{in.shape[0], in.shape[1], recurrent[1]})
        return s.unsupported("its output has not a row of outputs per step");
    if (n.hasProjectionBias && !n.hasProjection)
        return s.unsupported("a bias of a projection that is not there");
    if (!n.hasProjection && n.outputs != n.cells)
        return s.unsupported("there is no projection from cells to outputs");
    if (!n.hasInputGate && (anyOf(s, {kLstmRecurrentWeights, kLstmPeepholes, kLstmBiases}) || (n.hasNorm && s.hasInput(kLstmNorms))))
        return s.unsupported("an input gate without weights of the input");
    for (std::size_t g = n.firstGate(); g < kLstmGates; ++g) {
        const auto refuse = [&](const char *part, const std::string &why) {
            return s.unsupported("the " + std::string(kGateNames[g]) + " gate's " + part + " " + why);
        };
        if (const auto why = wrongConstant(s, kLstmInputWeights + g, types.matrix, {n.cells, n.inputs}); !why.empty())
            return refuse("matrix of inputs", why);
        if (const auto why = wrongConstant(s, kLstmRecurrentWeights + g, types.matrix, {n.cells, n.outputs}); !why.empty())
            return refuse("recurrent matrix", why);
        if (const auto why = wrongConstant(s, kLstmBiases + g, types.bias, {n.cells}); !why.empty())
            return refuse("bias", why);
        if (const auto input = n.peephole(g))
            if (const auto why = wrongConstant(s, *input, types.peephole, {n.cells}); !why.empty())
                return refuse("peephole", why);
        if (n.hasNorm)
            if (const auto why = wrongConstant(s, kLstmNorms + g, types.norm, {n.cells}); !why.empty())
                return refuse("normalization", why);
    }
    if (n.hasProjection)
        if (const auto why = wrongConstant(s, kLstmProjection, types.matrix, {n.outputs, n.cells}); !why.empty())
            return s.unsupported("the projection " + why);
    if (n.hasProjectionBias)
        if (const auto why = wrongConstant(s, kLstmProjectionBias, types.bias, {n.outputs}); !why.empty())
            return s.unsupported("the projection's bias " + why);
    const auto isState = [&](std::size_t k, ElementType type, std::size_t values) {
        return s.hasInput(k) && s.input(k).isVariable && !s.isConstant(k) && s.input(k).type == type && size(elementCount(s.input(k).shape)) == values;
    };
    if (!isState(kLstmOutputState, types.outputState, batches * n.outputs) || !isState(kLstmCellState, types.cellState, batches * n.cells))
        return s.unsupported("the states are not variable tensors that fit");
    if (s.realOption("cell_clip") < 0 || s.realOption("proj_clip") < 0)
        return s.unsupported("a negative clip");
    return n;
}

Result<Kernel> makeLstm(const KernelSetup &s)
{
    if (s.inputCount() != 20 && s.inputCount() != 24)
        return s.unsupported("it has neither 20 nor 24 inputs");
    const ElementType in = s.input(0).type;
    if (s.output().type != in)
        return s.unsupported("input and output differ in type");
    if (in == ElementType::Float32)
        return makeFloatLstm(s);
    if (in == ElementType::Int8)
        return makeIntegerLstm(s);
    return s.unsupported("inputs of type " + std::string(typeName(in)));
}

} // namespace requant
