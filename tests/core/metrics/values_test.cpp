// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/values.h"

#include <catch2/catch.hpp>

#include <cstring>

using namespace requant;

namespace {

std::vector<std::byte> bytesOf(std::initializer_list<int> values)
{
    std::vector<std::byte> out;
    for (const int v : values)
        out.push_back(static_cast<std::byte>(v & 0xff));
    return out;
}

Tensor tensor(ElementType type, Shape shape, QuantParams quant)
{
    Tensor t;
    t.type = type;
    t.shape = std::move(shape);
    t.quant = std::move(quant);
    return t;
}

std::vector<double> readAll(const ValueReader &reader, const std::vector<std::byte> &bytes)
{
    std::vector<double> out;
    reader.read(bytes, out);
    return out;
}

} // namespace

TEST_CASE("eightBitValuesUseScaleZeroPointAndRatio")
{
    const Tensor u = tensor(ElementType::UInt8, {3}, QuantParams::perTensor(0.5f, 128));
    CHECK(readAll(ValueReader(u), bytesOf({0, 128, 255})) == std::vector<double>{-64, 0, 63.5});
    const Tensor i = tensor(ElementType::Int8, {3}, QuantParams::perTensor(0.25f, -2));
    CHECK(readAll(ValueReader(i, {2.0, 0.0}), bytesOf({-128, -2, 127})) == std::vector<double>{-63, 0, 64.5});
    CHECK(ValueReader(i, {2.0, 0.0}).step(0) == 0.5);
    CHECK(ValueReader(i, {2.0, 0.0}).low(0) == -63);
    CHECK(ValueReader(i, {2.0, 0.0}).high(0) == 64.5);
}

TEST_CASE("anOffsetIsAddedWhenReadingAndTakenAwayWhenWriting")
{
    const Tensor i = tensor(ElementType::Int8, {3}, QuantParams::perTensor(0.25f, 0));
    const EffectiveGrid grid{2.0, 64.0};
    CHECK(readAll(ValueReader(i, grid), bytesOf({-128, 0, 127})) == std::vector<double>{0, 64, 127.5});
    CHECK(ValueReader(i, grid).low(0) == 0);
    const std::vector<double> real{0, 64, 127.5, -3, 900};
    CHECK(quantizeReals(real, i, grid) == bytesOf({-128, 0, 127, -128, 127}));
}

TEST_CASE("perChannelGridRunsAlongItsDimension")
{
    QuantParams q;
    q.scale = {1.0f, 10.0f};
    q.zeroPoint = {0};
    q.quantizedDimension = 0;
    const Tensor rows = tensor(ElementType::Int8, {2, 2}, q);
    CHECK(readAll(ValueReader(rows), bytesOf({1, 2, 3, 4})) == std::vector<double>{1, 2, 30, 40});
    q.quantizedDimension = 1;
    const Tensor columns = tensor(ElementType::Int8, {2, 2}, q);
    CHECK(readAll(ValueReader(columns), bytesOf({1, 2, 3, 4})) == std::vector<double>{1, 20, 3, 40});
}

TEST_CASE("int4IsUnpackedLowBitsFirstWithSign")
{
    CHECK(decodeIntegers(bytesOf({0x8f, 0x70}), ElementType::Int4) == std::vector<std::int64_t>{-1, -8, 0, 7});
    CHECK(decodeIntegers(bytesOf({0x8f}), ElementType::UInt4) == std::vector<std::int64_t>{15, 8});
}

TEST_CASE("quantizeRealsRoundsHalfAwayFromZeroAndClamps")
{
    const Tensor t = tensor(ElementType::Int8, {5}, QuantParams::perTensor(1.0f, 0));
    const std::vector<double> real{0.5, -0.5, 1.49, 500, -500};
    CHECK(quantizeReals(real, t) == bytesOf({1, -1, 1, 127, -128}));
    CHECK(quantizeReals(real, t, {0.5, 0.0}) == bytesOf({1, -1, 3, 127, -128}));
}

TEST_CASE("quantizeRealsUndoesReading")
{
    const Tensor t = tensor(ElementType::UInt8, {256}, QuantParams::perTensor(0.0235285f, 117));
    std::vector<std::byte> all;
    for (int v = 0; v < 256; ++v)
        all.push_back(static_cast<std::byte>(v));
    CHECK(quantizeReals(readAll(ValueReader(t), all), t) == all);
}

TEST_CASE("realValuesNeedAGridOrAFloatType")
{
    CHECK(hasRealValues(tensor(ElementType::Float32, {1}, {})));
    CHECK(hasRealValues(tensor(ElementType::Int8, {1}, QuantParams::perTensor(1, 0))));
    CHECK_FALSE(hasRealValues(tensor(ElementType::Int32, {1}, {})));
    CHECK_FALSE(hasRealValues(tensor(ElementType::String, {1}, {})));
}
