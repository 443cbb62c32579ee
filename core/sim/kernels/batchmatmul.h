// SPDX-License-Identifier: GPL-3.0-or-later
// Products of two activations. Exact to TFLite's kernels, which the XNNPACK delegate leaves the integer forms to; floats are
// summed in the order of TFLite's reference kernel, its optimized one and the delegate differ in the last bits.
//   BATCH_MATMUL     with adjoints and broadcast batches: int8 (also into int32, where TFLite ignores zero points), int16, int16
//                    by int8, float32. LiteRT of 2026 has the reference kernel only: two roundings beside the delegate, too.
//                    Its predecessors computed int8 through ruy, with one rounding, and took zero points off for int32
//   FULLY_CONNECTED  with weights or a bias that are no constants: uint8, int8, int16 by int8 or int16, float32. Beside the
//                    delegate TFLite computes sums of 32 bits through ruy, with one rounding; else as conv.h says
#pragma once

#include "core/sim/kernels/kernel.h"

#include <array>

namespace requant {

// Which matrices meet: up to three batch dimensions of which those of size 1 repeat.
struct MatmulShape
{
    std::array<std::size_t, 3> batches{1, 1, 1}, left{1, 1, 1}, right{1, 1, 1};
    std::size_t rows = 0, depth = 0, columns = 0;
    bool adjX = false, adjY = false;
    std::size_t batchCount() const { return batches[0] * batches[1] * batches[2]; }
    std::size_t leftCount() const { return left[0] * left[1] * left[2]; }
    std::size_t rightCount() const { return right[0] * right[1] * right[2]; }
    // Position of output batch b among the matrices of one side.
    std::size_t of(std::size_t b, const std::array<std::size_t, 3> &side) const
    {
        const std::size_t b0 = b / (batches[1] * batches[2]), b1 = b / batches[2] % batches[1], b2 = b % batches[2];
        return ((side[0] == 1 ? 0 : b0) * side[1] + (side[1] == 1 ? 0 : b1)) * side[2] + (side[2] == 1 ? 0 : b2);
    }
};
Result<MatmulShape> matmulShape(const KernelSetup &);

// Copies `count` matrices of rows x columns, or transposes them, through `convert`.
template <class From, class To, class Convert>
void copyMatrices(const From *from, std::size_t count, std::size_t rows, std::size_t columns, bool transpose, To *to, Convert &&convert)
{
    for (std::size_t m = 0; m < count; ++m, from += rows * columns, to += rows * columns)
        for (std::size_t i = 0; i < rows; ++i)
            for (std::size_t j = 0; j < columns; ++j)
                to[transpose ? j * rows + i : i * columns + j] = convert(from[i * columns + j]);
}

Result<Kernel> makeBatchMatmul(const KernelSetup &);
Result<Kernel> makeDynamicFullyConnected(const KernelSetup &);

} // namespace requant
