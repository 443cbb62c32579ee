// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/convert/align.h"

#include "core/convert/convert.h"
#include "core/tflite/tflite.h"
#include "tests/core/sim/random.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

using namespace requant;

namespace {

// A chain of RELUs and their like: operator i reads tensor i and writes tensor i + 1.
Model chain(const std::vector<Op> &codes, const std::vector<std::string> &names)
{
    Model m;
    m.buffers.resize(1);
    Subgraph g;
    for (std::size_t i = 0; i <= codes.size(); ++i) {
        Tensor t;
        t.name = i == 0 ? "in" : names[i - 1];
        t.shape = {1, 4};
        t.type = ElementType::Int8;
        t.quant = QuantParams::perTensor(0.5f, 0);
        g.tensors.push_back(t);
    }
    for (std::size_t i = 0; i < codes.size(); ++i) {
        Operator op;
        op.code = codes[i];
        op.inputs = {TensorIndex(i)};
        op.outputs = {TensorIndex(i + 1)};
        g.operators.push_back(op);
    }
    g.inputs = {TensorIndex(0)};
    g.outputs = {TensorIndex(codes.size())};
    m.subgraphs.push_back(std::move(g));
    return m;
}

std::shared_ptr<const Model> shared(Model m)
{
    return std::make_shared<const Model>(std::move(m));
}

// The length by trying every subsequence.
std::size_t longestByTrying(const std::vector<std::size_t> &a, const std::vector<std::size_t> &b)
{
    std::size_t best = 0;
    for (unsigned mask = 0; mask < (1u << a.size()); ++mask) {
        std::size_t at = 0, length = 0;
        bool fits = true;
        for (std::size_t i = 0; i < a.size() && fits; ++i) {
            if (!(mask & (1u << i)))
                continue;
            while (at < b.size() && b[at] != a[i])
                ++at;
            fits = at < b.size();
            ++at;
            ++length;
        }
        if (fits)
            best = std::max(best, length);
    }
    return best;
}

} // namespace

TEST_CASE("the common sequence is a longest one", "[align]")
{
    const std::uint64_t seed = testing::baseSeed();
    INFO("REQUANT_SEED=" << seed);
    testing::Random random(seed);
    for (int round = 0; round < 300; ++round) {
        std::vector<std::size_t> a(static_cast<std::size_t>(random.integer(0, 9))),
            b(static_cast<std::size_t>(random.integer(0, 9)));
        for (auto *v : {&a, &b})
            for (std::size_t &x : *v)
                x = static_cast<std::size_t>(random.integer(0, 3));
        const auto pairs = commonSequence(a, b);
        REQUIRE(pairs.size() == longestByTrying(a, b));
        for (std::size_t k = 0; k < pairs.size(); ++k) {
            REQUIRE(a[pairs[k].first] == b[pairs[k].second]);
            REQUIRE((k == 0 || (pairs[k - 1].first < pairs[k].first && pairs[k - 1].second < pairs[k].second)));
        }
    }
}

TEST_CASE("layers are matched by name first, then by their order", "[align]")
{
    const auto a = shared(chain({Op::Relu, Op::Tanh, Op::Relu, Op::Logistic}, {"a", "b", "c", "d"}));
    // b is called otherwise, a layer is inserted, d has become another operator.
    const auto b = shared(chain({Op::Relu, Op::Quantize, Op::Tanh, Op::Relu, Op::Abs}, {"a", "q", "b2", "c", "d"}));
    const Alignment out = alignModels(a, b);
    CHECK(out.byName == 2);  // a, c
    CHECK(out.byOrder == 1); // b
    CHECK(out.models.origin
          == std::vector<OperatorIndex>{OperatorIndex(0), {}, OperatorIndex(1), OperatorIndex(2), {}});
    CHECK(out.onlySource == std::vector<OperatorIndex>{OperatorIndex(3)});
    CHECK(out.onlyOther == std::vector<OperatorIndex>{OperatorIndex(1), OperatorIndex(4)});
    const Subgraph &g = out.models.converted->subgraphs.front();
    CHECK(g.operators[0].outputs[0] == TensorIndex(1));
    CHECK(g.operators[2].outputs[0] == TensorIndex(2));
    CHECK(g.tensor(TensorIndex(2)).name == "b2");
    CHECK(g.operators[1].outputs[0].pos() >= a->subgraphs.front().tensors.size());
    CHECK(g.inputs[0] == TensorIndex(0));
}

TEST_CASE("names that are not the only ones do not decide", "[align]")
{
    const auto a = shared(chain({Op::Relu, Op::Relu}, {"x", "x"}));
    const auto b = shared(chain({Op::Relu, Op::Relu}, {"x", "y"}));
    const Alignment out = alignModels(a, b);
    CHECK(out.byName == 0);
    CHECK(out.byOrder == 2);
}

TEST_CASE("a shuffled file computes what it computed", "[align]")
{
    const std::filesystem::path sample =
        std::filesystem::path(REQUANT_SOURCE_DIR) / "resources/sample/fashion_mobilenet_uint8.tflite";
    const auto loaded = loadTflite(sample);
    REQUIRE(loaded);
    const auto source = loaded->model;
    const auto images = SampleSet::open(sample.parent_path() / "fashion_test_images.npy", *source, 4);
    REQUIRE(images);
    ConvertInput input;
    input.model = source;
    input.recipe = findProfile("symmetric-pow2")->recipe;
    const auto conversion = convert(input);
    REQUIRE(conversion);
    const auto expected = measureErrors(conversion->compared(), *images, 4, numerics(conversion->recipe));
    REQUIRE(expected);

    // The converted file with its tensors in another order.
    const std::uint64_t seed = testing::baseSeed();
    INFO("REQUANT_SEED=" << seed);
    testing::Random random(seed);
    Model other = *conversion->model;
    Subgraph &g = other.subgraphs.front();
    std::vector<std::size_t> order(g.tensors.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        order[i] = i;
    for (std::size_t i = order.size(); i > 1; --i)
        std::swap(order[i - 1], order[static_cast<std::size_t>(random.integer(0, static_cast<int>(i) - 1))]);
    std::vector<Tensor> tensors(order.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        tensors[order[i]] = g.tensors[i];
    g.tensors = tensors;
    const auto move = [&](std::vector<TensorIndex> &all) {
        for (TensorIndex &t : all)
            if (t)
                t = TensorIndex(order[t.pos()]);
    };
    for (Operator &op : g.operators) {
        move(op.inputs);
        move(op.outputs);
    }
    move(g.inputs);
    move(g.outputs);
    std::erase_if(other.metadata, [](const MetadataEntry &e) { return e.name == "requant"; }); // names old numbers
    Alignment out = alignModels(source, shared(std::move(other)));
    CHECK(out.onlySource.empty());
    out.models.effective = conversion->effective;
    const auto found = measureErrors(out.models, *images, 4, numerics(conversion->recipe));
    REQUIRE(found);
    CHECK(found->outputSqnrDb == expected->outputSqnrDb);
    REQUIRE(found->layers.size() == expected->layers.size());
    for (std::size_t i = 0; i < found->layers.size(); ++i) {
        const LayerError &x = found->layers[i], &y = expected->layers[i];
        INFO(x.name);
        REQUIRE(x.cumulative.has_value() == y.cumulative.has_value());
        if (x.cumulative)
            CHECK(x.cumulative->mse == y.cumulative->mse);
        REQUIRE(x.local.has_value() == y.local.has_value());
        if (x.local)
            CHECK(x.local->mse == y.local->mse);
    }
}
