// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that move elements against index arithmetic straight from their definitions, on random shapes (empty and
// 1-sized dimensions too) and all widths.
#include "core/sim/kernels/moving.h"
#include "core/sim/kernels/shapeops.h"

#include "moving.h"

using namespace testing;

namespace {

std::size_t randomAxis(Random &random, const Shape &s) { return static_cast<std::size_t>(random.integer(0, static_cast<int>(s.size()) - 1)); }

// By chance counted from the end.
std::int64_t spelled(Random &random, std::size_t axis, std::size_t rank)
{
    return static_cast<std::int64_t>(axis) - (random.chance() ? static_cast<std::int64_t>(rank) : 0);
}

Bytes filling(Random &random, ElementType type) { return randomTensor(random, {1}, type).bytes; }

} // namespace

TEST_CASE("transposeEqualsItsDefinition")
{
    replayable(150, [](Random &random) {
        const Tensor in = randomTensor(random, randomShape(random, 0, 6), randomType(random));
        const std::size_t rank = in.shape.size();
        std::vector<std::size_t> p(rank);
        std::iota(p.begin(), p.end(), std::size_t{0});
        for (std::size_t i = rank; i-- > 1;)
            std::swap(p[i], p[static_cast<std::size_t>(random.integer(0, static_cast<int>(i)))]);
        Shape out;
        std::vector<std::int64_t> permutation;
        for (const std::size_t axis : p) {
            out.push_back(in.shape[axis]);
            permutation.push_back(spelled(random, axis, rank));
        }
        Mover m(Op::Transpose, random);
        m.input(in);
        m.ints(permutation);
        m.output(out, in.type);
        REQUIRE(m.run() == moved(in, out, [&](const Index &o, Index &i) {
            for (std::size_t d = 0; d < rank; ++d)
                i[p[d]] = o[d];
            return true;
        }).bytes);
    });
}

TEST_CASE("largeTransposesAreSharedByThreads")
{
    replayable(4, [](Random &random) {
        const Tensor in = randomTensor(random, {3, random.integer(90, 130), random.integer(300, 500)}, random.chance() ? ElementType::Int8 : ElementType::Float32);
        const Shape out{in.shape[2], in.shape[0], in.shape[1]};
        OneOperator one(Op::Transpose);
        one.input(in.shape, in.type);
        one.constant<std::int32_t>({3}, {2, 0, 1});
        one.output(out, in.type);
        const auto at = [&](std::size_t k, unsigned threads) {
            requant::SimOptions options;
            options.threads = threads;
            return one.runAll({in.bytes}, options)[k];
        };
        const Bytes alone = at(0, 1);
        REQUIRE(at(0, 3) == alone);
        Tensor expected = zeros(out, in.type);
        const std::size_t bytes = in.bits() / 8;
        for (std::size_t a = 0; a < static_cast<std::size_t>(out[0]); ++a)
            for (std::size_t b = 0; b < static_cast<std::size_t>(out[1]); ++b)
                for (std::size_t c = 0; c < static_cast<std::size_t>(out[2]); ++c)
                    std::memcpy(&expected.bytes[((a * static_cast<std::size_t>(out[1]) + b) * static_cast<std::size_t>(out[2]) + c) * bytes],
                                &in.bytes[((b * static_cast<std::size_t>(in.shape[1]) + c) * static_cast<std::size_t>(in.shape[2]) + a) * bytes], bytes);
        REQUIRE(alone == expected.bytes);
    });
}

TEST_CASE("padEqualsItsDefinition")
{
    replayable(200, [](Random &random) {
        const Tensor in = randomTensor(random, randomShape(random, 1, 5), randomType(random));
        const bool valued = random.chance(), quantized = !valued && requant::isQuantizedActivation(in.type);
        Shape out;
        std::vector<std::int64_t> paddings;
        const bool tail = random.chance(); // leave the last dimension alone
        for (std::size_t d = 0; d < in.shape.size(); ++d) {
            const bool none = (tail && d + 1 == in.shape.size()) || random.integer(0, 2) == 0;
            paddings.push_back(none ? 0 : random.integer(0, 3));
            paddings.push_back(none ? 0 : random.integer(0, 3));
            out.push_back(in.shape[d] + static_cast<std::int32_t>(paddings[2 * d] + paddings[2 * d + 1]));
        }
        const std::int64_t zero = quantized ? random.integer(static_cast<int>(requant::integerRange(in.type).min), static_cast<int>(requant::integerRange(in.type).max)) : 0;
        Mover m(valued ? Op::Padv2 : Op::Pad, random);
        m.input(in, quantized ? 0.5f : 0.0f, zero);
        m.ints({static_cast<std::int32_t>(in.shape.size()), 2}, paddings);
        Bytes fill = valued ? filling(random, in.type) : Bytes(16, std::byte{0});
        if (quantized)
            std::memcpy(fill.data(), &zero, 8);
        if (valued)
            random.chance() ? m.constant({{}, in.type, fill}) : m.input({{1}, in.type, fill});
        m.output(out, in.type, quantized ? 0.5f : 0.0f, zero);
        REQUIRE(m.run() == moved(in, out, [&](const Index &o, Index &i) {
            bool inside = true;
            for (std::size_t d = 0; d < o.size(); ++d) {
                i[d] = o[d] - paddings[2 * d];
                inside = inside && i[d] >= 0 && i[d] < in.shape[d];
            }
            return inside;
        }, fill).bytes);
    });
}

TEST_CASE("mirrorPadEqualsItsDefinition")
{
    replayable(150, [](Random &random) {
        const Tensor in = randomTensor(random, randomShape(random, 1, 4), randomType(random));
        const bool symmetric = random.chance();
        Shape out;
        std::vector<std::int64_t> paddings;
        for (const std::int32_t n : in.shape) {
            const int most = std::max(0, std::min(3, symmetric ? n : n - 1));
            const std::int32_t before = random.integer(0, most), after = random.integer(0, most);
            paddings.insert(paddings.end(), {before, after});
            out.push_back(n + before + after);
        }
        Mover m(Op::MirrorPad, random);
        m.input(in);
        m.ints({static_cast<std::int32_t>(in.shape.size()), 2}, paddings);
        m.output(out, in.type);
        m.one().option("mode", symmetric ? 1 : 0);
        REQUIRE(m.run() == moved(in, out, [&](const Index &o, Index &i) {
            for (std::size_t d = 0; d < o.size(); ++d) {
                // Walks from the edge into the tensor and back.
                const std::int64_t n = in.shape[d], at = o[d] - paddings[2 * d];
                i[d] = at < 0 ? (symmetric ? -1 - at : -at) : at >= n ? (symmetric ? n - 1 - (at - n) : n - 2 - (at - n)) : at;
            }
            return true;
        }).bytes);
    });
}

TEST_CASE("concatenationAndPackEqualTheirDefinitions")
{
    replayable(200, [](Random &random) {
        const bool pack = random.chance();
        const Shape base = randomShape(random, pack ? 0 : 1, pack ? 4 : 5);
        const ElementType type = randomType(random);
        const auto axis = static_cast<std::size_t>(random.integer(0, static_cast<int>(base.size()) - (pack ? 0 : 1)));
        std::vector<Tensor> parts;
        std::vector<std::pair<std::size_t, std::int64_t>> origin; // of each index along the axis: which part, which index in it
        for (int k = 0, n = random.integer(1, 5); k < n; ++k) {
            Shape s = base;
            if (!pack)
                s[axis] = random.integer(0, 3);
            parts.push_back(randomTensor(random, s, type));
            for (std::int32_t i = 0; i < (pack ? 1 : s[axis]); ++i)
                origin.emplace_back(parts.size() - 1, i);
        }
        Shape out = base;
        if (pack)
            out.insert(out.begin() + static_cast<std::ptrdiff_t>(axis), 0);
        out[axis] = static_cast<std::int32_t>(origin.size());
        Tensor expected = zeros(out, type);
        for (std::int64_t k = 0; k < count(out); ++k) {
            Index i = indexOf(k, out);
            const auto [part, at] = origin[static_cast<std::size_t>(i[axis])];
            if (pack)
                i.erase(i.begin() + static_cast<std::ptrdiff_t>(axis));
            else
                i[axis] = at;
            copyBits(expected.bytes, k, parts[part].bytes, flatOf(i, parts[part].shape), expected.bits());
        }
        Mover m(pack ? Op::Pack : Op::Concatenation, random);
        for (const Tensor &part : parts)
            random.integer(0, 3) == 0 ? m.constant(part) : m.input(part);
        m.output(out, type);
        m.one().option("axis", spelled(random, axis, out.size()));
        REQUIRE(m.run() == expected.bytes);
    });
}

TEST_CASE("concatenationOfUint8RescalesOtherGrids")
{
    replayable(100, [](Random &random) {
        OneOperator one(Op::Concatenation);
        one.option("axis", 1);
        const float so = static_cast<float>(random.real(0.01, 0.5));
        const int zo = random.integer(0, 255);
        std::vector<Bytes> inputs;
        std::vector<std::uint8_t> expected;
        for (int k = 0; k < 3; ++k) {
            const bool same = random.integer(0, 2) == 0;
            const float si = same ? so : static_cast<float>(random.real(0.01, 0.5));
            const int zi = same ? zo : random.integer(0, 255), n = random.integer(0, 40);
            const auto values = randomValues<std::uint8_t>(random, static_cast<std::size_t>(n));
            one.input({1, n}, ElementType::UInt8, si, zi);
            inputs.push_back(bytesOf(values));
            const float scale = si * (1.0f / so), bias = static_cast<float>(-zi) * scale;
            for (const std::uint8_t q : values)
                expected.push_back(same ? q : static_cast<std::uint8_t>(std::clamp(static_cast<int>(std::round(static_cast<float>(q) * scale + bias)) + zo, 0, 255)));
        }
        one.output({1, static_cast<std::int32_t>(expected.size())}, ElementType::UInt8, so, zo);
        REQUIRE(one.run<std::uint8_t>(inputs) == expected);
    });
}

TEST_CASE("splitAndUnpackEqualTheirDefinitions")
{
    replayable(200, [](Random &random) {
        const int kind = random.integer(0, 2); // SPLIT, SPLIT_V, UNPACK
        Shape shape = randomShape(random, 1, 5);
        const std::size_t axis = randomAxis(random, shape);
        const int parts = random.integer(1, 4);
        std::vector<std::int64_t> sizes;
        for (int k = 0; k < parts; ++k)
            sizes.push_back(kind == 2 ? 1 : kind == 0 && k > 0 ? sizes[0] : random.integer(0, 3));
        shape[axis] = static_cast<std::int32_t>(std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0}));
        const Tensor in = randomTensor(random, shape, randomType(random));
        Mover m(kind == 0 ? Op::Split : kind == 1 ? Op::SplitV : Op::Unpack, random);
        const std::int64_t spelledAxis = spelled(random, axis, shape.size());
        if (kind == 0)
            m.ints({}, {spelledAxis}, true);
        m.input(in);
        if (kind == 1) {
            auto given = sizes;
            if (random.chance()) // what is left over
                given[static_cast<std::size_t>(random.integer(0, parts - 1))] = -1;
            m.ints(given);
            m.ints({}, {spelledAxis}, true);
        }
        if (kind == 2)
            m.one().option("axis", spelledAxis);
        std::vector<Bytes> expected;
        std::int64_t first = 0;
        for (const std::int64_t n : sizes) {
            Shape out = shape;
            out[axis] = static_cast<std::int32_t>(n);
            if (kind == 2)
                out.erase(out.begin() + static_cast<std::ptrdiff_t>(axis));
            m.output(out, in.type);
            expected.push_back(moved(in, out, [&](const Index &o, Index &i) {
                i = o;
                if (kind == 2)
                    i.insert(i.begin() + static_cast<std::ptrdiff_t>(axis), 0);
                i[axis] += first;
                return true;
            }).bytes);
            first += n;
        }
        REQUIRE(m.runAll() == expected);
    });
}

TEST_CASE("reverseTileAndBroadcastEqualTheirDefinitions")
{
    replayable(250, [](Random &random) {
        const int kind = random.integer(0, 2);
        const Tensor in = randomTensor(random, randomShape(random, 0, 5), randomType(random));
        const std::size_t rank = in.shape.size();
        Mover m(kind == 0 ? Op::ReverseV2 : kind == 1 ? Op::Tile : Op::BroadcastTo, random);
        m.input(in);
        Shape out = in.shape;
        std::vector<std::int64_t> values;
        std::vector<bool> reversed(rank, false);
        Index lead;
        if (kind == 0) {
            for (std::size_t d = 0; d < rank; ++d)
                if (random.chance()) {
                    reversed[d] = true;
                    values.push_back(spelled(random, d, rank));
                }
        } else if (kind == 1) {
            for (std::int32_t &n : out) {
                values.push_back(random.integer(0, 3));
                n *= static_cast<std::int32_t>(values.back());
            }
        } else {
            for (std::int32_t &n : out)
                n = n == 1 ? random.integer(0, 4) : n;
            while (out.size() < 6 && random.chance())
                out.insert(out.begin(), random.integer(1, 3));
            values.assign(out.begin(), out.end());
        }
        m.ints(values);
        m.output(out, in.type);
        REQUIRE(m.run() == moved(in, out, [&](const Index &o, Index &i) {
            const std::size_t skip = out.size() - rank;
            for (std::size_t d = 0; d < rank; ++d)
                i[d] = kind == 0 && reversed[d] ? in.shape[d] - 1 - o[d] : kind == 2 && in.shape[d] == 1 ? 0 : o[d + skip] % in.shape[d];
            return true;
        }).bytes);
    });
}

TEST_CASE("reverseSequenceEqualsItsDefinition")
{
    replayable(80, [](Random &random) {
        const Tensor in = randomTensor(random, randomShape(random, 2, 4), randomType(random));
        const std::size_t seq = randomAxis(random, in.shape);
        std::size_t batch = seq;
        while (batch == seq)
            batch = randomAxis(random, in.shape);
        std::vector<std::int64_t> lengths;
        for (std::int32_t b = 0; b < in.shape[batch]; ++b)
            lengths.push_back(random.integer(0, in.shape[seq]));
        Mover m(Op::ReverseSequence, random);
        m.input(in);
        m.ints(lengths);
        m.output(in.shape, in.type);
        m.one().option("seq_dim", spelled(random, seq, in.shape.size()));
        m.one().option("batch_dim", spelled(random, batch, in.shape.size()));
        REQUIRE(m.run() == moved(in, in.shape, [&](const Index &o, Index &i) {
            i = o;
            const std::int64_t n = lengths[static_cast<std::size_t>(o[batch])];
            if (o[seq] < n)
                i[seq] = n - 1 - o[seq];
            return true;
        }).bytes);
    });
}

TEST_CASE("whatWouldGiveAnotherShapeIsRefusedOrFails")
{
    replayable(20, [](Random &random) {
        const Tensor in = randomTensor(random, {2, 3}, ElementType::Int8);
        const auto refuses = [&](Op op, std::vector<std::int64_t> values, Shape shape, Shape out, const char *why) {
            Mover m(op, random);
            m.input(in);
            m.ints(std::move(shape), values);
            m.output(std::move(out), in.type);
            CHECK_THAT(m.failure(), Catch::Contains(why));
        };
        refuses(Op::Transpose, {1, 0}, {2}, {2, 3}, "declared shape");
        refuses(Op::Transpose, {0, 0}, {2}, {2, 2}, "every dimension once");
        refuses(Op::Transpose, {0, 2}, {2}, {2, 2}, "every dimension once");
        refuses(Op::Pad, {0, 0, 1, 1}, {2, 2}, {2, 6}, "declared shape");
        refuses(Op::Pad, {0, 0, -1, 1}, {2, 2}, {2, 3}, "declared shape");
        refuses(Op::Pad, {1, 1}, {1, 2}, {4, 3}, "two per dimension");
        refuses(Op::MirrorPad, {0, 0, 3, 0}, {2, 2}, {2, 6}, "longer than what they mirror");
        refuses(Op::Tile, {1, 2}, {2}, {2, 3}, "declared shape");
        refuses(Op::Tile, {-1, 1}, {2}, {2, 3}, "declared shape");
        refuses(Op::BroadcastTo, {2, 6}, {2}, {2, 6}, "cannot be broadcast");
        refuses(Op::BroadcastTo, {2, 3}, {2}, {1, 2, 3}, "not the wanted one");
        refuses(Op::ReverseV2, {0, -2}, {2}, {2, 3}, "named twice");
        refuses(Op::ReverseV2, {2}, {1}, {2, 3}, "out of range");
        refuses(Op::Reshape, {3, 3}, {2}, {3, 2}, "not the wanted one");
        refuses(Op::Reshape, {-1, -1}, {2}, {3, 2}, "not the wanted one");
    });
}

TEST_CASE("gridsThatTfliteRefusesAreRefused")
{
    for (const Op op : {Op::Concatenation, Op::Pack}) {
        OneOperator one(op);
        one.input({1, 2}, ElementType::Int8, 0.5f, 0);
        one.output(op == Op::Pack ? Shape{1, 1, 2} : Shape{1, 2}, ElementType::Int8, 0.25f, 0);
        CHECK_THAT(one.refusal(), Catch::Contains("another grid"));
    }
}
