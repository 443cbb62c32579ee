// SPDX-License-Identifier: GPL-3.0-or-later
// The fields that a recipe has for activations, weights and algorithms, as editors show them: name, choices, and the
// way between a choice's number and the recipe's types.
#pragma once

#include "core/scheme/recipe.h"
#include "ui/logic/recipeedit.h"

#include <QString>

#include <optional>
#include <span>
#include <vector>

namespace requant {

enum class SchemeField : std::uint8_t { Treatment, Type, ZeroPoint, Scale, Granularity, Range, Bits, Grid };

struct FieldChoice
{
    int value = 0;
    QString text;
};

struct FieldInfo
{
    SchemeField field;
    QString label, toolTip;
    const char *name; // for objects: "Type"
    std::vector<FieldChoice> choices;
};

// In display order.
std::vector<FieldInfo> fieldsOf(ConfigPart);
// A choice as the field of a configuration that it sets.
TensorConfig configWith(SchemeField, int value);
std::optional<int> valueOf(const TensorConfig &, SchemeField);
void setValue(TensorConfig &, SchemeField, std::optional<int> value);
// What several layers say together.
Common<int> commonValue(const CommonConfig &, SchemeField);

struct AlgorithmInfo
{
    std::optional<bool> AlgorithmChoice::*choice;
    bool Algorithms::*flag;
    const char *name; // the recipe's key
    QString label, toolTip;
};
std::vector<AlgorithmInfo> algorithmInfos(); // all of them
// "scale search off, equalization on".
QString algorithmsText(const AlgorithmChoice &);

} // namespace requant
