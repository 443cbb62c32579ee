// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/shapeops.h"

#include "core/sim/kernels/moving.h"

#include <algorithm>
#include <cmath>

namespace requant {
namespace {

using Table8 = std::array<std::uint8_t, 256>;

// One tensor's share of a dimension that several tensors divide among them.
struct Part
{
    std::size_t at = 0, elements = 0; // within one outer index
    std::shared_ptr<const Table8> rescale; // uint8 on another grid
};

// Parts of [outer][whole] <-> one tensor each.
struct Parts
{
    std::vector<Part> parts;
    std::size_t outer = 1, whole = 0, bits = 8;
    void add(std::size_t elements)
    {
        parts.push_back({whole, elements, nullptr});
        whole += elements;
    }
};

// TFLite's arithmetic of uint8 inputs on other grids, in float, rounded half away from zero.
std::shared_ptr<const Table8> rescaleTable(const QuantParams &in, const QuantParams &out)
{
    const float scale = in.scaleAt(0) * (1.0f / out.scaleAt(0)), bias = static_cast<float>(-in.zeroPointAt(0)) * scale;
    auto table = std::make_shared<Table8>();
    for (std::size_t i = 0; i < table->size(); ++i) {
        const double steps = static_cast<double>(std::round(static_cast<float>(i) * scale + bias));
        (*table)[i] = static_cast<std::uint8_t>(std::clamp(steps + static_cast<double>(out.zeroPointAt(0)), 0.0, 255.0));
    }
    return table;
}

void join(const KernelRun &r, const Parts &p)
{
    std::byte *to = r.output<std::byte>();
    clearTail(to, p.outer * p.whole, p.bits);
    forRows(r, p.outer, p.whole, p.bits, [&](std::size_t begin, std::size_t end) {
        for (std::size_t o = begin; o < end && !r.state.isCancelled(); ++o)
            for (std::size_t k = 0; k < p.parts.size(); ++k) {
                const Part &part = p.parts[k];
                const std::size_t at = o * p.whole + part.at;
                if (!part.rescale) {
                    moveElements(to, at, r.in[k], o * part.elements, part.elements, p.bits);
                    continue;
                }
                const Table8 &table = *part.rescale;
                const auto *from = reinterpret_cast<const std::uint8_t *>(r.in[k]) + o * part.elements;
                auto *bytes = reinterpret_cast<std::uint8_t *>(to) + at;
                for (std::size_t i = 0; i < part.elements; ++i)
                    bytes[i] = table[from[i]];
            }
    });
}

void divide(const KernelRun &r, const Parts &p, std::size_t input)
{
    for (std::size_t k = 0; k < p.parts.size(); ++k)
        clearTail(r.out[k], p.outer * p.parts[k].elements, p.bits);
    forRows(r, p.outer, p.whole, p.bits, [&](std::size_t begin, std::size_t end) {
        for (std::size_t o = begin; o < end && !r.state.isCancelled(); ++o)
            for (std::size_t k = 0; k < p.parts.size(); ++k)
                moveElements(r.out[k], o * p.parts[k].elements, r.in[input], o * p.whole + p.parts[k].at, p.parts[k].elements, p.bits);
    });
}

bool equalBut(const Shape &a, const Shape &b, std::size_t axis)
{
    if (a.size() != b.size())
        return false;
    for (std::size_t d = 0; d < a.size(); ++d)
        if (d != axis && a[d] != b[d])
            return false;
    return true;
}

// `whole` without the dimension `axis`.
bool isSliceOf(const Shape &slice, const Shape &whole, std::size_t axis)
{
    Shape expected = whole;
    expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(axis));
    return slice == expected;
}

} // namespace

Result<Kernel> makeConcatenation(const KernelSetup &s)
{
    const Tensor &out = s.output();
    const auto bits = movedBits(s, {&out});
    if (!bits)
        return bits.error();
    const std::int64_t axis = normalizedAxis(s.option("axis"), out.shape.size());
    if (axis < 0)
        return s.unsupported("the axis is out of range");
    if (s.option("fused_activation_function") != 0)
        return s.unsupported("a fused activation: TFLite refuses the network");
    const std::size_t a = sizeOf(axis);
    const AxisView view(out.shape, a);
    Parts p;
    p.outer = view.outer;
    p.bits = *bits;
    for (std::size_t k = 0; k < s.inputCount(); ++k) {
        const Tensor &in = s.input(k);
        if (in.type != out.type || !equalBut(in.shape, out.shape, a))
            return s.unsupported("inputs differ in type or shape");
        p.add(sizeOf(in.shape[a]) * view.inner);
        const bool same = in.quant.scaleAt(0) == out.quant.scaleAt(0) && in.quant.zeroPointAt(0) == out.quant.zeroPointAt(0);
        if (out.type == ElementType::UInt8 && !same && in.quant.isQuantized() && out.quant.isQuantized())
            p.parts.back().rescale = rescaleTable(in.quant, out.quant);
        else if (const char *why = out.type == ElementType::Int8 ? gridProblem(in, out) : nullptr)
            return s.unsupported(why);
    }
    if (p.whole != view.n * view.inner)
        return s.unsupported("the output's shape does not follow from the inputs");
    return Kernel([p = std::move(p)](const KernelRun &r) { join(r, p); });
}

Result<Kernel> makePack(const KernelSetup &s)
{
    const Tensor &out = s.output();
    const auto bits = movedBits(s, {&out});
    if (!bits)
        return bits.error();
    const std::int64_t axis = normalizedAxis(s.option("axis"), out.shape.size());
    if (axis < 0 || sizeOf(out.shape[sizeOf(axis)]) != s.inputCount())
        return s.unsupported("the axis does not fit");
    const AxisView view(out.shape, sizeOf(axis));
    Parts p;
    p.outer = view.outer;
    p.bits = *bits;
    for (std::size_t k = 0; k < s.inputCount(); ++k) {
        if (s.input(k).type != out.type || !isSliceOf(s.input(k).shape, out.shape, sizeOf(axis)))
            return s.unsupported("inputs differ in shape or type");
        if (const char *why = gridProblem(s.input(k), out))
            return s.unsupported(why);
        p.add(view.inner);
    }
    return Kernel([p = std::move(p)](const KernelRun &r) { join(r, p); });
}

Result<Kernel> makeUnpack(const KernelSetup &s)
{
    const Tensor &in = s.input(0);
    const auto bits = movedBits(s, {&in});
    if (!bits)
        return bits.error();
    const std::int64_t axis = normalizedAxis(s.option("axis"), in.shape.size());
    if (axis < 0 || sizeOf(in.shape[sizeOf(axis)]) != s.outputCount())
        return s.unsupported("the axis does not fit");
    const AxisView view(in.shape, sizeOf(axis));
    Parts p;
    p.outer = view.outer;
    p.bits = *bits;
    for (std::size_t k = 0; k < s.outputCount(); ++k) {
        if (s.output(k).type != in.type || !isSliceOf(s.output(k).shape, in.shape, sizeOf(axis)))
            return s.unsupported("outputs differ in shape or type");
        if (const char *why = gridProblem(in, s.output(k)))
            return s.unsupported(why);
        p.add(view.inner);
    }
    return Kernel([p = std::move(p)](const KernelRun &r) { divide(r, p, 0); });
}

Result<Kernel> makeSplit(const KernelSetup &s)
{
    const bool sized = s.op().code == Op::SplitV;
    const std::size_t data = sized ? 0 : 1, axisInput = sized ? 2 : 0;
    if (s.inputCount() < (sized ? 3u : 2u))
        return s.unsupported("it has too few inputs");
    const Tensor &in = s.input(data);
    const auto bits = movedBits(s, {&in});
    if (!bits)
        return bits.error();
    if (!s.isConstant(axisInput) || s.constantInts(axisInput).size() != 1)
        return s.unsupported("the axis is not constant");
    const std::int64_t axis = normalizedAxis(s.constantInts(axisInput)[0], in.shape.size());
    if (axis < 0)
        return s.unsupported("the axis is out of range");
    const std::size_t a = sizeOf(axis);
    const AxisView view(in.shape, a);
    Parts p;
    p.outer = view.outer;
    p.bits = *bits;
    std::vector<std::int64_t> declared;
    for (std::size_t k = 0; k < s.outputCount(); ++k) {
        const Tensor &out = s.output(k);
        if (out.type != in.type || !equalBut(out.shape, in.shape, a))
            return s.unsupported("an output's shape or type does not fit");
        declared.push_back(out.shape[a]);
        p.add(sizeOf(out.shape[a]) * view.inner);
    }
    if (p.whole != view.n * view.inner)
        return s.unsupported("the outputs' shapes do not fit");
    if (!sized) {
        if (std::any_of(declared.begin(), declared.end(), [&](std::int64_t n) { return n != declared[0]; }))
            return s.unsupported("the outputs' shapes differ");
        return Kernel([p = std::move(p)](const KernelRun &r) { divide(r, p, 1); });
    }
    struct Nothing
    {
    };
    if (declared.size() > IntInputs::kMost && s.isConstant(1)) // lists of any length
        return s.constantInts(1).size() == declared.size() ? Result<Kernel>(Kernel([p = std::move(p)](const KernelRun &r) { divide(r, p, 0); }))
                                                           : Result<Kernel>(s.unsupported("the sizes are not one per output"));
    return plannedKernel<Nothing>(
        s, {1},
        [declared](const IntInputs::Lists &lists, Nothing &) -> const char * {
            if (lists[0].size != declared.size())
                return "the sizes are not one per output";
            std::size_t open = 0;
            for (std::size_t k = 0; k < declared.size(); ++k) {
                open += lists[0][k] == -1;
                if (lists[0][k] != declared[k] && lists[0][k] != -1)
                    return "an output's declared shape is not what the sizes say";
            }
            return open > 1 ? "more than one size is open" : nullptr;
        },
        [p = std::move(p)](const KernelRun &r, const Nothing &) { divide(r, p, 0); });
}

} // namespace requant
