// SPDX-License-Identifier: GPL-3.0-or-later
// Random test cases with a seed that is printed with every failure and can be replayed: REQUANT_SEED=n test_sim.
#pragma once

#include <catch2/catch.hpp>

#include <cstdint>
#include <cstdlib>
#include <random>

namespace testing {

inline std::uint64_t baseSeed()
{
    static const std::uint64_t seed = [] {
        const char *text = std::getenv("REQUANT_SEED");
        return text ? std::strtoull(text, nullptr, 10) : std::uint64_t{std::random_device{}()};
    }();
    return seed;
}

class Random
{
public:
    explicit Random(std::uint64_t seed) : m_engine(seed) {}
    int integer(int low, int high) { return std::uniform_int_distribution<int>(low, high)(m_engine); }
    double real(double low, double high) { return std::uniform_real_distribution<double>(low, high)(m_engine); }
    bool chance() { return integer(0, 1) == 1; }

private:
    std::mt19937_64 m_engine;
};

} // namespace testing
