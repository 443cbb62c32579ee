// SPDX-License-Identifier: GPL-3.0-or-later
#include "../sim/random.h"

#include "core/onnx/layouts.h"

#include <algorithm>

using namespace requant;
using namespace requant::onnxformat;

namespace {

std::size_t flatIndex(const Shape &shape, const std::vector<int> &at)
{
    std::size_t i = 0;
    for (std::size_t d = 0; d < shape.size(); ++d)
        i = i * static_cast<std::size_t>(shape[d]) + static_cast<std::size_t>(at[d]);
    return i;
}

} // namespace

TEST_CASE("permutedBytesMovesEachElementToItsPlace")
{
    for (int round = 0; round < 200; ++round) {
        const std::uint64_t seed = testing::baseSeed() + static_cast<std::uint64_t>(round);
        CAPTURE(seed);
        testing::Random random(seed);
        const auto rank = static_cast<std::size_t>(random.integer(1, 5)),
                   size = static_cast<std::size_t>(random.integer(1, 4));
        Shape shape;
        for (std::size_t d = 0; d < rank; ++d)
            shape.push_back(random.integer(1, 4));
        Perm perm = identityPerm(rank);
        for (std::size_t d = rank; d-- > 1;)
            std::swap(perm[d], perm[static_cast<std::size_t>(random.integer(0, static_cast<int>(d)))]);
        const auto count = static_cast<std::size_t>(elementCount(shape));
        std::vector<std::byte> bytes(count * size);
        for (std::byte &b : bytes)
            b = static_cast<std::byte>(random.integer(0, 255));
        const auto got = permutedBytes(bytes, size, shape, perm);
        REQUIRE(got.size() == bytes.size());
        const Shape out = permuted(shape, perm);
        std::vector<int> at(rank, 0);
        for (std::size_t n = 0; n < count; ++n) {
            std::vector<int> to;
            for (const int d : perm)
                to.push_back(at[static_cast<std::size_t>(d)]);
            for (std::size_t b = 0; b < size; ++b)
                REQUIRE(got[flatIndex(out, to) * size + b] == bytes[flatIndex(shape, at) * size + b]);
            for (std::size_t d = rank; d-- > 0;) {
                if (++at[d] < shape[d])
                    break;
                at[d] = 0;
            }
        }
        // The memory is the same exactly where movesNothing() says so (elements that happen to be equal aside).
        if (movesNothing(shape, identityPerm(rank), perm))
            REQUIRE(got == bytes);
    }
}

TEST_CASE("paddingChoicesReadTheSamePositions")
{
    // Every position that a window reads, in the picture's own numbering, by the file's words and by the choice.
    for (int round = 0; round < 3000; ++round) {
        const std::uint64_t seed = testing::baseSeed() + 7000 + static_cast<std::uint64_t>(round);
        CAPTURE(seed);
        testing::Random random(seed);
        Window w;
        w.in = random.integer(1, 12);
        w.kernel = random.integer(1, 5);
        w.stride = random.integer(1, 4);
        w.dilation = random.integer(1, 3);
        w.before = random.integer(0, 4);
        w.after = random.integer(0, 4);
        if (w.in + w.before + w.after < w.extent())
            continue;
        const std::int64_t out = (w.in + w.before + w.after - w.extent()) / w.stride + 1;
        REQUIRE(w.out() == out);
        const PadChoice choice = choosePadding(w, w);
        std::int64_t first = 0, windows = 0;
        if (choice.kind == PadKind::Same) { // TFLite's rule
            windows = (w.in + w.stride - 1) / w.stride;
            first = -(std::max<std::int64_t>(0, (windows - 1) * w.stride + w.extent() - w.in) / 2);
        } else {
            const std::int64_t in = w.in + choice.rowsBefore + choice.rowsAfter;
            windows = in < w.extent() ? 0 : (in - w.extent()) / w.stride + 1;
            first = -choice.rowsBefore;
        }
        CAPTURE(w.in, w.kernel, w.stride, w.dilation, w.before, w.after);
        REQUIRE(windows == out);
        REQUIRE(first == -w.before);
        REQUIRE((choice.kind == PadKind::Explicit || (choice.rowsBefore == 0 && choice.rowsAfter == 0)));
    }
}

TEST_CASE("ceilingWindowsStartInThePictureOrInFrontOfIt")
{
    // Counted one by one: a window may hang over the end if it starts before it.
    for (int in = 1; in <= 10; ++in)
        for (int kernel = 1; kernel <= 4; ++kernel)
            for (int stride = 1; stride <= 4; ++stride)
                for (int pad = 0; pad <= kernel / 2; ++pad) {
                    const Window w{in, kernel, stride, 1, pad, pad, true};
                    if (in + 2 * pad < kernel)
                        continue;
                    std::int64_t count = 0;
                    for (int start = 0;; start += stride) {
                        const bool fits = start + kernel <= in + 2 * pad,
                                   hangs = start < in + pad && start - stride + kernel < in + 2 * pad;
                        if (!fits && !hangs)
                            break;
                        ++count;
                    }
                    CAPTURE(in, kernel, stride, pad);
                    REQUIRE(w.out() == count);
                }
}
