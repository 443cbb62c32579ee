// SPDX-License-Identifier: GPL-3.0-or-later
// What there is to know about the current layer: options, tensors, grids before and after, errors.
#pragma once

#include <QSet>
#include <QString>
#include <QWidget>

class QLabel;
class QTreeWidget;
class QTreeWidgetItem;

namespace requant {

class Session;

class FactsView : public QWidget
{
    Q_OBJECT
public:
    explicit FactsView(Session *, QWidget *parent = nullptr);

private:
    void refresh();
    QTreeWidgetItem *group(const QString &title, const QString &value = {});
    void fact(QTreeWidgetItem *, const QString &name, const QString &value, const QString &tip = {});
    void way(QTreeWidgetItem *, const QString &name, int op); // a fact that leads to another layer

    Session *m_session;
    QLabel *m_title, *m_subtitle;
    QTreeWidget *m_tree;
    QSet<QString> m_collapsed; // titles of groups that the user closed
};

} // namespace requant
