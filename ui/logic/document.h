// SPDX-License-Identifier: GPL-3.0-or-later
// What is open: an immutable model and the recipes (the only thing that a user edits) with their undo history. "The recipe" is
// that of the active variant.
#pragma once

#include "core/model/model.h"
#include "core/scheme/recipe.h"
#include "ui/logic/variants.h"

#include <QObject>
#include <QString>

#include <memory>

namespace requant {

class Document : public QObject
{
    Q_OBJECT
public:
    Document(std::shared_ptr<const Model> model, QString path, Recipe recipe, QObject *parent = nullptr);

    const std::shared_ptr<const Model> &model() const { return m_model; }
    const Subgraph &mainGraph() const { return m_model->subgraphs.front(); } // a Document's model has at least one
    const GraphIndex &graph() const { return m_graph; }
    const QString &path() const { return m_path; }
    QString fileName() const; // without folder
    qint64 fileSize() const { return m_fileSize; }

    Variants *variants() { return &m_variants; }
    const Variants *variants() const { return &m_variants; }
    const Recipe &recipe() const { return m_variants.active().recipe; }
    // Another number for every recipe that there was, undo and redo included.
    quint64 revision() const { return m_variants.active().revision; }
    QUndoStack *undoStack() { return m_variants.undoStack(); }

    // Pushes a command that sets the recipe; see Variants::edit().
    void editRecipe(const QString &text, Recipe next, int mergeId = -1);
    // A recipe just saved or loaded; the undo history's clean state once all variants are.
    void markRecipeSaved() { m_variants.markSaved(revision()); }
    // Something would be lost with the document: edits since the clean state that choosing a profile does not give back.
    bool hasUnsavedEdits() const { return m_variants.hasUnsavedEdits(); }

signals:
    void recipeChanged(); // the active variant's, or another variant is active

private:
    std::shared_ptr<const Model> m_model;
    GraphIndex m_graph;
    QString m_path;
    qint64 m_fileSize = 0;
    Variants m_variants;
};

} // namespace requant
