// SPDX-License-Identifier: GPL-3.0-or-later
// CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED on int16 inputs with int8, int4 or int16 weights. Sums of as many products as
// surely fit int32 are added into int64; so they are exact, and the order does not matter.
#pragma once

#include "core/sim/kernels/convgeometry.h"
#include "core/sim/kernels/gemm.h"
#include "core/sim/kernels/kernel.h"
#include "core/sim/kernels/outputstage.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace requant {

struct Weights16
{
    std::size_t run = 0;                // products that int32 holds; at least 2 where the accumulators are wide
    std::vector<PackedWeights> panels;  // one of each group
    std::vector<std::int16_t> taps;     // depthwise: [kernelH][kernelW][outC]
    // [outC][kernelH][kernelW][inC / groups], for a depthwise convolution [kernelH][kernelW][outC], without zero point.
    static std::shared_ptr<const Weights16> pack(const ConvGeometry &, bool depthwise, std::span<const std::int16_t> weights);
};

class Conv16
{
public:
    // `wide`: the output stage takes 64 bits, otherwise the sum's low 32. `bias` has outC entries or none.
    Conv16(const ConvGeometry &, std::shared_ptr<const Weights16>, std::span<const std::int64_t> bias, bool wide, OutputStage);
    void run(const std::int16_t *in, void *out, const KernelRun &) const;

private:
    std::size_t runRows(const std::int16_t *in, std::byte *out, std::size_t begin, std::size_t end, const RunState &, Scratch &) const;
    std::size_t runTaps(const std::int16_t *in, std::byte *out, std::size_t begin, std::size_t end, const RunState &, Scratch &) const;
    std::size_t finish(const std::int64_t *acc, std::size_t first, std::size_t n, std::byte *out, bool count) const;

    ConvGeometry m_g;
    bool m_wide;
    OutputStage m_stage;
    std::shared_ptr<const Weights16> m_weights;
    std::vector<std::int64_t> m_bias;
};

} // namespace requant
