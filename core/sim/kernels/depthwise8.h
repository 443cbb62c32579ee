// SPDX-License-Identifier: GPL-3.0-or-later
// DEPTHWISE_CONV_2D on bytes. Accumulators are int32 and wrap.
#pragma once

#include "core/sim/kernels/convgeometry.h"
#include "core/sim/kernels/depthwiserows.h"
#include "core/sim/kernels/kernel.h"
#include "core/sim/kernels/outputstage.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace requant {

// Weights as the two ways take them: words in their own order, or bytes, see depthwiserows.h.
struct DepthwiseWeights
{
    std::vector<std::int16_t> words;
    std::unique_ptr<const DepthwiseBytes> bytes;
    static bool takesBytes(const ConvGeometry &, const OutputStage &);
    // Weights are [kernelH][kernelW][outC] without zero point; outC = inC * depth multiplier.
    static std::shared_ptr<const DepthwiseWeights> pack(const ConvGeometry &, const OutputStage &, std::span<const std::int16_t> weights);
};

template <class T> // std::uint8_t or std::int8_t, the inputs
class Depthwise8
{
public:
    // `bias` has outC entries or none.
    Depthwise8(const ConvGeometry &, std::shared_ptr<const DepthwiseWeights>, std::span<const std::int32_t> bias, std::int32_t inputZeroPoint,
               OutputStage);
    void run(const T *in, void *out, const KernelRun &) const;

private:
    std::size_t runWords(const T *in, std::byte *out, std::size_t begin, std::size_t end, const RunState &, Scratch &) const;

    ConvGeometry m_g;
    std::int32_t m_zeroPoint;
    OutputStage m_stage;
    std::shared_ptr<const DepthwiseWeights> m_weights;
    std::vector<std::int32_t> m_bias;
    std::unique_ptr<const DepthwiseRows> m_rows; // null: words
};

} // namespace requant
