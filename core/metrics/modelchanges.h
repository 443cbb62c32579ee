// SPDX-License-Identifier: GPL-3.0-or-later
// What a new conversion changed against an earlier one of the same source, operator by operator: so much must be simulated
// again. What cannot be told to be equal counts as changed.
#pragma once

#include "core/metrics/errors.h"

#include <vector>

namespace requant {

struct ModelChanges
{
    std::vector<OperatorIndex> sameOperator; // by operator of the new model: the earlier one that computes the same, or none
    std::vector<TensorIndex> sameAs;         // by tensor of the new model: the earlier model's tensor with the same value, or none
    std::vector<bool> local;         // by operator of the source: a layer's error on the source's activations may differ
    std::vector<bool> cumulative;    // the same end to end
    bool output = true;              // the first output or its logits may differ
    bool any() const;
};

ModelChanges changesBetween(const ComparedModels &before, const ComparedModels &after);
// Without an earlier conversion.
ModelChanges everythingChanged(const ComparedModels &);

} // namespace requant
