// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/histogrampage.h"

#include "core/convert/convert.h"
#include "ui/logic/chartdata.h"
#include "ui/logic/document.h"
#include "ui/logic/selection.h"
#include "ui/logic/session.h"
#include "ui/logic/texts.h"
#include "ui/widgets/histogramchart.h"

#include <QComboBox>
#include <QVBoxLayout>

namespace requant {

HistogramPage::HistogramPage(Session *session, QWidget *parent)
    : ChartPage(parent), m_session(session), m_chart(new HistogramChart(this)), m_what(new QComboBox(this))
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_chart);
    m_chart->setObjectName(QStringLiteral("histogramChart"));
    m_chart->setAccessibleName(title());
    m_chart->setAccessibleDescription(toolTip());
    m_what->setObjectName(QStringLiteral("histogramOf"));
    m_what->setAccessibleName(tr("Histogram of"));
    m_what->addItem(tr("Weights"));
    m_what->addItem(tr("Outputs"));
    m_what->setItemData(0, tr("The layer's weights as the two files store them"), Qt::ToolTipRole);
    m_what->setItemData(
        1,
        tr("The source's output values on the samples, with the ends of the old (dotted) and the new range (dashed)"),
        Qt::ToolTipRole);
    m_what->hide();
    connect(m_what, &QComboBox::currentIndexChanged, this, &ChartPage::refreshed);
    connect(m_session->selection(), &Selection::changed, this, &ChartPage::refreshed);
}

QWidget *HistogramPage::options()
{
    return m_what;
}

ZoomChart *HistogramPage::chart() const
{
    return m_chart;
}

bool HistogramPage::ofWeights() const
{
    return m_what->currentIndex() == 0;
}

QString HistogramPage::meaning() const
{
    return ofWeights() ? tr("weights as stored; dashed: ends of the new range")
                       : tr("source's values; dashed: ends of the new range");
}

bool HistogramPage::refresh()
{
    const Document *doc = m_session->document();
    const int op = doc ? m_session->selection()->current() : -1;
    const std::shared_ptr<const void> conversion = m_session->conversion(),
                                      statistics = m_session->computation().statistics();
    if (op != m_op || ofWeights() != m_weights || conversion != m_conversion
        || (!ofWeights() && statistics != m_statistics)) {
        m_op = op;
        m_weights = ofWeights();
        m_conversion = conversion;
        m_statistics = statistics;
        m_known = false;
        m_job.cancel();
        if (op >= 0)
            compute();
    }
    return m_op >= 0 && !m_chart->histogram().isEmpty();
}

void HistogramPage::compute()
{
    m_job.start(
        tr("Counting values"),
        [source = m_session->document()->model(), conversion = m_session->conversion(),
         statistics = std::static_pointer_cast<const Statistics>(m_session->computation().statistics()), op = m_op,
         weights = m_weights](const RunControl &) -> Result<Histogram> {
            const Model *converted = conversion ? conversion->model.get() : nullptr;
            if (weights)
                return weightHistogram(*source, converted, op);
            return statistics ? outputHistogram(*statistics, *source, converted, op) : Histogram();
        },
        [this](Result<Histogram> h) {
            m_known = true;
            const Document *doc = m_session->document();
            const QString layer = doc ? layerTitle(*doc->model(), m_op) : QString();
            m_chart->setHistogram(h ? std::move(*h) : Histogram(),
                                  m_weights ? tr("weights of %1").arg(layer) : tr("outputs of %1").arg(layer));
            emit refreshed();
        });
}

NothingToShow HistogramPage::nothing() const
{
    if (!m_session->document())
        return {tr("No model"), tr("Open a .tflite file to see its layers here.")};
    if (m_op < 0)
        return {tr("No layer selected"),
                tr("Select a layer in table, graph or charts to see how often its values occur.")};
    if (!m_known)
        return {tr("Counting\u2026"), QString()};
    if (m_weights)
        return {tr("No weights"), tr("The selected layer has no constant weights; its outputs can be counted.")};
    const bool none = !m_session->samples() && !m_statistics;
    return {tr("Not counted"),
            none ? tr("Values are counted on sample inputs: a .npy file, a folder of pictures or a raw file.")
                 : tr("Only 8-bit outputs that the samples reach are counted."),
            none};
}

void HistogramPage::fillTable(ChartTable &table) const
{
    const Histogram &h = m_chart->histogram();
    std::vector<ChartTable::Row> rows;
    std::vector<double> low;
    for (std::size_t i = 0; i < h.before.size(); ++i) {
        low.push_back(h.low + double(i) * h.step);
        rows.push_back({tr("%1 to %2").arg(low.back(), 0, 'g', 5).arg(low.back() + h.step, 0, 'g', 5)});
    }
    const auto count = [](double v) { return QStringLiteral("%L1").arg(v, 0, 'f', 0); };
    std::vector<ChartTable::Column> columns{
        {tr("From"), [](double v) { return QString::number(v, 'g', 6); }, std::move(low)},
        {tr("Before"), count, h.before}};
    if (!h.after.empty())
        columns.push_back({tr("After"), count, h.after});
    table.set(tr("Values"), std::move(rows), std::move(columns));
}

} // namespace requant
