// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/shapeops.h"

#include "core/sim/kernels/moving.h"

#include <algorithm>

namespace requant {
namespace {

constexpr const char *kOutOfRange = "an index is out of range";

Shape part(const Shape &s, std::size_t begin, std::size_t end)
{
    return Shape(s.begin() + static_cast<std::ptrdiff_t>(begin), s.begin() + static_cast<std::ptrdiff_t>(end));
}

void append(Shape &to, const Shape &s) { to.insert(to.end(), s.begin(), s.end()); }

// Slices of a tensor that lists of indices name: what GATHER_ND reads and SCATTER_ND writes.
struct IndexedSlices
{
    std::size_t slices = 0, depth = 0, elements = 0; // lists, indices in one, elements of one slice
    ElementType type = ElementType::Int32;           // of the indices
    Dims dims{}, steps{};

    // Null if indices [..., depth] name slices of `whole`, which `parts` are.
    const char *init(const Shape &whole, const Tensor &indices, const Shape &parts)
    {
        if (indices.shape.empty())
            return "the indices are a single number";
        type = indices.type;
        if (!isIndexType(type))
            return "the indices are not integers";
        depth = sizeOf(indices.shape.back());
        if (depth > whole.size())
            return "the indices name more dimensions than there are";
        Shape expected = part(indices.shape, 0, indices.shape.size() - 1);
        slices = countOf(expected);
        const Shape slice = part(whole, depth, whole.size());
        elements = countOf(slice);
        append(expected, slice);
        for (std::size_t d = 0; d < depth; ++d)
            dims[d] = sizeOf(whole[d]);
        steps = rowMajorSteps(whole);
        return expected == parts ? nullptr : "the shapes do not follow from the indices";
    }
    // Element at which slice k begins, or -1.
    std::int64_t at(const std::byte *indices, std::size_t k) const
    {
        std::int64_t start = 0;
        for (std::size_t d = 0; d < depth; ++d) {
            const std::int64_t i = intAt(indices, k * depth + d, type);
            if (i < 0 || i >= static_cast<std::int64_t>(dims[d]))
                return -1;
            start += i * static_cast<std::int64_t>(steps[d]);
        }
        return start;
    }
    // Before anything is written, so that a run that fails does so as a whole.
    bool areInside(const std::byte *indices) const
    {
        for (std::size_t k = 0; k < slices; ++k)
            if (at(indices, k) < 0)
                return false;
        return true;
    }
};

} // namespace

Result<Kernel> makeGather(const KernelSetup &s)
{
    if (s.inputCount() < 2)
        return s.unsupported("it has too few inputs");
    const Tensor &in = s.input(0), &indices = s.input(1), &out = s.output();
    const auto bits = movedBits(s, {&in, &out});
    if (!bits)
        return bits.error();
    if (!isIndexType(indices.type))
        return s.unsupported("the indices are not integers");
    const std::int64_t axis = normalizedAxis(s.option("axis"), in.shape.size());
    std::int64_t batchDims = s.option("batch_dims");
    batchDims += batchDims < 0 ? static_cast<std::int64_t>(indices.shape.size()) : 0;
    if (axis < 0 || batchDims < 0 || batchDims > axis || batchDims > static_cast<std::int64_t>(indices.shape.size()))
        return s.unsupported("axis or batch dimensions are out of range");
    const std::size_t a = sizeOf(axis), batch = sizeOf(batchDims);
    if (part(in.shape, 0, batch) != part(indices.shape, 0, batch))
        return s.unsupported("input and indices differ in their batch dimensions");
    Shape expected = part(in.shape, 0, a);
    append(expected, part(indices.shape, batch, indices.shape.size()));
    append(expected, part(in.shape, a + 1, in.shape.size()));
    if (expected != out.shape)
        return s.unsupported("the output's shape does not follow from input and indices");

    const std::size_t batches = countOf(part(in.shape, 0, batch)), outer = countOf(part(in.shape, batch, a));
    const std::size_t picked = countOf(part(indices.shape, batch, indices.shape.size())), n = sizeOf(in.shape[a]);
    const std::size_t inner = countOf(part(in.shape, a + 1, in.shape.size()));
    const auto areInside = [type = indices.type, n, all = batches * picked](const std::byte *values) {
        for (std::size_t k = 0; k < all; ++k) {
            const std::int64_t i = intAt(values, k, type);
            if (i < 0 || i >= static_cast<std::int64_t>(n))
                return false;
        }
        return true;
    };
    const bool constant = s.isConstant(1);
    if (constant && !areInside(s.constant(1).data()))
        return s.unsupported(kOutOfRange);
    return Kernel([=, bits = *bits, type = indices.type, count = countOf(out.shape)](const KernelRun &r) {
        if (!constant && !areInside(r.in[1]))
            return r.fail(kOutOfRange);
        if (count == 0)
            return;
        std::byte *to = r.output<std::byte>();
        clearTail(to, count, bits);
        forRows(r, batches * outer, picked * inner, bits, [&](std::size_t begin, std::size_t end) {
            for (std::size_t row = begin; row < end && !r.state.isCancelled(); ++row)
                for (std::size_t k = 0; k < picked; ++k) {
                    if (k % 4096 == 4095 && r.state.isCancelled())
                        return;
                    const std::size_t i = sizeOf(intAt(r.in[1], row / outer * picked + k, type));
                    moveElements(to, (row * picked + k) * inner, r.in[0], (row * n + i) * inner, inner, bits);
                }
        });
    });
}

Result<Kernel> makeGatherNd(const KernelSetup &s)
{
    if (s.inputCount() < 2)
        return s.unsupported("it has too few inputs");
    const Tensor &in = s.input(0), &out = s.output();
    const auto bits = movedBits(s, {&in, &out});
    if (!bits)
        return bits.error();
    IndexedSlices slices;
    if (const char *why = slices.init(in.shape, s.input(1), out.shape))
        return s.unsupported(why);
    return Kernel([slices, bits = *bits, count = countOf(out.shape)](const KernelRun &r) {
        if (!slices.areInside(r.in[1]))
            return r.fail(kOutOfRange);
        if (count == 0)
            return;
        std::byte *to = r.output<std::byte>();
        clearTail(to, count, bits);
        for (std::size_t k = 0; k < slices.slices && !r.state.isCancelled(); ++k)
            moveElements(to, k * slices.elements, r.in[0], sizeOf(slices.at(r.in[1], k)), slices.elements, bits);
    });
}

Result<Kernel> makeScatterNd(const KernelSetup &s)
{
    if (s.inputCount() < 3)
        return s.unsupported("it has too few inputs");
    const Tensor &updates = s.input(1), &out = s.output();
    const auto bits = movedBits(s, {&updates, &out});
    if (!bits)
        return bits.error();
    IndexedSlices slices;
    if (const char *why = slices.init(out.shape, s.input(0), updates.shape))
        return s.unsupported(why);
    const auto run = [&]<class T>(T) {
        return plannedKernel<std::size_t>(
            s, {2},
            [out = out.shape](const IntInputs::Lists &lists, std::size_t &) -> const char * {
                bool same = lists[0].size == out.size();
                for (std::size_t d = 0; same && d < out.size(); ++d)
                    same = lists[0][d] == out[d];
                return same ? nullptr : "the output's declared shape is not the wanted one";
            },
            [slices, count = countOf(out.shape)](const KernelRun &r, std::size_t) {
                if (!slices.areInside(r.in[0]))
                    return r.fail(kOutOfRange);
                T *to = r.output<T>();
                std::fill_n(to, count, T{});
                for (std::size_t k = 0; k < slices.slices && !r.state.isCancelled(); ++k) {
                    T *slice = to + slices.at(r.in[0], k);
                    const std::byte *update = r.in[1] + k * slices.elements * sizeof(T);
                    for (std::size_t i = 0; i < slices.elements; ++i) {
                        T value;
                        std::memcpy(&value, update + i * sizeof(T), sizeof(T));
                        slice[i] = static_cast<T>(slice[i] + value);
                    }
                }
            });
    };
    switch (updates.type) { // unsigned: sums wrap
    case ElementType::Int8:
    case ElementType::UInt8: return run(std::uint8_t{});
    case ElementType::Int16: return run(std::uint16_t{});
    case ElementType::Int32: return run(std::uint32_t{});
    case ElementType::Int64: return run(std::uint64_t{});
    case ElementType::Float32: return run(float{});
    default: return s.unsupported("type " + std::string(typeName(updates.type)));
    }
}

} // namespace requant
