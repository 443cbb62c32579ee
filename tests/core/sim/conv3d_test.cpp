// SPDX-License-Identifier: GPL-3.0-or-later
#include "twin.h"

using namespace requant;
using namespace testing;

namespace {

// Sizes of one dimension: what TFLite's SAME and VALID make of it.
struct Dim
{
    int in, kernel, stride, dilation;
    int reach() const { return (kernel - 1) * dilation + 1; }
    int out(bool same) const { return same ? (in + stride - 1) / stride : (in - reach() + stride) / stride; }
    int pad(bool same) const { return same ? std::max((out(true) - 1) * stride + reach() - in, 0) / 2 : 0; }
};

Dim randomDim(Random &random)
{
    Dim d{0, random.integer(1, 3), random.integer(1, 2), random.integer(1, 2)};
    d.in = random.integer(d.reach(), 7);
    return d;
}

OneOperator network(const Dim (&d)[3], bool same, int activation)
{
    OneOperator one(Op::Conv3D);
    one.option("padding", same ? 0 : 1);
    one.option("fused_activation_function", activation);
    const char *strides[] = {"stride_d", "stride_h", "stride_w"}, *dilations[] = {"dilation_d_factor", "dilation_h_factor", "dilation_w_factor"};
    for (int a = 0; a < 3; ++a) {
        one.option(strides[a], d[a].stride);
        one.option(dilations[a], d[a].dilation);
    }
    return one;
}

} // namespace

TEST_CASE("conv3dEqualsItsDefinition")
{
    for (std::uint64_t round = 0; round < 60; ++round) {
        const std::uint64_t seed = baseSeed() + round;
        INFO("REQUANT_SEED=" << seed);
        Random random(seed);
        const Dim d[3]{randomDim(random), randomDim(random), randomDim(random)};
        const bool same = random.chance(), hasBias = random.chance(), constant = random.chance();
        const int batches = random.integer(1, 2), inC = random.integer(1, 4), outC = random.integer(1, 5), activation = random.integer(0, 3);
        const Shape inShape{batches, d[0].in, d[1].in, d[2].in, inC}, wShape{d[0].kernel, d[1].kernel, d[2].kernel, inC, outC};
        const Shape outShape{batches, d[0].out(same), d[1].out(same), d[2].out(same), outC};
        const auto x = randomFloats(random, count(inShape)), w = randomFloats(random, count(wShape));
        const auto bias = randomFloats(random, static_cast<std::size_t>(outC));

        OneOperator one = network(d, same, activation);
        one.input(inShape, ElementType::Float32);
        constant ? one.constant(wShape, w) : one.input(wShape, ElementType::Float32);
        if (hasBias)
            one.constant(Shape{outC}, bias);
        one.output(outShape, ElementType::Float32);

        std::vector<float> expected;
        for (int b = 0; b < batches; ++b)
            for (int z = 0; z < outShape[1]; ++z)
                for (int y = 0; y < outShape[2]; ++y)
                    for (int u = 0; u < outShape[3]; ++u)
                        for (int o = 0; o < outC; ++o) {
                            float sum = 0;
                            for (int k = 0; k < static_cast<int>(w.size()); ++k) {
                                if (k % outC != o)
                                    continue;
                                const int c = k / outC % inC, kx = k / outC / inC % d[2].kernel, ky = k / outC / inC / d[2].kernel % d[1].kernel;
                                const int kz = k / outC / inC / d[2].kernel / d[1].kernel;
                                const int iz = z * d[0].stride - d[0].pad(same) + kz * d[0].dilation, iy = y * d[1].stride - d[1].pad(same) + ky * d[1].dilation;
                                const int ix = u * d[2].stride - d[2].pad(same) + kx * d[2].dilation;
                                if (iz >= 0 && iz < d[0].in && iy >= 0 && iy < d[1].in && ix >= 0 && ix < d[2].in)
                                    sum += x[static_cast<std::size_t>((((b * d[0].in + iz) * d[1].in + iy) * d[2].in + ix) * inC + c)] * w[static_cast<std::size_t>(k)];
                            }
                            if (hasBias)
                                sum += bias[static_cast<std::size_t>(o)];
                            if (activation != 0)
                                sum = std::max(sum, activation == 2 ? -1.0f : 0.0f);
                            if (activation > 1)
                                sum = std::min(sum, activation == 2 ? 1.0f : 6.0f);
                            expected.push_back(sum);
                        }
        std::vector<std::vector<std::byte>> inputs{bytesOf(x)};
        if (!constant)
            inputs.push_back(bytesOf(w));
        CHECK(one.run<float>(inputs, optionsFor(randomArithmetic(random), random.chance() ? 2 : 1)) == expected);
    }
}

TEST_CASE("conv3dRefusesWhatDoesNotFit")
{
    const Dim d[3]{{4, 2, 1, 1}, {4, 2, 1, 1}, {4, 2, 1, 1}};
    const auto refusal = [&](Shape in, Shape out, ElementType type, int stride) {
        OneOperator one = network(d, true, 0);
        one.option("stride_d", stride);
        one.input(std::move(in), type);
        one.constant(Shape{2, 2, 2, 1, 1}, std::vector<float>(8));
        one.output(std::move(out), type);
        return one.refusal();
    };
    CHECK(refusal({1, 4, 4, 4, 1}, {1, 4, 4, 4, 1}, ElementType::Float32, 1).empty());
    CHECK(refusal({1, 4, 4, 4, 1}, {1, 4, 4, 3, 1}, ElementType::Float32, 1).find("output's size") != std::string::npos);
    CHECK(refusal({1, 4, 4, 4, 1}, {1, 4, 4, 4, 1}, ElementType::Float32, 0).find("out of range") != std::string::npos);
    CHECK(refusal({1, 4, 4, 4, 2}, {1, 4, 4, 4, 1}, ElementType::Float32, 1).find("do not fit") != std::string::npos);
    CHECK(refusal({1, 4, 4, 4, 1}, {1, 4, 4, 4, 1}, ElementType::Int8, 1).find("type") != std::string::npos);
}
