// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/dot.h"
#include "core/sim/kernels/hybrid.h"
#include "core/sim/kernels/lstm.h"
#include "core/sim/kernels/weights.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace requant {
namespace {

// Vectors of one step, as floats and, for integer weights, on grids of their own without zero points.
struct StepVectors
{
    const float *values = nullptr;
    std::size_t batches = 0, size = 0;
    std::int16_t *bits = nullptr;
    DynamicGrid *grids = nullptr;
    bool zeros = false;

    void quantize(bool asymmetric)
    {
        for (std::size_t b = 0; b < batches; ++b) {
            std::int16_t *to = bits + b * size;
            grids[b] = asymmetric ? quantizeAsymmetric(values + b * size, size, to) : quantizeSymmetric(values + b * size, size, to);
            for (std::size_t i = 0; grids[b].zeroPoint != 0 && i < size; ++i)
                to[i] = static_cast<std::int16_t>(to[i] - grids[b].zeroPoint);
        }
    }
};

// A matrix of weights: floats by columns, so that rows are summed side by side, each in order; or integers by rows.
struct Matrix
{
    std::size_t rows = 0, columns = 0;
    std::vector<float> byColumns;
    std::vector<std::int16_t> bits;
    float scale = 0;
    SimdLevel level = SimdLevel::Scalar;

    // to[r] += row r times x.
    void add(const StepVectors &x, std::size_t batch, std::size_t begin, std::size_t end, float *to) const
    {
        if (!bits.empty()) {
            const float factor = scale * x.grids[batch].scale;
            for (std::size_t r = begin; r < end; ++r)
                to[r] += static_cast<float>(dot(level, x.bits + batch * columns, bits.data() + r * columns, columns)) * factor;
            return;
        }
        constexpr std::size_t kBlock = 32;
        for (; begin < end; begin += kBlock) {
            const std::size_t n = std::min(end - begin, kBlock);
            float sums[kBlock] = {};
            for (std::size_t i = 0; i < columns; ++i) {
                const float v = x.values[batch * columns + i];
                const float *w = byColumns.data() + i * rows + begin;
                for (std::size_t r = 0; r < n; ++r)
                    sums[r] += w[r] * v;
            }
            for (std::size_t r = 0; r < n; ++r)
                to[begin + r] += sums[r];
        }
    }
};

std::vector<float> floats(const KernelSetup &s, std::size_t input)
{
    const auto bytes = s.constant(input);
    std::vector<float> v(bytes.size() / sizeof(float));
    if (!v.empty())
        std::memcpy(v.data(), bytes.data(), v.size() * sizeof(float));
    return v;
}

std::vector<std::int16_t> bitsOf(const KernelSetup &s, std::size_t input)
{
    Tensor t = s.input(input);
    t.type = ElementType::Int8;
    return storedWeights(t, s.constant(input));
}

Matrix matrix(const KernelSetup &s, std::size_t input)
{
    const Tensor &t = s.input(input);
    Matrix m;
    m.rows = static_cast<std::size_t>(t.shape[0]);
    m.columns = static_cast<std::size_t>(t.shape[1]);
    m.level = simdLevel();
    if (t.type != ElementType::Float32) {
        m.bits = bitsOf(s, input);
        m.scale = t.quant.scale[0];
        return m;
    }
    const std::vector<float> byRows = floats(s, input);
    m.byColumns.resize(byRows.size());
    for (std::size_t r = 0; r < m.rows; ++r)
        for (std::size_t c = 0; c < m.columns; ++c)
            m.byColumns[c * m.rows + r] = byRows[r * m.columns + c];
    return m;
}

float activated(Activation a, float v)
{
    switch (a) {
    case Activation::Relu: return std::max(v, 0.0f);
    case Activation::Relu6: return std::clamp(v, 0.0f, 6.0f);
    case Activation::Tanh: return std::tanh(v);
    default: return v;
    }
}

float sigmoid(float v) { return 1.0f / (1.0f + std::exp(-v)); }

bool allZero(const float *v, std::size_t n)
{
    return std::all_of(v, v + n, [](float x) { return x == 0; });
}

void clip(float *v, std::size_t n, float bound)
{
    for (std::size_t i = 0; bound > 0 && i < n; ++i)
        v[i] = std::max(std::min(bound, v[i]), -bound);
}

struct FloatGate
{
    Matrix input, recurrent;
    std::vector<float> peephole, bias, norm;
};

struct FloatLstm
{
    LstmLayout n;
    bool hybrid = false, asymmetric = false;
    Activation activation = Activation::Tanh;
    float cellClip = 0, outputClip = 0;
    std::array<FloatGate, kLstmGates> gates;
    Matrix projection;
    std::vector<float> projectionBias;

    void run(const KernelRun &r) const
    {
        const std::size_t cells = n.cellValues();
        const std::size_t bits = hybrid ? n.batches * (n.inputs + n.outputs + n.cells) : 0;
        std::byte *memory = r.scratch.get((kLstmGates + 1) * cells * sizeof(float) + 3 * n.batches * sizeof(DynamicGrid) + bits * sizeof(std::int16_t));
        auto *gate = reinterpret_cast<float *>(memory);
        float *hidden = gate + kLstmGates * cells;
        auto *grids = reinterpret_cast<DynamicGrid *>(hidden + cells);
        auto *integers = reinterpret_cast<std::int16_t *>(grids + 3 * n.batches);
        StepVectors x{nullptr, n.batches, n.inputs, integers, grids, false};
        StepVectors h{nullptr, n.batches, n.outputs, integers + n.batches * n.inputs, grids + n.batches, false};
        StepVectors o{hidden, n.batches, n.cells, integers + n.batches * (n.inputs + n.outputs), grids + 2 * n.batches, false};
        for (std::size_t q = 0; q < n.sequences; ++q)
            for (std::size_t t = 0; t < n.steps && !r.state.isCancelled(); ++t) {
                float *outputState = const_cast<float *>(r.input<float>(kLstmOutputState)) + q * n.batches * n.outputs;
                float *cellState = const_cast<float *>(r.input<float>(kLstmCellState)) + q * n.batches * n.cells;
                x.values = r.input<float>(0) + n.row(q, t) * n.inputs;
                h.values = outputState;
                step(r, x, h, o, gate, hidden, outputState, cellState);
                std::copy_n(outputState, n.outputValues(), r.output<float>() + n.row(q, t) * n.outputs);
            }
    }

    void step(const KernelRun &r, StepVectors &x, StepVectors &h, StepVectors &o, float *gate, float *hidden, float *outputState, float *cellState) const
    {
        const std::size_t cells = n.cellValues();
        x.zeros = allZero(x.values, n.batches * n.inputs);
        h.zeros = hybrid && allZero(h.values, n.outputValues());
        if (hybrid && !x.zeros)
            x.quantize(asymmetric);
        if (hybrid && !h.zeros)
            h.quantize(asymmetric);
        const std::size_t work = (kLstmGates * n.batches * (n.inputs + n.outputs)) + 1;
        r.parallel(n.cells, 65536 / work + 1, [&](std::size_t begin, std::size_t end, Scratch &) {
            for (std::size_t g = n.firstGate(); g < kLstmGates; ++g)
                for (std::size_t b = 0; b < n.batches && !r.state.isCancelled(); ++b) {
                    float *to = gate + g * cells + b * n.cells;
                    for (std::size_t c = begin; c < end; ++c)
                        to[c] = n.hasNorm ? 0.0f : gates[g].bias[c];
                    if (!x.zeros)
                        gates[g].input.add(x, b, begin, end, to);
                    if (!h.zeros)
                        gates[g].recurrent.add(h, b, begin, end, to);
                }
        });
        for (std::size_t g = n.firstGate(); g < kOutputGate; ++g)
            finish(g, gate + g * cells, cellState);
        const float *in = gate + kInputGate * cells, *forget = gate + kForgetGate * cells, *update = gate + kCellGate * cells, *out = gate + kOutputGate * cells;
        for (std::size_t i = 0; i < cells; ++i) {
            const float kept = forget[i] * cellState[i];
            cellState[i] = kept + update[i] * (n.hasInputGate ? in[i] : 1.0f - forget[i]);
        }
        clip(cellState, cells, cellClip);
        finish(kOutputGate, gate + kOutputGate * cells, cellState);
        float *result = n.hasProjection ? hidden : outputState;
        for (std::size_t i = 0; i < cells; ++i)
            result[i] = out[i] * activated(activation, cellState[i]);
        if (!n.hasProjection)
            return;
        o.zeros = hybrid && allZero(hidden, cells);
        if (hybrid && !o.zeros)
            o.quantize(asymmetric);
        r.parallel(n.outputs, 65536 / (n.batches * n.cells + 1) + 1, [&](std::size_t begin, std::size_t end, Scratch &) {
            for (std::size_t b = 0; b < n.batches; ++b) {
                float *to = outputState + b * n.outputs;
                for (std::size_t c = begin; c < end; ++c)
                    to[c] = n.hasProjectionBias ? projectionBias[c] : 0.0f;
                if (!o.zeros)
                    projection.add(o, b, begin, end, to);
            }
        });
        clip(outputState, n.outputValues(), outputClip);
    }

    // From a gate's sums to its values.
    void finish(std::size_t g, float *sums, const float *cellState) const
    {
        const FloatGate &gate = gates[g];
        for (std::size_t b = 0; b < n.batches; ++b) {
            float *v = sums + b * n.cells;
            if (!gate.peephole.empty())
                for (std::size_t c = 0; c < n.cells; ++c)
                    v[c] += gate.peephole[c] * cellState[b * n.cells + c];
            if (n.hasNorm) {
                float sum = 0, squares = 0;
                for (std::size_t c = 0; c < n.cells; ++c)
                    sum += v[c];
                const float mean = sum / static_cast<float>(n.cells);
                for (std::size_t c = 0; c < n.cells; ++c)
                    squares += (v[c] - mean) * (v[c] - mean);
                const float factor = 1.0f / std::sqrt(squares / static_cast<float>(n.cells) + 1e-8f);
                for (std::size_t c = 0; c < n.cells; ++c)
                    v[c] = (v[c] - mean) * factor * gate.norm[c] + gate.bias[c];
            }
            for (std::size_t c = 0; c < n.cells; ++c)
                v[c] = g == kCellGate ? activated(activation, v[c]) : sigmoid(v[c]);
        }
    }
};

} // namespace

Result<Kernel> makeFloatLstm(const KernelSetup &s)
{
    const bool hybrid = s.hasInput(kLstmInputWeights + kForgetGate) && isHybrid(s, kLstmInputWeights + kForgetGate);
    constexpr ElementType kFloat = ElementType::Float32;
    const ElementType weights = hybrid ? ElementType::Int8 : kFloat;
    auto layout = lstmLayout(s, {weights, weights, kFloat, kFloat, kFloat, kFloat});
    if (!layout)
        return layout.error();
    const auto activation = static_cast<Activation>(s.option("fused_activation_function"));
    if (activation != Activation::None && activation != Activation::Relu && activation != Activation::Relu6 && activation != Activation::Tanh)
        return s.unsupported("an activation that is none of TANH, RELU and RELU6");
    if (s.checkOnly())
        return Kernel{};
    FloatLstm k;
    k.n = layout.value();
    k.hybrid = hybrid;
    k.asymmetric = s.option("asymmetric_quantize_inputs") != 0;
    k.activation = activation;
    k.cellClip = static_cast<float>(s.realOption("cell_clip"));
    k.outputClip = static_cast<float>(s.realOption("proj_clip"));
    for (std::size_t g = k.n.firstGate(); g < kLstmGates; ++g) {
        FloatGate &gate = k.gates[g];
        gate.input = matrix(s, kLstmInputWeights + g);
        gate.recurrent = matrix(s, kLstmRecurrentWeights + g);
        gate.bias = floats(s, kLstmBiases + g);
        if (const auto input = k.n.peephole(g)) {
            if (!hybrid)
                gate.peephole = floats(s, *input);
            else
                for (const std::int16_t v : bitsOf(s, *input))
                    gate.peephole.push_back(static_cast<float>(v) * s.input(*input).quant.scale[0]);
        }
        if (k.n.hasNorm)
            gate.norm = floats(s, kLstmNorms + g);
    }
    if (k.n.hasProjection)
        k.projection = matrix(s, kLstmProjection);
    if (k.n.hasProjectionBias)
        k.projectionBias = floats(s, kLstmProjectionBias);
    return Kernel([k = std::move(k)](const KernelRun &r) { k.run(r); });
}

} // namespace requant
