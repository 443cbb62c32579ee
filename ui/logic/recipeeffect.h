// SPDX-License-Identifier: GPL-3.0-or-later
// What an edit of the recipe does to the plan, before anything is converted: which layers change, and which of them
// because constraints tie them to others; and which choices an editor offers would not be granted. Pure functions that
// only assign and resolve; linear in the model's size, for a job where a model is large.
#pragma once

#include "core/base/runcontrol.h"
#include "core/constraints/resolve.h"
#include "core/scheme/scheme.h"
#include "ui/logic/schemefields.h"

#include <QString>
#include <QStringList>

#include <vector>

namespace requant {

// A recipe's plan: what is asked and what will be granted.
struct Plan
{
    Scheme scheme;
    Resolution resolution;
};
Plan planOf(const Model &, const Recipe &);

struct LayerEffect
{
    int op = -1;
    QString what; // "output: int8, symmetric -> int16, symmetric"
    QString why;  // the constraint, if one decided
};

struct RecipeEffect
{
    std::vector<LayerEffect> edited;               // of the layers that were edited
    std::vector<LayerEffect> others;               // changed because of them
    int requantizeBefore = 0, requantizeAfter = 0; // requantize operators that will be inserted
    bool empty() const { return edited.empty() && others.empty() && requantizeBefore == requantizeAfter; }
};
RecipeEffect recipeEffect(const Model &, const Plan &before, const Plan &after, const std::vector<int> &edited);
// "3 other layers change: #5 CONCATENATION x (output: ...), ...; 2 requantize operators more". Names the first `most`
// layers.
QString effectText(const Model &, const RecipeEffect &, int most = 3);

// Whether a choice of a field would be granted to the layers.
struct ChoiceVerdict
{
    SchemeField field = SchemeField::Type;
    int value = 0;
    int granted = 0, tensors = 0; // of the layers' tensors
    QString reason;               // why not, of the first that it is not granted to
    RecipeEffect effect;
    bool possible() const { return tensors == 0 || granted > 0; }
};
// Verdicts for every choice of the part's fields; fewer if it was cancelled.
std::vector<ChoiceVerdict> checkChoices(const Model &, const Recipe &, const std::vector<int> &operators, ConfigPart,
                                        const RunControl & = {});

// The tensors that share a grid with the outputs of the layers because an operator demands it.
struct TiedGroup
{
    std::vector<int> layers;  // producers, without those asked about
    std::vector<int> because; // operators that tie
};
TiedGroup tiedGroup(const Model &, const Plan &, const std::vector<int> &operators);

// Layers like these: all with one of their operator types; for weighted operators also with as many dimensions of the
// kernel larger than 1 (a 1x1 convolution is not like a 3x3 one).
std::vector<int> similarLayers(const Model &, const std::vector<int> &operators);

} // namespace requant
