// SPDX-License-Identifier: GPL-3.0-or-later
#include "lstmnetwork.h"

#include "core/sim/kernels/fixed16.h"
#include "core/sim/kernels/normalization.h"

using namespace requant;
using namespace testing;

namespace {

std::int64_t clamp16(std::int64_t v) { return std::clamp<std::int64_t>(v, -32768, 32767); }

// round(x / 2^n), ties away from zero
std::int64_t halved(std::int64_t x, int n)
{
    const std::int64_t magnitude = (std::abs(x) + (std::int64_t{1} << (n - 1))) >> n;
    return x < 0 ? -magnitude : magnitude;
}

struct NormGrid
{
    Multiplier scale;
    int leastVariance;
};

// A row of int16 to its normalization: means with ten more bits, coefficients and bias, back to int16 in Q3.12.
std::vector<std::int64_t> normalized(const std::vector<std::int64_t> &row, const std::vector<std::int16_t> &coefficients, const std::vector<std::int32_t> &bias,
                                     const NormGrid &grid, FixedRounding rounding)
{
    const auto n = static_cast<std::int64_t>(row.size());
    std::int64_t sum = 0, squares = 0;
    for (const std::int64_t v : row) {
        sum += v;
        squares += v * v;
    }
    const std::int64_t mean = sum * 1024 / n, variance = (squares * ((1 << 20) / n) - mean * mean) / (1 << 20);
    const Multiplier inverse = inverseSquareRoot(static_cast<std::int32_t>(variance < 1 ? grid.leastVariance : variance));
    std::vector<std::int64_t> out;
    for (std::size_t i = 0; i < row.size(); ++i) {
        const std::int64_t unit = multiplyByQuantizedMultiplier(static_cast<std::int32_t>(1024 * row[i] - mean), inverse, rounding);
        const auto weighted = static_cast<std::int32_t>(unit * coefficients[i] + bias[i]);
        const auto rounded = static_cast<std::int32_t>((weighted > 0 ? std::int64_t{weighted} + 512 : std::int64_t{weighted} - 512) / 1024);
        out.push_back(clamp16(multiplyByQuantizedMultiplier(rounded, {grid.scale.multiplier, grid.scale.shift + 12}, rounding)));
    }
    return out;
}

struct IntegerWeights
{
    std::vector<std::int8_t> input[4], recurrent[4], projection;
    std::vector<std::int16_t> peephole[4], norm[4];
    std::vector<std::int32_t> bias[4], projectionBias;
    float inputScale[4], recurrentScale[4], peepholeScale[4], normScale[4], sumScale[4], projectionScale, hiddenScale, stateScale, xScale;
    int xZero, stateZero, hiddenZero, cellLog2;
};

// One step of one batch.
struct IntegerTwin
{
    const LstmNetwork &n;
    const IntegerWeights &w;
    FixedRounding rounding;
    std::vector<std::int64_t> h, c;

    std::int64_t scaled(std::int64_t v, float scale) const
    {
        return multiplyByQuantizedMultiplier(static_cast<std::int32_t>(v), quantizeMultiplier(static_cast<double>(scale)), rounding);
    }
    std::vector<std::int64_t> gate(std::size_t g, const std::int8_t *x) const
    {
        std::vector<std::int64_t> v;
        for (std::size_t k = 0; k < n.cells; ++k) {
            std::int64_t ofInput = n.norm ? 0 : w.bias[g][k], ofState = 0;
            for (std::size_t i = 0; i < n.inputs; ++i)
                ofInput += (x[i] - w.xZero) * w.input[g][k * n.inputs + i];
            for (std::size_t i = 0; i < n.outputs; ++i)
                ofState += (h[i] - w.stateZero) * w.recurrent[g][k * n.outputs + i];
            const std::int64_t first = clamp16(scaled(ofInput, w.inputScale[g] * w.xScale / w.sumScale[g]));
            std::int64_t sum = clamp16(scaled(ofState, w.recurrentScale[g] * w.stateScale / w.sumScale[g]) + first);
            if (n.peephole && g != 2 && k < n.outputs) { // TFLite takes as many cells as there are outputs
                const double factor = std::pow(2.0, w.cellLog2) * static_cast<double>(w.peepholeScale[g]) / static_cast<double>(w.sumScale[g]);
                sum = clamp16(scaled(w.peephole[g][k] * c[k], static_cast<float>(factor)) + sum);
            }
            v.push_back(sum);
        }
        if (n.norm)
            v = normalized(v, w.norm[g], w.bias[g],
                           {quantizeMultiplier(static_cast<double>(w.normScale[g])), std::max(1, static_cast<int>(10000 * w.normScale[g]))}, rounding);
        for (std::int64_t &value : v)
            value = g == 2 ? tanhQ(3, static_cast<std::int16_t>(value)) : logisticQ3(static_cast<std::int16_t>(value));
        return v;
    }
    std::vector<std::int8_t> step(const std::int8_t *x)
    {
        const auto in = n.inputGate ? gate(0, x) : std::vector<std::int64_t>{};
        const auto forget = gate(1, x), update = gate(2, x);
        const float cellScale = static_cast<float>(std::pow(2.0, w.cellLog2));
        const auto cellClip = static_cast<std::int64_t>(std::min(n.cellClip / cellScale, 32767.0f));
        for (std::size_t k = 0; k < n.cells; ++k) {
            c[k] = clamp16(halved(forget[k] * c[k], 15) + halved((n.inputGate ? in[k] : 32767 - forget[k]) * update[k], 30 + w.cellLog2));
            if (cellClip > 0)
                c[k] = std::clamp(c[k], -cellClip, cellClip);
        }
        const auto out = gate(3, x);
        const auto clamp8 = [](std::int64_t v) { return std::clamp<std::int64_t>(v, -128, 127); };
        const float hiddenFactor = static_cast<float>(std::pow(2.0, -30) / static_cast<double>(w.hiddenScale));
        std::vector<std::int64_t> hidden;
        for (std::size_t k = 0; k < n.cells; ++k)
            hidden.push_back(clamp8(scaled(out[k] * tanhQ(15 + w.cellLog2, static_cast<std::int16_t>(c[k])), hiddenFactor) + (n.projection ? -w.hiddenZero : w.hiddenZero)));
        if (n.projection)
            for (std::size_t k = 0; k < n.outputs; ++k) {
                std::int64_t sum = n.projectionBias ? w.projectionBias[k] : 0;
                for (std::size_t i = 0; i < n.cells; ++i)
                    sum += (hidden[i] + w.hiddenZero) * w.projection[k * n.cells + i];
                h[k] = clamp8(scaled(sum, w.projectionScale * w.hiddenScale / w.stateScale) + w.stateZero);
                if (n.outputClip > 0) {
                    const auto bound = static_cast<std::int64_t>(std::min(n.outputClip / w.stateScale, 127.0f));
                    h[k] = bound > 0 ? std::clamp(h[k], -bound, bound) : h[k];
                }
            }
        else
            h = hidden;
        return {h.begin(), h.end()};
    }
};

OneOperator integerNetwork(const LstmNetwork &n, const IntegerWeights &w)
{
    const auto grid = [](float scale) { return QuantParams::perTensor(scale, 0); };
    OneOperator one(Op::UnidirectionalSequenceLstm);
    n.setOptions(one);
    one.input(n.shape(n.inputs), ElementType::Int8, w.xScale, w.xZero);
    const Shape matrix{n.dim(n.cells), n.dim(n.inputs)}, recurrent{n.dim(n.cells), n.dim(n.outputs)}, cells{n.dim(n.cells)};
    for (std::size_t g = 0; g < 4; ++g)
        n.isThere(g) ? void(one.constant(matrix, w.input[g], grid(w.inputScale[g]))) : one.absent();
    for (std::size_t g = 0; g < 4; ++g)
        n.isThere(g) ? void(one.constant(recurrent, w.recurrent[g], grid(w.recurrentScale[g]))) : one.absent();
    for (const std::size_t g : {0u, 1u, 3u})
        n.isThere(g) && n.peephole ? void(one.constant(cells, w.peephole[g], grid(w.peepholeScale[g]))) : one.absent();
    for (std::size_t g = 0; g < 4; ++g)
        n.isThere(g) ? void(one.constant(cells, w.bias[g])) : one.absent();
    n.projection ? void(one.constant(Shape{n.dim(n.outputs), n.dim(n.cells)}, w.projection, grid(w.projectionScale))) : one.absent();
    n.projectionBias ? void(one.constant(Shape{n.dim(n.outputs)}, w.projectionBias)) : one.absent();
    n.addState(one, n.outputs, ElementType::Int8, w.stateScale, w.stateZero);
    n.addState(one, n.cells, ElementType::Int16, static_cast<float>(std::pow(2.0, w.cellLog2)), 0);
    for (std::size_t g = 0; g < 4 && n.allInputs(); ++g)
        n.isThere(g) && n.norm ? void(one.constant(cells, w.norm[g], grid(w.normScale[g]))) : one.absent();
    for (std::size_t g = 0; g < 4; ++g)
        one.intermediate(ElementType::Int16, w.sumScale[g], 0);
    one.intermediate(ElementType::Int8, w.hiddenScale, w.hiddenZero);
    one.output(n.shape(n.outputs), ElementType::Int8, w.stateScale, w.stateZero);
    return one;
}

IntegerWeights randomWeights(Random &random, const LstmNetwork &n)
{
    IntegerWeights w;
    const auto scaleOf = [&](float one, std::size_t terms) { return static_cast<float>(random.real(0.5, 4.0) / (70 * 70 * std::sqrt(static_cast<double>(terms))) / static_cast<double>(one)); };
    w.xScale = 0.02f;
    w.xZero = random.integer(-128, 127);
    w.stateScale = 1.0f / 128;
    w.stateZero = random.integer(-20, 20);
    w.hiddenScale = 1.0f / static_cast<float>(random.integer(100, 200));
    w.hiddenZero = random.integer(-20, 20);
    w.cellLog2 = random.integer(-15, -9);
    for (std::size_t g = 0; g < 4; ++g) {
        w.input[g] = randomValues<std::int8_t>(random, n.cells * n.inputs);
        w.recurrent[g] = randomValues<std::int8_t>(random, n.cells * n.outputs);
        w.peephole[g] = randomValues<std::int16_t>(random, n.cells);
        w.norm[g] = randomValues<std::int16_t>(random, n.cells);
        for (std::size_t k = 0; k < n.cells; ++k)
            w.bias[g].push_back(n.norm ? random.integer(-20000000, 20000000) : random.integer(-5000, 5000));
        w.inputScale[g] = scaleOf(w.xScale, n.inputs) * 2;
        w.recurrentScale[g] = scaleOf(w.stateScale, n.outputs);
        w.peepholeScale[g] = static_cast<float>(random.real(0.2, 2.0) / 32768);
        w.normScale[g] = static_cast<float>(random.real(0.2, 2.0) / 32768);
        w.sumScale[g] = n.norm ? static_cast<float>(random.real(0.2, 2.0) * 0.007) : 1.0f / 4096;
    }
    w.projection = randomValues<std::int8_t>(random, n.outputs * n.cells);
    w.projectionScale = static_cast<float>(random.real(0.5, 2.0) / (70 * std::sqrt(static_cast<double>(n.cells))));
    for (std::size_t k = 0; k < n.outputs; ++k)
        w.projectionBias.push_back(random.integer(-1000, 1000));
    return w;
}

} // namespace

TEST_CASE("lstmOfIntegersEqualsItsDefinition")
{
    for (std::uint64_t round = 0; round < 80; ++round) {
        const std::uint64_t seed = baseSeed() + round;
        INFO("REQUANT_SEED=" << seed);
        Random random(seed);
        LstmNetwork n(random);
        if (n.peephole && n.outputs < n.cells && n.timeMajor)
            n.batches = 1; // TFLite mixes up rows there, which its figures below show
        const IntegerWeights w = randomWeights(random, n);
        OneOperator one = integerNetwork(n, w);
        const Arithmetic arithmetic = randomArithmetic(random);
        std::vector<IntegerTwin> rows(n.batches, {n, w, fixedRounding(arithmetic), std::vector<std::int64_t>(n.outputs, w.stateZero), std::vector<std::int64_t>(n.cells, 0)});
        std::vector<std::vector<std::int8_t>> sequence, expected;
        for (int run = 0; run < 2; ++run) {
            sequence.push_back(randomValues<std::int8_t>(random, n.batches * n.steps * n.inputs));
            std::vector<std::int8_t> y(n.batches * n.steps * n.outputs);
            for (std::size_t b = 0; b < n.batches; ++b)
                for (std::size_t t = 0; t < n.steps; ++t) {
                    const auto out = rows[b].step(sequence.back().data() + n.row(b, t) * n.inputs);
                    std::copy(out.begin(), out.end(), y.data() + n.row(b, t) * n.outputs);
                }
            expected.push_back(y);
        }
        const RandomSimd simd(random);
        CHECK(runSequence<std::int8_t, std::int8_t>(one, sequence, optionsFor(arithmetic, random.chance() ? 2 : 1)) == expected);
    }
}

// Figures of LiteRT, tflite/kernels/internal/tensor_utils_test.cc.
TEST_CASE("fixedPointTanhAndSigmoidGiveWhatTfliteExpects")
{
    const auto all = [](const std::vector<int> &in, auto f) {
        std::vector<int> out;
        for (const int v : in)
            out.push_back(f(static_cast<std::int16_t>(v)));
        return out;
    };
    const auto tanhOf = [](int bits) { return [bits](std::int16_t v) { return int{tanhQ(bits, v)}; }; };
    CHECK(all({-10500, 1398, -6963, -7404, 485, -5401, -1757, -7668, -19248, -9692, -24249, -17923, -15840, -10026, 5249,
               -89, 1787, -16178, -6691, -19524, -13439, -24048, -1123, 32767, -17267, -3378, 823, 11482, -11139, 7508},
              logisticQ3) == std::vector<int>{2339, 19152, 5063, 4617, 17350, 6917, 12921, 4371, 299, 2813, 89, 409, 673, 2605, 25646,
                                              16207, 19904, 615, 5353, 273, 1187, 91, 14153, 32756, 475, 9983, 18026, 30898, 2023, 28246});
    const std::vector<int> small{-145, 899, -176, -35, 264, 289, 8, 27, -37, -1310, -120, 127, -16, 106, 370,
                                 -583, -299, 93, -548, 548, 653, -29, -53, 1058, -52, -164, -149, -635, 201, -1297};
    CHECK(all(small, tanhOf(3)) == std::vector<int>{-1156, 7076, -1412, -276, 2104, 2308, 64, 220, -288, -10132, -964, 1016, -120, 844, 2944,
                                                    -4640, -2392, 736, -4352, 4352, 5180, -232, -428, 8276, -412, -1308, -1196, -5044, 1612, -10044});
    CHECK(all(small, tanhOf(0)) == std::vector<int>{-136, 904, -176, -40, 260, 292, 8, 28, -44, -1304, -120, 120, -24, 112, 376,
                                                    -576, -308, 88, -544, 544, 652, -32, -60, 1056, -56, -156, -144, -636, 192, -1300});
    CHECK(all({-5, 163, -31, -5, 54, 90, 1, 2, -4, -42, -8, 29, 0, 47, 150, -26, -36, 9, -73, 25, 14, -2, -1, 29, -10, -12, -18, -29, 51, -92}, tanhOf(4)) ==
          std::vector<int>{-76, 2596, -496, -76, 856, 1436, 24, 36, -64, -672, -120, 456, 0, 752, 2400,
                           -412, -576, 148, -1168, 400, 216, -36, -24, 456, -164, -192, -292, -456, 820, -1476});
}

TEST_CASE("fixedPointTanhAndSigmoidAreNearTheRealOnes")
{
    for (int bits = 0; bits <= 6; ++bits) {
        double worst = 0;
        for (int v = -32768; v <= 32767; ++v)
            worst = std::max(worst, std::abs(tanhQ(bits, static_cast<std::int16_t>(v)) - 32768 * std::tanh(v / std::pow(2.0, 15 - bits))));
        INFO(bits << " bits");
        CHECK(worst < 24);
    }
    double worst = 0;
    for (int v = -32768; v <= 32767; ++v)
        worst = std::max(worst, std::abs(logisticQ3(static_cast<std::int16_t>(v)) - 32768 / (1 + std::exp(-v / 4096.0))));
    CHECK(worst < 24);
}

// Figures of LiteRT, tflite/kernels/internal/tensor_utils_test.cc: this file's own definition is TFLite's.
TEST_CASE("integerLayerNormalizationGivesWhatTfliteExpects")
{
    const std::vector<std::int64_t> in{-310, 596, 34, -68, 475, 92, 672, -54, -913, -200, -1194, -836, -620, -237, 991,
                                       533, 721, -736, -8, -941, -372, -1084, 591, 2557, -779, 175, 582, 956, -287, 944};
    const std::vector<std::int16_t> coefficients{21849, 22882, 20626, 23854, 24779, 26354, 12980, 26231, 23716, 27271, 24937, 22647, 24715, 22854, 19646};
    const std::vector<std::int32_t> bias{-14175520, -13805465, -16027609, -13786809, -13321033, -14399810, -15055368, -14536623,
                                         -14508746, -13784007, -15206609, -15125830, -14996304, -14847597, -12814379};
    std::vector<std::int64_t> out;
    for (std::ptrdiff_t row = 0; row < 2; ++row) {
        const auto one = normalized({in.begin() + row * 15, in.begin() + row * 15 + 15}, coefficients, bias, {{1895840000, -13}, 1}, FixedRounding::Double);
        out.insert(out.end(), one.begin(), one.end());
    }
    CHECK(out == std::vector<std::int64_t>{-9407, 5846, -4802, -5295, 4822, -2390, 930, -5283, -20352, -7846, -26539, -18704, -15829, -8627, 10313,
                                           -2522, -132, -16058, -8206, -19158, -13296, -14407, -1235, 20612, -18591, -6738, -2274, 2602, -11622, 1565});
}

// Figures of LiteRT, tflite/kernels/lstm_test.cc: the integer cases with layer normalization and projection, without and with
// peepholes. Grids by ranges and real values to integers in float, as there.
TEST_CASE("lstmOfIntegersGivesWhatTfliteExpects")
{
    const LstmFigures f;
    for (const bool peephole : {false, true}) {
        LstmNetwork n;
        n.peephole = peephole;
        IntegerWeights w;
        const auto fill = [](auto &to, float &scale, const std::vector<float> &real, float low, float high) {
            using T = typename std::remove_reference_t<decltype(to)>::value_type;
            const float qmin = static_cast<float>(std::numeric_limits<T>::min()), qmax = static_cast<float>(std::numeric_limits<T>::max());
            scale = (high - low) / (qmax - qmin);
            const float zero = std::round(-qmin + std::abs(low / scale) < qmax + std::abs(high / scale) ? qmin - low / scale : qmax - high / scale);
            to.clear();
            for (const float v : real)
                to.push_back(static_cast<T>(std::max(qmin, std::min(qmax, std::round(zero + v / scale)))));
        };
        float none = 0;
        for (std::size_t g = 0; g < 4; ++g) {
            fill(w.input[g], w.inputScale[g], f.input[g], -1.0f, 1.0f);
            const float recurrent = peephole && g == 1 ? 0.9f : 1.0f;
            fill(w.recurrent[g], w.recurrentScale[g], f.recurrent[g], -recurrent, recurrent);
            fill(w.bias[g], none, f.bias[g], -100.0f, peephole && g == 1 ? 80.0f : 100.0f);
            const float norm = peephole && g < 2 ? 0.5f : 1.0f;
            fill(w.norm[g], w.normScale[g], f.norm[g], peephole ? -norm : -1.00001f, norm);
            w.sumScale[g] = g % 2 == 0 ? 0.007059f : 0.007812f;
        }
        fill(w.peephole[0], w.peepholeScale[0], {0.3f, -0.1f, 0.1f, -0.2f}, -0.3f, 0.3f);
        fill(w.peephole[1], w.peepholeScale[1], {0.2f, -0.1f, 0.1f, -0.2f}, -0.3f, 0.3f);
        fill(w.peephole[3], w.peepholeScale[3], {0.3f, -0.1f, 0.1f, -0.3f}, -0.3f, 0.3f);
        fill(w.projection, w.projectionScale, f.projection, -0.5f, 0.5f);
        w.xScale = 1.0f / 128;
        w.xZero = w.stateZero = w.hiddenZero = 0;
        w.hiddenScale = 0.007f;
        w.stateScale = 1.0f / 32768;
        w.cellLog2 = -15;
        OneOperator one = integerNetwork(n, w);
        std::vector<std::int8_t> x;
        for (const float v : {0.7, 0.8, 0.1, 0.2, 0.3, 0.8, 0.1, 0.2, 0.4, 0.5, 0.2, 0.7, 0.7, 0.1, 0.7,
                              0.3, 0.2, 0.9, 0.8, 0.1, 0.7, 0.8, 0.1, 0.2, 0.3, 0.3, 0.2, 0.9, 0.8, 0.1})
            x.push_back(static_cast<std::int8_t>(std::round(v * 128)));
        const std::vector<std::int8_t> plain{127, 127, -108, -67, 127, 127, -128, 127, 127, -128, 127, 127, 127, 127, 127, -128, 127, 127};
        const std::vector<std::int8_t> peepholes{127, 127, -16, -21, 127, 127, 23, 127, 127, -128, 127, 127, 127, 127, 127, -128, 127, 127};
        CHECK(one.run<std::int8_t>({bytesOf(x)}) == (peephole ? peepholes : plain));
    }
}
