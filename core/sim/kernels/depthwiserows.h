// SPDX-License-Identifier: GPL-3.0-or-later
// The way of a depthwise convolution for processors with AVX-512 VNNI: four lines of the input are interleaved byte by byte, so
// that one multiply-add takes four taps of a channel, one below the other. Taps beside each other are loads beside each other.
//
// The interleaved lines lie in four planes: 16 neighbouring bytes of a line, four at a time, become 16 bytes of plane 0, 1, 2
// and 3. A vector of plane j that begins at byte 16 * t so holds channels 16 * t + 4 * j + {0..3}, then those 16 further on
// and so on: accumulators come in the order of OutputQuad.
//
// A vector covers 64 outputs. If the stride is 1 and the channels are a multiple of 16 these are 64 neighbouring bytes of the
// output line, across pixels; otherwise up to 64 channels of one pixel. Vectors with the same channels form a phase.
#pragma once

#include "core/sim/kernels/convgeometry.h"
#include "core/sim/kernels/outputrows.h"
#include "core/sim/workers.h"

#include <cstdint>
#include <span>
#include <vector>

namespace requant {

// Weights by phase, group of four lines and tap. A weight that does not fit int8 is the sum of up to three that do; few do not,
// so what is more than the first lies apart.
struct DepthwiseBytes
{
    struct More
    {
        std::size_t begin;       // in `data`: 64 bytes
        std::size_t group, kx, j; // which vector of which tap they multiply
    };
    struct Phase
    {
        std::size_t begin = 0; // in `data`: [group][kernelW][4][64]
        std::vector<More> more;
    };
    bool isFlat = false; // vectors go across pixels
    std::size_t phases = 0, groups = 0;
    std::vector<Phase> phase;
    std::vector<std::int8_t> data;
    std::vector<std::int32_t> sums; // of each channel's weights
    // Channel of position i (0..63, in the order of the output) of a phase; -1 for none.
    static int channelAt(bool isFlat, int channels, std::size_t phase, std::size_t i);
    static DepthwiseBytes pack(const ConvGeometry &, std::span<const std::int16_t> weights);
};

// Prepared for one layer; the weights must outlive it. The depth multiplier is 1 and outputs are of 8 bits.
class DepthwiseRows
{
public:
    DepthwiseRows(const ConvGeometry &, const DepthwiseBytes &, const OutputStage &, std::span<const std::int32_t> bias, std::int32_t inputZeroPoint,
                  bool isSigned);
    // Output line `oy` of one picture; `out` is its first byte. Returns how many outputs were saturated if `count`.
    std::size_t run(const std::uint8_t *image, int oy, std::byte *out, bool count, Scratch &) const;

private:
    void interleave(const std::uint8_t *image, int oy, std::uint8_t *planes) const;
    void accumulate(std::size_t phase, const std::uint8_t *planes, std::size_t first, std::size_t n, std::int32_t *acc) const;

    ConvGeometry m_g;
    const DepthwiseBytes &m_weights;
    const OutputStage &m_stage;
    std::uint8_t m_padding;
    bool m_isSigned;
    std::size_t m_pitch, m_planeBytes;     // bytes of a plane from pixel to pixel and in all
    std::size_t m_inStep = 0, m_outStep = 0; // from vector to vector of a phase
    std::vector<std::int32_t> m_bias;      // [phase][64] in the order of OutputQuad
    std::vector<OutputQuad> m_quads;
};

} // namespace requant
