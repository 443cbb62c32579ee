// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/shapeops.h"

#include "core/sim/kernels/moving.h"

#include <algorithm>

namespace requant {
namespace {

struct PaddedDim
{
    std::size_t n = 1, before = 0, after = 0;
    std::size_t padded() const { return before + n + after; }
};

// Dimensions with paddings. Elements that no padding parts are one unit.
struct PadPlan
{
    std::array<PaddedDim, kMostDims> dims{};
    std::size_t rank = 0, unit = 1;
};

// Null if the paddings lead from the input's to the output's shape.
const char *readPaddings(const Shape &in, const Shape &out, const IntInputs::List &paddings, PadPlan &plan)
{
    if (paddings.size != 2 * in.size() || out.size() != in.size())
        return "the paddings are not two per dimension";
    plan = {};
    for (std::size_t d = 0; d < in.size(); ++d) {
        const std::int64_t before = paddings[2 * d], after = paddings[2 * d + 1];
        if (before < 0 || after < 0 || before > out[d] || after > out[d] || out[d] != in[d] + before + after)
            return "the output's declared shape does not follow from the paddings";
        plan.dims[plan.rank++] = {sizeOf(in[d]), sizeOf(before), sizeOf(after)};
    }
    while (plan.rank > 0 && plan.dims[plan.rank - 1].before + plan.dims[plan.rank - 1].after == 0)
        plan.unit *= plan.dims[--plan.rank].n;
    return nullptr;
}

// Calls f(row, source row or kOutside) for rows along the last padded dimension; `inside` maps an index of dimension d.
constexpr std::size_t kOutside = static_cast<std::size_t>(-1);
template <class Map, class F>
void forPaddedRows(const KernelRun &r, const PadPlan &plan, std::size_t bits, Map &&map, F &&f)
{
    std::size_t rows = 1;
    for (std::size_t d = 0; d + 1 < plan.rank; ++d)
        rows *= plan.dims[d].padded();
    forRows(r, rows, plan.dims[plan.rank - 1].padded() * plan.unit, bits, [&](std::size_t begin, std::size_t end) {
        for (std::size_t row = begin; row < end && !r.state.isCancelled(); ++row) {
            std::size_t source = 0, step = 1, rest = row;
            for (std::size_t d = plan.rank - 1; d-- > 0;) {
                const PaddedDim &dim = plan.dims[d];
                const std::size_t at = map(dim, rest % dim.padded());
                rest /= dim.padded();
                if (source == kOutside || at == kOutside)
                    source = kOutside;
                else
                    source += at * step;
                step *= dim.n;
            }
            f(row, source);
        }
    });
}

void padConstant(const KernelRun &r, const PadPlan &plan, std::size_t bits, const std::byte *value)
{
    std::byte *to = r.output<std::byte>();
    if (plan.rank == 0) // nothing is padded
        return isPacked(bits) ? moveElements(to, 0, r.in[0], 0, plan.unit, bits) : copyBytes(r, to, r.in[0], plan.unit * bits / 8);
    const PaddedDim last = plan.dims[plan.rank - 1];
    const std::size_t width = last.padded() * plan.unit, before = last.before * plan.unit, middle = last.n * plan.unit;
    const auto map = [](const PaddedDim &d, std::size_t i) { return i >= d.before && i < d.before + d.n ? i - d.before : kOutside; };
    forPaddedRows(r, plan, bits, map, [&](std::size_t row, std::size_t source) {
        const std::size_t at = row * width;
        if (source == kOutside)
            return fillElements(to, at, width, value, bits);
        fillElements(to, at, before, value, bits);
        moveElements(to, at + before, r.in[0], source * middle, middle, bits);
        fillElements(to, at + before + middle, width - before - middle, value, bits);
    });
}

// Where index i of the padded dimension comes from. `edge`: 1 if the border is not repeated (reflect), else 0 (symmetric).
std::size_t mirrored(const PaddedDim &d, std::size_t i, std::size_t edge)
{
    if (i < d.before)
        return d.before - i - 1 + edge;
    i -= d.before;
    return i < d.n ? i : 2 * d.n - 1 - edge - i;
}

void padMirrored(const KernelRun &r, const PadPlan &plan, std::size_t bits, std::size_t edge)
{
    std::byte *to = r.output<std::byte>();
    if (plan.rank == 0)
        return isPacked(bits) ? moveElements(to, 0, r.in[0], 0, plan.unit, bits) : copyBytes(r, to, r.in[0], plan.unit * bits / 8);
    const PaddedDim last = plan.dims[plan.rank - 1];
    const std::size_t width = last.padded() * plan.unit, middle = last.n * plan.unit;
    const auto map = [edge](const PaddedDim &d, std::size_t i) { return mirrored(d, i, edge); };
    forPaddedRows(r, plan, bits, map, [&](std::size_t row, std::size_t source) {
        const auto unit = [&](std::size_t i) {
            moveElements(to, row * width + i * plan.unit, r.in[0], source * middle + mirrored(last, i, edge) * plan.unit, plan.unit, bits);
        };
        for (std::size_t i = 0; i < last.before; ++i)
            unit(i);
        moveElements(to, row * width + last.before * plan.unit, r.in[0], source * middle, middle, bits);
        for (std::size_t i = last.before + last.n; i < last.padded(); ++i)
            unit(i);
    });
}

} // namespace

Result<Kernel> makePad(const KernelSetup &s)
{
    const Tensor &in = s.input(0), &out = s.output();
    const auto bits = movedBits(s, {&in, &out});
    if (!bits)
        return bits.error();
    const bool hasValue = s.inputCount() > 2 && s.hasInput(2);
    std::array<std::byte, 16> zero = zeroValue(out);
    if (hasValue) {
        const Tensor &value = s.input(2);
        if (value.type != out.type || countOf(value.shape) != 1)
            return s.unsupported("the padding value is not one of the output's type");
        if (const char *why = gridProblem(value, out))
            return s.unsupported(why);
    }
    return plannedKernel<PadPlan>(
        s, {1}, [in = in.shape, out = out.shape](const IntInputs::Lists &lists, PadPlan &plan) { return readPaddings(in, out, lists[0], plan); },
        [bits = *bits, zero, hasValue, count = countOf(out.shape)](const KernelRun &r, const PadPlan &plan) {
            if (count == 0)
                return;
            clearTail(r.output<std::byte>(), count, bits);
            padConstant(r, plan, bits, hasValue ? r.in[2] : zero.data());
        });
}

Result<Kernel> makeMirrorPad(const KernelSetup &s)
{
    if (s.inputCount() < 2)
        return s.unsupported("it has too few inputs");
    const Tensor &in = s.input(0), &out = s.output();
    const auto bits = movedBits(s, {&in, &out});
    if (!bits)
        return bits.error();
    if (const char *why = gridProblem(in, out))
        return s.unsupported(why);
    const std::size_t edge = s.option("mode") == 0 ? 1 : 0; // REFLECT, SYMMETRIC
    return plannedKernel<PadPlan>(
        s, {1},
        [in = in.shape, out = out.shape, edge](const IntInputs::Lists &lists, PadPlan &plan) -> const char * {
            if (const char *why = readPaddings(in, out, lists[0], plan))
                return why;
            for (std::size_t d = 0; d < plan.rank; ++d)
                if (std::max(plan.dims[d].before, plan.dims[d].after) + edge > plan.dims[d].n && plan.dims[d].before + plan.dims[d].after > 0)
                    return "the paddings are longer than what they mirror";
            return nullptr;
        },
        [bits = *bits, edge, count = countOf(out.shape)](const KernelRun &r, const PadPlan &plan) {
            if (count == 0)
                return;
            clearTail(r.output<std::byte>(), count, bits);
            padMirrored(r, plan, bits, edge);
        });
}

} // namespace requant
