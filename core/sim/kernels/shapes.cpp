// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/shapeops.h"

#include "core/sim/kernels/moving.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace requant {
namespace {

struct Nothing
{
};

constexpr const char *kOtherShape = "the output's declared shape is not the wanted one";

// -1 stands for what is left over. Old files ask for a scalar by one 0.
const char *checkReshape(const Shape &out, const IntInputs::List &wanted)
{
    if (out.empty() && wanted.size == 1 && wanted[0] == 0)
        return nullptr;
    std::size_t open = 0;
    bool same = wanted.size == out.size();
    for (std::size_t d = 0; same && d < out.size(); ++d) {
        open += wanted[d] == -1;
        same = wanted[d] == out[d] || wanted[d] == -1;
    }
    return same && open <= 1 ? nullptr : kOtherShape;
}

Shape withoutOnes(Shape s)
{
    std::erase(s, 1);
    return s;
}

// `bytes` of the output, of which a run stops the copy when it is cancelled.
auto copyAll(std::size_t bytes)
{
    return [bytes](const KernelRun &r, const Nothing & = {}) { copyBytes(r, r.output<std::byte>(), r.in[0], bytes); };
}

template <class T>
T valueOf(const std::byte *p)
{
    T v;
    std::memcpy(&v, p, sizeof v);
    return v;
}

// How many values from start in steps of delta lie before the limit, as TFLite counts them; -1 if it does not count.
template <class T>
double rangeCount(T start, T limit, T delta)
{
    if (!((start >= limit && delta < 0) || (start <= limit && delta > 0)))
        return -1;
    if constexpr (std::is_floating_point_v<T>) {
        return std::ceil(static_cast<double>(std::abs((limit - start) / delta)));
    } else {
        using Wide = __int128;
        const Wide way = start < limit ? Wide{limit} - start : Wide{start} - limit, step = delta < 0 ? -Wide{delta} : Wide{delta};
        return static_cast<double>((way + step - 1) / step);
    }
}

template <class T>
void fillRange(const KernelRun &r, std::size_t count)
{
    const T start = valueOf<T>(r.in[0]), delta = valueOf<T>(r.in[2]);
    if (rangeCount(start, valueOf<T>(r.in[1]), delta) != static_cast<double>(count))
        return r.fail("the range is not as long as its declared shape says, or endless");
    T *out = r.output<T>();
    T value = start; // floats are added up one by one, as TFLite does
    for (std::size_t i = 0; i < count; ++i) {
        out[i] = value;
        if constexpr (std::is_floating_point_v<T>)
            value += delta;
        else
            value = static_cast<T>(static_cast<std::uint64_t>(value) + static_cast<std::uint64_t>(delta));
    }
}

} // namespace

Result<Kernel> makeReshape(const KernelSetup &s)
{
    const Tensor &in = s.input(0), &out = s.output();
    if (in.type != out.type || elementCount(in.shape) != elementCount(out.shape) || bitWidth(in.type) == 0)
        return s.unsupported("input and output differ in type or size");
    const std::size_t bytes = byteSize(in.type, countOf(in.shape));
    if (s.op().code == Op::Reshape) {
        // TFLite looks at the option instead of a shape that is no vector.
        if (s.inputCount() < 2 || s.input(1).shape.size() != 1)
            return Kernel(copyAll(bytes));
        return plannedKernel<Nothing>(
            s, {1}, [out = out.shape](const IntInputs::Lists &lists, Nothing &) { return checkReshape(out, lists[0]); }, copyAll(bytes));
    }
    if (withoutOnes(in.shape) != withoutOnes(out.shape))
        return s.unsupported("input and output differ in dimensions that are not 1");
    if (s.op().code == Op::Squeeze)
        return Kernel(copyAll(bytes));
    if (const char *why = gridProblem(in, out))
        return s.unsupported(why);
    if (s.inputCount() < 2)
        return s.unsupported("it has too few inputs");
    return plannedKernel<Nothing>(
        s, {1},
        [in = in.shape, out = out.shape](const IntInputs::Lists &lists, Nothing &) -> const char * {
            const std::int64_t axis = lists[0].size == 1 ? normalizedAxis(lists[0][0], in.size() + 1) : -1;
            if (axis < 0)
                return "the axis is out of range";
            const auto at = in.begin() + axis;
            const bool fits = out.size() == in.size() + 1 && out[static_cast<std::size_t>(axis)] == 1 &&
                std::equal(in.begin(), at, out.begin()) && std::equal(at, in.end(), out.begin() + axis + 1);
            return fits ? nullptr : kOtherShape;
        },
        copyAll(bytes));
}

Result<Kernel> makeShape(const KernelSetup &s)
{
    const Tensor &out = s.output();
    std::vector<std::int64_t> values(s.input(0).shape.begin(), s.input(0).shape.end());
    if (s.op().code == Op::Rank)
        values.assign(1, static_cast<std::int64_t>(values.size()));
    if (countOf(out.shape) != values.size())
        return s.unsupported("the output's shape does not fit");
    const auto kernel = [&]<class T>(T) { return Kernel([values](const KernelRun &r) { std::copy(values.begin(), values.end(), r.output<T>()); }); };
    switch (out.type) {
    case ElementType::Int32: return kernel(std::int32_t{});
    case ElementType::Int64: return kernel(std::int64_t{});
    default: return s.unsupported("output of type " + std::string(typeName(out.type)));
    }
}

Result<Kernel> makeBroadcastArgs(const KernelSetup &s)
{
    if (s.inputCount() < 2)
        return s.unsupported("it has too few inputs");
    const Tensor &a = s.input(0), &b = s.input(1), &out = s.output();
    if (a.type != b.type || a.type != out.type || (a.type != ElementType::Int32 && a.type != ElementType::Int64))
        return s.unsupported("types other than one of int32 and int64");
    if (a.shape.size() != 1 || b.shape.size() != 1 || out.shape.size() != 1 || out.shape[0] != std::max(a.shape[0], b.shape[0]))
        return s.unsupported("the shapes do not fit");
    return Kernel([type = a.type, na = countOf(a.shape), nb = countOf(b.shape), n = countOf(out.shape)](const KernelRun &r) {
        const auto dim = [&](std::size_t input, std::size_t rank, std::size_t d) { // the missing leading ones are 1
            return d + rank < n ? std::int64_t{1} : intAt(r.in[input], d + rank - n, type);
        };
        for (std::size_t d = 0; d < n; ++d) {
            const std::int64_t x = dim(0, na, d), y = dim(1, nb, d);
            if (x != y && x != 1 && y != 1)
                return r.fail("the shapes cannot be broadcast to one");
            const std::int64_t v = x == 1 ? y : x;
            if (type == ElementType::Int32)
                r.output<std::int32_t>()[d] = static_cast<std::int32_t>(v);
            else
                r.output<std::int64_t>()[d] = v;
        }
    });
}

Result<Kernel> makeFill(const KernelSetup &s)
{
    if (s.inputCount() < 2)
        return s.unsupported("it has too few inputs");
    const Tensor &value = s.input(1), &out = s.output();
    const auto bits = movedBits(s, {&value, &out});
    if (!bits)
        return bits.error();
    if (countOf(value.shape) != 1)
        return s.unsupported("the value is not one");
    if (const char *why = gridProblem(value, out))
        return s.unsupported(why);
    return plannedKernel<Nothing>(
        s, {0},
        [out = out.shape](const IntInputs::Lists &lists, Nothing &) {
            for (std::size_t d = 0; d < lists[0].size; ++d)
                if (lists[0][d] < 0)
                    return kOtherShape;
            return lists[0].size == out.size() ? checkReshape(out, lists[0]) : kOtherShape;
        },
        [bits = *bits, count = countOf(out.shape)](const KernelRun &r, const Nothing &) {
            clearTail(r.output<std::byte>(), count, bits);
            fillElements(r.output<std::byte>(), 0, count, r.in[1], bits);
        });
}

Result<Kernel> makeZerosLike(const KernelSetup &s)
{
    const Tensor &in = s.input(0), &out = s.output();
    if (in.type != out.type || in.shape != out.shape || bitWidth(out.type) == 0)
        return s.unsupported("input and output differ in type or shape");
    if (out.quant.isQuantized())
        return s.unsupported("quantized values");
    return Kernel([bytes = byteSize(out.type, countOf(out.shape))](const KernelRun &r) { std::memset(r.output<std::byte>(), 0, bytes); });
}

Result<Kernel> makeRange(const KernelSetup &s)
{
    if (s.inputCount() < 3)
        return s.unsupported("it has too few inputs");
    const Tensor &out = s.output();
    for (std::size_t k = 0; k < 3; ++k)
        if (s.input(k).type != out.type || countOf(s.input(k).shape) != 1 || s.input(k).quant.isQuantized())
            return s.unsupported("start, limit and delta are not plain numbers of the output's type");
    if (out.shape.size() != 1)
        return s.unsupported("the output is not one-dimensional");
    Kernel kernel;
    withType(out.type, [&]<class T>(T) { kernel = [count = countOf(out.shape)](const KernelRun &r) { fillRange<T>(r, count); }; });
    if (!kernel)
        return s.unsupported("type " + std::string(typeName(out.type)));
    return kernel;
}

Result<Kernel> makeWhere(const KernelSetup &s)
{
    const Tensor &in = s.input(0), &out = s.output();
    if (!s.isConstant(0))
        return s.unsupported("how many there are depends on the values");
    const std::size_t bits = bitWidth(in.type), rank = in.shape.size(), n = countOf(in.shape);
    if (bits == 0 || isPacked(bits) || rank > kMostDims || out.type != ElementType::Int64 || out.shape.size() != 2 || sizeOf(out.shape[1]) != rank)
        return s.unsupported("the output is not a list of int64 positions");
    const auto holds = [&](std::size_t i) {
        const auto element = s.constant(0).subspan(i * (bits / 8), bits / 8);
        if (in.type == ElementType::Float32)
            return valueOf<float>(element.data()) != 0; // -0 is no place
        return std::any_of(element.begin(), element.end(), [](std::byte b) { return b != std::byte{0}; });
    };
    std::size_t found = 0;
    for (std::size_t i = 0; i < n; ++i)
        found += holds(i);
    if (found != sizeOf(out.shape[0]))
        return s.unsupported("the output's declared shape does not fit the number of positions");
    const Dims steps = rowMajorSteps(in.shape);
    std::vector<std::int64_t> places;
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t d = 0; d < rank && holds(i); ++d)
            places.push_back(static_cast<std::int64_t>(i / steps[d] % sizeOf(in.shape[d])));
    return Kernel([places](const KernelRun &r) { std::copy(places.begin(), places.end(), r.output<std::int64_t>()); });
}

} // namespace requant
