// SPDX-License-Identifier: GPL-3.0-or-later
// What the command palette finds: commands and layers by fuzzy search, the best first.
#pragma once

#include <QAbstractListModel>
#include <QIcon>
#include <QString>

#include <vector>

namespace requant {

struct PaletteEntry
{
    enum class Kind { Command, Layer };
    Kind kind = Kind::Command;
    QString title;    // "Export\u2026", "#12 CONV_2D expand_3"
    QString detail;   // "File", "1x28x28x16"
    QString shortcut; // of a command
    QIcon icon;
    bool enabled = true;
    int id = 0; // the caller's
};

class PaletteModel : public QAbstractListModel
{
    Q_OBJECT
public:
    enum Role { KindRole = Qt::UserRole, IdRole, DetailRole, ShortcutRole, PositionsRole };
    using QAbstractListModel::QAbstractListModel;

    void setEntries(std::vector<PaletteEntry>);
    // "#12" and plain numbers find the layer of that number first. An empty text shows all commands and no layer.
    void setFilter(const QString &);
    const PaletteEntry *entry(int row) const; // null for a row that is not there

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &, int role) const override;
    Qt::ItemFlags flags(const QModelIndex &) const override;

private:
    struct Found
    {
        std::size_t entry;
        int score;
        std::vector<int> positions;
    };
    std::vector<PaletteEntry> m_entries;
    std::vector<Found> m_found;
};

} // namespace requant
