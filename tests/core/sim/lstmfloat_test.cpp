// SPDX-License-Identifier: GPL-3.0-or-later
#include "lstmnetwork.h"

#include "core/sim/kernels/hybrid.h"

using namespace requant;
using namespace testing;

namespace {

// Floats, or integers times a scale.
struct Values
{
    std::vector<float> real;
    std::vector<std::int8_t> bits;
    float scale = 0;
};

struct FloatWeights
{
    Values input[4], recurrent[4], peephole[4], projection;
    std::vector<float> bias[4], norm[4], projectionBias;
    bool hybrid = false, asymmetric = false;
};

struct FloatTwin
{
    const LstmNetwork &n;
    const FloatWeights &w;
    std::vector<float> h, c;

    std::vector<float> product(const Values &matrix, std::size_t rows, const std::vector<float> &x) const
    {
        const std::size_t columns = x.size();
        std::vector<std::int16_t> q(columns);
        DynamicGrid grid;
        if (w.hybrid)
            grid = w.asymmetric ? quantizeAsymmetric(x.data(), columns, q.data()) : quantizeSymmetric(x.data(), columns, q.data());
        std::vector<float> out;
        for (std::size_t r = 0; r < rows; ++r) {
            float sum = 0;
            int integers = 0;
            for (std::size_t i = 0; i < columns; ++i)
                if (w.hybrid)
                    integers += (q[i] - grid.zeroPoint) * matrix.bits[r * columns + i];
                else
                    sum += matrix.real[r * columns + i] * x[i];
            out.push_back(w.hybrid ? static_cast<float>(integers) * (grid.scale * matrix.scale) : sum);
        }
        return out;
    }
    std::vector<float> gate(std::size_t g, const std::vector<float> &x) const
    {
        std::vector<float> v = n.norm ? std::vector<float>(n.cells, 0.0f) : w.bias[g];
        const auto ofInput = product(w.input[g], n.cells, x), ofState = product(w.recurrent[g], n.cells, h);
        for (std::size_t k = 0; k < n.cells; ++k) {
            v[k] += ofInput[k];
            v[k] += ofState[k];
            if (n.peephole && g != 2)
                v[k] += (w.hybrid ? static_cast<float>(w.peephole[g].bits[k]) * w.peephole[g].scale : w.peephole[g].real[k]) * c[k];
        }
        if (n.norm) {
            float mean = 0, variance = 0;
            for (const float value : v)
                mean += value;
            mean /= static_cast<float>(n.cells);
            for (const float value : v)
                variance += (value - mean) * (value - mean);
            variance /= static_cast<float>(n.cells);
            const float factor = 1.0f / std::sqrt(variance + 1e-8f);
            for (std::size_t k = 0; k < n.cells; ++k)
                v[k] = (v[k] - mean) * factor * w.norm[g][k] + w.bias[g][k];
        }
        for (float &value : v)
            value = g == 2 ? std::tanh(value) : 1.0f / (1.0f + std::exp(-value));
        return v;
    }
    std::vector<float> step(const std::vector<float> &x)
    {
        const auto in = n.inputGate ? gate(0, x) : std::vector<float>{};
        const auto forget = gate(1, x), update = gate(2, x);
        for (std::size_t k = 0; k < n.cells; ++k) {
            c[k] = forget[k] * c[k];
            c[k] += update[k] * (n.inputGate ? in[k] : 1.0f - forget[k]);
            if (n.cellClip > 0)
                c[k] = std::clamp(c[k], -n.cellClip, n.cellClip);
        }
        auto out = gate(3, x);
        for (std::size_t k = 0; k < n.cells; ++k)
            out[k] *= std::tanh(c[k]);
        if (n.projection) {
            const auto sums = product(w.projection, n.outputs, out);
            out.resize(n.outputs);
            for (std::size_t k = 0; k < n.outputs; ++k) {
                out[k] = (n.projectionBias ? w.projectionBias[k] : 0.0f) + sums[k];
                if (n.outputClip > 0)
                    out[k] = std::clamp(out[k], -n.outputClip, n.outputClip);
            }
        }
        return h = out;
    }
};

OneOperator floatNetwork(const LstmNetwork &n, const FloatWeights &w)
{
    OneOperator one(Op::UnidirectionalSequenceLstm);
    n.setOptions(one);
    one.option("asymmetric_quantize_inputs", w.asymmetric);
    one.input(n.shape(n.inputs), ElementType::Float32);
    const auto add = [&](bool there, Shape shape, const Values &v) {
        if (!there)
            one.absent();
        else if (w.hybrid)
            one.constant(std::move(shape), v.bits, QuantParams::perTensor(v.scale, 0));
        else
            one.constant(std::move(shape), v.real);
    };
    const Shape cells{n.dim(n.cells)};
    for (std::size_t g = 0; g < 4; ++g)
        add(n.isThere(g), {n.dim(n.cells), n.dim(n.inputs)}, w.input[g]);
    for (std::size_t g = 0; g < 4; ++g)
        add(n.isThere(g), {n.dim(n.cells), n.dim(n.outputs)}, w.recurrent[g]);
    for (const std::size_t g : {0u, 1u, 3u})
        add(n.isThere(g) && n.peephole, cells, w.peephole[g]);
    for (std::size_t g = 0; g < 4; ++g)
        n.isThere(g) ? void(one.constant(cells, w.bias[g])) : one.absent();
    add(n.projection, {n.dim(n.outputs), n.dim(n.cells)}, w.projection);
    n.projectionBias ? void(one.constant(Shape{n.dim(n.outputs)}, w.projectionBias)) : one.absent();
    n.addState(one, n.outputs, ElementType::Float32);
    n.addState(one, n.cells, ElementType::Float32);
    for (std::size_t g = 0; g < 4 && n.allInputs(); ++g)
        n.isThere(g) && n.norm ? void(one.constant(cells, w.norm[g])) : one.absent();
    one.output(n.shape(n.outputs), ElementType::Float32);
    return one;
}

// By the largest magnitude to [-127, 127].
Values quantized(const std::vector<float> &real)
{
    Values v{real, {}, 0};
    float most = 0;
    for (const float x : real)
        most = std::max(most, std::abs(x));
    v.scale = most > 0 ? most / 127 : 1.0f;
    for (const float x : real)
        v.bits.push_back(static_cast<std::int8_t>(std::round(x / v.scale)));
    return v;
}

FloatWeights randomWeights(Random &random, const LstmNetwork &n)
{
    FloatWeights w;
    w.hybrid = random.chance();
    w.asymmetric = random.chance();
    const auto values = [&](std::size_t rows, std::size_t columns) { return quantized(randomFloats(random, rows * columns, 2.0 / std::sqrt(static_cast<double>(columns)))); };
    for (std::size_t g = 0; g < 4; ++g) {
        w.input[g] = values(n.cells, n.inputs);
        w.recurrent[g] = values(n.cells, n.outputs);
        w.peephole[g] = values(n.cells, 1);
        w.bias[g] = randomFloats(random, n.cells);
        w.norm[g] = randomFloats(random, n.cells);
    }
    w.projection = values(n.outputs, n.cells);
    w.projectionBias = randomFloats(random, n.outputs);
    return w;
}

} // namespace

TEST_CASE("lstmOfFloatsEqualsItsDefinition")
{
    for (std::uint64_t round = 0; round < 100; ++round) {
        const std::uint64_t seed = baseSeed() + round;
        INFO("REQUANT_SEED=" << seed);
        Random random(seed);
        const LstmNetwork n(random);
        const FloatWeights w = randomWeights(random, n);
        OneOperator one = floatNetwork(n, w);
        std::vector<FloatTwin> rows(n.batches, {n, w, std::vector<float>(n.outputs, 0.0f), std::vector<float>(n.cells, 0.0f)});
        std::vector<std::vector<float>> sequence, expected;
        for (int run = 0; run < 2; ++run) {
            sequence.push_back(randomFloats(random, n.batches * n.steps * n.inputs, 2.0));
            if (random.integer(0, 4) == 0)
                std::fill(sequence.back().begin(), sequence.back().end(), 0.0f);
            std::vector<float> y(n.batches * n.steps * n.outputs);
            for (std::size_t b = 0; b < n.batches; ++b)
                for (std::size_t t = 0; t < n.steps; ++t) {
                    const auto from = sequence.back().begin() + static_cast<std::ptrdiff_t>(n.row(b, t) * n.inputs);
                    const auto out = rows[b].step({from, from + static_cast<std::ptrdiff_t>(n.inputs)});
                    std::copy(out.begin(), out.end(), y.data() + n.row(b, t) * n.outputs);
                }
            expected.push_back(y);
        }
        const RandomSimd simd(random);
        CHECK(runSequence<float, float>(one, sequence, optionsFor(randomArithmetic(random), random.chance() ? 2 : 1)) == expected);
    }
}

TEST_CASE("lstmOfFloatsGivesWhatTfliteExpects")
{
    const LstmFigures f;
    const std::vector<float> x{0.7f, 0.8f, 0.1f, 0.2f, 0.3f, 0.3f, 0.2f, 0.9f, 0.8f, 0.1f, 0.8f, 0.1f, 0.2f, 0.4f, 0.5f,
                               0.1f, 0.5f, 0.2f, 0.4f, 0.2f, 0.2f, 0.7f, 0.7f, 0.1f, 0.7f, 0.6f, 0.9f, 0.2f, 0.5f, 0.7f};
    const std::vector<float> withInputGate{0.0244077f,   0.128027f, -0.00170918f, -0.00692428f, 0.0848741f, 0.063445f,  0.0137642f,  0.140751f, 0.0395835f,
                                           -0.00403912f, 0.139963f, 0.072681f,    -0.00459231f, 0.155278f,  0.0837377f, 0.00752706f, 0.161903f, 0.0561371f};
    const std::vector<float> coupled{0.02129706f,    0.140816242f, 0.0112733059f, -0.0226350538f, 0.0916948169f, 0.0769175813f, 0.0132302344f,  0.152308047f, 0.0346313119f,
                                     -0.0269966982f, 0.149707705f, 0.094149217f,  -0.0123688057f, 0.165790111f,  0.0893077999f, -0.0103429332f, 0.173016444f, 0.0720508844f};
    for (const bool inputGate : {true, false})
        for (const int form : {0, 1, 2}) { // floats; int8 weights with symmetric and with asymmetric inputs
            INFO("input gate " << inputGate << ", form " << form);
            LstmNetwork n;
            n.inputGate = inputGate;
            FloatWeights w;
            w.hybrid = form > 0;
            w.asymmetric = form == 2;
            for (std::size_t g = 0; g < 4; ++g) {
                w.input[g] = quantized(f.input[g]);
                w.recurrent[g] = quantized(f.recurrent[g]);
                w.peephole[g] = quantized(f.peephole[g]);
                w.bias[g] = f.bias[g];
                w.norm[g] = f.norm[g];
            }
            w.projection = quantized(f.projection);
            const auto y = floatNetwork(n, w).run<float>({bytesOf(x)});
            const auto &expected = inputGate ? withInputGate : coupled;
            REQUIRE(y.size() == expected.size());
            double worst = 0;
            for (std::size_t i = 0; i < y.size(); ++i)
                worst = std::max(worst, static_cast<double>(std::abs(y[i] - expected[i])));
            CHECK(worst < (form == 0 ? 1e-6 : inputGate ? 0.00106 : 0.001));
        }
}

TEST_CASE("lstmRefusesWhatDoesNotFit")
{
    Random random(baseSeed());
    LstmNetwork n;
    n.projectionBias = true;
    FloatWeights w = randomWeights(random, n);
    w.hybrid = false;
    const auto refusal = [&](auto change) {
        OneOperator one = floatNetwork(n, w);
        change(one);
        return one.refusal();
    };
    CHECK(refusal([](OneOperator &) {}).empty());
    const auto changed = [&](auto change) { // any change of the tensors by their order: input, four matrices, ...
        return refusal([&](OneOperator &one) { change(one.tiny().graph().tensors); });
    };
    using Tensors = std::vector<Tensor>;
    CHECK(changed([](Tensors &t) { t[2].shape = {5, 4}; }).find("forget gate's matrix of inputs has a shape") != std::string::npos);
    CHECK(changed([](Tensors &t) { t[7].type = ElementType::Int8; }).find("cell gate's recurrent matrix is of type") != std::string::npos);
    CHECK(changed([](Tensors &t) { t[10].shape = {3}; }).find("forget gate's peephole") != std::string::npos);
    CHECK(changed([](Tensors &t) { t[12].buffer = {}; }).find("input gate's bias is not constant") != std::string::npos);
    CHECK(changed([](Tensors &t) { t[18].isVariable = false; }).find("states") != std::string::npos);
    CHECK(changed([](Tensors &t) { t[19].shape = {2, 5}; }).find("states") != std::string::npos);
    CHECK(changed([](Tensors &t) { t[24].shape = {3, 2, 4}; }).find("row of outputs") != std::string::npos);
    CHECK(refusal([](OneOperator &one) { one.realOption("cell_clip", -1.0); }).find("negative clip") != std::string::npos);
    CHECK(refusal([](OneOperator &one) { one.option("fused_activation_function", 2); }).find("activation") != std::string::npos);
    n.projection = n.projectionBias = false;
    CHECK(refusal([](OneOperator &) {}).find("no projection") != std::string::npos);
}
