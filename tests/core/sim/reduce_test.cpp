// SPDX-License-Identifier: GPL-3.0-or-later
// Reductions over any axes and pools, against loops over coordinates.
#include "elementtwin.h"

#include <functional>

using namespace requant;
using namespace testing;

namespace {

// A shape, the axes to reduce (maybe negative, maybe twice) and where each element goes.
struct ReduceCase
{
    Shape in, out;
    std::vector<std::int32_t> axes;
    std::vector<std::size_t> target; // output place of each input place
    std::size_t outputs = 1, perOutput = 1;

    explicit ReduceCase(Random &random)
    {
        in = randomShape(random, 1, 5, random.chance() ? 4 : 7);
        const bool keep = random.chance();
        std::vector<bool> reduced(in.size());
        for (std::size_t d = 0; d < in.size(); ++d)
            reduced[d] = random.chance();
        const auto rank = static_cast<std::int32_t>(in.size());
        for (std::int32_t d = 0; d < rank; ++d) {
            if (reduced[static_cast<std::size_t>(d)])
                axes.push_back(random.chance() ? d : d - rank);
            if (!reduced[static_cast<std::size_t>(d)] || keep)
                out.push_back(reduced[static_cast<std::size_t>(d)] ? 1 : in[static_cast<std::size_t>(d)]);
        }
        if (axes.empty()) {
            axes.push_back(0);
            reduced[0] = true;
            out = in;
            out[0] = 1;
        }
        if (random.integer(0, 5) == 0)
            axes.push_back(axes[0]);
        outputs = count(out);
        Shape kept = in; // with ones, so that places are easy
        for (std::size_t d = 0; d < in.size(); ++d) {
            if (reduced[d]) {
                perOutput *= static_cast<std::size_t>(in[d]);
                kept[d] = 1;
            }
        }
        for (std::size_t i = 0; i < count(in); ++i) {
            auto at = coordinates(in, i);
            for (std::size_t d = 0; d < in.size(); ++d)
                if (reduced[d])
                    at[d] = 0;
            target.push_back(placeOf(kept, at));
        }
    }
    OneOperator one(Op op, ElementType type, float si = 0, std::int64_t zi = 0, float so = 0, std::int64_t zo = 0) const
    {
        OneOperator o(op);
        o.input(in, type, si, zi);
        o.constant<std::int32_t>({static_cast<std::int32_t>(axes.size())}, axes);
        o.output(out, type, so, zo);
        return o;
    }
    // step(acc, x) over the inputs of each output in the order of memory.
    template <class T, class Acc, class F>
    std::vector<Acc> folded(const std::vector<T> &x, Acc start, F step) const
    {
        std::vector<Acc> acc(outputs, start);
        for (std::size_t i = 0; i < x.size(); ++i)
            acc[target[i]] = step(acc[target[i]], x[i]);
        return acc;
    }
};

template <class T>
void sumsAndMeans(Random &random)
{
    const ReduceCase c(random);
    const bool mean = random.chance();
    const Arithmetic arithmetic = randomArithmetic(random);
    const FixedRounding rounding = fixedRounding(arithmetic);
    const auto n = static_cast<std::int64_t>(c.perOutput);
    const float si = randomScale(random), so = static_cast<float>(static_cast<double>(si) * (mean ? 1.0 : std::sqrt(static_cast<double>(n + 1))) * random.real(0.4, 3));
    const int zi = randomZeroPoint<T>(random), zo = randomZeroPoint<T>(random);
    OneOperator one = c.one(mean ? Op::Mean : Op::Sum, elementType<T>(), si, zi, so, zo);
    const auto x = randomValues<T>(random, count(c.in));
    const auto sums = c.folded(x, std::int64_t{0}, [](std::int64_t a, T v) { return a + v; });
    const OutputGrid grid{elementType<T>(), so, zo};
    const double ratio = static_cast<double>(si) / static_cast<double>(so);
    std::vector<T> expected;
    for (const std::int64_t sum : sums) {
        const std::int64_t centred = sum - zi * n;
        std::int64_t v = 0;
        if (isShift(arithmetic)) {
            v = scaledFixed(centred, mean ? ratio / static_cast<double>(n) : ratio, rounding);
        } else if (arithmetic == Arithmetic::Xnnpack && mean && sizeof(T) == 1) {
            v = std::llrint(static_cast<float>(centred) * (si / (so * static_cast<float>(n))));
        } else if (arithmetic == Arithmetic::Xnnpack && !mean) {
            v = std::llround(static_cast<float>(sum) * (si / so) + static_cast<float>(-zi) * (si / so) * static_cast<float>(n));
        } else {
            Q31 m(ratio);
            if (mean) { // 1 / n in the multiplier: its integer is divided, with as many bits more as n has
                int more = 0;
                while (n >> (more + 1) != 0)
                    ++more;
                more = std::min({more, 32, 31 + m.exponent});
                m = Q31(std::floor(std::ldexp(m.mantissa, more) / static_cast<long double>(n)), m.exponent - more);
            }
            v = scaledFixed(centred, m, rounding);
        }
        expected.push_back(static_cast<T>(n == 0 ? 0 : grid.clamp(v + zo)));
    }
    INFO((mean ? "MEAN " : "SUM ") << arithmeticName(arithmetic) << " of " << n << " scales " << si << " " << so << " zero points " << zi << " " << zo);
    requireEqual(one.run<T>({bytesOf(x)}, optionsFor(arithmetic, random.chance() ? 1 : 3)), expected);
}

} // namespace

TEST_CASE("quantizedSumsAndMeansEqualTheirDefinition")
{
    forSeeds(100, sumsAndMeans<std::uint8_t>);
    forSeeds(100, sumsAndMeans<std::int8_t>);
    forSeeds(100, sumsAndMeans<std::int16_t>);
}

namespace {

template <class T>
T modulo(__int128 v) { return static_cast<T>(static_cast<std::uint64_t>(v)); }

template <class T>
void integersReduce()
{
    forSeeds(40, [](Random &random) {
        const ReduceCase c(random);
        const auto x = anyValues<T>(random, count(c.in));
        const auto check = [&](Op op, const std::vector<T> &expected) {
            INFO(opName(op) << " " << typeName(elementType<T>()));
            OneOperator one = c.one(op, elementType<T>());
            requireEqual(one.run<T>({bytesOf(x)}, optionsFor(Arithmetic::TfliteReference, 2)), expected);
        };
        check(Op::ReduceMax, c.folded(x, std::numeric_limits<T>::lowest(), [](T a, T v) { return std::max(a, v); }));
        check(Op::ReduceMin, c.folded(x, std::numeric_limits<T>::max(), [](T a, T v) { return std::min(a, v); }));
        check(Op::ReduceProd, c.folded(x, T(1), [](T a, T v) { return modulo<T>(__int128{a} * v); }));
        if (sizeof(T) < 4)
            return;
        check(Op::Sum, c.folded(x, T(0), [](T a, T v) { return modulo<T>(__int128{a} + v); }));
        std::vector<T> means;
        for (const std::int64_t sum : c.folded(x, std::int64_t{0}, [](std::int64_t a, T v) { return modulo<std::int64_t>(__int128{a} + v); }))
            means.push_back(c.perOutput ? static_cast<T>(sum / static_cast<std::int64_t>(c.perOutput)) : T(0));
        check(Op::Mean, means);
    });
}

} // namespace

TEST_CASE("integersReduceAsTheyAreStored")
{
    integersReduce<std::uint8_t>();
    integersReduce<std::int8_t>();
    integersReduce<std::int16_t>();
    integersReduce<std::int32_t>();
    integersReduce<std::int64_t>();
}

TEST_CASE("floatsReduceInTheOrderOfMemory")
{
    forSeeds(60, [](Random &random) {
        const ReduceCase c(random);
        const auto x = wideValues<float>(random, count(c.in));
        const auto check = [&](Op op, const std::vector<float> &expected) {
            INFO(opName(op));
            OneOperator one = c.one(op, ElementType::Float32);
            requireEqual(one.run<float>({bytesOf(x)}), expected);
        };
        auto sums = c.folded(x, 0.0f, [](float a, float v) { return a + v; });
        check(Op::Sum, sums);
        for (float &v : sums)
            v /= static_cast<float>(c.perOutput);
        check(Op::Mean, sums);
        check(Op::ReduceProd, c.folded(x, 1.0f, [](float a, float v) { return a * v; }));
        check(Op::ReduceMax, c.folded(x, std::numeric_limits<float>::lowest(), [](float a, float v) { return std::max(a, v); }));
        check(Op::ReduceMin, c.folded(x, std::numeric_limits<float>::max(), [](float a, float v) { return std::min(a, v); }));
    });
}

TEST_CASE("boolsReduceToAnyAndAll")
{
    forSeeds(40, [](Random &random) {
        const ReduceCase c(random);
        std::vector<std::uint8_t> x(count(c.in));
        const int rare = random.integer(0, 1);
        for (auto &v : x)
            v = static_cast<std::uint8_t>(random.integer(0, 5) == 0 ? rare : 1 - rare);
        OneOperator any = c.one(Op::ReduceAny, ElementType::Bool), all = c.one(Op::ReduceAll, ElementType::Bool);
        requireEqual(any.run<std::uint8_t>({bytesOf(x)}), c.folded(x, std::uint8_t{0}, [](std::uint8_t a, std::uint8_t v) { return std::max(a, v); }));
        requireEqual(all.run<std::uint8_t>({bytesOf(x)}), c.folded(x, std::uint8_t{1}, [](std::uint8_t a, std::uint8_t v) { return std::min(a, v); }));
    });
}

namespace {

// Products of a few factors: each is rescaled with the multiplier cut to 16 bits, once more at the end.
template <class T>
void quantizedProducts()
{
    forSeeds(40, [](Random &random) {
        const int n = random.integer(1, 4);
        const Arithmetic arithmetic = randomArithmetic(random);
        const FixedRounding rounding = fixedRounding(arithmetic);
        const float si = randomScale(random, -5, -2), so = static_cast<float>(std::pow(static_cast<double>(si) * (sizeof(T) == 1 ? 12 : 3000), n) / (sizeof(T) == 1 ? 12 : 3000));
        const int zi = randomZeroPoint<T>(random), zo = randomZeroPoint<T>(random);
        OneOperator one(Op::ReduceProd);
        one.input({n, 20}, elementType<T>(), si, zi);
        one.constant<std::int32_t>({1}, {0});
        one.output({20}, elementType<T>(), so, zo);
        const auto x = randomValues<T>(random, static_cast<std::size_t>(20 * n));
        const Q31 m(static_cast<double>(si) / std::pow(static_cast<double>(so), 1.0 / n));
        const auto scaled = [&](std::int64_t v) {
            if (isShift(arithmetic))
                return std::clamp<std::int64_t>(scaledFixed(v, m, rounding), std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max());
            const long double reduced = std::min<long double>(std::floor((m.mantissa + 32768) / 65536), 32767);
            return static_cast<std::int64_t>(static_cast<std::int32_t>(static_cast<std::int64_t>(roundedOnce(std::ldexp(static_cast<long double>(v) * reduced, m.exponent - 15), FixedRounding::HalfUp))));
        };
        std::vector<T> expected;
        for (std::size_t i = 0; i < 20; ++i) {
            std::int64_t v = x[i] - zi;
            for (std::size_t k = 1; k < static_cast<std::size_t>(n); ++k)
                v = scaled(v * (x[20 * k + i] - zi));
            expected.push_back(static_cast<T>(std::clamp<std::int64_t>(scaled(v) + zo, std::numeric_limits<T>::min(), std::numeric_limits<T>::max())));
        }
        INFO(arithmeticName(arithmetic) << " n " << n);
        requireEqual(one.run<T>({bytesOf(x)}, optionsFor(arithmetic)), expected);
    });
}

} // namespace

TEST_CASE("quantizedProductsAreRescaledStepByStep")
{
    quantizedProducts<std::int8_t>();
    quantizedProducts<std::int16_t>();
}

TEST_CASE("reductionsThatTfliteRefusesAreRefused")
{
    const auto refusal = [](Op op, ElementType type, float so, std::vector<std::int32_t> axes, Shape out) {
        OneOperator one(op);
        one.input({2, 3}, type, 0.5f, 0);
        one.constant<std::int32_t>({static_cast<std::int32_t>(axes.size())}, axes);
        one.output(std::move(out), type, so, 0);
        return one.refusal();
    };
    CHECK(refusal(Op::ReduceMax, ElementType::Int8, 0.5f, {1}, {2}).empty());
    CHECK(refusal(Op::ReduceMax, ElementType::Int8, 0.25f, {1}, {2}).find("grids") != std::string::npos);
    CHECK(refusal(Op::ReduceProd, ElementType::UInt8, 0.5f, {1}, {2}).find("uint8") != std::string::npos);
    CHECK(refusal(Op::Mean, ElementType::Int8, 0.5f, {2}, {2}).find("axis") != std::string::npos);
    CHECK(refusal(Op::Mean, ElementType::Int8, 0.5f, {-3}, {2}).find("axis") != std::string::npos);
    CHECK(refusal(Op::Mean, ElementType::Int8, 0.5f, {1}, {3}).find("shape") != std::string::npos);
    CHECK_FALSE(refusal(Op::ReduceAny, ElementType::Int8, 0.5f, {1}, {2}).empty());
}

TEST_CASE("runningSumsGoEitherWay")
{
    forSeeds(40, [](Random &random) {
        Shape shape = randomShape(random, 1, 4, 5);
        const auto axis = random.integer(0, static_cast<int>(shape.size()) - 1);
        const bool exclusive = random.chance(), reverse = random.chance();
        OneOperator one(Op::Cumsum);
        one.input(shape, ElementType::Int32);
        one.constant<std::int32_t>({}, {random.chance() ? axis : axis - static_cast<int>(shape.size())});
        one.output(shape, ElementType::Int32);
        one.option("exclusive", exclusive);
        one.option("reverse", reverse);
        const auto x = wideValues<std::int32_t>(random, count(shape));
        std::vector<std::int32_t> expected;
        for (std::size_t i = 0; i < x.size(); ++i) {
            auto at = coordinates(shape, i);
            const auto d = static_cast<std::size_t>(axis);
            std::uint32_t sum = 0;
            for (std::int32_t k = 0, own = at[d]; k < shape[d]; ++k) {
                at[d] = k;
                if (reverse ? k > own : k < own)
                    sum += static_cast<std::uint32_t>(x[placeOf(shape, at)]);
                if (k == own && !exclusive)
                    sum += static_cast<std::uint32_t>(x[placeOf(shape, at)]);
            }
            expected.push_back(static_cast<std::int32_t>(sum));
        }
        requireEqual(one.run<std::int32_t>({bytesOf(x)}, optionsFor(Arithmetic::TfliteReference, 2)), expected);
    });
}

namespace {

struct PoolCase
{
    int batch, height, width, channels, kernelH, kernelW, strideH, strideW, outH, outW, top, left, activation;
    bool same;

    explicit PoolCase(Random &random)
    {
        batch = random.integer(1, 2);
        height = random.integer(1, 9);
        width = random.integer(1, 9);
        channels = random.integer(1, 70);
        kernelH = random.integer(1, 4);
        kernelW = random.integer(1, 4);
        strideH = random.integer(1, 3);
        strideW = random.integer(1, 3);
        same = random.chance() || kernelH > height || kernelW > width;
        activation = random.integer(0, 3);
        const auto out = [&](int n, int k, int s) { return same ? (n + s - 1) / s : (n - k + s) / s; };
        outH = out(height, kernelH, strideH);
        outW = out(width, kernelW, strideW);
        const auto before = [&](int n, int o, int k, int s) { return std::max((o - 1) * s + k - n, 0) / 2; };
        top = before(height, outH, kernelH, strideH);
        left = before(width, outW, kernelW, strideW);
    }
    OneOperator one(Op op, ElementType type, float scale = 0, std::int64_t zeroPoint = 0) const
    {
        OneOperator o(op);
        o.input({batch, height, width, channels}, type, scale, zeroPoint);
        o.output({batch, outH, outW, channels}, type, scale, zeroPoint);
        for (const auto &[name, value] : {std::pair{"filter_height", kernelH}, {"filter_width", kernelW}, {"stride_h", strideH}, {"stride_w", strideW}, {"padding", same ? 0 : 1},
                                          {"fused_activation_function", activation}})
            o.option(name, value);
        return o;
    }
    // f(the values under the window) for each output.
    template <class T, class F>
    std::vector<T> expected(const std::vector<T> &x, F f) const
    {
        std::vector<T> out;
        for (int b = 0; b < batch; ++b)
            for (int oy = 0; oy < outH; ++oy)
                for (int ox = 0; ox < outW; ++ox)
                    for (int c = 0; c < channels; ++c) {
                        std::vector<T> window;
                        for (int y = oy * strideH - top; y < oy * strideH - top + kernelH; ++y)
                            for (int xx = ox * strideW - left; xx < ox * strideW - left + kernelW; ++xx)
                                if (y >= 0 && y < height && xx >= 0 && xx < width)
                                    window.push_back(x[static_cast<std::size_t>(((b * height + y) * width + xx) * channels + c)]);
                        out.push_back(f(window));
                    }
        return out;
    }
    std::size_t inputs() const { return static_cast<std::size_t>(batch * height * width * channels); }
};

template <class T>
void pools(Random &random)
{
    const PoolCase c(random);
    const Arithmetic arithmetic = randomArithmetic(random);
    const bool average = random.chance();
    const float scale = randomScale(random);
    const int zeroPoint = randomZeroPoint<T>(random);
    const OutputGrid grid{elementType<T>(), scale, zeroPoint, c.activation};
    const FixedRounding rounding = isShift(arithmetic) ? fixedRounding(arithmetic) : FixedRounding::HalfAway;
    OneOperator one = c.one(average ? Op::AveragePool2D : Op::MaxPool2D, elementType<T>(), scale, zeroPoint);
    const auto x = randomValues<T>(random, c.inputs());
    const auto expected = c.expected(x, [&](const std::vector<T> &window) {
        std::int64_t sum = 0, most = std::numeric_limits<T>::min();
        for (const T v : window) {
            sum += v;
            most = std::max<std::int64_t>(most, v);
        }
        return static_cast<T>(grid.clamp(average ? roundedQuotient(sum, static_cast<std::int64_t>(window.size()), rounding) : most));
    });
    INFO((average ? "AVERAGE " : "MAX ") << arithmeticName(arithmetic));
    requireEqual(one.run<T>({bytesOf(x)}, optionsFor(arithmetic)), expected);
}

} // namespace

TEST_CASE("poolsOfIntegersEqualTheirDefinition")
{
    forSeeds(60, pools<std::uint8_t>);
    forSeeds(60, pools<std::int8_t>);
    forSeeds(60, pools<std::int16_t>);
}

TEST_CASE("poolsOfFloatsEqualTheirDefinition")
{
    forSeeds(60, [](Random &random) {
        const PoolCase c(random);
        const Op op = std::array{Op::AveragePool2D, Op::MaxPool2D, Op::L2Pool2D}[static_cast<std::size_t>(random.integer(0, 2))];
        OneOperator one = c.one(op, ElementType::Float32);
        const auto x = randomFloats(random, c.inputs(), 10);
        const auto expected = c.expected(x, [&](const std::vector<float> &window) {
            float sum = 0, squares = 0, most = -1e30f;
            for (const float v : window) {
                sum += v;
                squares += v * v;
                most = std::max(most, v);
            }
            const auto n = static_cast<float>(window.size());
            float v = op == Op::AveragePool2D ? sum / n : op == Op::MaxPool2D ? most : std::sqrt(squares / n);
            if (c.activation != 0)
                v = std::max(v, c.activation == 2 ? -1.0f : 0.0f);
            if (c.activation > 1)
                v = std::min(v, c.activation == 2 ? 1.0f : 6.0f);
            return v;
        });
        INFO(opName(op));
        requireEqual(one.run<float>({bytesOf(x)}), expected);
    });
}

TEST_CASE("quantizedL2PoolsAreRefused")
{
    Random random(1);
    const PoolCase c(random);
    CHECK_FALSE(c.one(Op::L2Pool2D, ElementType::Int8, 0.5f).refusal().empty());
}
