// SPDX-License-Identifier: GPL-3.0-or-later
// What is open: an immutable model, the recipe (the only thing that a user edits) and its undo history.
#pragma once

#include "core/model/model.h"
#include "core/scheme/recipe.h"

#include <QObject>
#include <QString>
#include <QUndoStack>

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

    const Recipe &recipe() const { return m_recipe; }
    // Grows with every change of the recipe, undo and redo included.
    quint64 revision() const { return m_revision; }
    QUndoStack *undoStack() { return &m_undo; }

    // Pushes a command that sets the recipe; nothing if it is equal. Successive edits with the same mergeId (>= 0)
    // become one step, which vanishes if it ends where it began.
    void editRecipe(const QString &text, Recipe next, int mergeId = -1);
    // A recipe just saved or loaded: the undo history's clean state.
    void markRecipeSaved() { m_undo.setClean(); }
    // Something would be lost with the document: edits since the clean state that choosing a profile does not give back.
    bool hasUnsavedEdits() const;

signals:
    void recipeChanged();

private:
    friend class SetRecipe;
    void setRecipe(Recipe);

    std::shared_ptr<const Model> m_model;
    GraphIndex m_graph;
    QString m_path;
    qint64 m_fileSize = 0;
    Recipe m_recipe;
    Algorithms m_firstAlgorithms; // the document's own before any edit
    quint64 m_revision = 1;
    QUndoStack m_undo;
};

} // namespace requant
