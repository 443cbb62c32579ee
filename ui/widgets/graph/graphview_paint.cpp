// SPDX-License-Identifier: GPL-3.0-or-later
// What the view draws itself: the ground, the empty state, and the whole picture from afar.
#include "ui/widgets/graph/graphedges.h"
#include "ui/widgets/graph/graphitems.h"
#include "ui/widgets/graph/graphlegend.h"
#include "ui/widgets/graph/graphpicture.h"
#include "ui/widgets/graph/graphview.h"

#include <QApplication>
#include <QClipboard>
#include <QDir>
#include <QFileDialog>
#include <QMessageBox>
#include <QPaintEvent>
#include <QPainter>

#include <algorithm>

namespace requant {

static constexpr int kCoarse = 400; // nodes from which moving draws without antialiasing

void GraphView::interact()
{
    if (nodeCount() < kCoarse)
        return;
    setRenderHint(QPainter::Antialiasing, false);
    m_calm.start();
}

void GraphView::drawBackground(QPainter *painter, const QRectF &rect)
{
    painter->fillRect(rect, themeColor(ColorRole::Canvas));
}

void GraphView::paintEvent(QPaintEvent *event)
{
    if (isReady() && zoom() < kDetailZoom) {
        QPainter painter(viewport());
        paintFar(painter, event->rect());
        return;
    }
    QGraphicsView::paintEvent(event);
    if (isReady())
        return;
    QPainter painter(viewport());
    painter.setPen(themeColor(ColorRole::Muted));
    painter.drawText(viewport()->rect(), Qt::AlignCenter | Qt::TextWordWrap, m_model ? QString() : m_emptyText);
}

// The whole picture from afar without the scene's cost for each item: thousands of plain boxes in a few milliseconds.
void GraphView::paintFar(QPainter &painter, const QRect &exposed)
{
    painter.fillRect(exposed, themeColor(ColorRole::Canvas));
    const QTransform place = viewportTransform();
    const QRectF seen = place.inverted().mapRect(QRectF(exposed).adjusted(-4, -4, 4, 4));
    const bool smooth = nodeCount() < kCoarse;
    painter.setRenderHint(QPainter::Antialiasing, smooth);

    const bool across = m_content.shape.leftToRight;
    QPolygonF line;
    const auto drawEdge = [&](const GraphEdge &edge) {
        if (edge.line.size() < 2)
            return;
        // Along the network a line is between its ends; beside it, it may be anywhere.
        const auto [first, last] = across ? std::minmax({edge.line.front().x(), edge.line.back().x()})
                                          : std::minmax({edge.line.front().y(), edge.line.back().y()});
        if (last < (across ? seen.left() : seen.top()) || first > (across ? seen.right() : seen.bottom()))
            return;
        line.clear();
        for (const auto &p : edge.line)
            line << place.map(p);
        painter.drawPolyline(line);
    };
    painter.setPen(QPen(themeColor(ColorRole::Edge), smooth ? 1.2 : 1));
    for (const auto &edge : m_content.edges)
        drawEdge(edge);
    painter.setPen(QPen(themeColor(ColorRole::After), 2));
    for (const int e : m_lit)
        drawEdge(m_content.edges[static_cast<std::size_t>(e)]);

    painter.setRenderHint(QPainter::Antialiasing, false);
    const auto atLeast = [](QRectF r, double width, double height) {
        const double dx = std::max(0.0, width - r.width()) / 2, dy = std::max(0.0, height - r.height()) / 2;
        return r.adjusted(-dx, -dy, dx, dy);
    };
    for (const auto *item : m_nodes)
        if (seen.intersects(item->node().rect))
            painter.fillRect(atLeast(place.mapRect(item->node().rect), 3, 1), item->plainColor());
    for (const auto *item : m_requantize)
        if (seen.intersects(item->sceneBoundingRect()))
            painter.fillRect(atLeast(place.mapRect(item->sceneBoundingRect()), 4, 3), themeColor(ColorRole::VariantB));
    painter.setRenderHint(QPainter::Antialiasing, smooth);
    painter.setBrush(Qt::NoBrush);
    for (const int n : m_shown) {
        const auto *item = m_nodes[static_cast<std::size_t>(n)];
        if (!seen.intersects(item->node().rect))
            continue;
        painter.setPen(QPen(themeColor(ColorRole::After), item->isCurrent() ? 3 : 2));
        painter.drawRect(atLeast(place.mapRect(item->node().rect), 5, 3).adjusted(-1, -1, 1, 1));
    }
}

void GraphView::changeEvent(QEvent *event)
{
    QGraphicsView::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange || event->type() == QEvent::FontChange) {
        showHeat();
        updateMinimap();
        placeOverlays();
        scene()->update();
        m_legend->update();
    }
}

QRectF GraphView::pictureArea() const
{
    return QRectF(QPointF(0, 0), m_content.size).adjusted(-16, -16, 16, 16);
}

QImage GraphView::picture(double scale, int longestSide) const
{
    return isReady() ? graphPicture(*scene(), pictureArea(), scale, longestSide) : QImage();
}

bool GraphView::savePicture(const QString &path, QString *why) const
{
    return isReady() && saveGraphPicture(*scene(), pictureArea(), path, why);
}

void GraphView::copyPicture() const
{
    if (isReady())
        QApplication::clipboard()->setImage(picture());
}

void GraphView::savePictureAs()
{
    auto *dialog = new QFileDialog(this, tr("Save picture"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilters({tr("PNG picture (*.png)"), tr("SVG drawing (*.svg)")});
    dialog->setDefaultSuffix(QStringLiteral("png"));
    connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString &filter) {
        dialog->setDefaultSuffix(filter.contains(QLatin1String("svg")) ? QStringLiteral("svg") : QStringLiteral("png"));
    });
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString &path) {
        QString why;
        if (!savePicture(path, &why))
            QMessageBox::warning(this, tr("Save picture"), tr("The picture was not written to %1: %2").arg(QDir::toNativeSeparators(path), why));
    });
    dialog->open();
}

} // namespace requant
