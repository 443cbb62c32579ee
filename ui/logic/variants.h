// SPDX-License-Identifier: GPL-3.0-or-later
// The recipes that are open for one model, side by side: what a user edits, and nothing that is computed. One of them is
// active; window and edits are about that one. All share one undo history: a step knows its variant and makes it active when
// it is undone or redone, so that what changes is seen. Making another variant active is no step.
#pragma once

#include "core/scheme/recipe.h"

#include <QObject>
#include <QString>
#include <QUndoStack>

#include <optional>
#include <vector>

namespace requant {

struct Variant
{
    int id = 0;   // for as long as the document lives, never used twice
    QString name; // unique among the variants, not empty
    Recipe recipe;
    quint64 revision = 0; // of the recipe; two different recipes never have the same, whatever their variants
    Recipe saved;         // what a file has of it, or what it began with
    Algorithms firstAlgorithms; // its own before any edit
};

// For files.
struct NamedRecipe
{
    QString name;
    Recipe recipe;
};

class Variants : public QObject
{
    Q_OBJECT
public:
    explicit Variants(Recipe first, QObject *parent = nullptr);

    const std::vector<Variant> &all() const { return m_all; } // at least one
    int count() const { return int(m_all.size()); }
    const Variant &at(int index) const { return m_all[std::size_t(index)]; }
    const Variant *find(int id) const;
    int indexOf(int id) const; // -1 if there is none
    int activeIndex() const { return m_active; }
    const Variant &active() const { return at(m_active); }
    void activate(int index);
    // "A symmetric": the name and, where it says more, the recipe's.
    QString label(int index) const;

    QUndoStack *undoStack() { return &m_undo; }
    bool isClean() const { return m_undo.isClean(); }
    // Sets a variant's recipe; nothing if it is equal. Successive edits of a variant with the same mergeId (>= 0) become one
    // step, which vanishes if it ends where it began.
    void edit(int index, const QString &text, Recipe next, int mergeId = -1);
    // The new one stands behind the active one and becomes active; without a name it gets the next free letter. A name that
    // is taken gets a number.
    void add(Recipe, const QString &name = {});
    void duplicate(int index);
    void remove(int index); // not the last one; undo brings it back
    // False for a name that is empty or taken.
    bool rename(int index, const QString &name);

    // For project files: all variants in order, and all replaced by others, which ends the undo history. Nothing happens
    // without any.
    std::vector<NamedRecipe> save() const;
    void restore(const std::vector<NamedRecipe> &, int active);

    void markSaved(quint64 revision); // of the variant that has it; nothing if it was edited since
    void markAllSaved();
    bool hasUnsavedEdits() const; // in any: edits that choosing a profile does not give back

signals:
    void listChanged();          // variants, their order or names
    void activeChanged();        // another one is active
    void recipeChanged(int id);  // of any variant

private:
    friend class SetRecipe;
    friend class PutVariant;
    friend class NameVariant;
    void setRecipe(int id, Recipe);
    void insert(int index, Variant);
    Variant take(int index);
    void setName(int id, const QString &);
    QString freeName(const QString &wanted = {}) const;
    QString stepText(const QString &, int index) const;
    Variant make(const QString &name, Recipe);

    std::vector<Variant> m_all;
    int m_active = 0;
    int m_lastId = 0;
    QUndoStack m_undo;
};

} // namespace requant
