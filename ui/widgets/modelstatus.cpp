// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/modelstatus.h"

#include "core/metrics/events.h"
#include "ui/logic/document.h"
#include "ui/logic/issuesmodel.h"
#include "ui/logic/labelmeter.h"
#include "ui/logic/session.h"
#include "ui/logic/texts.h"
#include "ui/widgets/jobstatus.h"
#include "ui/widgets/theme/theme.h"

#include <QLabel>
#include <QStatusBar>

namespace requant {

ModelStatus::ModelStatus(Session *session, IssuesModel *issues, QStatusBar *bar)
    : QObject(bar), m_session(session), m_issues(issues), m_modelText(new QLabel(bar)), m_resultText(new QLabel(bar)),
      m_issueText(new QLabel(bar))
{
    m_modelText->setObjectName(QStringLiteral("modelStatus"));
    m_issueText->setObjectName(QStringLiteral("issueStatus"));
    m_resultText->setObjectName(QStringLiteral("resultStatus"));
    auto *jobs = new JobStatus(m_session->runners(), bar);
    connect(jobs, &JobStatus::cancelRequested, m_session, &Session::cancelAll);
    for (QLabel *l : {m_modelText, m_issueText, m_resultText})
        l->setContentsMargins(kGrid, 0, kGrid, 0);
    bar->addWidget(m_modelText);
    bar->addWidget(jobs);
    bar->addPermanentWidget(m_issueText);
    bar->addPermanentWidget(m_resultText);
    bar->setSizeGripEnabled(false);
    connect(m_session, &Session::documentChanged, this, &ModelStatus::refreshModel);
    connect(m_session, &Session::documentChanged, this, &ModelStatus::refreshResults);
    connect(m_session, &Session::resultsChanged, this, &ModelStatus::refreshResults);
    connect(m_session, &Session::samplesChanged, this, &ModelStatus::refreshResults);
    connect(LabelMeter::of(m_session), &LabelMeter::changed, this, &ModelStatus::refreshResults);
    connect(m_issues, &QAbstractItemModel::modelReset, this, &ModelStatus::refreshIssues);
    refreshModel();
    refreshResults();
}

void ModelStatus::refreshModel()
{
    const Document *doc = m_session->document();
    if (!doc) {
        m_modelText->setText(tr("No model"));
        return;
    }
    m_modelText->setText(QStringLiteral("%1 \u00b7 %2 \u00b7 %3")
                             .arg(doc->fileName(),
                                  countText(qint64(doc->mainGraph().operators.size()), "operator", "operators"),
                                  bytesText(doc->fileSize())));
    m_modelText->setToolTip(doc->path());
}

void ModelStatus::refreshResults()
{
    const auto &conversion = m_session->conversion();
    if (!m_session->document()) {
        m_resultText->clear();
        return;
    }
    const auto &errors = m_session->errorReport();
    QString text;
    bool stale = false;
    if (errors && errors->hasOutput) {
        text = tr("output %1, agreement %2, %3 (%4)")
                   .arg(dbText(errors->outputSqnrDb), percentText(errors->agreement),
                        countText(qint64(errors->samples), "sample", "samples"),
                        QString::fromStdString(numericsText(errors->numerics)));
        stale = m_session->isErrorReportStale();
        if (const auto *labels = LabelMeter::of(m_session); labels->score() && !labels->isStale())
            text += QStringLiteral(", ") + labels->text();
    } else if (conversion) {
        switch (m_session->errorState()) {
        case Session::ErrorState::NoSamples: text = tr("no samples: weight errors only"); break;
        case Session::ErrorState::Failed: text = tr("activation errors could not be measured"); break;
        case Session::ErrorState::Stopped: text = cancelledText(); break;
        default: text = tr("computing\u2026"); break;
        }
        stale = true;
    }
    // Numbers of another target never stand alone under the new one's name.
    if (m_session->isStopped())
        text = cancelledText();
    else if (errors && stale)
        text = m_session->isIdle() ? tr("before: %1").arg(text) : tr("computing\u2026 before: %1").arg(text);
    else if (errors && m_session->isErrorReportPreliminary())
        text = tr("preliminary: %1").arg(text);
    m_resultText->setText(text);
    QPalette p = m_resultText->palette();
    p.setColor(QPalette::WindowText,
               stale ? themeColor(ColorRole::Stale) : m_modelText->palette().color(QPalette::WindowText));
    m_resultText->setPalette(p);
    m_resultText->setToolTip(
        stale ? tr("Not of the recipe as it is now")
        : m_session->isErrorReportPreliminary()
            ? tr("Of a quick conversion with the preset fast on a few samples; the one asked for is on its way")
            : tr("Conversion against source, first output, end to end"));
}

void ModelStatus::refreshIssues()
{
    const int errors = m_issues->count(Severity::Error), warnings = m_issues->count(Severity::Warning);
    QStringList words;
    if (errors > 0)
        words << countText(errors, "error", "errors");
    if (warnings > 0)
        words << countText(warnings, "warning", "warnings");
    m_issueText->setText(words.join(QStringLiteral(", ")));
}

} // namespace requant
