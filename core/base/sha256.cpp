// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/sha256.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

namespace requant {

namespace {

// The first 32 bits of the fractional parts of roots of the first primes, as the standard defines its constants.
std::vector<std::uint32_t> rootConstants(std::size_t count, bool cubic)
{
    std::vector<std::uint32_t> out;
    for (unsigned n = 2; out.size() < count; ++n) {
        bool prime = true;
        for (unsigned d = 2; d * d <= n; ++d)
            prime = prime && n % d != 0;
        if (!prime)
            continue;
        const long double root = cubic ? std::cbrt(static_cast<long double>(n)) : std::sqrt(static_cast<long double>(n));
        out.push_back(static_cast<std::uint32_t>((root - std::floor(root)) * 4294967296.0L));
    }
    return out;
}

void compress(std::array<std::uint32_t, 8> &state, const unsigned char *block)
{
    static const std::vector<std::uint32_t> k = rootConstants(64, true);
    std::array<std::uint32_t, 64> w;
    for (std::size_t i = 0; i < 16; ++i)
        w[i] = std::uint32_t{block[4 * i]} << 24 | std::uint32_t{block[4 * i + 1]} << 16
            | std::uint32_t{block[4 * i + 2]} << 8 | block[4 * i + 3];
    for (std::size_t i = 16; i < 64; ++i) {
        const std::uint32_t s0 = std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ (w[i - 15] >> 3);
        const std::uint32_t s1 = std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ (w[i - 2] >> 10);
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    auto [a, b, c, d, e, f, g, h] = state;
    for (std::size_t i = 0; i < 64; ++i) {
        const std::uint32_t big1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
        const std::uint32_t t1 = h + big1 + ((e & f) ^ (~e & g)) + k[i] + w[i];
        const std::uint32_t big0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
        const std::uint32_t t2 = big0 + ((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d + t1;
        d = c;
        c = b;
        b = a;
        a = t1 + t2;
    }
    const std::array<std::uint32_t, 8> add{a, b, c, d, e, f, g, h};
    for (std::size_t i = 0; i < 8; ++i)
        state[i] += add[i];
}

} // namespace

std::string sha256Hex(std::span<const std::byte> data)
{
    std::array<std::uint32_t, 8> state;
    const std::vector<std::uint32_t> start = rootConstants(8, false);
    for (std::size_t i = 0; i < 8; ++i)
        state[i] = start[i];
    const auto *bytes = reinterpret_cast<const unsigned char *>(data.data());
    const std::size_t whole = data.size() / 64;
    for (std::size_t i = 0; i < whole; ++i)
        compress(state, bytes + 64 * i);
    std::array<unsigned char, 128> tail{};
    const std::size_t rest = data.size() - 64 * whole;
    for (std::size_t i = 0; i < rest; ++i)
        tail[i] = bytes[64 * whole + i];
    tail[rest] = 0x80;
    const std::size_t blocks = rest < 56 ? 1 : 2;
    const std::uint64_t bits = static_cast<std::uint64_t>(data.size()) * 8;
    for (std::size_t i = 0; i < 8; ++i)
        tail[64 * blocks - 1 - i] = static_cast<unsigned char>(bits >> (8 * i));
    for (std::size_t i = 0; i < blocks; ++i)
        compress(state, tail.data() + 64 * i);
    std::string out;
    for (const std::uint32_t v : state)
        for (int shift = 28; shift >= 0; shift -= 4)
            out += "0123456789abcdef"[(v >> shift) & 15u];
    return out;
}

} // namespace requant
