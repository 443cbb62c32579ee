// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/variantschart.h"

#include "ui/logic/chartticks.h"
#include "ui/logic/texts.h"

#include <QChart>
#include <QKeyEvent>
#include <QLegend>
#include <QToolTip>
#include <QValueAxis>

#include <algorithm>
#include <cmath>
#include <limits>

namespace requant {

VariantsChart::VariantsChart(QWidget *parent) : ZoomChart({}, {}, parent)
{
    m_x->setLabelFormat(QStringLiteral("%g"));
    m_y->setLabelFormat(QStringLiteral("%g"));
    chart()->legend()->hide();
    setAxes(m_cost, m_gain);
    restyle();
}

double VariantsChart::costOf(const VariantFacts &f, Cost c)
{
    switch (c) {
    case Cost::Bytes: return f.bytes / 1000;
    case Cost::Inserted: return f.inserted;
    case Cost::Unshifted: return f.multiplied - f.shifted;
    }
    return 0;
}

double VariantsChart::gainOf(const VariantFacts &f, Gain g)
{
    return g == Gain::Agreement ? f.agreement * 100 : f.outputSqnrDb;
}

void VariantsChart::setAxes(Cost c, Gain g)
{
    m_cost = c;
    m_gain = g;
    m_x->setTitleText(c == Cost::Bytes      ? tr("constants (kB)")
                      : c == Cost::Inserted ? tr("inserted operators")
                                            : tr("layers with a multiplier that is no shift"));
    m_y->setTitleText(g == Gain::Agreement ? tr("agreement (%)") : tr("output SQNR (dB)"));
    setFacts(std::move(m_facts), m_active);
    showAll();
}

void VariantsChart::setFacts(std::vector<VariantFacts> facts, int active)
{
    m_facts = std::move(facts);
    m_active = active;
    std::vector<double> cost, gain;
    for (const VariantFacts &f : m_facts) {
        cost.push_back(costOf(f, m_cost));
        gain.push_back(gainOf(f, m_gain));
    }
    m_front = paretoFront(cost, gain);
    refit();
}

ZoomChart::Range VariantsChart::wholeX() const
{
    double least = std::numeric_limits<double>::infinity(), most = -least;
    for (const VariantFacts &f : m_facts) {
        least = std::min(least, costOf(f, m_cost));
        most = std::max(most, costOf(f, m_cost));
    }
    if (least > most)
        return {0, 1};
    const double margin = std::max({(most - least) * 0.15, most * 0.0005, 0.5});
    return {std::max(least - margin, least >= 0 ? -margin / 4 : least),
            most + 2 * margin}; // room for names at the right
}

void VariantsChart::applyRange(Range x, const std::optional<Range> &y)
{
    double least = std::numeric_limits<double>::infinity(), most = -least;
    bool infinite = false;
    for (const VariantFacts &f : m_facts) {
        const double v = gainOf(f, m_gain);
        infinite = infinite || std::isinf(v);
        if (std::isfinite(v)) {
            least = std::min(least, v);
            most = std::max(most, v);
        }
    }
    if (least > most) {
        least = 0;
        most = 60;
    }
    const double margin = std::max((most - least) * 0.15, 0.5);
    const int room = std::clamp((height() - 96) / 22, 2, 12);
    Ticks t =
        y ? linearTicks(y->first, y->second, room, false) : linearTicks(least - margin, most + margin, room, false);
    if (!y && infinite)
        t.high += t.step;
    m_top = t.high - 0.25 * t.step;
    setAxis(m_y, y.value_or(Range(t.low, t.high)), t.low, t.step);
    const double step = niceStep(x.second - x.first, std::clamp(width() / 80, 2, 16));
    setAxis(m_x, x, 0, m_cost == Cost::Bytes ? step : std::max(1.0, std::round(step)));
}

QPointF VariantsChart::placeOf(std::size_t i) const
{
    const double v = gainOf(m_facts[i], m_gain);
    return {placeOfX(costOf(m_facts[i], m_cost)), placeOfY(std::isinf(v) ? (v > 0 ? m_top : m_y->min()) : v)};
}

int VariantsChart::pointAt(QPointF at) const
{
    const QPointF scene = mapToScene(at.toPoint());
    int best = -1;
    double nearest = 14;
    for (std::size_t i = 0; i < m_facts.size(); ++i) {
        if (std::isnan(gainOf(m_facts[i], m_gain)))
            continue;
        const QPointF d = placeOf(i) - scene;
        if (const double distance = std::hypot(d.x(), d.y()); distance < nearest) {
            nearest = distance;
            best = int(i);
        }
    }
    return best;
}

QString VariantsChart::toolTipOf(const VariantFacts &f) const
{
    QStringList lines{f.name};
    if (!std::isnan(f.agreement))
        lines << tr("output %1, agreement %2").arg(dbText(f.outputSqnrDb), percentText(f.agreement));
    lines << tr("constants %1").arg(bytesText(qint64(f.bytes)))
          << tr("%1 of %2 layers need only shifts").arg(f.shifted).arg(f.multiplied);
    if (f.inserted > 0)
        lines << countText(f.inserted, "inserted operator", "inserted operators");
    if (f.stale)
        lines << tr("of the recipe before");
    return lines.join(u'\n');
}

void VariantsChart::hovered(QPointF at, QPoint global)
{
    const int point = isInPlot(at) ? pointAt(at) : -1;
    if (point != m_hovered) {
        m_hovered = point;
        viewport()->update();
        setCursor(point >= 0 && m_facts[std::size_t(point)].variant ? Qt::PointingHandCursor : Qt::ArrowCursor);
    }
    if (point >= 0)
        QToolTip::showText(global, toolTipOf(m_facts[std::size_t(point)]), viewport());
    else
        QToolTip::hideText();
}

void VariantsChart::clicked(QPointF at, Qt::KeyboardModifiers)
{
    if (const int point = pointAt(at); point >= 0 && m_facts[std::size_t(point)].variant)
        emit variantClicked(m_facts[std::size_t(point)].variant);
}

void VariantsChart::keyPressEvent(QKeyEvent *event)
{
    const int step = event->key() == Qt::Key_Right ? 1 : event->key() == Qt::Key_Left ? -1 : 0;
    const auto it =
        std::find_if(m_facts.begin(), m_facts.end(), [this](const VariantFacts &f) { return f.variant == m_active; });
    if (step == 0 || it == m_facts.end()) {
        ZoomChart::keyPressEvent(event);
        return;
    }
    const auto next = it - m_facts.begin() + step;
    if (next >= 0 && next < std::ptrdiff_t(m_facts.size()) && m_facts[std::size_t(next)].variant)
        emit variantClicked(m_facts[std::size_t(next)].variant);
}

void VariantsChart::paintOver(QPainter &painter, const QRectF &area)
{
    std::vector<QPointF> front;
    for (std::size_t i = 0; i < m_facts.size(); ++i) {
        if (m_front[i])
            front.push_back(placeOf(i));
    }
    std::sort(front.begin(), front.end(), [](QPointF a, QPointF b) { return a.x() < b.x(); });
    painter.setPen(QPen(themeColor(ColorRole::Muted), 1, Qt::DashLine));
    for (std::size_t i = 1; i < front.size(); ++i)
        painter.drawLine(front[i - 1], front[i]);
    std::vector<QRectF> taken; // by names, so that they do not lie on each other
    for (std::size_t i = 0; i < m_facts.size(); ++i) {
        const VariantFacts &f = m_facts[i];
        if (std::isnan(gainOf(f, m_gain)))
            continue;
        const QPointF at = placeOf(i);
        const QColor color = f.stale                 ? themeColor(ColorRole::Stale)
                             : f.variant == 0        ? themeColor(ColorRole::Before)
                             : f.variant == m_active ? themeColor(ColorRole::After)
                                                     : themeColor(ColorRole::VariantB);
        painter.setPen(QPen(color, 2));
        painter.setBrush(f.isShiftOnly() ? QBrush(color) : QBrush(themeColor(ColorRole::Canvas)));
        painter.drawEllipse(at, 6, 6);
        if (int(i) == m_hovered) {
            painter.setBrush(Qt::NoBrush);
            painter.drawEllipse(at, 10, 10);
        }
        painter.setPen(palette().color(QPalette::Text));
        const QString name = painter.fontMetrics().elidedText(f.name, Qt::ElideMiddle, 200);
        const double width = painter.fontMetrics().horizontalAdvance(name);
        const double x = at.x() + 10 + width > area.right() ? at.x() - 10 - width : at.x() + 10;
        const double high = painter.fontMetrics().height();
        QRectF place(x, at.y() - high / 2, width, high);
        while (std::any_of(taken.begin(), taken.end(), [&](const QRectF &r) { return r.intersects(place); })
               && place.top() > area.top())
            place.translate(0, -high / 2);
        taken.push_back(place);
        painter.drawText(place, Qt::AlignVCenter | Qt::TextDontClip, name);
    }
}

} // namespace requant
