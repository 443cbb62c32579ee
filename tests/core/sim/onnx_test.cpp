// SPDX-License-Identifier: GPL-3.0-or-later
// ONNX's own cases for quantized operators, put on our kernels: NCHW becomes NHWC, weights become constants, a matrix product
// becomes FULLY_CONNECTED, or BATCH_MATMUL where both factors are stacks. ConvInteger and MatMulInteger end before an output stage;
// here they get one that changes nothing: multiplier 1, a zero point that is taken off again.
#include "onnxcase.h"
#include "oneoperator.h"

#include <algorithm>
#include <iostream>
#include <set>

using namespace requant;
namespace fs = std::filesystem;

namespace {

enum class Put { Runs, DoesNotApply };
struct Row
{
    Put put;
    const char *why = "";
};
// Every case of the six operators in libonnx-testdata 1.12. A case that is missing here or there fails.
const std::map<std::string, Row> kCases{
    {"test_basic_convinteger", {Put::Runs}},
    {"test_convinteger_with_padding", {Put::Runs}},
    {"test_convinteger_without_padding", {Put::Runs}},
    {"test_dequantizelinear", {Put::Runs}},
    {"test_dequantizelinear_axis", {Put::Runs}},
    {"test_matmulinteger", {Put::Runs}},
    {"test_qlinearconv", {Put::Runs}},
    {"test_qlinearmatmul_2D", {Put::Runs}},
    {"test_qlinearmatmul_3D", {Put::Runs}},
    {"test_quantizelinear", {Put::Runs}},
    {"test_quantizelinear_axis", {Put::Runs}},
    {"test_dynamicquantizelinear", {Put::DoesNotApply, "computes scale and zero point at run time: TFLite has no such operator"}},
    {"test_dynamicquantizelinear_expanded", {Put::DoesNotApply, "as above, in float operators"}},
    {"test_dynamicquantizelinear_max_adjusted", {Put::DoesNotApply, "as above"}},
    {"test_dynamicquantizelinear_max_adjusted_expanded", {Put::DoesNotApply, "as above"}},
    {"test_dynamicquantizelinear_min_adjusted", {Put::DoesNotApply, "as above"}},
    {"test_dynamicquantizelinear_min_adjusted_expanded", {Put::DoesNotApply, "as above"}},
};

constexpr Arithmetic kAll[] = {Arithmetic::TfliteReference, Arithmetic::TfliteSingle,   Arithmetic::Xnnpack,
                               Arithmetic::ShiftHalfUp,     Arithmetic::ShiftHalfEven, Arithmetic::ShiftHalfAway};

struct Answer
{
    std::string refusal; // why the simulator has no kernel
    std::vector<std::byte> bytes;
};

std::vector<std::byte> bytesOf(const std::string &raw)
{
    const auto *p = reinterpret_cast<const std::byte *>(raw.data());
    return {p, p + raw.size()};
}

Answer run(const test::TinyModel &tiny, const std::vector<std::vector<std::byte>> &inputs, Arithmetic arithmetic)
{
    test::TinyModel copy = tiny;
    auto sim = Simulator::create(std::make_shared<const Model>(copy.model()), SimOptions{arithmetic, true});
    if (!sim)
        return {text(sim.error()), {}};
    if (const auto ok = sim->supported(); !ok)
        return {text(ok.error()), {}};
    for (std::size_t k = 0; k < inputs.size(); ++k)
        if (const auto ok = sim->setInput(k, inputs[k]); !ok)
            FAIL(text(ok.error()));
    REQUIRE(sim->run());
    return {{}, {sim->output(0).begin(), sim->output(0).end()}};
}

// The scale or the zero point in an input; a scalar, one value or one per channel.
std::vector<float> scales(const onnx::Case &c, std::size_t k) { return c.inputs.at(k).values<float>(); }
std::vector<std::int64_t> zeroPoints(const onnx::Case &c, std::size_t k)
{
    std::vector<std::int64_t> z;
    if (k >= c.inputs.size())
        return {0};
    if (c.inputs[k].type == ElementType::Int8)
        for (const std::int8_t v : c.inputs[k].values<std::int8_t>())
            z.push_back(v);
    else
        for (const std::uint8_t v : c.inputs[k].values<std::uint8_t>())
            z.push_back(v);
    return z;
}
QuantParams grid(std::vector<float> s, std::vector<std::int64_t> z, int dimension = 0)
{
    QuantParams q;
    q.scale = std::move(s);
    q.zeroPoint = std::move(z);
    q.quantizedDimension = dimension;
    return q;
}

// NCHW to NHWC, and weights OIHW to OHWI.
template <class T>
std::vector<T> channelsLast(const onnx::Tensor &t)
{
    const auto x = t.values<T>();
    const auto n = static_cast<std::size_t>(t.dims[0]), c = static_cast<std::size_t>(t.dims[1]);
    const auto pixels = static_cast<std::size_t>(t.dims[2]) * static_cast<std::size_t>(t.dims[3]);
    std::vector<T> y(x.size());
    for (std::size_t b = 0; b < n; ++b)
        for (std::size_t k = 0; k < c; ++k)
            for (std::size_t p = 0; p < pixels; ++p)
                y[(b * pixels + p) * c + k] = x[(b * c + k) * pixels + p];
    return y;
}
Shape channelsLastShape(const Shape &s) { return {s[0], s[2], s[3], s[1]}; }

// The grids of a weighted sum: x, w and y.
struct Grids
{
    QuantParams x, w, y;
};

Answer convolve(const onnx::Case &c, std::size_t weights, const Grids &g, Arithmetic arithmetic)
{
    const onnx::Tensor &x = c.inputs[0], &w = c.inputs[weights], &y = c.outputs[0];
    REQUIRE(x.type == ElementType::UInt8);
    REQUIRE(w.type == ElementType::UInt8);
    for (const auto &[name, values] : c.attributes)
        REQUIRE((name == "pads" || (name == "group" && values[0] == 1)));
    test::TinyModel m;
    const Shape shape = channelsLastShape(x.dims);
    const TensorIndex in = m.activation("x", shape, x.type, g.x.scale[0], g.x.zeroPoint[0]);
    TensorIndex padded = in;
    if (const auto pads = c.attributes.find("pads"); pads != c.attributes.end()) {
        const auto p = pads->second; // top, left, bottom, right
        const auto side = [&](std::size_t i) { return static_cast<std::int32_t>(p.at(i)); };
        padded = m.activation("padded", {shape[0], shape[1] + side(0) + side(2), shape[2] + side(1) + side(3), shape[3]}, x.type, g.x.scale[0], g.x.zeroPoint[0]);
        const auto amounts = m.constant<std::int32_t>("pads", {4, 2}, ElementType::Int32, {}, {0, 0, side(0), side(2), side(1), side(3), 0, 0});
        m.add(Op::Pad, {in, amounts}, {padded});
    }
    const TensorIndex weight = m.constant("w", channelsLastShape(w.dims), w.type, g.w, channelsLast<std::uint8_t>(w));
    const TensorIndex bias = m.constant("b", {w.dims[0]}, ElementType::Int32, QuantParams::perTensor(g.x.scale[0] * g.w.scale[0], 0),
                                        std::vector<std::int32_t>(static_cast<std::size_t>(w.dims[0]), 0));
    const TensorIndex out = m.activation("y", channelsLastShape(y.dims), x.type, g.y.scale[0], g.y.zeroPoint[0]);
    auto options = std::make_shared<Table>(*test::TinyModel::options("Conv2DOptions"));
    options->set("padding", FieldValue{std::int64_t{1}}); // VALID
    m.add(Op::Conv2D, {padded, weight, bias}, {out}, options);
    m.io({in}, {out});
    return run(m, {testing::bytesOf(channelsLast<std::uint8_t>(x))}, arithmetic);
}

// Rows times a matrix: the matrix is stored transposed, as FULLY_CONNECTED has its weights.
Answer multiply(const onnx::Case &c, std::size_t matrix, const Grids &g, Arithmetic arithmetic)
{
    const onnx::Tensor &a = c.inputs[0], &b = c.inputs[matrix];
    REQUIRE(a.type == ElementType::UInt8);
    REQUIRE(b.type == ElementType::UInt8);
    REQUIRE(a.dims.size() == b.dims.size());
    const std::size_t rank = a.dims.size();
    const auto rows = a.dims[rank - 2], depth = a.dims[rank - 1], columns = b.dims[rank - 1];
    const auto x = a.values<std::uint8_t>(), w = b.values<std::uint8_t>();
    const auto size = [](std::int32_t m, std::int32_t n) { return static_cast<std::size_t>(m) * static_cast<std::size_t>(n); };
    Answer all;
    for (std::size_t k = 0; k < x.size() / size(rows, depth); ++k) {
        std::vector<std::uint8_t> transposed(size(columns, depth));
        for (std::size_t i = 0; i < static_cast<std::size_t>(depth); ++i)
            for (std::size_t j = 0; j < static_cast<std::size_t>(columns); ++j)
                transposed[j * static_cast<std::size_t>(depth) + i] = w[k * size(depth, columns) + i * static_cast<std::size_t>(columns) + j];
        test::TinyModel m;
        const TensorIndex in = m.activation("a", {rows, depth}, a.type, g.x.scale[0], g.x.zeroPoint[0]);
        const TensorIndex weight = m.constant("b", {columns, depth}, b.type, g.w, transposed);
        const TensorIndex out = m.activation("y", {rows, columns}, a.type, g.y.scale[0], g.y.zeroPoint[0]);
        m.add(Op::FullyConnected, {in, weight, TensorIndex{}}, {out});
        m.io({in}, {out});
        const std::vector<std::uint8_t> part(x.begin() + static_cast<std::ptrdiff_t>(k * size(rows, depth)),
                                             x.begin() + static_cast<std::ptrdiff_t>((k + 1) * size(rows, depth)));
        const Answer one = run(m, {testing::bytesOf(part)}, arithmetic);
        if (!one.refusal.empty())
            return one;
        all.bytes.insert(all.bytes.end(), one.bytes.begin(), one.bytes.end());
    }
    return all;
}

Answer convert(const onnx::Case &c, Op op, Arithmetic arithmetic)
{
    const onnx::Tensor &x = c.inputs[0], &y = c.outputs[0];
    const auto axis = static_cast<int>(c.attribute("axis", 1));
    const QuantParams quant = grid(scales(c, 1), zeroPoints(c, 2), c.inputs[1].dims.empty() ? 0 : axis);
    test::TinyModel m;
    const TensorIndex in = m.plain("x", x.dims, x.type), out = m.plain("y", y.dims, y.type);
    m.graph().tensor(op == Op::Quantize ? out : in).quant = quant;
    m.add(op, {in}, {out});
    m.io({in}, {out});
    return run(m, {bytesOf(x.raw)}, arithmetic);
}

// The accumulators behind an output stage of multiplier 1.
constexpr std::int64_t kZeroPoint = 128;
Grids transparent(std::int64_t x, std::int64_t w)
{
    return {QuantParams::perTensor(1.0f, x), QuantParams::perTensor(1.0f, w), QuantParams::perTensor(1.0f, kZeroPoint)};
}
Answer widened(Answer a)
{
    std::vector<std::int32_t> acc;
    for (const std::byte b : a.bytes)
        acc.push_back(static_cast<std::int32_t>(b) - static_cast<std::int32_t>(kZeroPoint));
    a.bytes = testing::bytesOf(acc);
    return a;
}
bool fitsTheStage(const onnx::Tensor &y)
{
    const auto v = y.values<std::int32_t>();
    return std::all_of(v.begin(), v.end(), [](std::int32_t a) { return a > -kZeroPoint - 1 && a < kZeroPoint; });
}

Answer answer(const onnx::Case &c, Arithmetic arithmetic)
{
    if (c.op == "QLinearConv")
        return convolve(c, 3, {grid(scales(c, 1), zeroPoints(c, 2)), grid(scales(c, 4), zeroPoints(c, 5)), grid(scales(c, 6), zeroPoints(c, 7))}, arithmetic);
    if (c.op == "QLinearMatMul")
        return multiply(c, 3, {grid(scales(c, 1), zeroPoints(c, 2)), grid(scales(c, 4), zeroPoints(c, 5)), grid(scales(c, 6), zeroPoints(c, 7))}, arithmetic);
    if (c.op == "ConvInteger" || c.op == "MatMulInteger") {
        REQUIRE(fitsTheStage(c.outputs[0]));
        const Grids g = transparent(zeroPoints(c, 2)[0], zeroPoints(c, 3)[0]);
        return widened(c.op == "ConvInteger" ? convolve(c, 1, g, arithmetic) : multiply(c, 1, g, arithmetic));
    }
    if (c.op == "QuantizeLinear")
        return convert(c, Op::Quantize, arithmetic);
    if (c.op == "DequantizeLinear")
        return convert(c, Op::Dequantize, arithmetic);
    FAIL("operator " << c.op);
    return {};
}

bool isConvolution(const onnx::Case &c) { return c.op == "QLinearConv" || c.op == "ConvInteger"; }

std::vector<std::byte> expected(const onnx::Case &c)
{
    if (!isConvolution(c))
        return bytesOf(c.outputs[0].raw);
    return c.outputs[0].type == ElementType::Int32 ? testing::bytesOf(channelsLast<std::int32_t>(c.outputs[0]))
                                                   : testing::bytesOf(channelsLast<std::uint8_t>(c.outputs[0]));
}

} // namespace

TEST_CASE("onnxCasesAreThoseOfTheTable", "[onnx]")
{
    const fs::path folder = fs::path(REQUANT_ONNX_TESTDATA) / "node";
    if (std::string(REQUANT_ONNX_TESTDATA).empty()) {
        std::cout << "skipped: libonnx-testdata is not installed\n";
        return;
    }
    std::set<std::string> there, known;
    for (const auto &entry : fs::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        for (const char *part : {"qlinearconv", "qlinearmatmul", "convinteger", "matmulinteger", "quantizelinear"})
            if (name.find(part) != std::string::npos)
                there.insert(name);
    }
    for (const auto &[name, row] : kCases)
        known.insert(name);
    CHECK(there == known);
}

TEST_CASE("onnxCasesAreMetToTheByte", "[onnx]")
{
    if (std::string(REQUANT_ONNX_TESTDATA).empty())
        return;
    for (const auto &[name, row] : kCases) {
        if (row.put == Put::DoesNotApply)
            continue;
        INFO(name);
        const onnx::Case c = onnx::read(fs::path(REQUANT_ONNX_TESTDATA) / "node" / name);
        // What the output stage rounds is ONNX Runtime's arithmetic; sums alone and these conversions are the same in all.
        const bool rounds = c.op == "QLinearConv" || c.op == "QLinearMatMul";
        for (const Arithmetic arithmetic : kAll) {
            if (rounds && arithmetic != Arithmetic::Xnnpack)
                continue;
            INFO(arithmeticName(arithmetic));
            const Answer a = answer(c, arithmetic);
            INFO(a.refusal);
            REQUIRE(a.refusal.empty());
            CHECK(a.bytes == expected(c));
        }
    }
}
