// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/graph/graphoverlays.h"

#include "ui/logic/texts.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMouseEvent>
#include <QPainter>
#include <QToolButton>

#include <cmath>

namespace requant {
namespace {

void paintPanel(QPainter &painter, const QRect &rect)
{
    QColor fill = themeColor(ColorRole::NodeBody);
    fill.setAlphaF(0.94f);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(themeColor(ColorRole::CanvasGrid), 1));
    painter.setBrush(fill);
    painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
}

constexpr int kMargin = 6;       // of the minimap's drawing
constexpr int kLineHeight = 18;  // of the legend
constexpr int kSwatch = 12;
constexpr int kPill = 24;

} // namespace

Minimap::Minimap(QWidget *parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("graphMinimap"));
    setAccessibleName(tr("Overview of the graph"));
    setCursor(Qt::PointingHandCursor);
}

void Minimap::setBoxes(std::vector<Box> boxes, QRectF scene)
{
    m_boxes = std::move(boxes);
    m_scene = scene;
    m_cache = {};
    update();
}

void Minimap::setView(QRectF visible)
{
    if (visible == m_visible)
        return;
    m_visible = visible;
    update();
}

QSize Minimap::fittingSize(QSize available) const
{
    if (m_scene.isEmpty())
        return {};
    const double f = std::min((available.width() - 2 * kMargin) / m_scene.width(), (available.height() - 2 * kMargin) / m_scene.height());
    return {std::max(5 * kGrid, static_cast<int>(std::lround(m_scene.width() * f)) + 2 * kMargin),
            std::max(5 * kGrid, static_cast<int>(std::lround(m_scene.height() * f)) + 2 * kMargin)};
}

double Minimap::factor() const
{
    return std::min((width() - 2 * kMargin) / m_scene.width(), (height() - 2 * kMargin) / m_scene.height());
}

QRectF Minimap::toWidget(const QRectF &r) const
{
    const double f = factor();
    const QPointF origin(width() / 2.0 - m_scene.center().x() * f, height() / 2.0 - m_scene.center().y() * f);
    return {origin.x() + r.x() * f, origin.y() + r.y() * f, r.width() * f, r.height() * f};
}

void Minimap::paintEvent(QPaintEvent *)
{
    if (m_scene.isEmpty())
        return;
    if (m_cache.isNull()) {
        const qreal ratio = devicePixelRatioF();
        m_cache = QPixmap(size() * ratio);
        m_cache.setDevicePixelRatio(ratio);
        m_cache.fill(Qt::transparent);
        QPainter painter(&m_cache);
        paintPanel(painter, rect());
        painter.setRenderHint(QPainter::Antialiasing, m_boxes.size() < 2000);
        for (const auto &box : m_boxes) {
            QRectF r = toWidget(box.rect);
            if (r.width() < 3)
                r.adjust(-(3 - r.width()) / 2, 0, (3 - r.width()) / 2, 0);
            painter.fillRect(r, box.color);
        }
    }
    QPainter painter(this);
    painter.drawPixmap(0, 0, m_cache);
    const QRectF view = toWidget(m_visible).intersected(QRectF(rect()).adjusted(2, 2, -2, -2));
    if (!view.isEmpty()) {
        QColor fill = themeColor(ColorRole::After);
        painter.setPen(QPen(fill, 1.5));
        fill.setAlphaF(0.14f);
        painter.setBrush(fill);
        painter.drawRect(view);
    }
}

void Minimap::mousePressEvent(QMouseEvent *event)
{
    if (m_scene.isEmpty() || !(event->buttons() & Qt::LeftButton))
        return;
    const double f = factor();
    emit moveRequested({m_scene.center().x() + (event->position().x() - width() / 2.0) / f,
                        m_scene.center().y() + (event->position().y() - height() / 2.0) / f});
}

void Minimap::mouseMoveEvent(QMouseEvent *event) { mousePressEvent(event); }
void Minimap::resizeEvent(QResizeEvent *) { m_cache = {}; }

Legend::Legend(QWidget *parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("graphLegend"));
    setAttribute(Qt::WA_TransparentForMouseEvents);
    QFont small = font();
    small.setPointSizeF(small.pointSizeF() * 0.9);
    setFont(small);
}

void Legend::setHeat(const Heat &heat)
{
    m_hasHeat = !heat.isEmpty();
    m_heat = heat;
    m_heat.values.clear();
    update();
}

void Legend::setFamilies(std::vector<Family> families)
{
    m_families = std::move(families);
    update();
}

void Legend::setRequantizeCount(int count)
{
    m_requantize = count;
    update();
}

QString Legend::requantizeText() const
{
    return m_requantize == 1 ? tr("1 requantize operator to insert") : tr("%L1 requantize operators to insert").arg(m_requantize);
}

QSize Legend::sizeHint() const
{
    const QFontMetrics metrics(font());
    int width = 0, lines = 0;
    if (m_hasHeat) {
        width = std::max(208, metrics.horizontalAdvance(heatTitle()) + 3 * kGrid);
        lines = 3;
    } else {
        for (const auto f : m_families)
            width = std::max(width, metrics.horizontalAdvance(familyName(f)) + kSwatch + 4 * kGrid);
        lines = static_cast<int>(m_families.size());
    }
    if (m_requantize > 0) {
        width = std::max(width, metrics.horizontalAdvance(requantizeText()) + kPill + 4 * kGrid);
        ++lines;
    }
    return lines == 0 ? QSize() : QSize(width, lines * kLineHeight + kGrid);
}

QString Legend::heatTitle() const
{
    return m_heat.stale ? tr("%1 (being computed)").arg(m_heat.title) : m_heat.title;
}

void Legend::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    paintPanel(painter, rect());
    const int left = kGrid + 4, width = this->width() - 2 * left;
    const QColor ink = palette().color(QPalette::Text);
    int y = kGrid / 2;
    if (m_hasHeat) {
        paintHeat(painter, QRect(left, y, width, 3 * kLineHeight));
        y += 3 * kLineHeight;
    } else {
        for (const auto f : m_families) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(familyColor(f));
            painter.drawRoundedRect(QRectF(left, y + (kLineHeight - kSwatch) / 2.0, kSwatch, kSwatch), 3, 3);
            painter.setPen(ink);
            painter.drawText(QRect(left + kSwatch + kGrid, y, width, kLineHeight), Qt::AlignVCenter, familyName(f));
            y += kLineHeight;
        }
    }
    if (m_requantize > 0) {
        QPen pen(themeColor(ColorRole::VariantB), 1.5);
        pen.setDashPattern({3, 2});
        painter.setPen(pen);
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(left, y + (kLineHeight - kSwatch) / 2.0, kPill, kSwatch), kSwatch / 2.0, kSwatch / 2.0);
        painter.setPen(ink);
        painter.drawText(QRect(left + kPill + kGrid, y, width, kLineHeight), Qt::AlignVCenter, requantizeText());
    }
}

// Title, ramp from worst to best, numbers at its ends.
void Legend::paintHeat(QPainter &painter, const QRect &area)
{
    painter.setPen(palette().color(QPalette::Text));
    painter.drawText(QRect(area.topLeft(), QSize(area.width(), kLineHeight)), Qt::AlignVCenter, heatTitle());
    const QRect bar(area.left(), area.top() + kLineHeight + 2, area.width(), kLineHeight - 6);
    for (int x = 0; x < bar.width(); ++x) {
        QColor c = heatColor(1.0 - static_cast<double>(x) / std::max(1, bar.width() - 1));
        if (m_heat.stale)
            c = QColor(qGray(c.rgb()), qGray(c.rgb()), qGray(c.rgb()));
        painter.fillRect(bar.left() + x, bar.top(), 1, bar.height(), c);
    }
    const auto number = [&](double v) {
        const QString text = QString::number(v, 'g', 4);
        return m_heat.unit.isEmpty() ? text : text + u' ' + m_heat.unit;
    };
    const QRect ends(area.left(), bar.bottom() + 2, area.width(), kLineHeight);
    painter.drawText(ends, Qt::AlignVCenter | Qt::AlignLeft, number(m_heat.worst));
    painter.drawText(ends, Qt::AlignVCenter | Qt::AlignRight, number(m_heat.best));
}

SearchBar::SearchBar(QWidget *parent) : QFrame(parent)
{
    setObjectName(QStringLiteral("graphSearch"));
    setFrameShape(QFrame::StyledPanel);
    setAutoFillBackground(true);
    m_edit = new QLineEdit(this);
    m_edit->setPlaceholderText(tr("Find operator, layer or tensor"));
    m_edit->setAccessibleName(tr("Find in the graph"));
    m_edit->setClearButtonEnabled(true);
    m_edit->setMinimumWidth(28 * kGrid);
    m_place = new QLabel(this);
    m_place->setMinimumWidth(8 * kGrid);
    m_place->setAlignment(Qt::AlignCenter);
    const auto button = [this](const char *icon, const QString &text) {
        auto *b = new QToolButton(this);
        b->setAutoRaise(true);
        b->setIcon(themedIcon(QLatin1String(icon)));
        b->setToolTip(text);
        b->setAccessibleName(text);
        return b;
    };
    auto *previous = button("previous", tr("Find previous (Shift+Enter)"));
    auto *next = button("next", tr("Find next (Enter)"));
    auto *close = button("close", tr("Close the search (Esc)"));
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(kGrid, kGrid / 2, kGrid / 2, kGrid / 2);
    row->setSpacing(kGrid / 2);
    for (QWidget *w : std::initializer_list<QWidget *>{m_edit, m_place, previous, next, close})
        row->addWidget(w);
    connect(m_edit, &QLineEdit::textEdited, this, [this](const QString &text) { emit searchRequested(text, true, true); });
    connect(previous, &QToolButton::clicked, this, [this] { emit searchRequested(text(), false, false); });
    connect(next, &QToolButton::clicked, this, [this] { emit searchRequested(text(), true, false); });
    connect(close, &QToolButton::clicked, this, &SearchBar::closed);
    hide();
}

void SearchBar::open()
{
    show();
    raise();
    m_edit->setFocus(Qt::ShortcutFocusReason);
    m_edit->selectAll();
}

QString SearchBar::text() const { return m_edit->text(); }
void SearchBar::setText(const QString &text) { m_edit->setText(text); }

void SearchBar::setPlace(int number, int count)
{
    if (m_edit->text().isEmpty())
        m_place->clear();
    else if (count == 0)
        m_place->setText(tr("not found"));
    else
        m_place->setText(tr("%1 of %2").arg(number).arg(count));
}

void SearchBar::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
        emit searchRequested(text(), !(event->modifiers() & Qt::ShiftModifier), false);
    else if (event->key() == Qt::Key_Escape)
        emit closed();
    else
        QFrame::keyPressEvent(event);
}

} // namespace requant
