// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/graph/graphlegend.h"

#include "ui/logic/texts.h"

#include <QPainter>

#include <algorithm>
#include <cmath>

namespace requant {
namespace {

constexpr int kLineHeight = 20;
constexpr int kSwatch = 12, kPill = 24, kBar = 144;
constexpr int kGap = 2 * kGrid; // between entries

// Places one entry after the other, in as many lines as it takes; the height that they need.
template <class Entries, class Width, class Place>
int flow(const Entries &entries, int width, Width widthOf, Place place)
{
    int x = kGrid, y = kGrid / 2;
    for (const auto &e : entries) {
        const int w = widthOf(e);
        if (x > kGrid && x + w > width - kGrid) {
            x = kGrid;
            y += kLineHeight;
        }
        place(e, QRect(x, y, std::min(w, width - 2 * kGrid), kLineHeight));
        x += w + kGap;
    }
    return y + kLineHeight + kGrid / 2;
}

} // namespace

Legend::Legend(QWidget *parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("graphLegend"));
    QFont small = font();
    small.setPointSizeF(small.pointSizeF() * 0.9);
    setFont(small);
}

void Legend::changed()
{
    setAccessibleName(tr("Legend: %1").arg(text()));
    update();
}

void Legend::setHeat(const Heat &heat)
{
    m_hasHeat = !heat.isEmpty();
    m_heat = heat;
    m_hasUnknown = std::any_of(heat.values.begin(), heat.values.end(), [](double v) { return std::isnan(v); });
    m_heat.values.clear();
    changed();
}

void Legend::setFamilies(std::vector<Family> families)
{
    m_families = std::move(families);
    changed();
}

void Legend::setRequantizeCount(int count)
{
    m_requantize = count;
    changed();
}

bool Legend::isEmpty() const
{
    return !m_hasHeat && m_requantize == 0 && m_families.empty();
}

QString Legend::number(double v) const
{
    const QString text = QString::number(v, 'g', 4);
    return m_heat.unit.isEmpty() ? text : text + u' ' + m_heat.unit;
}

std::vector<Legend::Entry> Legend::entries() const
{
    std::vector<Entry> all;
    if (m_hasHeat) {
        all.push_back({Entry::Title, m_heat.stale ? tr("%1 (being computed)").arg(m_heat.title) : m_heat.title, {}});
        all.push_back({Entry::Ramp, tr("%1 to %2").arg(number(m_heat.worst), number(m_heat.best)), {}});
        if (m_hasUnknown)
            all.push_back({Entry::Swatch, tr("not known"), heatColor(std::nan(""))});
    } else {
        for (const auto f : m_families)
            all.push_back({Entry::Swatch, familyName(f), familyColor(f)});
    }
    if (m_requantize > 0)
        all.push_back({Entry::Pill,
                       m_requantize == 1 ? tr("1 requantize operator to insert")
                                         : tr("%L1 requantize operators to insert").arg(m_requantize),
                       themeColor(ColorRole::VariantB)});
    return all;
}

QString Legend::text() const
{
    QStringList words;
    for (const auto &e : entries())
        words << e.text;
    return words.join(QStringLiteral(", "));
}

int Legend::entryWidth(const Entry &entry) const
{
    const QFontMetrics metrics(font());
    const int text = metrics.horizontalAdvance(entry.text);
    switch (entry.kind) {
    case Entry::Title: return text + 2;
    case Entry::Ramp:
        return metrics.horizontalAdvance(number(m_heat.worst)) + kBar + metrics.horizontalAdvance(number(m_heat.best))
               + 2 * kGrid;
    case Entry::Swatch: return kSwatch + 6 + text;
    case Entry::Pill: return kPill + 6 + text;
    }
    return text;
}

int Legend::heightForWidth(int width) const
{
    return isEmpty() ? 0
                     : flow(
                         entries(), width, [this](const Entry &e) { return entryWidth(e); },
                         [](const Entry &, const QRect &) {});
}

void Legend::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), themeColor(ColorRole::Canvas));
    painter.fillRect(0, 0, width(), 1, themeColor(ColorRole::CanvasGrid));
    painter.setRenderHint(QPainter::Antialiasing);
    flow(
        entries(), width(), [this](const Entry &e) { return entryWidth(e); },
        [&](const Entry &e, const QRect &at) { paintEntry(painter, e, at); });
}

void Legend::paintEntry(QPainter &painter, const Entry &entry, const QRect &at) const
{
    int left = at.left();
    const double middle = at.top() + at.height() / 2.0;
    switch (entry.kind) {
    case Entry::Ramp: paintRamp(painter, at); return;
    case Entry::Swatch:
        painter.setPen(Qt::NoPen);
        painter.setBrush(entry.colour);
        painter.drawRoundedRect(QRectF(left, middle - kSwatch / 2.0, kSwatch, kSwatch), 3, 3);
        left += kSwatch + 6;
        break;
    case Entry::Pill: {
        QPen pen(entry.colour, 1.5);
        pen.setDashPattern({3, 2});
        painter.setPen(pen);
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(left, middle - kSwatch / 2.0, kPill, kSwatch), kSwatch / 2.0, kSwatch / 2.0);
        left += kPill + 6;
        break;
    }
    case Entry::Title: break;
    }
    painter.setPen(palette().color(QPalette::Text));
    painter.drawText(QRect(left, at.top(), at.right() - left + 1, at.height()), Qt::AlignVCenter, entry.text);
}

// From worst to best, with the numbers at its ends.
void Legend::paintRamp(QPainter &painter, const QRect &at) const
{
    const QFontMetrics metrics(font());
    painter.setPen(palette().color(QPalette::Text));
    painter.drawText(at, Qt::AlignVCenter | Qt::AlignLeft, number(m_heat.worst));
    painter.drawText(at, Qt::AlignVCenter | Qt::AlignRight, number(m_heat.best));
    const int left = at.left() + metrics.horizontalAdvance(number(m_heat.worst)) + kGrid;
    const int width = std::min(kBar, at.right() - metrics.horizontalAdvance(number(m_heat.best)) - kGrid - left);
    for (int x = 0; x < width; ++x) {
        const QColor c = heatRampColor(m_heat, 1.0 - static_cast<double>(x) / std::max(1, width - 1));
        painter.fillRect(left + x, at.top() + 4, 1, at.height() - 8, c);
    }
}

} // namespace requant
