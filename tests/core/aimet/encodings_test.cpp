// SPDX-License-Identifier: GPL-3.0-or-later
// All versions of encodings say the same; what is written is read back equal; broken files say what is wrong.
#include "core/aimet/encodings.h"

#include "../tinymodel.h"

#include <catch2/catch.hpp>

#include <functional>

using namespace requant;

namespace {

Encodings mustRead(const std::string &json)
{
    const auto read = readEncodings(json);
    if (!read)
        FAIL(text(read.error()));
    return *read;
}

std::string refusal(const std::string &json)
{
    const auto read = readEncodings(json);
    REQUIRE_FALSE(read);
    return text(read.error());
}

bool contains(const std::string &text, const std::string &part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

// The numbers of the specification's example: offset -114, scale 0.0185014.
TEST_CASE("theSameGridIsReadFromEveryVersion")
{
    const Encoding expected{8, false, false, {0.0185014}, {114}};
    const std::string entry =
        R"({"bitwidth":8,"is_symmetric":"False","max":2.60870,"min":-2.10916,"offset":-114,"scale":0.0185014)";
    for (const std::string version : {R"("version":"0.5.0",)", R"("version":"0.6.1",)", ""}) {
        const Encodings e =
            mustRead("{" + version + R"("activation_encodings":{"t":[)" + entry + R"(}]},"param_encodings":{}})");
        REQUIRE(e.activations.at("t") == expected);
        REQUIRE(e.notes.empty());
    }
    const Encodings one = mustRead(
        R"({"version":"1.0.0","activation_encodings":[{"name":"t","enc_type":"PER_TENSOR","dtype":"INT","bw":8,"is_sym":false,"scale":[0.0185014],"offset":[-114]}],"param_encodings":[]})");
    REQUIRE(one.activations.at("t") == expected);
    const Encodings two = mustRead(
        R"({"version":"2.0.0","encodings":[{"name":"t","output_dtype":"uint8","y_scale":0.0185014,"y_zero_point":114}]})");
    REQUIRE(two.activations.at("t") == expected);
    const Encodings sign = mustRead(
        R"({"version":"2.1.0","encodings":[{"name":"t","output_dtype":"int8","y_scale":0.0185014,"y_zero_point":-14}]})");
    REQUIRE(sign.activations.at("t") == expected);
}

TEST_CASE("anOffsetOfTheOtherSignIsSeenByMin")
{
    const Encodings e = mustRead(
        R"({"version":"0.5.0","activation_encodings":{"t":[{"bitwidth":8,"max":2.6,"min":-2.10916,"offset":114,"scale":0.0185014}]},"param_encodings":{}})");
    REQUIRE(e.activations.at("t").zeroPoint == std::vector<std::int64_t>{114});
    REQUIRE(e.notes.size() == 1);
    REQUIRE(e.notes[0].message->id == kOffsetSign.id);
}

TEST_CASE("channelsFloatsAndMetaScalesAreRead")
{
    const Encodings e = mustRead(
        R"({"version":"0.6.1","activation_encodings":{"f":[{"bitwidth":16,"dtype":"float"}]},"param_encodings":{"w":[
        {"bitwidth":8,"dtype":"int","is_symmetric":"True","max":1.27,"min":-1.28,"offset":-128,"scale":0.01},
        {"bitwidth":8,"dtype":"int","is_symmetric":"True","max":2.54,"min":-2.56,"offset":-128,"scale":0.02}]}})");
    REQUIRE(e.activations.at("f").isFloat);
    REQUIRE(e.parameters.at("w").scale == std::vector<double>{0.01, 0.02});
    REQUIRE(e.parameters.at("w").zeroPoint == std::vector<std::int64_t>{128, 128});
    REQUIRE(e.parameters.at("w").isSymmetric);
    const Encodings meta = mustRead(
        R"({"version":"2.1.0","encodings":[{"name":"w","output_dtype":"int4","y_scale":{"x":[2,3],"x_scale":0.5}}]})");
    REQUIRE(meta.activations.at("w").scale == std::vector<double>{1.0, 1.5});
    REQUIRE(meta.activations.at("w").bits == 4);
    const Encodings blocks = mustRead(
        R"({"version":"1.0.0","activation_encodings":[],"param_encodings":[{"name":"w","enc_type":"PER_BLOCK","dtype":"INT","bw":4,"is_sym":true,"scale":[0.5,0.5],"offset":[-8,-8],"block_size":2}]})");
    REQUIRE(blocks.parameters.empty());
    REQUIRE(blocks.notes.size() == 1);
}

TEST_CASE("brokenEncodingsSayWhatIsWrong")
{
    REQUIRE(contains(refusal("[]"), "not an object"));
    REQUIRE(contains(refusal("{"), "line 1"));
    REQUIRE(contains(refusal(R"({"version":"7.0","activation_encodings":{}})"), "7.0"));
    REQUIRE(contains(refusal(R"({"version":"0.6.1"})"), "activation_encodings"));
    const auto with = [](const std::string &entry) {
        return R"({"version":"0.6.1","activation_encodings":{"t":[)" + entry + "]}}";
    };
    REQUIRE(contains(refusal(with(R"({"bitwidth":8,"scale":-1,"offset":0})")), "positive"));
    REQUIRE(contains(refusal(with(R"({"bitwidth":8,"scale":0.1,"offset":300})")), "outside"));
    REQUIRE(contains(refusal(with(R"({"bitwidth":99,"scale":0.1,"offset":0})")), "bitwidth"));
    REQUIRE(contains(refusal(with(R"({"bitwidth":8})")), "no scale"));
    REQUIRE(contains(refusal(with(R"({"bitwidth":8,"scale":"x"})")), "scale is"));
    REQUIRE(contains(refusal(with("7")), "entry"));
    REQUIRE(contains(refusal(R"({"version":"2.0.0","encodings":[{"name":"t","output_dtype":"int9","y_scale":1}]})"),
                     "int9"));
    REQUIRE(contains(refusal(R"({"version":"1.0.0","activation_encodings":[{"scale":[1]}]})"), "no name"));
    REQUIRE(contains(refusal(with(R"({"bitwidth":8,"scale":1e400,"offset":0})")), "line 1"));
}

TEST_CASE("encodingsWrittenInBothVersionsAreReadBackEqual")
{
    test::TinyModel m;
    const auto x = m.activation("x", {1, 1, 1, 2}, ElementType::Int8, 0.013f, -17);
    const auto y = m.activation("y", {1, 1, 1, 2}, ElementType::UInt8, 0.2f, 3);
    QuantParams w;
    w.scale = {0.01f, 0.03f};
    w.zeroPoint = {0, 0};
    m.conv(x, y, ElementType::Int8, w, std::vector<std::int8_t>{1, 2, 3, 4}, {5, 6});
    const auto old = writeEncodings(m.model(), EncodingVersion::V061),
               now = writeEncodings(m.model(), EncodingVersion::V100);
    REQUIRE(old);
    REQUIRE(now);
    const Encodings a = mustRead(*old), b = mustRead(*now);
    REQUIRE(a.activations == b.activations);
    REQUIRE(a.parameters == b.parameters);
    REQUIRE(a.notes.empty());
    REQUIRE(a.activations.size() == 2);
    REQUIRE(a.activations.at("x") == Encoding{8, false, false, {static_cast<double>(0.013f)}, {111}});
    REQUIRE(a.activations.at("y") == Encoding{8, false, false, {static_cast<double>(0.2f)}, {3}});
    REQUIRE(a.parameters.at("y/weights")
            == Encoding{8, false, true, {static_cast<double>(0.01f), static_cast<double>(0.03f)}, {128, 128}});
}
