// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/causespage.h"

#include "core/convert/diagnosis.h"
#include "ui/logic/causes.h"
#include "ui/logic/document.h"
#include "ui/logic/session.h"
#include "ui/logic/texts.h"
#include "ui/widgets/layerchart.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QPushButton>
#include <QValueAxis>

namespace requant {

CausesPage::CausesPage(Session *session, Comparison *comparison, QWidget *parent)
    : LayerPage(LayerChartKind::Causes, session, comparison, parent), m_options(new QWidget(this)),
      m_unit(new QComboBox(m_options)), m_run(new QPushButton(m_options))
{
    m_run->setObjectName(QStringLiteral("causesRun"));
    m_unit->setObjectName(QStringLiteral("causesUnit"));
    m_unit->setAccessibleName(tr("Causes in"));
    m_unit->addItems({tr("Steps\u00b2"), tr("Percent")});
    m_unit->setItemData(0, tr("How large the error is"), Qt::ToolTipRole);
    m_unit->setItemData(1, tr("What share of the layer's error each cause has"), Qt::ToolTipRole);
    auto *row = new QHBoxLayout(m_options);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(m_unit);
    row->addWidget(m_run);
    m_options->hide();
    connect(m_unit, &QComboBox::currentIndexChanged, this, [this](int i) {
        layerChart()->yAxis()->setTitleText(i == 0 ? chartAxis(LayerChartKind::Causes) : tr("share (%)"));
        emit refreshed();
        layerChart()->showAll();
    });
    connect(m_run, &QPushButton::clicked, this, [this] {
        Causes &causes = m_session->causes();
        if (causes.isRunning())
            causes.cancel();
        else
            causes.start();
    });
    connect(&m_session->causes(), &Causes::changed, this, &ChartPage::refreshed);
}

QWidget *CausesPage::options()
{
    return m_options;
}

std::vector<ChartSeries> CausesPage::series() const
{
    const Document *doc = m_session->document();
    if (!doc)
        return {};
    const int variant = doc->variants()->active().id;
    const auto &known = m_session->causes().diagnosis(variant).value;
    if (!known)
        return {};
    std::vector<ChartSeries> all =
        causeSeries(*known, doc->mainGraph().operators.size(), m_session->causes().isStale(variant));
    if (!isComparing())
        std::erase_if(all, [](const ChartSeries &s) { return s.aside; });
    if (m_unit->currentIndex() == 1)
        toShares(all);
    return all;
}

QString CausesPage::valueText(double v) const
{
    return m_unit->currentIndex() == 1 ? percentText(v / 100) : LayerPage::valueText(v);
}

QString CausesPage::remark(int op) const
{
    const Document *doc = m_session->document();
    const auto known = doc ? m_session->causes().diagnosis(doc->variants()->active().id).value : nullptr;
    if (!known)
        return {};
    const auto of = [op](const ErrorSplit &split) {
        const bool there = op >= 0 && std::size_t(op) < split.layers.size();
        return there ? QString::fromStdString(explanation(split.layers[std::size_t(op)])) : QString();
    };
    const QString now = of(known->corrected());
    return known->steps.size() > 1 && isComparing() ? tr("naive: %1\nnow: %2").arg(of(known->naive()), now) : now;
}

bool CausesPage::refresh()
{
    Causes &causes = m_session->causes();
    if (!causes.isStopped() && !causes.isRunning() && m_session->isIdle())
        causes.start();
    m_run->setText(causes.isRunning() ? tr("Cancel") : tr("Measure"));
    m_run->setAccessibleName(causes.isRunning() ? tr("Cancel measuring the causes") : tr("Measure the causes"));
    const Document *doc = m_session->document();
    m_run->setEnabled(doc && m_session->samples()
                      && (causes.isRunning() || causes.isStale(doc->variants()->active().id)));
    return LayerPage::refresh();
}

NothingToShow CausesPage::nothing() const
{
    const Causes &causes = m_session->causes();
    if (m_session->document() && m_session->samples()) {
        if (causes.isRunning())
            return {tr("Being measured\u2026"),
                    tr("Each layer is fed with the source's values, and one cause after another is exchanged.")};
        if (causes.isStopped())
            return {tr("Stopped"), tr("Measure starts again.")};
        if (causes.failure())
            return {tr("Could not be measured"), diagnosticText(*causes.failure())};
    }
    return LayerPage::nothing();
}

} // namespace requant
