// SPDX-License-Identifier: GPL-3.0-or-later
#include "golden.h"

#include "core/sim/kernels/kernel.h"

using namespace requant;

namespace {

const std::vector<std::string> kModels{"mobilenet_v1_0.25_128_quant", "mobilenet_v2_1.0_224_quant", "tf2_mobilenet_v2_1.0_224_ptq",
                                       "pretrainedResnet_quant",      "kws_ref_model",              "vww_96_int8",
                                       "ad01_int8",                   "seanet_16x8_add0",           "seanet_16x8_conv0"};
// Too large for every intermediate tensor to be kept.
const std::vector<std::string> kOutputsOnly{"deeplabv3_mnv2_pascal_quant"};

Simulator create(const std::string &name, Arithmetic arithmetic)
{
    auto sim = Simulator::create(golden::model(name), SimOptions{arithmetic, true});
    if (!sim)
        FAIL(text(sim.error()));
    return std::move(*sim);
}

void runAll(const std::string &name, Arithmetic arithmetic, const std::string &folder)
{
    Simulator sim = create(name, arithmetic);
    const auto inputs = golden::bytes(golden::folder() / "golden" / name / "inputs.raw");
    std::vector<std::vector<std::byte>> outputs(sim.outputCount());
    const std::size_t runs = golden::runCount(sim.model(), inputs);
    REQUIRE(runs > 0);
    for (std::size_t run = 0; run < runs; ++run) {
        golden::setInputs(sim, inputs, run);
        const auto status = sim.run();
        if (!status)
            FAIL(text(status.error()));
        for (std::size_t k = 0; k < outputs.size(); ++k)
            outputs[k].insert(outputs[k].end(), sim.output(k).begin(), sim.output(k).end());
    }
    for (std::size_t k = 0; k < outputs.size(); ++k) {
        const auto expected = golden::bytes(golden::folder() / "golden" / name / folder / ("output" + std::to_string(k) + ".raw"));
        REQUIRE(!expected.empty());
        CHECK(golden::differences(outputs[k], expected) == 0);
    }
}

} // namespace

TEST_CASE("referenceEqualsTfliteInEveryTensor", "[golden]")
{
    if (!golden::available())
        return;
    for (const std::string &name : kModels)
        DYNAMIC_SECTION(name)
        {
            Simulator sim = create(name, Arithmetic::TfliteReference);
            const auto expected = golden::tensors(name);
            golden::setInputs(sim, golden::bytes(golden::folder() / "golden" / name / "inputs.raw"), 0);
            REQUIRE(sim.run());
            REQUIRE(!expected.empty());
            std::size_t compared = 0;
            for (const auto &[index, bytes] : expected) {
                if (static_cast<std::size_t>(index) >= sim.model().subgraphs[0].tensors.size())
                    continue; // a temporary of the runtime's own
                INFO("tensor " << index << " " << sim.model().subgraphs[0].tensors[static_cast<std::size_t>(index)].name);
                if (sim.tensor(TensorIndex{index}).empty())
                    continue; // not reached by any operator
                CHECK(golden::differences(sim.tensor(TensorIndex{index}), bytes) == 0);
                ++compared;
            }
            CHECK(compared > sim.model().subgraphs[0].operators.size() / 2);
        }
}

TEST_CASE("referenceEqualsTfliteUpToAnUnsupportedOperator", "[golden]")
{
    if (!golden::available())
        return;
    const std::string name = "coco_ssd_mobilenet_v1_1.0_quant_2018_06_29";
    Simulator sim = create(name, Arithmetic::TfliteReference);
    const auto supported = sim.supported();
    REQUIRE_FALSE(supported);
    CHECK(supported.error().message->id == kUnsupportedOperator.id);
    CHECK_THAT(text(supported.error()), Catch::Contains("TFLite_Detection_PostProcess"));
    golden::setInputs(sim, golden::bytes(golden::folder() / "golden" / name / "inputs.raw"), 0);
    REQUIRE(sim.run());
    CHECK_FALSE(sim.outputsSupported());
    CHECK(sim.output(0).empty());
    std::size_t compared = 0;
    for (const auto &[index, bytes] : golden::tensors(name)) {
        if (static_cast<std::size_t>(index) >= sim.model().subgraphs[0].tensors.size() || sim.tensor(TensorIndex{index}).empty())
            continue;
        CHECK(golden::differences(sim.tensor(TensorIndex{index}), bytes) == 0);
        ++compared;
    }
    CHECK(compared > 60);
}

TEST_CASE("referenceEqualsTfliteInAllRuns", "[golden]")
{
    if (!golden::available())
        return;
    for (const std::string &name : kModels)
        DYNAMIC_SECTION(name) { runAll(name, Arithmetic::TfliteReference, "reference"); }
    for (const std::string &name : kOutputsOnly)
        DYNAMIC_SECTION(name) { runAll(name, Arithmetic::TfliteReference, "reference"); }
}

TEST_CASE("xnnpackEqualsTheDelegateInAllRuns", "[golden]")
{
    if (!golden::available())
        return;
    for (const std::string &name : kModels)
        DYNAMIC_SECTION(name) { runAll(name, Arithmetic::Xnnpack, "xnnpack"); }
    for (const std::string &name : kOutputsOnly)
        DYNAMIC_SECTION(name) { runAll(name, Arithmetic::Xnnpack, "xnnpack"); }
}
