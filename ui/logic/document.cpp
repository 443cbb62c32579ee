// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/document.h"

#include "ui/logic/recipeedit.h"

#include <QFileInfo>
#include <QUndoCommand>

#include <utility>

namespace requant {

// A recipe is small: the command keeps the other value and swaps it with the document's.
class SetRecipe : public QUndoCommand
{
public:
    SetRecipe(Document &doc, Recipe next, const QString &text, int mergeId)
        : QUndoCommand(text), m_doc(doc), m_other(std::move(next)), m_mergeId(mergeId)
    {
    }

    void redo() override { swap(); }
    void undo() override { swap(); }
    int id() const override { return m_mergeId; }
    bool mergeWith(const QUndoCommand *newer) override
    {
        // The newer command has run already; this one keeps its older "before" and needs nothing of it but the text.
        setText(newer->text());
        setObsolete(m_other == m_doc.recipe());
        return true;
    }

private:
    void swap()
    {
        Recipe now = m_doc.recipe();
        m_doc.setRecipe(std::exchange(m_other, std::move(now)));
    }

    Document &m_doc;
    Recipe m_other;
    int m_mergeId;
};

Document::Document(std::shared_ptr<const Model> model, QString path, Recipe recipe, QObject *parent)
    : QObject(parent), m_model(std::move(model)), m_graph(m_model->subgraphs.front()), m_path(std::move(path)),
      m_fileSize(QFileInfo(m_path).size()), m_recipe(std::move(recipe)),
      m_firstAlgorithms(m_recipe.algorithms)
{
}

QString Document::fileName() const
{
    return QFileInfo(m_path).fileName();
}

bool Document::hasUnsavedEdits() const
{
    if (m_undo.isClean())
        return false;
    Recipe chosen;
    chosen.algorithms = m_firstAlgorithms;
    if (m_recipe == chosen)
        return false;
    const Profile *profile = profileOf(m_recipe);
    return !profile || m_recipe != fromProfile(*profile, chosen, false);
}

void Document::editRecipe(const QString &text, Recipe next, int mergeId)
{
    if (next == m_recipe)
        return;
    m_undo.push(new SetRecipe(*this, std::move(next), text, mergeId));
}

void Document::setRecipe(Recipe recipe)
{
    m_recipe = std::move(recipe);
    ++m_revision;
    emit recipeChanged();
}

} // namespace requant
