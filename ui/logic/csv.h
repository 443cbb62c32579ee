// SPDX-License-Identifier: GPL-3.0-or-later
// Item models as comma-separated values (RFC 4180, "." as decimal point).
#pragma once

#include "core/base/result.h"

#include <QString>

class QAbstractItemModel;

namespace requant {

// A line of headers and one per row, in the model's order. A cell is what the model gives for Qt::EditRole (numbers with all
// their digits), else for Qt::DisplayRole; line breaks in headers become spaces.
QString csvText(const QAbstractItemModel &);
QString csvField(const QString &); // quoted where it must be
// UTF-8, written beside and renamed.
Status writeText(const QString &path, const QString &);

} // namespace requant
