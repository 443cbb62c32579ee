// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/exporter.h"

#include "core/base/files.h"
#include "core/base/sha256.h"
#include "ui/logic/reportpdf.h"
#include "ui/logic/texts.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

namespace requant {

namespace {

std::filesystem::path toPath(const QString &s)
{
    return std::filesystem::path(s.toStdU16String());
}

QString fromPath(const std::filesystem::path &p)
{
    return QString::fromStdU16String(p.u16string());
}

struct Words
{
    Q_DECLARE_TR_FUNCTIONS(Export)
};

// Name, size and hash of a file; the name alone if it cannot be read.
ReportFile described(const QString &file)
{
    ReportFile out;
    out.name = QFileInfo(file).fileName().toStdString();
    if (auto mapped = mapFile(toPath(file))) {
        out.bytes = mapped->bytes.size();
        out.sha256 = sha256Hex(mapped->bytes);
    }
    return out;
}

DeliveryRequest deliveryRequest(const ExportRequest &r)
{
    DeliveryRequest d;
    d.folder = toPath(r.folder);
    d.stem = r.name.toStdString();
    d.formats = r.formats;
    d.ports = r.ports;
    d.language = r.language;
    d.samples = r.sampleSet.get();
    return d;
}

Status writeAllReports(const Conversion &conversion, const ErrorReport *errors, const ExportRequest &request,
                       const Delivery &written, ExportOutcome &out)
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
    if (!written.output.name.empty()) {
        target.output = written.output;
        target.check = written.check();
    }
    std::vector<ReportTarget> targets{target};
    for (const ReportVariant &o : request.others) {
        ReportTarget other;
        other.id = o.name.toStdString();
        other.title = "another variant, not written";
        other.conversion = o.conversion.get();
        other.errors = o.errors.get();
        targets.push_back(std::move(other));
    }
    const auto files =
        writeReports(toPath(request.folder), request.name.toStdString(), request.formats, source, targets);
    if (!files)
        return files.error();
    for (const auto &f : *files)
        out.files << fromPath(f);
    if (request.pdf) {
        const QString file = QDir(request.folder).filePath(request.name + QStringLiteral(".pdf"));
        const QByteArray pdf = reportPdf(source, target);
        if (auto s =
                writeFileAtomically(toPath(file), std::as_bytes(std::span(pdf.constData(), std::size_t(pdf.size()))));
            !s)
            return s;
        out.files << file;
    }
    return success();
}

} // namespace

QStringList fileNames(const ExportRequest &request)
{
    QStringList out;
    const DeliveryRequest d = deliveryRequest(request);
    for (const Format f : kFormats) {
        if (!request.formats.contains(f))
            continue;
        for (const auto &file : filesOf(d, f))
            out << fromPath(file.filename());
    }
    if (request.pdf)
        out << request.name + QStringLiteral(".pdf");
    return out;
}

Result<ExportOutcome> exportConversion(std::shared_ptr<const Conversion> conversion,
                                       std::shared_ptr<const ErrorReport> errors, const ExportRequest &request,
                                       const RunControl &run)
{
    ExportOutcome out;
    auto written = deliver(*conversion, deliveryRequest(request), run, request.observer);
    if (!written)
        return written.error();
    for (const auto &f : written->files)
        out.files << fromPath(f);
    out.modelBytes = qint64(written->output.bytes);
    for (const std::string &d : written->differences)
        out.differences << QString::fromStdString(d);
    out.good = written->isGood();
    out.violations = written->violations;
    out.diagnostics = written->diagnostics;
    out.simulated = written->simulated;
    out.notSimulated = QString::fromStdString(written->notSimulated);
    const bool report = request.pdf || std::any_of(request.formats.begin(), request.formats.end(), isReport);
    if (report) {
        if (!run.step(4, 5, "writing the report"))
            return cancelledError();
        if (auto s = writeAllReports(*conversion, errors.get(), request, *written, out); !s)
            return s.error();
    }
    return out;
}

QString exportSummary(const ExportOutcome &out)
{
    QStringList names;
    for (const QString &f : out.files)
        names << QFileInfo(f).fileName();
    QString text = Words::tr("Written to %1: %2.")
                       .arg(QFileInfo(out.files.value(0)).absolutePath(), names.join(QStringLiteral(", ")));
    if (out.modelBytes > 0) {
        text += u'\n'
                + (out.differences.isEmpty() ? Words::tr("Read back and equal in every field, ")
                                             : Words::tr("Read back, but different: %1; ").arg(out.differences.first()))
                + countText(qint64(out.violations.size()), "rule violation", "rule violations");
        if (out.simulated > 0)
            text += Words::tr(", byte-equal to the simulation on %1")
                        .arg(countText(qint64(out.simulated), "sample", "samples"));
        text += QStringLiteral(", %1.").arg(bytesText(out.modelBytes));
    } else if (!out.differences.isEmpty()) {
        text += u'\n' + Words::tr("Read back, but different: %1.").arg(out.differences.first());
    }
    return text;
}

QString stepText(const DeliveryStep &s)
{
    using Kind = DeliveryStep::Kind;
    using State = DeliveryStep::State;
    const QString file = QFileInfo(fromPath(s.file)).fileName(), detail = QString::fromStdString(s.detail);
    QString what, found;
    switch (s.kind) {
    case Kind::Write:
        what = Words::tr("Write %1").arg(file);
        found = bytesText(qint64(s.count));
        break;
    case Kind::ReadBack:
        what = Words::tr("Read %1 back").arg(file);
        found = Words::tr("every field is what was meant");
        break;
    case Kind::Rules:
        what = Words::tr("Verify the runtime's rules");
        found = countText(qint64(s.count), "rule violation", "rule violations");
        break;
    case Kind::Simulate:
        what = Words::tr("Simulate the written file");
        found = Words::tr("outputs byte-equal on %1").arg(countText(qint64(s.count), "sample", "samples"));
        break;
    case Kind::ArrayBack:
        what = Words::tr("Read the array back from %1").arg(file);
        found = Words::tr("byte-equal to the model, %1").arg(bytesText(qint64(s.count)));
        break;
    case Kind::RecipeBack:
        what = Words::tr("Read %1 back").arg(file);
        found = Words::tr("equal");
        break;
    }
    switch (s.state) {
    case State::Running: return Words::tr("%1\u2026").arg(what);
    case State::Good: return Words::tr("%1: %2").arg(what, found);
    case State::Skipped: return Words::tr("%1: not done, %2").arg(what, detail);
    case State::Bad: break;
    }
    return detail.isEmpty() ? Words::tr("%1: %2").arg(what, found) : Words::tr("%1: %2").arg(what, detail);
}

QList<std::pair<QString, QString>> contentsText(const Contents &c)
{
    QList<std::pair<QString, QString>> rows;
    QStringList kinds;
    constexpr qsizetype kMost = 6;
    for (const auto &t : c.operatorTypes) {
        if (kinds.size() == kMost) {
            kinds << QStringLiteral("\u2026");
            break;
        }
        kinds << QStringLiteral("%1 %2").arg(t.count).arg(QString::fromStdString(t.name));
    }
    rows.append({Words::tr("Operators"), Words::tr("%1: %2").arg(c.operators).arg(kinds.join(QStringLiteral(", ")))});
    QStringList inserted;
    inserted << countText(qint64(c.requantizeOperators), "requantize operator", "requantize operators");
    if (c.paddings > 0)
        inserted << countText(qint64(c.paddings), "padding", "paddings");
    if (c.portsAdded > 0)
        inserted << Words::tr("%1 at inputs and outputs").arg(c.portsAdded);
    rows.append({Words::tr("Inserted"), inserted.join(QStringLiteral(", "))});
    if (c.portsRemoved > 0)
        rows.append(
            {Words::tr("Left out"),
             Words::tr("%1 at inputs and outputs").arg(countText(qint64(c.portsRemoved), "operator", "operators"))});
    rows.append(
        {Words::tr("Weights"), Words::tr("%1 of constants (source: %2)")
                                   .arg(bytesText(qint64(c.constantBytes)), bytesText(qint64(c.sourceConstantBytes)))});
    for (const TensorRole role : {TensorRole::Activation, TensorRole::Weight}) {
        QStringList lines;
        for (const auto &s : c.schemes) {
            if (s.role == role)
                lines << QStringLiteral("%1 \u00d7 %2").arg(s.tensors).arg(QString::fromStdString(s.text));
        }
        if (!lines.isEmpty())
            rows.append(
                {role == TensorRole::Activation ? Words::tr("Activations") : Words::tr("Filters"), lines.join(u'\n')});
    }
    for (const auto &[label, list] :
         {std::pair(Words::tr("Inputs"), &c.inputs), std::pair(Words::tr("Outputs"), &c.outputs)}) {
        QStringList lines;
        for (const std::string &t : *list)
            lines << QString::fromStdString(t);
        rows.append({label, lines.join(u'\n')});
    }
    if (c.adjustments > 0)
        rows.append({Words::tr("Adjusted"),
                     Words::tr("%1 not granted as asked").arg(countText(qint64(c.adjustments), "wish", "wishes"))});
    for (const Diagnostic &d : c.ports)
        rows.append({severityText(d.severity), diagnosticText(d)});
    return rows;
}

QString suggestedName(const QString &modelPath, const QString &recipeName)
{
    const QString base = QFileInfo(modelPath).completeBaseName();
    QString suffix = recipeName.isEmpty() ? QStringLiteral("requant") : recipeName;
    suffix.replace(u'/', u'-').replace(u' ', u'-');
    return base + u'-' + suffix;
}

} // namespace requant
