// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/document.h"

#include <QFileInfo>

#include <utility>

namespace requant {

Document::Document(std::shared_ptr<const Model> model, QString path, Recipe recipe, QObject *parent)
    : QObject(parent), m_model(std::move(model)), m_graph(m_model->subgraphs.front()), m_path(std::move(path)),
      m_fileSize(QFileInfo(m_path).size()), m_variants(std::move(recipe))
{
    connect(&m_variants, &Variants::activeChanged, this, &Document::recipeChanged);
    connect(&m_variants, &Variants::recipeChanged, this, [this](int id) {
        if (id == m_variants.active().id)
            emit recipeChanged();
    });
}

QString Document::fileName() const
{
    return QFileInfo(m_path).fileName();
}

void Document::editRecipe(const QString &text, Recipe next, int mergeId)
{
    m_variants.edit(m_variants.activeIndex(), text, std::move(next), mergeId);
}

} // namespace requant
