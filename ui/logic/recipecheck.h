// SPDX-License-Identifier: GPL-3.0-or-later
// Recipe text as typed: the recipe, or where and why it is none.
#pragma once

#include "core/scheme/recipe.h"

#include <QString>

#include <optional>

namespace requant {

struct RecipeCheck
{
    std::optional<Recipe> recipe;
    QString problem;          // "line 12, column 9, rules[2].weights.type: ..."; empty with a recipe
    int line = 0, column = 0; // of the problem, from 1, in characters; 0: the text as a whole
};
RecipeCheck checkRecipe(const QString &text);

} // namespace requant
