// SPDX-License-Identifier: GPL-3.0-or-later
// Back into ONNX: what was not touched stays byte for byte, what was touched stands where it stood, and any network
// becomes a graph of QuantizeLinear and DequantizeLinear that is read back as the same network.
#include "../sim/random.h"
#include "handmade.h"

#include "core/tflite/tflite.h"

#include <map>
#include <set>

using namespace handmade;
using namespace requant;
namespace fs = std::filesystem;

namespace {

// Conv with Relu, Add with a constant, GlobalAveragePool, Gemm on the flattened picture.
OnnxModel network()
{
    OnnxModel m;
    m.proto().set_producer_name("somebody");
    m.proto().set_doc_string("kept");
    m.input("x", kF32, {1, 2, 3, 3});
    m.output("out", kF32, {1, 3});
    m.grid("xq", 0.1f, -5, kI8);
    m.grid("yq", 0.2f, -128, kI8);
    m.grid("sq", 0.25f, -20, kI8);
    m.grid("oq", 0.5f, 7, kI8);
    m.constant("w", kI8, {2, 2, 1, 1}, std::vector<std::int8_t>{10, -20, 30, 40});
    m.scale("w_s", {0.01f, 0.02f});
    m.zeroPoint("w_z", kI8, {0, 0});
    m.constant("b", kI32, {2}, std::vector<std::int32_t>{100, -200});
    m.scale("b_s", {0.1f * 0.01f, 0.1f * 0.02f});
    m.zeroPoint("b_z", kI32, {0, 0});
    m.constant("k", kI8, {1, 2, 1, 1}, std::vector<std::int8_t>{5, -6});
    m.grid("k", 0.05f, 0, kI8);
    std::vector<std::int8_t> dense(3 * 18);
    for (std::size_t i = 0; i < dense.size(); ++i)
        dense[i] = static_cast<std::int8_t>(static_cast<int>(i * 37 % 251) - 125);
    m.constant("d", kI8, {3, 18}, dense);
    m.grid("d", 0.004f, 0, kI8);
    m.quantize("x", "xq");
    m.dequantize("xq", "xf");
    m.dequantize("w", "wf", 0);
    m.dequantize("b", "bf", 0);
    m.dequantize("k", "kf");
    m.dequantize("d", "df");
    m.node("Conv", {"xf", "wf", "bf"}, {"y"});
    m.node("Relu", {"y"}, {"yr"});
    m.quantize("yr", "yq");
    m.dequantize("yq", "yf");
    m.node("Add", {"yf", "kf"}, {"s"});
    m.quantize("s", "sq");
    m.dequantize("sq", "sf");
    m.node("Flatten", {"sf"}, {"f"});
    m.quantize("f", "fq");
    m.grid("fq", 0.25f, -20, kI8);
    m.dequantize("fq", "ff");
    OnnxModel::integer(m.node("Gemm", {"ff", "df"}, {"o"}), "transB", 1);
    m.quantize("o", "oq");
    m.dequantize("oq", "out");
    return m;
}

onnx::ModelProto parsed(const std::vector<std::byte> &bytes)
{
    onnx::ModelProto p;
    REQUIRE(p.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
    return p;
}

std::map<std::string, std::string> initializersOf(const onnx::ModelProto &p)
{
    std::map<std::string, std::string> out;
    for (const auto &t : p.graph().initializer())
        out[t.name()] = t.SerializeAsString();
    return out;
}

std::map<std::string, int> operatorsIn(const onnx::ModelProto &p)
{
    std::map<std::string, int> out;
    for (const auto &n : p.graph().node())
        ++out[n.op_type()];
    return out;
}

WrittenOnnx mustWrite(const Model &m)
{
    auto w = writeOnnx(m);
    if (!w)
        FAIL(text(w.error()));
    return std::move(*w);
}

std::shared_ptr<const Model> mustReadBack(const std::vector<std::byte> &bytes)
{
    auto back = readOnnx(bytes, {});
    if (!back)
        FAIL(text(back.error()));
    return back->model;
}

std::vector<std::byte> output(const std::shared_ptr<const Model> &model, Arithmetic a,
                              const std::vector<std::byte> &input)
{
    auto sim = Simulator::create(model, SimOptions{a, true});
    REQUIRE(sim);
    if (const auto ok = sim->supported(); !ok)
        FAIL(text(ok.error()));
    REQUIRE(sim->setInput(0, input));
    REQUIRE(sim->run());
    return {sim->output(0).begin(), sim->output(0).end()};
}

std::vector<std::byte> randomInput(testing::Random &r, const Model &m)
{
    const Tensor &t = m.subgraphs[0].tensor(m.subgraphs[0].inputs[0]);
    const auto n = static_cast<std::size_t>(elementCount(t.shape));
    if (t.type != ElementType::Float32) {
        std::vector<std::byte> v(byteSize(t.type, n));
        for (std::byte &b : v)
            b = static_cast<std::byte>(r.integer(0, 255));
        return v;
    }
    std::vector<float> v(n);
    for (float &x : v)
        x = static_cast<float>(r.real(-8, 8));
    return asBytes(v);
}

void mustComputeTheSame(const std::shared_ptr<const Model> &a, const std::shared_ptr<const Model> &b)
{
    INFO("REQUANT_SEED=" << testing::baseSeed());
    testing::Random r(testing::baseSeed());
    for (int i = 0; i < 5; ++i) {
        const auto x = randomInput(r, *a);
        for (const Arithmetic arithmetic : {Arithmetic::TfliteReference, Arithmetic::OnnxRuntime})
            REQUIRE(output(a, arithmetic, x) == output(b, arithmetic, x));
    }
}

} // namespace

TEST_CASE("anUntouchedModelIsTheSameBytesWithItsUnknownFields")
{
    std::string bytes = network().bytes();
    bytes += std::string("\xFA\x3E\x03", 3) + "new"; // field 1007 of a later ModelProto
    const auto loaded = readOnnx(std::as_bytes(std::span<const char>(bytes)), {});
    REQUIRE(loaded);
    const WrittenOnnx w = mustWrite(*loaded->model);
    REQUIRE(w.isPatched);
    REQUIRE(std::string(reinterpret_cast<const char *>(w.bytes.data()), w.bytes.size()) == bytes);
}

TEST_CASE("onlyWhatChangedIsWrittenAnew")
{
    const OnnxModel m = network();
    const LoadedModel loaded = m.mustRead();
    Model now = *loaded.model;
    for (Tensor &t : now.subgraphs[0].tensors) {
        if (t.name == "o")
            t.quant = QuantParams::perTensor(0.75f, 0);
    }
    const WrittenOnnx w = mustWrite(now);
    REQUIRE(w.isPatched);
    const onnx::ModelProto before = parsed(mustWrite(*loaded.model).bytes), after = parsed(w.bytes);
    REQUIRE(after.doc_string() == "kept");
    REQUIRE(after.producer_name() == "somebody");
    REQUIRE(after.graph().node_size() == before.graph().node_size());
    for (int i = 0; i < after.graph().node_size(); ++i)
        REQUIRE(after.graph().node(i).SerializeAsString() == before.graph().node(i).SerializeAsString());
    const auto a = initializersOf(before), b = initializersOf(after);
    std::set<std::string> changed;
    for (const auto &[name, t] : b)
        if (!a.count(name) || a.at(name) != t)
            changed.insert(name);
    for (const std::string &name : changed) // scales and zero points of activations are spelled as raw data now
        REQUIRE((name.ends_with("_s") || name.ends_with("_z")));
    REQUIRE(changed.count("oq_s"));
    REQUIRE_FALSE(changed.count("w"));
    REQUIRE_FALSE(changed.count("w_s"));
    mustComputeTheSame(std::make_shared<const Model>(now), mustReadBack(w.bytes));
}

TEST_CASE("weightsAndBiasesGoBackToTheirPlaceInTheFilesOrder")
{
    const LoadedModel loaded = network().mustRead();
    Model now = *loaded.model;
    testing::Random r(testing::baseSeed());
    INFO("REQUANT_SEED=" << testing::baseSeed());
    for (Tensor &t : now.subgraphs[0].tensors) {
        const auto data = now.data(t);
        if (!t.quant.isQuantized() || data.empty())
            continue;
        std::vector<std::byte> bytes(data.begin(), data.end());
        for (std::size_t i = 0; i < bytes.size(); i += t.type == ElementType::Int32 ? 4 : 1)
            bytes[i] = static_cast<std::byte>(r.integer(0, 127));
        Buffer b = Buffer::fromBytes(std::move(bytes));
        b.present = true;
        t.buffer = now.addBuffer(std::move(b));
    }
    const WrittenOnnx w = mustWrite(now);
    REQUIRE(w.isPatched);
    mustComputeTheSame(std::make_shared<const Model>(now), mustReadBack(w.bytes));
}

TEST_CASE("aRequantizeOperatorBecomesAPair")
{
    const LoadedModel loaded = network().mustRead();
    Model now = *loaded.model;
    Subgraph &g = now.subgraphs[0];
    std::size_t at = 0;
    while (g.operators[at].code != Op::Add)
        ++at;
    const TensorIndex from = g.operators[at].inputs[0];
    Tensor copy = g.tensor(from);
    copy.name += "_requant0";
    copy.quant = QuantParams::perTensor(0.3f, 4);
    g.tensors.push_back(copy);
    Operator q;
    q.code = Op::Quantize;
    q.inputs = {from};
    q.outputs = {TensorIndex(g.tensors.size() - 1)};
    g.operators[at].inputs[0] = q.outputs[0];
    g.operators.insert(g.operators.begin() + static_cast<std::ptrdiff_t>(at), q);
    const WrittenOnnx w = mustWrite(now);
    REQUIRE(w.isPatched);
    auto ops = operatorsIn(parsed(w.bytes));
    const auto was = operatorsIn(parsed(mustWrite(*loaded.model).bytes));
    REQUIRE(ops["QuantizeLinear"] == was.at("QuantizeLinear") + 1);
    REQUIRE(ops["DequantizeLinear"] == was.at("DequantizeLinear") + 1);
    const auto back = mustReadBack(w.bytes);
    REQUIRE(countOf(*back, Op::Quantize) == countOf(*loaded.model, Op::Quantize) + 1);
    mustComputeTheSame(std::make_shared<const Model>(now), back);
}

TEST_CASE("aFusedActivationThatIsGoneTakesItsNodeAlong")
{
    const LoadedModel loaded = network().mustRead();
    Model now = *loaded.model;
    for (Operator &op : now.subgraphs[0].operators) {
        if (op.code != Op::Conv2D)
            continue;
        auto o = std::make_shared<Table>(*op.options);
        o->set("fused_activation_function", FieldValue{std::int64_t{0}});
        op.options = o;
    }
    const WrittenOnnx w = mustWrite(now);
    REQUIRE(w.isPatched);
    REQUIRE(operatorsIn(parsed(w.bytes)).count("Relu") == 0);
    mustComputeTheSame(std::make_shared<const Model>(now), mustReadBack(w.bytes));
}

TEST_CASE("aChangeThatTheFileCannotHoldIsWrittenAnew")
{
    const LoadedModel loaded = network().mustRead();
    Model now = *loaded.model;
    for (Operator &op : now.subgraphs[0].operators)
        if (op.code == Op::Add)
            op.code = Op::Sub, op.options = nullptr;
    const WrittenOnnx w = mustWrite(now);
    REQUIRE_FALSE(w.isPatched);
    REQUIRE(w.losses.front().message->id == std::string("onnx.made-anew"));
    mustComputeTheSame(std::make_shared<const Model>(now), mustReadBack(w.bytes));
}

TEST_CASE("aNetworkWrittenAnewIsReadAsTheSameNetworkWithoutTransposes")
{
    const LoadedModel loaded = network().mustRead();
    const auto w = writeOnnxAnew(*loaded.model);
    REQUIRE(w);
    const auto ops = operatorsIn(parsed(w->bytes));
    REQUIRE(ops.count("Transpose") == 0);
    const auto back = mustReadBack(w->bytes);
    REQUIRE(countOf(*back, Op::Transpose) == 0);
    REQUIRE(back->subgraphs[0].operators.size() == loaded.model->subgraphs[0].operators.size());
    mustComputeTheSame(loaded.model, back);
}

TEST_CASE("theSampleNetworksGoToOnnxAndBack")
{
    for (const char *name : {"fashion_mobilenet_uint8", "fashion_mobilenet_int8"}) {
        INFO(name);
        const auto loaded =
            loadTflite(fs::path(REQUANT_SOURCE_DIR) / "resources/sample" / (std::string(name) + ".tflite"));
        REQUIRE(loaded);
        const WrittenOnnx w = mustWrite(*loaded->model);
        REQUIRE_FALSE(w.isPatched);
        REQUIRE(operatorsIn(parsed(w.bytes)).count("Transpose") == 0);
        const auto back = mustReadBack(w.bytes);
        REQUIRE(countOf(*back, Op::Transpose) == 0);
        testing::Random r(testing::baseSeed());
        for (int i = 0; i < 3; ++i) {
            const auto x = randomInput(r, *loaded->model);
            REQUIRE(output(loaded->model, Arithmetic::TfliteReference, x)
                    == output(back, Arithmetic::TfliteReference, x));
        }
    }
}
