// SPDX-License-Identifier: GPL-3.0-or-later
// Two files of one network, made by different tools: which layer of one is which layer of the other, so that they can
// be compared like a conversion with its source (core/metrics/errors.h).
//
// Operators belong together where they do the same on outputs of the same shape and
//  1. their first outputs have the same name, which is the only such name on either side; or
//  2. they are in the longest common sequence of what stands, in execution order, between two layers found by 1.
#pragma once

#include "core/metrics/errors.h"
#include "core/model/model.h"
#include "core/scheme/recipe.h"

#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace requant {

struct Alignment
{
    // `converted` is the other model with its tensors in the order of the first one's: outputs of layers that belong
    // together and graph inputs have the same index, the others stand behind all tensors of the first.
    ComparedModels models;
    std::size_t byName = 0, byOrder = 0;
    std::vector<OperatorIndex> onlySource, onlyOther; // in the numbers of their own models
    std::size_t matched() const { return byName + byOrder; }
};

// Main subgraphs; both must have one.
Alignment alignModels(std::shared_ptr<const Model> source, std::shared_ptr<const Model> other);

// The recipe that a model written by Requant was made by; none for other files.
std::optional<Recipe> recordedRecipe(const Model &);

// A longest common subsequence of two sequences of keys, as pairs of positions. Where their product is beyond
// kMostCells only what is equal from both ends on is paired.
inline constexpr std::size_t kMostCells = 25'000'000;
std::vector<std::pair<std::size_t, std::size_t>> commonSequence(std::span<const std::size_t> a,
                                                                std::span<const std::size_t> b);

} // namespace requant
