// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/layerchart.h"

#include "ui/logic/chartticks.h"
#include "ui/logic/selection.h"

#include <QChart>
#include <QKeyEvent>
#include <QLegend>
#include <QLegendMarker>
#include <QLineSeries>
#include <QToolTip>
#include <QValueAxis>

#include <algorithm>
#include <cmath>
#include <limits>

namespace requant {

namespace {

// Of a cause of errors. Eight colours safe for colour-blind readers, then greys and a paler one.
QColor partColor(int part)
{
    if (part < 7)
        return seriesColor(part);
    const QColor ground = themeColor(ColorRole::Canvas), grey = themeColor(ColorRole::Muted);
    return mixed(ground, part == 8 ? seriesColor(0) : grey, part == 7 ? 1 : part == 8 ? 0.5 : part == 9 ? 0.35 : 0.65);
}

// Lines, because not every reader of SVG knows patterns.
void hatch(QPainter &painter, const QRectF &bar)
{
    constexpr double kApart = 6;
    painter.setPen(QPen(themeColor(ColorRole::Canvas), 1));
    // Along x + y = c.
    for (double c = std::ceil((bar.left() + bar.top()) / kApart) * kApart; c < bar.right() + bar.bottom();
         c += kApart) {
        const double from = std::max(bar.left(), c - bar.bottom()), to = std::min(bar.right(), c - bar.top());
        if (from < to)
            painter.drawLine(QPointF(from, c - from), QPointF(to, c - to));
    }
}

} // namespace

LayerChart::LayerChart(const QString &yTitle, Scale scale, bool fromZero, Selection *selection, QWidget *parent)
    : ZoomChart(tr("layer #"), yTitle, parent), m_scale(scale), m_fromZero(fromZero), m_selection(selection)
{
    m_x->setLabelFormat(QStringLiteral("%d"));
    m_y->setLabelFormat(scale == Scale::PowersOfTwo ? QStringLiteral("2^%d") : QStringLiteral("%g"));
    connect(m_selection, &Selection::changed, viewport(), qOverload<>(&QWidget::update));
    restyle();
}

void LayerChart::setTexts(TextOf textOf, TitleOf titleOf, TitleOf remarkOf)
{
    m_remarkOf = std::move(remarkOf);
    m_textOf = std::move(textOf);
    m_titleOf = std::move(titleOf);
}

int LayerChart::layers() const
{
    std::size_t n = 0;
    for (const ChartSeries &s : m_data)
        n = std::max(n, s.values.size());
    return int(n);
}

bool LayerChart::hasValues() const
{
    return std::any_of(m_data.begin(), m_data.end(), [](const ChartSeries &s) {
        return std::any_of(s.values.begin(), s.values.end(), [](double v) { return !std::isnan(v); });
    });
}

void LayerChart::setSeries(std::vector<ChartSeries> data)
{
    const int before = layers();
    const bool alike =
        std::equal(data.begin(), data.end(), m_data.begin(), m_data.end(),
                   [](const ChartSeries &a, const ChartSeries &b) { return a.bars == b.bars && a.aside == b.aside; });
    m_data = std::move(data);
    if (!alike)
        build();
    if (layers() != before)
        showAll(); // another model
    else
        refit();
    restyle();
}

void LayerChart::build()
{
    chart()->removeAllSeries();
    m_lines.clear();
    for (std::size_t i = 0; i < m_data.size(); ++i) {
        auto *line = new QLineSeries(this);
        m_lines.push_back(line);
        chart()->addSeries(line);
        line->attachAxis(m_x);
        line->attachAxis(m_y);
    }
}

double LayerChart::drawn(double v) const
{
    if (std::isinf(v))
        return v > 0 ? m_top : m_y->min();
    return m_scale == Scale::PowersOfTwo ? std::log2(v) : v;
}

void LayerChart::fill()
{
    for (std::size_t i = 0; i < m_data.size(); ++i) {
        const ChartSeries &s = m_data[i];
        m_lines[i]->setName(s.bars ? u' ' + s.name : s.name); // the legend's marker is wider
        if (s.bars)
            continue;
        QList<QPointF> points;
        points.reserve(qsizetype(s.values.size()));
        for (std::size_t k = 0; k < s.values.size(); ++k) {
            if (!std::isnan(s.values[k]) && !(m_scale == Scale::PowersOfTwo && s.values[k] <= 0))
                points.append({double(k), drawn(s.values[k])});
        }
        m_lines[i]->setPointsVisible(!s.dashed && points.size() <= 400);
        m_lines[i]->setMarkerSize(s.of == ChartSeries::Of::Before ? 4.5
                                  : points.size() <= 150          ? 3.5
                                                                  : 2.5); // a radius, in spite of its name
        m_lines[i]->replace(points);
    }
}

ZoomChart::Range LayerChart::wholeX() const
{
    return {-0.5, std::max(layers(), 1) - 0.5};
}

ZoomChart::Range LayerChart::valuesWithin(Range x, bool &infinite) const
{
    constexpr double kFar = std::numeric_limits<double>::infinity();
    Range ranges[2]{{kFar, -kFar}, {kFar, -kFar}}; // of the others, of what stands aside
    const int from = std::max(int(std::floor(x.first)), 0), to = std::min(int(std::ceil(x.second)), layers() - 1);
    for (int k = from; k <= to; ++k) {
        double above[2]{}, below[2]{}; // bars stand on each other, in two rows
        const auto take = [&](const ChartSeries &s, double y) {
            Range &r = ranges[s.aside];
            r.first = std::min(r.first, y);
            r.second = std::max(r.second, y);
        };
        for (const ChartSeries &s : m_data) {
            const double v = std::size_t(k) < s.values.size() ? s.values[std::size_t(k)] : NAN;
            infinite = infinite || std::isinf(v);
            if (!std::isfinite(v) || (m_scale == Scale::PowersOfTwo && v <= 0))
                continue;
            if (s.bars)
                take(s, (v > 0 ? above : below)[s.aside] += v);
            else
                take(s, drawn(v));
        }
    }
    // What bars are held against may be larger by far: then it is cut, and paintBars() says how high it is.
    constexpr double kMost = 4;
    Range &now = ranges[0], &aside = ranges[1];
    if (now.second > 0)
        aside.second = std::min(aside.second, kMost * now.second);
    return {std::min(now.first, aside.first), std::max(now.second, aside.second)};
}

void LayerChart::applyRange(Range x, const std::optional<Range> &y)
{
    bool infinite = false;
    Range values = valuesWithin(x, infinite);
    if (values.first > values.second)
        values = {0, infinite ? 60 : 1};
    if (y)
        values = *y;
    const int room = std::clamp((height() - 96) / 22, 2, 12); // more would not have room for their labels
    const Ticks t = m_scale == Scale::PowersOfTwo ? powerTicks(values.first, values.second, room)
                                                  : linearTicks(values.first, values.second, room, m_fromZero && !y);
    Range shown = y.value_or(Range(t.low, t.high));
    if (!y && m_scale == Scale::Linear) { // ticks need not be at the ends: in a low chart most would be empty
        const double margin = 0.08 * (values.second - std::min(values.first, m_fromZero ? 0.0 : values.first));
        shown.first = std::max(t.low, values.first < 0 || !m_fromZero ? values.first - margin : 0.0);
        shown.second = infinite ? values.second + 3 * margin : std::min(t.high, values.second + margin);
        if (shown.second <= shown.first)
            shown = {t.low, t.high};
    }
    m_top = shown.second - 0.03 * (shown.second - shown.first); // a marker on the edge would be cut
    m_y->setMinorTickCount(0);
    setAxis(m_y, shown, t.low, t.step);
    m_y->setMinorTickCount(m_scale == Scale::PowersOfTwo ? int(t.step) - 1 : 0); // a line for each power
    setAxis(m_x, x, 0, std::round(std::max(1.0, niceStep(x.second - x.first, std::clamp(width() / 64, 2, 24)))));
    fill();
}

QColor LayerChart::colorOf(const ChartSeries &s) const
{
    if (s.stale)
        return themeColor(ColorRole::Stale);
    switch (s.of) {
    case ChartSeries::Of::Before:
        return s.bars ? themeColor(ColorRole::Before)
                      : mixed(themeColor(ColorRole::Before), themeColor(ColorRole::Canvas), 0.4);
    case ChartSeries::Of::First: return themeColor(ColorRole::After);
    case ChartSeries::Of::Second: return themeColor(ColorRole::VariantB);
    case ChartSeries::Of::Part: return partColor(s.part);
    }
    return {};
}

void LayerChart::restyle()
{
    for (std::size_t i = 0; i < m_lines.size(); ++i) {
        const QColor c = colorOf(m_data[i]);
        // What was before lies beneath and is seen where what is after is the same.
        QPen pen(c, m_data[i].of == ChartSeries::Of::Before ? 4.5 : 1.75);
        if (m_data[i].dashed)
            pen.setDashPattern({3, 2});
        if (m_data[i].bars)
            pen.setWidthF(8); // of the legend alone
        m_lines[i]->setPen(pen);
        m_lines[i]->setBrush(c);
        m_lines[i]->setColor(c);
        m_lines[i]->setPen(pen);
    }
    const auto named = std::count_if(m_data.begin(), m_data.end(), [](const ChartSeries &s) {
        return std::any_of(s.values.begin(), s.values.end(), [](double v) { return !std::isnan(v); });
    });
    const bool stale = std::any_of(m_data.begin(), m_data.end(), [](const ChartSeries &s) { return s.stale; });
    chart()->legend()->setVisible(named > 1 || stale);
    for (std::size_t i = 0; i < m_lines.size(); ++i) { // both rows of bars have the same colours
        for (QLegendMarker *marker : chart()->legend()->markers(m_lines[i]))
            marker->setVisible(!m_data[i].aside);
    }
    m_x->setGridLineVisible(false);
    ZoomChart::restyle();
}

int LayerChart::layerAt(QPointF at) const
{
    if (m_data.empty() || !isInPlot(at, 8))
        return -1;
    const int op = std::clamp(int(std::lround(xAt(at))), 0, std::max(layers() - 1, 0));
    // The nearest layer that has a number: not every layer has weights.
    const auto has = [this](int i) {
        return i >= 0 && i < layers() && std::any_of(m_data.begin(), m_data.end(), [i](const ChartSeries &s) {
                   return std::size_t(i) < s.values.size() && !std::isnan(s.values[std::size_t(i)]);
               });
    };
    for (int d = 0; d < 4; ++d) {
        if (has(op - d))
            return op - d;
        if (has(op + d))
            return op + d;
    }
    return op < layers() ? op : -1;
}

void LayerChart::hovered(QPointF at, QPoint global)
{
    const int op = layerAt(at);
    if (op != m_hovered) {
        m_hovered = op;
        viewport()->update();
        setCursor(op >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
    }
    if (op >= 0)
        QToolTip::showText(global, toolTipOf(op), viewport());
    else
        QToolTip::hideText();
}

QString LayerChart::toolTipOf(int op) const
{
    QStringList lines{m_titleOf ? m_titleOf(op) : QString::number(op)};
    for (const ChartSeries &s : m_data) {
        const double v = std::size_t(op) < s.values.size() ? s.values[std::size_t(op)] : NAN;
        if (!std::isnan(v) && !(s.of == ChartSeries::Of::Part && v == 0))
            lines << QStringLiteral("%1: %2").arg(s.name, m_textOf ? m_textOf(v) : QString::number(v));
    }
    if (const QString remark = m_remarkOf ? m_remarkOf(op) : QString(); !remark.isEmpty())
        lines << remark;
    return lines.join(u'\n');
}

void LayerChart::clicked(QPointF at, Qt::KeyboardModifiers modifiers)
{
    const int op = layerAt(at);
    if (op < 0)
        return;
    if (modifiers & (Qt::ControlModifier | Qt::ShiftModifier))
        m_selection->toggle(op);
    else
        m_selection->select(op);
}

void LayerChart::keyPressEvent(QKeyEvent *event)
{
    const int step = event->key() == Qt::Key_Right ? 1 : event->key() == Qt::Key_Left ? -1 : 0;
    if (step == 0 || layers() == 0) {
        ZoomChart::keyPressEvent(event);
        return;
    }
    m_selection->select(std::clamp(m_selection->current() + step, 0, layers() - 1));
}

// How high a bar is that goes beyond the top; where there is room.
void LayerChart::paintCut(QPainter &painter, double height, double x, double &last) const
{
    if (height <= m_y->max() * 1.0001)
        return;
    const QString text = QString::number(height, 'g', 3);
    const QFontMetricsF metrics(painter.font());
    QRectF box(0, 0, metrics.horizontalAdvance(text) + 4, metrics.height());
    box.moveTo(std::max(x - box.width() / 2, plot().left()), plot().top());
    if (box.left() < last)
        return;
    last = box.right() + 2;
    painter.fillRect(box, themeColor(ColorRole::Canvas));
    painter.setPen(palette().color(QPalette::Text));
    painter.drawText(box, Qt::AlignCenter, text);
}

void LayerChart::paintBars(QPainter &painter) const
{
    const int from = std::max(int(std::floor(m_x->min())), 0), to = std::min(int(std::ceil(m_x->max())), layers() - 1);
    if (std::none_of(m_data.begin(), m_data.end(), [](const ChartSeries &s) { return s.bars; }))
        return;
    const bool two = std::any_of(m_data.begin(), m_data.end(), [](const ChartSeries &s) { return s.aside; });
    const double room = std::max(placeOfX(1) - placeOfX(0), 1e-6) * 0.8, wide = std::max(two ? room * 0.46 : room, 1.0);
    painter.setRenderHint(QPainter::Antialiasing, wide > 3);
    painter.setFont(m_y->labelsFont());
    double lastCut = -1e9;
    for (int k = from; k <= to; ++k) {
        double above[2]{}, below[2]{};
        for (const ChartSeries &s : m_data) {
            const double v = s.bars && std::size_t(k) < s.values.size() ? s.values[std::size_t(k)] : NAN;
            if (std::isnan(v) || v == 0)
                continue;
            double &base = (v > 0 ? above : below)[s.aside];
            const double next = std::isinf(v) ? drawn(v) : base + v;
            const double a = placeOfY(base), b = placeOfY(next);
            const double left = placeOfX(k) - (two ? room : wide) / 2 + (two && !s.aside ? room - wide : 0);
            const QRectF bar(left, std::min(a, b), wide, std::abs(a - b));
            painter.fillRect(bar, colorOf(s));
            if (s.aside && wide > 3)
                hatch(painter, bar);
            base = next;
        }
        paintCut(painter, std::max(above[0], above[1]), placeOfX(k), lastCut);
    }
    painter.setRenderHint(QPainter::Antialiasing, true);
}

void LayerChart::paintOver(QPainter &painter, const QRectF &area)
{
    if (m_data.empty())
        return;
    paintBars(painter);
    const double half = std::max((placeOfX(1) - placeOfX(0)) / 2, 1.5);
    const QColor mark = palette().color(QPalette::Highlight);
    QColor tint = mark;
    tint.setAlpha(56);
    for (const int op : m_selection->operators()) {
        const double x = placeOfX(op);
        if (x + half >= area.left() && x - half <= area.right())
            painter.fillRect(QRectF(x - half, area.top(), 2 * half, area.height()), tint);
    }
    if (const int op = m_selection->current(); op >= 0 && m_selection->contains(op)) {
        painter.setPen(QPen(mark, 1));
        painter.drawLine(QPointF(placeOfX(op), area.top()), QPointF(placeOfX(op), area.top() + 6));
    }
    if (m_hovered >= 0) {
        painter.setPen(QPen(themeColor(ColorRole::Muted), 1, Qt::DotLine));
        painter.drawLine(QPointF(placeOfX(m_hovered), area.top()), QPointF(placeOfX(m_hovered), area.bottom()));
    }
}

} // namespace requant
