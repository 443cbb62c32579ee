// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/shapeops.h"

#include "core/sim/kernels/moving.h"

#include <algorithm>

namespace requant {
namespace {

constexpr const char *kOutside = "the slice reaches outside of the input";
constexpr const char *kOtherShape = "the output's declared shape does not follow from the slice";

struct SliceMasks
{
    std::int64_t begin = 0, end = 0, ellipsis = 0, newAxis = 0, shrink = 0;
    bool offset = false; // ends count from their begins
    static bool has(std::int64_t mask, std::size_t bit) { return ((mask >> bit) & 1) != 0; }
};

// One dimension of a strided slice: first index and how many, in steps of `stride`.
struct SliceRange
{
    std::int64_t first = 0, count = 0, stride = 1;
};

SliceRange sliceRange(std::int64_t n, std::int64_t begin, std::int64_t end, std::int64_t stride, bool openBegin, bool openEnd, bool offset)
{
    // Longer strides and farther ends reach no further element.
    constexpr std::int64_t kFar = std::int64_t{1} << 32;
    SliceRange r;
    r.stride = std::clamp(stride, -kFar, kFar);
    begin = std::clamp(begin, -kFar, kFar);
    end = std::clamp(end, -kFar, kFar);
    const bool up = r.stride > 0;
    const auto inside = [&](std::int64_t i) { return std::clamp<std::int64_t>(i < 0 ? i + n : i, up ? 0 : -1, up ? n : n - 1); };
    r.first = openBegin ? (up ? 0 : n - 1) : inside(begin);
    const std::int64_t last = openEnd ? (up ? n : -1) : inside(offset ? end + r.first : end);
    r.count = std::max<std::int64_t>(0, up ? (last - r.first + r.stride - 1) / r.stride : (r.first - last - r.stride - 1) / -r.stride);
    return r;
}

// The masks' bits count the entries of begin, end and strides; an ellipsis stands for as many whole dimensions as are left.
const char *planStridedSlice(const Shape &in, const Shape &out, const SliceMasks &m, const IntInputs::Lists &lists, StridedCopy &copy)
{
    const IntInputs::List &begin = lists[0], &end = lists[1], &stride = lists[2];
    if (begin.size != end.size || begin.size != stride.size)
        return "begin, end and strides differ in length";
    std::size_t taken = 0; // dimensions that entries name
    for (std::size_t i = 0; i < begin.size; ++i)
        taken += !SliceMasks::has(m.ellipsis, i) && !SliceMasks::has(m.newAxis, i);
    if (taken > in.size())
        return "begin has more entries than the input has dimensions";

    const Dims steps = rowMajorSteps(in), outSteps = rowMajorSteps(out);
    std::size_t d = 0, o = 0;
    const auto take = [&](const SliceRange &r) { // dimension d of the input is dimension o of the output
        if (o >= out.size() || out[o] != r.count)
            return false;
        copy.from += static_cast<std::ptrdiff_t>(r.first) * static_cast<std::ptrdiff_t>(steps[d]);
        copy.add(sizeOf(r.count), r.count > 1 ? static_cast<std::ptrdiff_t>(r.stride) * static_cast<std::ptrdiff_t>(steps[d]) : 0,
                 static_cast<std::ptrdiff_t>(outSteps[o]));
        ++d;
        ++o;
        return true;
    };
    std::size_t whole = in.size() - taken;
    for (std::size_t i = 0; i < begin.size; ++i) {
        if (SliceMasks::has(m.ellipsis, i)) {
            if (whole == 0)
                return "an ellipsis of no dimensions: TFLite takes it for one";
            for (; whole > 0; --whole)
                if (!take({0, in[d], 1}))
                    return kOtherShape;
            continue;
        }
        if (SliceMasks::has(m.newAxis, i)) {
            if (o >= out.size() || out[o] != 1)
                return kOtherShape;
            ++o;
            continue;
        }
        const std::int64_t n = std::max(in[d], 0);
        if (stride[i] == 0)
            return "a stride of 0";
        if (SliceMasks::has(m.shrink, i)) {
            const std::int64_t at = SliceMasks::has(m.begin, i) ? 0 : begin[i] < 0 ? begin[i] + n : begin[i];
            if (at < 0 || at >= n)
                return kOutside;
            copy.from += static_cast<std::ptrdiff_t>(at) * static_cast<std::ptrdiff_t>(steps[d++]);
            continue;
        }
        if (!take(sliceRange(n, begin[i], end[i], stride[i], SliceMasks::has(m.begin, i), SliceMasks::has(m.end, i), m.offset)))
            return kOtherShape;
    }
    while (d < in.size())
        if (!take({0, in[d], 1}))
            return kOtherShape;
    return o == out.size() ? nullptr : kOtherShape;
}

void runCopy(const KernelRun &r, const StridedCopy &copy, std::size_t count, std::size_t bits)
{
    clearTail(r.output<std::byte>(), count, bits);
    copy.run(r, r.in[0], r.output<std::byte>());
}

} // namespace

Result<Kernel> makeSlice(const KernelSetup &s)
{
    const Tensor &in = s.input(0), &out = s.output();
    const auto bits = movedBits(s, {&in, &out});
    if (!bits)
        return bits.error();
    const auto plan = [in = in.shape, out = out.shape, bits = *bits](const IntInputs::Lists &lists, StridedCopy &copy) -> const char * {
        if (lists[0].size != in.size() || lists[1].size != in.size() || out.size() != in.size())
            return "begin or size are not one per dimension";
        const Dims steps = rowMajorSteps(in), outSteps = rowMajorSteps(out);
        copy = StridedCopy(bits);
        for (std::size_t d = 0; d < in.size(); ++d) {
            const std::int64_t begin = lists[0][d], size = lists[1][d];
            if (begin < 0 || begin > std::int64_t{in[d]} - out[d])
                return kOutside;
            if (size == -1 ? out[d] != in[d] - begin : out[d] != size)
                return kOtherShape;
            copy.from += static_cast<std::ptrdiff_t>(begin) * static_cast<std::ptrdiff_t>(steps[d]);
            copy.add(sizeOf(out[d]), static_cast<std::ptrdiff_t>(steps[d]), static_cast<std::ptrdiff_t>(outSteps[d]));
        }
        return nullptr;
    };
    return plannedKernel<StridedCopy>(s, {1, 2}, plan, [bits = *bits, count = countOf(out.shape)](const KernelRun &r, const StridedCopy &copy) {
        runCopy(r, copy, count, bits);
    });
}

Result<Kernel> makeStridedSlice(const KernelSetup &s)
{
    const Tensor &in = s.input(0), &out = s.output();
    const auto bits = movedBits(s, {&in, &out});
    if (!bits)
        return bits.error();
    const SliceMasks masks{s.option("begin_mask"),    s.option("end_mask"),         s.option("ellipsis_mask"),
                           s.option("new_axis_mask"), s.option("shrink_axis_mask"), s.option("offset") != 0};
    const auto plan = [in = in.shape, out = out.shape, bits = *bits, masks](const IntInputs::Lists &lists, StridedCopy &copy) {
        copy = StridedCopy(bits);
        return planStridedSlice(in, out, masks, lists, copy);
    };
    return plannedKernel<StridedCopy>(s, {1, 2, 3}, plan, [bits = *bits, count = countOf(out.shape)](const KernelRun &r, const StridedCopy &copy) {
        runCopy(r, copy, count, bits);
    });
}

// The position is moved until the update lies inside.
Result<Kernel> makeDynamicUpdateSlice(const KernelSetup &s)
{
    if (s.inputCount() < 3)
        return s.unsupported("it has too few inputs");
    const Tensor &in = s.input(0), &update = s.input(1), &out = s.output();
    const auto bits = movedBits(s, {&in, &update, &out});
    if (!bits)
        return bits.error();
    if (in.shape != out.shape || update.shape.size() != in.shape.size())
        return s.unsupported("the shapes do not fit");
    for (std::size_t d = 0; d < in.shape.size(); ++d)
        if (update.shape[d] > in.shape[d])
            return s.unsupported("the update is larger than the tensor");
    const auto plan = [in = in.shape, update = update.shape, bits = *bits](const IntInputs::Lists &lists, StridedCopy &copy) -> const char * {
        if (lists[0].size != in.size())
            return "the position is not one index per dimension";
        const Dims steps = rowMajorSteps(in), updateSteps = rowMajorSteps(update);
        copy = StridedCopy(bits);
        for (std::size_t d = 0; d < in.size(); ++d) {
            const std::int64_t at = std::clamp<std::int64_t>(lists[0][d], 0, in[d] - update[d]);
            copy.to += static_cast<std::ptrdiff_t>(at) * static_cast<std::ptrdiff_t>(steps[d]);
            copy.add(sizeOf(update[d]), static_cast<std::ptrdiff_t>(updateSteps[d]), static_cast<std::ptrdiff_t>(steps[d]));
        }
        return nullptr;
    };
    return plannedKernel<StridedCopy>(s, {2}, plan, [all = byteSize(in.type, countOf(in.shape))](const KernelRun &r, const StridedCopy &copy) {
        copyBytes(r, r.output<std::byte>(), r.in[0], all);
        copy.run(r, r.in[1], r.output<std::byte>());
    });
}

} // namespace requant
