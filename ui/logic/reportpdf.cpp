// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/reportpdf.h"

#include "core/metrics/events.h"
#include "ui/logic/texts.h"

#include <QAbstractTextDocumentLayout>
#include <QBuffer>
#include <QPainter>
#include <QPdfWriter>
#include <QSvgRenderer>
#include <QTextCursor>
#include <QTextDocument>
#include <QTextObjectInterface>

namespace requant {

namespace {

constexpr int kChartObject = QTextFormat::UserObject + 1;
constexpr int kChartSource = QTextFormat::UserProperty + 1;
constexpr int kResolution = 300;                    // dots per inch
constexpr double kPointsPerInch = 72, kMargin = 15; // millimetres

// Draws a chart inside of the text, as wide as the page at most.
class ChartObject : public QObject, public QTextObjectInterface
{
    Q_OBJECT
    Q_INTERFACES(QTextObjectInterface)
public:
    QSizeF intrinsicSize(QTextDocument *doc, int, const QTextFormat &format) override
    {
        const QSizeF size = QSvgRenderer(format.property(kChartSource).toByteArray()).defaultSize();
        const double width = doc->pageSize().width() - 2 * doc->documentMargin();
        return size.isEmpty() ? QSizeF(width, 1) : QSizeF(width, width * std::min(0.4, size.height() / size.width()));
    }
    void drawObject(QPainter *painter, const QRectF &rect, QTextDocument *, int, const QTextFormat &format) override
    {
        QSvgRenderer renderer(format.property(kChartSource).toByteArray());
        renderer.setAspectRatioMode(Qt::KeepAspectRatio);
        renderer.render(painter, rect);
    }
};

QString html(const std::string &s)
{
    return toQString(s).toHtmlEscaped();
}

QString row(const QStringList &cells, const char *tag = "td")
{
    QString out = QStringLiteral("<tr>");
    for (const QString &c : cells)
        out += QStringLiteral("<%1>%2</%1>").arg(QLatin1String(tag), c);
    return out + QStringLiteral("</tr>");
}

QString table(const QStringList &head, const QString &rows)
{
    return QStringLiteral("<table width=\"100%\" border=\"0\" cellspacing=\"0\" cellpadding=\"9\"><thead>")
           + row(head, "th") + QStringLiteral("</thead><tbody>") + rows + QStringLiteral("</tbody></table>");
}

QString decibels(const std::optional<ValueError> &e)
{
    return e ? dbNumber(e->sqnrDb) : noText();
}

QString headText(const ReportSource &source, const ReportTarget &t)
{
    const Conversion &c = *t.conversion;
    const ErrorReport &e = *t.errors;
    QString rows;
    const auto fact = [&rows](const QString &what, const QString &value) { rows += row({what, value}); };
    fact(QStringLiteral("source"),
         html(source.file.name) + QStringLiteral(", ") + bytesText(qint64(source.file.bytes)));
    fact(QStringLiteral("source sha256"), html(source.file.sha256));
    if (t.output) {
        fact(QStringLiteral("model"), html(t.output->name) + QStringLiteral(", ") + bytesText(qint64(t.output->bytes)));
        fact(QStringLiteral("model sha256"), html(t.output->sha256));
    }
    if (t.check)
        fact(QStringLiteral("checked"), QStringLiteral("written, read back, %1 rule violations, %2 fields not as meant")
                                            .arg(t.check->violations)
                                            .arg(t.check->differences));
    fact(QStringLiteral("samples"),
         source.samples.empty()
             ? QStringLiteral("none: converted without data")
             : html(source.samples) + QStringLiteral(", %1 for calibration").arg(source.calibrationSamples));
    if (e.hasOutput) {
        fact(QStringLiteral("output"), QStringLiteral("SQNR %1, same largest output on %2 of %3 samples (%4)")
                                           .arg(dbText(e.outputSqnrDb), percentText(e.agreement))
                                           .arg(e.samples)
                                           .arg(html(numericsText(e.numerics))));
    }
    fact(QStringLiteral("inserted"),
         QStringLiteral("%1 requantize operators, %2 paddings").arg(insertedOperators(c)).arg(insertedPaddings(c)));
    return QStringLiteral("<h1>%1</h1><p>re-quantized for %2 (%3) by Requant</p>")
               .arg(html(source.file.name), html(t.title), html(t.id))
           + QStringLiteral("<table cellspacing=\"0\" cellpadding=\"9\">") + rows + QStringLiteral("</table>");
}

QString findingsText(const ReportTarget &t, const Model &source)
{
    QString out, rows;
    Diagnostics all = t.conversion->diagnostics;
    const Diagnostics events = eventDiagnostics(*t.errors);
    all.insert(all.end(), events.begin(), events.end());
    const GraphIndex index(source.subgraphs.front());
    for (const Diagnostic &d : all) {
        const int op = operatorAt(source, index, d.where);
        rows += row(
            {severityText(d.severity), op >= 0 ? layerTitle(source, op).toHtmlEscaped() : QString(), html(text(d))});
    }
    if (!rows.isEmpty())
        out += QStringLiteral("<h2>Findings (%1)</h2>").arg(all.size())
               + table({QStringLiteral("kind"), QStringLiteral("layer"), QStringLiteral("finding")}, rows);
    rows.clear();
    for (const Adjustment &a : t.conversion->resolution.adjustments)
        rows += row({html(source.subgraphs.front().tensor(a.tensor).name), html(wishText(a.asked)),
                     html(wishText(a.granted)), html(a.reason)});
    if (!rows.isEmpty())
        out += QStringLiteral("<h2>Wishes that were not granted as asked (%1)</h2>")
                   .arg(t.conversion->resolution.adjustments.size())
               + table({QStringLiteral("tensor"), QStringLiteral("asked"), QStringLiteral("became"),
                        QStringLiteral("reason")},
                       rows);
    return out;
}

QString layersText(const ReportTarget &t, const Model &source)
{
    QString rows;
    const Subgraph &g = source.subgraphs.front();
    for (const LayerError &l : t.errors->layers)
        rows += row({QString::number(l.source.value), html(opName(g.op(l.source).code)),
                     breakable(toQString(l.name)).toHtmlEscaped(), scaleText(l.scaleBefore), scaleText(l.scaleAfter),
                     decibels(l.weights), decibels(l.local), decibels(l.cumulative),
                     l.local ? QString::number(l.local->rmsSteps, 'f', 2) : noText(),
                     l.local ? QString::number(100 * l.local->saturationRate, 'f', 2) : noText()});
    return QStringLiteral("<h2>Layers</h2>")
           + table({QStringLiteral("#"), QStringLiteral("operator"), QStringLiteral("layer"), QStringLiteral("scale"),
                    QStringLiteral("becomes"), QStringLiteral("weights dB"), QStringLiteral("local dB"),
                    QStringLiteral("end to end dB"), QStringLiteral("steps RMS"), QStringLiteral("saturated %")},
                   rows);
}

void appendCharts(QTextCursor &cursor, const ReportTarget &t, const Model &source)
{
    for (const ReportChart &chart : reportCharts(t, source)) {
        QString legend;
        for (const auto &[colour, name] : chart.legend)
            legend += QStringLiteral("<span style=\"color:%1\">\u25a0</span> %2&nbsp;&nbsp; ")
                          .arg(toQString(colour), html(name));
        cursor.insertHtml(QStringLiteral("<h2>%1</h2><p>%2</p>").arg(html(chart.title), legend));
        cursor.insertBlock();
        QTextCharFormat format;
        format.setObjectType(kChartObject);
        format.setProperty(kChartSource, QByteArray::fromStdString(chart.svg));
        cursor.insertText(QString(QChar::ObjectReplacementCharacter), format);
        cursor.insertBlock(QTextBlockFormat(), QTextCharFormat());
    }
}

} // namespace

QByteArray reportPdf(const ReportSource &source, const ReportTarget &target)
{
    QBuffer bytes;
    bytes.open(QIODevice::WriteOnly);
    QPdfWriter writer(&bytes);
    writer.setPageSize(QPageSize(QPageSize::A4));
    writer.setPageMargins(QMarginsF(kMargin, kMargin, kMargin, kMargin), QPageLayout::Millimeter);
    writer.setResolution(kResolution);
    writer.setTitle(QStringLiteral("%1 re-quantized").arg(toQString(source.file.name)));
    writer.setCreator(QStringLiteral("Requant"));

    ChartObject charts;
    QTextDocument doc;
    doc.documentLayout()->setPaintDevice(&writer);
    doc.documentLayout()->registerHandler(kChartObject, &charts);
    doc.setDocumentMargin(0);
    QFont font(QStringLiteral("DejaVu Sans"));
    font.setPointSizeF(7.5);
    doc.setDefaultFont(font);
    doc.setDefaultStyleSheet(
        QStringLiteral("h1{font-size:15pt}h2{font-size:10pt;margin-top:10pt}th{text-align:left;color:#5b6475}"));
    const QSizeF page = writer.pageLayout().paintRectPixels(kResolution).size();
    const double footer = 8.0 / kPointsPerInch * kResolution * 2;
    doc.setPageSize({page.width(), page.height() - footer});

    QTextCursor cursor(&doc);
    cursor.insertHtml(headText(source, target));
    cursor.insertBlock();
    cursor.insertHtml(findingsText(target, *source.model));
    cursor.insertBlock();
    appendCharts(cursor, target, *source.model);
    cursor.insertHtml(layersText(target, *source.model));

    QPainter painter(&writer);
    const int pages = doc.pageCount();
    for (int i = 0; i < pages; ++i) {
        if (i > 0)
            writer.newPage();
        painter.save();
        const QRectF view(0, i * doc.pageSize().height(), doc.pageSize().width(), doc.pageSize().height());
        painter.translate(0, -view.top());
        painter.setClipRect(view);
        QAbstractTextDocumentLayout::PaintContext context;
        context.clip = view;
        context.palette.setColor(QPalette::Text, Qt::black); // whatever the window's theme is
        doc.documentLayout()->draw(&painter, context);
        painter.restore();
        painter.setFont(font);
        painter.setPen(Qt::darkGray);
        painter.drawText(QRectF(0, page.height() - footer, page.width(), footer), Qt::AlignRight | Qt::AlignBottom,
                         QStringLiteral("%1 / %2").arg(i + 1).arg(pages));
    }
    painter.end();
    return bytes.data();
}

} // namespace requant

#include "reportpdf.moc"
