// SPDX-License-Identifier: GPL-3.0-or-later
// After the first, an inference allocates nothing. That every single kernel keeps to it is checked wherever a test runs a
// network of one operator (oneoperator.h).
#include "core/sim/simulator.h"

#include "allocations.h"
#include "random.h"
#include "tests/core/tinymodel.h"

#include "core/tflite/tflite.h"

#include <filesystem>

using namespace requant;

namespace {

constexpr int kSize = 6, kChannels = 8;

// A chain of operators on [1, 6, 6, 8] tensors; every step reads the last tensor and sometimes earlier ones.
class LongNetwork : public test::TinyModel
{
public:
    LongNetwork(std::size_t operators, testing::Random &random) : m_random(random)
    {
        const TensorIndex in = picture();
        m_last = m_earlier = in;
        while (graph().operators.size() < operators) {
            step();
            if (random.integer(0, 3) == 0)
                m_earlier = m_last;
        }
        io({in}, {m_last});
    }

private:
    TensorIndex tensor(Shape shape) { return activation("t" + std::to_string(graph().tensors.size()), std::move(shape), ElementType::Int8, 0.1f, 3); }
    TensorIndex picture(int h = kSize, int w = kSize, int c = kChannels) { return tensor({1, h, w, c}); }
    TensorIndex ints(std::vector<std::int32_t> values)
    {
        return constant<std::int32_t>("", {static_cast<std::int32_t>(values.size())}, ElementType::Int32, {}, values);
    }
    static TablePtr fields(std::vector<std::pair<std::string, std::int64_t>> values)
    {
        auto t = std::make_shared<Table>();
        for (auto &[name, value] : values)
            t->set(name, FieldValue{value});
        return t;
    }
    TablePtr window(int padding)
    {
        return fields({{"padding", padding}, {"stride_w", 1}, {"stride_h", 1}, {"filter_width", 3}, {"filter_height", 3}, {"depth_multiplier", 1},
                       {"dilation_w_factor", 1}, {"dilation_h_factor", 1}, {"fused_activation_function", m_random.integer(0, 1)}});
    }
    TensorIndex weights(Shape shape, int perChannel = -1)
    {
        std::vector<std::int8_t> values(static_cast<std::size_t>(elementCount(shape)));
        for (std::int8_t &v : values)
            v = static_cast<std::int8_t>(m_random.integer(-127, 127));
        QuantParams q = QuantParams::perTensor(0.01f, 0);
        if (perChannel >= 0) {
            q.scale.assign(static_cast<std::size_t>(shape[static_cast<std::size_t>(perChannel)]), 0.01f);
            q.zeroPoint.assign(q.scale.size(), 0);
            q.quantizedDimension = perChannel;
        }
        return constant("", std::move(shape), ElementType::Int8, q, values);
    }
    TensorIndex bias() { return constant<std::int32_t>("", {kChannels}, ElementType::Int32, QuantParams::perTensor(0.001f, 0), std::vector<std::int32_t>(kChannels, 5)); }
    void follow(Op code, std::vector<TensorIndex> inputs, TensorIndex out, TablePtr options = std::make_shared<Table>())
    {
        add(code, std::move(inputs), {out}, std::move(options));
        m_last = out;
    }

    void step()
    {
        switch (m_random.integer(0, 17)) {
        case 0: { // 1x1 or 3x3
            const int k = m_random.integer(0, 1) ? 1 : 3;
            return follow(Op::Conv2D, {m_last, weights({kChannels, k, k, kChannels}, m_random.integer(0, 1) - 1), bias()}, picture(), window(0));
        }
        case 1: return follow(Op::DepthwiseConv2D, {m_last, weights({1, 3, 3, kChannels}, m_random.integer(0, 1) ? 3 : -1), bias()}, picture(), window(0));
        case 2: return follow(Op::Add, {m_last, m_earlier}, picture());
        case 3: return follow(Op::Mul, {m_last, weights({1, 1, 1, kChannels})}, picture()); // broadcast
        case 4: return follow(Op::Sub, {m_earlier, m_last}, picture());
        case 5: return follow(m_random.integer(0, 1) ? Op::Relu : Op::Relu6, {m_last}, picture());
        case 6: // padded, then windows without padding
            follow(Op::Pad, {m_last, constant<std::int32_t>("", {4, 2}, ElementType::Int32, {}, {0, 0, 1, 1, 1, 1, 0, 0})}, picture(kSize + 2, kSize + 2));
            return follow(Op::MaxPool2D, {m_last}, picture(), window(1));
        case 7: return follow(Op::AveragePool2D, {m_last}, picture(), window(0));
        case 8:
            follow(Op::Concatenation, {m_last, m_earlier}, picture(kSize, kSize, 2 * kChannels), fields({{"axis", 3}}));
            return follow(Op::Conv2D, {m_last, weights({kChannels, 1, 1, 2 * kChannels}), bias()}, picture(), window(0));
        case 9:
            follow(Op::Reshape, {m_last, ints({1, -1})}, tensor({1, kSize * kSize * kChannels}));
            return follow(Op::Reshape, {m_last, ints({1, kSize, kSize, kChannels})}, picture());
        case 10: { // squeeze and excite
            const TensorIndex whole = m_last;
            follow(Op::Mean, {whole, ints({1, 2})}, picture(1, 1), fields({{"keep_dims", 1}}));
            follow(Op::Logistic, {m_last}, activation("", {1, 1, 1, kChannels}, ElementType::Int8, 1.0f / 256, -128));
            return follow(Op::Mul, {whole, m_last}, picture());
        }
        case 11: return follow(Op::Transpose, {m_last, ints({0, 2, 1, 3})}, picture());
        case 12: {
            const TensorIndex whole = m_last, a = picture(kSize, kSize, kChannels / 2), b = picture(kSize, kSize, kChannels / 2);
            add(Op::Split, {constant<std::int32_t>("", {}, ElementType::Int32, {}, {3}), whole}, {a, b}, fields({{"num_splits", 2}}));
            return follow(Op::Concatenation, {b, a}, picture(), fields({{"axis", -1}}));
        }
        case 13: return follow(Op::HardSwish, {m_last}, picture());
        case 14:
            follow(Op::StridedSlice, {m_last, ints({0, 0, 0, 0}), ints({1, kSize, kSize, kChannels}), ints({1, 2, 2, 1})}, picture(kSize / 2, kSize / 2));
            return follow(Op::ResizeBilinear, {m_last, ints({kSize, kSize})}, picture());
        case 15: // its output has a grid of its own
            follow(Op::Softmax, {m_last}, activation("", {1, kSize, kSize, kChannels}, ElementType::Int8, 1.0f / 256, -128), softmax());
            return follow(Op::Quantize, {m_last}, picture());
        case 16: return follow(Op::Quantize, {m_last}, picture());
        default: return follow(m_random.integer(0, 1) ? Op::Minimum : Op::Maximum, {m_last, m_earlier}, picture());
        }
    }
    static TablePtr softmax()
    {
        auto t = std::make_shared<Table>();
        t->set("beta", FieldValue{1.0});
        return t;
    }

    testing::Random &m_random;
    TensorIndex m_last, m_earlier;
};

std::uint64_t allocationsOf(Simulator &sim, const RunControl &control)
{
    const std::uint64_t before = testing::allocationCount();
    const Status ok = sim.run(control);
    const std::uint64_t made = testing::allocationCount() - before;
    REQUIRE(ok);
    return made;
}

void check(const std::shared_ptr<const Model> &model)
{
    for (const Arithmetic arithmetic : {Arithmetic::TfliteReference, Arithmetic::Xnnpack, Arithmetic::ShiftHalfEven}) {
        for (const bool keepAll : {false, true}) {
            SimOptions options;
            options.arithmetic = arithmetic;
            options.keepAllTensors = keepAll;
            options.countEvents = keepAll;
            options.threads = keepAll ? 2 : 1;
            auto sim = Simulator::create(model, options);
            REQUIRE(sim);
            if (const auto ok = sim->supported(); !ok)
                FAIL(text(ok.error()));
            const std::atomic<bool> cancelled{false};
            const RunControl control(&cancelled, {});
            CHECK(allocationsOf(*sim, control) > 0); // scratch memory: the counter counts
            CHECK(allocationsOf(*sim, control) == 0);
            const Shape &shape = model->subgraphs.front().tensor(model->subgraphs.front().inputs[0]).shape;
            const std::vector<std::byte> input(static_cast<std::size_t>(elementCount(shape)), std::byte{77});
            const std::uint64_t before = testing::allocationCount();
            const Status set = sim->setInput(0, input);
            CHECK(testing::allocationCount() == before);
            REQUIRE(set);
            CHECK(allocationsOf(*sim, control) == 0);
        }
    }
}

} // namespace

TEST_CASE("twoThousandOperatorsAllocateNothingAfterTheFirstRun")
{
    const auto seed = testing::baseSeed();
    INFO("REQUANT_SEED=" << seed);
    testing::Random random(seed);
    LongNetwork network(2000, random);
    check(std::make_shared<const Model>(network.model()));
}

TEST_CASE("theSampleAllocatesNothingAfterTheFirstRun")
{
    for (const char *name : {"fashion_mobilenet_uint8.tflite", "fashion_mobilenet_int8.tflite"}) {
        const auto loaded = loadTflite(std::filesystem::path(REQUANT_SOURCE_DIR) / "resources/sample" / name);
        REQUIRE(loaded);
        check(loaded->model);
    }
}
