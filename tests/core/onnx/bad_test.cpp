// SPDX-License-Identifier: GPL-3.0-or-later
// Files that are broken, hostile or of what is not supported: each gets a message with the node's or tensor's name.
#include "../sim/random.h"
#include "handmade.h"

#include "core/onnx/loadmodel.h"

#include <filesystem>
#include <functional>
#include <iostream>

using namespace handmade;
using namespace requant;

namespace {

// x (uint8, picture) -> DequantizeLinear -> Conv -> QuantizeLinear -> y
OnnxModel good(int opset = 13)
{
    OnnxModel m(opset);
    m.input("x", kU8, {1, 2, 4, 4});
    m.output("y", kU8, {1, 3, 4, 4});
    m.grid("x", 0.1f, 128, kU8);
    m.grid("y", 0.2f, 100, kU8);
    m.constant("w", kI8, {3, 2, 1, 1}, std::vector<std::int8_t>{1, 2, 3, 4, 5, 6});
    m.grid("w", 0.01f, 0, kI8);
    m.dequantize("x", "xf");
    m.dequantize("w", "wf");
    m.node("Conv", {"xf", "wf"}, {"yf"});
    m.quantize("yf", "y");
    return m;
}

std::string messageOf(const OnnxModel &m, const std::filesystem::path &folder = {})
{
    const auto loaded = m.read(folder);
    return loaded ? "(read)" : text(loaded.error());
}

onnx::NodeProto &nodeOf(OnnxModel &m, const std::string &op)
{
    for (auto &n : *m.graph().mutable_node())
        if (n.op_type() == op)
            return n;
    FAIL("no " << op);
    return *m.graph().mutable_node(0);
}

onnx::TensorProto &initializer(OnnxModel &m, const std::string &name)
{
    for (auto &t : *m.graph().mutable_initializer())
        if (t.name() == name)
            return t;
    FAIL("no " << name);
    return *m.graph().mutable_initializer(0);
}

} // namespace

TEST_CASE("oneFaultGivesOneMessageThatNamesIt")
{
    REQUIRE(messageOf(good()) == "(read)");
    const std::pair<std::string, std::function<void(OnnxModel &)>> rows[] = {
        {"the model does not say which opset", [](OnnxModel &m) { m.proto().clear_opset_import(); }},
        {"the model uses opset 9", [](OnnxModel &m) { m.proto().mutable_opset_import(0)->set_version(9); }},
        {"the model uses opset 22", [](OnnxModel &m) { m.proto().mutable_opset_import(0)->set_version(22); }},
        {"it has no graph", [](OnnxModel &m) { m.proto().clear_graph(); }},
        {"node Conv_yf (Conv): its input nothing is given by no node",
         [](OnnxModel &m) { nodeOf(m, "Conv").set_input(0, "nothing"); }},
        {"node Conv_yf (Conv): its output xf is given twice",
         [](OnnxModel &m) { nodeOf(m, "Conv").set_output(0, "xf"); }},
        {"node Conv_yf (Einsum): this operator is not supported",
         [](OnnxModel &m) { nodeOf(m, "Conv").set_op_type("Einsum"); }},
        {"node Conv_yf (ai.vendor.Conv): operators of the domain ai.vendor",
         [](OnnxModel &m) { nodeOf(m, "Conv").set_domain("ai.vendor"); }},
        {"the scale x_s is not a positive number",
         [](OnnxModel &m) { initializer(m, "x_s").set_float_data(0, -1.0f); }},
        {"the scale x_s is not a positive number", [](OnnxModel &m) { initializer(m, "x_s").set_float_data(0, NAN); }},
        {"tensor w: it has 5 bytes; its shape 3x2x1x1 and type int8 need 6",
         [](OnnxModel &m) { initializer(m, "w").set_raw_data("12345"); }},
        {"tensor w: its shape is not possible", [](OnnxModel &m) { initializer(m, "w").set_dims(0, -3); }},
        {"tensor w: its shape is not possible",
         [](OnnxModel &m) { initializer(m, "w").set_dims(0, std::int64_t{1} << 40); }},
        {"tensor w: its type string cannot be used", [](OnnxModel &m) { initializer(m, "w").set_data_type(8); }},
        {"tensor w: its type 99 cannot be used", [](OnnxModel &m) { initializer(m, "w").set_data_type(99); }},
        {"a kernel size, stride, dilation or padding is out of range",
         [](OnnxModel &m) {
             OnnxModel::integers(nodeOf(m, "Conv"), "strides", {0, 1});
         }},
        {"a kernel size, stride, dilation or padding is out of range",
         [](OnnxModel &m) {
             OnnxModel::integers(nodeOf(m, "Conv"), "pads", {std::int64_t{1} << 60, 0, 0, 0});
         }},
        {"strides, dilations or pads are not those of a picture",
         [](OnnxModel &m) {
             OnnxModel::integers(nodeOf(m, "Conv"), "pads", {1, 1});
         }},
        {"its shape is not possible",
         [](OnnxModel &m) {
             OnnxModel::integers(nodeOf(m, "Conv"), "pads", {1 << 20, 1 << 20, 0, 0});
         }},
        {"and 3 groups do not fit", [](OnnxModel &m) { OnnxModel::integer(nodeOf(m, "Conv"), "group", 3); }},
        {"auto_pad is SOMEHOW", [](OnnxModel &m) { OnnxModel::string(nodeOf(m, "Conv"), "auto_pad", "SOMEHOW"); }},
        {"scales of blocks (block_size) are not supported",
         [](OnnxModel &m) { OnnxModel::integer(nodeOf(m, "DequantizeLinear"), "block_size", 2); }},
        {"graph output z: no node gives it", [](OnnxModel &m) { m.output("z", kU8, {1}); }},
        {"there are two initializers of this name", [](OnnxModel &m) { m.grid("x", 1.0f, 0, kU8); }},
        {"there are two of this name",
         [](OnnxModel &m) {
             m.input("x", kU8, {1, 2, 4, 4});
         }},
        {"dimension 2 (N) is open",
         [](OnnxModel &m) {
             m.graph().clear_input();
             m.input("x", kU8, {1, 2, -1, 4});
         }},
        {"its external data is in \"../secret\"",
         [](OnnxModel &m) {
             auto &t = initializer(m, "w");
             t.clear_raw_data();
             t.set_data_location(onnx::TensorProto::EXTERNAL);
             auto *e = t.add_external_data();
             e->set_key("location");
             e->set_value("../secret");
         }},
        {"operators with subgraphs (If, Loop, Scan) are not supported",
         [](OnnxModel &m) {
             auto &a = *nodeOf(m, "Conv").add_attribute();
             a.set_name("then_branch");
             a.mutable_g()->set_name("sub");
         }},
        {"by another scale or zero point than they were written with",
         [](OnnxModel &m) {
             m.grid("again", 0.5f, 128, kU8);
             auto &n = m.node("DequantizeLinear", {"x", "again_s", "again_z"}, {"x2"});
             n.set_name("Second");
         }},
    };
    for (const auto &[want, breakIt] : rows) {
        OnnxModel m = good();
        breakIt(m);
        const std::string message = messageOf(m, std::filesystem::temp_directory_path());
        INFO(message);
        REQUIRE(message.find(want) != std::string::npos);
    }
}

TEST_CASE("cutAndFlippedFilesNeverCrash")
{
    const std::string whole = good().bytes();
    for (std::size_t n = 0; n < whole.size(); ++n) {
        const std::string cut = whole.substr(0, n);
        const auto loaded = readOnnx(std::as_bytes(std::span<const char>(cut)), {});
        if (!loaded)
            REQUIRE(!text(loaded.error()).empty());
    }
    std::size_t refused = 0;
    for (std::uint64_t round = 0; round < 20000; ++round) {
        testing::Random random(testing::baseSeed() + round);
        CAPTURE(testing::baseSeed() + round);
        std::string bytes = whole;
        for (int k = random.integer(1, 4); k > 0; --k)
            bytes[static_cast<std::size_t>(random.integer(0, static_cast<int>(bytes.size()) - 1))] =
                static_cast<char>(random.integer(0, 255));
        const auto loaded = readOnnx(std::as_bytes(std::span<const char>(bytes)), {});
        refused += !loaded;
    }
    CHECK(refused > 10000); // most bytes matter
}

TEST_CASE("filesOfCountlessEmptyPartsAreRefusedBeforeTheyAreParsed")
{
    // Two bytes each: an empty node.
    std::string nodes;
    for (int i = 0; i < 200000; ++i)
        nodes += std::string("\x0A\x00", 2);
    std::string file("\x08\x08\x3A", 3);
    for (std::size_t v = nodes.size();; v >>= 7) {
        file.push_back(static_cast<char>((v & 127) | (v > 127 ? 128 : 0)));
        if (v < 128)
            break;
    }
    file += nodes;
    OnnxLimits limits;
    limits.maxMessages = 100000;
    const auto loaded = readOnnx(std::as_bytes(std::span<const char>(file)), {}, limits);
    REQUIRE(!loaded);
    REQUIRE(text(loaded.error()).find("more than 100000 parts") != std::string::npos);
}

TEST_CASE("brokenFilesOfTheAcceptanceFolder")
{
    namespace fs = std::filesystem;
    const fs::path bad = fs::path(REQUANT_ACCEPTANCE_DIR) / "bad";
    if (std::string(REQUANT_ACCEPTANCE_DIR).empty() || !fs::exists(bad)) {
        std::cout << "skipped: no acceptance folder\n";
        return;
    }
    std::size_t seen = 0;
    for (const auto &entry : fs::recursive_directory_iterator(bad)) {
        if (entry.path().extension() != ".onnx")
            continue;
        ++seen;
        for (const bool byContent : {true, false}) {
            const auto loaded = byContent ? loadModel(entry.path()) : loadOnnx(entry.path());
            if (loaded)
                continue;
            const std::string message = text(loaded.error());
            INFO(message);
            REQUIRE(message.find(entry.path().string()) == 0);
            REQUIRE(message.size() > entry.path().string().size() + 10);
        }
    }
    REQUIRE(seen >= 11);
}
