// SPDX-License-Identifier: GPL-3.0-or-later
// Writing a conversion: what core/convert/delivery.h writes and proves, the reports, and all of it in words.
#pragma once

#include "core/convert/delivery.h"

#include <QString>
#include <QStringList>

#include <functional>
#include <memory>
#include <vector>

namespace requant {

// Another variant of the same source.
struct ReportVariant
{
    QString name;
    std::shared_ptr<const Conversion> conversion;
    std::shared_ptr<const ErrorReport> errors;
};

struct ExportRequest
{
    QString folder, name; // name: of every file, without ending
    std::set<Format> formats;
    bool pdf = false;
    PortTypes ports;
    CLanguage language = CLanguage::Cpp;
    // For the report: the source's file, and what the errors were measured on (empty: data-free).
    QString sourceFile;
    QString samples;
    std::size_t calibrationSamples = 0;         // that the conversion used
    std::shared_ptr<const SampleSet> sampleSet; // the file is simulated on a few of these; null: on synthetic inputs
    std::vector<ReportVariant> others;          // the report holds them against what is written
    DeliveryObserver observer;                  // called from the thread that writes; may be empty
};

struct ExportOutcome
{
    QStringList files; // in the order written
    qint64 modelBytes = 0;
    QStringList differences;   // between what was meant and what was read back; empty as it should be
    Diagnostics violations;    // of the rules, found in the file read back
    Diagnostics diagnostics;   // of inputs and outputs
    std::size_t simulated = 0; // samples on which the file gave the bytes of the simulation
    QString notSimulated;
    bool good = true;
};

// Endings of the files that a request makes, "name.tflite" and so on.
QStringList fileNames(const ExportRequest &);

// `errors` may be null: then weights are measured here. Stops at the first file that cannot be written.
Result<ExportOutcome> exportConversion(std::shared_ptr<const Conversion>, std::shared_ptr<const ErrorReport> errors,
                                       const ExportRequest &, const RunControl & = {});

// "Written, read back and equal, 0 rule violations." and the files.
QString exportSummary(const ExportOutcome &);
// "Read back net.tflite: every field is equal".
QString stepText(const DeliveryStep &);
// What the file will hold, as rows of a label and a value (plain text).
QList<std::pair<QString, QString>> contentsText(const Contents &);

// "model.tflite" + "symmetric" -> "model-symmetric".
QString suggestedName(const QString &modelPath, const QString &recipeName);

} // namespace requant
