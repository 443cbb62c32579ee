// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/chartpage.h"

class QComboBox;

namespace requant {

class Comparison;
class Session;
class VariantsChart;

class VariantsPage : public ChartPage
{
    Q_OBJECT
public:
    VariantsPage(Session *, Comparison *, QWidget *parent = nullptr);

    QString title() const override { return tr("Variants"); }
    QString toolTip() const override
    {
        return tr("What the variants cost and what they give; a click makes one active");
    }
    QString meaning() const override { return tr("filled: only shifts; the line: variants that no other one beats"); }
    ZoomChart *chart() const override;
    bool refresh() override;
    NothingToShow nothing() const override;
    void fillTable(ChartTable &) const override;
    QWidget *options() override { return m_options; }

private:
    Session *m_session;
    Comparison *m_comparison;
    VariantsChart *m_chart;
    QWidget *m_options;
    QComboBox *m_cost, *m_gain;
};

} // namespace requant
