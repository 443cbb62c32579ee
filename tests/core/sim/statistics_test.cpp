// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/statistics.h"

#include "random.h"

#include <filesystem>
#include <fstream>

using namespace requant;

namespace {

// QUANTIZE from uint8 to int8: the output is the input - 128.
std::shared_ptr<const Model> quantizeModel()
{
    auto m = std::make_shared<Model>();
    m->buffers.emplace_back();
    Subgraph g;
    Tensor in, out;
    in.shape = out.shape = {1, 5, 3};
    in.type = ElementType::UInt8;
    in.quant = QuantParams::perTensor(0.5f, 128);
    out.type = ElementType::Int8;
    out.quant = QuantParams::perTensor(0.5f, 0);
    g.tensors = {in, out};
    Operator op;
    op.code = Op::Quantize;
    op.inputs = {TensorIndex{0}};
    op.outputs = {TensorIndex{1}};
    g.operators = {op};
    g.inputs = {TensorIndex{0}};
    g.outputs = {TensorIndex{1}};
    m->subgraphs.push_back(g);
    return m;
}

} // namespace

TEST_CASE("statisticsEqualTheirDefinitionForAnyThreadCount")
{
    const auto seed = testing::baseSeed();
    INFO("REQUANT_SEED=" << seed);
    testing::Random random(seed);
    constexpr std::size_t kSamples = 37, kSize = 15;
    std::vector<int> values(kSamples * kSize);
    for (int &v : values)
        v = random.integer(0, 255);
    const auto path = std::filesystem::temp_directory_path() / "requant-statistics-test.raw";
    {
        std::ofstream file(path, std::ios::binary);
        for (const int v : values)
            file.put(static_cast<char>(v));
    }
    const auto model = quantizeModel();
    const auto set = SampleSet::open(path, *model);
    REQUIRE(set);
    REQUIRE(set->size() == kSamples);
    for (const unsigned threads : {1u, 2u, 5u}) {
        const auto statistics = collectStatistics(model, *set, 0, threads);
        REQUIRE(statistics);
        const TensorStatistics &t = statistics->at(TensorIndex{1});
        CHECK(t.count == values.size());
        for (std::size_t c = 0; c < 3; ++c) {
            double sum = 0, square = 0;
            std::int64_t low = 127, high = -128;
            for (std::size_t i = c; i < values.size(); i += 3) {
                const int q = values[i] - 128;
                sum += q;
                square += q * q;
                low = std::min<std::int64_t>(low, q);
                high = std::max<std::int64_t>(high, q);
            }
            CHECK(t.mean[c] == sum / (kSamples * 5));
            CHECK(t.meanSquare[c] == square / (kSamples * 5));
            CHECK(t.channelMin[c] == low);
            CHECK(t.channelMax[c] == high);
        }
        std::vector<std::uint64_t> histogram(256, 0);
        for (const int v : values)
            ++histogram[static_cast<std::size_t>(v)];
        CHECK(t.histogram == histogram);
        CHECK(statistics->at(TensorIndex{0}).histogram == histogram);
    }
    CHECK(collectStatistics(model, *set, 4)->at(TensorIndex{1}).count == 4 * kSize);
}

TEST_CASE("statisticsLeaveOutWhatCannotBeSimulated")
{
    // in -> QUANTIZE -> a -> custom -> b, and in -> QUANTIZE -> c beside it.
    auto m = std::make_shared<Model>(*quantizeModel());
    Subgraph &g = m->subgraphs.front();
    g.tensors.resize(4, g.tensors[1]);
    Operator custom, beside = g.operators[0];
    custom.code = Op::Custom;
    custom.customCode = "Unheard";
    custom.inputs = {TensorIndex{1}};
    custom.outputs = {TensorIndex{2}};
    beside.outputs = {TensorIndex{3}};
    g.operators.push_back(custom);
    g.operators.push_back(beside);
    g.outputs = {TensorIndex{2}, TensorIndex{3}};
    const auto samples = SampleSet::generated(*m, 3, "zeros", [](std::size_t) {
        return std::vector<std::vector<std::byte>>{std::vector<std::byte>(15, std::byte{7})};
    });
    const auto statistics = collectStatistics(m, samples);
    REQUIRE(statistics);
    CHECK(statistics->count(TensorIndex{0}) == 1);
    CHECK(statistics->at(TensorIndex{1}).max == 7 - 128);
    CHECK(statistics->count(TensorIndex{2}) == 0);
    CHECK(statistics->at(TensorIndex{3}).count == 45);

    // Nothing but inputs: an error with the operator's name.
    g.operators = {custom};
    g.operators[0].inputs = {TensorIndex{0}};
    const auto none = collectStatistics(m, samples);
    REQUIRE_FALSE(none);
    CHECK_THAT(text(none.error()), Catch::Contains("Unheard"));
}

TEST_CASE("statisticsCanBeCancelled")
{
    const auto model = quantizeModel();
    const auto path = std::filesystem::temp_directory_path() / "requant-statistics-cancel.raw";
    std::ofstream(path, std::ios::binary) << std::string(15 * 8, 'a');
    const auto set = SampleSet::open(path, *model);
    REQUIRE(set);
    const std::atomic<bool> cancelled{true};
    const auto result = collectStatistics(model, *set, 0, 2, RunControl(&cancelled, {}));
    REQUIRE_FALSE(result);
    CHECK(result.error().message->id == kCancelled.id);
}

TEST_CASE("simulatorChecksSizesAndFeedsLayersAlone")
{
    auto sim = Simulator::create(quantizeModel());
    REQUIRE(sim);
    CHECK(sim->tensor(TensorIndex{1}).empty()); // not computed yet
    REQUIRE_FALSE(sim->setInput(0, std::vector<std::byte>(14)));
    REQUIRE_FALSE(sim->setInput(1, std::vector<std::byte>(15)));
    REQUIRE(sim->setTensor(TensorIndex{0}, std::vector<std::byte>(15, std::byte{255})));
    REQUIRE(sim->runOperator(OperatorIndex{0}));
    CHECK(sim->output(0)[0] == std::byte{127});
    CHECK(sim->output(0).size() == 15);
}
