// SPDX-License-Identifier: GPL-3.0-or-later
// CAST as TFLite does it: integers wrap to narrower ones, floats lose their fraction and saturate (not a number becomes the
// largest integer), packed integers are made from floats only and saturate.
#include "core/sim/kernels/shapeops.h"

#include "core/sim/kernels/half.h"
#include "core/sim/kernels/moving.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace requant {
namespace {

constexpr std::size_t kPart = 256;

// Elements on their way from one type to another: exact in one of the two.
struct Values
{
    std::array<std::int64_t, kPart> integers;
    std::array<double, kPart> reals;
};

using Load = void (*)(const std::byte *from, std::size_t first, std::size_t n, Values &);
using Store = void (*)(const Values &, std::size_t n, std::byte *to, std::size_t first);

template <class T>
void load(const std::byte *from, std::size_t first, std::size_t n, Values &v)
{
    for (std::size_t i = 0; i < n; ++i) {
        T x;
        std::memcpy(&x, from + (first + i) * sizeof(T), sizeof(T));
        if constexpr (std::is_floating_point_v<T>)
            v.reals[i] = static_cast<double>(x);
        else
            v.integers[i] = static_cast<std::int64_t>(x);
    }
}

void loadHalf(const std::byte *from, std::size_t first, std::size_t n, Values &v)
{
    for (std::size_t i = 0; i < n; ++i) {
        std::uint16_t x;
        std::memcpy(&x, from + (first + i) * sizeof(x), sizeof(x));
        v.reals[i] = static_cast<double>(floatFromHalf(x));
    }
}

template <std::size_t Bits, bool Signed>
void loadPacked(const std::byte *from, std::size_t first, std::size_t n, Values &v)
{
    for (std::size_t i = 0; i < n; ++i) {
        std::byte element{0};
        movePacked(&element, 0, from, first + i, 1, Bits);
        const auto x = std::to_integer<std::int64_t>(element);
        v.integers[i] = Signed && x >= 1 << (Bits - 1) ? x - (1 << Bits) : x;
    }
}

template <class T>
T saturated(double x)
{
    using Limits = std::numeric_limits<T>;
    if (std::isnan(x) || x >= std::ldexp(1.0, Limits::digits))
        return Limits::max();
    return x <= static_cast<double>(Limits::min()) ? Limits::min() : static_cast<T>(x);
}

template <class T, bool FromReals>
void store(const Values &v, std::size_t n, std::byte *to, std::size_t first)
{
    for (std::size_t i = 0; i < n; ++i) {
        T x;
        if constexpr (!FromReals)
            x = static_cast<T>(v.integers[i]);
        else if constexpr (std::is_floating_point_v<T>)
            x = static_cast<T>(v.reals[i]);
        else
            x = saturated<T>(v.reals[i]);
        std::memcpy(to + (first + i) * sizeof(T), &x, sizeof(T));
    }
}

template <bool FromReals>
void storeHalf(const Values &v, std::size_t n, std::byte *to, std::size_t first)
{
    for (std::size_t i = 0; i < n; ++i) {
        const std::uint16_t x = halfFromFloat(FromReals ? static_cast<float>(v.reals[i]) : static_cast<float>(v.integers[i]));
        std::memcpy(to + (first + i) * sizeof(x), &x, sizeof(x));
    }
}

template <bool FromReals>
void storeBool(const Values &v, std::size_t n, std::byte *to, std::size_t first)
{
    for (std::size_t i = 0; i < n; ++i)
        to[first + i] = static_cast<std::byte>(FromReals ? v.reals[i] != 0 : v.integers[i] != 0);
}

template <std::size_t Bits, int Low, int High>
void storePacked(const Values &v, std::size_t n, std::byte *to, std::size_t first)
{
    for (std::size_t i = 0; i < n; ++i) {
        const double x = std::isnan(v.reals[i]) ? High : std::clamp<double>(v.reals[i], Low, High);
        const auto element = static_cast<std::byte>(static_cast<int>(x) & ((1 << Bits) - 1));
        movePacked(to, first + i, &element, 0, 1, Bits);
    }
}

// Calls f with a value of the plain C++ type.
template <class F>
bool withPlainType(ElementType type, F &&f)
{
    switch (type) {
    case ElementType::UInt16: f(std::uint16_t{}); return true;
    case ElementType::UInt32: f(std::uint32_t{}); return true;
    case ElementType::Float64: f(double{}); return true;
    default: return withType(type, f);
    }
}

Load loader(ElementType type)
{
    Load f = nullptr;
    switch (type) {
    case ElementType::Bool: return [](const std::byte *from, std::size_t first, std::size_t n, Values &v) {
        for (std::size_t i = 0; i < n; ++i)
            v.integers[i] = from[first + i] != std::byte{0};
    };
    case ElementType::Float16: return loadHalf;
    case ElementType::Int4: return loadPacked<4, true>;
    case ElementType::UInt4: return loadPacked<4, false>;
    case ElementType::Int2: return loadPacked<2, true>;
    default: withPlainType(type, [&]<class T>(T) { f = load<T>; }); return f;
    }
}

Store storer(ElementType type, bool fromReals)
{
    Store f = nullptr;
    switch (type) {
    case ElementType::Bool: return fromReals ? storeBool<true> : storeBool<false>;
    case ElementType::Float16: return fromReals ? storeHalf<true> : storeHalf<false>;
    case ElementType::Int4: return fromReals ? storePacked<4, -8, 7> : f;
    case ElementType::UInt4: return fromReals ? storePacked<4, 0, 15> : f;
    case ElementType::Int2: return fromReals ? storePacked<2, -2, 1> : f;
    default: withPlainType(type, [&]<class T>(T) { f = fromReals ? store<T, true> : store<T, false>; }); return f;
    }
}

} // namespace

Result<Kernel> makeCast(const KernelSetup &s)
{
    const Tensor &in = s.input(0), &out = s.output();
    const std::size_t count = countOf(in.shape), outBits = bitWidth(out.type);
    if (countOf(out.shape) != count)
        return s.unsupported("the shapes differ");
    if (in.type == out.type && bitWidth(in.type) != 0)
        return Kernel([bytes = byteSize(in.type, count)](const KernelRun &r) { copyBytes(r, r.output<std::byte>(), r.in[0], bytes); });
    const bool fromReals = in.type == ElementType::Float32 || in.type == ElementType::Float64 || in.type == ElementType::Float16;
    const Load load = loader(in.type);
    const Store store = storer(out.type, fromReals);
    if (!load || !store)
        return s.unsupported("types " + std::string(typeName(in.type)) + " to " + std::string(typeName(out.type)));
    return Kernel([=](const KernelRun &r) {
        std::byte *to = r.output<std::byte>();
        clearTail(to, count, outBits);
        forRows(r, (count + kPart - 1) / kPart, kPart, outBits, [&](std::size_t begin, std::size_t end) {
            Values values;
            for (std::size_t part = begin; part < end && !r.state.isCancelled(); ++part) {
                const std::size_t first = part * kPart, n = std::min(kPart, count - first);
                load(r.in[0], first, n, values);
                store(values, n, to, first);
            }
        });
    });
}

} // namespace requant
