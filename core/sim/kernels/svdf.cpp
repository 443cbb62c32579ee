// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/svdf.h"

#include "core/sim/kernels/dot.h"
#include "core/sim/kernels/hybrid.h"
#include "core/sim/kernels/weights.h"

#include <algorithm>
#include <cstring>

namespace requant {
namespace {

struct Sizes
{
    std::size_t batches, inputs, filters, units, rank, memory;
    std::size_t rows() const { return batches * filters; }
};

// The variable tensor's memory.
template <class T>
T *state(const KernelRun &r)
{
    return reinterpret_cast<T *>(const_cast<std::byte *>(r.in[4]));
}

// Takes the newest value into a row of the state, drops the oldest.
template <class T>
void push(T *row, std::size_t memory, T newest)
{
    std::copy(row + 1, row + memory, row);
    row[memory - 1] = newest;
}

struct IntegerSvdf
{
    Sizes n;
    std::vector<std::int16_t> feature, time;
    std::vector<std::int32_t> bias;
    Multiplier toState;
    FixedRounding rounding;
    OutputStage output;
    std::int32_t inputZero = 0, stateZero = 0;
    SimdLevel level = SimdLevel::Scalar;

    template <class State>
    void run(const KernelRun &r) const
    {
        const std::size_t inputs = n.batches * n.inputs;
        std::byte *memory = r.scratch.get(n.rows() * sizeof(std::int32_t) + inputs * sizeof(std::int16_t));
        auto *sums = reinterpret_cast<std::int32_t *>(memory);
        auto *x = reinterpret_cast<std::int16_t *>(memory + n.rows() * sizeof(std::int32_t));
        for (std::size_t i = 0; i < inputs; ++i)
            x[i] = static_cast<std::int16_t>(r.input<std::int8_t>(0)[i] - inputZero);
        State *states = state<State>(r);
        r.parallel(n.rows(), 8, [&](std::size_t begin, std::size_t end, Scratch &) {
            constexpr std::int64_t kLow = std::numeric_limits<State>::min(), kHigh = std::numeric_limits<State>::max();
            for (std::size_t row = begin; row < end && !r.state.isCancelled(); ++row) {
                const std::size_t filter = row % n.filters;
                const std::int32_t acc = dot(level, x + row / n.filters * n.inputs, feature.data() + filter * n.inputs, n.inputs);
                const std::int64_t value = std::int64_t{multiplyByQuantizedMultiplier(acc, toState, rounding)} + stateZero;
                State *s = states + row * n.memory;
                push(s, n.memory, static_cast<State>(std::clamp(value, kLow, kHigh)));
                std::uint32_t sum = 0;
                for (std::size_t k = 0; k < n.memory; ++k)
                    sum += static_cast<std::uint32_t>((std::int32_t{s[k]} - stateZero) * time[filter * n.memory + k]);
                sums[row] = static_cast<std::int32_t>(sum);
            }
        });
        LayerCounters tally;
        for (std::size_t i = 0; i < n.batches * n.units; ++i) {
            auto acc = static_cast<std::uint32_t>(bias[i % n.units]);
            for (std::size_t k = 0; k < n.rank; ++k)
                acc += static_cast<std::uint32_t>(sums[i * n.rank + k]);
            r.output<std::int8_t>()[i] = finish<std::int8_t>(output, static_cast<std::int32_t>(acc), 0, tally);
        }
        count(r, tally);
    }
};

struct FloatSvdf
{
    Sizes n;
    std::vector<float> feature;            // float weights, or
    std::vector<std::int16_t> featureBits; // integers
    float featureScale = 0;
    bool asymmetric = false;
    std::vector<float> time, bias;
    bool hasBias = false;
    FloatRange range;
    SimdLevel level = SimdLevel::Scalar;

    void run(const KernelRun &r) const
    {
        const bool hybrid = !featureBits.empty();
        const std::size_t inputs = n.batches * n.inputs;
        std::byte *memory = r.scratch.get(n.rows() * sizeof(float) + n.batches * sizeof(DynamicGrid) + inputs * sizeof(std::int16_t));
        auto *sums = reinterpret_cast<float *>(memory);
        auto *grids = reinterpret_cast<DynamicGrid *>(memory + n.rows() * sizeof(float));
        auto *x = reinterpret_cast<std::int16_t *>(memory + n.rows() * sizeof(float) + n.batches * sizeof(DynamicGrid));
        const float *in = r.input<float>(0);
        const bool zeros = hybrid && std::all_of(in, in + inputs, [](float v) { return v == 0; });
        for (std::size_t b = 0; hybrid && b < n.batches; ++b) {
            std::int16_t *to = x + b * n.inputs;
            grids[b] = asymmetric ? quantizeAsymmetric(in + b * n.inputs, n.inputs, to) : quantizeSymmetric(in + b * n.inputs, n.inputs, to);
            for (std::size_t i = 0; grids[b].zeroPoint != 0 && i < n.inputs; ++i)
                to[i] = static_cast<std::int16_t>(to[i] - grids[b].zeroPoint);
        }
        auto *states = state<float>(r);
        r.parallel(n.rows(), 8, [&](std::size_t begin, std::size_t end, Scratch &) {
            for (std::size_t row = begin; row < end && !r.state.isCancelled(); ++row) {
                const std::size_t filter = row % n.filters, b = row / n.filters;
                float newest = 0;
                if (!hybrid)
                    for (std::size_t i = 0; i < n.inputs; ++i)
                        newest += feature[filter * n.inputs + i] * in[b * n.inputs + i];
                else if (!zeros)
                    newest += static_cast<float>(dot(level, x + b * n.inputs, featureBits.data() + filter * n.inputs, n.inputs)) * (grids[b].scale * featureScale);
                float *s = states + row * n.memory;
                push(s, n.memory, newest);
                float sum = 0;
                for (std::size_t k = 0; k < n.memory; ++k)
                    sum += time[filter * n.memory + k] * s[k];
                sums[row] = sum;
            }
        });
        for (std::size_t i = 0; i < n.batches * n.units; ++i) {
            float sum = 0;
            for (std::size_t k = 0; k < n.rank; ++k)
                sum += sums[i * n.rank + k];
            if (hasBias)
                sum += bias[i % n.units];
            r.output<float>()[i] = std::min(std::max(sum, range.min), range.max);
        }
    }
};

std::vector<float> floats(std::span<const std::byte> bytes, std::size_t n)
{
    std::vector<float> v(n);
    if (n > 0)
        std::memcpy(v.data(), bytes.data(), n * sizeof(float));
    return v;
}

} // namespace

Result<Kernel> makeSvdf(const KernelSetup &s)
{
    if (s.inputCount() != 5 || !s.hasInput(1) || !s.hasInput(2) || !s.hasInput(4))
        return s.unsupported("it has not five inputs");
    const Tensor &in = s.input(0), &feature = s.input(1), &time = s.input(2), &memory = s.input(4), &out = s.output();
    if (in.shape.size() != 2 || feature.shape.size() != 2 || time.shape.size() != 2 || elementCount(feature.shape) == 0 || elementCount(time.shape) == 0)
        return s.unsupported("inputs and weights are not two-dimensional");
    const std::int64_t rank = s.option("rank");
    const auto size = [](std::int64_t v) { return static_cast<std::size_t>(std::max<std::int64_t>(v, 0)); };
    if (rank < 1 || feature.shape[0] % rank != 0)
        return s.unsupported("the filters are no multiple of the rank");
    const Sizes n{size(in.shape[0]), size(in.shape[1]), size(feature.shape[0]), size(feature.shape[0] / rank), size(rank), size(time.shape[1])};
    if (size(feature.shape[1]) != n.inputs || size(time.shape[0]) != n.filters || size(elementCount(memory.shape)) != n.rows() * n.memory ||
        size(elementCount(out.shape)) != n.batches * n.units)
        return s.unsupported("the shapes do not fit the weights");
    if (!s.isConstant(1) || !s.isConstant(2))
        return s.unsupported("the weights are not constant");
    if (!memory.isVariable || s.isConstant(4))
        return s.unsupported("the state is no variable tensor");
    const bool hasBias = s.hasInput(3);
    if (hasBias && (!s.isConstant(3) || size(elementCount(s.input(3).shape)) != n.units))
        return s.unsupported("the bias is not a constant with one value per unit");
    const auto activation = static_cast<Activation>(s.option("fused_activation_function"));

    if (in.type == ElementType::Float32) {
        const bool hybrid = feature.type != ElementType::Float32;
        const auto isInt8 = [](const Tensor &t) { return t.type == ElementType::Int8 || t.type == ElementType::UInt8; }; // uint8: int8's bits
        if (out.type != in.type || memory.type != in.type || (hasBias && s.input(3).type != in.type) ||
            (hybrid ? !isInt8(feature) || time.type != feature.type : time.type != in.type))
            return s.unsupported("float inputs with weights of type " + std::string(typeName(feature.type)) + " and " + std::string(typeName(time.type)));
        if (hybrid && (feature.quant.scale.size() != 1 || time.quant.scale.size() != 1))
            return s.unsupported("integer weights that have not one scale");
        if (activation > Activation::Relu6)
            return s.unsupported("a fused activation that does not clip");
        if (s.checkOnly())
            return Kernel{};
        FloatSvdf k{n, {}, {}, 0, s.option("asymmetric_quantize_inputs") != 0, {}, {}, hasBias, floatActivationRange(activation), simdLevel()};
        if (hybrid) {
            const auto bits = [&](std::size_t input) {
                Tensor t = s.input(input);
                t.type = ElementType::Int8;
                return storedWeights(t, s.constant(input));
            };
            k.featureBits = bits(1);
            k.featureScale = feature.quant.scale[0];
            for (const std::int16_t v : bits(2))
                k.time.push_back(static_cast<float>(v) * time.quant.scale[0]);
        } else {
            k.feature = floats(s.constant(1), n.filters * n.inputs);
            k.time = floats(s.constant(2), n.filters * n.memory);
        }
        if (hasBias)
            k.bias = floats(s.constant(3), n.units);
        return Kernel([k = std::move(k)](const KernelRun &r) { k.run(r); });
    }

    const bool wideState = memory.type == ElementType::Int16;
    if (in.type != ElementType::Int8 || feature.type != ElementType::Int8 || out.type != ElementType::Int8 || (!wideState && memory.type != ElementType::Int8) ||
        time.type != memory.type || (hasBias && s.input(3).type != ElementType::Int32))
        return s.unsupported("inputs of type " + std::string(typeName(in.type)) + ", weights of type " + std::string(typeName(feature.type)) + " and " +
                             std::string(typeName(time.type)) + ", state of type " + std::string(typeName(memory.type)));
    for (const Tensor *t : {&in, &feature, &time, &memory, &out})
        if (t->quant.scale.size() != 1)
            return s.unsupported("a tensor has not one scale");
    const auto zero = [](const Tensor &t) { return static_cast<std::int32_t>(t.quant.zeroPointAt(0)); };
    if (zero(feature) != 0 || zero(time) != 0 || (wideState && zero(memory) != 0))
        return s.unsupported("weights or an int16 state with a zero point");
    if (activation != Activation::Relu)
        return s.unsupported("an integer SVDF without RELU, which TFLite refuses");
    if (s.checkOnly())
        return Kernel{};
    IntegerSvdf k;
    k.n = n;
    k.feature = storedWeights(feature, s.constant(1));
    k.time = storedWeights(time, s.constant(2));
    k.bias.assign(n.units, 0);
    if (hasBias)
        std::memcpy(k.bias.data(), s.constant(3).data(), n.units * sizeof(std::int32_t));
    const auto scale = [](const Tensor &t) { return static_cast<double>(t.quant.scale[0]); };
    k.toState = quantizeMultiplier(scale(in) * scale(feature) / scale(memory));
    k.rounding = s.rounding();
    k.inputZero = zero(in);
    k.stateZero = zero(memory);
    k.level = simdLevel();
    k.output = outputStage(memory, time, out, 1, activation, Rounding::Fixed, s.rounding(), ScaleProduct::Double);
    // TFLite clips at the storage type only: its converter gives RELU the grid that makes the ends the same.
    const IntegerRange storage = integerRange(out.type);
    k.output.min = static_cast<std::int32_t>(storage.min);
    k.output.max = static_cast<std::int32_t>(storage.max);
    k.output.countLow = k.output.zeroPoint != k.output.min;
    if (wideState)
        return Kernel([k = std::move(k)](const KernelRun &r) { k.run<std::int16_t>(r); });
    return Kernel([k = std::move(k)](const KernelRun &r) { k.run<std::int8_t>(r); });
}

} // namespace requant
