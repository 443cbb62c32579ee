// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/shapeops.h"

#include "core/sim/kernels/moving.h"

#include <algorithm>
#include <numeric>

namespace requant {
namespace {

// Index of the first largest (smallest) of n neighbours.
template <bool Largest, class T>
std::size_t firstBest(const T *p, std::size_t n)
{
    if constexpr (sizeof(T) == 1) { // two quick passes
        T best = p[0];
        for (std::size_t k = 1; k < n; ++k)
            best = Largest ? std::max(best, p[k]) : std::min(best, p[k]);
        return static_cast<std::size_t>(static_cast<const T *>(std::memchr(p, static_cast<unsigned char>(best), n)) - p);
    } else {
        std::size_t best = 0;
        for (std::size_t k = 1; k < n; ++k)
            if (Largest ? p[k] > p[best] : p[k] < p[best])
                best = k;
        return best;
    }
}

template <bool Largest, class In, class Out>
void argBest(const KernelRun &r, const AxisView &view)
{
    const In *x = r.input<In>(0);
    Out *y = r.output<Out>();
    forRows(r, view.outer, view.n * view.inner, 8 * sizeof(In), [&](std::size_t begin, std::size_t end) {
        for (std::size_t o = begin; o < end; ++o) {
            if (o % 256 == 0 && r.state.isCancelled())
                return;
            if (view.inner == 1) {
                y[o] = static_cast<Out>(firstBest<Largest>(x + o * view.n, view.n));
                continue;
            }
            for (std::size_t i = 0; i < view.inner; ++i) {
                if (i % 4096 == 0 && r.state.isCancelled())
                    return;
                const In *p = x + o * view.n * view.inner + i;
                std::size_t best = 0;
                for (std::size_t k = 1; k < view.n; ++k)
                    if (Largest ? p[k * view.inner] > p[best * view.inner] : p[k * view.inner] < p[best * view.inner])
                        best = k;
                y[o * view.inner + i] = static_cast<Out>(best);
            }
        }
    });
}

template <class T, class Index>
void topK(const KernelRun &r, std::size_t rows, std::size_t n, std::size_t k)
{
    const T *x = r.input<T>(0);
    T *values = r.output<T>(0);
    Index *indices = r.output<Index>(1);
    r.parallel(rows, (std::size_t{1} << 14) / (n + 1) + 1, [&](std::size_t begin, std::size_t end, Scratch &scratch) {
        auto *order = reinterpret_cast<std::uint32_t *>(scratch.get(n * sizeof(std::uint32_t)));
        for (std::size_t row = begin; row < end && !r.state.isCancelled(); ++row) {
            const T *p = x + row * n;
            std::iota(order, order + n, 0u);
            std::partial_sort(order, order + k, order + n, [p](std::uint32_t a, std::uint32_t b) { return p[b] < p[a] || (!(p[b] > p[a]) && a < b); });
            for (std::size_t i = 0; i < k; ++i) {
                values[row * k + i] = p[order[i]];
                indices[row * k + i] = static_cast<Index>(order[i]);
            }
        }
    });
}

} // namespace

Result<Kernel> makeArgMinMax(const KernelSetup &s)
{
    if (s.inputCount() < 2)
        return s.unsupported("it has too few inputs");
    const Tensor &in = s.input(0), &out = s.output();
    const bool largest = s.op().code == Op::ArgMax;
    void (*run)(const KernelRun &, const AxisView &) = nullptr;
    const ElementType type = in.type == ElementType::Bool ? ElementType::UInt8 : in.type;
    withType(type, [&]<class In>(In) {
        if (out.type == ElementType::Int32)
            run = largest ? argBest<true, In, std::int32_t> : argBest<false, In, std::int32_t>;
        else if (out.type == ElementType::Int64)
            run = largest ? argBest<true, In, std::int64_t> : argBest<false, In, std::int64_t>;
    });
    if (!run)
        return s.unsupported("types " + std::string(typeName(in.type)) + " to " + std::string(typeName(out.type)));
    return plannedKernel<AxisView>(
        s, {1},
        [in = in.shape, count = countOf(out.shape)](const IntInputs::Lists &lists, AxisView &view) -> const char * {
            const std::int64_t axis = lists[0].size == 1 ? normalizedAxis(lists[0][0], in.size()) : -1;
            if (axis < 0 || in[sizeOf(axis)] < 1)
                return "the axis is out of range";
            view = AxisView(in, sizeOf(axis));
            return view.outer * view.inner == count ? nullptr : "the output's shape does not fit the axis";
        },
        [run](const KernelRun &r, const AxisView &view) { run(r, view); });
}

Result<Kernel> makeTopK(const KernelSetup &s)
{
    if (s.inputCount() < 2 || s.outputCount() < 2)
        return s.unsupported("it has too few inputs or outputs");
    const Tensor &in = s.input(0), &values = s.output(0), &indices = s.output(1);
    if (in.type != values.type || in.shape.empty() || values.shape != indices.shape || values.shape.size() != in.shape.size()
        || !std::equal(in.shape.begin(), in.shape.end() - 1, values.shape.begin()))
        return s.unsupported("the shapes or types do not fit");
    const std::size_t n = sizeOf(in.shape.back()), k = sizeOf(values.shape.back());
    const std::size_t rows = AxisView(in.shape, in.shape.size() - 1).outer;
    if (k > n)
        return s.unsupported("more values are wanted than there are");
    void (*run)(const KernelRun &, std::size_t, std::size_t, std::size_t) = nullptr;
    withType(in.type, [&]<class T>(T) {
        if (indices.type == ElementType::Int32)
            run = topK<T, std::int32_t>;
        else if (indices.type == ElementType::Int16)
            run = topK<T, std::int16_t>;
    });
    if (!run || n > (indices.type == ElementType::Int16 ? 32767u : 2147483647u))
        return s.unsupported("types " + std::string(typeName(in.type)) + " and " + std::string(typeName(indices.type)));
    struct Nothing
    {
    };
    return plannedKernel<Nothing>(
        s, {1},
        [k](const IntInputs::Lists &lists, Nothing &) -> const char * {
            return lists[0].size == 1 && sizeOf(lists[0][0]) == k ? nullptr : "the outputs' declared shape is not of as many values as are wanted";
        },
        [run, rows, n, k](const KernelRun &r, const Nothing &) { run(r, rows, n, k); });
}

Result<Kernel> makeOneHot(const KernelSetup &s)
{
    if (s.inputCount() < 4)
        return s.unsupported("it has too few inputs");
    const Tensor &indices = s.input(0), &on = s.input(2), &off = s.input(3), &out = s.output();
    const auto bits = movedBits(s, {&out, &on, &off});
    if (!bits)
        return bits.error();
    if (indices.type != ElementType::Int32 && indices.type != ElementType::Int64)
        return s.unsupported("indices of type " + std::string(typeName(indices.type)));
    if (countOf(on.shape) != 1 || countOf(off.shape) != 1)
        return s.unsupported("the values are not one each");
    for (const Tensor *value : {&on, &off})
        if (const char *why = gridProblem(*value, out))
            return s.unsupported(why);
    const std::int64_t axis = normalizedAxis(s.option("axis", -1), out.shape.size());
    if (axis < 0)
        return s.unsupported("the axis is out of range");
    Shape expected = out.shape;
    expected.erase(expected.begin() + axis);
    if (expected != indices.shape)
        return s.unsupported("the output's shape does not follow from the indices");
    const AxisView view(out.shape, sizeOf(axis));
    struct Nothing
    {
    };
    return plannedKernel<Nothing>(
        s, {1},
        [view](const IntInputs::Lists &lists, Nothing &) -> const char * {
            return lists[0].size == 1 && sizeOf(lists[0][0]) == view.n ? nullptr : "the output's declared shape is not as deep as is wanted";
        },
        [view, bits = *bits, type = indices.type](const KernelRun &r, const Nothing &) {
            std::byte *to = r.output<std::byte>();
            const std::size_t count = view.outer * view.n * view.inner;
            if (count == 0)
                return;
            clearTail(to, count, bits);
            fillElements(to, 0, count, r.in[3], bits);
            for (std::size_t o = 0; o < view.outer && !r.state.isCancelled(); ++o)
                for (std::size_t i = 0; i < view.inner; ++i) {
                    const std::int64_t at = intAt(r.in[0], o * view.inner + i, type);
                    if (at >= 0 && at < static_cast<std::int64_t>(view.n)) // others are all off
                        moveElements(to, (o * view.n + sizeOf(at)) * view.inner + i, r.in[2], 0, 1, bits);
                }
        });
}

} // namespace requant
