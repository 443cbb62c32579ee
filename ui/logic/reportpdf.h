// SPDX-License-Identifier: GPL-3.0-or-later
// The report as a PDF: what the HTML page tells of one target, on A4 pages, with its charts as vectors.
#pragma once

#include "core/convert/report.h"

#include <QByteArray>

namespace requant {

// May run in any thread; needs a QGuiApplication for its fonts.
QByteArray reportPdf(const ReportSource &, const ReportTarget &);

} // namespace requant
