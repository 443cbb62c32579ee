// SPDX-License-Identifier: GPL-3.0-or-later
// Every folder of golden/ against what real runtimes recorded: each operator fed with the runtime's own inputs, every tensor end to
// end, and the outputs of all runs.
#include "golden.h"

#include "core/model/summary.h"
#include "core/sim/kernels/kernel.h"

#include <cmath>
#include <cstring>
#include <set>

using namespace requant;

namespace {

// Operators without a kernel. The list must be exact: what the simulator learns is taken off.
const std::map<std::string, std::set<std::string>> kGaps{};
// The data has only the outputs of these.
const std::set<std::string> kOnlyOutputsRecorded{"deeplabv3_mnv2_pascal_quant"};

std::vector<std::string> models()
{
    std::vector<std::string> names;
    for (const auto &entry : std::filesystem::directory_iterator(golden::folder() / "golden"))
        if (entry.is_directory())
            names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    REQUIRE(names.size() >= 12);
    return names;
}

bool hasGaps(const std::string &name) { return kGaps.count(name) != 0; }
// A handle's value is the runtime's own affair; what it stands for shows where it is read.
bool isHandle(const Tensor &t) { return t.type == ElementType::Resource; }

Simulator create(const std::string &name, Arithmetic arithmetic)
{
    auto sim = Simulator::create(golden::model(name), SimOptions{arithmetic, true});
    if (!sim)
        FAIL(text(sim.error()));
    return std::move(*sim);
}

// Bytes that differ; floats, which only a custom operator computes here, differ if they are more than 1e-5 apart.
std::size_t differences(const Tensor &t, std::span<const std::byte> ours, std::span<const std::byte> theirs)
{
    if (t.type != ElementType::Float32 || ours.size() != theirs.size())
        return golden::differences(ours, theirs);
    std::size_t n = 0;
    for (std::size_t i = 0; i + sizeof(float) <= ours.size(); i += sizeof(float)) {
        float a, b;
        std::memcpy(&a, ours.data() + i, sizeof a);
        std::memcpy(&b, theirs.data() + i, sizeof b);
        n += !(std::abs(a - b) <= 1e-5f);
    }
    return n;
}

std::string described(const Simulator &sim, std::size_t op)
{
    const Operator &o = sim.model().subgraphs[0].operators[op];
    return "operator " + std::to_string(op) + " " + operatorTypeText(o) + " " + layerName(sim.model().subgraphs[0], o);
}

struct Compared
{
    std::size_t operators = 0, tensors = 0;
};

// Each output of the operator that the runtime recorded.
void compareOutputs(const Simulator &sim, std::size_t op, const std::map<std::int32_t, std::vector<std::byte>> &expected, Compared &count)
{
    const Subgraph &graph = sim.model().subgraphs[0];
    for (const TensorIndex t : graph.operators[op].outputs) {
        if (isHandle(graph.tensor(t)))
            continue;
        INFO(described(sim, op) << ", tensor " << t.value << " " << graph.tensor(t).name);
        const auto recorded = expected.find(t.value);
        REQUIRE(recorded != expected.end());
        CHECK(differences(graph.tensor(t), sim.tensor(t), recorded->second) == 0);
        ++count.tensors;
    }
    ++count.operators;
}

void feed(Simulator &sim, const Operator &op, const std::map<std::int32_t, std::vector<std::byte>> &expected)
{
    const Model &model = sim.model();
    const Subgraph &graph = model.subgraphs[0];
    for (const TensorIndex t : op.inputs) {
        if (!t || model.isConstant(graph.tensor(t)) || isHandle(graph.tensor(t)))
            continue;
        INFO("input " << t.value << " " << graph.tensor(t).name);
        const auto recorded = expected.find(t.value);
        REQUIRE(recorded != expected.end());
        if (const auto ok = sim.setTensor(t, recorded->second); !ok)
            FAIL(text(ok.error()));
    }
}

void sayWhatIsMissing(const std::string &name, const Compared &count, std::size_t operators)
{
    if (count.operators < operators)
        std::cout << name << ": " << operators - count.operators << " of " << operators << " operators could not be run\n";
}

void runAll(const std::string &name, Arithmetic arithmetic, const std::string &folder)
{
    Simulator sim = create(name, arithmetic);
    const Subgraph &graph = sim.model().subgraphs[0];
    const auto inputs = golden::bytes(golden::folder() / "golden" / name / "inputs.raw");
    const std::size_t runs = golden::runCount(sim.model(), inputs);
    REQUIRE(runs > 0);
    std::vector<std::vector<std::byte>> outputs(sim.outputCount());
    for (std::size_t run = 0; run < runs; ++run) {
        golden::setInputs(sim, inputs, run);
        const auto status = sim.run();
        if (!status)
            FAIL(text(status.error()));
        for (std::size_t k = 0; k < outputs.size(); ++k)
            outputs[k].insert(outputs[k].end(), sim.output(k).begin(), sim.output(k).end());
    }
    for (std::size_t k = 0; k < outputs.size(); ++k) {
        if (hasGaps(name) && !sim.isReachable(graph.outputs[k]))
            continue;
        INFO("output " << k);
        const auto expected = golden::bytes(golden::folder() / "golden" / name / folder / ("output" + std::to_string(k) + ".raw"));
        REQUIRE(!expected.empty());
        CHECK(differences(graph.tensor(graph.outputs[k]), outputs[k], expected) == 0);
    }
}

} // namespace

TEST_CASE("operatorsWithoutAKernelAreThoseListed", "[golden]")
{
    if (!golden::available())
        return;
    for (const std::string &name : models()) {
        INFO(name);
        const auto model = golden::model(name);
        std::set<std::string> missing;
        for (const Subgraph &graph : model->subgraphs)
            for (const Operator &op : graph.operators)
                if (!canSimulate(*model, graph, op))
                    missing.insert(operatorTypeText(op));
        const auto known = kGaps.find(name);
        CHECK(missing == (known == kGaps.end() ? std::set<std::string>{} : known->second));
    }
}

TEST_CASE("referenceEqualsTfliteLayerByLayer", "[golden]")
{
    if (!golden::available())
        return;
    for (const std::string &name : models())
        DYNAMIC_SECTION(name)
        {
            const auto expected = golden::tensors(name);
            REQUIRE(expected.empty() == (kOnlyOutputsRecorded.count(name) != 0));
            if (expected.empty())
                return;
            Simulator sim = create(name, Arithmetic::TfliteReference);
            const auto &operators = sim.model().subgraphs[0].operators;
            Compared count;
            for (std::size_t i = 0; i < operators.size(); ++i) {
                INFO(described(sim, i));
                feed(sim, operators[i], expected);
                const auto ran = sim.runOperator(OperatorIndex(i));
                if (!ran && hasGaps(name) && ran.error().message->id == kUnsupportedOperator.id)
                    continue;
                if (!ran)
                    FAIL(text(ran.error()));
                compareOutputs(sim, i, expected, count);
            }
            sayWhatIsMissing(name, count, operators.size());
            CHECK((hasGaps(name) || count.operators == operators.size()));
            CHECK(count.tensors > 0);
        }
}

TEST_CASE("referenceEqualsTfliteInEveryTensor", "[golden]")
{
    if (!golden::available())
        return;
    for (const std::string &name : models())
        DYNAMIC_SECTION(name)
        {
            const auto expected = golden::tensors(name);
            if (expected.empty())
                return;
            Simulator sim = create(name, Arithmetic::TfliteReference);
            golden::setInputs(sim, golden::bytes(golden::folder() / "golden" / name / "inputs.raw"), 0);
            REQUIRE(sim.run());
            const auto &operators = sim.model().subgraphs[0].operators;
            Compared count;
            for (std::size_t i = 0; i < operators.size(); ++i) {
                const auto &outputs = operators[i].outputs;
                if (hasGaps(name) && !std::all_of(outputs.begin(), outputs.end(), [&](TensorIndex t) { return sim.isReachable(t); }))
                    continue;
                compareOutputs(sim, i, expected, count);
            }
            CHECK((hasGaps(name) || count.operators == operators.size()));
            CHECK(count.operators > 0);
        }
}

TEST_CASE("referenceEqualsTfliteInAllRuns", "[golden]")
{
    if (!golden::available())
        return;
    for (const std::string &name : models())
        DYNAMIC_SECTION(name) { runAll(name, Arithmetic::TfliteReference, "reference"); }
}

TEST_CASE("xnnpackEqualsTheDelegateInAllRuns", "[golden]")
{
    if (!golden::available())
        return;
    for (const std::string &name : models())
        DYNAMIC_SECTION(name) { runAll(name, Arithmetic::Xnnpack, "xnnpack"); }
}

TEST_CASE("whatDoesNotDependOnAnUnsupportedOperatorIsComputed", "[golden]")
{
    if (!golden::available())
        return;
    // A custom operator that nothing knows stands in for any that is missing.
    const std::string name = "coco_ssd_mobilenet_v1_1.0_quant_2018_06_29";
    Model model = *golden::model(name);
    for (Operator &op : model.subgraphs[0].operators)
        if (op.code == Op::Custom)
            op.customCode = "Unknown";
    auto sim = Simulator::create(std::make_shared<const Model>(std::move(model)), SimOptions{Arithmetic::TfliteReference, true});
    REQUIRE(sim);
    const auto supported = sim->supported();
    REQUIRE_FALSE(supported);
    CHECK(supported.error().message->id == kUnsupportedOperator.id);
    CHECK_THAT(text(supported.error()), Catch::Contains("Unknown"));
    golden::setInputs(*sim, golden::bytes(golden::folder() / "golden" / name / "inputs.raw"), 0);
    REQUIRE(sim->run());
    CHECK_FALSE(sim->outputsSupported());
    CHECK(sim->output(0).empty());
    const auto expected = golden::tensors(name);
    Compared count;
    for (std::size_t i = 0; i < sim->model().subgraphs[0].operators.size(); ++i)
        if (sim->model().subgraphs[0].operators[i].code != Op::Custom)
            compareOutputs(*sim, i, expected, count);
    CHECK(count.tensors > 60);
}
