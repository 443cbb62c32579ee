// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/helpcentre.h"

#include "ui/logic/document.h"
#include "ui/logic/helptexts.h"
#include "ui/logic/jobsmodel.h"
#include "ui/logic/labelmeter.h"
#include "ui/logic/places.h"
#include "ui/logic/session.h"
#include "ui/widgets/docklayout.h"
#include "ui/widgets/helppanel.h"
#include "ui/widgets/jobspanel.h"
#include "ui/widgets/shortcuts.h"
#include "ui/widgets/theme/theme.h"
#include "ui/widgets/tour.h"

#include <QFileInfo>
#include <QMainWindow>
#include <QMenu>
#include <QSettings>
#include <QTimer>
#include <QWhatsThis>

namespace requant {

HelpCentre::HelpCentre(Session *session, DockLayout *layout, QDockWidget *beside, QDockWidget *behind, bool remember,
                       QMainWindow *window)
    : QObject(window), m_session(session), m_window(window), m_remember(remember)
{
    std::vector<JobRunner *> runners = session->runners();
    runners.push_back(LabelMeter::of(session)->runner());
    m_jobs = new JobsModel(std::move(runners), this);
    auto *jobs = new JobsPanel(m_jobs, window);
    connect(jobs, &JobsPanel::cancelAllRequested, session, &Session::cancelAll);
    m_jobsDock = layout->add(tr("Jobs"), "jobsDock", jobs, Qt::BottomDockWidgetArea);
    layout->tabify(beside, m_jobsDock);
    m_panel = new HelpPanel(window);
    m_helpDock = layout->add(tr("Help"), "helpDock", m_panel, Qt::RightDockWidgetArea);
    window->tabifyDockWidget(behind, m_helpDock);
    behind->raise();
    connect(m_jobs, &JobsModel::runningCountChanged, this, &HelpCentre::refreshJobs);
    connect(session, &Session::documentChanged, this, &HelpCentre::offerTour);
    explainControls(window);
}

void HelpCentre::refreshJobs()
{
    const int n = m_jobs->runningCount();
    m_jobsDock->setWindowTitle(n > 0 ? tr("Jobs (%1)").arg(n) : tr("Jobs"));
}

void HelpCentre::fillMenu(QMenu *help)
{
    auto *explain = help->addAction(themedIcon(QStringLiteral("help")), tr("&Explanations"), QKeySequence(Qt::Key_F1),
                                    this, [this] { showPart(QStringLiteral("help")); });
    explain->setObjectName(QStringLiteral("explanations"));
    auto *keys = help->addAction(tr("&Keyboard shortcuts"), QKeySequence(Qt::CTRL | Qt::Key_Slash), this, [this] {
        m_panel->showTopic(QStringLiteral("shortcuts"));
        showPart(QStringLiteral("help"));
    });
    keys->setObjectName(QStringLiteral("shortcutsPage"));
    auto *what = QWhatsThis::createAction(help);
    what->setObjectName(QStringLiteral("whatsThis"));
    help->addAction(what);
    auto *tour = help->addAction(tr("&Tour of the window"), this, &HelpCentre::startTour);
    tour->setObjectName(QStringLiteral("startTour"));
    help->addSeparator();
}

void HelpCentre::windowBuilt()
{
    explainControls(m_window);
    completeShortcuts(*m_window);
    m_panel->addTopic(
        {QStringLiteral("shortcuts"), tr("The window"), tr("Keyboard shortcuts"), shortcutsPage(*m_window)});
}

void HelpCentre::explainControls(QWidget *root)
{
    QList<QWidget *> all = root->findChildren<QWidget *>();
    all.prepend(root);
    for (QWidget *w : all) {
        if (!w->whatsThis().isEmpty())
            continue;
        const QString known = controlHelp(w->objectName());
        w->setWhatsThis(known.isEmpty() ? w->toolTip() : known);
    }
}

bool HelpCentre::showPart(const QString &name)
{
    if (name == QStringLiteral("jobs"))
        bringUp(m_jobsDock);
    else if (name == QStringLiteral("help"))
        bringUp(m_helpDock);
    else if (name == QStringLiteral("tour"))
        startTour();
    else
        return false;
    return true;
}

Tour *HelpCentre::startTour()
{
    if (!m_session->document())
        return nullptr;
    if (auto *running = m_window->findChild<Tour *>())
        return running;
    return new Tour(m_window);
}

// Once, when the sample is open for the first time.
void HelpCentre::offerTour()
{
    explainControls(m_window); // panels make controls anew with a model
    const Document *doc = m_session->document();
    const QString seen = QStringLiteral("tourSeen");
    if (!m_remember || !doc || QSettings().value(seen).toBool()
        || QFileInfo(doc->path()) != QFileInfo(sampleModelFile()))
        return;
    QSettings().setValue(seen, true);
    QTimer::singleShot(600, this, [this] {
        if (m_window->isVisible())
            startTour();
    });
}

} // namespace requant
