// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/exporter.h"

#include "core/base/files.h"
#include "core/base/sha256.h"
#include "core/convert/report.h"
#include "core/tflite/tflite.h"
#include "ui/logic/texts.h"

#include <QCoreApplication>
#include <QFileInfo>

namespace requant {

static std::filesystem::path toPath(const QString &s)
{
    return std::filesystem::path(s.toStdU16String());
}

// Name, size and hash of a file; the name alone if it cannot be read.
static ReportFile described(const QString &file)
{
    ReportFile out;
    out.name = QFileInfo(file).fileName().toStdString();
    if (auto mapped = mapFile(toPath(file))) {
        out.bytes = mapped->bytes.size();
        out.sha256 = sha256Hex(mapped->bytes);
    }
    return out;
}

static Status writeReport(const Conversion &conversion, const ErrorReport *errors, const ExportRequest &request,
                          const ExportOutcome &written)
{
    ReportSource source;
    source.file = described(request.sourceFile);
    source.model = conversion.source;
    source.samples = request.samples.toStdString();
    source.calibrationSamples = request.calibrationSamples;
    source.arithmetic = conversion.recipe.arithmetic;
    ErrorReport weightsOnly;
    if (!errors) {
        weightsOnly = measureWeights(conversion.compared());
        errors = &weightsOnly;
    }
    ReportTarget target;
    const Profile *profile = findProfile(conversion.recipe.name);
    target.id = conversion.recipe.name.empty() ? "recipe" : conversion.recipe.name;
    target.title = profile ? profile->title : target.id;
    target.conversion = &conversion;
    target.errors = errors;
    if (!request.modelFile.isEmpty()) {
        target.output = described(request.modelFile);
        target.check = WriteCheck{written.violations.size(), std::size_t(written.differences.size())};
    }
    return writeFileAtomically(toPath(request.reportFile), reportHtml(source, {&target, 1}));
}

Result<ExportOutcome> exportConversion(std::shared_ptr<const Conversion> conversion,
                                       std::shared_ptr<const ErrorReport> errors, const ExportRequest &request,
                                       const RunControl &run)
{
    ExportOutcome out;
    if (!request.modelFile.isEmpty()) {
        if (!run.step(0, 4, "writing the model"))
            return cancelledError();
        const auto path = toPath(request.modelFile);
        if (auto s = saveTflite(*conversion->model, path); !s)
            return s.error();
        out.files << request.modelFile;
        if (!run.step(1, 4, "reading it back"))
            return cancelledError();
        auto back = loadTflite(path);
        if (!back)
            return back.error();
        out.modelBytes = QFileInfo(request.modelFile).size();
        // The writer makes the table of operator codes anew from the operators, whose versions are compared each.
        for (const auto &line : modelDifferences(*conversion->model, *back->model, 1000)) {
            if (!line.starts_with("operator_codes") && line.find(".opcode_index") == std::string::npos)
                out.differences << QString::fromStdString(line);
        }
        if (effectiveGrids(*back->model) != conversion->effective)
            out.differences << QStringLiteral("metadata: effective ratios");
        if (!run.step(2, 4, "checking the rules"))
            return cancelledError();
        out.violations = verifyQuantization(*back->model);
        std::erase_if(out.violations, [](const Diagnostic &d) { return d.severity == Severity::Note; });
    }
    if (!request.recipeFile.isEmpty()) {
        if (!run.step(3, 4, "writing the recipe"))
            return cancelledError();
        if (auto s = saveRecipe(conversion->recipe, toPath(request.recipeFile)); !s)
            return s.error();
        out.files << request.recipeFile;
    }
    if (!request.reportFile.isEmpty()) {
        if (!run.step(3, 4, "writing the report"))
            return cancelledError();
        if (auto s = writeReport(*conversion, errors.get(), request, out); !s)
            return s.error();
        out.files << request.reportFile;
    }
    return out;
}

QString exportSummary(const ExportOutcome &out)
{
    const auto tr = [](const char *s) { return QCoreApplication::translate("export", s); };
    QStringList names;
    for (const QString &f : out.files)
        names << QFileInfo(f).fileName();
    QString text =
        tr("Written to %1: %2.").arg(QFileInfo(out.files.value(0)).absolutePath(), names.join(QStringLiteral(", ")));
    if (out.modelBytes > 0) {
        text += u'\n'
                + (out.differences.isEmpty() ? tr("Read back and equal in every field, ")
                                             : tr("Read back, but different: %1; ").arg(out.differences.first()))
                + countText(qint64(out.violations.size()), "rule violation", "rule violations")
                + QStringLiteral(", %1.").arg(bytesText(out.modelBytes));
    }
    return text;
}

QString suggestedName(const QString &modelPath, const QString &recipeName)
{
    const QString base = QFileInfo(modelPath).completeBaseName();
    QString suffix = recipeName.isEmpty() ? QStringLiteral("requant") : recipeName;
    suffix.replace(u'/', u'-').replace(u' ', u'-');
    return base + u'-' + suffix;
}

} // namespace requant
