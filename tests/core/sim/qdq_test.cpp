// SPDX-License-Identifier: GPL-3.0-or-later
// Operators in the arithmetic of ONNX Runtime: exact to their formulas, written plainly, and never more than a step
// from the reals.
#include "twin.h"

using namespace requant;
using namespace testing;

namespace {

struct Side
{
    float scale;
    std::int32_t zero;
    double real(int q) const { return static_cast<double>(scale) * (q - zero); }
};

template <class T>
int stored(float v)
{
    return static_cast<int>(std::clamp(std::nearbyint(static_cast<double>(v)),
                                       static_cast<double>(std::numeric_limits<T>::min()),
                                       static_cast<double>(std::numeric_limits<T>::max())));
}

template <class T>
Side randomSide(Random &r)
{
    return {static_cast<float>(r.real(0.01, 0.2)),
            r.integer(std::numeric_limits<T>::min(), std::numeric_limits<T>::max())};
}

template <class T>
constexpr ElementType kType = std::is_same_v<T, std::uint8_t> ? ElementType::UInt8 : ElementType::Int8;

template <class T>
void elementwise(Random &r, Op op)
{
    const Side a = randomSide<T>(r), b = randomSide<T>(r), o = randomSide<T>(r);
    const int n = r.integer(1, 200);
    OneOperator one(op);
    one.input({n}, kType<T>, a.scale, a.zero);
    one.input({n}, kType<T>, b.scale, b.zero);
    one.output({n}, kType<T>, o.scale, o.zero);
    one.option("fused_activation_function", 0);
    const auto x = randomValues<T>(r, static_cast<std::size_t>(n)), y = randomValues<T>(r, static_cast<std::size_t>(n));
    const auto got = one.run<T>({bytesOf(x), bytesOf(y)}, optionsFor(Arithmetic::OnnxRuntime));
    for (std::size_t i = 0; i < x.size(); ++i) {
        const float p = static_cast<float>(x[i] - a.zero) * a.scale, q0 = static_cast<float>(y[i] - b.zero) * b.scale;
        const float v = op == Op::Mul ? p * q0 : op == Op::Sub ? p - q0 : p + q0;
        REQUIRE(int{got[i]} == stored<T>(static_cast<float>(std::nearbyint(v / o.scale) + static_cast<float>(o.zero))));
        const double real = op == Op::Mul   ? a.real(x[i]) * b.real(y[i])
                            : op == Op::Sub ? a.real(x[i]) - b.real(y[i])
                                            : a.real(x[i]) + b.real(y[i]);
        const double q =
            std::clamp(real / static_cast<double>(o.scale) + o.zero, static_cast<double>(std::numeric_limits<T>::min()),
                       static_cast<double>(std::numeric_limits<T>::max()));
        REQUIRE(std::abs(got[i] - q) < 0.51);
    }
}

template <class T>
void function(Random &r, Op op, float (*f)(float))
{
    const Side a = randomSide<T>(r), o = randomSide<T>(r);
    OneOperator one(op);
    one.input({256}, kType<T>, a.scale, a.zero);
    one.output({256}, kType<T>, o.scale, o.zero);
    std::vector<T> x(256);
    for (int i = 0; i < 256; ++i)
        x[static_cast<std::size_t>(i)] = static_cast<T>(i + std::numeric_limits<T>::min());
    const auto got = one.run<T>({bytesOf(x)}, optionsFor(Arithmetic::OnnxRuntime));
    for (std::size_t i = 0; i < x.size(); ++i) {
        const float v = f(static_cast<float>(x[i] - a.zero) * a.scale) / o.scale;
        REQUIRE(int{got[i]} == stored<T>(static_cast<float>(std::nearbyint(v) + static_cast<float>(o.zero))));
    }
}

} // namespace

TEST_CASE("sumsAndProductsAreThoseOfOnnxRuntime")
{
    Random r(baseSeed());
    INFO("REQUANT_SEED=" << baseSeed());
    for (int i = 0; i < 60; ++i) {
        for (const Op op : {Op::Add, Op::Sub, Op::Mul}) {
            elementwise<std::int8_t>(r, op);
            elementwise<std::uint8_t>(r, op);
        }
    }
}

TEST_CASE("functionsBetweenGridsAreComputedInReals")
{
    Random r(baseSeed());
    INFO("REQUANT_SEED=" << baseSeed());
    for (int i = 0; i < 20; ++i) {
        function<std::int8_t>(r, Op::Quantize, [](float v) { return v; });
        function<std::int8_t>(r, Op::Relu, [](float v) { return std::max(v, 0.0f); });
        function<std::uint8_t>(r, Op::Logistic, [](float v) { return 1.0f / (1.0f + std::exp(-v)); });
    }
}

TEST_CASE("averagesAddRealsOfTheWindowAndDoNotCountPadding")
{
    Random r(baseSeed());
    INFO("REQUANT_SEED=" << baseSeed());
    for (int i = 0; i < 60; ++i) {
        const int h = r.integer(1, 7), w = r.integer(1, 7), c = r.integer(1, 3), kh = r.integer(1, 3),
                  kw = r.integer(1, 3), s = r.integer(1, 2);
        const bool same = r.integer(0, 1) != 0 || h < kh || w < kw;
        const int oh = same ? (h + s - 1) / s : (h - kh) / s + 1, ow = same ? (w + s - 1) / s : (w - kw) / s + 1;
        const Side a = randomSide<std::int8_t>(r);
        OneOperator one(Op::AveragePool2D);
        one.input({1, h, w, c}, ElementType::Int8, a.scale, a.zero);
        one.output({1, oh, ow, c}, ElementType::Int8, a.scale, a.zero);
        one.option("padding", same ? 0 : 1);
        one.option("stride_h", s);
        one.option("stride_w", s);
        one.option("filter_height", kh);
        one.option("filter_width", kw);
        one.option("fused_activation_function", 0);
        const auto x = randomValues<std::int8_t>(r, static_cast<std::size_t>(h * w * c));
        const auto got = one.run<std::int8_t>({bytesOf(x)}, optionsFor(Arithmetic::OnnxRuntime));
        const int top = same ? std::max(0, (oh - 1) * s + kh - h) / 2 : 0,
                  left = same ? std::max(0, (ow - 1) * s + kw - w) / 2 : 0;
        for (int oy = 0; oy < oh; ++oy)
            for (int ox = 0; ox < ow; ++ox)
                for (int k = 0; k < c; ++k) {
                    float sum = 0;
                    int count = 0;
                    for (int dy = 0; dy < kh; ++dy)
                        for (int dx = 0; dx < kw; ++dx) {
                            const int y = oy * s - top + dy, xx = ox * s - left + dx;
                            if (y < 0 || xx < 0 || y >= h || xx >= w)
                                continue;
                            sum += static_cast<float>(x[static_cast<std::size_t>((y * w + xx) * c + k)] - a.zero)
                                   * a.scale;
                            ++count;
                        }
                    const float v =
                        std::nearbyint(sum / static_cast<float>(count) / a.scale) + static_cast<float>(a.zero);
                    int integers = 0; // a whole picture is summed in integers, as MEAN is
                    for (int p = 0; p < h * w; ++p)
                        integers += x[static_cast<std::size_t>(p * c + k)] - a.zero;
                    const bool whole = kh == h && kw == w && oh == 1 && ow == 1;
                    const float mean =
                        std::nearbyint(static_cast<float>(integers) * (a.scale / (a.scale * static_cast<float>(h * w))))
                        + static_cast<float>(a.zero);
                    REQUIRE(int{got[static_cast<std::size_t>((oy * ow + ox) * c + k)]}
                            == stored<std::int8_t>(whole ? mean : v));
                }
    }
}
