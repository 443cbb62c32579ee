// SPDX-License-Identifier: GPL-3.0-or-later
// Which elements of its input a weighted operator's weights multiply for one place of its output.
#pragma once

#include "core/model/model.h"

#include <cstddef>
#include <optional>

namespace requant {

class PatchGeometry
{
public:
    // Nothing for operators other than CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED, and for batches of pictures.
    static std::optional<PatchGeometry> create(const Model &, const Operator &);

    std::size_t positions() const { return static_cast<std::size_t>(m_outH) * static_cast<std::size_t>(m_outW); }
    std::size_t blocks() const { return m_blocks; } // depthwise: one per input channel; grouped: per group; else one
    std::size_t size() const { return m_size; }     // weights of one output
    std::size_t inputElements() const
    {
        return static_cast<std::size_t>(m_inH) * static_cast<std::size_t>(m_inW) * static_cast<std::size_t>(m_inC);
    }

    // Fills patch[blocks][size], in the order of RealWeights, with at(element of the input), or `outside` where padding
    // lies.
    template <class T, class At>
    void gather(std::size_t position, T outside, At &&at, T *patch) const
    {
        const auto channels = static_cast<std::size_t>(m_inC), perBlock = channels / m_blocks, taps = m_size / perBlock;
        const int oy = static_cast<int>(position / static_cast<std::size_t>(m_outW)),
                  ox = static_cast<int>(position % static_cast<std::size_t>(m_outW));
        for (int ky = 0; ky < m_kernelH; ++ky) {
            for (int kx = 0; kx < m_kernelW; ++kx) {
                const std::size_t tap = static_cast<std::size_t>(ky * m_kernelW + kx);
                const int y = oy * m_strideH - m_padTop + ky * m_dilationH,
                          x = ox * m_strideW - m_padLeft + kx * m_dilationW;
                const bool inside = y >= 0 && y < m_inH && x >= 0 && x < m_inW;
                const std::size_t first =
                    inside
                        ? (static_cast<std::size_t>(y) * static_cast<std::size_t>(m_inW) + static_cast<std::size_t>(x))
                              * channels
                        : 0;
                for (std::size_t c = 0; c < channels; ++c)
                    patch[(c / perBlock * taps + tap) * perBlock + c % perBlock] = inside ? at(first + c) : outside;
            }
        }
    }

private:
    int m_inH = 1, m_inW = 1, m_inC = 1, m_outH = 1, m_outW = 1, m_kernelH = 1, m_kernelW = 1;
    int m_strideH = 1, m_strideW = 1, m_dilationH = 1, m_dilationW = 1, m_padTop = 0, m_padLeft = 0;
    std::size_t m_blocks = 1, m_size = 0;
};

} // namespace requant
