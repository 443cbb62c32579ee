// SPDX-License-Identifier: GPL-3.0-or-later
// From wishes to a plan that the runtime accepts: tensors that must share a grid are tied together, fixed outputs win,
// biases follow, and where neighbours cannot agree a requantize operator is planned at the boundary. Every change of a
// wish keeps its reason.
#pragma once

#include "core/base/diagnostic.h"
#include "core/constraints/opspec.h"
#include "core/model/model.h"
#include "core/scheme/scheme.h"

#include <optional>
#include <string>
#include <vector>

namespace requant {

enum class Origin : std::uint8_t { Kept, Rule, SameAs, Derived, Fixed, Limit };
std::string_view originName(Origin);

// What one tensor will be. Scales are chosen later (passes/grids.h), one per group.
struct TensorPlan
{
    TensorWish wish;                // after constraints
    Origin origin = Origin::Kept;
    std::int32_t group = -1;        // tensors of one group share one grid; -1: no grid
    OperatorIndex because;          // operator whose rule decided, if origin is SameAs, Derived, Fixed or Limit
    std::optional<QuantParams> fixed; // kept or fixed grids
    std::string reason;             // one sentence; empty if the wish was granted
};

// A wish that was not granted.
struct Adjustment
{
    TensorIndex tensor;
    TensorWish asked, granted;
    OperatorIndex because;
    std::string reason;
};

// A requantize operator to insert: `consumer` reads a copy of `tensor` on another grid. An invalid consumer stands for the
// graph output.
struct Boundary
{
    TensorIndex tensor;
    OperatorIndex consumer;
    std::int32_t input = -1;     // position among the consumer's inputs (or graph outputs)
    TensorPlan plan;             // of the copy; its group may be a group of other tensors
    std::string reason;          // "requantize operator inserted because ..."
};

struct Resolution
{
    std::vector<TensorPlan> tensors; // by TensorIndex of the main subgraph
    std::vector<Boundary> boundaries;
    std::vector<Adjustment> adjustments;
    std::vector<std::vector<TensorIndex>> groups; // members by group number
    Diagnostics diagnostics;
};

Resolution resolveConstraints(const Model &, const Scheme &, const Recipe &);

// Independent of the resolver and the passes: checks a finished model against the table and, where a recipe is given,
// against what it asks for. Diagnostics name operator and tensor.
Diagnostics verifyQuantization(const Model &);

} // namespace requant
