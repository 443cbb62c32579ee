// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/logic/histogram.h"
#include "ui/logic/jobrunner.h"
#include "ui/widgets/chartpage.h"

class QComboBox;

namespace requant {

class HistogramChart;
class Session;

class HistogramPage : public ChartPage
{
    Q_OBJECT
public:
    explicit HistogramPage(Session *, QWidget *parent = nullptr);

    QString title() const override { return tr("Histogram"); }
    QString toolTip() const override { return tr("How often the values of the selected layer occur"); }
    QString meaning() const override;
    ZoomChart *chart() const override;
    bool refresh() override;
    NothingToShow nothing() const override;
    void fillTable(ChartTable &) const override;
    QWidget *options() override;

private:
    bool ofWeights() const;
    void compute();

    Session *m_session;
    HistogramChart *m_chart;
    QComboBox *m_what;
    // What the histogram is of, to compute it once.
    std::shared_ptr<const void> m_conversion, m_statistics;
    int m_op = -1;
    bool m_weights = true, m_known = false;
    JobRunner m_job; // last: its end touches the members above
};

} // namespace requant
