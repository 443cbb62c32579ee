// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/theme/theme.h"

#include <QFile>
#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPixmapCache>
#include <QSvgRenderer>

// Resources of a static library are not found by themselves. The macro must stand outside of a namespace.
static void initIcons() { Q_INIT_RESOURCE(icons); }

namespace requant {
namespace {

QByteArray iconSource(const QString &name)
{
    static const bool initialised = (initIcons(), true);
    Q_UNUSED(initialised)
    QFile file(QStringLiteral(":/icons/%1.svg").arg(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

// Draws in the colour of the moment, so that icons follow a change of theme without being made anew.
class ThemedEngine : public QIconEngine
{
public:
    ThemedEngine(QString name, QByteArray source) : m_name(std::move(name)), m_source(std::move(source)) {}

    void paint(QPainter *painter, const QRect &rect, QIcon::Mode mode, QIcon::State) override
    {
        auto source = m_source;
        source.replace("currentColor", tint(mode).name().toLatin1());
        QSvgRenderer renderer(source);
        painter->setRenderHint(QPainter::Antialiasing);
        const int side = qMin(rect.width(), rect.height());
        renderer.render(painter, QRectF(rect.x() + (rect.width() - side) / 2.0, rect.y() + (rect.height() - side) / 2.0, side, side));
    }

    QPixmap pixmap(const QSize &size, QIcon::Mode mode, QIcon::State state) override
    {
        const QString key = QStringLiteral("requant-icon-%1-%2-%3-%4").arg(m_name, tint(mode).name()).arg(size.width()).arg(size.height());
        QPixmap pixmap;
        if (!QPixmapCache::find(key, &pixmap)) {
            pixmap = QPixmap(size);
            pixmap.fill(Qt::transparent);
            QPainter painter(&pixmap);
            paint(&painter, QRect(QPoint(0, 0), size), mode, state);
            painter.end();
            QPixmapCache::insert(key, pixmap);
        }
        return pixmap;
    }

    QPixmap scaledPixmap(const QSize &size, QIcon::Mode mode, QIcon::State state, qreal) override
    {
        return pixmap(size, mode, state); // size is in device pixels already
    }

    QIconEngine *clone() const override { return new ThemedEngine(*this); }
    QString key() const override { return QStringLiteral("requant-themed"); }

private:
    QColor tint(QIcon::Mode mode) const
    {
        const auto palette = QGuiApplication::palette();
        if (mode == QIcon::Disabled)
            return palette.color(QPalette::Disabled, QPalette::ButtonText);
        if (mode == QIcon::Selected)
            return palette.color(QPalette::HighlightedText);
        if (m_name == QLatin1String("note"))
            return themeColor(ColorRole::Note);
        if (m_name == QLatin1String("warning"))
            return themeColor(ColorRole::Warning);
        if (m_name == QLatin1String("error"))
            return themeColor(ColorRole::Error);
        if (m_name == QLatin1String("good"))
            return themeColor(ColorRole::Good);
        return palette.color(QPalette::ButtonText);
    }

    QString m_name;
    QByteArray m_source;
};

} // namespace

QIcon themedIcon(const QString &name)
{
    const auto source = iconSource(name);
    return source.isEmpty() ? QIcon() : QIcon(new ThemedEngine(name, source));
}

QIcon applicationIcon() { return themedIcon(QStringLiteral("requant")); }

} // namespace requant
