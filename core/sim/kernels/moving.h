// SPDX-License-Identifier: GPL-3.0-or-later
// What the operators that move elements have in common: copies of elements of any width, copies with a step per dimension,
// and plans that follow from small integer inputs (paddings, sizes, axes), known beforehand or computed by the network.
// Elements narrower than a byte (int4, int2) lie packed, low bits first; they are moved one by one on the calling thread.
#pragma once

#include "core/sim/kernels/kernel.h"

#include <array>
#include <cstring>
#include <memory>
#include <type_traits>

namespace requant {

inline constexpr std::size_t kMostDims = 8; // of a tensor that is moved
using Dims = std::array<std::size_t, kMostDims>;

inline std::size_t sizeOf(std::int64_t v) { return v > 0 ? static_cast<std::size_t>(v) : 0; }
inline std::size_t countOf(const Shape &s) { return sizeOf(elementCount(s)); }
inline bool isPacked(std::size_t bits) { return bits % 8 != 0; }

// Elements per index of each dimension, row-major.
Dims rowMajorSteps(const Shape &);

// The shape around one axis: [outer][n][inner].
struct AxisView
{
    std::size_t outer = 1, n = 1, inner = 1;
    AxisView() = default;
    AxisView(const Shape &, std::size_t axis);
};
// `axis` counted from the end if negative; -1 if out of range.
std::int64_t normalizedAxis(std::int64_t axis, std::size_t rank);

// n elements of `bits` each; indices count elements.
void movePacked(std::byte *to, std::size_t toIndex, const std::byte *from, std::size_t fromIndex, std::size_t n, std::size_t bits);
inline void moveElements(std::byte *to, std::size_t toIndex, const std::byte *from, std::size_t fromIndex, std::size_t n, std::size_t bits)
{
    if (n == 0)
        return;
    if (isPacked(bits))
        movePacked(to, toIndex, from, fromIndex, n, bits);
    else
        std::memcpy(to + toIndex * (bits / 8), from + fromIndex * (bits / 8), n * (bits / 8));
}
// The value's bits, the first of `value` being the lowest.
void fillElements(std::byte *to, std::size_t toIndex, std::size_t n, const std::byte *value, std::size_t bits);
// Packed outputs: the unused bits of the last byte become zero.
void clearTail(std::byte *to, std::size_t count, std::size_t bits);

// f(begin, end) over rows of `rowBits` bits; on all workers if elements are whole bytes and there is enough to do.
template <class F>
void forRows(const KernelRun &r, std::size_t rows, std::size_t rowElements, std::size_t bits, F &&f)
{
    constexpr std::size_t kWorthAThread = std::size_t{64} << 13; // 64 KiB
    if (rows == 0)
        return;
    if (isPacked(bits))
        return f(std::size_t{0}, rows);
    r.parallel(rows, kWorthAThread / std::max<std::size_t>(rowElements * bits, 1) + 1, [&](std::size_t begin, std::size_t end, Scratch &) { f(begin, end); });
}

// bytes from one place to another, in parts between which a cancelled run stops.
void copyBytes(const KernelRun &, std::byte *to, const std::byte *from, std::size_t bytes);

// Copies elements of a grid of dimensions, each with a step in the source (0 repeats, negative reverses) and in the
// destination. Nothing is allocated.
class StridedCopy
{
public:
    static constexpr std::size_t kMost = 2 * kMostDims;

    StridedCopy() = default;
    explicit StridedCopy(std::size_t bits) : m_bits(bits) {}
    std::ptrdiff_t from = 0, to = 0; // first elements
    // Dimensions from the outermost on; at most kMost of them.
    void add(std::size_t n, std::ptrdiff_t fromStep, std::ptrdiff_t toStep);
    void run(const KernelRun &, const std::byte *source, std::byte *destination) const;

private:
    struct Dim
    {
        std::size_t n = 1;
        std::ptrdiff_t from = 1, to = 1;
    };
    struct Place;
    template <class Element>
    void runBytes(const KernelRun &, const std::byte *source, std::byte *destination) const;
    template <class Element>
    void runTiled(const KernelRun &, std::size_t inner, const std::byte *source, std::byte *destination) const;
    void runPacked(const KernelRun &, const std::byte *source, std::byte *destination) const;

    std::array<Dim, kMost> m_dims{};
    std::size_t m_rank = 0, m_bits = 8;
    bool m_empty = false;
};

// Up to three integer inputs of few values each.
class IntInputs
{
public:
    static constexpr std::size_t kMost = 32, kLists = 3;
    struct List
    {
        std::array<std::int64_t, kMost> values{};
        std::size_t size = 0;
        std::int64_t operator[](std::size_t i) const { return values[i]; }
    };
    using Lists = std::array<List, kLists>;

    IntInputs(const KernelSetup &, std::initializer_list<std::size_t> inputs);
    const char *problem() const { return m_problem; } // null if the inputs are such lists
    bool areConstant() const { return m_constant; }
    const Lists &constants() const { return m_lists; }
    Lists read(const KernelRun &) const;

private:
    struct Source
    {
        std::size_t input = 0, size = 0;
        ElementType type = ElementType::Int32;
        bool constant = false;
    };
    std::array<Source, kLists> m_sources;
    std::size_t m_count = 0;
    Lists m_lists;
    bool m_constant = true;
    const char *m_problem = nullptr;
};
// Value i of an int8, uint8, int16, int32 or int64 tensor.
std::int64_t intAt(const std::byte *values, std::size_t i, ElementType);
bool isIndexType(ElementType);

// A kernel for what follows from small integer inputs. `plan(lists, state)` fills a State and returns null, or says why it
// cannot be; `run(r, state)` does it. With constant inputs this is decided now, otherwise in each run.
template <class State, class Plan, class Run>
Result<Kernel> plannedKernel(const KernelSetup &s, std::initializer_list<std::size_t> inputs, Plan plan, Run run)
{
    const IntInputs ints(s, inputs);
    if (ints.problem())
        return s.unsupported(ints.problem());
    if (ints.areConstant()) {
        State state{};
        if (const char *why = plan(ints.constants(), state))
            return s.unsupported(why);
        return Kernel([state, run](const KernelRun &r) { run(r, state); });
    }
    return Kernel([ints, plan, run](const KernelRun &r) {
        State state{};
        if (const char *why = plan(ints.read(r), state))
            return r.fail(why);
        run(r, state);
    });
}

// Bits of the elements of `data` tensors, which must be of one type with a fixed width and of few dimensions.
Result<std::size_t> movedBits(const KernelSetup &, std::initializer_list<const Tensor *> data);
// TFLite refuses the network if these differ: a reason if a quantized one is on another grid than the output.
const char *gridProblem(const Tensor &, const Tensor &output);
// The bits of zero on the tensor's grid.
std::array<std::byte, 16> zeroValue(const Tensor &);

} // namespace requant
