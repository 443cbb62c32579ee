// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/graph/graphpicture.h"

#include "ui/widgets/theme/theme.h"

#include <QCoreApplication>
#include <QGraphicsScene>
#include <QPainter>
#include <QSaveFile>
#include <QSvgGenerator>

#include <algorithm>

namespace requant {

QImage graphPicture(QGraphicsScene &scene, const QRectF &area, double scale, int longestSide)
{
    scale = std::min(scale, longestSide / std::max(area.width(), area.height()));
    QImage image((area.size() * scale).toSize().expandedTo(QSize(1, 1)), QImage::Format_ARGB32_Premultiplied);
    image.fill(themeColor(ColorRole::Canvas));
    QPainter painter(&image);
    painter.setRenderHint(QPainter::Antialiasing);
    scene.render(&painter, QRectF(image.rect()), area);
    return image;
}

bool saveGraphPicture(QGraphicsScene &scene, const QRectF &area, const QString &path, QString *why)
{
    QSaveFile file(path);
    bool drawn = file.open(QIODevice::WriteOnly);
    if (drawn && path.endsWith(QLatin1String(".svg"), Qt::CaseInsensitive)) {
        const QRectF page(QPointF(0, 0), area.size());
        QSvgGenerator svg;
        svg.setOutputDevice(&file);
        svg.setSize(area.size().toSize());
        svg.setViewBox(page);
        svg.setTitle(QCoreApplication::translate("GraphView", "Graph"));
        QPainter painter;
        drawn = painter.begin(&svg);
        if (drawn) {
            painter.fillRect(page, themeColor(ColorRole::Canvas));
            scene.render(&painter, page, area);
            drawn = painter.end();
        }
    } else if (drawn) {
        drawn = graphPicture(scene, area, 1.0, 12000).save(&file, "PNG");
    }
    if (drawn && file.commit())
        return true;
    file.cancelWriting();
    if (why)
        *why = file.errorString();
    return false;
}

} // namespace requant
