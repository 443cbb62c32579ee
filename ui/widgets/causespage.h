// SPDX-License-Identifier: GPL-3.0-or-later
// The active variant's errors by cause, beside those of the same recipe without algorithms; measured when the page is
// looked at.
#pragma once

#include "ui/widgets/layerpage.h"

class QComboBox;
class QPushButton;

namespace requant {

class CausesPage : public LayerPage
{
    Q_OBJECT
public:
    CausesPage(Session *, Comparison *, QWidget *parent = nullptr);

    bool refresh() override;
    NothingToShow nothing() const override;
    QWidget *options() override;

protected:
    std::vector<ChartSeries> series() const override;
    QString valueText(double) const override;
    QString remark(int op) const override;

private:
    QWidget *m_options;
    QComboBox *m_unit;  // squared steps, or percent of the layer's error
    QPushButton *m_run; // measures, or cancels
};

} // namespace requant
