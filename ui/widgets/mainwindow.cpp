// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/mainwindow.h"

#include "core/convert/convert.h"
#include "ui/logic/comparison.h"
#include "ui/logic/document.h"
#include "ui/logic/issuesmodel.h"
#include "ui/logic/layertablemodel.h"
#include "ui/logic/projectkeeper.h"
#include "ui/logic/selection.h"
#include "ui/logic/session.h"
#include "ui/logic/texts.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/chartspanel.h"
#include "ui/widgets/comparepanel.h"
#include "ui/widgets/docklayout.h"
#include "ui/widgets/emptystate.h"
#include "ui/widgets/exportdialog.h"
#include "ui/widgets/fileroads.h"
#include "ui/widgets/graph/graphview.h"
#include "ui/widgets/graphpanel.h"
#include "ui/widgets/helpcentre.h"
#include "ui/widgets/inspector.h"
#include "ui/widgets/issuespanel.h"
#include "ui/widgets/layertable.h"
#include "ui/widgets/modelstatus.h"
#include "ui/widgets/recipepanel.h"
#include "ui/widgets/samplesdialog.h"
#include "ui/widgets/secondgraph.h"
#include "ui/widgets/theme/theme.h"

#include <QAction>
#include <QApplication>
#include <QCloseEvent>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QFileInfo>
#include <QMessageBox>
#include <QSettings>
#include <QSplitter>
#include <QStackedWidget>
#include <QStatusBar>
#include <QVBoxLayout>

#include <iterator>

namespace requant {

MainWindow::MainWindow(bool remember, QWidget *parent)
    : QMainWindow(parent), m_remember(remember), m_session(new Session(this)), m_layers(new LayerTableModel(this)),
      m_issues(new IssuesModel(this)), m_comparison(new Comparison(m_session, this)), m_layout(new DockLayout(this)),
      m_centre(new QStackedWidget(this))
{
    setObjectName(QStringLiteral("mainWindow"));
    setWindowIcon(applicationIcon());
    setAcceptDrops(true);
    resize(1440, 900);
    buildCentre();
    buildDocks();
    buildToolBar();
    buildMenus();
    m_help->windowBuilt();
    new ModelStatus(m_session, m_issues, statusBar());

    connect(m_session, &Session::documentChanged, this, &MainWindow::documentChanged);
    connect(m_session, &Session::resultsChanged, this, &MainWindow::refreshResults);
    connect(m_session, &Session::resultsChanged, this, &MainWindow::refreshIssues);
    connect(m_session, &Session::diagnosticsChanged, this, &MainWindow::refreshIssues);
    connect(m_issuesPanel, &IssuesPanel::layerActivated, this, [this](int op) {
        m_session->selection()->select(op);
        m_inspector->setCurrentIndex(Inspector::WhyTab);
    });
    connect(m_issuesPanel, &IssuesPanel::fixedOutputActivated, this, [this](int op) {
        if (op >= 0)
            m_session->selection()->select(op);
        bringUp(m_inspectorDock);
        m_inspector->showFixedOutputs();
    });
    connect(m_graph->view(), &GraphView::operatorActivated, this,
            [this] { m_inspector->setCurrentIndex(Inspector::SchemeTab); });
    connect(m_files->project(), &ProjectKeeper::pathChanged, this, &MainWindow::refreshTitle);
    connect(m_files->project(), &ProjectKeeper::modifiedChanged, this, &MainWindow::refreshTitle);
    connect(m_files->project(), &ProjectKeeper::layoutRestored, this,
            [this](const QByteArray &docks) { restoreState(docks); });
    m_files->project()->setLayoutSource([this] { return saveState(); });
    documentChanged();
    m_layout->finish(m_layersDock, m_inspectorDock, m_chartsDock, m_centre);
    if (m_remember) {
        m_layout->restore();
        m_table->restoreColumns(QSettings().value(QStringLiteral("layerColumns")).toByteArray());
        m_graph->restore();
    }
}

MainWindow::~MainWindow() = default;

void MainWindow::buildCentre()
{
    auto *centre = new QWidget(this);
    auto *layout = new QVBoxLayout(centre);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    auto *banner = new Banner(centre);
    m_files = new FileRoads(m_session, m_remember, banner, this);
    buildActions();
    m_graphs = new QSplitter(centre);
    m_graph = new GraphPanel(m_session, m_graphs);
    m_second = new SecondGraph(m_session, m_comparison, m_graph->view(), m_graphs);
    m_second->hide();
    m_graphs->setChildrenCollapsible(false);
    m_start = new EmptyState(
        QStringLiteral("requant"), tr("Drop a .tflite model here"),
        tr("Requant shows its layers, re-quantizes them to another scheme and tells what that costs."), centre);
    m_start->addButton(m_open);
    m_start->addButton(m_openSample);
    for (const QString &f : m_files->recent().mid(0, 4)) {
        auto *recent = new QAction(QFileInfo(f).fileName(), this);
        recent->setObjectName(QStringLiteral("recentFile"));
        recent->setToolTip(f);
        connect(recent, &QAction::triggered, this, [this, f] { open(f); });
        m_start->addButton(recent);
    }
    m_centre->addWidget(m_start);
    m_centre->addWidget(m_graphs);
    layout->addWidget(banner);
    layout->addWidget(m_centre, 1);
    setCentralWidget(centre);
}

void MainWindow::buildDocks()
{
    m_table = new LayerTable(m_layers, m_session->selection(), this);
    m_inspector = new Inspector(m_session, this);
    m_charts = new ChartsPanel(m_session, m_comparison, m_samples, this);
    m_compare = new ComparePanel(m_session, m_comparison, this);
    m_issuesPanel = new IssuesPanel(m_issues, m_session->selection(), this);
    m_layersDock = m_layout->add(tr("Layers"), "layersDock", m_table, Qt::LeftDockWidgetArea);
    m_inspectorDock = m_layout->add(tr("Inspector"), "inspectorDock", m_inspector, Qt::RightDockWidgetArea);
    m_chartsDock = m_layout->add(tr("Charts"), "chartsDock", m_charts, Qt::BottomDockWidgetArea);
    m_compareDock = m_layout->add(tr("Compare"), "compareDock", m_compare, Qt::BottomDockWidgetArea);
    m_recipe = new RecipePanel(m_session, this);
    m_recipeDock = m_layout->add(tr("Recipe"), "recipeDock", m_recipe, Qt::BottomDockWidgetArea);
    m_issuesDock = m_layout->add(tr("Issues"), "issuesDock", m_issuesPanel, Qt::BottomDockWidgetArea);
    m_layout->tabify(m_chartsDock, m_compareDock);
    m_layout->tabify(m_compareDock, m_recipeDock);
    connect(m_compare, &ComparePanel::raiseRequested, this, [this] { bringUp(m_compareDock); });
    connect(m_compare->sideBySide(), &QAction::toggled, m_second, &QWidget::setVisible);
    connect(m_second, &SecondGraph::closeRequested, m_compare->sideBySide(), &QAction::toggle);
    m_layout->tabify(m_recipeDock, m_issuesDock);
    m_help = new HelpCentre(m_session, m_layout, m_issuesDock, m_inspectorDock, m_remember, this);
}

void MainWindow::showEvent(QShowEvent *event)
{
    QMainWindow::showEvent(event);
    m_layout->shown();
}

void MainWindow::open(const QString &path)
{
    m_files->open(path);
}

void MainWindow::compareWith(const QString &path)
{
    m_compare->openFile(path);
}

void MainWindow::openSample()
{
    m_files->openSample();
}

void MainWindow::offerRecovery()
{
    m_files->offerRecovery();
}

void MainWindow::showSamples()
{
    (new SamplesDialog(m_session, this))->open();
}

void MainWindow::showExport()
{
    if (m_session->document())
        (new ExportDialog(m_session, this))->open();
}

void MainWindow::showAbout()
{
    auto *box =
        new QMessageBox(QMessageBox::NoIcon, tr("About Requant Studio"),
                        tr("<h3>Requant Studio %1</h3><p>Re-quantizes quantized neural networks.</p>"
                           "<p>Free software under the GNU General Public License, version 3 or later. Uses Qt %2.</p>")
                            .arg(QCoreApplication::applicationVersion(), QLatin1String(qVersion())),
                        QMessageBox::Close, this);
    box->setIconPixmap(applicationIcon().pixmap(64, 64));
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
}

void MainWindow::setTheme(int theme)
{
    applyTheme(*qApp, Theme(theme));
    if (m_remember)
        QSettings().setValue(QStringLiteral("theme"), theme);
}

void MainWindow::documentChanged()
{
    const Document *doc = m_session->document();
    for (QAction *a : {m_export, m_samples, m_save, m_saveAs, m_saveRecipe, m_openRecipe, m_recompute})
        a->setEnabled(doc != nullptr);
    m_centre->setCurrentWidget(doc ? static_cast<QWidget *>(m_graphs) : m_start);
    m_layers->setModel(doc ? doc->model() : nullptr);
    followUndo();
    refreshTitle();
    refreshResults();
}

void MainWindow::refreshTitle()
{
    const Document *doc = m_session->document();
    const QString project = m_files->project()->path();
    setWindowTitle(!doc ? tr("Requant Studio")
                   : project.isEmpty()
                       ? tr("%1[*] \u2013 Requant Studio").arg(doc->fileName())
                       : tr("%1[*] (%2) \u2013 Requant Studio").arg(QFileInfo(project).fileName(), doc->fileName()));
    setWindowModified(doc && (m_files->project()->isModified() || (project.isEmpty() && !doc->variants()->isClean())));
}

void MainWindow::followUndo()
{
    Document *doc = m_session->document();
    if (!doc) {
        m_undo->setEnabled(false);
        m_redo->setEnabled(false);
        return;
    }
    QUndoStack *stack = doc->undoStack();
    const auto undoTexts = [this, stack] {
        m_undo->setEnabled(stack->canUndo());
        m_redo->setEnabled(stack->canRedo());
        m_undo->setText(stack->canUndo() ? tr("&Undo %1").arg(stack->undoText()) : tr("&Undo"));
        m_redo->setText(stack->canRedo() ? tr("&Redo %1").arg(stack->redoText()) : tr("&Redo"));
        m_undo->setToolTip(m_undo->text().remove(u'&'));
        m_redo->setToolTip(m_redo->text().remove(u'&'));
        refreshTitle();
    };
    connect(stack, &QUndoStack::indexChanged, this, undoTexts);
    connect(stack, &QUndoStack::cleanChanged, this, undoTexts);
    undoTexts();
}

void MainWindow::refreshResults()
{
    const auto &conversion = m_session->conversion();
    m_layers->setConverted(conversion ? conversion->model : nullptr, m_session->isConversionStale());
    m_layers->setReports({m_session->weightReport(), m_session->isConversionStale()},
                         {m_session->localReport(), m_session->isLocalReportStale()},
                         {m_session->errorReport(), m_session->isErrorReportStale()});
}

void MainWindow::refreshIssues()
{
    const Document *doc = m_session->document();
    const auto &conversion = m_session->conversion();
    std::vector<Issue> issues =
        issuesOf(m_session->diagnostics(), doc ? doc->model().get() : nullptr, doc ? &doc->graph() : nullptr);
    if (doc && conversion) {
        auto more = issuesOf(*conversion, doc->graph(), m_session->boundaryCosts());
        issues.insert(issues.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    }
    m_issues->setIssues(std::move(issues));
    m_issuesPanel->setStale(m_session->isConversionPreliminary() ? tr("preliminary; computing\u2026")
                            : !doc || !conversion || !m_session->isConversionStale() ? QString()
                            : m_session->isStopped() ? tr("of the recipe before; %1").arg(cancelledText())
                            : m_session->isIdle()    ? tr("of the recipe before")
                                                     : tr("of the recipe before; computing\u2026"));
    m_issuesDock->setWindowTitle(m_issues->rowCount() > 0 ? tr("Issues (%1)").arg(m_issues->rowCount()) : tr("Issues"));
}

bool MainWindow::showPart(const QString &name)
{
    const struct
    {
        const char *name;
        QDockWidget *dock;
        int inspector;
        int chart;
    } parts[] = {
        {"layers", m_layersDock, -1, -1},
        {"layer", m_inspectorDock, Inspector::LayerTab, -1},
        {"scheme", m_inspectorDock, Inspector::SchemeTab, -1},
        {"why", m_inspectorDock, Inspector::WhyTab, -1},
        {"channels", m_inspectorDock, Inspector::WeightsTab, -1},
        {"scale", m_chartsDock, -1, ChartsPanel::ScaleTab},
        {"weights", m_chartsDock, -1, ChartsPanel::WeightTab},
        {"activations", m_chartsDock, -1, ChartsPanel::ActivationTab},
        {"steps", m_chartsDock, -1, ChartsPanel::StepsTab},
        {"cosine", m_chartsDock, -1, ChartsPanel::CosineTab},
        {"saturation", m_chartsDock, -1, ChartsPanel::SaturationTab},
        {"shift", m_chartsDock, -1, ChartsPanel::ShiftTab},
        {"causes", m_chartsDock, -1, ChartsPanel::CausesTab},
        {"histogram", m_chartsDock, -1, ChartsPanel::HistogramTab},
        {"variants", m_chartsDock, -1, ChartsPanel::VariantsTab},
        {"compare", m_compareDock, -1, -1},
        {"issues", m_issuesDock, -1, -1},
        {"rules", m_recipeDock, -1, -1},
        {"recipe", m_recipeDock, -1, -1},
        {"targets", m_recipeDock, -1, -1},
    };
    if (name == QStringLiteral("heat")) {
        m_graph->setHeat(HeatChoice{});
        return true;
    }
    if (name == QStringLiteral("chart-table")) {
        m_charts->setTableShown(true);
        return true;
    }
    if (name == QStringLiteral("side-by-side")) {
        m_compare->showSideBySide();
        return true;
    }
    if (name == QStringLiteral("export") || name == QStringLiteral("samples")) {
        (name == QStringLiteral("export") ? m_export : m_samples)->trigger();
        return true;
    }
    for (const auto &p : parts) {
        if (name != QLatin1String(p.name))
            continue;
        bringUp(p.dock);
        if (p.inspector >= 0)
            m_inspector->setCurrentIndex(p.inspector);
        if (p.dock == m_recipeDock)
            m_recipe->setCurrentIndex(name == QStringLiteral("rules")    ? RecipePanel::RulesTab
                                      : name == QStringLiteral("recipe") ? RecipePanel::TextTab
                                                                         : RecipePanel::TargetTab);
        if (p.chart >= 0)
            m_charts->setTab(ChartsPanel::Tab(p.chart));
        return true;
    }
    return m_help->showPart(name);
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    if (!m_files->mayClose()) {
        event->ignore();
        return;
    }
    if (m_remember) {
        m_layout->remember();
        QSettings().setValue(QStringLiteral("layerColumns"), m_table->columnState());
        m_graph->remember();
    }
    m_session->cancelAll();
    event->accept();
}

void MainWindow::dragEnterEvent(QDragEnterEvent *event)
{
    if (FileRoads::canDrop(event->mimeData()))
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent *event)
{
    m_files->drop(event->mimeData());
    event->acceptProposedAction();
}

} // namespace requant
