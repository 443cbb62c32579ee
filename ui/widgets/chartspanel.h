// SPDX-License-Identifier: GPL-3.0-or-later
// The charts of a conversion: scale before and after, weight error, activation error.
#pragma once

#include <QWidget>

#include <array>

class QAction;
class QLabel;
class QStackedWidget;
class QTabBar;

namespace requant {

class EmptyState;
class LayerChart;
class Session;

class ChartsPanel : public QWidget
{
    Q_OBJECT
public:
    enum Tab { ScaleTab, WeightTab, ActivationTab, StepsTab, TabCount };

    ChartsPanel(Session *, QAction *openSamples, QWidget *parent = nullptr);
    void setTab(Tab);
    LayerChart *chart(Tab t) const { return m_charts[std::size_t(t)]; }

private:
    void refresh();

    Session *m_session;
    QTabBar *m_tabs;
    QStackedWidget *m_stack; // per tab: the chart, then the empty state
    QLabel *m_meaning;       // what the numbers say
    std::array<LayerChart *, TabCount> m_charts{};
    EmptyState *m_empty;
};

} // namespace requant
