// SPDX-License-Identifier: GPL-3.0-or-later
// A chart with numbers by layer, of the active variant and what it is held against.
#pragma once

#include "ui/logic/chartdata.h"
#include "ui/widgets/chartpage.h"

namespace requant {

class Comparison;
class LayerChart;
class Session;

class LayerPage : public ChartPage
{
    Q_OBJECT
public:
    LayerPage(LayerChartKind, Session *, Comparison *, QWidget *parent = nullptr);
    void setComparing(bool on) { m_comparing = on; }
    bool isComparing() const { return m_comparing; }
    LayerChart *layerChart() const { return m_chart; }

    QString title() const override { return chartTitle(m_kind); }
    QString toolTip() const override { return chartToolTip(m_kind); }
    QString meaning() const override { return chartMeaning(m_kind); }
    ZoomChart *chart() const override;
    bool refresh() override;
    NothingToShow nothing() const override;
    void fillTable(ChartTable &) const override;

protected:
    virtual std::vector<ChartSeries> series() const;
    virtual bool ofWeights() const { return false; }                           // of scales
    virtual QString valueText(double v) const { return chartText(m_kind, v); } // with its unit
    virtual QString remark(int) const { return {}; }                           // a sentence on a layer for its tooltip
    const LayerChartKind m_kind;
    Session *m_session;
    Comparison *m_comparison;

private:
    LayerChart *m_chart;
    bool m_comparing = true;
};

} // namespace requant
