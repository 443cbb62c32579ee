// SPDX-License-Identifier: GPL-3.0-or-later
// Afterwards: every activation and constant whose plan is not to be kept has its group's type and grid; constants hold the
// nearest integers to their real values.
#include "core/passes/context.h"

#include "core/passes/integers.h"

#include <algorithm>
#include <cmath>

namespace requant {

namespace {

void retype(PassContext &c, TensorIndex t)
{
    const TensorPlan &p = c.resolution.tensors[t.pos()];
    const GroupGrid *grid = c.gridOf(p);
    if (!grid || p.wish.keep || !grid->params.isQuantized())
        return;
    const Tensor from = c.from.tensor(t);
    if (p.wish.role == TensorRole::Constant)
        c.setData(t, regridded(c, from, p.wish.type, *grid));
    Tensor &to = c.graph().tensor(t);
    to.type = p.wish.type;
    PassContext::takeGrid(to, grid->params);
}

} // namespace

std::vector<std::byte> regridded(const PassContext &c, const Tensor &from, ElementType type, const GroupGrid &grid)
{
    const auto n = static_cast<std::size_t>(elementCount(from.shape));
    auto values = unpackIntegers(c.source.data(from), from.type, n);
    const IntegerRange r = integerRange(type);
    const double s = static_cast<double>(grid.params.scale[0]);
    std::size_t inner = 1; // elements of one channel in a row
    for (auto d = static_cast<std::size_t>(std::max(0, from.quant.quantizedDimension)) + 1; d < from.shape.size(); ++d)
        inner *= static_cast<std::size_t>(from.shape[d]);
    for (std::size_t i = 0; i < n; ++i) {
        const std::size_t c = from.quant.isPerChannel() ? i / inner % from.quant.scale.size() : 0;
        std::int64_t &v = values[i];
        const double real = static_cast<double>(from.quant.scaleAt(c)) * static_cast<double>(v - from.quant.zeroPointAt(c));
        v = std::clamp<std::int64_t>(std::llround((real - grid.offset) / grid.ratio / s) + grid.params.zeroPointAt(0), r.min, r.max);
    }
    return packIntegers(values, type);
}

void retypeTensors(PassContext &c)
{
    for (std::size_t t = 0; t < c.from.tensors.size(); ++t)
        retype(c, TensorIndex(t));
}

} // namespace requant
