// SPDX-License-Identifier: GPL-3.0-or-later
// From wishes to a plan that the runtime accepts: tensors that must share a grid are tied together, fixed outputs win,
// biases follow, and where neighbours cannot agree a requantize operator is planned at the boundary. Every change of a
// wish keeps its reason.
#pragma once

#include "core/base/diagnostic.h"
#include "core/constraints/opspec.h"
#include "core/model/model.h"
#include "core/scheme/scheme.h"

#include <map>
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

// `consumer` reads a copy of `tensor` on another grid: through a requantize operator, or, where the tensor is constant,
// as a second constant. An invalid consumer stands for the graph output.
struct Boundary
{
    TensorIndex tensor;
    OperatorIndex consumer;
    std::int32_t input = -1;     // position among the consumer's inputs (or graph outputs)
    bool constant = false;
    TensorPlan plan;             // of the copy; its group may be a group of other tensors
    std::string reason;          // "requantize operator inserted because ..."
};

struct Resolution
{
    std::vector<TensorPlan> tensors; // by TensorIndex of the main subgraph
    std::vector<Boundary> boundaries;
    // Plans of shared weights where an operator needs another one than TensorPlan of the weight tensor says.
    std::map<OperatorIndex, TensorPlan> weightOverrides;
    std::vector<Algorithms> algorithms; // by OperatorIndex, as the scheme says; empty: the defaults
    std::int32_t groupCount = 0;     // groups may consist of boundary copies only
    std::vector<Adjustment> adjustments;
    Diagnostics diagnostics;
    Algorithms algorithmsOf(OperatorIndex o) const { return o.pos() < algorithms.size() ? algorithms[o.pos()] : Algorithms{}; }
};

Resolution resolveConstraints(const Model &, const Scheme &, const Recipe &);

// Checks a finished model against the table; shares no code with the resolver or the passes. Errors: the runtime refuses
// or computes wrongly; warnings: the specification is not met; notes: the XNNPACK delegate leaves the operator out.
Diagnostics verifyQuantization(const Model &);

inline constexpr Message kFixedOutputKept{
    "constraints.fixed-output-kept",
    "%1 keeps its fixed output grid (scale %2, zero point %3) although %4 was asked for: policy 'keep'"};
inline constexpr Message kFixedOutputRequantized{
    "constraints.fixed-output-requantized",
    "%1 has a fixed output grid (scale %2, zero point %3); a requantize operator moves it to what was asked for: policy "
    "'requantize'"};
inline constexpr Message kUnknownOperatorKept{"constraints.unknown-operator",
                                              "%1 is left as it is: its quantization rules are not known"};

} // namespace requant
