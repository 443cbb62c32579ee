// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/mainwindow.h"

#include "core/convert/convert.h"
#include "core/metrics/events.h"
#include "ui/logic/document.h"
#include "ui/logic/exporter.h"
#include "ui/logic/issuesmodel.h"
#include "ui/logic/layermetrics.h"
#include "ui/logic/layertablemodel.h"
#include "ui/logic/places.h"
#include "ui/logic/recipeedit.h"
#include "ui/logic/selection.h"
#include "ui/logic/session.h"
#include "ui/logic/texts.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/chartspanel.h"
#include "ui/widgets/emptystate.h"
#include "ui/widgets/exportdialog.h"
#include "ui/widgets/graph/graphview.h"
#include "ui/widgets/graphpanel.h"
#include "ui/widgets/inspector.h"
#include "ui/widgets/issuespanel.h"
#include "ui/widgets/jobstatus.h"
#include "ui/widgets/layertable.h"
#include "ui/widgets/samplesdialog.h"
#include "ui/widgets/theme/theme.h"

#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QCloseEvent>
#include <QComboBox>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QSettings>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTimer>
#include <QToolBar>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace requant {

MainWindow::MainWindow(bool remember, QWidget *parent)
    : QMainWindow(parent), m_remember(remember), m_session(new Session(this)), m_layers(new LayerTableModel(this)),
      m_issues(new IssuesModel(this)), m_centre(new QStackedWidget(this))
{
    setObjectName(QStringLiteral("mainWindow"));
    setWindowIcon(applicationIcon());
    setAcceptDrops(true);
    setDockOptions(AnimatedDocks | AllowNestedDocks | AllowTabbedDocks);
    setTabPosition(Qt::AllDockWidgetAreas, QTabWidget::North);
    resize(1440, 900);
    buildActions();

    auto *centre = new QWidget(this);
    auto *layout = new QVBoxLayout(centre);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    m_banner = new Banner(centre);
    m_graph = new GraphPanel(m_session, centre);
    m_start = new EmptyState(
        QStringLiteral("requant"), tr("Drop a .tflite model here"),
        tr("Requant shows its layers, re-quantizes them to another scheme and tells what that costs."), centre);
    m_start->addButton(m_open);
    m_start->addButton(m_openSample);
    for (const QString &f : m_remember ? recentFiles().mid(0, 4) : QStringList()) {
        auto *recent = new QAction(QFileInfo(f).fileName(), this);
        recent->setObjectName(QStringLiteral("recentFile"));
        recent->setToolTip(f);
        connect(recent, &QAction::triggered, this, [this, f] { open(f); });
        m_start->addButton(recent);
    }
    m_centre->addWidget(m_start);
    m_centre->addWidget(m_graph);
    layout->addWidget(m_banner);
    layout->addWidget(m_centre, 1);
    setCentralWidget(centre);

    buildDocks();
    buildToolBar();
    buildMenus();
    buildStatusBar();

    connect(m_session, &Session::documentChanged, this, &MainWindow::documentChanged);
    connect(m_session, &Session::resultsChanged, this, &MainWindow::refreshResults);
    connect(m_session, &Session::resultsChanged, this, &MainWindow::refreshIssues);
    connect(m_session, &Session::diagnosticsChanged, this, &MainWindow::refreshIssues);
    connect(m_session, &Session::samplesChanged, this, &MainWindow::refreshResults);
    connect(m_session, &Session::openFailed, this, [this](const QString &path, const QString &why) {
        // Core's texts name the file where they know it.
        const QString name = QFileInfo(path).fileName();
        m_banner->showError(why.contains(name) ? why : tr("%1: %2").arg(name, why));
    });
    connect(m_session, &Session::recipeSaved, this, [this](bool ok) {
        const auto then = std::exchange(m_afterSave, nullptr);
        if (!ok) {
            for (const Diagnostic &d : m_session->diagnostics(Session::Activity::Save))
                m_banner->showError(diagnosticText(d));
        } else if (then) {
            then();
        }
    });
    connect(m_issuesPanel, &IssuesPanel::layerActivated, this, [this](int op) {
        m_session->selection()->select(op);
        m_inspector->setCurrentIndex(Inspector::WhyTab);
    });
    connect(m_issuesPanel, &IssuesPanel::fixedOutputActivated, this, [this](int op) {
        if (op >= 0)
            m_session->selection()->select(op);
        m_inspectorDock->show();
        m_inspectorDock->raise();
        m_inspector->showFixedOutputs();
    });
    connect(m_graph->view(), &GraphView::operatorActivated, this,
            [this] { m_inspector->setCurrentIndex(Inspector::SchemeTab); });
    Recipe start;
    if (const Profile *p = findProfile(
            m_remember
                ? QSettings().value(QStringLiteral("profile"), QStringLiteral("symmetric")).toString().toStdString()
                : std::string("symmetric")))
        start = fromProfile(*p, {}, false);
    m_session->setStartRecipe(start);
    documentChanged();
    m_defaultLayout = saveState();
    restore();
}

MainWindow::~MainWindow() = default;

void MainWindow::buildActions()
{
    const auto make = [this](const QString &icon, const QString &text, const char *name, const QKeySequence &keys,
                             auto slot) {
        auto *a = new QAction(icon.isEmpty() ? QIcon() : themedIcon(icon), text, this);
        a->setObjectName(QLatin1String(name));
        a->setShortcut(keys);
        QString tip = text;
        tip.remove(u'&').remove(QStringLiteral("\u2026"));
        a->setToolTip(keys.isEmpty() ? tip
                                     : QStringLiteral("%1 (%2)").arg(tip, keys.toString(QKeySequence::NativeText)));
        connect(a, &QAction::triggered, this, slot);
        return a;
    };
    m_open = make(QStringLiteral("open"), tr("&Open\u2026"), "openModel", QKeySequence::Open, &MainWindow::openDialog);
    m_openRecipe = make(QStringLiteral("recipe"), tr("Open &recipe\u2026"), "openRecipe",
                        QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O), &MainWindow::openRecipeDialog);
    m_saveRecipe = make(QStringLiteral("save"), tr("&Save recipe\u2026"), "saveRecipe", QKeySequence::Save,
                        &MainWindow::saveRecipeAs);
    m_export = make(QStringLiteral("export"), tr("&Export\u2026"), "exportConversion",
                    QKeySequence(Qt::CTRL | Qt::Key_E), &MainWindow::showExport);
    m_samples = make(QStringLiteral("samples"), tr("Sa&mples\u2026"), "chooseSamples",
                     QKeySequence(Qt::CTRL | Qt::Key_M), &MainWindow::showSamples);
    m_openSample =
        make(QStringLiteral("picture"), tr("Open &sample"), "openSample", QKeySequence(), &MainWindow::openSample);
    m_recompute = make(QStringLiteral("refresh"), tr("&Compute"), "recompute", QKeySequence(Qt::Key_F5),
                       [this] { m_session->recompute(); });
    m_undo = make(QStringLiteral("undo"), tr("&Undo"), "undo", QKeySequence::Undo, [this] {
        if (auto *d = m_session->document())
            d->undoStack()->undo();
    });
    m_redo = make(QStringLiteral("redo"), tr("&Redo"), "redo", QKeySequence::Redo, [this] {
        if (auto *d = m_session->document())
            d->undoStack()->redo();
    });
    m_quit = make({}, tr("&Quit"), "quit", QKeySequence::Quit, &QWidget::close);
}

void MainWindow::buildDocks()
{
    m_table = new LayerTable(m_layers, m_session->selection(), this);
    m_inspector = new Inspector(m_session, this);
    m_charts = new ChartsPanel(m_session, m_samples, this);
    m_issuesPanel = new IssuesPanel(m_issues, m_session->selection(), this);
    const auto dock = [this](const QString &title, const char *name, QWidget *content, Qt::DockWidgetArea area) {
        auto *d = new QDockWidget(title, this);
        d->setObjectName(QLatin1String(name));
        d->setWidget(content);
        addDockWidget(area, d);
        return d;
    };
    m_layersDock = dock(tr("Layers"), "layersDock", m_table, Qt::LeftDockWidgetArea);
    m_inspectorDock = dock(tr("Inspector"), "inspectorDock", m_inspector, Qt::RightDockWidgetArea);
    m_chartsDock = dock(tr("Charts"), "chartsDock", m_charts, Qt::BottomDockWidgetArea);
    m_issuesDock = dock(tr("Issues"), "issuesDock", m_issuesPanel, Qt::BottomDockWidgetArea);
    tabifyDockWidget(m_chartsDock, m_issuesDock);
    // Their tabs name them; a title bar would say it twice.
    for (QDockWidget *d : {m_chartsDock, m_issuesDock})
        d->setTitleBarWidget(new QWidget(d));
    m_chartsDock->raise();
}

void MainWindow::sizeDocks()
{
    resizeDocks({m_layersDock, m_inspectorDock},
                {std::clamp(width() * 35 / 100, 480, 720), std::clamp(width() * 24 / 100, 312, 440)}, Qt::Horizontal);
    resizeDocks({m_chartsDock}, {std::clamp(height() * 30 / 100, 240, 360)}, Qt::Vertical);
}

void MainWindow::showEvent(QShowEvent *event)
{
    QMainWindow::showEvent(event);
    if (!std::exchange(m_restored, true)) {
        sizeDocks();
        return;
    }
    // Docks of a window of another size: those that leave no room for the graph, or hardly any of the window, go back.
    QTimer::singleShot(0, this, [this] {
        const auto odd = [this](const QDockWidget *d, int most) {
            return d->isVisible() && !d->isFloating() && d->width() * 100 > width() * most;
        };
        if (odd(m_layersDock, 55) || odd(m_inspectorDock, 45)
            || (m_centre->isVisible() && m_centre->width() * 100 < width() * 20))
            sizeDocks();
    });
}

void MainWindow::buildToolBar()
{
    auto *bar = addToolBar(tr("Main"));
    bar->setObjectName(QStringLiteral("mainToolBar"));
    bar->setMovable(false);
    bar->setIconSize(QSize(20, 20));
    bar->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    const auto add = [bar](QAction *a, bool text) {
        bar->addAction(a);
        if (auto *b = qobject_cast<QToolButton *>(bar->widgetForAction(a))) {
            b->setToolButtonStyle(text ? Qt::ToolButtonTextBesideIcon : Qt::ToolButtonIconOnly);
            b->setAccessibleName(a->text().remove(u'&'));
        }
    };
    add(m_open, true);
    add(m_export, true);
    add(m_samples, true);
    bar->addSeparator();
    add(m_undo, false);
    add(m_redo, false);
    bar->addSeparator();

    const auto picker = [&](const QString &label, const char *name, int characters) {
        auto *l = new QLabel(label, bar);
        l->setContentsMargins(kGrid / 2, 0, kGrid / 2, 0);
        bar->addWidget(l);
        auto *c = new QComboBox(bar);
        c->setObjectName(QLatin1String(name));
        c->setAccessibleName(label);
        c->setMinimumContentsLength(characters);
        c->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        c->setMaxVisibleItems(20);
        l->setBuddy(c);
        bar->addWidget(c);
        return c;
    };
    m_profile = picker(tr("Target"), "profilePicker", 28);
    m_profile->setPlaceholderText(tr("own recipe"));
    m_profile->addItem(tr("Keep as in the file"), QString());
    m_profile->setItemData(0, tr("Nothing is asked of any layer; the model stays as it is."), Qt::ToolTipRole);
    for (const Profile &p : builtinProfiles()) {
        m_profile->addItem(QString::fromStdString(p.title), QString::fromStdString(p.id));
        QString tip = QStringLiteral("<p><b>%1</b> (%2)</p><p>%3</p>")
                          .arg(QString::fromStdString(p.title).toHtmlEscaped(), QString::fromStdString(p.id),
                               QString::fromStdString(p.summary).toHtmlEscaped());
        for (const ProfileFact &f : p.facts)
            tip += QStringLiteral("<p>\u2022 %1<br><i>%2</i></p>")
                       .arg(QString::fromStdString(f.statement).toHtmlEscaped(),
                            QString::fromStdString(f.source).toHtmlEscaped());
        for (const std::string &u : p.unknown)
            tip += QStringLiteral("<p>\u2022 %1</p>")
                       .arg(tr("not known: %1").arg(QString::fromStdString(u)).toHtmlEscaped());
        m_profile->setItemData(m_profile->count() - 1, tip, Qt::ToolTipRole);
    }
    m_preset = picker(tr("Preset"), "presetPicker", 9);
    m_preset->setPlaceholderText(tr("custom"));
    m_preset->addItem(tr("Naive"), int(Preset::Naive));
    m_preset->setItemData(0, tr("Round every tensor to its new grid and nothing else"), Qt::ToolTipRole);
    m_preset->addItem(tr("Corrected"), int(Preset::Corrected));
    m_preset->setItemData(1, tr("Weight correction, scale search and rounding error folding"), Qt::ToolTipRole);
    connect(m_profile, &QComboBox::activated, this, [this] { chooseProfile(m_profile->currentData().toString()); });
    connect(m_preset, &QComboBox::activated, this, [this] { choosePreset(m_preset->currentData().toInt()); });
}

void MainWindow::buildMenus()
{
    auto *file = menuBar()->addMenu(tr("&File"));
    file->addAction(m_open);
    m_recentMenu = file->addMenu(tr("Open re&cent"));
    connect(file, &QMenu::aboutToShow, this, &MainWindow::refreshRecent);
    file->addSeparator();
    file->addAction(m_openRecipe);
    file->addAction(m_saveRecipe);
    file->addSeparator();
    file->addAction(m_samples);
    file->addAction(m_export);
    file->addSeparator();
    file->addAction(m_quit);

    auto *edit = menuBar()->addMenu(tr("&Edit"));
    edit->addAction(m_undo);
    edit->addAction(m_redo);
    edit->addSeparator();
    auto *all = edit->addAction(tr("Select &all layers"), QKeySequence(Qt::CTRL | Qt::Key_A), this, [this] {
        std::vector<int> ops(std::size_t(m_layers->rowCount()));
        for (std::size_t i = 0; i < ops.size(); ++i)
            ops[i] = int(i);
        m_session->selection()->set(ops);
    });
    all->setObjectName(QStringLiteral("selectAll"));
    auto *none = edit->addAction(tr("Select &none"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_A), this,
                                 [this] { m_session->selection()->clear(); });
    none->setObjectName(QStringLiteral("selectNone"));
    auto *find =
        edit->addAction(themedIcon(QStringLiteral("filter")), tr("&Filter layers"), QKeySequence::Find, this, [this] {
            m_layersDock->show();
            m_layersDock->raise();
            m_table->focusFilter();
        });
    find->setObjectName(QStringLiteral("filterLayers"));

    auto *view = menuBar()->addMenu(tr("&View"));
    int key = Qt::Key_1;
    for (QDockWidget *d : {m_layersDock, m_inspectorDock, m_chartsDock, m_issuesDock}) {
        auto *show =
            view->addAction(tr("Go to %1").arg(d->windowTitle()), QKeySequence(Qt::ALT | Qt::Key(key++)), this, [d] {
                d->show();
                d->raise();
                d->widget()->setFocus(Qt::ShortcutFocusReason);
            });
        show->setObjectName(d->objectName() + QStringLiteral("Go"));
    }
    view->addSeparator();
    for (QDockWidget *d : {m_layersDock, m_inspectorDock, m_chartsDock, m_issuesDock})
        view->addAction(d->toggleViewAction());
    auto *reset = view->addAction(tr("Reset &layout"), this, &MainWindow::resetLayout);
    reset->setObjectName(QStringLiteral("resetLayout"));
    view->addSeparator();
    auto *worst =
        view->addAction(tr("&Worst layers first"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_W), this, [this] {
            m_table->sortWorstFirst(m_session->errorReport() ? LayerTableModel::CumulativeSqnrColumn
                                                             : LayerTableModel::WeightSqnrColumn);
        });
    worst->setObjectName(QStringLiteral("worstFirst"));
    auto *themes = view->addMenu(themedIcon(QStringLiteral("theme")), tr("&Theme"));
    auto *group = new QActionGroup(this);
    const struct
    {
        QString text;
        Theme theme;
        const char *name;
    } choices[] = {{tr("As the &system"), Theme::System, "themeSystem"},
                   {tr("&Light"), Theme::Light, "themeLight"},
                   {tr("&Dark"), Theme::Dark, "themeDark"}};
    for (const auto &c : choices) {
        auto *a = themes->addAction(c.text, this, [this, theme = c.theme] { setTheme(int(theme)); });
        a->setObjectName(QLatin1String(c.name));
        a->setCheckable(true);
        a->setChecked(currentTheme() == c.theme);
        group->addAction(a);
    }

    auto *run = menuBar()->addMenu(tr("&Run"));
    run->addAction(m_recompute);
    auto *cancel = run->addAction(themedIcon(QStringLiteral("cancel")), tr("C&ancel"),
                                  QKeySequence(Qt::CTRL | Qt::Key_Period), this, [this] { m_session->cancelAll(); });
    cancel->setObjectName(QStringLiteral("cancelJobs"));

    auto *help = menuBar()->addMenu(tr("&Help"));
    help->addAction(m_openSample);
    help->addSeparator();
    auto *about = help->addAction(tr("&About Requant Studio"), this, &MainWindow::showAbout);
    about->setObjectName(QStringLiteral("about"));
}

void MainWindow::buildStatusBar()
{
    m_modelText = new QLabel(this);
    m_modelText->setObjectName(QStringLiteral("modelStatus"));
    m_issueText = new QLabel(this);
    m_issueText->setObjectName(QStringLiteral("issueStatus"));
    m_resultText = new QLabel(this);
    m_resultText->setObjectName(QStringLiteral("resultStatus"));
    auto *jobs = new JobStatus(m_session->runners(), this);
    connect(jobs, &JobStatus::cancelRequested, m_session, &Session::cancelAll);
    for (QLabel *l : {m_modelText, m_issueText, m_resultText})
        l->setContentsMargins(kGrid, 0, kGrid, 0);
    statusBar()->addWidget(m_modelText);
    statusBar()->addWidget(jobs);
    statusBar()->addPermanentWidget(m_issueText);
    statusBar()->addPermanentWidget(m_resultText);
    statusBar()->setSizeGripEnabled(false);
}

void MainWindow::open(const QString &path)
{
    m_banner->hide();
    if (path.endsWith(QStringLiteral(".json"), Qt::CaseInsensitive)) { // an edit of the open document, undoable
        m_session->open(path);
        return;
    }
    whenSaved(tr("Save its recipe before opening %1?").arg(QFileInfo(path).fileName()),
              [this, path] { m_session->open(path); });
}

void MainWindow::openSample()
{
    const QString sample = sampleModelFile();
    if (sample.isEmpty())
        m_banner->showError(tr("The sample model is not installed."));
    else
        open(sample);
}

void MainWindow::openDialog()
{
    const Document *doc = m_session->document();
    auto *dialog = new QFileDialog(this, tr("Open model"), doc ? QFileInfo(doc->path()).absolutePath() : QString());
    dialog->setObjectName(QStringLiteral("openDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    dialog->setNameFilters({tr("TensorFlow Lite models (*.tflite)"), tr("All files (*)")});
    connect(dialog, &QFileDialog::fileSelected, this, &MainWindow::open);
    dialog->open();
}

void MainWindow::openRecipeDialog()
{
    auto *dialog = new QFileDialog(this, tr("Open recipe"));
    dialog->setObjectName(QStringLiteral("openRecipeDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    dialog->setNameFilters({tr("Recipes (*.json)"), tr("All files (*)")});
    connect(dialog, &QFileDialog::fileSelected, m_session, &Session::openRecipe);
    dialog->open();
}

void MainWindow::saveRecipeAs()
{
    const Document *doc = m_session->document();
    if (!doc)
        return;
    auto *dialog = new QFileDialog(this, tr("Save recipe"));
    dialog->setObjectName(QStringLiteral("saveRecipeDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("json"));
    dialog->setNameFilter(tr("Recipes (*.json)"));
    dialog->selectFile(suggestedName(doc->path(), QString::fromStdString(doc->recipe().name))
                       + QStringLiteral(".recipe.json"));
    connect(dialog, &QFileDialog::fileSelected, m_session, &Session::saveRecipeTo);
    connect(dialog, &QDialog::rejected, this, [this] { m_afterSave = nullptr; });
    dialog->open();
}

void MainWindow::whenSaved(const QString &question, std::function<void()> then)
{
    const Document *doc = m_session->document();
    if (!doc || !doc->hasUnsavedEdits()) {
        then();
        return;
    }
    if (auto *asking = findChild<QMessageBox *>(QStringLiteral("unsavedDialog"))) {
        asking->raise();
        asking->activateWindow();
        return;
    }
    auto *box = new QMessageBox(QMessageBox::Warning, tr("Unsaved edits"),
                                tr("The layer edits of %1 are not saved.").arg(doc->fileName()),
                                QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, this);
    box->setObjectName(QStringLiteral("unsavedDialog"));
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setInformativeText(question);
    box->button(QMessageBox::Save)->setText(tr("&Save recipe\u2026"));
    box->setDefaultButton(QMessageBox::Save);
    connect(box, &QDialog::finished, this, [this, then = std::move(then)](int answer) {
        if (answer == QMessageBox::Discard) {
            m_discard = true;
            then();
            m_discard = false;
        } else if (answer == QMessageBox::Save) {
            m_afterSave = then;
            saveRecipeAs();
        }
    });
    box->open();
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

void MainWindow::chooseProfile(const QString &id)
{
    Document *doc = m_session->document();
    const Profile *p = findProfile(id.toStdString());
    Recipe recipe;
    if (doc)
        recipe.algorithms = doc->recipe().algorithms;
    if (p)
        recipe = fromProfile(*p, doc ? doc->recipe() : Recipe{}, false);
    m_session->setStartRecipe(recipe);
    if (m_remember)
        QSettings().setValue(QStringLiteral("profile"), id);
    if (doc)
        doc->editRecipe(p ? tr("target %1").arg(QString::fromStdString(p->title)) : tr("keep everything"),
                        std::move(recipe));
}

void MainWindow::choosePreset(int preset)
{
    Document *doc = m_session->document();
    if (!doc)
        return;
    Recipe r = doc->recipe();
    r.algorithms = algorithmsOf(Preset(preset), r.algorithms);
    doc->editRecipe(tr("preset %1").arg(m_preset->itemText(m_preset->findData(preset))), std::move(r));
}

void MainWindow::setTheme(int theme)
{
    applyTheme(*qApp, Theme(theme));
    if (m_remember)
        QSettings().setValue(QStringLiteral("theme"), theme);
}

void MainWindow::refreshRecent()
{
    m_recentMenu->clear();
    const QStringList files = recentFiles();
    for (const QString &f : files) {
        auto *a = m_recentMenu->addAction(QFileInfo(f).fileName(), this, [this, f] { open(f); });
        a->setToolTip(f);
        a->setStatusTip(f);
    }
    m_recentMenu->setToolTipsVisible(true);
    m_recentMenu->setEnabled(!files.isEmpty());
    if (!files.isEmpty()) {
        m_recentMenu->addSeparator();
        m_recentMenu->addAction(tr("Clear list"), this, &clearRecentFiles);
    }
}

void MainWindow::documentChanged()
{
    Document *doc = m_session->document();
    for (QAction *a : {m_export, m_samples, m_saveRecipe, m_openRecipe, m_recompute})
        a->setEnabled(doc != nullptr);
    m_profile->setEnabled(doc != nullptr);
    m_preset->setEnabled(doc != nullptr);
    m_centre->setCurrentWidget(doc ? static_cast<QWidget *>(m_graph) : m_start);
    m_layers->setModel(doc ? doc->model() : nullptr);
    if (!doc) {
        setWindowTitle(tr("Requant Studio"));
        m_undo->setEnabled(false);
        m_redo->setEnabled(false);
        refreshRecipe();
        refreshResults();
        return;
    }
    m_banner->hide();
    setWindowTitle(tr("%1[*] \u2013 Requant Studio").arg(doc->fileName()));
    if (m_remember)
        addRecentFile(doc->path());
    QUndoStack *stack = doc->undoStack();
    const auto undoTexts = [this, stack] {
        m_undo->setEnabled(stack->canUndo());
        m_redo->setEnabled(stack->canRedo());
        m_undo->setText(stack->canUndo() ? tr("&Undo %1").arg(stack->undoText()) : tr("&Undo"));
        m_redo->setText(stack->canRedo() ? tr("&Redo %1").arg(stack->redoText()) : tr("&Redo"));
        m_undo->setToolTip(m_undo->text().remove(u'&'));
        m_redo->setToolTip(m_redo->text().remove(u'&'));
        setWindowModified(!stack->isClean());
    };
    connect(stack, &QUndoStack::indexChanged, this, undoTexts);
    connect(stack, &QUndoStack::cleanChanged, this, undoTexts);
    undoTexts();
    connect(doc, &Document::recipeChanged, this, &MainWindow::refreshRecipe);
    refreshRecipe();
    refreshResults();
}

void MainWindow::refreshRecipe()
{
    const Document *doc = m_session->document();
    if (!doc) {
        for (QComboBox *c : {m_profile, m_preset}) {
            c->setPlaceholderText(noText());
            c->setCurrentIndex(-1);
        }
        return;
    }
    m_profile->setPlaceholderText(tr("own recipe"));
    m_preset->setPlaceholderText(tr("custom"));
    const Recipe &r = doc->recipe();
    const bool nothing = r.rules.empty();
    const bool known = nothing || profileRules(r) > 0;
    m_profile->setCurrentIndex(nothing ? 0 : known ? m_profile->findData(QString::fromStdString(r.name)) : -1);
    const QString tip = m_profile->currentData(Qt::ToolTipRole).toString();
    m_profile->setToolTip(tip.isEmpty() ? tr("What the model is converted to") : tip);
    m_preset->setCurrentIndex(m_preset->findData(int(presetOf(r.algorithms))));
}

void MainWindow::refreshResults()
{
    const Document *doc = m_session->document();
    const auto &conversion = m_session->conversion();
    m_layers->setConverted(conversion ? conversion->model : nullptr, m_session->isConversionStale());
    m_layers->setReports({m_session->weightReport(), m_session->isConversionStale()},
                         {m_session->localReport(), m_session->isLocalReportStale()},
                         {m_session->errorReport(), m_session->isErrorReportStale()});
    if (!doc) {
        m_modelText->setText(tr("No model"));
        m_resultText->clear();
        return;
    }
    m_modelText->setText(QStringLiteral("%1 \u00b7 %2 \u00b7 %3")
                             .arg(doc->fileName(),
                                  countText(qint64(doc->mainGraph().operators.size()), "operator", "operators"),
                                  bytesText(doc->fileSize())));
    m_modelText->setToolTip(doc->path());
    const auto &errors = m_session->errorReport();
    QString text;
    bool stale = false;
    if (errors && errors->hasOutput) {
        text = tr("output %1, agreement %2, %3 (%4)")
                   .arg(dbText(errors->outputSqnrDb), percentText(errors->agreement),
                        countText(qint64(errors->samples), "sample", "samples"),
                        QString::fromStdString(numericsText(errors->numerics)));
        stale = m_session->isErrorReportStale();
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
    m_resultText->setText(text);
    QPalette p = m_resultText->palette();
    p.setColor(QPalette::WindowText, stale ? themeColor(ColorRole::Stale) : palette().color(QPalette::WindowText));
    m_resultText->setPalette(p);
    m_resultText->setToolTip(stale ? tr("Not of the recipe as it is now")
                                   : tr("Conversion against source, first output, end to end"));
}

void MainWindow::refreshIssues()
{
    const Document *doc = m_session->document();
    const auto &conversion = m_session->conversion();
    std::vector<Issue> issues =
        issuesOf(m_session->diagnostics(), doc ? doc->model().get() : nullptr, doc ? &doc->graph() : nullptr);
    if (doc && conversion) {
        auto more = issuesOf(*conversion, doc->graph());
        issues.insert(issues.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    }
    m_issues->setIssues(std::move(issues));
    m_issuesPanel->setStale(!doc || !conversion || !m_session->isConversionStale() ? QString()
                            : m_session->isStopped() ? tr("of the recipe before; %1").arg(cancelledText())
                            : m_session->isIdle()    ? tr("of the recipe before")
                                                     : tr("of the recipe before; computing\u2026"));
    const int errors = m_issues->count(Severity::Error), warnings = m_issues->count(Severity::Warning);
    QStringList words;
    if (errors > 0)
        words << countText(errors, "error", "errors");
    if (warnings > 0)
        words << countText(warnings, "warning", "warnings");
    m_issueText->setText(words.join(QStringLiteral(", ")));
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
        {"scale", m_chartsDock, -1, ChartsPanel::ScaleTab},
        {"weights", m_chartsDock, -1, ChartsPanel::WeightTab},
        {"activations", m_chartsDock, -1, ChartsPanel::ActivationTab},
        {"steps", m_chartsDock, -1, ChartsPanel::StepsTab},
        {"issues", m_issuesDock, -1, -1},
    };
    if (name == QStringLiteral("heat")) {
        m_graph->setHeatMetric(int(LayerMetric::LocalSqnr));
        return true;
    }
    if (name == QStringLiteral("export") || name == QStringLiteral("samples")) {
        (name == QStringLiteral("export") ? m_export : m_samples)->trigger();
        return true;
    }
    for (const auto &p : parts) {
        if (name != QLatin1String(p.name))
            continue;
        p.dock->show();
        p.dock->raise();
        if (p.inspector >= 0)
            m_inspector->setCurrentIndex(p.inspector);
        if (p.chart >= 0)
            m_charts->setTab(ChartsPanel::Tab(p.chart));
        return true;
    }
    return false;
}

void MainWindow::resetLayout()
{
    restoreState(m_defaultLayout);
    for (QDockWidget *d : {m_layersDock, m_inspectorDock, m_chartsDock, m_issuesDock})
        d->show();
    sizeDocks();
    m_chartsDock->raise();
}

void MainWindow::restore()
{
    if (!m_remember)
        return;
    const QSettings settings;
    restoreGeometry(settings.value(QStringLiteral("geometry")).toByteArray());
    m_restored = restoreState(settings.value(QStringLiteral("docks")).toByteArray());
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    const Document *doc = m_session->document();
    if (!m_discard && doc && doc->hasUnsavedEdits()) {
        event->ignore();
        whenSaved(tr("Save the recipe before closing?"), [this] { close(); });
        return;
    }
    if (m_remember) {
        QSettings settings;
        settings.setValue(QStringLiteral("geometry"), saveGeometry());
        settings.setValue(QStringLiteral("docks"), saveState());
    }
    m_session->cancelAll();
    event->accept();
}

void MainWindow::dragEnterEvent(QDragEnterEvent *event)
{
    for (const QUrl &url : event->mimeData()->urls()) {
        if (url.isLocalFile()) {
            event->acceptProposedAction();
            return;
        }
    }
}

void MainWindow::dropEvent(QDropEvent *event)
{
    for (const QUrl &url : event->mimeData()->urls()) {
        if (!url.isLocalFile())
            continue;
        const QString path = url.toLocalFile();
        const bool samples = QFileInfo(path).isDir() || path.endsWith(QStringLiteral(".npy"), Qt::CaseInsensitive);
        if (samples && m_session->document())
            m_session->openSamples(path);
        else
            open(path);
        event->acceptProposedAction();
    }
}

} // namespace requant
