// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/layerchart.h"

#include "ui/logic/selection.h"

#include <QBarSet>
#include <QChart>
#include <QGraphicsLayout>
#include <QKeyEvent>
#include <QLegend>
#include <QLegendMarker>
#include <QLineSeries>
#include <QMouseEvent>
#include <QStackedBarSeries>
#include <QToolTip>
#include <QValueAxis>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

namespace requant {

namespace {

// 1, 2, 5 times a power of ten, so that at most `most` steps cover the span.
double niceStep(double span, int most)
{
    const double raw = std::max(span, 1e-9) / most;
    const double base = std::pow(10.0, std::floor(std::log10(raw)));
    for (const double m : {1.0, 2.0, 5.0, 10.0}) {
        if (raw <= m * base * 1.0000001)
            return m * base;
    }
    return 10 * base;
}

} // namespace

LayerChart::LayerChart(const QString &yTitle, Scale scale, Selection *selection, QWidget *parent)
    : QChartView(parent), m_scale(scale), m_selection(selection), m_x(new QValueAxis(this)), m_y(new QValueAxis(this))
{
    setRenderHint(QPainter::Antialiasing);
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setFrameShape(QFrame::NoFrame);
    setMinimumSize(200, 80);
    chart()->setAnimationOptions(QChart::NoAnimation);
    chart()->layout()->setContentsMargins(0, 0, 0, 0);
    chart()->setMargins(QMargins(4, 0, kGrid, 0));
    chart()->setBackgroundRoundness(0);
    chart()->legend()->setAlignment(Qt::AlignTop);
    chart()->legend()->setMarkerShape(QLegend::MarkerShapeCircle);
    chart()->legend()->setShowToolTips(false);
    m_x->setLabelFormat(QStringLiteral("%d"));
    m_x->setTickType(QValueAxis::TicksDynamic);
    m_x->setTitleText(tr("layer #"));
    m_y->setTickType(QValueAxis::TicksDynamic);
    m_y->setTitleText(yTitle);
    m_y->setLabelFormat(scale == Scale::PowersOfTwo ? QStringLiteral("2^%d") : QStringLiteral("%g"));
    chart()->addAxis(m_x, Qt::AlignBottom);
    chart()->addAxis(m_y, Qt::AlignLeft);
    connect(m_selection, &Selection::changed, this, [this] { viewport()->update(); });
    restyle();
}

void LayerChart::setTexts(TextOf textOf, TitleOf titleOf)
{
    m_textOf = std::move(textOf);
    m_titleOf = std::move(titleOf);
}

int LayerChart::layers() const
{
    std::size_t n = 0;
    for (const Series &s : m_data)
        n = std::max(n, s.values.size());
    return int(n);
}

bool LayerChart::hasValues() const
{
    return std::any_of(m_data.begin(), m_data.end(), [](const Series &s) {
        return std::any_of(s.values.begin(), s.values.end(), [](double v) { return !std::isnan(v); });
    });
}

void LayerChart::setSeries(std::vector<Series> data)
{
    const int before = layers();
    m_data = std::move(data);
    if (m_lines.size() != m_data.size())
        build();
    fill();
    if (layers() != before)
        setXRange(-0.5, std::max(layers(), 1) - 0.5);
    restyle();
    viewport()->update();
}

void LayerChart::build()
{
    chart()->removeAllSeries();
    m_lines.assign(m_data.size(), nullptr);
    m_bars.assign(m_data.size(), nullptr);
    QStackedBarSeries *bars = nullptr;
    const auto attach = [this](QAbstractSeries *s) {
        chart()->addSeries(s);
        s->attachAxis(m_x);
        s->attachAxis(m_y);
    };
    for (std::size_t i = 0; i < m_data.size(); ++i) {
        if (m_data[i].shape == Shape::Bars) {
            if (!bars) {
                bars = new QStackedBarSeries(this);
                bars->setBarWidth(0.8);
            }
            m_bars[i] = new QBarSet(m_data[i].name, bars);
            bars->append(m_bars[i]);
        }
    }
    if (bars)
        attach(bars);
    for (std::size_t i = 0; i < m_data.size(); ++i) {
        if (m_data[i].shape == Shape::Line) {
            auto *line = new QLineSeries(this);
            m_lines[i] = line;
            attach(line);
        }
    }
}

void LayerChart::fill()
{
    fitY();
    const auto drawn = [this](double v) {
        if (std::isinf(v))
            return v > 0 ? m_top : m_y->min();
        return m_scale == Scale::PowersOfTwo ? std::log2(v) : v;
    };
    for (std::size_t i = 0; i < m_data.size(); ++i) {
        const Series &s = m_data[i];
        if (m_lines[i]) {
            QList<QPointF> points;
            points.reserve(qsizetype(s.values.size()));
            for (std::size_t k = 0; k < s.values.size(); ++k) {
                if (!std::isnan(s.values[k]))
                    points.append({double(k), drawn(s.values[k])});
            }
            m_lines[i]->setName(s.name);
            m_lines[i]->setPointsVisible(points.size() <= 400);
            m_lines[i]->setMarkerSize(points.size() <= 150 ? 6 : 4);
            m_lines[i]->replace(points);
        } else if (m_bars[i]) {
            m_bars[i]->setLabel(s.name);
            const int n = int(s.values.size());
            if (m_bars[i]->count() > n)
                m_bars[i]->remove(n, m_bars[i]->count() - n);
            for (int k = 0; k < n; ++k) {
                const double v = s.values[std::size_t(k)];
                const double y = std::isnan(v) ? 0.0 : drawn(v);
                if (k < m_bars[i]->count())
                    m_bars[i]->replace(k, y);
                else
                    m_bars[i]->append(y);
            }
        }
    }
}

void LayerChart::fitY()
{
    double least = std::numeric_limits<double>::infinity(), most = -least;
    bool infinite = false;
    for (const Series &s : m_data) {
        for (const double v : s.values) {
            if (std::isinf(v))
                infinite = true;
            if (!std::isfinite(v) || (m_scale == Scale::PowersOfTwo && v <= 0))
                continue;
            const double y = m_scale == Scale::PowersOfTwo ? std::log2(v) : v;
            least = std::min(least, y);
            most = std::max(most, y);
        }
    }
    if (least > most) {
        least = 0;
        most = infinite ? 60 : 1;
    }
    if (m_scale == Scale::Linear)
        least = std::min(least, 0.0);
    const int ticks = std::clamp((height() - 96) / 22, 2, 12); // more would not have room for their labels
    double step, low, high;
    if (m_scale == Scale::PowersOfTwo) {
        // A quarter more on both sides: a marker at the edge would be cut.
        low = std::floor(least - 0.25);
        high = std::ceil(most + 0.25);
        step = std::max(1.0, std::ceil((high - low) / ticks));
        low = high - std::ceil((high - low) / step) * step;
    } else {
        step = niceStep(most - least, ticks);
        low = std::floor(least / step) * step;
        high = std::ceil(most / step) * step;
    }
    if (high <= low || (infinite && high - most < 0.5 * step))
        high += step;
    m_top = high;
    m_y->setRange(low, high);
    m_y->setTickAnchor(low);
    m_y->setTickInterval(step);
}

void LayerChart::setXRange(double from, double to)
{
    const double most = std::max(layers(), 1) - 0.5;
    const double span = std::clamp(to - from, std::min(4.0, most + 0.5), most + 0.5);
    from = std::clamp(from, -0.5, most - span);
    m_x->setRange(from, from + span);
    const int ticks = std::clamp(width() / 64, 2, 24);
    const double step = std::max(1.0, niceStep(span, ticks));
    m_x->setTickAnchor(0);
    m_x->setTickInterval(std::round(step));
    viewport()->update();
}

void LayerChart::restyle()
{
    const QColor text = palette().color(QPalette::Text);
    const QColor grid = themeColor(ColorRole::CanvasGrid);
    QFont small = font();
    small.setPointSizeF(std::max(7.0, font().pointSizeF() * 0.85));
    chart()->setBackgroundBrush(themeColor(ColorRole::Canvas));
    chart()->setBackgroundPen(Qt::NoPen);
    setBackgroundBrush(themeColor(ColorRole::Canvas));
    chart()->legend()->setLabelColor(text);
    chart()->legend()->setFont(small);
    for (QValueAxis *axis : {m_x, m_y}) {
        axis->setLabelsColor(text);
        axis->setLabelsFont(small);
        axis->setTitleFont(small);
        axis->setTitleBrush(themeColor(ColorRole::Muted));
        axis->setGridLinePen(QPen(grid, 1));
        axis->setLinePen(QPen(grid, 1));
    }
    m_x->setGridLineVisible(false);
    for (std::size_t i = 0; i < m_data.size(); ++i) {
        const QColor c = m_data[i].stale ? themeColor(ColorRole::Stale) : themeColor(m_data[i].color);
        if (m_lines[i]) {
            m_lines[i]->setPen(QPen(c, m_data[i].color == ColorRole::Before ? 1.25 : 1.75));
            m_lines[i]->setBrush(c);
        } else if (m_bars[i]) {
            m_bars[i]->setColor(c);
            m_bars[i]->setPen(Qt::NoPen);
            m_bars[i]->setLabelColor(text);
        }
    }
    const auto named = std::count_if(m_data.begin(), m_data.end(), [](const Series &s) {
        return std::any_of(s.values.begin(), s.values.end(), [](double v) { return !std::isnan(v); });
    });
    const bool stale = std::any_of(m_data.begin(), m_data.end(), [](const Series &s) { return s.stale; });
    chart()->legend()->setVisible(named > 1 || stale);
    for (auto *marker : chart()->legend()->markers())
        marker->setPen(Qt::NoPen);
}

int LayerChart::layerAt(const QPointF &at) const
{
    const QPointF inScene = mapToScene(at.toPoint());
    const QPointF inChart = chart()->mapFromScene(inScene);
    if (m_data.empty() || !chart()->plotArea().adjusted(-8, 0, 8, 0).contains(inChart))
        return -1;
    const double x =
        m_x->min()
        + (inChart.x() - chart()->plotArea().left()) / chart()->plotArea().width() * (m_x->max() - m_x->min());
    const int op = std::clamp(int(std::lround(x)), 0, std::max(layers() - 1, 0));
    // The nearest layer that has a number: not every layer has weights.
    const auto has = [this](int i) {
        return i >= 0 && i < layers() && std::any_of(m_data.begin(), m_data.end(), [i](const Series &s) {
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

void LayerChart::mouseMoveEvent(QMouseEvent *event)
{
    const int op = layerAt(event->position());
    if (op != m_hovered) {
        m_hovered = op;
        viewport()->update();
        setCursor(op >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
    }
    if (op >= 0)
        QToolTip::showText(event->globalPosition().toPoint(), toolTipOf(op), viewport());
    else
        QToolTip::hideText();
}

QString LayerChart::toolTipOf(int op) const
{
    QStringList lines{m_titleOf ? m_titleOf(op) : QString::number(op)};
    for (const Series &s : m_data) {
        const double v = std::size_t(op) < s.values.size() ? s.values[std::size_t(op)] : NAN;
        if (!std::isnan(v))
            lines << QStringLiteral("%1: %2").arg(s.name, m_textOf ? m_textOf(v) : QString::number(v));
    }
    return lines.join(u'\n');
}

bool LayerChart::viewportEvent(QEvent *event)
{
    // The scene would answer with the tool tip of its items, which have none, and close ours.
    if (event->type() == QEvent::ToolTip)
        return true;
    return QChartView::viewportEvent(event);
}

void LayerChart::mousePressEvent(QMouseEvent *event)
{
    event->accept();
}

void LayerChart::mouseReleaseEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton)
        return;
    const int op = layerAt(event->position());
    if (op < 0)
        return;
    if (event->modifiers() & (Qt::ControlModifier | Qt::ShiftModifier))
        m_selection->toggle(op);
    else
        m_selection->select(op);
}

void LayerChart::mouseDoubleClickEvent(QMouseEvent *)
{
    setXRange(-0.5, layers() - 0.5);
}

void LayerChart::leaveEvent(QEvent *event)
{
    m_hovered = -1;
    viewport()->update();
    QChartView::leaveEvent(event);
}

void LayerChart::wheelEvent(QWheelEvent *event)
{
    const auto area = chart()->plotArea();
    if (area.width() <= 0 || layers() < 5)
        return;
    const double span = m_x->max() - m_x->min();
    if (event->angleDelta().x() != 0 || event->modifiers() & Qt::ShiftModifier) {
        const double by = -span * 0.1 * (event->angleDelta().x() + event->angleDelta().y()) / 120.0;
        setXRange(m_x->min() + by, m_x->max() + by);
    } else {
        const double at = std::clamp((event->position().x() - area.left()) / area.width(), 0.0, 1.0);
        const double next = span * std::pow(0.8, event->angleDelta().y() / 120.0);
        const double centre = m_x->min() + at * span;
        setXRange(centre - at * next, centre + (1 - at) * next);
    }
    event->accept();
}

void LayerChart::keyPressEvent(QKeyEvent *event)
{
    const int step = event->key() == Qt::Key_Right ? 1 : event->key() == Qt::Key_Left ? -1 : 0;
    if (step == 0 || layers() == 0) {
        QChartView::keyPressEvent(event);
        return;
    }
    m_selection->select(std::clamp(m_selection->current() + step, 0, layers() - 1));
}

void LayerChart::changeEvent(QEvent *event)
{
    QChartView::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        restyle();
}

void LayerChart::resizeEvent(QResizeEvent *event)
{
    QChartView::resizeEvent(event);
    if (layers() > 0) {
        fill();
        setXRange(m_x->min(), m_x->max());
    }
}

void LayerChart::drawForeground(QPainter *painter, const QRectF &)
{
    const QRectF area = chart()->mapRectToScene(chart()->plotArea());
    const double span = m_x->max() - m_x->min();
    if (m_data.empty() || span <= 0)
        return;
    const auto at = [&](double op) { return area.left() + (op - m_x->min()) / span * area.width(); };
    const double half = std::max(area.width() / span / 2, 1.5);
    painter->save();
    painter->setClipRect(area);
    QColor mark = palette().color(QPalette::Highlight);
    mark.setAlpha(56);
    for (const int op : m_selection->operators()) {
        const double x = at(op);
        if (x + half >= area.left() && x - half <= area.right())
            painter->fillRect(QRectF(x - half, area.top(), 2 * half, area.height()), mark);
    }
    if (m_hovered >= 0) {
        painter->setPen(QPen(themeColor(ColorRole::Muted), 1, Qt::DotLine));
        painter->drawLine(QPointF(at(m_hovered), area.top()), QPointF(at(m_hovered), area.bottom()));
    }
    painter->restore();
}

} // namespace requant
