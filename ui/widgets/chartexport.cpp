// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/chartexport.h"

#include "ui/logic/csv.h"
#include "ui/logic/texts.h"

#include <QAbstractItemModel>
#include <QBuffer>
#include <QClipboard>
#include <QCoreApplication>
#include <QFileDialog>
#include <QGraphicsView>
#include <QGuiApplication>
#include <QImage>
#include <QMessageBox>
#include <QPainter>
#include <QPointer>
#include <QSaveFile>
#include <QSvgGenerator>

namespace requant {

static QImage pictureOf(QGraphicsView &view)
{
    const QRect area = view.viewport()->rect();
    QImage image(area.size() * 2, QImage::Format_RGB32);
    QPainter painter(&image);
    painter.setRenderHint(QPainter::Antialiasing);
    view.render(&painter, image.rect(), area);
    return image;
}

static QByteArray svgOf(QGraphicsView &view)
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    const QRect area = view.viewport()->rect();
    QSvgGenerator svg;
    svg.setOutputDevice(&buffer);
    svg.setSize(area.size());
    svg.setViewBox(QRect(QPoint(0, 0), area.size()));
    svg.setTitle(view.accessibleName());
    QPainter painter(&svg);
    view.render(&painter, QRectF(QPointF(0, 0), area.size()), area);
    painter.end();
    return bytes;
}

bool saveChart(QGraphicsView &view, const QAbstractItemModel &table, ChartFile kind, const QString &path, QString *why)
{
    if (kind == ChartFile::Csv) {
        const Status s = writeText(path, csvText(table));
        if (!s && why)
            *why = diagnosticText(s.error());
        return bool(s);
    }
    QSaveFile file(path);
    bool good = file.open(QIODevice::WriteOnly);
    if (good && kind == ChartFile::Png)
        good = pictureOf(view).save(&file, "PNG");
    else if (good)
        good = file.write(svgOf(view)) > 0;
    good = good && file.commit();
    if (!good && why)
        *why = QStringLiteral("%1: %2").arg(path, file.errorString());
    return good;
}

void copyChart(QGraphicsView &view)
{
    QGuiApplication::clipboard()->setImage(pictureOf(view));
}

void copyTable(const QAbstractItemModel &table)
{
    QGuiApplication::clipboard()->setText(csvText(table));
}

void saveChartAs(QWidget *parent, QGraphicsView *view, const QAbstractItemModel &table, ChartFile kind,
                 const QString &suggestedName)
{
    const QString ending = kind == ChartFile::Png   ? QStringLiteral("png")
                           : kind == ChartFile::Svg ? QStringLiteral("svg")
                                                    : QStringLiteral("csv");
    auto *dialog =
        new QFileDialog(parent, kind == ChartFile::Csv ? QCoreApplication::translate("charts", "Save table")
                                                       : QCoreApplication::translate("charts", "Save picture"));
    dialog->setObjectName(QStringLiteral("saveChartDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(ending);
    dialog->setNameFilter(QStringLiteral("%1 (*.%2)").arg(ending.toUpper(), ending));
    dialog->selectFile(suggestedName + u'.' + ending);
    const QPointer<QGraphicsView> seen(view);
    const QPointer<const QAbstractItemModel> numbers(&table);
    QObject::connect(dialog, &QFileDialog::fileSelected, parent, [parent, seen, numbers, kind](const QString &path) {
        QString why;
        bool good = false;
        if (numbers && (seen || kind == ChartFile::Csv)) {
            QGraphicsView none;
            good = saveChart(seen ? *seen : none, *numbers, kind, path, &why);
        }
        if (!good) {
            auto *box = new QMessageBox(QMessageBox::Warning, QCoreApplication::translate("charts", "Not saved"), why,
                                        QMessageBox::Close, parent);
            box->setAttribute(Qt::WA_DeleteOnClose);
            box->open();
        }
    });
    dialog->open();
}

} // namespace requant
