// SPDX-License-Identifier: GPL-3.0-or-later
// The scene as a picture or a drawing.
#pragma once

#include <QImage>
#include <QRectF>
#include <QString>

class QGraphicsScene;

namespace requant {

// At most `longestSide` pixels a side.
QImage graphPicture(QGraphicsScene &, const QRectF &area, double scale, int longestSide);
// .svg with text as text, otherwise PNG; to a temporary file that is renamed when it is whole. False with the reason in `why`.
bool saveGraphPicture(QGraphicsScene &, const QRectF &area, const QString &path, QString *why = nullptr);

} // namespace requant
