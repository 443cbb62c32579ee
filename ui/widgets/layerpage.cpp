// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/layerpage.h"

#include "ui/logic/comparison.h"
#include "ui/logic/document.h"
#include "ui/logic/session.h"
#include "ui/logic/texts.h"
#include "ui/widgets/layerchart.h"

#include <QVBoxLayout>

#include <algorithm>

namespace requant {

static const char *const kNames[kLayerChartKinds] = {"scaleChart", "weightChart", "activationChart",
                                                     "stepsChart", "cosineChart", "saturationChart",
                                                     "shiftChart", "causesChart"};

LayerPage::LayerPage(LayerChartKind kind, Session *session, Comparison *comparison, QWidget *parent)
    : ChartPage(parent), m_kind(kind), m_session(session), m_comparison(comparison),
      m_chart(new LayerChart(chartAxis(kind),
                             kind == LayerChartKind::Scale ? LayerChart::Scale::PowersOfTwo : LayerChart::Scale::Linear,
                             chartFromZero(kind), session->selection(), this))
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_chart);
    m_chart->setObjectName(QLatin1String(kNames[int(kind)]));
    m_chart->setAccessibleName(chartTitle(kind));
    m_chart->setAccessibleDescription(chartToolTip(kind));
    m_chart->setTexts([this](double v) { return valueText(v); },
                      [this](int op) {
                          const Document *d = m_session->document();
                          return d ? layerTitle(*d->model(), op) : QString();
                      },
                      [this](int op) { return remark(op); });
}

ZoomChart *LayerPage::chart() const
{
    return m_chart;
}

std::vector<ChartSeries> LayerPage::series() const
{
    const Document *doc = m_session->document();
    if (!doc)
        return {};
    std::vector<Measured> shown = m_comparison->activeAndOther();
    if (!m_comparing && shown.size() > 1)
        shown.resize(1);
    return layerSeries(m_kind, *doc->model(), shown, ofWeights());
}

bool LayerPage::refresh()
{
    std::vector<ChartSeries> all = series();
    if (all.empty())
        return false;
    // The legend says of which recipe the numbers are.
    for (ChartSeries &s : all) {
        if (s.stale)
            s.name = tr("%1 (%2)").arg(s.name, m_session->isStopped() ? cancelledText()
                                               : m_session->isIdle()  ? tr("of the recipe before")
                                                                      : tr("of the recipe before; computing\u2026"));
        else if (s.of == ChartSeries::Of::First && m_session->isConversionPreliminary())
            s.name = tr("%1 (preliminary)").arg(s.name);
    }
    m_chart->setSeries(std::move(all));
    return true;
}

NothingToShow LayerPage::nothing() const
{
    switch (m_session->errorState()) {
    case Session::ErrorState::NoModel: return {tr("No model"), tr("Open a .tflite file to see its layers here.")};
    case Session::ErrorState::NoSamples:
        if (chartNeedsSamples(m_kind))
            return {
                tr("No samples"),
                tr("Activation errors are measured on sample inputs: a .npy file, a folder of pictures or a raw file."),
                true};
        [[fallthrough]];
    case Session::ErrorState::Computing:
    case Session::ErrorState::Ready:
        return {tr("Not measured yet"), tr("Numbers appear here as soon as they are computed.")};
    case Session::ErrorState::Failed: return {tr("Could not be measured"), tr("The reason is in the list of issues.")};
    case Session::ErrorState::Stopped: return {tr("Stopped"), tr("Run > Compute (F5) measures it.")};
    }
    return {};
}

void LayerPage::fillTable(ChartTable &table) const
{
    const Document *doc = m_session->document();
    if (!doc) {
        table.set({}, {}, {});
        return;
    }
    // What numbers are held against stands behind them.
    std::vector<ChartSeries> columns = m_chart->series();
    std::stable_partition(columns.begin(), columns.end(), [](const ChartSeries &s) { return !s.aside; });
    table.setLayers(*doc->model(), columns, [this](double v) { return valueText(v); });
}

} // namespace requant
