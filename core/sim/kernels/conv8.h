// SPDX-License-Identifier: GPL-3.0-or-later
// CONV_2D on bytes, also grouped, and FULLY_CONNECTED as its 1x1 case. Accumulators are int32 and wrap.
#pragma once

#include "core/sim/kernels/convgeometry.h"
#include "core/sim/kernels/gemm.h"
#include "core/sim/kernels/gemm8.h"
#include "core/sim/kernels/kernel.h"
#include "core/sim/kernels/outputstage.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace requant {

// A convolution's weights as the multiplications take them: bytes for AVX-512 VNNI and AMX, words for less. One of each group.
struct ConvWeights
{
    std::vector<PackedWeights8> bytes;
    std::vector<PackedWeights> words;
    // Weights are [outC][kernelH][kernelW][inC / groups] without zero point.
    static std::shared_ptr<const ConvWeights> pack(const ConvGeometry &, SimdLevel, std::span<const std::int16_t> weights);
};

template <class T> // std::uint8_t or std::int8_t, the inputs
class Conv8
{
public:
    // `bias` has outC entries or none.
    Conv8(const ConvGeometry &, std::shared_ptr<const ConvWeights>, std::span<const std::int32_t> bias, std::int32_t inputZeroPoint, OutputStage);
    void run(const T *in, void *out, const KernelRun &) const;

private:
    struct Part;
    void runPart(const Part &, Scratch &) const;
    const std::uint8_t *inputRows(const Part &, std::size_t first, std::size_t count, std::size_t group, std::byte *memory) const;

    ConvGeometry m_g;
    std::int32_t m_zeroPoint;
    OutputStage m_stage;
    std::shared_ptr<const ConvWeights> m_weights;
    SimdLevel m_level; // of the multiplication
    bool m_isBytes = false;
    bool m_isContiguous = false; // the rows of a block lie in the input one after another
    bool m_flips = false;        // int8 inputs as uint8
    std::size_t m_rowBytes = 0;  // from row to row
    std::size_t m_blockRows = 0, m_blockTail = 0; // rows at a time, and how many more the last block may have
    std::vector<std::vector<std::int32_t>> m_bias; // one of each group, padded to whole panels
};

} // namespace requant
