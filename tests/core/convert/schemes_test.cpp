// SPDX-License-Identifier: GPL-3.0-or-later
// Every scheme on small generated networks: what it promises is checked on the written integers and scales by definition, and the
// network must still compute what its source does.
#include "core/convert/lossless.h"
#include "core/convert/report.h"

#include "core/constraints/target.h"
#include "core/sim/samplerunner.h"
#include "core/sim/synthetic.h"
#include "core/tflite/tflite.h"
#include "tests/core/tinymodel.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <cstdlib>
#include <random>

using namespace requant;
using namespace requant::test;

namespace {

unsigned firstSeed()
{
    const char *given = std::getenv("REQUANT_SEED");
    return given ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : 1u;
}

// input -> CONV_2D (RELU6) -> DEPTHWISE_CONV_2D (RELU) -> CONV_2D -> ADD with the first one -> MEAN -> FULLY_CONNECTED -> SOFTMAX, the
// types and grids as uint8 training (per-tensor, zero points anywhere) or int8 quantization (per-channel) leaves them.
struct Net : TinyModel
{
    std::mt19937 engine;
    bool isSigned;
    int channels;
    TensorIndex in, expand, depth, linear, sum, mean, logits, soft;

    explicit Net(unsigned seed) : engine(seed), isSigned(seed % 2 != 0), channels(4 + static_cast<int>(engine() % 5))
    {
        in = made("in", {1, 6, 6, 3}, 1.0 / 128, 128);
        expand = made("expand", {1, 6, 6, channels}, 6.0 / 255, 0);
        depth = made("depth", {1, 6, 6, channels}, 0.03, 0);
        linear = made("linear", {1, 6, 6, channels}, 0.05, 90 + static_cast<int>(engine() % 80));
        sum = made("sum", {1, 6, 6, channels}, 0.06, 60 + static_cast<int>(engine() % 80));
        mean = made("mean", {1, channels}, 0.04, 60 + static_cast<int>(engine() % 80));
        logits = made("logits", {1, 5}, 0.05, 100 + static_cast<int>(engine() % 60));
        soft = made("soft", {1, 5}, 1.0 / 256, 0);
        weighted(Op::Conv2D, in, expand, {channels, 1, 1, 3}, 0, options("Conv2DOptions", 3), 1.2);
        weighted(Op::DepthwiseConv2D, expand, depth, {1, 3, 3, channels}, 3, depthOptions(), 0.5);
        weighted(Op::Conv2D, depth, linear, {channels, 1, 1, channels}, 0, options("Conv2DOptions", 0), 1.0);
        add(Op::Add, {expand, linear}, {sum}, plainOptions("AddOptions"));
        const TensorIndex axes = constant<std::int32_t>("axes", {2}, ElementType::Int32, {}, {1, 2});
        add(Op::Mean, {sum, axes}, {mean}, plainOptions("ReducerOptions"));
        weighted(Op::FullyConnected, mean, logits, {5, channels}, 0, plainOptions("FullyConnectedOptions"), 1.0);
        add(Op::Softmax, {logits}, {soft}, softmax());
        io({in}, {soft});
    }

    ElementType type() const { return isSigned ? ElementType::Int8 : ElementType::UInt8; }

    TensorIndex made(const char *name, Shape shape, double scale, int zeroPoint)
    {
        return activation(name, std::move(shape), type(), static_cast<float>(scale), isSigned ? zeroPoint - 128 : zeroPoint);
    }

    void weighted(Op op, TensorIndex from, TensorIndex to, Shape shape, int dimension, TablePtr opOptions, double size)
    {
        const std::size_t n = static_cast<std::size_t>(elementCount(shape));
        const int outputs = shape[static_cast<std::size_t>(dimension)];
        const double inputs = static_cast<double>(n) / outputs;
        std::normal_distribution<double> normal;
        const int zero = isSigned ? 0 : 110 + static_cast<int>(engine() % 40);
        std::vector<double> scales;
        for (int o = 0; o < (isSigned ? outputs : 1); ++o)
            scales.push_back(size / std::sqrt(inputs) * 3 / 127 * (isSigned ? std::exp2(normal(engine)) : 1.0));
        QuantParams quant;
        for (const double s : scales)
            quant.scale.push_back(static_cast<float>(s));
        quant.zeroPoint.assign(scales.size(), zero);
        quant.quantizedDimension = scales.size() > 1 ? dimension : 0;
        std::vector<std::int8_t> values;
        for (std::size_t i = 0; i < n; ++i)
            values.push_back(static_cast<std::int8_t>(std::clamp(static_cast<int>(std::lround(zero + 40 * normal(engine))), isSigned ? -127 : 1, isSigned ? 127 : 255)));
        std::vector<std::int32_t> bias;
        QuantParams biasQuant;
        for (int o = 0; o < outputs; ++o) {
            const double step = static_cast<double>(graph().tensor(from).quant.scale[0]) * static_cast<double>(quant.scaleAt(static_cast<std::size_t>(o)));
            bias.push_back(static_cast<std::int32_t>(std::lround(0.5 * size * normal(engine) / step)));
        }
        for (const float s : quant.scale)
            biasQuant.scale.push_back(s * graph().tensor(from).quant.scale[0]);
        biasQuant.zeroPoint.assign(biasQuant.scale.size(), 0);
        const std::string name = graph().tensor(to).name;
        const TensorIndex w = constant<std::int8_t>(name + "/weights", std::move(shape), type(), std::move(quant), values);
        const TensorIndex b = constant<std::int32_t>(name + "/bias", {outputs}, ElementType::Int32, std::move(biasQuant), bias);
        add(op, {from, w, b}, {to}, std::move(opOptions));
    }

    static TablePtr depthOptions()
    {
        auto t = std::make_shared<Table>(*options("DepthwiseConv2DOptions", 1));
        t->set("depth_multiplier", FieldValue{std::int64_t{1}});
        return t;
    }
    static TablePtr plainOptions(const char *type)
    {
        auto t = std::make_shared<Table>();
        t->type = type;
        return t;
    }
    static TablePtr softmax()
    {
        auto t = std::make_shared<Table>();
        t->type = "SoftmaxOptions";
        t->set("beta", FieldValue{1.0});
        return t;
    }
};

Recipe scheme(ElementType type, Symmetry symmetry, ScaleRule activations, ScaleRule weights, Granularity granularity, int bits = 0)
{
    Rule r;
    r.activations.type = type;
    r.activations.symmetry = symmetry;
    r.activations.scale = activations;
    r.weights.type = type == ElementType::UInt8 ? ElementType::UInt8 : ElementType::Int8;
    r.weights.symmetry = Symmetry::Symmetric;
    r.weights.scale = weights;
    r.weights.granularity = granularity;
    if (bits)
        r.weights.bits = bits;
    Recipe recipe;
    recipe.rules = {r};
    return recipe;
}

std::vector<std::int64_t> integers(const Model &m, const Tensor &t)
{
    std::vector<std::int64_t> out;
    const auto take = [&](const auto &all) { out.assign(all.begin(), all.end()); };
    switch (t.type) {
    case ElementType::Int8: take(values<std::int8_t>(m, t)); break;
    case ElementType::UInt8: take(values<std::uint8_t>(m, t)); break;
    case ElementType::Int32: take(values<std::int32_t>(m, t)); break;
    case ElementType::Int64: take(values<std::int64_t>(m, t)); break;
    case ElementType::Int4:
        for (const std::uint8_t b : values<std::uint8_t>(m, t))
            for (const int nibble : {b & 15, b >> 4})
                out.push_back(nibble < 8 ? nibble : nibble - 16);
        out.resize(static_cast<std::size_t>(elementCount(t.shape)));
        break;
    default: break;
    }
    return out;
}

struct Layer
{
    const Tensor *in, *weights, *bias, *out;
};

std::vector<Layer> weightedLayers(const Model &m)
{
    std::vector<Layer> out;
    const Subgraph &g = m.subgraphs.front();
    for (const Operator &op : g.operators) {
        if (op.code == Op::Conv2D || op.code == Op::DepthwiseConv2D || op.code == Op::FullyConnected)
            out.push_back({&g.tensor(op.inputs[0]), &g.tensor(op.inputs[1]), &g.tensor(op.inputs[2]), &g.tensor(op.outputs[0])});
    }
    return out;
}

struct Checked
{
    Conversion conversion;
    double sqnr = 0;
};

// Converts, checks what holds for every scheme, and measures the logits on synthetic inputs.
Checked convertAndCheck(const std::shared_ptr<const Model> &model, Recipe recipe, bool expectMet = true)
{
    auto c = convert({model, recipe, nullptr, {}});
    INFO((c ? std::string() : text(c.error())));
    REQUIRE(c);
    for (const Diagnostic &d : verifyQuantization(*c->model)) {
        if (d.severity != Severity::Note)
            FAIL_CHECK(text(d));
    }
    if (expectMet) {
        for (const Diagnostic &d : verifyTarget(*c->model, recipe))
            FAIL_CHECK(text(d));
    }
    const auto written = writeTflite(*c->model);
    INFO((written ? std::string() : text(written.error())));
    REQUIRE(written);
    const auto back = readTflite(*written, nullptr);
    REQUIRE(back);
    for (std::size_t i = 0; i < c->model->subgraphs[0].tensors.size(); ++i) {
        const Tensor &a = c->model->subgraphs[0].tensors[i], &b = back->model->subgraphs[0].tensors[i];
        CHECK(a.quant.scale == b.quant.scale); // to the bit: multipliers are promised from stored scales
        CHECK(integers(*c->model, a) == integers(*back->model, b));
    }
    const auto samples = syntheticSamples(*model, 4, 77);
    REQUIRE(samples);
    const auto errors = measureErrors(c->compared(), *samples, 0, numerics(recipe));
    REQUIRE(errors);
    return {std::move(*c), errors->outputSqnrDb};
}

std::shared_ptr<const Model> generated(unsigned seed)
{
    Net net(seed);
    return std::make_shared<const Model>(net.model());
}

bool hasDiagnostic(const Conversion &c, std::string_view id)
{
    return std::any_of(c.diagnostics.begin(), c.diagnostics.end(), [&](const Diagnostic &d) { return d.message->id == id; });
}

const std::vector<Algorithms> kAlgorithms{Algorithms{}, Algorithms::naive()};
constexpr unsigned kSeeds = 6;

} // namespace

TEST_CASE("restrictedZeroPointsAreZeroOrMakeTheTypeUnsigned")
{
    for (unsigned seed = firstSeed(); seed < firstSeed() + kSeeds; ++seed) {
        for (const ElementType type : {ElementType::Int8, ElementType::UInt8}) {
            for (const Algorithms &algorithms : kAlgorithms) {
                INFO("REQUANT_SEED=" << seed << " " << typeName(type));
                Recipe recipe = scheme(type, Symmetry::Restricted, ScaleRule::Any, ScaleRule::Any, Granularity::PerTensor);
                recipe.algorithms = algorithms;
                const Checked r = convertAndCheck(generated(seed), recipe);
                const Subgraph &g = r.conversion.model->subgraphs[0];
                std::size_t unsignedOnes = 0;
                for (const Operator &op : g.operators) {
                    const Tensor &t = g.tensor(op.outputs[0]);
                    if (!t.quant.isQuantized())
                        continue;
                    const std::int64_t z = t.quant.zeroPointAt(0), other = type == ElementType::Int8 ? -128 : 128;
                    CHECK((z == 0 || z == other));
                    unsignedOnes += type == ElementType::Int8 ? z == -128 : z == 0;
                }
                CHECK(unsignedOnes >= 3); // both activated layers and the softmax
                CHECK(r.sqnr > (algorithms == Algorithms::naive() ? 15 : 22));
            }
        }
    }
}

TEST_CASE("restrictedKeepsTheGridOfUnsignedTensorsExactly")
{
    Net net(2);
    const auto model = std::make_shared<const Model>(net.model());
    const Checked r = convertAndCheck(model, scheme(ElementType::Int8, Symmetry::Restricted, ScaleRule::Any, ScaleRule::Any, Granularity::PerTensor));
    const Tensor &t = r.conversion.model->subgraphs[0].tensor(net.expand);
    CHECK(t.quant.scale == net.graph().tensor(net.expand).quant.scale);
    CHECK(t.quant.zeroPointAt(0) == -128);
    CHECK(r.conversion.effective.count(net.expand) == 0);
}

TEST_CASE("reducedBitsHoldForEveryWeightWhateverTheSearchDoes")
{
    for (unsigned seed = firstSeed(); seed < firstSeed() + kSeeds; ++seed) {
        double before = 0;
        for (const int bits : {2, 3, 5, 7, 8}) {
            for (const Granularity granularity : {Granularity::PerTensor, Granularity::PerChannel}) {
                for (const Algorithms &algorithms : kAlgorithms) {
                    INFO("REQUANT_SEED=" << seed << " bits " << bits);
                    Recipe recipe = scheme(seed % 3 ? ElementType::Int8 : ElementType::UInt8, Symmetry::Symmetric, ScaleRule::Any, ScaleRule::Any,
                                           granularity, bits);
                    recipe.algorithms = algorithms;
                    const auto model = generated(seed);
                    const Checked r = convertAndCheck(model, recipe);
                    const auto was = weightedLayers(*model), now = weightedLayers(*r.conversion.model);
                    std::int64_t most = 0;
                    bool requantized = false;
                    for (std::size_t i = 0; i < now.size(); ++i) {
                        const auto values = integers(*r.conversion.model, *now[i].weights);
                        const bool kept = bits == 8 && values == integers(*model, *was[i].weights);
                        for (const std::int64_t q : values)
                            most = std::max(most, std::abs(q - now[i].weights->quant.zeroPointAt(0)));
                        requantized = requantized || !kept;
                    }
                    CHECK(most <= (1 << (bits - 1)) - 1);
                    if (requantized) // weights that are the source's own use what they did
                        CHECK(most >= (1 << (bits - 1)) - 1 - (bits > 6 ? 40 : 0)); // the range is used
                    if (algorithms == Algorithms{} && granularity == Granularity::PerChannel) {
                        before = r.sqnr;
                    }
                }
            }
        }
        CHECK(before > 18);
    }
}

TEST_CASE("asymmetricUint8WeightsOfReducedBitsStartAtZero")
{
    for (unsigned seed = firstSeed(); seed < firstSeed() + kSeeds; ++seed) {
        INFO("REQUANT_SEED=" << seed);
        Recipe recipe = scheme(ElementType::UInt8, Symmetry::Asymmetric, ScaleRule::Any, ScaleRule::Any, Granularity::PerTensor, 6);
        recipe.rules[0].weights.symmetry = Symmetry::Asymmetric;
        const Checked r = convertAndCheck(generated(seed), recipe);
        for (const Layer &l : weightedLayers(*r.conversion.model)) {
            for (const std::int64_t q : integers(*r.conversion.model, *l.weights))
                CHECK((q >= 0 && q <= 63));
        }
        CHECK(r.sqnr > 12);
    }
}

TEST_CASE("int4WeightsArePackedAndReadBack")
{
    for (unsigned seed = firstSeed(); seed < firstSeed() + kSeeds; ++seed) {
        INFO("REQUANT_SEED=" << seed);
        Recipe recipe = scheme(ElementType::Int8, Symmetry::Asymmetric, ScaleRule::Any, ScaleRule::Any, Granularity::PerChannel);
        recipe.rules[0].weights.type = ElementType::Int4;
        if (seed % 2)
            recipe.rules[0].weights.bits = 3;
        const Checked r = convertAndCheck(generated(seed), recipe);
        for (const Layer &l : weightedLayers(*r.conversion.model)) {
            CHECK(l.weights->type == ElementType::Int4);
            CHECK(r.conversion.model->data(*l.weights).size() == static_cast<std::size_t>(elementCount(l.weights->shape) + 1) / 2);
            for (const std::int64_t q : integers(*r.conversion.model, *l.weights))
                CHECK(std::abs(q) <= (seed % 2 ? 3 : 7));
        }
        CHECK(r.sqnr > (seed % 2 ? 3 : 10));
    }
}

TEST_CASE("int4IsInt8OfFourBitsPacked")
{
    // The runtime of tests/runtime reads no int4; it proves the same integers stored as int8.
    for (unsigned seed = firstSeed(); seed < firstSeed() + kSeeds; ++seed) {
        INFO("REQUANT_SEED=" << seed);
        Recipe packed = scheme(ElementType::Int8, Symmetry::Asymmetric, ScaleRule::Any, ScaleRule::Any, seed % 3 ? Granularity::PerChannel : Granularity::PerTensor);
        Recipe wide = packed;
        packed.rules[0].weights.type = ElementType::Int4;
        wide.rules[0].weights.bits = 4;
        const auto model = generated(seed);
        const Checked a = convertAndCheck(model, packed), b = convertAndCheck(model, wide);
        const auto x = weightedLayers(*a.conversion.model), y = weightedLayers(*b.conversion.model);
        REQUIRE(x.size() == y.size());
        for (std::size_t i = 0; i < x.size(); ++i) {
            CHECK(x[i].weights->type == ElementType::Int4);
            CHECK(integers(*a.conversion.model, *x[i].weights) == integers(*b.conversion.model, *y[i].weights));
            CHECK(integers(*a.conversion.model, *x[i].bias) == integers(*b.conversion.model, *y[i].bias));
        }
        CHECK(a.sqnr == b.sqnr);
    }
}

TEST_CASE("powerOfTwoMultipliersAreWithinOneRoundingOfFloat32")
{
    for (unsigned seed = firstSeed(); seed < firstSeed() + kSeeds; ++seed) {
        for (const Granularity granularity : {Granularity::PerTensor, Granularity::PerChannel}) {
            for (const Symmetry symmetry : {Symmetry::Asymmetric, Symmetry::Symmetric}) {
                for (const Algorithms &algorithms : kAlgorithms) {
                    INFO("REQUANT_SEED=" << seed);
                    Recipe recipe = scheme(seed % 3 ? ElementType::Int8 : ElementType::UInt8, symmetry, ScaleRule::Any, ScaleRule::PowerOfTwoMultiplier, granularity);
                    recipe.algorithms = algorithms;
                    const Checked r = convertAndCheck(generated(seed), recipe);
                    bool free = false;
                    for (const Layer &l : weightedLayers(*r.conversion.model)) {
                        const long double in = l.in->quant.scale[0], out = l.out->quant.scale[0];
                        for (const float s : l.weights->quant.scale) {
                            const long double m = in * s / out;
                            const int n = static_cast<int>(std::lround(-std::log2(m)));
                            CHECK(std::abs(std::ldexp(m, n) - 1) <= 0x1p-24L); // "within float rounding", exactly stated
                            CHECK(s == static_cast<float>(std::ldexp(out / in, -n)));
                            int e = 0;
                            free = free || std::frexp(s, &e) != 0.5f;
                        }
                    }
                    CHECK(free); // the scales themselves need not be powers of two
                    if (algorithms == Algorithms{})
                        CHECK(r.sqnr > 15);
                }
            }
        }
    }
}

TEST_CASE("activationsKeepTheSourcesScalesWhereOnlyMultipliersArePowersOfTwo")
{
    Net net(2);
    const auto model = std::make_shared<const Model>(net.model());
    const Checked r = convertAndCheck(model, scheme(ElementType::Int8, Symmetry::Asymmetric, ScaleRule::Any, ScaleRule::PowerOfTwoMultiplier, Granularity::PerTensor));
    for (const TensorIndex t : {net.in, net.expand, net.depth, net.linear, net.sum, net.logits})
        CHECK(r.conversion.model->subgraphs[0].tensor(t).quant.scale == net.graph().tensor(t).quant.scale);
}

TEST_CASE("biasWidthsAreMetByTheWeightsScaleOrSaid")
{
    for (unsigned seed = firstSeed(); seed < firstSeed() + kSeeds; ++seed) {
        for (const int bits : {32, 20, 16, 12, 8}) {
            for (const Granularity granularity : {Granularity::PerTensor, Granularity::PerChannel}) {
                for (const Algorithms &algorithms : kAlgorithms) {
                    INFO("REQUANT_SEED=" << seed << " bits " << bits);
                    Recipe recipe = scheme(ElementType::Int8, Symmetry::Symmetric, ScaleRule::Any, seed % 3 ? ScaleRule::Any : ScaleRule::PowerOfTwoMultiplier, granularity);
                    recipe.algorithms = algorithms;
                    recipe.limits.biasBits = bits;
                    const Checked r = convertAndCheck(generated(seed), recipe);
                    for (const Layer &l : weightedLayers(*r.conversion.model)) {
                        for (const std::int64_t b : integers(*r.conversion.model, *l.bias))
                            CHECK(std::abs(b) < std::int64_t{1} << (bits - 1));
                    }
                    if (bits >= 16) // there is room for all: nothing is cut
                        CHECK_FALSE(hasDiagnostic(r.conversion, "passes.bias-bits"));
                    if (algorithms == Algorithms{} && bits >= 12)
                        CHECK(r.sqnr > 14);
                }
            }
        }
    }
}

TEST_CASE("biasesOnTheirOwnScaleHaveSoManySignificantBits")
{
    for (unsigned seed = firstSeed(); seed < firstSeed() + kSeeds; ++seed) {
        for (const Granularity granularity : {Granularity::PerTensor, Granularity::PerChannel}) {
            INFO("REQUANT_SEED=" << seed);
            Recipe recipe = scheme(ElementType::Int8, Symmetry::Symmetric, ScaleRule::PowerOfTwo, ScaleRule::PowerOfTwo, granularity);
            recipe.limits.biasBits = 8;
            recipe.limits.biasOwnScale = true;
            const Checked r = convertAndCheck(generated(seed), recipe);
            for (const Layer &l : weightedLayers(*r.conversion.model)) {
                const auto bias = integers(*r.conversion.model, *l.bias);
                const auto fits = [](std::int64_t b, int shift) {
                    const std::int64_t q = b / (std::int64_t{1} << shift);
                    return q * (std::int64_t{1} << shift) == b && q >= -128 && q <= 127;
                };
                bool common = false;
                for (int shift = 0; shift < 31 && !common; ++shift)
                    common = std::all_of(bias.begin(), bias.end(), [&](std::int64_t b) { return fits(b, shift); });
                bool each = true;
                for (const std::int64_t b : bias) {
                    bool any = false;
                    for (int shift = 0; shift < 31; ++shift)
                        any = any || fits(b, shift);
                    each = each && any;
                }
                CHECK((l.weights->quant.isPerChannel() ? each : common));
            }
            // The simulation of the hardware finds nothing left to round.
            const auto samples = syntheticSamples(*r.conversion.source, 1);
            const auto errors = measureErrors(r.conversion.compared(), *samples, 0, numerics(recipe));
            REQUIRE(errors);
            CHECK(errors->counters.clippedBias == 0);
            CHECK(r.sqnr > 8);
        }
    }
}

TEST_CASE("shiftsStayInsideTheHardwaresRangeWhereAWeightScaleCanDoIt")
{
    for (unsigned seed = firstSeed(); seed < firstSeed() + kSeeds; ++seed) {
        for (const Granularity granularity : {Granularity::PerTensor, Granularity::PerChannel}) {
            for (const auto &[first, last] : {std::pair(0, 16), std::pair(7, 8), std::pair(4, 5)}) {
                INFO("REQUANT_SEED=" << seed << " shifts " << first << ".." << last);
                Recipe recipe = scheme(ElementType::Int8, Symmetry::Symmetric, ScaleRule::PowerOfTwo, ScaleRule::PowerOfTwo, granularity);
                recipe.limits.shiftRange = std::pair(first, last);
                const Checked r = convertAndCheck(generated(seed), recipe, first == 0);
                for (const Layer &l : weightedLayers(*r.conversion.model)) {
                    for (const float s : l.weights->quant.scale) {
                        const double m = static_cast<double>(l.in->quant.scale[0]) * static_cast<double>(s) / static_cast<double>(l.out->quant.scale[0]);
                        const int shift = static_cast<int>(std::lround(-std::log2(m)));
                        CHECK(std::ldexp(1.0, -shift) == m);
                        if (shift < first || shift > last) {
                            CHECK(shift < first); // a larger weight scale is always possible
                            CHECK(hasDiagnostic(r.conversion, "passes.shift-range"));
                        }
                    }
                }
            }
        }
    }
}

TEST_CASE("whatKeptWeightsMissIsSaidWithTheReason")
{
    Net net(3);
    Recipe recipe;
    Rule activations, keep;
    activations.activations.type = ElementType::Int8;
    activations.activations.symmetry = Symmetry::Symmetric;
    keep.weights.keep = true;
    recipe.rules = {activations, keep};
    recipe.limits.biasBits = 6;
    recipe.limits.shiftRange = std::pair(0, 16);
    const auto c = convert({std::make_shared<const Model>(net.model()), recipe, nullptr, {}});
    REQUIRE(c);
    std::vector<std::string> said;
    for (const Diagnostic &d : c->diagnostics)
        said.push_back(text(d));
    const auto has = [&](std::string_view part) {
        return std::any_of(said.begin(), said.end(), [&](const std::string &s) { return s.find(part) != std::string::npos; });
    };
    CHECK(has("biases have more than 6 bits: its weights are kept as they are"));
    CHECK(has("its multiplier is no power of two: its weights are kept as they are"));
}

TEST_CASE("algorithmsOfARuleAreTheMatchingLayersOnly")
{
    for (unsigned seed = firstSeed(); seed < firstSeed() + kSeeds; ++seed) {
        INFO("REQUANT_SEED=" << seed);
        const auto model = generated(seed);
        const Recipe all = scheme(ElementType::Int8, Symmetry::Symmetric, ScaleRule::PowerOfTwo, ScaleRule::PowerOfTwo, Granularity::PerTensor);
        // Everything off by a rule is the naive conversion, byte by byte.
        Recipe naive = all, ruled = all;
        naive.algorithms = Algorithms::naive();
        Rule off;
        off.algorithms = {false, false, false, false, false, false, false};
        ruled.rules.push_back(off);
        const Checked a = convertAndCheck(model, naive), b = convertAndCheck(model, ruled);
        for (std::size_t i = 0; i < a.conversion.model->subgraphs[0].tensors.size(); ++i) {
            const Tensor &x = a.conversion.model->subgraphs[0].tensors[i], &y = b.conversion.model->subgraphs[0].tensors[i];
            CHECK(x.quant.sameGrid(y.quant));
            CHECK(integers(*a.conversion.model, x) == integers(*b.conversion.model, y));
        }
        // One layer without folding and correction: its tensors are true, others are not.
        Recipe one = all;
        Rule layer;
        layer.name = "linear";
        layer.algorithms.weightCorrection = false;
        layer.algorithms.zeroPointFolding = false;
        layer.algorithms.equalization = false;
        one.rules.push_back(layer);
        const Checked c = convertAndCheck(model, one), d = convertAndCheck(model, all);
        const auto named = [&](const Conversion &x, const char *name) {
            const auto &tensors = x.model->subgraphs[0].tensors;
            const auto at = std::find_if(tensors.begin(), tensors.end(), [&](const Tensor &t) { return t.name == name; });
            return x.effective.count(TensorIndex(static_cast<std::size_t>(at - tensors.begin())));
        };
        CHECK(named(c.conversion, "linear") == 0);
        CHECK(named(c.conversion, "depth") == 0);
        CHECK(named(d.conversion, "depth") == 1);
    }
}

TEST_CASE("uint8ToInt8IsSaidToBeLosslessWhereItIs")
{
    TinyModel m;
    const auto in = m.activation("in", {1, 4, 4, 2}, ElementType::UInt8, 0.0078125f, 128);
    const auto a = m.activation("a", {1, 4, 4, 2}, ElementType::UInt8, 0.0235f, 0);
    const auto b = m.activation("b", {1, 4, 4, 2}, ElementType::UInt8, 0.03f, 117);
    const auto out = m.activation("out", {1, 4, 4, 2}, ElementType::UInt8, 0.04f, 101);
    m.conv<std::uint8_t>(in, a, ElementType::UInt8, QuantParams::perTensor(0.02f, 128), {200, 3, 140, 131}, {500, -100}, 3);
    m.conv<std::uint8_t>(a, b, ElementType::UInt8, QuantParams::perTensor(0.03f, 128), {7, 150, 90, 30}, {-300, 20});
    m.add(Op::Add, {a, b}, {out}, Net::plainOptions("AddOptions"));
    m.io({in}, {out});
    const auto model = std::make_shared<const Model>(m.model());
    const Recipe recipe = scheme(ElementType::Int8, Symmetry::Asymmetric, ScaleRule::Any, ScaleRule::Any, Granularity::PerTensor);
    const Checked r = convertAndCheck(model, recipe);
    CHECK(hasDiagnostic(r.conversion, "convert.lossless"));
    for (std::size_t i = 0; i < model->subgraphs[0].tensors.size(); ++i)
        CHECK(keepsEveryValue(r.conversion, TensorIndex(i)));
    // And it computes the same integers, 128 lower.
    const auto samples = syntheticSamples(*model, 3);
    REQUIRE(samples);
    auto before = Simulator::create(model), after = Simulator::create(r.conversion.model);
    REQUIRE(before);
    REQUIRE(after);
    for (std::size_t s = 0; s < 3; ++s) {
        REQUIRE(runSample(*before, *samples, s, {}));
        REQUIRE(runSample(*after, *samples, s, {}));
        const auto x = before->output(0), y = after->output(0);
        REQUIRE(x.size() == y.size());
        for (std::size_t i = 0; i < x.size(); ++i)
            CHECK(static_cast<int>(x[i]) - 128 == static_cast<std::int8_t>(y[i]));
    }
    // One weight on another zero point: activations are lossless, the network is not.
    m.graph().tensor(m.graph().operators[1].inputs[1]).quant.zeroPoint = {100};
    const Checked other = convertAndCheck(std::make_shared<const Model>(m.model()), recipe);
    CHECK_FALSE(hasDiagnostic(other.conversion, "convert.lossless"));
    CHECK(hasDiagnostic(other.conversion, "convert.lossless-activations"));
    CHECK_FALSE(keepsEveryValue(other.conversion, m.graph().operators[1].inputs[1]));
    // Nothing moves where nothing is asked for.
    CHECK_FALSE(hasDiagnostic(convertAndCheck(model, Recipe{}).conversion, "convert.lossless"));
}

TEST_CASE("requantizeOperatorsAreMeasuredAgainstWhatTheyRead")
{
    Net net(2); // uint8
    const auto model = std::make_shared<const Model>(net.model());
    for (const Symmetry symmetry : {Symmetry::Asymmetric, Symmetry::Symmetric}) {
        Recipe recipe = scheme(ElementType::Int8, symmetry, ScaleRule::Any, ScaleRule::Any, Granularity::PerTensor);
        Rule keep;
        keep.name = "linear";
        keep.activations.keep = true;
        keep.weights.keep = true;
        recipe.rules.push_back(keep);
        const Checked r = convertAndCheck(model, recipe);
        const auto samples = syntheticSamples(*model, 3, 5);
        REQUIRE(samples);
        const auto costs = boundaryCosts(r.conversion, *samples, 0);
        REQUIRE(costs);
        REQUIRE(costs->size() == 2); // into the layer that is left as it is, and out of it
        CHECK(insertedOperators(r.conversion) == 2);
        auto sim = Simulator::create(r.conversion.model);
        REQUIRE(sim);
        const Subgraph &g = r.conversion.model->subgraphs[0];
        std::size_t lossy = 0;
        for (const BoundaryCost &b : *costs) {
            const Tensor &x = g.tensor(b.from), &y = g.tensor(b.to);
            CHECK(x.type != y.type);
            long double signal = 0, noise = 0;
            for (std::size_t s = 0; s < 3; ++s) {
                REQUIRE(runSample(*sim, *samples, s, {}));
                const auto value = [&](TensorIndex t, const Tensor &tensor, std::size_t i) {
                    const auto byte = sim->tensor(t)[i];
                    const int q = tensor.type == ElementType::Int8 ? static_cast<int>(static_cast<std::int8_t>(byte)) : static_cast<int>(byte);
                    const auto known = r.conversion.effective.find(t);
                    const EffectiveGrid e = known != r.conversion.effective.end() ? known->second : EffectiveGrid{};
                    return static_cast<long double>(e.ratio * static_cast<double>(tensor.quant.scale[0]) * static_cast<double>(q - tensor.quant.zeroPointAt(0)) + e.offset);
                };
                for (std::size_t i = 0; i < sim->tensor(b.from).size(); ++i) {
                    const long double v = value(b.from, x, i), d = v - value(b.to, y, i);
                    signal += v * v;
                    noise += d * d;
                }
            }
            if (noise < 1e-12L * signal) {
                CHECK(b.sqnrDb > 100);
            } else {
                ++lossy;
                CHECK(b.sqnrDb == Approx(static_cast<double>(10 * std::log10(signal / noise))).epsilon(1e-6));
            }
        }
        // uint8 <-> int8 costs nothing; a symmetric grid does.
        CHECK(lossy == (symmetry == Symmetry::Asymmetric ? 0 : 2));
        const ErrorReport errors = measureWeights(r.conversion.compared());
        const ReportTarget target{"t", "T", &r.conversion, &errors, {}, {}, *costs};
        const std::string json = reportJson({{"m.tflite", "", 0}, model, "", 0}, {&target, 1});
        CHECK(json.find("\"requantize_operators\": [\n") != std::string::npos);
        CHECK(json.find("\"lossless\": true") != std::string::npos);
        for (const Boundary &b : r.conversion.resolution.boundaries)
            CHECK(costOf(r.conversion, *costs, b) != nullptr);
        CHECK(reportHtml({{"m.tflite", "", 0}, model, "", 0}, {&target, 1}).find("SQNR against what it reads") != std::string::npos);
    }
}
