// SPDX-License-Identifier: GPL-3.0-or-later
// The recipe's rules as a table, first to last. Dropping a row elsewhere asks for a move; the document's recipe is the
// only truth, so the model changes when the recipe does.
#pragma once

#include "core/scheme/recipe.h"
#include "ui/logic/ruleedit.h"

#include <QAbstractTableModel>

#include <vector>

namespace requant {

class RulesModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column {
        ConditionColumn,
        HitsColumn,
        DecidesColumn,
        ActivationsColumn,
        WeightsColumn,
        AlgorithmsColumn,
        ColumnCount
    };
    using QAbstractTableModel::QAbstractTableModel;

    // The first rules come from the target's profile.
    void setRules(std::vector<Rule>, std::size_t ofProfile);
    // Empty: not known yet.
    void setCounts(std::vector<RuleCount>);
    const std::vector<Rule> &rules() const { return m_rules; }

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &, int role) const override;
    QVariant headerData(int section, Qt::Orientation, int role) const override;
    Qt::ItemFlags flags(const QModelIndex &) const override;
    Qt::DropActions supportedDropActions() const override { return Qt::MoveAction; }
    QStringList mimeTypes() const override;
    QMimeData *mimeData(const QModelIndexList &) const override;
    bool canDropMimeData(const QMimeData *, Qt::DropAction, int row, int column,
                         const QModelIndex &parent) const override;
    // Never removes rows itself: always false, after moveRequested().
    bool dropMimeData(const QMimeData *, Qt::DropAction, int row, int column, const QModelIndex &parent) override;

signals:
    void moveRequested(int from, int to); // `to`: its row afterwards

private:
    std::vector<Rule> m_rules;
    std::vector<RuleCount> m_counts;
    std::size_t m_ofProfile = 0;
};

} // namespace requant
