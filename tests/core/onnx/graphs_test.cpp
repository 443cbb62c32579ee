// SPDX-License-Identifier: GPL-3.0-or-later
#include "../sim/random.h"
#include "../tinymodel.h"
#include "handmade.h"

#include "core/constraints/resolve.h"
#include "core/onnx/loadmodel.h"

#include <cmath>
#include <fstream>
#include <iostream>

using namespace handmade;
using namespace requant;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> notesOf(const LoadedModel &m)
{
    std::vector<std::string> ids;
    for (const Diagnostic &d : m.diagnostics)
        ids.emplace_back(d.message->id);
    return ids;
}

bool has(const std::vector<std::string> &list, const std::string &what)
{
    return std::find(list.begin(), list.end(), what) != list.end();
}

std::vector<Op> operatorsOf(const Model &m)
{
    std::vector<Op> ops;
    for (const Operator &o : m.subgraphs[0].operators)
        ops.push_back(o.code);
    return ops;
}

// The model is one that TFLite can hold: written and read again it is equal, and its verifier finds nothing.
void mustBeTflite(const Model &m)
{
    const auto bytes = writeTflite(m);
    if (!bytes)
        FAIL(text(bytes.error()));
    const auto back = readTflite(*bytes, nullptr);
    if (!back)
        FAIL(text(back.error()));
    std::string findings;
    for (const Diagnostic &d : verifyQuantization(*back->model))
        findings += text(d) + "\n";
    REQUIRE(findings == "");
}

} // namespace

TEST_CASE("aFloatInputInNhwcBehindATransposeLeavesNoTranspose")
{
    OnnxModel m;
    m.input("x", kF32, {1, 4, 4, 2});
    m.output("out", kF32, {1, 3});
    m.grid("xq", 0.1f, -5, kI8);
    m.grid("yq", 0.2f, 10, kI8);
    m.grid("gq", 0.15f, 3, kI8);
    m.constant("w", kI8, {3, 2, 1, 1}, std::vector<std::int8_t>{1, 2, 3, 4, 5, 6});
    m.grid("w", 0.01f, 0, kI8);
    m.constant("shape", kI64, {2}, std::vector<std::int64_t>{-1, 3});
    OnnxModel::integers(m.node("Transpose", {"x"}, {"xt"}), "perm", {0, 3, 1, 2});
    m.quantize("xt", "xq");
    m.dequantize("xq", "xf");
    m.dequantize("w", "wf");
    m.node("Conv", {"xf", "wf"}, {"y"});
    m.node("Relu", {"y"}, {"yr"});
    m.quantize("yr", "yq");
    m.dequantize("yq", "yf");
    m.node("GlobalAveragePool", {"yf"}, {"g"});
    m.quantize("g", "gq");
    m.dequantize("gq", "gf");
    m.node("Reshape", {"gf", "shape"}, {"r"});
    OnnxModel::integer(m.node("Softmax", {"r"}, {"out"}), "axis", 1);
    const LoadedModel loaded = m.mustRead();
    const Model &model = *loaded.model;
    REQUIRE(operatorsOf(model)
            == std::vector<Op>{Op::Quantize, Op::Conv2D, Op::Mean, Op::Reshape, Op::Dequantize, Op::Softmax});
    const Subgraph &g = model.subgraphs[0];
    const Tensor &y = g.tensor(g.operators[1].outputs[0]);
    REQUIRE(y.name == "yr");
    REQUIRE(y.shape == Shape{1, 4, 4, 3});
    REQUIRE(y.quant.sameGrid(QuantParams::perTensor(0.2f, 10)));
    REQUIRE(g.operators[1].options->integer("fused_activation_function") == 1);
    const Tensor &bias = g.tensor(g.operators[1].inputs[2]);
    REQUIRE(bias.type == ElementType::Int32);
    REQUIRE(bias.quant.scale[0] == 0.1f * 0.01f);
    REQUIRE(g.tensor(g.inputs[0]).name == "x");
    REQUIRE(g.tensor(g.outputs[0]).name == "out");
    REQUIRE(has(notesOf(loaded), "onnx.float"));
    mustBeTflite(model);
}

TEST_CASE("aChannelsFirstInputOfConvolutionsBecomesChannelsLastAndSaysSo")
{
    OnnxModel m;
    m.input("x", kF32, {-1, 2, 4, 5});
    m.output("y", kU8, {1, 3, 4, 5});
    m.grid("xq", 0.1f, 120, kU8);
    m.grid("y", 0.2f, 10, kU8);
    m.constant("w", kI8, {3, 2, 1, 1}, std::vector<std::int8_t>{1, 2, 3, 4, 5, 6});
    m.grid("w", 0.01f, 0, kI8);
    m.quantize("x", "xq");
    m.dequantize("xq", "xf");
    m.dequantize("w", "wf");
    m.node("Conv", {"xf", "wf"}, {"yf"});
    m.quantize("yf", "y");
    const LoadedModel loaded = m.mustRead();
    const auto notes = notesOf(loaded);
    REQUIRE(has(notes, "onnx.input-layout"));
    REQUIRE(has(notes, "onnx.output-layout"));
    REQUIRE(has(notes, "onnx.signed"));
    REQUIRE(has(notes, "onnx.dynamic-batch"));
    const Subgraph &g = loaded.model->subgraphs[0];
    REQUIRE(g.tensor(g.inputs[0]).shape == Shape{1, 4, 5, 2});
    // int8 inside, uint8 again at the end with the file's zero point and name.
    REQUIRE(operatorsOf(*loaded.model) == std::vector<Op>{Op::Quantize, Op::Conv2D, Op::Quantize});
    REQUIRE(g.tensor(g.operators[1].inputs[0]).quant.sameGrid(QuantParams::perTensor(0.1f, -8)));
    const Tensor &out = g.tensor(g.outputs[0]);
    REQUIRE(out.name == "y");
    REQUIRE(out.type == ElementType::UInt8);
    REQUIRE(out.quant.sameGrid(QuantParams::perTensor(0.2f, 10)));
    mustBeTflite(*loaded.model);
}

TEST_CASE("unsignedWeightsKeepTheNetworkUnsigned")
{
    OnnxModel m;
    m.input("x", kU8, {1, 3});
    m.output("y", kU8, {1, 2});
    m.grid("x", 0.1f, 120, kU8);
    m.grid("y", 0.2f, 10, kU8);
    m.constant("w", kU8, {3, 2}, std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6});
    m.grid("w", 0.01f, 77, kU8);
    m.node("QLinearMatMul", {"x", "x_s", "x_z", "w", "w_s", "w_z", "y_s", "y_z"}, {"y"});
    const LoadedModel loaded = m.mustRead();
    const Subgraph &g = loaded.model->subgraphs[0];
    REQUIRE(operatorsOf(*loaded.model) == std::vector<Op>{Op::FullyConnected});
    const Tensor &w = g.tensor(g.operators[0].inputs[1]);
    REQUIRE(w.type == ElementType::UInt8);
    REQUIRE(w.shape == Shape{2, 3});
    REQUIRE(w.quant.zeroPointAt(0) == 77);
    REQUIRE(test::values<std::uint8_t>(*loaded.model, w) == std::vector<std::uint8_t>{1, 3, 5, 2, 4, 6});
    mustBeTflite(*loaded.model);
}

TEST_CASE("aPairOfQuantizersBetweenTwoGridsIsOneQuantize")
{
    for (const bool same : {true, false}) {
        OnnxModel m;
        m.input("x", kI8, {1, 6});
        m.output("y", kI8, {1, 6});
        m.grid("x", 0.1f, 3, kI8);
        m.grid("y", same ? 0.1f : 0.2f, 3, kI8);
        m.dequantize("x", "xf");
        m.quantize("xf", "y");
        const LoadedModel loaded = m.mustRead();
        REQUIRE(countOf(*loaded.model, Op::Quantize) == (same ? 0 : 1));
    }
}

TEST_CASE("constantsThatAreQuantizedInTheFileAreQuantizedOnce")
{
    // Float weights behind QuantizeLinear and DequantizeLinear, as fake-quantizing exporters leave them; half to even.
    OnnxModel m;
    m.input("x", kI8, {1, 3});
    m.output("y", kI8, {1, 2});
    m.grid("x", 0.1f, 0, kI8);
    m.grid("y", 0.2f, 0, kI8);
    m.constant("w", kF32, {2, 3}, std::vector<float>{0.5f, 1.5f, 2.5f, -0.5f, 500.0f, -500.0f});
    m.scale("wq_s", {1.0f, 1.0f});
    m.zeroPoint("wq_z", kI8, {0, 0});
    auto &q = m.node("QuantizeLinear", {"w", "wq_s", "wq_z"}, {"wq"});
    OnnxModel::integer(q, "axis", 0);
    m.dequantize("wq", "wf", 0);
    m.node("Transpose", {"wf"}, {"wt"});
    m.dequantize("x", "xf");
    m.node("MatMul", {"xf", "wt"}, {"yf"});
    m.quantize("yf", "y");
    const LoadedModel loaded = m.mustRead();
    const Subgraph &g = loaded.model->subgraphs[0];
    REQUIRE(operatorsOf(*loaded.model) == std::vector<Op>{Op::FullyConnected});
    const Tensor &w = g.tensor(g.operators[0].inputs[1]);
    REQUIRE(w.quant.isPerChannel());
    REQUIRE(test::values<std::int8_t>(*loaded.model, w) == std::vector<std::int8_t>{0, 2, 2, 0, 127, -128});
}

TEST_CASE("fourBitWeightsAreRepacked")
{
    for (const int type : {kI4, kU4}) {
        OnnxModel m(21);
        m.input("x", kI8, {1, 3});
        m.output("y", kI8, {1, 2});
        m.grid("x", 0.1f, 0, kI8);
        m.grid("y", 0.2f, 0, kI8);
        // ONNX [K, N] = [3, 2]: 1 2 | 3 4 | 5 6, low nibble first; uint4 with zero point 8.
        const std::uint8_t add = type == kU4 ? 8 : 0;
        const auto pack = [&](int a, int b) {
            return static_cast<std::uint8_t>(((a + add) & 15) | (((b + add) & 15) << 4));
        };
        m.constant("w", type, {3, 2}, std::vector<std::uint8_t>{pack(1, 2), pack(3, -4), pack(5, 6)});
        m.scale("w_s", {0.01f});
        auto &z = *m.graph().add_initializer();
        z.set_name("w_z");
        z.set_data_type(type);
        z.set_raw_data(std::string(1, static_cast<char>(add)));
        m.dequantize("x", "xf");
        m.dequantize("w", "wf");
        m.node("MatMul", {"xf", "wf"}, {"yf"});
        m.quantize("yf", "y");
        const LoadedModel loaded = m.mustRead();
        const Subgraph &g = loaded.model->subgraphs[0];
        const Tensor &w = g.tensor(g.operators[0].inputs[1]);
        REQUIRE(w.type == ElementType::Int4);
        // [N, K]: 1 3 5 2 -4 6
        REQUIRE(test::values<std::uint8_t>(*loaded.model, w) == std::vector<std::uint8_t>{0x31, 0x25, 0x6C});
        REQUIRE(w.quant.zeroPointAt(0) == 0);
    }
}

TEST_CASE("externalDataIsReadFromTheModelsFolder")
{
    const fs::path folder = fs::temp_directory_path() / ("requant_onnx_" + std::to_string(testing::baseSeed()));
    fs::create_directories(folder);
    std::ofstream(folder / "weights.bin", std::ios::binary) << "....\x01\x02\x03\x04\x05\x06";
    OnnxModel m;
    m.input("x", kI8, {1, 3});
    m.output("y", kI8, {1, 2});
    m.grid("x", 0.1f, 0, kI8);
    m.grid("y", 0.2f, 0, kI8);
    auto &t = m.constant("w", kI8, {3, 2}, std::vector<std::int8_t>{});
    t.clear_raw_data();
    t.set_data_location(onnx::TensorProto::EXTERNAL);
    for (const auto &[key, v] : {std::pair{"location", "weights.bin"}, {"offset", "4"}, {"length", "6"}}) {
        auto *e = t.add_external_data();
        e->set_key(key);
        e->set_value(v);
    }
    m.grid("w", 0.01f, 0, kI8);
    m.dequantize("x", "xf");
    m.dequantize("w", "wf");
    m.node("MatMul", {"xf", "wf"}, {"yf"});
    m.quantize("yf", "y");
    const LoadedModel loaded = m.mustRead(folder);
    const Subgraph &g = loaded.model->subgraphs[0];
    REQUIRE(test::values<std::int8_t>(*loaded.model, g.tensor(g.operators[0].inputs[1]))
            == std::vector<std::int8_t>{1, 3, 5, 2, 4, 6});
    // A file that is too short, one that is missing, no folder at all.
    t.mutable_external_data(1)->set_value("5");
    REQUIRE(text(m.read(folder).error()).find("reaches past the end of weights.bin") != std::string::npos);
    t.mutable_external_data(0)->set_value("none.bin");
    REQUIRE(text(m.read(folder).error()).find("tensor w: its external data cannot be read") != std::string::npos);
    REQUIRE(text(m.read().error()).find("its data is in another file") != std::string::npos);
    fs::remove_all(folder);
}

TEST_CASE("aBiasOfAnotherScaleIsRoundedToTheLayersOwn")
{
    OnnxModel m;
    m.input("x", kI8, {1, 1});
    m.output("y", kI8, {1, 2});
    m.grid("x", 0.5f, 0, kI8);
    m.grid("y", 0.25f, 0, kI8);
    m.constant("w", kI8, {2, 1}, std::vector<std::int8_t>{1, 1});
    m.grid("w", 0.25f, 0, kI8);
    m.constant("b", kI32, {2}, std::vector<std::int32_t>{3, 10});
    m.grid("b", 0.0625f, 0, kI32); // twice as fine as 0.5 x 0.25
    m.dequantize("x", "xf");
    m.dequantize("w", "wf");
    m.dequantize("b", "bf");
    OnnxModel::integer(m.node("Gemm", {"xf", "wf", "bf"}, {"yf"}), "transB", 1);
    m.quantize("yf", "y");
    const LoadedModel loaded = m.mustRead();
    REQUIRE(has(notesOf(loaded), "onnx.bias-requantized"));
    const Subgraph &g = loaded.model->subgraphs[0];
    REQUIRE(test::values<std::int32_t>(*loaded.model, g.tensor(g.operators[0].inputs[2]))
            == std::vector<std::int32_t>{2, 5});
}

TEST_CASE("elementsOfPicturesAndConstantsMeetInOneOrder")
{
    // (conv output, NHWC here) + constant of NCHW [C, 1, 1], and + another picture; QLinearAdd of the two.
    OnnxModel m;
    m.domain("com.microsoft");
    m.input("x", kI8, {1, 2, 3, 3});
    m.output("z", kI8, {1, 2, 3, 3});
    m.grid("x", 0.1f, 0, kI8);
    m.grid("y", 0.1f, 0, kI8);
    m.grid("c", 0.1f, 0, kI8);
    m.grid("z", 0.1f, 0, kI8);
    m.constant("w", kI8, {2, 1, 1, 1}, std::vector<std::int8_t>{100, 50});
    m.grid("w", 0.01f, 0, kI8);
    m.constant("c", kI8, {2, 1, 1}, std::vector<std::int8_t>{10, -20});
    auto &n = m.node("QLinearConv", {"x", "x_s", "x_z", "w", "w_s", "w_z", "y_s", "y_z"}, {"y"});
    OnnxModel::integer(n, "group", 2);
    auto &a = m.node("QLinearAdd", {"y", "y_s", "y_z", "c", "c_s", "c_z", "z_s", "z_z"}, {"z"});
    a.set_domain("com.microsoft");
    const LoadedModel loaded = m.mustRead();
    REQUIRE(operatorsOf(*loaded.model) == std::vector<Op>{Op::DepthwiseConv2D, Op::Add});
    std::vector<std::int8_t> x;
    for (int i = 0; i < 9; ++i) { // NHWC: channel 0 is i, channel 1 is 2 i
        x.push_back(static_cast<std::int8_t>(i));
        x.push_back(static_cast<std::int8_t>(2 * i));
    }
    const auto got = run<std::int8_t>(loaded.model, {asBytes(x)});
    for (std::size_t i = 0; i < 9; ++i) {
        REQUIRE(int{got[2 * i]} == static_cast<int>(i) + 10);
        REQUIRE(int{got[2 * i + 1]} == static_cast<int>(i) - 20);
    }
}

TEST_CASE("transposesAndReshapesGiveOnnxsElements")
{
    // Random chains of Transpose, Reshape, Squeeze, Unsqueeze, Flatten on int8 against loops in ONNX's order.
    for (std::uint64_t round = 0; round < 200; ++round) {
        const std::uint64_t seed = testing::baseSeed() + 5000 + round;
        CAPTURE(seed);
        testing::Random random(seed);
        OnnxModel m;
        std::vector<int> dims;
        for (int d = random.integer(1, 4); d > 0; --d)
            dims.push_back(random.integer(1, 4));
        std::size_t count = 1;
        for (const int d : dims)
            count *= static_cast<std::size_t>(d);
        std::vector<std::int8_t> x(count);
        for (std::size_t i = 0; i < count; ++i)
            x[i] = static_cast<std::int8_t>(i % 127);
        m.input("v0", kI8, dims);
        m.grid("v0", 0.1f, 0, kI8);
        m.dequantize("v0", "f0");
        std::vector<std::int8_t> want = x;
        std::string at = "f0";
        const int steps = random.integer(1, 5);
        for (int s = 1; s <= steps; ++s) {
            const std::string to = "f" + std::to_string(s);
            const std::size_t rank = dims.size();
            const int kind = random.integer(0, 2);
            if (kind == 0 && rank > 0) {
                std::vector<std::int64_t> perm(rank);
                for (std::size_t d = 0; d < rank; ++d)
                    perm[d] = static_cast<std::int64_t>(d);
                for (std::size_t d = rank; d-- > 1;)
                    std::swap(perm[d], perm[static_cast<std::size_t>(random.integer(0, static_cast<int>(d)))]);
                OnnxModel::integers(m.node("Transpose", {at}, {to}), "perm", perm);
                std::vector<int> out;
                for (const auto p : perm)
                    out.push_back(dims[static_cast<std::size_t>(p)]);
                std::vector<std::int8_t> moved(count);
                std::vector<int> place(rank, 0);
                for (std::size_t i = 0; i < count; ++i) { // i runs over the result
                    std::size_t from = 0;
                    for (std::size_t d = 0; d < rank; ++d) {
                        std::size_t j = 0;
                        while (static_cast<std::size_t>(perm[j]) != d)
                            ++j;
                        from = from * static_cast<std::size_t>(dims[d]) + static_cast<std::size_t>(place[j]);
                    }
                    moved[i] = want[from];
                    for (std::size_t d = rank; d-- > 0;) {
                        if (++place[d] < out[d])
                            break;
                        place[d] = 0;
                    }
                }
                want = moved;
                dims = out;
            } else if (kind == 1 && rank >= 2) {
                m.node("Flatten", {at}, {to});
                dims = {dims[0], static_cast<int>(count) / dims[0]};
            } else {
                const std::string shape = "shape" + std::to_string(s);
                std::vector<std::int64_t> values{-1};
                for (const int f : {2, 3}) {
                    if (count % static_cast<std::size_t>(f) == 0 && random.chance() && values.size() == 1)
                        values.push_back(f);
                }
                m.constant(shape, kI64, {static_cast<int>(values.size())}, values);
                m.node("Reshape", {at, shape}, {to});
                dims = values.size() == 1 ? std::vector<int>{static_cast<int>(count)}
                                          : std::vector<int>{static_cast<int>(count) / static_cast<int>(values[1]),
                                                             static_cast<int>(values[1])};
            }
            at = to;
        }
        m.output("y", kI8, dims);
        m.grid("y", 0.1f, 0, kI8);
        m.quantize(at, "y");
        const LoadedModel loaded = m.mustRead();
        // A result of rank 4 may be in another order; here it is not, because no picture operator is in sight.
        const auto got = run<std::int8_t>(loaded.model, {asBytes(x)});
        const Subgraph &g = loaded.model->subgraphs[0];
        if (has(notesOf(loaded), "onnx.output-layout"))
            continue;
        REQUIRE(g.tensor(g.outputs[0]).shape == Shape(dims.begin(), dims.end()));
        REQUIRE(got == want);
    }
}

TEST_CASE("fixedOutputsOfTfliteGetARequantizeBehindThem")
{
    for (const bool fits : {true, false}) {
        OnnxModel m;
        m.input("x", kI8, {1, 8});
        m.output("y", kI8, {1, 8});
        m.grid("x", 0.1f, 0, kI8);
        m.grid("y", fits ? 1.0f / 256 : 0.01f, -128, kI8);
        m.dequantize("x", "xf");
        m.node("Sigmoid", {"xf"}, {"yf"});
        m.quantize("yf", "y");
        const LoadedModel loaded = m.mustRead();
        REQUIRE(countOf(*loaded.model, Op::Logistic) == 1);
        REQUIRE(countOf(*loaded.model, Op::Quantize) == (fits ? 0 : 1));
        REQUIRE(has(notesOf(loaded), "onnx.extra-rounding") != fits);
        mustBeTflite(*loaded.model);
    }
}

TEST_CASE("theNetworksOfTheAcceptanceFolder")
{
    const fs::path folder = fs::path(REQUANT_ACCEPTANCE_DIR) / "onnx";
    if (std::string(REQUANT_ACCEPTANCE_DIR).empty() || !fs::exists(folder)) {
        std::cout << "skipped: no acceptance folder\n";
        return;
    }
    for (const char *name : {"resnet", "kws_ref_model", "deep_autoencoder", "peers/mobilenet_v2_1.0_224_quant.u8",
                             "peers/tf2_mobilenet_v2_1.0_224_ptq.u8s8"}) {
        INFO(name);
        const auto loaded = loadModel(folder / (std::string(name) + ".onnx"));
        if (!loaded)
            FAIL(text(loaded.error()));
        REQUIRE(countOf(*loaded->model, Op::Transpose) == 0);
        const auto sim = Simulator::create(loaded->model);
        REQUIRE(sim);
        REQUIRE(sim->supported());
        mustBeTflite(*loaded->model);
    }
}
