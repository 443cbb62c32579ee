// SPDX-License-Identifier: GPL-3.0-or-later
// Slices and indexed reads and writes against index arithmetic straight from their definitions.
#include "core/sim/kernels/shapeops.h"

#include "moving.h"

using namespace testing;

TEST_CASE("sliceEqualsItsDefinition")
{
    replayable(150, [](Random &random) {
        const Tensor in = randomTensor(random, randomShape(random, 0, 6), randomType(random));
        Shape out;
        std::vector<std::int64_t> begin, size;
        for (const std::int32_t n : in.shape) {
            begin.push_back(random.integer(0, n));
            const auto left = static_cast<std::int32_t>(n - begin.back());
            out.push_back(random.chance() ? left : random.integer(0, left));
            size.push_back(out.back() == left && random.chance() ? -1 : out.back());
        }
        Mover m(Op::Slice, random);
        m.input(in);
        m.ints(begin);
        m.ints(size);
        m.output(out, in.type);
        REQUIRE(m.run() == moved(in, out, [&](const Index &o, Index &i) {
            for (std::size_t d = 0; d < o.size(); ++d)
                i[d] = o[d] + begin[d];
            return true;
        }).bytes);
    });
}

namespace {

// A random strided slice and what it means, dimension by dimension: the indices that it takes, in order.
struct Strided
{
    std::vector<std::int64_t> begin, end, stride;
    std::int64_t beginMask = 0, endMask = 0, ellipsis = 0, newAxis = 0, shrink = 0;
    bool offset = false;
    std::vector<std::vector<std::int64_t>> taken; // per input dimension
    std::vector<int> outDims;                     // input dimension of each output dimension, -1 if new

    void whole(std::int64_t n)
    {
        std::vector<std::int64_t> all(static_cast<std::size_t>(n));
        std::iota(all.begin(), all.end(), std::int64_t{0});
        outDims.push_back(static_cast<int>(taken.size()));
        taken.push_back(all);
    }
    void entry(std::int64_t b, std::int64_t e, std::int64_t s)
    {
        begin.push_back(b);
        end.push_back(e);
        stride.push_back(s);
    }

    Strided(Random &random, const Shape &in) : offset(random.integer(0, 3) == 0)
    {
        bool hadEllipsis = false;
        for (std::size_t d = 0; d < in.size();) {
            const std::int64_t bit = std::int64_t{1} << begin.size(), n = in[d];
            const int kind = random.integer(0, 9);
            if (kind == 0 && !hadEllipsis) {
                hadEllipsis = true;
                ellipsis |= bit;
                if (random.chance())
                    newAxis |= bit; // has no effect there
                entry(random.integer(-9, 9), random.integer(-9, 9), 1);
                for (int k = random.integer(1, static_cast<int>(in.size() - d)); k > 0; --k)
                    whole(in[d++]);
            } else if (kind == 1 && begin.size() < 7) {
                newAxis |= bit;
                entry(random.integer(-9, 9), random.integer(-9, 9), random.integer(1, 3));
                outDims.push_back(-1);
            } else if (kind == 2 && n > 0) {
                shrink |= bit;
                const std::int64_t at = random.integer(0, static_cast<int>(n) - 1);
                entry(random.chance() ? at : at - n, random.integer(-9, 9), 1);
                taken.push_back({at});
                ++d;
            } else if (kind == 3 && !hadEllipsis) { // the rest is whole without being named
                while (d < in.size())
                    whole(in[d++]);
            } else {
                const std::int64_t s = random.chance() ? 1 : random.chance() ? random.integer(1, 4) : -random.integer(1, 4);
                const std::int64_t b = random.integer(static_cast<int>(-n) - 2, static_cast<int>(n) + 2), e = random.integer(static_cast<int>(-n) - 2, static_cast<int>(n) + 2);
                const bool openBegin = random.integer(0, 3) == 0, openEnd = random.integer(0, 3) == 0;
                entry(b, e, s);
                beginMask |= openBegin ? bit : 0;
                endMask |= openEnd ? bit : 0;
                // As a loop in Python: from b to e, both counted from the end if negative, only indices that exist.
                std::int64_t i = openBegin ? (s > 0 ? 0 : n - 1) : b < 0 ? b + n : b;
                i = s > 0 ? std::clamp<std::int64_t>(i, 0, n) : std::clamp<std::int64_t>(i, -1, n - 1);
                std::int64_t stop = offset ? e + i : e;
                stop = openEnd ? (s > 0 ? n : -1) : stop < 0 ? stop + n : stop;
                std::vector<std::int64_t> all;
                for (; s > 0 ? i < stop : i > stop; i += s)
                    if (i >= 0 && i < n)
                        all.push_back(i);
                    else
                        break;
                outDims.push_back(static_cast<int>(taken.size()));
                taken.push_back(all);
                ++d;
            }
        }
    }
};

} // namespace

TEST_CASE("stridedSliceEqualsItsDefinition")
{
    replayable(600, [](Random &random) {
        const Tensor in = randomTensor(random, randomShape(random, 0, 5), randomType(random));
        const Strided s(random, in.shape);
        Shape out;
        for (const int d : s.outDims)
            out.push_back(d < 0 ? 1 : static_cast<std::int32_t>(s.taken[static_cast<std::size_t>(d)].size()));
        if (out.size() > 8)
            return;
        Mover m(Op::StridedSlice, random);
        m.input(in);
        m.ints(s.begin);
        m.ints(s.end);
        m.ints(s.stride);
        m.output(out, in.type);
        m.one().option("begin_mask", s.beginMask);
        m.one().option("end_mask", s.endMask);
        m.one().option("ellipsis_mask", s.ellipsis);
        m.one().option("new_axis_mask", s.newAxis);
        m.one().option("shrink_axis_mask", s.shrink);
        m.one().option("offset", s.offset);
        REQUIRE(m.run() == moved(in, out, [&](const Index &o, Index &i) {
            for (std::size_t d = 0; d < i.size(); ++d)
                i[d] = s.taken[d].empty() ? 0 : s.taken[d][0];
            for (std::size_t k = 0; k < o.size(); ++k)
                if (s.outDims[k] >= 0)
                    i[static_cast<std::size_t>(s.outDims[k])] = s.taken[static_cast<std::size_t>(s.outDims[k])][static_cast<std::size_t>(o[k])];
            return true;
        }).bytes);
    });
}

TEST_CASE("slicesThatReachOutsideFail")
{
    replayable(10, [](Random &random) {
        const Tensor in = randomTensor(random, {2, 5}, ElementType::Int16);
        Mover outside(Op::Slice, random);
        outside.input(in);
        outside.ints({0, 3});
        outside.ints({2, 3});
        outside.output({2, 3}, in.type);
        CHECK_THAT(outside.failure(), Catch::Contains("outside"));
        Mover other(Op::Slice, random);
        other.input(in);
        other.ints({0, 1});
        other.ints({2, -1});
        other.output({2, 3}, in.type);
        CHECK_THAT(other.failure(), Catch::Contains("declared shape"));
        Mover shrink(Op::StridedSlice, random);
        shrink.input(in);
        shrink.ints({random.chance() ? 2 : -3});
        shrink.ints({0});
        shrink.ints({1});
        shrink.one().option("shrink_axis_mask", 1);
        shrink.output({5}, in.type);
        CHECK_THAT(shrink.failure(), Catch::Contains("outside"));
        Mover zero(Op::StridedSlice, random);
        zero.input(in);
        zero.ints({0});
        zero.ints({2});
        zero.ints({0});
        zero.output({2, 5}, in.type);
        CHECK_THAT(zero.failure(), Catch::Contains("stride of 0"));
        Mover ellipsis(Op::StridedSlice, random);
        ellipsis.input(in);
        ellipsis.ints({0, 0, 0});
        ellipsis.ints({0, 2, 5});
        ellipsis.ints({1, 1, 1});
        ellipsis.one().option("ellipsis_mask", 1);
        ellipsis.output({2, 5}, in.type);
        CHECK_THAT(ellipsis.failure(), Catch::Contains("ellipsis"));
    });
}

TEST_CASE("dynamicUpdateSliceEqualsItsDefinition")
{
    replayable(100, [](Random &random) {
        const Tensor in = randomTensor(random, randomShape(random, 0, 5), randomType(random));
        Shape part;
        std::vector<std::int64_t> at, inside;
        for (const std::int32_t n : in.shape) {
            part.push_back(random.integer(0, n));
            at.push_back(random.integer(-2, n + 2));
            inside.push_back(std::clamp<std::int64_t>(at.back(), 0, n - part.back()));
        }
        const Tensor update = randomTensor(random, part, in.type);
        Mover m(Op::DynamicUpdateSlice, random);
        m.input(in);
        m.input(update);
        m.ints(at);
        m.output(in.shape, in.type);
        Tensor expected = in;
        for (std::int64_t k = 0; k < count(part); ++k) {
            Index i = indexOf(k, part);
            for (std::size_t d = 0; d < i.size(); ++d)
                i[d] += inside[d];
            copyBits(expected.bytes, flatOf(i, in.shape), update.bytes, k, in.bits());
        }
        REQUIRE(m.run() == expected.bytes);
    });
}

TEST_CASE("gatherEqualsItsDefinition")
{
    replayable(200, [](Random &random) {
        Shape shape = randomShape(random, 1, 5);
        const auto axis = static_cast<std::size_t>(random.integer(0, static_cast<int>(shape.size()) - 1));
        shape[axis] = std::max(shape[axis], 1);
        const Tensor in = randomTensor(random, shape, randomType(random));
        const auto batch = static_cast<std::size_t>(random.integer(0, static_cast<int>(axis)));
        Shape indexShape(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(batch));
        for (int k = random.integer(0, 2); k > 0; --k)
            indexShape.push_back(random.integer(0, 4));
        std::vector<std::int64_t> indices;
        for (std::int64_t k = 0; k < count(indexShape); ++k)
            indices.push_back(random.integer(0, shape[axis] - 1));
        Shape out(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(axis));
        out.insert(out.end(), indexShape.begin() + static_cast<std::ptrdiff_t>(batch), indexShape.end());
        out.insert(out.end(), shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, shape.end());
        const bool outside = !indices.empty() && random.integer(0, 5) == 0;
        if (outside)
            indices[static_cast<std::size_t>(random.integer(0, static_cast<int>(indices.size()) - 1))] = random.chance() ? -1 : shape[axis];
        Mover m(Op::Gather, random);
        m.input(in);
        m.ints(indexShape, indices);
        m.output(out, in.type);
        m.one().option("axis", random.chance() ? static_cast<std::int64_t>(axis) : static_cast<std::int64_t>(axis) - static_cast<std::int64_t>(shape.size()));
        m.one().option("batch_dims", static_cast<std::int64_t>(batch));
        if (outside) {
            CHECK_THAT(m.failure(), Catch::Contains("out of range"));
            return;
        }
        REQUIRE(m.run() == moved(in, out, [&](const Index &o, Index &i) {
            Index which(o.begin(), o.begin() + static_cast<std::ptrdiff_t>(batch)); // [batch..., others of the indices]
            const std::size_t others = indexShape.size() - batch;
            for (std::size_t k = 0; k < others; ++k)
                which.push_back(o[axis + k]);
            for (std::size_t d = 0; d < axis; ++d)
                i[d] = o[d];
            i[axis] = indices[static_cast<std::size_t>(flatOf(which, indexShape))];
            for (std::size_t d = axis + 1; d < i.size(); ++d)
                i[d] = o[d + others - 1];
            return true;
        }).bytes);
    });
}

TEST_CASE("gatherNdAndScatterNdEqualTheirDefinitions")
{
    replayable(200, [](Random &random) {
        const bool scatter = random.chance();
        Shape shape = randomShape(random, 1, 4);
        const auto depth = static_cast<std::size_t>(random.integer(0, static_cast<int>(shape.size())));
        for (std::size_t d = 0; d < depth; ++d)
            shape[d] = std::max(shape[d], 1);
        Shape indexShape;
        for (int k = random.integer(0, 2); k > 0; --k)
            indexShape.push_back(random.integer(0, 4));
        const Shape lists = indexShape;
        indexShape.push_back(static_cast<std::int32_t>(depth));
        std::vector<std::int64_t> indices;
        for (std::int64_t k = 0; k < count(lists); ++k)
            for (std::size_t d = 0; d < depth; ++d)
                indices.push_back(random.integer(0, shape[d] - 1));
        const bool outside = !indices.empty() && random.integer(0, 5) == 0;
        if (outside) {
            const auto k = static_cast<std::size_t>(random.integer(0, static_cast<int>(indices.size()) - 1));
            indices[k] = random.chance() ? -1 : shape[k % depth];
        }
        Shape parts = lists;
        parts.insert(parts.end(), shape.begin() + static_cast<std::ptrdiff_t>(depth), shape.end());
        const std::int64_t slice = count(Shape(shape.begin() + static_cast<std::ptrdiff_t>(depth), shape.end()));
        const auto begins = [&](std::int64_t list) { // element at which the list's slice begins
            Index i(shape.size(), 0);
            for (std::size_t d = 0; d < depth; ++d)
                i[d] = indices[static_cast<std::size_t>(list) * depth + d];
            return slice == 0 ? 0 : flatOf(i, shape);
        };
        if (!scatter) {
            const Tensor in = randomTensor(random, shape, randomType(random));
            Mover m(Op::GatherNd, random);
            m.input(in);
            m.ints(indexShape, indices);
            m.output(parts, in.type);
            if (outside) {
                CHECK_THAT(m.failure(), Catch::Contains("out of range"));
                return;
            }
            Tensor expected = zeros(parts, in.type);
            for (std::int64_t k = 0; k < count(parts); ++k)
                copyBits(expected.bytes, k, in.bytes, begins(k / slice) + k % slice, in.bits());
            REQUIRE(m.run() == expected.bytes);
            return;
        }
        const bool real = random.chance();
        Mover m(Op::ScatterNd, random);
        m.ints(indexShape, indices);
        std::vector<float> reals;
        std::vector<std::int8_t> bytes = randomValues<std::int8_t>(random, static_cast<std::size_t>(count(parts)));
        for (std::size_t k = 0; k < bytes.size(); ++k)
            reals.push_back(static_cast<float>(random.real(-5, 5)));
        m.input({parts, real ? ElementType::Float32 : ElementType::Int8, real ? bytesOf(reals) : bytesOf(bytes)});
        m.ints(std::vector<std::int64_t>(shape.begin(), shape.end()));
        m.output(shape, real ? ElementType::Float32 : ElementType::Int8);
        if (outside) {
            CHECK_THAT(m.failure(), Catch::Contains("out of range"));
            return;
        }
        std::vector<float> sums(static_cast<std::size_t>(count(shape)), 0.0f);
        std::vector<std::int8_t> wrapped(sums.size(), 0);
        for (std::int64_t k = 0; k < count(parts); ++k) {
            const auto to = static_cast<std::size_t>(begins(k / slice) + k % slice);
            sums[to] += reals[static_cast<std::size_t>(k)];
            wrapped[to] = static_cast<std::int8_t>(wrapped[to] + bytes[static_cast<std::size_t>(k)]);
        }
        REQUIRE(m.run() == (real ? bytesOf(sums) : bytesOf(wrapped)));
    });
}
