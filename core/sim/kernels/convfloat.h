// SPDX-License-Identifier: GPL-3.0-or-later
// CONV_2D, also grouped, DEPTHWISE_CONV_2D and FULLY_CONNECTED of floats. Each output's products are added one after another in
// the order of its weights in memory, taps outside of the picture left out, and the bias last: as TFLite's reference kernels
// do. Equal for every instruction set and number of threads.
#pragma once

#include "core/sim/kernels/convgeometry.h"
#include "core/sim/kernels/cpu.h"
#include "core/sim/kernels/kernel.h"

#include <memory>
#include <span>
#include <vector>

namespace requant {

// Panels of 16 channels, [panel][tap][input channel][16], those of a group together; depthwise: [tap][outC], as in the file.
struct FloatWeights
{
    static constexpr std::size_t kPanel = 16;
    std::size_t panelsPerGroup = 0;
    std::vector<float> values;
    // Weights are [outC][kernelH][kernelW][inC / groups], for a depthwise convolution [kernelH][kernelW][outC].
    static std::shared_ptr<const FloatWeights> pack(const ConvGeometry &, bool depthwise, std::span<const float> weights);
};

class ConvFloat
{
public:
    // `bias` has outC entries.
    ConvFloat(const ConvGeometry &, bool depthwise, std::shared_ptr<const FloatWeights>, std::vector<float> bias, FloatRange);
    void run(const float *in, float *out, const KernelRun &) const;

private:
    struct Part;
    void runPanels(const Part &) const;
    void runTaps(const Part &) const;
    void finish(const float *sums, std::size_t channel, std::size_t n, float *out) const;

    ConvGeometry m_g;
    bool m_depthwise;
    SimdLevel m_level = simdLevel();
    std::shared_ptr<const FloatWeights> m_weights;
    std::vector<float> m_bias;
    FloatRange m_range;
};

} // namespace requant
