// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/dot.h"
#include "core/sim/kernels/fixed16.h"
#include "core/sim/kernels/lstm.h"
#include "core/sim/kernels/normalization.h"
#include "core/sim/kernels/weights.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

namespace requant {
namespace {

constexpr std::int64_t kMin16 = -32768, kMax16 = 32767;

std::int16_t saturate16(std::int64_t v) { return static_cast<std::int16_t>(std::clamp(v, kMin16, kMax16)); }

// Rows of int8 weights with what is added to each row's sum, zero points included, and the sum's scaling.
struct ScaledMatrix
{
    std::size_t columns = 0;
    std::vector<std::int16_t> weights;
    std::vector<std::int32_t> bias;
    Multiplier scale;

    std::int32_t sum(SimdLevel level, std::size_t row, const std::int16_t *x) const
    {
        const auto product = static_cast<std::uint32_t>(dot(level, weights.data() + row * columns, x, columns));
        return static_cast<std::int32_t>(product + static_cast<std::uint32_t>(bias[row]));
    }
};

struct IntegerGate
{
    ScaledMatrix input, recurrent;
    std::vector<std::int16_t> peephole, norm;
    Multiplier peepholeScale, normScale;
    std::vector<std::int32_t> normBias;
    std::int32_t leastVariance = 1;
};

struct IntegerLstm
{
    LstmLayout n;
    std::array<IntegerGate, kLstmGates> gates;
    ScaledMatrix projection;
    Multiplier hiddenScale;
    std::int32_t hiddenZero = 0, outputZero = 0;
    int cellLog2 = 0;
    std::int16_t cellClip = 0;
    std::int8_t outputClip = 0;
    FixedRounding rounding = FixedRounding::Double;
    SimdLevel level = SimdLevel::Scalar;

    struct Buffers
    {
        std::int16_t *gate, *x, *h, *hidden;
        const std::int16_t *of(std::size_t g, std::size_t cells) const { return gate + g * cells; }
    };

    void run(const KernelRun &r) const
    {
        const std::size_t cells = n.cellValues(), inputs = n.batches * n.inputs;
        auto *memory = reinterpret_cast<std::int16_t *>(r.scratch.get(((kLstmGates + 1) * cells + inputs + n.outputValues()) * sizeof(std::int16_t)));
        Buffers m{memory, memory + kLstmGates * cells, nullptr, nullptr};
        m.h = m.x + inputs;
        m.hidden = m.h + n.outputValues();
        for (std::size_t q = 0; q < n.sequences; ++q) {
            auto *outputState = const_cast<std::int8_t *>(r.input<std::int8_t>(kLstmOutputState)) + q * n.batches * n.outputs;
            auto *cellState = const_cast<std::int16_t *>(r.input<std::int16_t>(kLstmCellState)) + q * n.batches * n.cells;
            for (std::size_t t = 0; t < n.steps && !r.state.isCancelled(); ++t) {
                std::copy_n(r.input<std::int8_t>(0) + n.row(q, t) * n.inputs, inputs, m.x);
                std::copy_n(outputState, n.outputValues(), m.h);
                step(r, m, outputState, cellState);
                std::copy_n(outputState, n.outputValues(), r.output<std::int8_t>() + n.row(q, t) * n.outputs);
            }
        }
    }

    void step(const KernelRun &r, const Buffers &m, std::int8_t *outputState, std::int16_t *cellState) const
    {
        const std::size_t cells = n.cellValues();
        const std::size_t work = kLstmGates * n.batches * (n.inputs + n.outputs) + 1;
        r.parallel(n.cells, 262144 / work + 1, [&](std::size_t begin, std::size_t end, Scratch &) {
            for (std::size_t g = n.firstGate(); g < kLstmGates; ++g)
                for (std::size_t b = 0; b < n.batches && !r.state.isCancelled(); ++b)
                    for (std::size_t c = begin; c < end; ++c)
                        m.gate[g * cells + b * n.cells + c] = preactivation(gates[g], c, m.x + b * n.inputs, m.h + b * n.outputs);
        });
        for (std::size_t g = n.firstGate(); g < kOutputGate; ++g)
            finishGate(g, m.gate + g * cells, cellState);
        updateCells(m, cellState);
        finishGate(kOutputGate, m.gate + kOutputGate * cells, cellState);
        const std::int16_t *out = m.of(kOutputGate, cells);
        LayerCounters tally;
        const auto store = [](std::int64_t v, LayerCounters &counted) {
            const std::int64_t clamped = std::clamp<std::int64_t>(v, -128, 127);
            ++counted.outputs;
            counted.saturated += clamped != v;
            return static_cast<std::int8_t>(clamped);
        };
        const auto hiddenValue = [&](std::size_t i) {
            const std::int32_t product = out[i] * tanhQ(15 + cellLog2, cellState[i]);
            return std::int64_t{multiplyByQuantizedMultiplier(product, hiddenScale, rounding)};
        };
        if (!n.hasProjection) {
            for (std::size_t i = 0; i < cells; ++i)
                outputState[i] = store(hiddenValue(i) + hiddenZero, tally);
            count(r, tally);
            return;
        }
        // As TFLite: int8 less the zero point, which the projection's bias adds times its weights; only the clamping shows it.
        for (std::size_t i = 0; i < cells; ++i)
            m.hidden[i] = static_cast<std::int16_t>(std::clamp<std::int64_t>(hiddenValue(i) - hiddenZero, -128, 127));
        r.parallel(n.outputs, 262144 / (n.batches * n.cells + 1) + 1, [&](std::size_t begin, std::size_t end, Scratch &) {
            LayerCounters own;
            for (std::size_t b = 0; b < n.batches && !r.state.isCancelled(); ++b)
                for (std::size_t c = begin; c < end; ++c) {
                    const std::int32_t sum = projection.sum(level, c, m.hidden + b * n.cells);
                    std::int8_t v = store(std::int64_t{multiplyByQuantizedMultiplier(sum, projection.scale, rounding)} + outputZero, own);
                    if (outputClip > 0)
                        v = std::clamp<std::int8_t>(v, static_cast<std::int8_t>(-outputClip), outputClip);
                    outputState[b * n.outputs + c] = v;
                    ++own.accumulated;
                }
            count(r, own);
        });
    }

    std::int16_t preactivation(const IntegerGate &g, std::size_t cell, const std::int16_t *x, const std::int16_t *h) const
    {
        const std::int16_t ofInput = saturate16(multiplyByQuantizedMultiplier(g.input.sum(level, cell, x), g.input.scale, rounding));
        const std::int32_t ofState = multiplyByQuantizedMultiplier(g.recurrent.sum(level, cell, h), g.recurrent.scale, rounding);
        return saturate16(std::int64_t{ofState} + ofInput);
    }

    void updateCells(const Buffers &m, std::int16_t *cellState) const
    {
        const std::size_t cells = n.cellValues();
        const std::int16_t *in = m.of(kInputGate, cells), *forget = m.of(kForgetGate, cells), *update = m.of(kCellGate, cells);
        for (std::size_t i = 0; i < cells; ++i) {
            const auto kept = static_cast<std::int16_t>(roundingDivideByPOT(forget[i] * cellState[i], 15));
            const std::int32_t share = n.hasInputGate ? in[i] : 32767 - forget[i];
            const auto added = static_cast<std::int16_t>(roundingDivideByPOT(share * update[i], 30 + cellLog2));
            cellState[i] = saturate16(std::int64_t{kept} + added);
            if (cellClip > 0)
                cellState[i] = std::clamp<std::int16_t>(cellState[i], static_cast<std::int16_t>(-cellClip), cellClip);
        }
    }

    void finishGate(std::size_t g, std::int16_t *values, const std::int16_t *cellState) const
    {
        const IntegerGate &gate = gates[g];
        if (!gate.peephole.empty()) // as TFLite counts: rows of outputs, not of cells
            for (std::size_t i = 0; i < n.outputValues(); ++i) {
                const std::int32_t product = gate.peephole[i % n.outputs] * cellState[i];
                values[i] = saturate16(std::int64_t{multiplyByQuantizedMultiplier(product, gate.peepholeScale, rounding)} + values[i]);
            }
        for (std::size_t b = 0; b < n.batches; ++b) {
            std::int16_t *row = values + b * n.cells;
            if (n.hasNorm)
                normalize(gate, row);
            for (std::size_t c = 0; c < n.cells; ++c)
                row[c] = g == kCellGate ? tanhQ(3, row[c]) : logisticQ3(row[c]);
        }
    }

    // Means in Q.10, variances of the integers.
    void normalize(const IntegerGate &gate, std::int16_t *row) const
    {
        constexpr std::int64_t kTwoTo20 = 1 << 20;
        const auto size = static_cast<std::int64_t>(n.cells);
        std::int64_t sum = 0, squares = 0;
        for (std::size_t c = 0; c < n.cells; ++c) {
            sum += row[c];
            squares += row[c] * row[c];
        }
        const std::int64_t mean = static_cast<std::int32_t>(sum * 1024 / size);
        const std::int64_t variance = squares * (kTwoTo20 / size) - mean * mean;
        auto scaled = static_cast<std::int32_t>(variance / kTwoTo20);
        if (scaled < 1)
            scaled = gate.leastVariance;
        const Multiplier inverse = inverseSquareRoot(scaled);
        for (std::size_t c = 0; c < n.cells; ++c) {
            const auto shifted = static_cast<std::int32_t>(1024 * row[c] - mean);
            const std::int64_t rescaled = multiplyByQuantizedMultiplier(shifted, inverse, rounding);
            const std::int64_t weighted = static_cast<std::int32_t>(static_cast<std::uint32_t>(rescaled * gate.norm[c] + gate.normBias[c]));
            const auto rounded = static_cast<std::int32_t>((weighted > 0 ? weighted + 512 : weighted - 512) / 1024);
            row[c] = saturate16(multiplyByQuantizedMultiplier(rounded, {gate.normScale.multiplier, gate.normScale.shift + 12}, rounding));
        }
    }
};

std::vector<std::int32_t> ints(const KernelSetup &s, std::size_t input)
{
    const auto bytes = s.constant(input);
    std::vector<std::int32_t> v(bytes.size() / sizeof(std::int32_t));
    if (!v.empty())
        std::memcpy(v.data(), bytes.data(), v.size() * sizeof(std::int32_t));
    return v;
}

// bias (if any) + zeroPoint * the sum of each row's weights
ScaledMatrix scaledMatrix(const KernelSetup &s, std::size_t input, std::vector<std::int32_t> bias, std::int32_t zeroPoint, float scale)
{
    const Tensor &t = s.input(input);
    const auto rows = static_cast<std::size_t>(t.shape[0]);
    ScaledMatrix m{static_cast<std::size_t>(t.shape[1]), storedWeights(t, s.constant(input)), std::move(bias), quantizeMultiplier(static_cast<double>(scale))};
    m.bias.resize(rows, 0);
    for (std::size_t r = 0; r < rows; ++r) {
        auto sum = static_cast<std::uint32_t>(m.bias[r]);
        for (std::size_t c = 0; c < m.columns; ++c)
            sum += static_cast<std::uint32_t>(zeroPoint * m.weights[r * m.columns + c]);
        m.bias[r] = static_cast<std::int32_t>(sum);
    }
    return m;
}

bool hasGrid(const Tensor *t) { return t && t->quant.scale.size() == 1; }

} // namespace

Result<Kernel> makeIntegerLstm(const KernelSetup &s)
{
    constexpr ElementType kInt8 = ElementType::Int8, kInt16 = ElementType::Int16;
    auto layout = lstmLayout(s, {kInt8, kInt16, ElementType::Int32, kInt16, kInt8, kInt16});
    if (!layout)
        return layout.error();
    IntegerLstm k;
    k.n = layout.value();
    const Tensor &in = s.input(0), &out = s.output(), &outputState = s.input(kLstmOutputState), &cellState = s.input(kLstmCellState);
    if (!hasGrid(&in) || !hasGrid(&out) || !hasGrid(&outputState) || !hasGrid(&cellState))
        return s.unsupported("input, output or a state has not one scale");
    if (s.op().intermediates.size() != 5 || !hasGrid(s.intermediate(4)))
        return s.unsupported("it has no grid for what is projected"); // intermediate tensors: TFLite's 12 are another kernel
    for (std::size_t g = k.n.firstGate(); k.n.hasNorm && g < kLstmGates; ++g)
        if (!hasGrid(s.intermediate(g)))
            return s.unsupported("it has no grid for what is normalized");
    if (s.option("fused_activation_function") != static_cast<std::int64_t>(Activation::Tanh))
        return s.unsupported("an activation other than TANH");
    const float cellScale = cellState.quant.scale[0];
    const double log2 = cellScale > 0 ? std::log2(static_cast<double>(cellScale)) : 0.0;
    if (!(std::abs(log2 - std::round(log2)) < 1e-3) || std::round(log2) < -15 || std::round(log2) > -9)
        return s.unsupported("the cell state's scale is not a power of two from 2^-15 to 2^-9");
    if (k.n.hasPeepholes && k.n.outputs > k.n.cells)
        return s.unsupported("peepholes and more outputs than cells");
    if (s.checkOnly())
        return Kernel{};
    k.cellLog2 = static_cast<int>(std::round(log2));
    k.rounding = s.rounding();
    k.level = simdLevel();
    const auto zero = [](const Tensor &t) { return static_cast<std::int32_t>(t.quant.zeroPointAt(0)); };
    const auto scale = [&](std::size_t input) { return s.input(input).quant.scale[0]; };
    const float hidden = s.intermediate(4)->quant.scale[0];
    k.hiddenZero = zero(*s.intermediate(4));
    k.outputZero = zero(outputState);
    k.hiddenScale = quantizeMultiplier(static_cast<double>(static_cast<float>(std::exp2(-15.0) / static_cast<double>(hidden) * std::exp2(-15.0))));
    const auto clipOf = [&](std::string_view name, float step, float low, float high) {
        const auto real = static_cast<float>(s.realOption(name));
        return real > 0 ? std::min(std::max(real / step, low), high) : 0.0f;
    };
    k.cellClip = static_cast<std::int16_t>(clipOf("cell_clip", cellScale, -32768.0f, 32767.0f));
    k.outputClip = static_cast<std::int8_t>(clipOf("proj_clip", out.quant.scale[0], -128.0f, 127.0f));
    for (std::size_t g = k.n.firstGate(); g < kLstmGates; ++g) {
        IntegerGate &gate = k.gates[g];
        const float sums = k.n.hasNorm ? s.intermediate(g)->quant.scale[0] : 1.0f / 4096;
        const std::size_t w = kLstmInputWeights + g, r = kLstmRecurrentWeights + g;
        std::vector<std::int32_t> bias = ints(s, kLstmBiases + g);
        if (k.n.hasNorm)
            gate.normBias = std::exchange(bias, {});
        gate.input = scaledMatrix(s, w, std::move(bias), -zero(in), scale(w) * in.quant.scale[0] / sums);
        gate.recurrent = scaledMatrix(s, r, {}, -zero(outputState), scale(r) * outputState.quant.scale[0] / sums);
        if (const auto p = k.n.peephole(g)) {
            gate.peephole = storedWeights(s.input(*p), s.constant(*p));
            const double product = std::exp2(static_cast<double>(k.cellLog2)) * static_cast<double>(scale(*p)) / static_cast<double>(sums);
            gate.peepholeScale = quantizeMultiplier(static_cast<double>(static_cast<float>(product)));
        }
        if (k.n.hasNorm) {
            const std::size_t input = kLstmNorms + g;
            gate.norm = storedWeights(s.input(input), s.constant(input));
            gate.normScale = quantizeMultiplier(static_cast<double>(scale(input)));
            gate.leastVariance = std::max(1, static_cast<std::int32_t>(std::clamp(10000 * scale(input), 0.0f, 2e9f)));
        }
    }
    if (k.n.hasProjection)
        k.projection = scaledMatrix(s, kLstmProjection, k.n.hasProjectionBias ? ints(s, kLstmProjectionBias) : std::vector<std::int32_t>{}, k.hiddenZero,
                                    scale(kLstmProjection) * hidden / outputState.quant.scale[0]);
    return Kernel([k = std::move(k)](const KernelRun &r) { k.run(r); });
}

} // namespace requant
