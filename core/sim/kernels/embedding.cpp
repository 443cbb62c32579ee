// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/embedding.h"

#include "core/sim/kernels/moving.h"

#include <algorithm>

namespace requant {

Result<Kernel> makeEmbeddingLookup(const KernelSetup &s)
{
    if (s.inputCount() != 2 || !s.hasInput(1))
        return s.unsupported("it has not two inputs");
    const Tensor &lookup = s.input(0), &table = s.input(1), &out = s.output();
    if (lookup.shape.size() != 1 || lookup.type != ElementType::Int32 || table.shape.size() < 2)
        return s.unsupported("the row numbers are no list of int32, or the table has less than two dimensions");
    Shape expected = table.shape;
    expected[0] = lookup.shape[0];
    if (out.shape != expected)
        return s.unsupported("the output's shape does not follow from the inputs");
    const std::size_t rows = sizeOf(table.shape[0]), row = rows > 0 ? countOf(table.shape) / rows : 0, count = sizeOf(lookup.shape[0]);
    const auto areInside = [rows, count](const std::int32_t *indices) {
        return std::all_of(indices, indices + count, [rows](std::int32_t i) { return i >= 0 && static_cast<std::size_t>(i) < rows; });
    };
    constexpr const char *kOutOfRange = "a row number is out of range";
    if (out.type == table.type) {
        if (table.quant.scale.size() > 1)
            return s.unsupported("a table with a scale per row that gives no floats");
        const auto bits = movedBits(s, {&table, &out});
        if (!bits)
            return bits.error();
        return Kernel([=, bits = *bits](const KernelRun &r) {
            const auto *indices = r.input<std::int32_t>(0);
            if (!areInside(indices))
                return r.fail(kOutOfRange);
            clearTail(r.output<std::byte>(), count * row, bits);
            forRows(r, count, row, bits, [&](std::size_t begin, std::size_t end) {
                for (std::size_t k = begin; k < end && !r.state.isCancelled(); ++k)
                    moveElements(r.output<std::byte>(), k * row, r.in[1], static_cast<std::size_t>(indices[k]) * row, row, bits);
            });
        });
    }
    const bool isPacked4 = table.type == ElementType::Int4;
    if (out.type != ElementType::Float32 || (!is8Bit(table.type) && !isPacked4))
        return s.unsupported("a table of type " + std::string(typeName(table.type)) + " for an output of type " + std::string(typeName(out.type)));
    const std::vector<float> &scales = table.quant.scale;
    if (scales.empty() || (scales.size() > 1 && (scales.size() != rows || table.quant.quantizedDimension != 0)))
        return s.unsupported("the table has neither one scale nor one per row");
    for (const std::int64_t zero : table.quant.zeroPoint)
        if (zero != 0)
            return s.unsupported("the table has a zero point");
    if (isPacked4 && row % 2 != 0)
        return s.unsupported("int4 rows of odd length");
    return Kernel([=](const KernelRun &r) {
        const auto *indices = r.input<std::int32_t>(0);
        if (!areInside(indices))
            return r.fail(kOutOfRange);
        forRows(r, count, row, 32, [&](std::size_t begin, std::size_t end) {
            for (std::size_t k = begin; k < end && !r.state.isCancelled(); ++k) {
                const auto index = static_cast<std::size_t>(indices[k]);
                const float scale = scales[scales.size() > 1 ? index : 0];
                float *to = r.output<float>() + k * row;
                const auto *from = r.input<std::int8_t>(1) + index * row / (isPacked4 ? 2 : 1);
                for (std::size_t i = 0; i < row; ++i) {
                    const int stored = !isPacked4 ? from[i] : i % 2 == 0 ? static_cast<std::int8_t>(from[i / 2] * 16) / 16 : from[i / 2] >> 4;
                    to[i] = static_cast<float>(stored) * scale;
                }
            }
        });
    });
}

} // namespace requant
