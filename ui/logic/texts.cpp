// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/texts.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

namespace requant {

QString noText()
{
    return QStringLiteral("\u2013");
}

bool isPowerOfTwo(double v)
{
    int exponent = 0;
    return v > 0 && std::isfinite(v) && std::frexp(v, &exponent) == 0.5;
}

QString scaleText(double scale)
{
    if (!(scale > 0))
        return noText();
    if (isPowerOfTwo(scale))
        return QStringLiteral("2^%1").arg(std::ilogb(scale));
    return QString::number(scale, 'g', 4);
}

QString scaleToolTip(double scale)
{
    if (!(scale > 0))
        return QCoreApplication::translate("texts", "no quantization");
    const QString decimal = QString::number(scale, 'g', 9);
    return isPowerOfTwo(scale) ? QStringLiteral("2^%1 = %2").arg(std::ilogb(scale)).arg(decimal) : decimal;
}

QString dbNumber(double db)
{
    if (std::isnan(db))
        return noText();
    if (std::isinf(db))
        return db > 0 ? QCoreApplication::translate("texts", "exact") : QStringLiteral("-\u221e");
    return QString::number(db, 'f', 1);
}

QString dbText(double db)
{
    return std::isfinite(db) ? dbNumber(db) + QStringLiteral(" dB") : dbNumber(db);
}

QString stepsText(double steps)
{
    return QCoreApplication::translate("texts", "%1 steps").arg(QString::number(steps, 'f', 2));
}

QString percentText(double share)
{
    return QString::number(share * 100, 'f', 1) + QStringLiteral(" %");
}

QString bytesText(qint64 bytes)
{
    if (bytes < 1000)
        return QStringLiteral("%1 B").arg(bytes);
    if (bytes < 1000 * 1000)
        return QString::number(double(bytes) / 1e3, 'f', bytes < 10000 ? 1 : 0) + QStringLiteral(" kB");
    return QString::number(double(bytes) / 1e6, 'f', 1) + QStringLiteral(" MB");
}

QString countText(qint64 n, const char *singular, const char *plural)
{
    // Catalogues know "%n layers" with all plural forms of their language (resources/translations/update.py).
    const QByteArray key = QByteArray("%n ") + plural;
    const QString found = QCoreApplication::translate("texts", key.constData(), nullptr, int(n));
    const QString without = QStringLiteral("%1 %2").arg(QString::number(n), QLatin1String(plural));
    return found != without ? found : QStringLiteral("%1 %2").arg(n).arg(QLatin1String(n == 1 ? singular : plural));
}

double largestScale(const QuantParams &q)
{
    return q.scale.empty() ? 0.0 : double(*std::max_element(q.scale.begin(), q.scale.end()));
}

static bool allZeroPointsZero(const QuantParams &q)
{
    return std::all_of(q.zeroPoint.begin(), q.zeroPoint.end(), [](auto z) { return z == 0; });
}

static bool allPowersOfTwo(const QuantParams &q)
{
    return std::all_of(q.scale.begin(), q.scale.end(), [](float s) { return isPowerOfTwo(double(s)); });
}

QString gridBadge(ElementType type, const QuantParams &q)
{
    if (!q.isQuantized())
        return {};
    QString text = toQString(typeShortName(type));
    text += allZeroPointsZero(q) ? QStringLiteral(" S") : QStringLiteral(" A");
    if (allPowersOfTwo(q))
        text += QStringLiteral(" P2");
    if (q.isPerChannel())
        text += QStringLiteral(" C");
    return text;
}

QString gridBadge(const Tensor &t)
{
    return gridBadge(t.type, t.quant);
}

QString gridSentence(const Tensor &t)
{
    const auto tr = [](const char *s) { return QCoreApplication::translate("requant", s); };
    if (!t.quant.isQuantized())
        return tr("%1, not quantized").arg(typeText(t.type));
    QString scale = scaleText(largestScale(t.quant));
    if (t.quant.isPerChannel()) {
        const float least = *std::min_element(t.quant.scale.begin(), t.quant.scale.end());
        scale = tr("%1 scales from %2 to %3 along dimension %4")
                    .arg(t.quant.scale.size())
                    .arg(scaleText(double(least)), scale)
                    .arg(t.quant.quantizedDimension);
    } else {
        scale = tr("scale %1").arg(scale);
    }
    QString zero = tr("zero point %1").arg(t.quant.zeroPointAt(0));
    if (t.quant.zeroPoint.size() > 1 && !allZeroPointsZero(t.quant))
        zero = tr("zero points per channel");
    return QStringLiteral("%1, %2, %3, %4, %5")
        .arg(typeText(t.type), allZeroPointsZero(t.quant) ? tr("symmetric") : tr("asymmetric"),
             t.quant.isPerChannel() ? tr("per-channel") : tr("per-tensor"), scale, zero);
}

QString typeText(ElementType t)
{
    return toQString(typeName(t));
}

QString breakable(const QString &s)
{
    QString out;
    for (const QChar c : s) {
        out += c;
        if (c == u'_' || c == u'/' || c == u'.' || c == u'-')
            out += QChar(0x200b);
    }
    return out;
}

QString toQString(std::string_view s)
{
    return QString::fromUtf8(s.data(), qsizetype(s.size()));
}

QString diagnosticText(const Diagnostic &d)
{
    if (!d.message)
        return {};
    QString body;
    const QString pattern =
        QCoreApplication::translate("core", std::string(d.message->text).c_str()); // catalogues name core's texts
    body.reserve(pattern.size() + 32);
    for (qsizetype i = 0; i < pattern.size(); ++i) {
        const QChar digit = pattern[i] == u'%' && i + 1 < pattern.size() ? pattern[i + 1] : QChar();
        if (digit < u'1' || digit > u'9') {
            body += pattern[i];
            continue;
        }
        ++i;
        const auto n = std::size_t(digit.unicode() - u'1');
        if (n < d.args.size())
            body += toQString(d.args[n]);
    }
    return d.file.empty() ? body : toQString(d.file) + QStringLiteral(": ") + body;
}

QString severityText(Severity s)
{
    switch (s) {
    case Severity::Note: return QCoreApplication::translate("texts", "Note");
    case Severity::Warning: return QCoreApplication::translate("texts", "Warning");
    case Severity::Error: return QCoreApplication::translate("texts", "Error");
    }
    return {};
}

QString layerTitle(const Model &model, int op)
{
    if (model.subgraphs.empty() || op < 0 || std::size_t(op) >= model.subgraphs[0].operators.size())
        return {};
    const auto &g = model.subgraphs[0];
    return QStringLiteral("#%1 %2").arg(op).arg(toQString(layerName(g, g.operators[std::size_t(op)])));
}

int operatorAt(const Model &model, const GraphIndex &index, const Location &where)
{
    if (const auto *op = std::get_if<OperatorRef>(&where)) {
        const bool main = op->subgraph.value == 0 && op->op.value >= 0 && !model.subgraphs.empty()
                          && op->op.pos() < model.subgraphs[0].operators.size();
        return main ? op->op.value : -1;
    }
    if (const auto *t = std::get_if<TensorRef>(&where)) {
        if (t->subgraph.value != 0 || !t->tensor || model.subgraphs.empty()
            || t->tensor.pos() >= model.subgraphs[0].tensors.size())
            return -1;
        if (const auto producer = index.producer(t->tensor))
            return producer.value;
        const auto users = index.consumers(t->tensor);
        return users.empty() ? -1 : users.front().value;
    }
    return -1;
}

QString cancelledText()
{
    return QCoreApplication::translate("texts", "cancelled: press F5 (or Run > Compute) to compute");
}

} // namespace requant
