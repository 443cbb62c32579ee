// SPDX-License-Identifier: GPL-3.0-or-later
// Writing a conversion: model, recipe and report, each atomically, and the proof that what was written is what was
// meant.
#pragma once

#include "core/base/result.h"
#include "core/base/runcontrol.h"

#include <QString>
#include <QStringList>

#include <memory>

namespace requant {

struct Conversion;
struct ErrorReport;

struct ExportRequest
{
    QString modelFile; // empty: not wanted
    QString recipeFile;
    QString reportFile; // HTML
    // For the report: the source's file, and what the errors were measured on (empty: data-free).
    QString sourceFile;
    QString samples;
    std::size_t calibrationSamples = 0; // that the conversion used
};

struct ExportOutcome
{
    QStringList files; // in the order written
    qint64 modelBytes = 0;
    QStringList differences; // between the model in memory and the file read back; empty as it should be
    Diagnostics violations;  // of the rules, found in the file read back
};

// `errors` may be null: then weights are measured here. Stops at the first file that cannot be written.
Result<ExportOutcome> exportConversion(std::shared_ptr<const Conversion>, std::shared_ptr<const ErrorReport> errors,
                                       const ExportRequest &, const RunControl & = {});

// "Written, read back and equal, 0 rule violations." and the files.
QString exportSummary(const ExportOutcome &);

// "model.tflite" + "symmetric" -> "model-symmetric".
QString suggestedName(const QString &modelPath, const QString &recipeName);

} // namespace requant
