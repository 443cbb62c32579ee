// SPDX-License-Identifier: GPL-3.0-or-later
// The graph of another variant or file beside the first one: both pan and zoom together, layers are selected in both,
// and the second can show the difference between the two as colours.
#pragma once

#include <QWidget>

#include <memory>

class QComboBox;
class QToolButton;

namespace requant {

class Comparison;
class GraphView;
class Selection;
class Session;
struct Model;

class SecondGraph : public QWidget
{
    Q_OBJECT
public:
    SecondGraph(Session *, Comparison *, GraphView *first, QWidget *parent = nullptr);
    GraphView *view() const { return m_view; }
    void setDifferenceShown(bool);

signals:
    void closeRequested();

protected:
    void showEvent(QShowEvent *) override;
    void hideEvent(QHideEvent *) override;
    bool eventFilter(QObject *, QEvent *) override;

private:
    void refresh();
    void giveRoom();
    void follow(bool firstLeads);
    void selectionToSecond();
    void selectionToFirst();
    int partnerOf(int op, bool ofFirst) const; // in the other graph; -1 for none
    bool showsFile() const;

    Session *m_session;
    Comparison *m_comparison;
    GraphView *m_first, *m_view;
    Selection *m_selection; // of the second graph; a file has its own numbers
    QComboBox *m_what, *m_colour;
    std::shared_ptr<const Model> m_shown;
    bool m_syncing = false;
    bool m_halved = false; // once; the user's division is kept
    bool m_placed = false; // the second shows the first's place; its own start view does not move the first
};

} // namespace requant
