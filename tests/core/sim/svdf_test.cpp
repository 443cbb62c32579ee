// SPDX-License-Identifier: GPL-3.0-or-later
#include "twin.h"

#include "core/sim/kernels/hybrid.h"

using namespace requant;
using namespace testing;

namespace {

struct Sizes
{
    int batches, inputs, units, rank, memory;
    int filters() const { return units * rank; }
    std::size_t states() const { return static_cast<std::size_t>(batches * filters() * memory); }
};

Sizes randomSizes(Random &random)
{
    return {random.integer(1, 3), random.integer(1, 40), random.integer(1, 6), random.integer(1, 3), random.integer(1, 9)};
}

OneOperator network(const Sizes &n, int activation)
{
    OneOperator one(Op::Svdf);
    one.option("rank", n.rank);
    one.option("fused_activation_function", activation);
    return one;
}

// The operator's last input: a variable tensor, which no run sets.
void addState(OneOperator &one, const Sizes &n, ElementType type, float scale = 0, std::int64_t zeroPoint = 0)
{
    auto &tiny = one.tiny();
    const Shape shape{n.batches, n.filters() * n.memory};
    const TensorIndex t = scale > 0 ? tiny.activation("state", shape, type, scale, zeroPoint) : tiny.plain("state", shape, type);
    tiny.graph().tensor(t).isVariable = true;
    one.append(t);
}

std::vector<float> floatSvdf(const Sizes &n, const std::vector<float> &feature, const std::vector<float> &time, const std::vector<float> &bias,
                             const std::vector<float> &newest, std::vector<float> &state)
{
    (void)feature;
    std::vector<float> out;
    const auto filters = static_cast<std::size_t>(n.filters()), memory = static_cast<std::size_t>(n.memory);
    for (std::size_t b = 0; b < static_cast<std::size_t>(n.batches); ++b)
        for (std::size_t u = 0; u < static_cast<std::size_t>(n.units); ++u) {
            float total = 0;
            for (std::size_t k = 0; k < static_cast<std::size_t>(n.rank); ++k) {
                const std::size_t f = u * static_cast<std::size_t>(n.rank) + k;
                float *s = state.data() + (b * filters + f) * memory;
                for (std::size_t m = 0; m + 1 < memory; ++m)
                    s[m] = s[m + 1];
                s[memory - 1] = newest[b * filters + f];
                float sum = 0;
                for (std::size_t m = 0; m < memory; ++m)
                    sum += time[f * memory + m] * s[m];
                total += sum;
            }
            if (!bias.empty())
                total += bias[u];
            out.push_back(total);
        }
    return out;
}

float clip(float v, int activation)
{
    if (activation != 0)
        v = std::max(v, activation == 2 ? -1.0f : 0.0f);
    return activation > 1 ? std::min(v, activation == 2 ? 1.0f : 6.0f) : v;
}

template <class State>
void integersEqual(ElementType stateType)
{
    for (std::uint64_t round = 0; round < 50; ++round) {
        const std::uint64_t seed = baseSeed() + round;
        INFO("REQUANT_SEED=" << seed);
        Random random(seed);
        const Sizes n = randomSizes(random);
        const bool wide = stateType == ElementType::Int16, hasBias = random.chance();
        const float sx = 0.02f, sf = 0.01f, st = wide ? 1.0f / 32768 : 0.01f;
        const double newestSize = 80 * 80 * std::sqrt(static_cast<double>(n.inputs)) * 0.02 * 0.01;
        const float ss = static_cast<float>(newestSize / (wide ? 20000 : 80) * random.real(0.5, 2.0));
        const int xZero = random.integer(-128, 127), stateZero = wide ? 0 : random.integer(-128, 127);
        const double outSize = newestSize * std::sqrt(static_cast<double>(n.memory * n.rank)) * (wide ? 0.5 : 0.8);
        const OutputGrid out{ElementType::Int8, static_cast<float>(outSize / 100 * random.real(0.5, 2.0)), random.integer(-128, 127)};
        const auto filters = static_cast<std::size_t>(n.filters()), inputs = static_cast<std::size_t>(n.inputs), memory = static_cast<std::size_t>(n.memory);
        const auto feature = randomValues<std::int8_t>(random, filters * inputs);
        const auto time = randomValues<State>(random, filters * memory);
        std::vector<std::int32_t> bias;
        for (int u = 0; u < n.units && hasBias; ++u)
            bias.push_back(random.integer(-20000, 20000));

        OneOperator one = network(n, 1);
        one.input({n.batches, n.inputs}, ElementType::Int8, sx, xZero);
        one.constant<std::int8_t>({n.filters(), n.inputs}, feature, QuantParams::perTensor(sf, 0));
        one.constant<State>({n.filters(), n.memory}, time, QuantParams::perTensor(st, 0));
        if (hasBias)
            one.constant<std::int32_t>({n.units}, bias);
        else
            one.absent();
        addState(one, n, stateType, ss, stateZero);
        one.output({n.batches, n.units}, ElementType::Int8, out.scale, out.zeroPoint);

        const Arithmetic arithmetic = randomArithmetic(random);
        std::vector<std::int64_t> state(n.states(), stateZero);
        std::vector<std::vector<std::int8_t>> sequence, expected;
        const OutputGrid stateGrid{stateType, ss, stateZero};
        for (int step = 0; step < 4; ++step) {
            const auto x = randomValues<std::int8_t>(random, static_cast<std::size_t>(n.batches) * inputs);
            sequence.push_back(x);
            std::vector<std::int8_t> y;
            for (std::size_t b = 0; b < static_cast<std::size_t>(n.batches); ++b)
                for (std::size_t u = 0; u < static_cast<std::size_t>(n.units); ++u) {
                    std::int64_t total = hasBias ? bias[u] : 0;
                    for (std::size_t f = u * static_cast<std::size_t>(n.rank); f < (u + 1) * static_cast<std::size_t>(n.rank); ++f) {
                        std::int64_t acc = 0;
                        for (std::size_t i = 0; i < inputs; ++i)
                            acc += (x[b * inputs + i] - xZero) * feature[f * inputs + i];
                        std::int64_t *s = state.data() + (b * filters + f) * memory;
                        std::copy(s + 1, s + memory, s);
                        s[memory - 1] = scaledOutput(acc, static_cast<double>(sx) * static_cast<double>(sf), Form::Fixed32, stateGrid, arithmetic);
                        for (std::size_t m = 0; m < memory; ++m)
                            total += (s[m] - stateZero) * time[f * memory + m];
                    }
                    y.push_back(static_cast<std::int8_t>(scaledOutput(total, static_cast<double>(ss) * static_cast<double>(st), Form::Fixed32, out, arithmetic)));
                }
            expected.push_back(y);
        }
        const RandomSimd simd(random);
        CHECK(runSequence<std::int8_t, std::int8_t>(one, sequence, optionsFor(arithmetic, random.chance() ? 2 : 1)) == expected);
    }
}

} // namespace

TEST_CASE("svdfEqualsItsDefinition")
{
    integersEqual<std::int16_t>(ElementType::Int16);
    integersEqual<std::int8_t>(ElementType::Int8);
}

TEST_CASE("svdfOfFloatsEqualsItsDefinition")
{
    for (std::uint64_t round = 0; round < 60; ++round) {
        const std::uint64_t seed = baseSeed() + round;
        INFO("REQUANT_SEED=" << seed);
        Random random(seed);
        const Sizes n = randomSizes(random);
        const bool hybrid = random.chance(), asymmetric = random.chance(), hasBias = random.chance();
        const int activation = random.integer(0, 3);
        const auto filters = static_cast<std::size_t>(n.filters()), inputs = static_cast<std::size_t>(n.inputs), memory = static_cast<std::size_t>(n.memory);
        const auto bits = randomValues<std::int8_t>(random, filters * inputs), timeBits = randomValues<std::int8_t>(random, filters * memory);
        auto feature = randomFloats(random, filters * inputs), time = randomFloats(random, filters * memory);
        const float sf = 0.013f, st = 0.007f;
        if (hybrid)
            for (std::size_t i = 0; i < time.size(); ++i)
                time[i] = static_cast<float>(timeBits[i]) * st;
        const auto bias = hasBias ? randomFloats(random, static_cast<std::size_t>(n.units)) : std::vector<float>{};
        OneOperator one = network(n, activation);
        one.option("asymmetric_quantize_inputs", asymmetric);
        one.input({n.batches, n.inputs}, ElementType::Float32);
        if (hybrid) {
            one.constant<std::int8_t>({n.filters(), n.inputs}, bits, QuantParams::perTensor(sf, 0));
            one.constant<std::int8_t>({n.filters(), n.memory}, timeBits, QuantParams::perTensor(st, 0));
        } else {
            one.constant<float>({n.filters(), n.inputs}, feature);
            one.constant<float>({n.filters(), n.memory}, time);
        }
        if (hasBias)
            one.constant<float>({n.units}, bias);
        else
            one.absent();
        addState(one, n, ElementType::Float32);
        one.output({n.batches, n.units}, ElementType::Float32);

        std::vector<float> state(n.states(), 0.0f);
        std::vector<std::vector<float>> sequence, expected;
        for (int step = 0; step < 4; ++step) {
            auto x = randomFloats(random, static_cast<std::size_t>(n.batches) * inputs, 3.0);
            if (step == 2)
                std::fill(x.begin(), x.end(), 0.0f);
            sequence.push_back(x);
            std::vector<float> newest;
            for (std::size_t b = 0; b < static_cast<std::size_t>(n.batches); ++b) {
                std::vector<std::int16_t> q(inputs);
                const DynamicGrid grid = asymmetric ? quantizeAsymmetric(x.data() + b * inputs, inputs, q.data()) : quantizeSymmetric(x.data() + b * inputs, inputs, q.data());
                for (std::size_t f = 0; f < filters; ++f) {
                    float sum = 0;
                    int product = 0;
                    for (std::size_t i = 0; i < inputs; ++i) {
                        sum += feature[f * inputs + i] * x[b * inputs + i];
                        product += (q[i] - grid.zeroPoint) * bits[f * inputs + i];
                    }
                    newest.push_back(hybrid ? static_cast<float>(product) * (grid.scale * sf) : sum);
                }
            }
            auto y = floatSvdf(n, feature, time, bias, newest, state);
            for (float &v : y)
                v = clip(v, activation);
            expected.push_back(y);
        }
        const RandomSimd simd(random);
        CHECK(runSequence<float, float>(one, sequence, optionsFor(randomArithmetic(random), random.chance() ? 2 : 1)) == expected);
    }
}

// Figures of tensorflow/tflite-micro, tensorflow/lite/micro/kernels/svdf_test.cc, "2x2x10": ten inputs of 2x2, rank 2, memory 10.
TEST_CASE("svdfGivesWhatTfliteMicrosOwnTestExpects")
{
    const Sizes n{2, 2, 4, 2, 10};
    const std::vector<float> inputs{
        0.12609188f,  -0.46347019f, 0.35867718f,  0.36897406f,  0.14278367f,  -1.64410412f, -0.57290924f, 0.12729003f,  0.49837467f,  0.19278903f,
        0.17660543f,  0.52949083f,  -0.11186574f, 0.13164264f,  -0.72674477f, -0.5683046f,  -0.68892461f, 0.37783599f,  -0.63690937f, 0.44483393f,
        -0.81299269f, -0.86831826f, -0.95760226f, 1.82078898f,  -1.45006323f, -0.82251364f, -1.65087092f, -1.89238167f, 0.03966608f,  -0.24936394f,
        2.06740379f,  -1.51439476f, 0.11771342f,  -0.23761693f, 0.31088525f,  -1.55601168f, -0.89477462f, 1.67204106f,  -0.6230064f,  0.29819036f};
    const std::vector<float> feature{-0.31930989f, 0.0079667f,   0.39296314f,  0.37613347f, 0.12416199f,  0.15785322f, 0.27901134f,  0.3905206f,
                                     0.21931258f,  -0.36137494f, -0.10640851f, 0.31053296f, -0.36118156f, -0.0976817f, -0.36916667f, 0.22197971f};
    const std::vector<float> time{
        -0.31930989f, 0.37613347f,  0.27901134f,  -0.36137494f, -0.36118156f, 0.22197971f,  0.27557442f,  -0.06634006f, 0.0079667f,   0.12416199f,
        0.3905206f,   -0.10640851f, -0.0976817f,  0.15294972f,  0.39635518f,  -0.02702999f, 0.39296314f,  0.15785322f,  0.21931258f,  0.31053296f,
        -0.36916667f, 0.38031587f,  -0.21580373f, 0.27072677f,  0.23622236f,  0.34936687f,  0.18174365f,  0.35907319f,  -0.17493086f, 0.324846f,
        -0.10781813f, 0.27201805f,  0.14324132f,  -0.23681851f, -0.27115166f, -0.01580888f, -0.14943552f, 0.15465137f,  0.09784451f,  -0.0337657f,
        -0.14884081f, 0.19931212f,  -0.36002168f, 0.34663299f,  -0.11405486f, 0.12672701f,  0.39463779f,  -0.07886535f, -0.06384811f, 0.08249187f,
        -0.26816407f, -0.19905911f, 0.29211238f,  0.31264046f,  -0.28664589f, 0.05698794f,  0.11613581f,  0.14078894f,  0.02187902f,  -0.21781836f,
        -0.15567942f, 0.08693647f,  -0.38256618f, 0.36580828f,  -0.22922277f, -0.0226903f,  0.12878349f,  -0.28122205f, -0.10850525f, -0.11955214f,
        0.27179423f,  -0.04710215f, 0.31069002f,  0.22672787f,  0.09580326f,  0.08682203f,  0.1258215f,   0.1851041f,   0.29228821f,  0.12366763f};
    const std::vector<float> golden{
        -0.044205f, -0.013757f, 0.050369f,  -0.018447f, 0.073010f,  0.025142f,  -0.021154f, 0.013551f,  -0.209613f, -0.062421f, 0.150209f,  -0.108334f, 0.028256f,  -0.006950f,
        -0.030885f, 0.009603f,  -0.076800f, -0.037075f, -0.087198f, -0.155183f, 0.091069f,  0.098446f,  -0.016083f, 0.106475f,  -0.082123f, -0.162238f, -0.084434f, -0.141074f,
        -0.029340f, -0.090685f, 0.053302f,  -0.030604f, -0.201440f, 0.088424f,  0.139877f,  0.012416f,  -0.113212f, 0.103893f,  -0.100842f, 0.122780f,  -0.166632f, -0.116705f,
        0.175298f,  -0.047163f, 0.313077f,  -0.166485f, -0.285860f, 0.129069f,  -0.625911f, 0.046134f,  0.138081f,  -0.129581f, -0.521455f, -0.061579f, 0.230289f,  0.114963f,
        -0.216693f, -0.161643f, -0.179177f, -0.052599f, -0.213239f, 0.029502f,  0.260858f,  0.275045f,  -0.213689f, -0.323608f, -0.285635f, -0.317687f, -0.324092f, -0.317972f,
        -0.208450f, -0.462504f, -0.255126f, -0.218576f, -0.041528f, 0.179421f,  -0.440583f, 0.072127f,  -0.284136f, 0.241570f};
    // float; weights int8 and inputs by their range; all int8 with int16 and with int8 state: the farther, the larger the step.
    for (const int form : {0, 1, 2, 3}) {
        INFO("form " << form);
        const bool integers = form > 1, wide = form == 2;
        const auto quantized = [](const std::vector<float> &v, float scale, auto zero) {
            std::vector<decltype(zero)> q;
            for (const float x : v)
                q.push_back(static_cast<decltype(zero)>(std::clamp<double>(std::round(static_cast<double>(x / scale)), std::numeric_limits<decltype(zero)>::min(), std::numeric_limits<decltype(zero)>::max())));
            return q;
        };
        const float sx = 2.5f / 127, sf = 0.4f / 127, st = wide ? 1.0f / 32767 : 0.4f / 127, ss = wide ? 16.0f / 32767 : 1.6f / 127, so = 1.0f / 127;
        OneOperator one = network(n, integers ? 1 : 0);
        integers ? one.input({2, 2}, ElementType::Int8, sx, 0) : one.input({2, 2}, ElementType::Float32);
        if (form == 0) {
            one.constant<float>({8, 2}, feature);
            one.constant<float>({8, 10}, time);
        } else {
            one.constant<std::int8_t>({8, 2}, quantized(feature, sf, std::int8_t{}), QuantParams::perTensor(sf, 0));
            wide ? one.constant<std::int16_t>({8, 10}, quantized(time, st, std::int16_t{}), QuantParams::perTensor(st, 0))
                 : one.constant<std::int8_t>({8, 10}, quantized(time, st, std::int8_t{}), QuantParams::perTensor(st, 0));
        }
        one.absent();
        integers ? addState(one, n, wide ? ElementType::Int16 : ElementType::Int8, ss, 0) : addState(one, n, ElementType::Float32);
        integers ? one.output({2, 4}, ElementType::Int8, so, 0) : one.output({2, 4}, ElementType::Float32);
        auto sim = one.simulator();
        REQUIRE(sim);
        if (const auto ok = sim->supported(); !ok)
            FAIL(text(ok.error()));
        double worst = 0;
        for (std::size_t step = 0; step < 10; ++step) {
            const std::vector<float> x(inputs.begin() + static_cast<std::ptrdiff_t>(step * 4), inputs.begin() + static_cast<std::ptrdiff_t>(step * 4 + 4));
            REQUIRE(sim->setInput(0, integers ? bytesOf(quantized(x, sx, std::int8_t{})) : bytesOf(x)));
            REQUIRE(sim->run());
            for (std::size_t i = 0; i < 8; ++i) {
                const float got = integers ? static_cast<float>(valuesOf<std::int8_t>(sim->output(0))[i]) * so : valuesOf<float>(sim->output(0))[i];
                worst = std::max(worst, static_cast<double>(std::abs(got - golden[step * 8 + i])));
            }
        }
        CHECK(worst < (form == 0 ? 1e-5 : form == 1 ? 0.01 : 0.03));
        CHECK((form == 0 || worst > 1e-5));
    }
}

TEST_CASE("svdfRefusesAStateThatIsNoVariable")
{
    const Sizes n{1, 2, 2, 1, 3};
    for (const bool variable : {true, false}) {
        OneOperator one = network(n, 0);
        one.input({1, 2}, ElementType::Float32);
        one.constant<float>({2, 2}, {1, 2, 3, 4});
        one.constant<float>({2, 3}, {1, 2, 3, 4, 5, 6});
        one.absent();
        addState(one, n, ElementType::Float32);
        for (Tensor &t : one.tiny().graph().tensors)
            t.isVariable = t.isVariable && variable;
        one.output({1, 2}, ElementType::Float32);
        CHECK(one.refusal().empty() == variable);
    }
}
