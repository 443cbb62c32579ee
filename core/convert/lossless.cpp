// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/convert/lossless.h"

#include <algorithm>
#include <optional>

namespace requant {

namespace {

// By how much integers move from one 8-bit type to another; nothing if the types are no such pair.
std::optional<int> movement(ElementType from, ElementType to)
{
    if (from == to)
        return 0;
    if (from == ElementType::UInt8 && to == ElementType::Int8)
        return -128;
    if (from == ElementType::Int8 && to == ElementType::UInt8)
        return 128;
    return std::nullopt;
}

bool sameData(const Model &a, const Tensor &before, const Model &b, const Tensor &after, int by)
{
    const auto x = a.data(before), y = b.data(after);
    if (x.size() != y.size())
        return false;
    // Both ways the top bit turns over.
    const std::byte flip = by ? std::byte{0x80} : std::byte{0};
    return std::equal(x.begin(), x.end(), y.begin(), [flip](std::byte p, std::byte q) { return (p ^ flip) == q; });
}

} // namespace

bool keepsEveryValue(const Conversion &c, TensorIndex t)
{
    const Tensor &before = c.source->subgraphs.front().tensor(t), &after = c.model->subgraphs.front().tensor(t);
    const auto by = movement(before.type, after.type);
    if (!by || before.quant.scale != after.quant.scale || before.shape != after.shape || c.effective.count(t))
        return false;
    const std::size_t n = std::max(before.quant.zeroPoint.size(), after.quant.zeroPoint.size());
    for (std::size_t i = 0; i < n; ++i) {
        if (before.quant.zeroPointAt(i) + *by != after.quant.zeroPointAt(i))
            return false;
    }
    return sameData(*c.source, before, *c.model, after, *by);
}

Diagnostics losslessNotes(const Conversion &c)
{
    std::size_t all = 0, kept = 0, activations = 0, keptActivations = 0, moved = 0;
    const Subgraph &from = c.source->subgraphs.front(), &to = c.model->subgraphs.front();
    for (std::size_t i = 0; i < from.tensors.size(); ++i) {
        const TensorRole role = c.resolution.tensors[i].wish.role;
        if (role == TensorRole::Other)
            continue;
        const bool same = keepsEveryValue(c, TensorIndex(i));
        ++all;
        kept += same;
        activations += role == TensorRole::Activation;
        keptActivations += same && role == TensorRole::Activation;
        moved += same && role == TensorRole::Activation && from.tensors[i].type != to.tensors[i].type;
    }
    Diagnostics notes;
    if (moved == 0)
        return notes;
    const bool inserted = std::any_of(c.origin.begin(), c.origin.end(), [](OperatorIndex o) { return !o; });
    if (kept == all && !inserted)
        notes.push_back(makeNote(kLossless, {std::to_string(all)}));
    else
        notes.push_back(makeNote(kLosslessActivations, {std::to_string(keptActivations), std::to_string(activations)}));
    return notes;
}

} // namespace requant
