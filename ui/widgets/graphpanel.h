// SPDX-License-Identifier: GPL-3.0-or-later
// The graph with its small toolbar: zoom, search, heat.
#pragma once

#include <QWidget>

class QComboBox;

namespace requant {

class GraphView;
class Session;

class GraphPanel : public QWidget
{
    Q_OBJECT
public:
    explicit GraphPanel(Session *, QWidget *parent = nullptr);
    GraphView *view() const { return m_view; }
    void setHeatMetric(int metric); // of LayerMetric; -1: none

private:
    void refresh();

    Session *m_session;
    GraphView *m_view;
    QComboBox *m_heat;
};

} // namespace requant
