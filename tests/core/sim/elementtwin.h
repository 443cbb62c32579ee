// SPDX-License-Identifier: GPL-3.0-or-later
// What the obvious twins of kernels are made of: seeds that replay, shapes that broadcast, places by coordinates, fixed-point
// rounding by its definition in wide floating point.
#pragma once

#include "twin.h"

#include "core/sim/fixedpoint.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace testing {

// f(random) with a seed for each case; a failure names it.
template <class F>
void forSeeds(int cases, F &&f)
{
    for (int n = 0; n < cases; ++n) {
        const std::uint64_t seed = baseSeed() + static_cast<std::uint64_t>(n);
        INFO("REQUANT_SEED=" << seed);
        Random random(seed);
        f(random);
    }
}

inline requant::Shape randomShape(Random &random, int minRank, int maxRank, int most)
{
    requant::Shape s(static_cast<std::size_t>(random.integer(minRank, maxRank)));
    for (auto &d : s)
        d = random.integer(0, 40) == 0 ? 0 : random.integer(0, 3) == 0 ? 1 : random.integer(1, most);
    return s;
}

// A shape that broadcasts to `out`: some dimensions are 1, leading ones may be left out.
inline requant::Shape broadcastable(Random &random, requant::Shape out)
{
    const int way = random.integer(0, 3);
    for (auto &d : out)
        if (way == 0 || (way == 1 && random.chance()))
            d = 1;
    while (!out.empty() && out.front() == 1 && random.chance())
        out.erase(out.begin());
    return out;
}

struct Shapes
{
    std::vector<requant::Shape> in;
    requant::Shape out;
};

// `n` inputs and the output to which they broadcast, up to six dimensions.
inline Shapes randomShapes(Random &random, std::size_t n)
{
    Shapes s;
    s.out = randomShape(random, 0, 6, random.chance() ? 3 : 5);
    for (std::size_t k = 0; k < n; ++k)
        s.in.push_back(broadcastable(random, s.out));
    if (random.chance())
        s.in[static_cast<std::size_t>(random.integer(0, static_cast<int>(n) - 1))] = s.out;
    for (std::size_t d = 0; d < s.out.size(); ++d) { // a dimension that no input has larger than 1 is 1
        bool one = true;
        for (const auto &in : s.in)
            one = one && (d >= in.size() || in[in.size() - 1 - d] == 1);
        if (one)
            s.out[s.out.size() - 1 - d] = 1;
    }
    return s;
}

// The coordinates of a place and back.
inline std::vector<std::int32_t> coordinates(const requant::Shape &shape, std::size_t place)
{
    std::vector<std::int32_t> at(shape.size());
    for (std::size_t d = shape.size(); d-- > 0;) {
        at[d] = static_cast<std::int32_t>(place % static_cast<std::size_t>(shape[d]));
        place /= static_cast<std::size_t>(shape[d]);
    }
    return at;
}

inline std::size_t placeOf(const requant::Shape &shape, const std::vector<std::int32_t> &at)
{
    std::size_t place = 0;
    for (std::size_t d = 0; d < shape.size(); ++d)
        place = place * static_cast<std::size_t>(shape[d]) + static_cast<std::size_t>(at[d]);
    return place;
}

// Where an input that broadcasts is read for a place of the output.
inline std::size_t sourceOf(const requant::Shape &in, const requant::Shape &out, std::size_t place)
{
    std::vector<std::int32_t> at = coordinates(out, place), from;
    for (std::size_t d = 0; d < in.size(); ++d)
        from.push_back(in[d] == 1 ? 0 : at[out.size() - in.size() + d]);
    return placeOf(in, from);
}

// n values of a wide integer or float type; integers mostly small, so that they meet.
template <class T>
std::vector<T> wideValues(Random &random, std::size_t n)
{
    std::vector<T> out(n);
    for (T &v : out) {
        const int pick = random.integer(0, 9);
        if constexpr (std::is_floating_point_v<T>)
            v = static_cast<T>(pick == 0 ? 0.0 : pick == 1 ? std::ldexp(random.real(-1, 1), random.integer(-60, 60)) : pick < 5 ? random.integer(-4, 4) : random.real(-20, 20));
        else
            v = pick == 0 ? std::numeric_limits<T>::max() : pick == 1 ? std::numeric_limits<T>::min() : pick < 8 ? static_cast<T>(random.integer(-5, 5))
                                                                                                                 : static_cast<T>(random.integer(-2147483647, 2147483647));
    }
    return out;
}

// Random values of any storage type.
template <class T>
std::vector<T> anyValues(Random &random, std::size_t n)
{
    if constexpr (sizeof(T) <= 2)
        return randomValues<T>(random, n);
    else
        return wideValues<T>(random, n);
}

// A value of up to 63 significant bits loses its fraction as named.
inline long double roundedOnce(long double v, requant::FixedRounding rounding)
{
    const long double floor = std::floor(v), rest = v - floor;
    switch (rounding) {
    case requant::FixedRounding::Single:
    case requant::FixedRounding::HalfUp: return rest >= 0.5L ? floor + 1 : floor;
    case requant::FixedRounding::HalfEven: return rest > 0.5L || (rest == 0.5L && std::fmod(floor, 2.0L) != 0) ? floor + 1 : floor;
    case requant::FixedRounding::Truncate: return floor;
    default: return rest > 0.5L || (rest == 0.5L && v >= 0) ? floor + 1 : floor; // half away from zero
    }
}

// n / d without its fraction; d > 0.
inline std::int64_t roundedQuotient(std::int64_t n, std::int64_t d, requant::FixedRounding rounding)
{
    std::int64_t floor = n / d;
    while (floor * d > n)
        --floor;
    const std::int64_t twiceRest = 2 * (n - floor * d);
    switch (rounding) {
    case requant::FixedRounding::Single:
    case requant::FixedRounding::HalfUp: return twiceRest >= d ? floor + 1 : floor;
    case requant::FixedRounding::HalfEven: return twiceRest > d || (twiceRest == d && floor % 2 != 0) ? floor + 1 : floor;
    case requant::FixedRounding::Truncate: return floor;
    default: return twiceRest > d || (twiceRest == d && n >= 0) ? floor + 1 : floor;
    }
}

// A real number with 31 significant bits: mantissa / 2^31 * 2^exponent, as TFLite keeps multipliers.
struct Q31
{
    long double mantissa = 0;
    int exponent = 0;

    explicit Q31(double real)
    {
        mantissa = std::round(std::frexp(real, &exponent) * 2147483648.0);
        if (std::abs(mantissa) == 2147483648.0L) {
            mantissa /= 2;
            ++exponent;
        }
        if (exponent < -31)
            mantissa = exponent = 0;
    }
    Q31(long double m, int e) : mantissa(m), exponent(e) {}
    long double value() const { return std::ldexp(mantissa, exponent - 31); }
};

// round(x * m): twice for FixedRounding::Double (as gemmlowp), else once.
inline std::int64_t scaledFixed(std::int64_t x, Q31 m, requant::FixedRounding rounding)
{
    using requant::FixedRounding;
    if (rounding != FixedRounding::Double)
        return static_cast<std::int64_t>(roundedOnce(static_cast<long double>(x) * m.value(), rounding));
    const long double shifted = std::ldexp(static_cast<long double>(x), std::max(m.exponent, 0));
    const long double high = roundedOnce(std::ldexp(shifted * m.mantissa, -31), FixedRounding::HalfUp);
    return static_cast<std::int64_t>(m.exponent < 0 ? roundedOnce(std::ldexp(high, m.exponent), FixedRounding::HalfAway) : high);
}
inline std::int64_t scaledFixed(std::int64_t x, double real, requant::FixedRounding rounding) { return scaledFixed(x, Q31(real), rounding); }

// A power of two or any other number, about 2^-8 to 2^-1.
inline float randomScale(Random &random, int least = -8, int most = -1)
{
    return static_cast<float>(random.integer(0, 2) == 0 ? std::ldexp(1.0, random.integer(least, most)) : std::exp2(random.real(least, most)));
}

template <class T>
int randomZeroPoint(Random &random)
{
    return sizeof(T) > 1 ? 0 : random.integer(std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
}

template <class T>
requant::ElementType elementType()
{
    using requant::ElementType;
    if constexpr (std::is_same_v<T, float>)
        return ElementType::Float32;
    else if constexpr (std::is_same_v<T, std::uint8_t>)
        return ElementType::UInt8;
    else if constexpr (std::is_same_v<T, std::int8_t>)
        return ElementType::Int8;
    else if constexpr (std::is_same_v<T, std::int16_t>)
        return ElementType::Int16;
    else if constexpr (std::is_same_v<T, std::int32_t>)
        return ElementType::Int32;
    else
        return ElementType::Int64;
}

// Equal one by one; says where the first difference is.
template <class T>
void requireEqual(const std::vector<T> &got, const std::vector<T> &expected)
{
    REQUIRE(got.size() == expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
        const bool bothNan = got[i] != got[i] && expected[i] != expected[i];
        if (got[i] != expected[i] && !bothNan) {
            INFO("place " << i << " of " << got.size());
            REQUIRE(+got[i] == +expected[i]);
        }
    }
}

} // namespace testing
