// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/shapeops.h"

#include "core/sim/kernels/moving.h"

#include <algorithm>

namespace requant {
namespace {

std::ptrdiff_t step(std::size_t n) { return static_cast<std::ptrdiff_t>(n); }

Result<Kernel> copyKernel(const KernelSetup &s, std::initializer_list<std::size_t> inputs, std::size_t bits,
                          const char *(*plan)(const Shape &, const Shape &, const IntInputs::List &, StridedCopy &))
{
    return plannedKernel<StridedCopy>(
        s, inputs,
        [in = s.input(0).shape, out = s.output().shape, bits, plan](const IntInputs::Lists &lists, StridedCopy &copy) {
            copy = StridedCopy(bits);
            return plan(in, out, lists[0], copy);
        },
        [bits, count = countOf(s.output().shape)](const KernelRun &r, const StridedCopy &copy) {
            clearTail(r.output<std::byte>(), count, bits);
            copy.run(r, r.in[0], r.output<std::byte>());
        });
}

const char *planTranspose(const Shape &in, const Shape &out, const IntInputs::List &permutation, StridedCopy &copy)
{
    if (permutation.size != in.size() || out.size() != in.size())
        return "the permutation is not one axis per dimension";
    const Dims steps = rowMajorSteps(in), outSteps = rowMajorSteps(out);
    std::array<bool, kMostDims> used{};
    for (std::size_t d = 0; d < in.size(); ++d) {
        const std::int64_t p = normalizedAxis(permutation[d], in.size());
        if (p < 0 || used[sizeOf(p)])
            return "the permutation does not name every dimension once";
        used[sizeOf(p)] = true;
        if (in[sizeOf(p)] != out[d])
            return "the output's declared shape does not follow from the permutation";
        copy.add(sizeOf(out[d]), step(steps[sizeOf(p)]), step(outSteps[d]));
    }
    return nullptr;
}

const char *planReverse(const Shape &in, const Shape &, const IntInputs::List &axes, StridedCopy &copy)
{
    const Dims steps = rowMajorSteps(in);
    std::array<bool, kMostDims> reversed{};
    for (std::size_t i = 0; i < axes.size; ++i) {
        const std::int64_t axis = normalizedAxis(axes[i], in.size());
        if (axis < 0 || reversed[sizeOf(axis)])
            return "an axis is out of range or named twice";
        reversed[sizeOf(axis)] = true;
    }
    for (std::size_t d = 0; d < in.size(); ++d) {
        if (reversed[d] && in[d] > 0)
            copy.from += step(steps[d]) * (in[d] - 1);
        copy.add(sizeOf(in[d]), reversed[d] ? -step(steps[d]) : step(steps[d]), step(steps[d]));
    }
    return nullptr;
}

const char *planTile(const Shape &in, const Shape &out, const IntInputs::List &times, StridedCopy &copy)
{
    if (times.size != in.size() || out.size() != in.size())
        return "the repetitions are not one per dimension";
    const Dims steps = rowMajorSteps(in), outSteps = rowMajorSteps(out);
    for (std::size_t d = 0; d < in.size(); ++d) {
        if (times[d] < 0 || times[d] > (std::int64_t{1} << 31) || in[d] * times[d] != out[d])
            return "the output's declared shape does not follow from the repetitions";
        copy.add(sizeOf(times[d]), 0, step(outSteps[d] * sizeOf(in[d])));
        copy.add(sizeOf(in[d]), step(steps[d]), step(outSteps[d]));
    }
    return nullptr;
}

const char *planBroadcast(const Shape &in, const Shape &out, const IntInputs::List &shape, StridedCopy &copy)
{
    if (shape.size != out.size() || in.size() > out.size())
        return "the output's declared shape is not the wanted one";
    const Dims steps = rowMajorSteps(in), outSteps = rowMajorSteps(out);
    const std::size_t lead = out.size() - in.size();
    for (std::size_t d = 0; d < out.size(); ++d) {
        if (shape[d] != out[d])
            return "the output's declared shape is not the wanted one";
        if (d >= lead && in[d - lead] != out[d] && in[d - lead] != 1)
            return "the input's shape cannot be broadcast to the output's";
        const bool repeated = d < lead || (in[d - lead] == 1 && out[d] != 1);
        copy.add(sizeOf(out[d]), repeated ? 0 : step(steps[d - lead]), step(outSteps[d]));
    }
    return nullptr;
}

Result<std::size_t> twoInputs(const KernelSetup &s)
{
    if (s.inputCount() < 2)
        return s.unsupported("it has too few inputs");
    return movedBits(s, {&s.input(0), &s.output()});
}

} // namespace

Result<Kernel> makeTranspose(const KernelSetup &s)
{
    const auto bits = twoInputs(s);
    return bits ? copyKernel(s, {1}, *bits, planTranspose) : Result<Kernel>(bits.error());
}

Result<Kernel> makeReverse(const KernelSetup &s)
{
    const auto bits = twoInputs(s);
    if (!bits)
        return bits.error();
    if (s.input(0).shape != s.output().shape)
        return s.unsupported("input and output differ in shape");
    return copyKernel(s, {1}, *bits, planReverse);
}

Result<Kernel> makeTile(const KernelSetup &s)
{
    const auto bits = twoInputs(s);
    return bits ? copyKernel(s, {1}, *bits, planTile) : Result<Kernel>(bits.error());
}

Result<Kernel> makeBroadcastTo(const KernelSetup &s)
{
    const auto bits = twoInputs(s);
    return bits ? copyKernel(s, {1}, *bits, planBroadcast) : Result<Kernel>(bits.error());
}

Result<Kernel> makeReverseSequence(const KernelSetup &s)
{
    const auto bits = twoInputs(s);
    if (!bits)
        return bits.error();
    const Tensor &lengths = s.input(1);
    const Shape &shape = s.input(0).shape;
    const std::int64_t seq = normalizedAxis(s.option("seq_dim"), shape.size()), batch = normalizedAxis(s.option("batch_dim"), shape.size());
    if (shape != s.output().shape || seq < 0 || batch < 0 || seq == batch)
        return s.unsupported("the shapes differ or the axes do not fit");
    if ((lengths.type != ElementType::Int32 && lengths.type != ElementType::Int64) || lengths.shape.size() != 1 || lengths.shape[0] != shape[sizeOf(batch)])
        return s.unsupported("the lengths are not one per sequence");
    // Dimensions outside of both axes, between them and inside.
    const std::size_t a = sizeOf(std::min(seq, batch)), b = sizeOf(std::max(seq, batch));
    std::size_t outer = 1, between = 1, inner = 1;
    for (std::size_t d = 0; d < shape.size(); ++d)
        if (d != a && d != b)
            (d < a ? outer : d < b ? between : inner) *= sizeOf(shape[d]);
    const std::size_t sequence = sizeOf(shape[sizeOf(seq)]), batches = sizeOf(shape[sizeOf(batch)]);
    return Kernel([=, bits = *bits, type = lengths.type, batchFirst = batch < seq, count = countOf(shape)](const KernelRun &r) {
        for (std::size_t k = 0; k < batches; ++k) {
            const std::int64_t n = intAt(r.in[1], k, type);
            if (n < 0 || n > static_cast<std::int64_t>(sequence))
                return r.fail("a length is outside of the sequence");
        }
        std::byte *to = r.output<std::byte>();
        if (count == 0)
            return;
        clearTail(to, count, bits);
        for (std::size_t o = 0; o < outer && !r.state.isCancelled(); ++o)
            for (std::size_t k = 0; k < batches; ++k) {
                const std::size_t n = sizeOf(intAt(r.in[1], k, type));
                for (std::size_t m = 0; m < between; ++m)
                    for (std::size_t i = 0; i < sequence; ++i) {
                        const auto at = [&](std::size_t index) {
                            const std::size_t first = batchFirst ? k : index, second = batchFirst ? index : k;
                            const std::size_t firsts = batchFirst ? batches : sequence, seconds = batchFirst ? sequence : batches;
                            return (((o * firsts + first) * between + m) * seconds + second) * inner;
                        };
                        moveElements(to, at(i), r.in[0], at(i < n ? n - 1 - i : i), inner, bits);
                    }
            }
    });
}

} // namespace requant
