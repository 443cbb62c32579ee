// SPDX-License-Identifier: GPL-3.0-or-later
// What there is to say about the open model and its conversion: errors and warnings, wishes that constraints changed,
// and requantize operators that were inserted, each with its reason and its layer.
#pragma once

#include "core/base/diagnostic.h"

#include <QAbstractTableModel>
#include <QSortFilterProxyModel>
#include <QString>

#include <span>
#include <vector>

namespace requant {

struct Boundary;
struct BoundaryCost;
struct Conversion;
class GraphIndex;
struct Model;
struct TensorWish;

enum class IssueKind { Finding, Adjustment, Boundary };

struct Issue
{
    IssueKind kind = IssueKind::Finding;
    Severity severity = Severity::Note;
    int op = -1; // of the source's main subgraph; -1: the whole model
    QString layer;
    QString text;
    QString id; // the message's id, for look-up; empty for adjustments and boundaries
};

QString wishSentence(const TensorWish &); // "int8, symmetric, per-channel, power-of-two scale"
// Rows of what was found outside a conversion (opening, samples, export).
std::vector<Issue> issuesOf(const Diagnostics &, const Model *, const GraphIndex *);
std::vector<Issue> issuesOf(const Conversion &, const GraphIndex &source, std::span<const BoundaryCost> = {});
// Why an operator is inserted and, where it is known, what it costs.
QString boundaryText(const Conversion &, std::span<const BoundaryCost>, const Boundary &);

class IssuesModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { KindColumn, LayerColumn, TextColumn, ColumnCount };
    enum Role { SortRole = Qt::UserRole, OperatorRole, SeverityRole, KindRole, IdRole };
    using QAbstractTableModel::QAbstractTableModel;

    void setIssues(std::vector<Issue>);
    const std::vector<Issue> &issues() const { return m_issues; }
    int count(Severity) const; // of findings

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation, int role = Qt::DisplayRole) const override;

private:
    std::vector<Issue> m_issues;
};

// Keeps rows of chosen kinds.
class IssuesFilterModel : public QSortFilterProxyModel
{
    Q_OBJECT
public:
    explicit IssuesFilterModel(QObject *parent = nullptr);
    enum class Show { All, Findings, Adjustments, Boundaries };
    void setShown(Show);
    void setOnlyOperators(std::vector<int>, bool only); // sorted

protected:
    bool filterAcceptsRow(int row, const QModelIndex &parent) const override;

private:
    Show m_show = Show::All;
    std::vector<int> m_operators;
    bool m_onlyOperators = false;
};

} // namespace requant
