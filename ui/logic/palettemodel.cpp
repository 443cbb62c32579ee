// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/palettemodel.h"

#include "ui/logic/fuzzy.h"

#include <algorithm>

namespace requant {

namespace {
constexpr std::size_t kMost = 100; // of a large model's layers; who types more finds the rest
}

void PaletteModel::setEntries(std::vector<PaletteEntry> entries)
{
    beginResetModel();
    m_entries = std::move(entries);
    m_found.clear();
    endResetModel();
    setFilter({});
}

void PaletteModel::setFilter(const QString &text)
{
    beginResetModel();
    m_found.clear();
    const QString wanted = text.trimmed();
    bool isNumber = false;
    const int number = (wanted.startsWith(u'#') ? wanted.mid(1) : wanted).toInt(&isNumber);
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        const PaletteEntry &e = m_entries[i];
        if (wanted.isEmpty() && e.kind == PaletteEntry::Kind::Layer)
            continue;
        FuzzyMatch match = fuzzyMatch(wanted, e.title);
        if (isNumber && e.kind == PaletteEntry::Kind::Layer && e.id == number)
            match.score = 1'000'000;
        if (!match)
            continue;
        // A command that cannot be run now is the last one wanted.
        m_found.push_back({i, match.score - (e.enabled ? 0 : 500), std::move(match.positions)});
    }
    if (!wanted.isEmpty())
        std::stable_sort(m_found.begin(), m_found.end(), [this](const Found &a, const Found &b) {
            if (a.score != b.score)
                return a.score > b.score;
            return m_entries[a.entry].title.size() < m_entries[b.entry].title.size();
        });
    if (m_found.size() > kMost)
        m_found.resize(kMost);
    endResetModel();
}

const PaletteEntry *PaletteModel::entry(int row) const
{
    return row >= 0 && std::size_t(row) < m_found.size() ? &m_entries[m_found[std::size_t(row)].entry] : nullptr;
}

int PaletteModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_found.size());
}

QVariant PaletteModel::data(const QModelIndex &at, int role) const
{
    const PaletteEntry *e = at.isValid() ? entry(at.row()) : nullptr;
    if (!e)
        return {};
    switch (role) {
    case Qt::DisplayRole: return e->title;
    case Qt::DecorationRole: return e->icon;
    case Qt::AccessibleTextRole:
        return e->shortcut.isEmpty() ? QStringLiteral("%1, %2").arg(e->title, e->detail)
                                     : QStringLiteral("%1, %2, %3").arg(e->title, e->detail, e->shortcut);
    case KindRole: return int(e->kind);
    case IdRole: return e->id;
    case DetailRole: return e->detail;
    case ShortcutRole: return e->shortcut;
    case PositionsRole: {
        QVariantList places;
        for (const int p : m_found[std::size_t(at.row())].positions)
            places << p;
        return places;
    }
    default: return {};
    }
}

Qt::ItemFlags PaletteModel::flags(const QModelIndex &at) const
{
    const PaletteEntry *e = at.isValid() ? entry(at.row()) : nullptr;
    if (!e)
        return Qt::NoItemFlags;
    return e->enabled ? Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemNeverHasChildren : Qt::ItemNeverHasChildren;
}

} // namespace requant
