// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/chartspanel.h"

#include "core/convert/convert.h"
#include "ui/logic/document.h"
#include "ui/logic/layermetrics.h"
#include "ui/logic/session.h"
#include "ui/logic/texts.h"
#include "ui/widgets/emptystate.h"
#include "ui/widgets/layerchart.h"
#include "ui/widgets/theme/theme.h"

#include <QLabel>
#include <QStackedWidget>
#include <QTabBar>
#include <QVBoxLayout>

#include <cmath>
#include <limits>

namespace requant {

ChartsPanel::ChartsPanel(Session *session, QAction *openSamples, QWidget *parent)
    : QWidget(parent), m_session(session), m_tabs(new QTabBar(this)), m_stack(new QStackedWidget(this)),
      m_meaning(new QLabel(this))
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    m_tabs->setObjectName(QStringLiteral("chartTabs"));
    m_tabs->setAccessibleName(tr("Charts"));
    m_tabs->setDrawBase(false);
    m_tabs->setExpanding(false);
    m_tabs->setDocumentMode(true);
    auto *row = new QHBoxLayout;
    row->setContentsMargins(0, 0, kGrid, 0);
    row->addWidget(m_tabs);
    row->addStretch(1);
    row->addWidget(m_meaning); // an axis is too short for it
    m_meaning->setObjectName(QStringLiteral("chartMeaning"));
    m_meaning->setForegroundRole(QPalette::PlaceholderText);
    layout->addLayout(row);
    layout->addWidget(m_stack, 1);

    const struct
    {
        QString tab, axis, name;
        LayerChart::Scale scale;
    } kinds[TabCount] = {
        {tr("Scale"), tr("output scale"), QStringLiteral("scaleChart"), LayerChart::Scale::PowersOfTwo},
        {tr("Weight error"), tr("SQNR (dB)"), QStringLiteral("weightChart"), LayerChart::Scale::Linear},
        {tr("Activation error"), tr("SQNR (dB)"), QStringLiteral("activationChart"), LayerChart::Scale::Linear},
        {tr("Error in steps"), tr("RMS (steps)"), QStringLiteral("stepsChart"), LayerChart::Scale::Linear},
    };
    for (int i = 0; i < TabCount; ++i) {
        auto *chart = new LayerChart(kinds[i].axis, kinds[i].scale, m_session->selection(), this);
        chart->setObjectName(kinds[i].name);
        chart->setAccessibleName(kinds[i].tab);
        m_charts[std::size_t(i)] = chart;
        m_tabs->addTab(kinds[i].tab);
        m_stack->addWidget(chart);
    }
    m_tabs->setTabToolTip(ScaleTab, tr("Scale of every layer's output in the source and after conversion"));
    m_tabs->setTabToolTip(
        WeightTab, tr("How far the converted weights are from the source's: signal to noise ratio, more is better"));
    m_tabs->setTabToolTip(
        ActivationTab,
        tr("How far every layer's output is from the source's on the samples: alone and in the whole network"));
    m_tabs->setTabToolTip(StepsTab,
                          tr("Error of every layer's output in steps of its new scale; ideal rounding gives 0.29"));
    m_empty = new EmptyState(QStringLiteral("samples"), {}, {}, this);
    m_empty->addButton(openSamples);
    m_stack->addWidget(m_empty);

    connect(m_tabs, &QTabBar::currentChanged, this, &ChartsPanel::refresh);
    connect(m_session, &Session::documentChanged, this, &ChartsPanel::refresh);
    connect(m_session, &Session::resultsChanged, this, &ChartsPanel::refresh);
    connect(m_session, &Session::samplesChanged, this, &ChartsPanel::refresh);
    refresh();
}

void ChartsPanel::setTab(Tab t)
{
    m_tabs->setCurrentIndex(t);
}

void ChartsPanel::refresh()
{
    const Document *doc = m_session->document();
    const std::size_t n = doc ? doc->mainGraph().operators.size() : 0;
    const auto titleOf = [this](int op) {
        const Document *d = m_session->document();
        return d ? layerTitle(*d->model(), op) : QString();
    };
    const bool stale = m_session->isConversionStale();
    const int tab = m_tabs->currentIndex();
    LayerChart *chart = m_charts[std::size_t(tab)];
    m_meaning->setText(tab == WeightTab || tab == ActivationTab ? tr("SQNR (dB), higher is better")
                       : tab == StepsTab                        ? tr("RMS error in steps, lower is better")
                                                                : QString());

    // Only the chart that is seen is filled.
    std::vector<LayerChart::Series> series;
    const auto &errors = m_session->errorReport();
    switch (tab) {
    case ScaleTab:
        chart->setTexts(scaleText, titleOf);
        if (doc) {
            series.push_back(
                {tr("before"), ColorRole::Before, LayerChart::Shape::Line, outputScales(*doc->model(), *doc->model())});
            series.push_back({tr("after"), ColorRole::After, LayerChart::Shape::Line, {}, stale});
            if (const auto &c = m_session->conversion())
                series.back().values = outputScales(*doc->model(), *c->model);
        }
        break;
    case WeightTab:
        chart->setTexts(dbText, titleOf);
        if (const auto &w = m_session->weightReport()) {
            auto inexact = metricValues(LayerMetric::WeightSqnr, *w, n);
            auto exact = inexact;
            for (std::size_t i = 0; i < n; ++i)
                (std::isinf(inexact[i]) ? inexact[i] : exact[i]) = std::numeric_limits<double>::quiet_NaN();
            series.push_back({tr("weights"), ColorRole::After, LayerChart::Shape::Bars, std::move(inexact), stale});
            series.push_back(
                {tr("exact: no error at all"), ColorRole::Before, LayerChart::Shape::Bars, std::move(exact), stale});
        }
        break;
    case ActivationTab:
        chart->setTexts(dbText, titleOf);
        if (const auto &alone = m_session->localReport())
            series.push_back({tr("this layer alone"), ColorRole::VariantB, LayerChart::Shape::Line,
                              metricValues(LayerMetric::LocalSqnr, *alone, n), m_session->isLocalReportStale()});
        if (errors)
            series.push_back({tr("end to end"), ColorRole::After, LayerChart::Shape::Line,
                              metricValues(LayerMetric::CumulativeSqnr, *errors, n), m_session->isErrorReportStale()});
        break;
    case StepsTab:
        chart->setTexts(stepsText, titleOf);
        if (errors)
            series.push_back({tr("end to end"), ColorRole::After, LayerChart::Shape::Bars,
                              metricValues(LayerMetric::RmsSteps, *errors, n), m_session->isErrorReportStale()});
        break;
    }
    const bool any = !series.empty();
    if (any) {
        // The legend says of which recipe the numbers are.
        for (auto &s : series) {
            if (s.stale)
                s.name = tr("%1 (%2)").arg(s.name, m_session->isStopped() ? cancelledText()
                                                   : m_session->isIdle()  ? tr("of the recipe before")
                                                                          : tr("of the recipe before; computing\u2026"));
            else if (s.color != ColorRole::Before && m_session->isConversionPreliminary())
                s.name = tr("%1 (preliminary)").arg(s.name);
        }
        chart->setSeries(std::move(series));
        m_stack->setCurrentWidget(chart);
        return;
    }
    const auto state = m_session->errorState();
    m_empty->setButtonsVisible(state == Session::ErrorState::NoSamples && (tab == ActivationTab || tab == StepsTab));
    switch (state) {
    case Session::ErrorState::NoModel:
        m_empty->setTexts(tr("No model"), tr("Open a .tflite file to see its layers here."));
        break;
    case Session::ErrorState::NoSamples:
        if (tab == ActivationTab || tab == StepsTab) {
            m_empty->setTexts(tr("No samples"),
                              tr("Activation errors are measured on sample inputs: a .npy file, a folder of "
                                 "pictures or a raw file."));
            break;
        }
        [[fallthrough]];
    case Session::ErrorState::Computing:
    case Session::ErrorState::Ready:
        m_empty->setTexts(tr("Not measured yet"), tr("Numbers appear here as soon as they are computed."));
        break;
    case Session::ErrorState::Failed:
        m_empty->setTexts(tr("Could not be measured"), tr("The reason is in the list of issues."));
        break;
    case Session::ErrorState::Stopped:
        m_empty->setTexts(tr("Stopped"), tr("Run > Compute (F5) measures it."));
        break;
    }
    m_stack->setCurrentWidget(m_empty);
}

} // namespace requant
