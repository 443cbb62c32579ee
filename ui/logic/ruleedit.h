// SPDX-License-Identifier: GPL-3.0-or-later
// A recipe's list of rules as pure functions: what each hits and decides, its texts, and edits of the list.
#pragma once

#include "core/model/model.h"
#include "core/scheme/recipe.h"

#include <QString>

#include <optional>
#include <vector>

namespace requant {

struct RuleCount
{
    int hits = 0;    // operators and graph inputs that it matches
    int decides = 0; // of them, those for which it has the last word on at least one field
    QString problem; // an ill-formed regular expression, or that nothing is matched; empty if all is well
};
// By rule. A field counts where the operator has what it speaks of: weights where it has weights. A rule that sets any
// field but keep also speaks of keep: it ends an earlier one.
std::vector<RuleCount> ruleCounts(const Model &, const Recipe &);
// Operators that the rule matches.
std::vector<int> matchedLayers(const Model &, const Rule &);

// "conv*; CONV_2D: activations int16; weights keep as is; scale search off".
QString ruleText(const Rule &);
// What is wrong with the rule's conditions; empty if nothing.
QString ruleProblem(const Rule &);

// What a recipe file would refuse of the recipe, in the words of its reader; empty if nothing.
QString recipeProblem(const Recipe &);

// All return the recipe unchanged for an index outside of the list.
Recipe withRuleMoved(Recipe, std::size_t from, std::size_t to); // `to`: its index afterwards
Recipe withRuleRemoved(Recipe, std::size_t);
Recipe withRuleDuplicated(Recipe, std::size_t); // the copy stands behind it
Recipe withRuleInserted(Recipe, std::size_t before, Rule);
Recipe withRuleReplaced(Recipe, std::size_t, Rule);

} // namespace requant
