// SPDX-License-Identifier: GPL-3.0-or-later
// Edits of a recipe as pure functions: what the selected layers are asked to be, and the recipe that asks for something
// else. The first rules of a recipe are its profile's (recipe.name is the profile's id); the rules behind them are the
// layer rules that an editor writes.
#pragma once

#include "core/model/model.h"
#include "core/scheme/recipe.h"

#include <QString>

#include <optional>
#include <vector>

namespace requant {

struct Profile;

enum class ConfigPart : std::uint8_t { Activations, Weights };

// Fields with their values; keep is a field of its own. Only what is set is written.
struct FieldEdit
{
    ConfigPart part = ConfigPart::Activations;
    TensorConfig set;
    AlgorithmChoice algorithms = {};
};

// One field over several layers: no layer has it, all agree, or they differ.
template <class T>
struct Common
{
    std::optional<T> value;
    bool mixed = false;
    void add(T v)
    {
        if (!value && !mixed)
            value = v;
        else if (value && *value != v) {
            value.reset();
            mixed = true;
        }
    }
};

// What the recipe asks of the activations or weights of the given operators, before constraints.
struct CommonConfig
{
    int tensors = 0; // how many the operators have; 0: nothing to edit
    Common<bool> keep, narrowRange;
    Common<ElementType> type;
    Common<Symmetry> symmetry;
    Common<Granularity> granularity;
    Common<ScaleRule> scale;
    Common<int> bits; // 8 (int4: 4) where all are used
    Common<bool> ownGrid;
};
CommonConfig commonConfig(const Model &, const Recipe &, const std::vector<int> &operators, ConfigPart);

// Which algorithms the recipe lets work on each of the operators.
struct CommonAlgorithms
{
    std::vector<Common<bool>> on; // in the order of algorithmInfos() (schemefields.h)
};
CommonAlgorithms commonAlgorithms(const Model &, const Recipe &, const std::vector<int> &operators);

// How many of the recipe's first rules come from its profile.
std::size_t profileRules(const Recipe &);
// The profile whose id the recipe has as its name; null for a recipe of one's own.
const Profile *profileOf(const Recipe &);
// A layer rule exists that touches one of the operators.
bool hasLayerRules(const Model &, const Recipe &, const std::vector<int> &operators);

// Conditions that match exactly these operators: one by its name, neighbours by their range, others by an alternation
// of names; several rules where names do not tell them apart.
std::vector<Rule> rulesFor(const Model &, std::vector<int> operators);

// The recipe that asks this of the operators. An existing layer rule for the same operators takes the values; layer
// rules whose operators all lie in the set lose the fields that are now said again; empty rules go.
Recipe withFields(const Model &, Recipe, std::vector<int> operators, const FieldEdit &);
// The recipe without layer rules for the operators; a rule that also matches others keeps them.
Recipe withoutLayerRules(const Model &, Recipe, std::vector<int> operators);
// The profile's recipe with its id as name; keepLayerRules appends the layer rules of `old`.
Recipe fromProfile(const Profile &, const Recipe &old, bool keepLayerRules);

// "type int8, symmetric, power-of-two scale" for texts of undo steps and rule lists.
QString configText(const TensorConfig &);
// "expand_3", "layers 3 to 9", "CONV_2D ..." for lists of rules.
QString conditionText(const Rule &);

enum class Preset : std::uint8_t { Naive, Corrected, Custom };
Preset presetOf(const Algorithms &);
Algorithms algorithmsOf(Preset, const Algorithms &current);

} // namespace requant
