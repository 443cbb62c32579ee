// SPDX-License-Identifier: GPL-3.0-or-later
// What the recipe asks of every tensor of the main subgraph, before any constraint is looked at.
#pragma once

#include "core/model/model.h"
#include "core/scheme/recipe.h"

#include <vector>

namespace requant {

enum class TensorRole : std::uint8_t {
    Activation, // computed or fed, with a grid
    Weight,     // constant filter of a weighted operator, with a grid
    Bias,       // of a weighted operator: its grid follows from input and weight
    Constant,   // any other constant with a grid (an ADD's constant operand)
    Other,      // no grid: shapes, axes, float, bool, strings, resources
};
std::string_view roleName(TensorRole);

// What is wished for one tensor. Where no rule speaks, and for roles Bias and Other always, keep is true and the other
// fields tell what the tensor has (a bias follows input and weight whatever its keep says).
struct TensorWish
{
    TensorRole role = TensorRole::Other;
    bool keep = true;
    ElementType type = ElementType::Int8;
    Symmetry symmetry = Symmetry::Asymmetric;
    Granularity granularity = Granularity::PerTensor;
    ScaleRule scale = ScaleRule::Any;
    bool narrowRange = false;
    int bits = 0;           // weights: 2..7 of the type's own; 0: all
    bool ownGrid = false;   // activations: not tied to others by operators of one grid
    std::int32_t rule = -1; // the last rule that set a field, -1 if none
    friend bool operator==(const TensorWish &, const TensorWish &) = default;
};

struct Scheme
{
    std::vector<TensorWish> tensors;    // by TensorIndex of the main subgraph
    std::vector<Algorithms> algorithms; // by OperatorIndex
};
// What at least one operator uses.
Algorithms usedAlgorithms(const Scheme &);

// Inputs of an operator that hold its weights and bias (invalid if it has none).
struct WeightedInputs
{
    int weight = -1, bias = -1; // positions in Operator::inputs
    int channelDimension = 0;   // of the weight tensor, for per-channel quantization
};
WeightedInputs weightedInputs(Op); // weight == -1 for operators without weights

std::vector<TensorRole> tensorRoles(const Model &, SubgraphIndex = SubgraphIndex{0});
// What the tensor has now, as a wish with keep = true.
TensorWish currentWish(const Tensor &, TensorRole);
bool ruleMatches(const Rule &, const Subgraph &, OperatorIndex);
bool ruleMatchesInput(const Rule &, const Subgraph &, TensorIndex graphInput);
Scheme assignScheme(const Model &, const Recipe &);
// Operators (and graph inputs) that the rule matches: how many, for an editor's effect count.
std::size_t ruleEffect(const Model &, const Rule &);

} // namespace requant
