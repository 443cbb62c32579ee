// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/causespage.h"

#include "core/convert/diagnosis.h"
#include "ui/logic/causes.h"
#include "ui/logic/document.h"
#include "ui/logic/session.h"
#include "ui/logic/texts.h"

#include <QPushButton>

namespace requant {

CausesPage::CausesPage(Session *session, Comparison *comparison, QWidget *parent)
    : LayerPage(LayerChartKind::Causes, session, comparison, parent), m_run(new QPushButton(this))
{
    m_run->setObjectName(QStringLiteral("causesRun"));
    m_run->hide();
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
    return m_run;
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
    return all;
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
