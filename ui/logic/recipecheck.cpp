// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/recipecheck.h"

#include "core/scheme/recipejson.h"
#include "ui/logic/texts.h"

#include <QRegularExpression>

namespace requant {

RecipeCheck checkRecipe(const QString &typed)
{
    RecipeCheck out;
    const std::string bytes = typed.toStdString();
    auto recipe = parseRecipe(bytes);
    if (recipe) {
        out.recipe = std::move(*recipe);
        return out;
    }
    out.problem = diagnosticText(recipe.error());
    // Core's messages begin with the place; its columns count bytes.
    static const QRegularExpression kPlace(QStringLiteral("line (\\d+), column (\\d+)"));
    const auto match = kPlace.match(out.problem);
    if (match.hasMatch()) {
        out.line = match.captured(1).toInt();
        const QString line = typed.section(u'\n', out.line - 1, out.line - 1);
        out.column = int(QString::fromUtf8(line.toUtf8().left(match.captured(2).toInt() - 1)).size()) + 1;
    }
    return out;
}

} // namespace requant
