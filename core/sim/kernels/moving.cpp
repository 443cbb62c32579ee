// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/moving.h"

#include <algorithm>

namespace requant {

Dims rowMajorSteps(const Shape &shape)
{
    Dims steps{};
    std::size_t step = 1;
    for (std::size_t d = shape.size(); d-- > 0;) {
        steps[d] = step;
        step *= sizeOf(shape[d]);
    }
    return steps;
}

AxisView::AxisView(const Shape &shape, std::size_t axis)
{
    for (std::size_t d = 0; d < shape.size(); ++d)
        (d < axis ? outer : d == axis ? n : inner) *= sizeOf(shape[d]);
}

std::int64_t normalizedAxis(std::int64_t axis, std::size_t rank)
{
    const auto n = static_cast<std::int64_t>(rank);
    if (axis < -n || axis >= n)
        return -1;
    return axis < 0 ? axis + n : axis;
}

void movePacked(std::byte *to, std::size_t toIndex, const std::byte *from, std::size_t fromIndex, std::size_t n, std::size_t bits)
{
    const std::size_t perByte = 8 / bits;
    const unsigned mask = (1u << bits) - 1;
    for (std::size_t i = 0; i < n; ++i) {
        const std::size_t f = fromIndex + i, t = toIndex + i;
        const unsigned value = std::to_integer<unsigned>(from[f / perByte]) >> (f % perByte * bits) & mask;
        const std::size_t shift = t % perByte * bits;
        std::byte &byte = to[t / perByte];
        byte = static_cast<std::byte>((std::to_integer<unsigned>(byte) & ~(mask << shift)) | value << shift);
    }
}

void fillElements(std::byte *to, std::size_t toIndex, std::size_t n, const std::byte *value, std::size_t bits)
{
    if (n == 0)
        return;
    if (isPacked(bits)) {
        for (std::size_t i = 0; i < n; ++i)
            movePacked(to, toIndex + i, value, 0, 1, bits);
        return;
    }
    const std::size_t bytes = bits / 8;
    to += toIndex * bytes;
    if (bytes == 1) {
        std::memset(to, std::to_integer<int>(*value), n);
        return;
    }
    std::memcpy(to, value, bytes);
    for (std::size_t done = 1; done < n;) { // doubles what is there
        const std::size_t more = std::min({done, n - done, std::size_t{4096}});
        std::memcpy(to + done * bytes, to, more * bytes);
        done += more;
    }
}

void clearTail(std::byte *to, std::size_t count, std::size_t bits)
{
    if (isPacked(bits) && count * bits % 8 != 0)
        to[count * bits / 8] = std::byte{0};
}

void copyBytes(const KernelRun &r, std::byte *to, const std::byte *from, std::size_t bytes)
{
    constexpr std::size_t kPart = std::size_t{1} << 20;
    forRows(r, (bytes + kPart - 1) / kPart, kPart, 8, [&](std::size_t begin, std::size_t end) {
        for (std::size_t part = begin; part < end && !r.state.isCancelled(); ++part)
            std::memcpy(to + part * kPart, from + part * kPart, std::min(kPart, bytes - part * kPart));
    });
}

// ---- StridedCopy -------------------------------------------------------------------------------------------------

void StridedCopy::add(std::size_t n, std::ptrdiff_t fromStep, std::ptrdiff_t toStep)
{
    m_empty = m_empty || n == 0;
    if (n <= 1)
        return;
    if (m_rank > 0) {
        Dim &outer = m_dims[m_rank - 1];
        const auto count = static_cast<std::ptrdiff_t>(n);
        if (outer.from == fromStep * count && outer.to == toStep * count) { // one longer dimension
            outer = {outer.n * n, fromStep, toStep};
            return;
        }
    }
    if (m_rank < kMost)
        m_dims[m_rank++] = {n, fromStep, toStep};
}

// Where a row lies: the indices of the dimensions around the innermost and both offsets. `skip` is not counted.
struct StridedCopy::Place
{
    std::array<std::size_t, kMost> index{};
    std::ptrdiff_t from, to;

    Place(const StridedCopy &c, std::size_t row, std::size_t skip) : from(c.from), to(c.to)
    {
        for (std::size_t d = std::max<std::size_t>(c.m_rank, 1) - 1; d-- > 0;) {
            if (d == skip)
                continue;
            index[d] = row % c.m_dims[d].n;
            row /= c.m_dims[d].n;
            from += static_cast<std::ptrdiff_t>(index[d]) * c.m_dims[d].from;
            to += static_cast<std::ptrdiff_t>(index[d]) * c.m_dims[d].to;
        }
    }
    void next(const StridedCopy &c, std::size_t skip)
    {
        for (std::size_t d = std::max<std::size_t>(c.m_rank, 1) - 1; d-- > 0;) {
            if (d == skip)
                continue;
            const Dim &dim = c.m_dims[d];
            from += dim.from;
            to += dim.to;
            if (++index[d] < dim.n)
                return;
            from -= static_cast<std::ptrdiff_t>(dim.n) * dim.from;
            to -= static_cast<std::ptrdiff_t>(dim.n) * dim.to;
            index[d] = 0;
        }
    }
};

namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

struct Bytes16
{
    std::uint64_t low, high;
};

// Tensors of a mapped file need not be aligned.
template <class Element>
Element load(const std::byte *p, std::ptrdiff_t i)
{
    Element e;
    std::memcpy(&e, p + i * static_cast<std::ptrdiff_t>(sizeof e), sizeof e);
    return e;
}
template <class Element>
void store(std::byte *p, std::ptrdiff_t i, Element e)
{
    std::memcpy(p + i * static_cast<std::ptrdiff_t>(sizeof e), &e, sizeof e);
}

} // namespace

template <class Element>
void StridedCopy::runBytes(const KernelRun &r, const std::byte *source, std::byte *destination) const
{
    const Dim last = m_dims[m_rank - 1];
    constexpr auto kBytes = static_cast<std::ptrdiff_t>(sizeof(Element));
    const auto n = static_cast<std::ptrdiff_t>(last.n);
    std::size_t rows = 1;
    for (std::size_t d = 0; d + 1 < m_rank; ++d)
        rows *= m_dims[d].n;
    forRows(r, rows, last.n, 8 * sizeof(Element), [&](std::size_t begin, std::size_t end) {
        Place place(*this, begin, kNone);
        for (std::size_t row = begin; row < end; ++row, place.next(*this, kNone)) {
            if (r.state.isCancelled())
                return;
            const std::byte *f = source + place.from * kBytes;
            std::byte *t = destination + place.to * kBytes;
            if (last.from == 1 && last.to == 1) {
                std::memcpy(t, f, last.n * sizeof(Element));
            } else if (last.from == 0 && last.to == 1) {
                const Element e = load<Element>(f, 0);
                for (std::ptrdiff_t i = 0; i < n; ++i)
                    store(t, i, e);
            } else if (last.to == 1) {
                for (std::ptrdiff_t i = 0; i < n; ++i)
                    store(t, i, load<Element>(f, i * last.from));
            } else {
                for (std::ptrdiff_t i = 0; i < n; ++i)
                    store(t, i * last.to, load<Element>(f, i * last.from));
            }
        }
    });
}

// A transposition: the source runs along dimension `inner`, the destination along the last one. Squares of both stay in
// the cache.
template <class Element>
void StridedCopy::runTiled(const KernelRun &r, std::size_t inner, const std::byte *source, std::byte *destination) const
{
    constexpr std::size_t kTile = 32;
    constexpr auto kBytes = static_cast<std::ptrdiff_t>(sizeof(Element));
    const Dim last = m_dims[m_rank - 1], first = m_dims[inner];
    const std::size_t strips = (first.n + kTile - 1) / kTile;
    std::size_t rows = strips;
    for (std::size_t d = 0; d + 1 < m_rank; ++d)
        rows *= d == inner ? 1 : m_dims[d].n;
    forRows(r, rows, kTile * last.n, 8 * sizeof(Element), [&](std::size_t begin, std::size_t end) {
        Place place(*this, begin / strips, inner);
        for (std::size_t row = begin; row < end; ++row) {
            if (r.state.isCancelled())
                return;
            const std::size_t i0 = row % strips * kTile, i1 = std::min(i0 + kTile, first.n);
            const std::byte *f = source + place.from * kBytes;
            std::byte *t = destination + place.to * kBytes;
            for (std::size_t k0 = 0; k0 < last.n; k0 += kTile) {
                const std::size_t k1 = std::min(k0 + kTile, last.n);
                for (std::size_t i = i0; i < i1; ++i) {
                    const auto at = static_cast<std::ptrdiff_t>(i);
                    for (std::size_t k = k0; k < k1; ++k) {
                        const auto across = static_cast<std::ptrdiff_t>(k);
                        store(t, at * first.to + across, load<Element>(f, at + across * last.from));
                    }
                }
            }
            if (row % strips == strips - 1)
                place.next(*this, inner);
        }
    });
}

void StridedCopy::runPacked(const KernelRun &r, const std::byte *source, std::byte *destination) const
{
    const Dim last = m_dims[m_rank - 1];
    std::size_t rows = 1;
    for (std::size_t d = 0; d + 1 < m_rank; ++d)
        rows *= m_dims[d].n;
    Place place(*this, 0, kNone);
    for (std::size_t row = 0; row < rows; ++row, place.next(*this, kNone)) {
        if (r.state.isCancelled())
            return;
        for (std::size_t i = 0; i < last.n; ++i) {
            const auto k = static_cast<std::ptrdiff_t>(i);
            movePacked(destination, static_cast<std::size_t>(place.to + k * last.to), source, static_cast<std::size_t>(place.from + k * last.from), 1, m_bits);
        }
    }
}

void StridedCopy::run(const KernelRun &r, const std::byte *source, std::byte *destination) const
{
    if (m_empty)
        return;
    if (m_rank == 0) // one element
        return moveElements(destination, static_cast<std::size_t>(to), source, static_cast<std::size_t>(from), 1, m_bits);
    if (isPacked(m_bits))
        return runPacked(r, source, destination);
    constexpr std::size_t kLeast = 8; // shorter sides are not worth squares
    std::size_t inner = kNone;
    const Dim &last = m_dims[m_rank - 1];
    if (last.to == 1 && last.from != 1 && last.n >= kLeast)
        for (std::size_t d = 0; d + 1 < m_rank; ++d)
            if (m_dims[d].from == 1 && m_dims[d].n >= kLeast)
                inner = d;
    const auto with = [&]<class Element>(Element) {
        if (inner != kNone)
            runTiled<Element>(r, inner, source, destination);
        else
            runBytes<Element>(r, source, destination);
    };
    switch (m_bits) {
    case 8: return with(std::uint8_t{});
    case 16: return with(std::uint16_t{});
    case 32: return with(std::uint32_t{});
    case 64: return with(std::uint64_t{});
    default: return with(Bytes16{});
    }
}

// ---- integer inputs ----------------------------------------------------------------------------------------------

bool isIndexType(ElementType t)
{
    return t == ElementType::Int8 || t == ElementType::UInt8 || t == ElementType::Int16 || t == ElementType::Int32 || t == ElementType::Int64;
}

std::int64_t intAt(const std::byte *values, std::size_t i, ElementType type)
{
    const auto at = [&]<class T>(T v) {
        std::memcpy(&v, values + i * sizeof v, sizeof v);
        return static_cast<std::int64_t>(v);
    };
    switch (type) {
    case ElementType::Int8: return at(std::int8_t{});
    case ElementType::UInt8: return at(std::uint8_t{});
    case ElementType::Int16: return at(std::int16_t{});
    case ElementType::Int32: return at(std::int32_t{});
    default: return at(std::int64_t{});
    }
}

IntInputs::IntInputs(const KernelSetup &s, std::initializer_list<std::size_t> inputs)
{
    for (const std::size_t k : inputs) {
        if (!s.hasInput(k)) {
            m_problem = "an input is missing";
            return;
        }
        const Tensor &t = s.input(k);
        Source source{k, countOf(t.shape), t.type, s.isConstant(k) || countOf(t.shape) == 0};
        if (!isIndexType(t.type)) {
            m_problem = "sizes, axes or positions are not integers";
            return;
        }
        if (source.size > kMost) {
            m_problem = "sizes, axes or positions are too many";
            return;
        }
        List &list = m_lists[m_count];
        list.size = source.size;
        if (source.constant)
            for (std::size_t i = 0; i < source.size; ++i)
                list.values[i] = intAt(s.constant(k).data(), i, t.type);
        m_constant = m_constant && source.constant;
        m_sources[m_count++] = source;
    }
}

IntInputs::Lists IntInputs::read(const KernelRun &r) const
{
    Lists lists = m_lists;
    for (std::size_t k = 0; k < m_count; ++k)
        if (!m_sources[k].constant)
            for (std::size_t i = 0; i < m_sources[k].size; ++i)
                lists[k].values[i] = intAt(r.in[m_sources[k].input], i, m_sources[k].type);
    return lists;
}

// ---- checks ------------------------------------------------------------------------------------------------------

Result<std::size_t> movedBits(const KernelSetup &s, std::initializer_list<const Tensor *> data)
{
    const ElementType type = (*data.begin())->type;
    for (const Tensor *t : data) {
        if (t->type != type)
            return s.unsupported("inputs and output are of different types");
        if (t->shape.size() > kMostDims)
            return s.unsupported("more than 8 dimensions");
    }
    if (bitWidth(type) == 0)
        return s.unsupported("type " + std::string(typeName(type)));
    return bitWidth(type);
}

const char *gridProblem(const Tensor &t, const Tensor &output)
{
    const bool same = t.quant.scaleAt(0) == output.quant.scaleAt(0) && t.quant.zeroPointAt(0) == output.quant.zeroPointAt(0);
    return same || !isQuantizedActivation(output.type) ? nullptr : "inputs on another grid than the output's: TFLite refuses the network";
}

std::array<std::byte, 16> zeroValue(const Tensor &t)
{
    std::array<std::byte, 16> value{};
    const std::int64_t zero = t.quant.isQuantized() && isIntegerStorage(t.type) ? t.quant.zeroPointAt(0) : 0;
    std::memcpy(value.data(), &zero, std::min<std::size_t>(sizeof zero, (bitWidth(t.type) + 7) / 8));
    return value;
}

} // namespace requant
