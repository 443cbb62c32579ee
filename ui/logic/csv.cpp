// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/csv.h"

#include "core/base/files.h"

#include <QAbstractItemModel>

#include <cmath>

namespace requant {

QString csvField(const QString &s)
{
    const bool quote = s.contains(u',') || s.contains(u'"') || s.contains(u'\n') || s.contains(u'\r');
    return quote ? u'"' + QString(s).replace(u'"', QStringLiteral("\"\"")) + u'"' : s;
}

static QString cellText(const QVariant &v)
{
    if (v.typeId() != QMetaType::Double)
        return csvField(v.toString());
    const double d = v.toDouble();
    if (std::isnan(d))
        return {};
    if (std::isinf(d))
        return d > 0 ? QStringLiteral("inf") : QStringLiteral("-inf");
    return QString::number(d, 'g', 10);
}

QString csvText(const QAbstractItemModel &model)
{
    QString out;
    const int columns = model.columnCount();
    for (int c = 0; c < columns; ++c) {
        const QString header = model.headerData(c, Qt::Horizontal).toString().replace(u'\n', u' ');
        out += (c ? QStringLiteral(",") : QString()) + csvField(header);
    }
    out += u'\n';
    for (int r = 0; r < model.rowCount(); ++r) {
        for (int c = 0; c < columns; ++c) {
            const QModelIndex i = model.index(r, c);
            const QVariant raw = i.data(Qt::EditRole);
            out += (c ? QStringLiteral(",") : QString()) + cellText(raw.isValid() ? raw : i.data(Qt::DisplayRole));
        }
        out += u'\n';
    }
    return out;
}

Status writeText(const QString &path, const QString &text)
{
    return writeFileAtomically(std::filesystem::path(path.toStdU16String()), std::string_view(text.toStdString()));
}

} // namespace requant
