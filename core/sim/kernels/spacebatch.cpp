// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/shapeops.h"

#include "core/sim/kernels/moving.h"

#include <algorithm>

namespace requant {
namespace {

constexpr std::size_t kMostSpace = 3; // spatial dimensions

// Between a tensor of wide space and one whose batch has grown by the block. Per cell of the block: a box of the batch
// tensor that is a box of every block-th element of the space tensor.
struct SpaceBatch
{
    std::size_t space = 0; // spatial dimensions
    std::array<std::int64_t, kMostSpace> block{}, edge{};
};

struct SpaceBatchShapes
{
    Shape space, batch;
    bool toBatch;
};

const char *planSpaceBatch(const SpaceBatchShapes &t, const IntInputs::Lists &lists, SpaceBatch &plan)
{
    const IntInputs::List &block = lists[0], &edges = lists[1];
    plan.space = block.size;
    if (block.size < 1 || block.size > kMostSpace || block.size + 1 > t.space.size() || edges.size != 2 * block.size)
        return "the block's dimensions are not 1 to 3 of the input's or the edges are not two for each";
    std::int64_t cells = 1;
    for (std::size_t d = 0; d < block.size; ++d) {
        const std::int64_t b = block[d], before = edges[2 * d], after = edges[2 * d + 1], space = t.space[d + 1], batch = t.batch[d + 1];
        constexpr std::int64_t kMost = std::int64_t{1} << 31;
        if (b < 1 || b > kMost || before < 0 || before > kMost || after < 0 || after > kMost)
            return "a block or edge is out of range";
        if (space + before + after != batch * b)
            return "the shapes do not follow from block and edges";
        plan.block[d] = b;
        plan.edge[d] = before;
        cells = std::min(cells * b, kMost);
    }
    for (std::size_t d = block.size + 1; d < t.space.size(); ++d)
        if (t.space[d] != t.batch[d])
            return "the shapes do not follow from block and edges";
    return t.batch[0] == t.space[0] * cells ? nullptr : "the shapes do not follow from block and edges";
}

void runSpaceBatch(const KernelRun &r, const SpaceBatchShapes &t, const SpaceBatch &plan, std::size_t bits, const std::byte *zero)
{
    const std::size_t count = countOf(t.toBatch ? t.batch : t.space);
    std::byte *to = r.output<std::byte>();
    if (count == 0)
        return;
    clearTail(to, count, bits);
    bool padded = false;
    for (std::size_t d = 0; d < plan.space; ++d)
        padded = padded || t.batch[d + 1] * plan.block[d] != t.space[d + 1];
    if (t.toBatch && padded)
        fillElements(to, 0, count, zero, bits);
    const Dims spaceSteps = rowMajorSteps(t.space), batchSteps = rowMajorSteps(t.batch);
    const std::size_t pixels = spaceSteps[plan.space]; // elements of one place in space
    std::array<std::int64_t, kMostSpace> cell{};
    for (std::int64_t b = 0, cells = t.space[0] > 0 ? t.batch[0] / t.space[0] : 0; b < cells && !r.state.isCancelled(); ++b) {
        StridedCopy copy(bits);
        std::ptrdiff_t spaceAt = 0, batchAt = static_cast<std::ptrdiff_t>(batchSteps[0]) * t.space[0] * b;
        const auto add = [&](std::int64_t n, std::ptrdiff_t spaceStep, std::ptrdiff_t batchStep) {
            copy.add(sizeOf(n), t.toBatch ? spaceStep : batchStep, t.toBatch ? batchStep : spaceStep);
        };
        add(t.space[0], static_cast<std::ptrdiff_t>(spaceSteps[0]), static_cast<std::ptrdiff_t>(batchSteps[0]));
        for (std::size_t d = 0; d < plan.space; ++d) {
            // Place i of the batch tensor is place i * block + cell - edge of the space tensor, if that is inside.
            const std::int64_t shift = cell[d] - plan.edge[d], block = plan.block[d];
            const std::int64_t first = shift < 0 ? (-shift + block - 1) / block : 0;
            const std::int64_t end = std::min<std::int64_t>(t.batch[d + 1], (t.space[d + 1] - shift + block - 1) / block);
            const auto spaceStep = static_cast<std::ptrdiff_t>(spaceSteps[d + 1]), batchStep = static_cast<std::ptrdiff_t>(batchSteps[d + 1]);
            spaceAt += (first * block + shift) * spaceStep;
            batchAt += first * batchStep;
            add(end - first, spaceStep * block, batchStep);
        }
        add(static_cast<std::int64_t>(pixels), 1, 1);
        copy.from = t.toBatch ? spaceAt : batchAt;
        copy.to = t.toBatch ? batchAt : spaceAt;
        copy.run(r, r.in[0], to);
        for (std::size_t d = plan.space; d-- > 0;) {
            if (++cell[d] < plan.block[d])
                break;
            cell[d] = 0;
        }
    }
}

} // namespace

Result<Kernel> makeSpaceBatch(const KernelSetup &s)
{
    const Tensor &in = s.input(0), &out = s.output();
    const auto bits = movedBits(s, {&in, &out});
    if (!bits)
        return bits.error();
    if (in.shape.size() != out.shape.size())
        return s.unsupported("input and output differ in rank");
    if (const char *why = gridProblem(in, out))
        return s.unsupported(why);
    const bool toBatch = s.op().code == Op::SpaceToBatchNd;
    const SpaceBatchShapes shapes{toBatch ? in.shape : out.shape, toBatch ? out.shape : in.shape, toBatch};
    return plannedKernel<SpaceBatch>(
        s, {1, 2}, [shapes](const IntInputs::Lists &lists, SpaceBatch &plan) { return planSpaceBatch(shapes, lists, plan); },
        [shapes, bits = *bits, zero = zeroValue(out)](const KernelRun &r, const SpaceBatch &plan) { runSpaceBatch(r, shapes, plan, bits, zero.data()); });
}

Result<Kernel> makeDepthSpace(const KernelSetup &s)
{
    const Tensor &in = s.input(0), &out = s.output();
    const auto bits = movedBits(s, {&in, &out});
    if (!bits)
        return bits.error();
    const bool toSpace = s.op().code == Op::DepthToSpace;
    const std::int64_t block = s.option("block_size");
    if (in.shape.size() != 4 || out.shape.size() != 4 || block < 1 || block > (1 << 15))
        return s.unsupported("the shapes are not four-dimensional or the block is out of range");
    const Shape &deep = toSpace ? in.shape : out.shape, &flat = toSpace ? out.shape : in.shape;
    if (flat[1] != deep[1] * block || flat[2] != deep[2] * block || deep[3] != flat[3] * block * block || deep[0] != flat[0])
        return s.unsupported("the shapes do not fit the block");
    // Rows and columns of blocks, rows and columns inside of a block, channels.
    const Dims d = rowMajorSteps(deep), f = rowMajorSteps(flat);
    const auto b = static_cast<std::ptrdiff_t>(block), channels = static_cast<std::ptrdiff_t>(flat[3]);
    StridedCopy copy(*bits);
    const auto add = [&](std::int64_t n, std::ptrdiff_t deepStep, std::ptrdiff_t flatStep) {
        copy.add(sizeOf(n), toSpace ? deepStep : flatStep, toSpace ? flatStep : deepStep);
    };
    const auto at = [](const Dims &steps, std::size_t k) { return static_cast<std::ptrdiff_t>(steps[k]); };
    add(flat[0], at(d, 0), at(f, 0));
    add(deep[1], at(d, 1), at(f, 1) * b);
    add(block, b * channels, at(f, 1));
    add(deep[2], at(d, 2), at(f, 2) * b);
    add(block, channels, at(f, 2));
    add(channels, 1, 1);
    return Kernel([copy, bits = *bits, count = countOf(out.shape)](const KernelRun &r) {
        clearTail(r.output<std::byte>(), count, bits);
        copy.run(r, r.in[0], r.output<std::byte>());
    });
}

} // namespace requant
