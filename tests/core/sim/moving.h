// SPDX-License-Identifier: GPL-3.0-or-later
// For comparing operators that move elements with index arithmetic straight from their definitions: elements of every width,
// copied bit by bit; random shapes; integer inputs that are constants or come with the run.
#pragma once

#include "oneoperator.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace testing {

using requant::ElementType;
using requant::Op;
using requant::Shape;

using Bytes = std::vector<std::byte>;
using Index = std::vector<std::int64_t>; // one per dimension

inline std::int64_t count(const Shape &s)
{
    return std::accumulate(s.begin(), s.end(), std::int64_t{1}, [](std::int64_t a, std::int32_t b) { return a * b; });
}

inline Index indexOf(std::int64_t flat, const Shape &s)
{
    Index i(s.size());
    for (std::size_t d = s.size(); d-- > 0;) {
        i[d] = flat % s[d];
        flat /= s[d];
    }
    return i;
}

inline std::int64_t flatOf(const Index &i, const Shape &s)
{
    std::int64_t flat = 0;
    for (std::size_t d = 0; d < s.size(); ++d) {
        if (i[d] < 0 || i[d] >= s[d])
            FAIL("the twin reaches outside of its tensor");
        flat = flat * s[d] + i[d];
    }
    return flat;
}

inline void copyBits(Bytes &to, std::int64_t toElement, const Bytes &from, std::int64_t fromElement, std::size_t bits)
{
    for (std::size_t b = 0; b < bits; ++b) {
        const std::size_t t = static_cast<std::size_t>(toElement) * bits + b, f = static_cast<std::size_t>(fromElement) * bits + b;
        const auto bit = (from.at(f / 8) >> (f % 8)) & std::byte{1};
        to.at(t / 8) = (to.at(t / 8) & ~(std::byte{1} << (t % 8))) | bit << (t % 8);
    }
}

struct Tensor
{
    Shape shape;
    ElementType type = ElementType::Int8;
    Bytes bytes;
    std::size_t bits() const { return requant::bitWidth(type); }
};

inline Tensor zeros(Shape shape, ElementType type)
{
    Tensor t{std::move(shape), type, {}};
    t.bytes.resize(requant::byteSize(type, static_cast<std::size_t>(count(t.shape))));
    return t;
}

// Every element of the output is what `place` names: writes the input's index, or answers false for `fill`.
inline Tensor moved(const Tensor &in, const Shape &outShape, const std::function<bool(const Index &, Index &)> &place, const Bytes &fill = {})
{
    Tensor out = zeros(outShape, in.type);
    for (std::int64_t k = 0; k < count(outShape); ++k) {
        Index from(in.shape.size());
        if (place(indexOf(k, outShape), from))
            copyBits(out.bytes, k, in.bytes, flatOf(from, in.shape), in.bits());
        else
            copyBits(out.bytes, k, fill, 0, in.bits());
    }
    return out;
}

inline Shape randomShape(Random &random, std::size_t least, std::size_t most)
{
    Shape s(static_cast<std::size_t>(random.integer(static_cast<int>(least), static_cast<int>(most))));
    for (std::int32_t &n : s)
        n = random.integer(0, 24) == 0 ? 0 : random.integer(0, 3) == 0 ? 1 : random.integer(2, s.size() > 4 ? 3 : 5);
    if (!s.empty() && random.integer(0, 7) == 0)
        s[static_cast<std::size_t>(random.integer(0, static_cast<int>(s.size()) - 1))] = random.integer(30, 45);
    return s;
}

inline ElementType randomType(Random &random)
{
    constexpr ElementType kTypes[] = {ElementType::Int8,    ElementType::UInt8, ElementType::Bool,  ElementType::Int16,     ElementType::Float32,
                                      ElementType::Int32,   ElementType::Int64, ElementType::Int4,  ElementType::Complex128, ElementType::Float16,
                                      ElementType::Float64, ElementType::Int2,  ElementType::UInt16};
    return kTypes[random.integer(0, static_cast<int>(std::size(kTypes)) - 1)];
}

inline Tensor randomTensor(Random &random, Shape shape, ElementType type)
{
    Tensor t = zeros(std::move(shape), type);
    for (std::byte &b : t.bytes)
        b = static_cast<std::byte>(random.integer(0, 255));
    const std::size_t used = static_cast<std::size_t>(count(t.shape)) * t.bits();
    if (used % 8 != 0) // unused bits of the last byte
        t.bytes.back() &= static_cast<std::byte>((1 << (used % 8)) - 1);
    return t;
}

// One operator on such tensors.
class Mover
{
public:
    Mover(Op op, Random &random) : m_random(random), m_one(op) {}
    OneOperator &one() { return m_one; }

    void input(const Tensor &t, float scale = 0, std::int64_t zeroPoint = 0)
    {
        m_one.input(t.shape, t.type, scale, zeroPoint);
        m_runs.push_back(t.bytes);
    }
    void constant(const Tensor &t)
    {
        if (t.bytes.empty())
            return input(t);
        const auto b = m_one.tiny().constant<std::byte>("constant", t.shape, t.type, {}, t.bytes);
        m_one.append(b);
    }
    // int32 or int64, a constant or not, by chance.
    void ints(Shape shape, const std::vector<std::int64_t> &values)
    {
        ints(std::move(shape), values, m_random.chance());
    }
    void ints(Shape shape, const std::vector<std::int64_t> &values, bool constantly)
    {
        Tensor t{std::move(shape), ElementType::Int64, bytesOf(values)};
        if (m_random.chance())
            t = {t.shape, ElementType::Int32, bytesOf(std::vector<std::int32_t>(values.begin(), values.end()))};
        constantly ? constant(t) : input(t);
    }
    void ints(const std::vector<std::int64_t> &values) { ints({static_cast<std::int32_t>(values.size())}, values); }
    void output(Shape shape, ElementType type, float scale = 0, std::int64_t zeroPoint = 0) { m_one.output(std::move(shape), type, scale, zeroPoint); }

    std::vector<Bytes> runAll()
    {
        requant::SimOptions options;
        options.threads = m_random.integer(0, 5) == 0 ? 2 : 1;
        return m_one.runAll(m_runs, options);
    }
    Bytes run() { return runAll()[0]; }
    // Why the run fails, or why the operator cannot be simulated at all.
    std::string failure()
    {
        auto sim = m_one.simulator();
        REQUIRE(sim);
        if (const auto ok = sim->supported(); !ok)
            return requant::text(ok.error());
        for (std::size_t k = 0; k < m_runs.size(); ++k)
            REQUIRE(sim->setInput(k, m_runs[k]));
        const auto ok = sim->run();
        return ok ? std::string() : requant::text(ok.error());
    }

private:
    Random &m_random;
    OneOperator m_one;
    std::vector<Bytes> m_runs;
};

// Calls f(random) with fresh seeds that are printed if it fails.
template <class F>
void replayable(int cases, F &&f)
{
    for (int n = 0; n < cases; ++n) {
        const std::uint64_t seed = baseSeed() + static_cast<std::uint64_t>(n);
        INFO("REQUANT_SEED=" << seed);
        Random random(seed);
        f(random);
    }
}

} // namespace testing
