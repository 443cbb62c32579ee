// SPDX-License-Identifier: GPL-3.0-or-later
// A small histogram for the inspector: values before filled, after as an outline, counts on a logarithmic axis.
#pragma once

#include "ui/logic/histogram.h"

#include <QWidget>

namespace requant {

class HistogramView : public QWidget
{
    Q_OBJECT
public:
    explicit HistogramView(QWidget *parent = nullptr);
    void setHistogram(Histogram);
    const Histogram &histogram() const { return m_histogram; }
    QSize sizeHint() const override { return {240, 120}; }
    QSize minimumSizeHint() const override { return {120, 96}; }

protected:
    void paintEvent(QPaintEvent *) override;
    bool event(QEvent *) override; // tool tips

private:
    QRectF plot() const;

    Histogram m_histogram;
};

} // namespace requant
