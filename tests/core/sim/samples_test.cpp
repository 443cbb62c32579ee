// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/samples.h"

#include <catch2/catch.hpp>

#include <fstream>

using namespace requant;

namespace {

std::filesystem::path temporary(const std::string &name)
{
    const auto folder = std::filesystem::temp_directory_path() / "requant-samples-test";
    std::filesystem::create_directories(folder);
    return folder / name;
}

Tensor tensor(ElementType type, Shape shape, float scale, std::int64_t zeroPoint)
{
    Tensor t;
    t.type = type;
    t.shape = std::move(shape);
    t.quant = QuantParams::perTensor(scale, zeroPoint);
    return t;
}

Model modelWith(const Tensor &input)
{
    Model m;
    m.buffers.emplace_back();
    Subgraph g;
    g.tensors.push_back(input);
    g.inputs.push_back(TensorIndex{0});
    m.subgraphs.push_back(g);
    return m;
}

std::vector<std::byte> bytes(std::initializer_list<int> values)
{
    std::vector<std::byte> b;
    for (const int v : values)
        b.push_back(static_cast<std::byte>(v));
    return b;
}

} // namespace

TEST_CASE("npyIsReadAsItWasWritten")
{
    const auto path = temporary("a.npy");
    REQUIRE(saveNpy(path, ElementType::UInt8, {2, 3}, bytes({1, 2, 3, 4, 5, 255})));
    const auto array = loadNpy(path);
    REQUIRE(array);
    CHECK(array->type == ElementType::UInt8);
    CHECK(array->shape == std::vector<std::int64_t>{2, 3});
    CHECK(std::vector<std::byte>(array->data.begin(), array->data.end()) == bytes({1, 2, 3, 4, 5, 255}));
    const auto labels = loadLabels(path);
    REQUIRE(labels);
    CHECK(*labels == std::vector<std::int64_t>{1, 2, 3, 4, 5, 255});
}

TEST_CASE("npyThatIsCutOffIsRefused")
{
    const auto path = temporary("cut.npy");
    REQUIRE(saveNpy(path, ElementType::Int32, {100}, std::vector<std::byte>(400)));
    std::filesystem::resize_file(path, 300);
    const auto array = loadNpy(path);
    REQUIRE_FALSE(array);
    CHECK(array.error().message->id == "npy.truncated");
    std::ofstream(path) << "hello";
    REQUIRE_FALSE(loadNpy(path));
}

TEST_CASE("pixelsBecomeTheInputsType")
{
    const auto path = temporary("pixels.npy");
    REQUIRE(saveNpy(path, ElementType::UInt8, {2, 2, 1, 1}, bytes({0, 128, 255, 7})));
    const auto unsignedSet = SampleSet::open(path, modelWith(tensor(ElementType::UInt8, {1, 2, 1, 1}, 0.5f, 128)));
    REQUIRE(unsignedSet);
    CHECK(unsignedSet->size() == 2);
    CHECK(unsignedSet->sample(1)[0] == bytes({255, 7}));
    const auto signedSet = SampleSet::open(path, modelWith(tensor(ElementType::Int8, {1, 2, 1, 1}, 0.5f, 0)));
    REQUIRE(signedSet);
    CHECK(signedSet->sample(0)[0] == bytes({-128, 0}));
    CHECK(signedSet->sample(1)[0] == bytes({127, -121}));
    CHECK(SampleSet::open(path, modelWith(tensor(ElementType::Int8, {1, 2, 1, 1}, 0.5f, 0)), 1)->size() == 1);
}

TEST_CASE("samplesOfAnotherSizeAreRefusedWithBothShapes")
{
    const auto path = temporary("size.npy");
    REQUIRE(saveNpy(path, ElementType::UInt8, {2, 3, 3, 1}, std::vector<std::byte>(18)));
    const auto set = SampleSet::open(path, modelWith(tensor(ElementType::UInt8, {1, 2, 2, 1}, 1, 0)));
    REQUIRE_FALSE(set);
    CHECK(set.error().message->id == "samples.npy-shape");
    CHECK_THAT(text(set.error()), Catch::Contains("2x3x3x1") && Catch::Contains("2x2x1"));
    CHECK_THAT(text(set.error()), Catch::Contains("size.npy"));
}

TEST_CASE("rawFilesHoldWholeSamples")
{
    const auto path = temporary("in.raw");
    {
        std::ofstream out(path, std::ios::binary);
        out << "abcdef";
    }
    const Model m = modelWith(tensor(ElementType::UInt8, {1, 3}, 1, 0));
    const auto set = SampleSet::open(path, m);
    REQUIRE(set);
    CHECK(set->size() == 2);
    CHECK(set->sample(1)[0] == bytes({'d', 'e', 'f'}));
    REQUIRE_FALSE(SampleSet::open(path, modelWith(tensor(ElementType::UInt8, {1, 4}, 1, 0))));
}

TEST_CASE("regridBetweenSignedAndUnsignedIsExact")
{
    const Tensor from = tensor(ElementType::UInt8, {4}, 0.1f, 128), to = tensor(ElementType::Int8, {4}, 0.1f, 0);
    CHECK(regrid(bytes({0, 127, 128, 255}), from, to) == bytes({-128, -1, 0, 127}));
    CHECK(regrid(bytes({-128, -1, 0, 127}), to, from) == bytes({0, 127, 128, 255}));
    const Tensor half = tensor(ElementType::Int8, {4}, 0.05f, 0);
    CHECK(regrid(bytes({-128, -1, 0, 127}), to, half) == bytes({-128, -2, 0, 127})); // saturates
}

TEST_CASE("dequantizeHonoursChannels")
{
    Tensor t = tensor(ElementType::Int8, {2, 2}, 1, 0);
    t.quant.scale = {0.5f, 2.0f};
    t.quant.zeroPoint = {0, 1};
    t.quant.quantizedDimension = 0;
    CHECK(dequantize(bytes({2, 4, 2, 4}), t) == std::vector<float>{1, 2, 2, 6});
    t.quant.quantizedDimension = 1;
    CHECK(dequantize(bytes({2, 4, 2, 4}), t) == std::vector<float>{1, 6, 1, 6});
}

TEST_CASE("samplesSayWhichModelsTheyFit")
{
    const auto path = temporary("fit.npy");
    REQUIRE(saveNpy(path, ElementType::UInt8, {2, 3}, bytes({1, 2, 3, 4, 5, 255})));
    const Model own = modelWith(tensor(ElementType::UInt8, {1, 3}, 0.5f, 128));
    const auto set = SampleSet::open(path, own);
    REQUIRE(set);
    CHECK(set->fits(own));
    CHECK(set->fits(modelWith(tensor(ElementType::Int8, {3, 1}, 0.5f, 0))));
    CHECK_FALSE(set->fits(modelWith(tensor(ElementType::UInt8, {1, 4}, 0.5f, 128))));
    CHECK_FALSE(set->fits(modelWith(tensor(ElementType::String, {1, 3}, 0.5f, 128))));
    Model two = own;
    two.subgraphs[0].inputs.push_back(TensorIndex{0});
    CHECK_FALSE(set->fits(two));
}
