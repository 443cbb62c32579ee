// SPDX-License-Identifier: GPL-3.0-or-later
// Variants as points: what they cost against what they give, and which of them no other one beats. Filled: all
// multipliers are shifts.
#pragma once

#include "ui/logic/variantfacts.h"
#include "ui/widgets/zoomchart.h"

#include <vector>

namespace requant {

class VariantsChart : public ZoomChart
{
    Q_OBJECT
public:
    enum class Cost { Bytes, Inserted, Unshifted };
    enum class Gain { OutputSqnr, Agreement };

    explicit VariantsChart(QWidget *parent = nullptr);
    void setFacts(std::vector<VariantFacts>, int active); // active: variant id
    void setAxes(Cost, Gain);
    Cost cost() const { return m_cost; }
    Gain gain() const { return m_gain; }
    const std::vector<VariantFacts> &facts() const { return m_facts; }
    static double costOf(const VariantFacts &, Cost);
    static double gainOf(const VariantFacts &, Gain); // percent or dB
    bool isOnFront(std::size_t place) const { return m_front[place]; }

signals:
    void variantClicked(int id);

protected:
    Range wholeX() const override;
    void applyRange(Range x, const std::optional<Range> &y) override;
    void clicked(QPointF, Qt::KeyboardModifiers) override;
    void hovered(QPointF, QPoint global) override;
    void left() override { m_hovered = -1; }
    void paintOver(QPainter &, const QRectF &plot) override;
    void keyPressEvent(QKeyEvent *) override;

private:
    QPointF placeOf(std::size_t) const; // in the scene
    int pointAt(QPointF viewportPoint) const;
    QString toolTipOf(const VariantFacts &) const;

    std::vector<VariantFacts> m_facts;
    std::vector<bool> m_front;
    int m_active = 0;
    Cost m_cost = Cost::Bytes;
    Gain m_gain = Gain::OutputSqnr;
    int m_hovered = -1;
    double m_top = 1; // where infinity is drawn
};

} // namespace requant
