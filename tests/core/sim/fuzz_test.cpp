// SPDX-License-Identifier: GPL-3.0-or-later
// Files are not to be trusted: networks of one operator, broken in one to three places, are refused or run, in every arithmetic.
// Whether what they compute makes sense is no question here; sanitizers and assertions judge.
#include "random.h"

#include "../../opcases/casebuilder.h"

#include "core/sim/simulator.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

using namespace requant;
using testing::Random;

namespace {

constexpr int kNetworks = 20000;

template <class T>
const T &pick(Random &random, const std::vector<T> &from)
{
    return from[static_cast<std::size_t>(random.integer(0, static_cast<int>(from.size()) - 1))];
}

std::int64_t oddInteger(Random &random)
{
    return pick<std::int64_t>(random, {-3, -2, -1, 0, 1, 2, 3, 4, 5, 7, 8, 16, 100, 255, 256, 65536, 2147483647, -2147483648LL, 2147483648LL, std::int64_t{1} << 40});
}

float oddReal(Random &random)
{
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    return pick<float>(random, {0.0f, -1.0f, 1.0f, 1e-30f, 1e30f, 1e-8f, 4096.0f, 0.5f, kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN(), 1e-42f});
}

ElementType someType(Random &random)
{
    return static_cast<ElementType>(random.integer(0, static_cast<int>(ElementType::Float8E5M2)));
}

// A shape of few elements, or of more than any memory.
void breakShape(Random &random, Shape &shape)
{
    switch (random.integer(0, 5)) {
    case 0: shape.clear(); break;
    case 1: shape.insert(shape.begin() + random.integer(0, static_cast<int>(shape.size())), random.integer(0, 3)); break;
    case 2:
        if (!shape.empty())
            shape.erase(shape.begin() + random.integer(0, static_cast<int>(shape.size()) - 1));
        break;
    default:
        if (!shape.empty())
            shape[static_cast<std::size_t>(random.integer(0, static_cast<int>(shape.size()) - 1))] =
                pick<std::int32_t>(random, {-2147483647, -1, 0, 1, 2, 3, 4, 9, 33, 2147483647});
    }
    if (elementCount(shape) > 100000 && random.chance())
        shape = {2147483647, 2147483647, 8};
    else if (elementCount(shape) > 100000)
        shape = {3, 1, 2};
}

void breakGrid(Random &random, QuantParams &quant)
{
    switch (random.integer(0, 5)) {
    case 0: quant = {}; break;
    case 1: quant.scale.assign(static_cast<std::size_t>(random.integer(1, 5)), 0.1f); break;
    case 2: quant.zeroPoint.assign(static_cast<std::size_t>(random.integer(0, 3)), oddInteger(random)); break;
    case 3: quant.quantizedDimension = static_cast<std::int32_t>(random.integer(-2, 6)); break;
    default:
        if (quant.scale.empty())
            quant.scale.push_back(1);
        pick(random, std::vector<float *>{&quant.scale.front(), &quant.scale.back()})[0] = oddReal(random);
    }
}

// Other values, fewer bytes, no bytes.
void breakConstant(Random &random, Model &model, Tensor &t)
{
    const auto data = model.data(t);
    std::vector<std::byte> bytes(data.begin(), data.end());
    switch (random.integer(0, 3)) {
    case 0: bytes.resize(bytes.size() / 2); break;
    case 1: t.buffer = BufferIndex{0}; return;
    case 2:
        for (std::byte &b : bytes)
            b = static_cast<std::byte>(random.integer(0, 255));
        break;
    default:
        for (std::size_t i = 0; i + 4 <= bytes.size(); i += 4) {
            const auto v = static_cast<std::int32_t>(oddInteger(random));
            if (random.chance())
                std::memcpy(bytes.data() + i, &v, sizeof v);
        }
    }
    Buffer buffer = Buffer::fromBytes(std::move(bytes));
    buffer.present = true;
    t.buffer = model.addBuffer(std::move(buffer));
}

void breakOptions(Random &random, Operator &op)
{
    if (!op.options || random.integer(0, 9) == 0) {
        op.options = nullptr;
        return;
    }
    auto table = std::make_shared<Table>(*op.options);
    if (table->fields.empty())
        return;
    Field &field = table->fields[static_cast<std::size_t>(random.integer(0, static_cast<int>(table->fields.size()) - 1))];
    if (std::holds_alternative<double>(field.value.data))
        field.value.data = static_cast<double>(oddReal(random));
    else if (std::holds_alternative<FieldValue::Ints>(field.value.data))
        field.value.data = FieldValue::Ints(static_cast<std::size_t>(random.integer(0, 5)), oddInteger(random));
    else
        field.value.data = oddInteger(random);
    op.options = std::move(table);
}

void breakOperands(Random &random, Subgraph &g, Operator &op)
{
    auto &list = random.integer(0, 2) == 0 ? op.outputs : op.inputs;
    const auto some = [&] { return TensorIndex(random.integer(0, static_cast<int>(g.tensors.size()) - 1)); };
    if (list.empty()) {
        list.push_back(some());
        return;
    }
    const auto at = list.begin() + random.integer(0, static_cast<int>(list.size()) - 1);
    switch (random.integer(0, 4)) {
    case 0: *at = TensorIndex{}; break;
    case 1: *at = some(); break;
    case 2: list.erase(at); break;
    case 3: list.insert(at, some()); break;
    default: std::swap(*at, list.front());
    }
}

void breakSomething(Random &random, Model &model)
{
    Subgraph &g = model.subgraphs[0];
    Operator &op = g.operators[0];
    Tensor &t = g.tensors[static_cast<std::size_t>(random.integer(0, static_cast<int>(g.tensors.size()) - 1))];
    switch (random.integer(0, 8)) {
    case 0: t.type = someType(random); break;
    case 1:
    case 2: breakShape(random, t.shape); break;
    case 3: breakGrid(random, t.quant); break;
    case 4:
        if (model.isConstant(t))
            breakConstant(random, model, t);
        else
            t.isVariable = !t.isVariable;
        break;
    case 5:
    case 6: breakOptions(random, op); break;
    case 7: breakOperands(random, g, op); break;
    default: op.code = static_cast<Op>(random.integer(0, 205));
    }
}

struct Outcome
{
    int refused = 0, failed = 0, ran = 0;
};

void refuseOrRun(Random &random, const std::shared_ptr<const Model> &model, Outcome &outcome)
{
    SimOptions options;
    options.arithmetic = static_cast<Arithmetic>(random.integer(0, 6));
    options.keepAllTensors = random.chance();
    options.countEvents = random.chance();
    if (random.integer(0, 3) == 0)
        options.accumulator = {random.integer(16, 64), random.chance() ? Overflow::Saturate : Overflow::Wrap, random.chance() ? 0 : random.integer(8, 64)};
    (void)canSimulate(*model, model->subgraphs[0], model->subgraphs[0].operators[0]);
    auto sim = Simulator::create(model, options);
    if (!sim || !sim->supported()) {
        ++outcome.refused;
        return;
    }
    const Subgraph &g = model->subgraphs[0];
    bool fine = true;
    for (int run = 0; run < 2 && fine; ++run) {
        for (std::size_t k = 0; k < sim->inputCount(); ++k) {
            const Tensor &t = g.tensor(g.inputs[k]);
            std::vector<std::byte> bytes(byteSize(t.type, static_cast<std::size_t>(elementCount(t.shape))));
            const bool one = random.integer(0, 3) == 0;
            for (std::byte &b : bytes)
                b = static_cast<std::byte>(one ? 0 : random.integer(0, 255));
            (void)sim->setInput(k, bytes);
        }
        fine = sim->run().has_value();
        for (std::size_t k = 0; k < sim->outputCount(); ++k)
            (void)sim->output(k);
    }
    ++(fine ? outcome.ran : outcome.failed);
}

} // namespace

TEST_CASE("brokenNetworksAreRefusedOrRun", "[fuzz]")
{
    const auto generators = opcases::allGenerators();
    const char *count = std::getenv("REQUANT_FUZZ_NETWORKS");
    Outcome outcome;
    for (int n = 0; n < (count ? std::atoi(count) : kNetworks); ++n) {
        const std::uint64_t seed = testing::baseSeed() + static_cast<std::uint64_t>(n);
        INFO("REQUANT_SEED=" << seed);
        Random random(seed);
        opcases::CaseBuilder builder(seed);
        pick(random, generators).make(builder);
        Model model = builder.model();
        for (int k = random.integer(1, 3); k > 0; --k)
            breakSomething(random, model);
        refuseOrRun(random, std::make_shared<const Model>(std::move(model)), outcome);
    }
    CAPTURE(outcome.refused, outcome.failed, outcome.ran);
    // It would prove nothing if almost everything were refused, or nothing.
    CHECK(outcome.ran > outcome.refused / 10);
    CHECK(outcome.refused > outcome.ran / 10);
}
