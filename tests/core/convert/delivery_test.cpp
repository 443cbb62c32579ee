// SPDX-License-Identifier: GPL-3.0-or-later
// What is written, and that reading back finds what is wrong with it.
#include "core/convert/delivery.h"

#include "core/base/files.h"
#include "core/base/sha256.h"
#include "core/convert/carray.h"
#include "core/sim/synthetic.h"
#include "tests/core/temporaryfolder.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <cstdlib>

using namespace requant;
using requant::test::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

using Step = DeliveryStep;

const Conversion &conversion()
{
    static const Conversion c = [] {
        auto loaded = loadTflite(fs::path(REQUANT_SOURCE_DIR) / "resources/sample/fashion_mobilenet_uint8.tflite");
        REQUIRE(loaded);
        Recipe recipe = findProfile("symmetric")->recipe;
        recipe.effort = Effort::Fast;
        auto out = convert({loaded->model, recipe, nullptr, {}});
        REQUIRE(out);
        return std::move(*out);
    }();
    return c;
}

DeliveryRequest request(const TemporaryFolder &folder, std::set<Format> formats)
{
    DeliveryRequest r;
    r.folder = folder.path();
    r.stem = "net";
    r.formats = std::move(formats);
    return r;
}

std::vector<std::pair<Step::Kind, Step::State>> outcomes(const Delivery &d)
{
    std::vector<std::pair<Step::Kind, Step::State>> out;
    for (const Step &s : d.steps)
        out.emplace_back(s.kind, s.state);
    return out;
}

} // namespace

TEST_CASE("everyFormatIsWrittenReadBackAndTold")
{
    const TemporaryFolder folder;
    std::vector<Step> told;
    const auto d = deliver(conversion(), request(folder, {Format::Tflite, Format::CArray, Format::Recipe}), {},
                           [&](const Step &s) { told.push_back(s); });
    REQUIRE(d);
    CHECK(d->isGood());
    CHECK(folder.names()
          == std::set<std::string>{"net.tflite", "net.h", "net.cc", "net.recipe.json"}); // and no temporary file
    using K = Step::Kind;
    const auto good = Step::State::Good;
    CHECK(outcomes(*d)
          == std::vector<std::pair<K, Step::State>>{{K::Write, good},
                                                    {K::ReadBack, good},
                                                    {K::Rules, good},
                                                    {K::Simulate, good},
                                                    {K::Write, good},
                                                    {K::ArrayBack, good},
                                                    {K::Write, good},
                                                    {K::RecipeBack, good}});
    CHECK(d->simulated == 4);
    REQUIRE(told.size() == 2 * d->steps.size());
    for (std::size_t i = 0; i < told.size(); i += 2) {
        CHECK(told[i].state == Step::State::Running);
        CHECK(told[i].kind == told[i + 1].kind);
        CHECK(told[i + 1].state == good);
    }
    const auto file = mapFile(folder.path() / "net.tflite");
    REQUIRE(file);
    CHECK(d->output.sha256 == sha256Hex(file->bytes));
    CHECK(d->output.bytes == file->bytes.size());
    const auto array = readCArray(*readTextFile(folder.path() / "net.cc"));
    REQUIRE(array);
    CHECK(std::equal(array->begin(), array->end(), file->bytes.begin(), file->bytes.end()));
    CHECK(readTextFile(folder.path() / "net.h")->find(d->output.sha256) != std::string::npos);
}

TEST_CASE("portsAreProvedByTheSimulation")
{
    for (const ElementType in : {ElementType::UInt8, ElementType::Int8, ElementType::Float32})
        for (const ElementType out : {ElementType::UInt8, ElementType::Int8, ElementType::Float32}) {
            INFO(typeName(in) << " to " << typeName(out));
            const TemporaryFolder folder;
            DeliveryRequest r = request(folder, {Format::Tflite});
            r.ports = {in, out};
            const auto d = deliver(conversion(), r);
            REQUIRE(d);
            CHECK(d->isGood());
            CHECK(d->simulated == 4);
            auto back = loadTflite(folder.path() / "net.tflite");
            REQUIRE(back);
            const Subgraph &g = back->model->subgraphs[0];
            CHECK(g.tensor(g.inputs[0]).type == in);
            CHECK(g.tensor(g.outputs[0]).type == out);
            const Contents c = contentsOf(conversion(), r.ports);
            CHECK(c.operators == g.operators.size());
            CHECK(c.portsAdded == std::size_t(in != ElementType::Int8) + std::size_t(out != ElementType::Int8));
        }
}

TEST_CASE("aCArrayAloneLeavesNoModelFile")
{
    const TemporaryFolder folder;
    DeliveryRequest r = request(folder, {Format::CArray});
    r.language = CLanguage::C;
    const auto d = deliver(conversion(), r);
    REQUIRE(d);
    CHECK(folder.names() == std::set<std::string>{"net.h", "net.c"});
    CHECK(d->output.name.empty());
}

TEST_CASE("whatIsNotAsMeantIsFound")
{
    const TemporaryFolder folder;
    Conversion c = conversion();
    REQUIRE(!c.effective.empty());
    c.effective.begin()->second.ratio *= 2; // the file's record says something else
    const auto d = deliver(c, request(folder, {Format::Tflite}));
    REQUIRE(d);
    CHECK_FALSE(d->isGood());
    REQUIRE(d->differences.size() == 1);
    CHECK(d->steps[1].state == Step::State::Bad);
    CHECK(d->steps[1].detail == d->differences[0]);
}

TEST_CASE("brokenRulesAreFoundInTheFile")
{
    const TemporaryFolder folder;
    Conversion c = conversion();
    auto broken = std::make_shared<Model>(*c.model);
    Subgraph &g = broken->subgraphs[0];
    g.tensor(g.outputs[0]).quant.zeroPoint = {0}; // SOFTMAX demands -128
    c.model = broken;
    const auto d = deliver(c, request(folder, {Format::Tflite}));
    REQUIRE(d);
    CHECK(d->check().violations == 1);
    CHECK(d->steps[2].state == Step::State::Bad);
    CHECK(d->differences.empty());
}

TEST_CASE("oneChangedWeightIsNotByteEqual")
{
    const auto samples = syntheticSamples(*conversion().source, 3);
    REQUIRE(samples);
    const auto same = compareOutputs(conversion().model, conversion().model, *samples, 8, Arithmetic::TfliteReference);
    REQUIRE(same);
    CHECK(same->equal == 3);
    CHECK(same->difference.empty());
    // A bias of the classifier moved by more than its output's step.
    auto other = std::make_shared<Model>(*conversion().model);
    Subgraph &g = other->subgraphs[0];
    for (Operator &op : g.operators) {
        if (op.outputs[0] != g.operators[g.operators.size() - 2].inputs[0])
            continue;
        REQUIRE(op.inputs.size() == 3);
        Tensor &bias = g.tensor(op.inputs[2]);
        const auto data = other->data(bias);
        std::vector<std::byte> moved(data.begin(), data.end());
        moved[2] ^= std::byte{0x7f};
        bias.buffer = other->addBuffer(Buffer::fromBytes(moved));
    }
    const auto differ = compareOutputs(conversion().model, other, *samples, 8, Arithmetic::TfliteReference);
    REQUIRE(differ);
    CHECK(differ->difference.find("not byte-equal") != std::string::npos);
    CHECK(differ->equal < 3);
}

TEST_CASE("whatCannotBeWrittenLeavesTheOldFile")
{
    const TemporaryFolder folder;
    REQUIRE(writeFileAtomically(folder.path() / "file", std::string_view("old")));
    DeliveryRequest r = request(folder, {Format::Tflite});
    r.folder = folder.path() / "file"; // no folder
    std::vector<Step> told;
    const auto d = deliver(conversion(), r, {}, [&](const Step &s) { told.push_back(s); });
    REQUIRE_FALSE(d);
    CHECK(text(d.error()).find("cannot write") != std::string::npos);
    REQUIRE(told.size() == 2);
    CHECK(told[1].state == Step::State::Bad);
    CHECK(*readTextFile(folder.path() / "file") == "old");
    CHECK(folder.names().size() == 1);
}

TEST_CASE("cancellingStopsBetweenTheSteps")
{
    const TemporaryFolder folder;
    std::atomic<bool> cancelled{true};
    const auto d = deliver(conversion(), request(folder, {Format::Tflite}), RunControl(&cancelled, {}));
    REQUIRE_FALSE(d);
    CHECK(d.error().message->id == kCancelled.id);
    CHECK(folder.names().empty());
}

TEST_CASE("contentsTellWhatTheFileWillHold")
{
    const Contents c = contentsOf(conversion());
    std::size_t operators = 0, activations = 0;
    for (const auto &type : c.operatorTypes)
        operators += type.count;
    CHECK(operators == c.operators);
    CHECK(c.operators == conversion().source->subgraphs[0].operators.size() + c.requantizeOperators + c.paddings);
    REQUIRE(!c.schemes.empty());
    CHECK(c.schemes.front().role == TensorRole::Activation);
    CHECK(c.schemes.back().role == TensorRole::Weight);
    for (const auto &s : c.schemes)
        activations += s.role == TensorRole::Activation ? s.tensors : 0;
    CHECK(activations >= conversion().source->subgraphs[0].operators.size());
    CHECK(c.inputs.size() == 1);
    CHECK(c.inputs[0].starts_with("int8 1x28x28x1"));
    CHECK(c.constantBytes > 0);
}

TEST_CASE("reportsAreWrittenAsAskedFor")
{
    const TemporaryFolder folder;
    const ErrorReport errors = measureWeights(conversion().compared());
    const ReportSource source{{"net.tflite", "", 1}, conversion().source, {}, 0};
    const std::vector<ReportTarget> targets{{"symmetric", "Symmetric", &conversion(), &errors, {}, {}}};
    const auto files = writeReports(folder.path(), "net", {Format::Tflite, Format::Csv, Format::Json}, source, targets);
    REQUIRE(files);
    CHECK(folder.names() == std::set<std::string>{"net.csv", "net.json"});
    CHECK(*readTextFile(folder.path() / "net.csv") == reportCsv(source, targets));
    for (const Format f : kFormats) {
        Format again{};
        CHECK(formatFromName(formatName(f), again));
        CHECK(again == f);
    }
    Format none{};
    CHECK_FALSE(formatFromName("caffe", none));
}
