// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/jobstatus.h"

#include "ui/logic/jobrunner.h"
#include "ui/widgets/theme/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QToolButton>

namespace requant {

JobStatus::JobStatus(std::vector<JobRunner *> runners, QWidget *parent)
    : QWidget(parent), m_runners(std::move(runners)), m_what(new QLabel(this)), m_bar(new QProgressBar(this)),
      m_cancel(new QToolButton(this))
{
    setObjectName(QStringLiteral("jobStatus"));
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(kGrid);
    m_what->setObjectName(QStringLiteral("jobText"));
    m_bar->setObjectName(QStringLiteral("jobProgress"));
    m_bar->setAccessibleName(tr("Job progress"));
    m_bar->setFixedSize(15 * kGrid, 14);
    m_bar->setTextVisible(false);
    m_cancel->setObjectName(QStringLiteral("jobCancel"));
    m_cancel->setAccessibleName(tr("Cancel job"));
    m_cancel->setToolTip(tr("Cancel"));
    m_cancel->setIcon(themedIcon(QStringLiteral("cancel")));
    m_cancel->setAutoRaise(true);
    layout->addWidget(m_what);
    layout->addWidget(m_bar);
    layout->addWidget(m_cancel);
    m_delay.setSingleShot(true);
    m_delay.setInterval(300);
    m_linger.setSingleShot(true);
    m_linger.setInterval(120); // stages of one computation follow each other; do not blink between them
    connect(&m_delay, &QTimer::timeout, this, &JobStatus::refresh);
    connect(&m_linger, &QTimer::timeout, this, &JobStatus::refresh);
    connect(m_cancel, &QToolButton::clicked, this, &JobStatus::cancelRequested);
    for (JobRunner *r : m_runners) {
        connect(r, &JobRunner::progressChanged, this, [this] {
            if (isVisible())
                refresh();
        });
        connect(r, &JobRunner::runningChanged, this, [this] {
            if (current() && !isVisible() && !m_delay.isActive())
                m_delay.start();
            else if (!current())
                m_linger.start();
        });
    }
    hide();
}

JobRunner *JobStatus::current() const
{
    for (auto it = m_runners.rbegin(); it != m_runners.rend(); ++it) {
        if ((*it)->isRunning())
            return *it;
    }
    return nullptr;
}

void JobStatus::refresh()
{
    const JobRunner *r = current();
    if (!r) {
        m_delay.stop();
        hide();
        return;
    }
    const QString step = r->stepText();
    m_what->setText(step.isEmpty() ? r->title() : r->title() + QStringLiteral(": ") + step);
    m_bar->setRange(0, r->permille() < 0 ? 0 : 1000);
    if (r->permille() >= 0)
        m_bar->setValue(r->permille());
    show();
}

} // namespace requant
