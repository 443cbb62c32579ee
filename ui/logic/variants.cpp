// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/variants.h"

#include "ui/logic/recipeedit.h"

#include <QUndoCommand>

#include <algorithm>
#include <utility>

namespace requant {

// Of all documents: what ends late cannot take one for another. GUI thread only.
static quint64 s_lastRevision = 0;

// A recipe is small: the command keeps the other value and swaps it with the variant's.
class SetRecipe : public QUndoCommand
{
public:
    SetRecipe(Variants &all, int variant, Recipe next, const QString &text, int mergeId)
        : QUndoCommand(text), m_all(all), m_variant(variant), m_other(std::move(next)), m_mergeId(mergeId)
    {
    }

    void redo() override { swap(); }
    void undo() override { swap(); }
    int id() const override { return m_mergeId; }
    bool mergeWith(const QUndoCommand *newer) override
    {
        const auto *next = dynamic_cast<const SetRecipe *>(newer);
        if (!next || next->m_variant != m_variant)
            return false;
        // The newer command has run already; this one keeps its older "before" and needs nothing of it but the text.
        setText(newer->text());
        setObsolete(m_other == m_all.find(m_variant)->recipe);
        return true;
    }

private:
    void swap()
    {
        Recipe now = m_all.find(m_variant)->recipe;
        m_all.setRecipe(m_variant, std::exchange(m_other, std::move(now)));
        m_all.activate(m_all.indexOf(m_variant));
    }

    Variants &m_all;
    int m_variant;
    Recipe m_other;
    int m_mergeId;
};

// Adds a variant or removes it.
class PutVariant : public QUndoCommand
{
public:
    PutVariant(Variants &all, int index, std::optional<Variant> added, const QString &text)
        : QUndoCommand(text), m_all(all), m_index(index), m_variant(std::move(added)), m_adds(m_variant.has_value()),
          m_before(all.active().id)
    {
    }

    void redo() override { m_adds ? insert() : take(); }
    void undo() override { m_adds ? take() : insert(); }

private:
    void insert()
    {
        m_all.insert(m_index, std::move(*m_variant));
        m_variant.reset();
    }
    void take()
    {
        m_variant = m_all.take(m_index);
        if (const int before = m_all.indexOf(m_before); before >= 0)
            m_all.activate(before);
    }

    Variants &m_all;
    int m_index;
    std::optional<Variant> m_variant; // while it is not in the list
    bool m_adds;
    int m_before;
};

class NameVariant : public QUndoCommand
{
public:
    NameVariant(Variants &all, int variant, QString name, const QString &text)
        : QUndoCommand(text), m_all(all), m_variant(variant), m_other(std::move(name))
    {
    }

    void redo() override { swap(); }
    void undo() override { swap(); }

private:
    void swap()
    {
        const QString now = m_all.find(m_variant)->name;
        m_all.setName(m_variant, std::exchange(m_other, now));
    }

    Variants &m_all;
    int m_variant;
    QString m_other;
};

Variants::Variants(Recipe first, QObject *parent) : QObject(parent)
{
    m_all.push_back(make(freeName(), std::move(first)));
}

Variant Variants::make(const QString &name, Recipe recipe)
{
    Variant v;
    v.id = ++m_lastId;
    v.name = name;
    v.revision = ++s_lastRevision;
    v.saved = recipe;
    v.firstAlgorithms = recipe.algorithms;
    v.recipe = std::move(recipe);
    return v;
}

const Variant *Variants::find(int id) const
{
    const int i = indexOf(id);
    return i < 0 ? nullptr : &at(i);
}

int Variants::indexOf(int id) const
{
    const auto it = std::find_if(m_all.begin(), m_all.end(), [id](const Variant &v) { return v.id == id; });
    return it == m_all.end() ? -1 : int(it - m_all.begin());
}

void Variants::activate(int index)
{
    if (index == m_active || index < 0 || index >= count())
        return;
    m_active = index;
    emit activeChanged();
}

QString Variants::label(int index) const
{
    const Variant &v = at(index);
    const QString recipe = v.recipe.rules.empty() ? tr("as in the file") : QString::fromStdString(v.recipe.name);
    return recipe.isEmpty() || recipe == v.name ? v.name : QStringLiteral("%1 %2").arg(v.name, recipe);
}

QString Variants::stepText(const QString &text, int index) const
{
    return count() > 1 ? tr("%1 (variant %2)").arg(text, at(index).name) : text;
}

void Variants::edit(int index, const QString &text, Recipe next, int mergeId)
{
    if (index < 0 || index >= count() || next == at(index).recipe)
        return;
    m_undo.push(new SetRecipe(*this, at(index).id, std::move(next), stepText(text, index), mergeId));
}

QString Variants::freeName(const QString &wanted) const
{
    const auto taken = [this](const QString &name) {
        return std::any_of(m_all.begin(), m_all.end(), [&](const Variant &v) { return v.name == name; });
    };
    if (wanted.isEmpty()) {
        for (char c = 'A'; c <= 'Z'; ++c) {
            if (const QString name(QLatin1Char{c}); !taken(name))
                return name;
        }
    }
    const QString base = wanted.isEmpty() ? QStringLiteral("A") : wanted;
    if (!taken(base))
        return base;
    for (int i = 2;; ++i) {
        if (const QString name = QStringLiteral("%1 %2").arg(base).arg(i); !taken(name))
            return name;
    }
}

void Variants::add(Recipe recipe, const QString &name)
{
    Variant v = make(freeName(name.trimmed()), std::move(recipe));
    const QString text = tr("add variant %1").arg(v.name);
    m_undo.push(new PutVariant(*this, m_active + 1, std::move(v), text));
}

void Variants::duplicate(int index)
{
    if (index < 0 || index >= count())
        return;
    Variant v = make(freeName(), at(index).recipe);
    v.saved = at(index).saved;
    v.firstAlgorithms = at(index).firstAlgorithms;
    const QString text = tr("duplicate variant %1 as %2").arg(at(index).name, v.name);
    m_undo.push(new PutVariant(*this, index + 1, std::move(v), text));
}

void Variants::remove(int index)
{
    if (index < 0 || index >= count() || count() == 1)
        return;
    m_undo.push(new PutVariant(*this, index, std::nullopt, tr("remove variant %1").arg(at(index).name)));
}

bool Variants::rename(int index, const QString &name)
{
    const QString wanted = name.trimmed();
    if (index < 0 || index >= count() || wanted.isEmpty())
        return false;
    if (wanted == at(index).name)
        return true;
    if (freeName(wanted) != wanted)
        return false;
    m_undo.push(new NameVariant(*this, at(index).id, wanted, tr("rename variant %1 to %2").arg(at(index).name, wanted)));
    return true;
}

void Variants::setRecipe(int id, Recipe recipe)
{
    Variant &v = m_all[std::size_t(indexOf(id))];
    v.recipe = std::move(recipe);
    v.revision = ++s_lastRevision;
    emit recipeChanged(id);
}

void Variants::insert(int index, Variant v)
{
    m_all.insert(m_all.begin() + index, std::move(v));
    m_active = index;
    emit listChanged();
    emit activeChanged();
}

Variant Variants::take(int index)
{
    Variant v = std::move(m_all[std::size_t(index)]);
    m_all.erase(m_all.begin() + index);
    const bool active = m_active == index;
    if (m_active > index || m_active == count())
        --m_active;
    emit listChanged();
    if (active)
        emit activeChanged();
    return v;
}

void Variants::setName(int id, const QString &name)
{
    m_all[std::size_t(indexOf(id))].name = name;
    emit listChanged();
}

std::vector<NamedRecipe> Variants::save() const
{
    std::vector<NamedRecipe> out;
    for (const Variant &v : m_all)
        out.push_back({v.name, v.recipe});
    return out;
}

void Variants::restore(const std::vector<NamedRecipe> &recipes, int active)
{
    if (recipes.empty())
        return;
    m_undo.clear();
    m_all.clear();
    for (const NamedRecipe &r : recipes)
        m_all.push_back(make(freeName(r.name.trimmed()), r.recipe));
    m_active = std::clamp(active, 0, count() - 1);
    emit listChanged();
    emit activeChanged();
}

void Variants::markSaved(quint64 revision)
{
    for (Variant &v : m_all) {
        if (v.revision == revision)
            v.saved = v.recipe;
    }
    if (std::all_of(m_all.begin(), m_all.end(), [](const Variant &o) { return o.recipe == o.saved; }))
        m_undo.setClean();
}

void Variants::markAllSaved()
{
    for (Variant &v : m_all)
        v.saved = v.recipe;
    m_undo.setClean();
}

bool Variants::hasUnsavedEdits() const
{
    return std::any_of(m_all.begin(), m_all.end(), [](const Variant &v) {
        if (v.recipe == v.saved)
            return false;
        Recipe chosen;
        chosen.algorithms = v.firstAlgorithms;
        if (v.recipe == chosen)
            return false;
        const Profile *profile = profileOf(v.recipe);
        return !profile || v.recipe != fromProfile(*profile, chosen, false);
    });
}

} // namespace requant
