// SPDX-License-Identifier: GPL-3.0-or-later
// The window's actions, menus and tool bar.
#include "ui/logic/document.h"
#include "ui/logic/layertablemodel.h"
#include "ui/logic/selection.h"
#include "ui/logic/session.h"
#include "ui/widgets/commandpalette.h"
#include "ui/widgets/comparepanel.h"
#include "ui/widgets/docklayout.h"
#include "ui/widgets/fileroads.h"
#include "ui/widgets/helpcentre.h"
#include "ui/widgets/languagemenu.h"
#include "ui/widgets/layertable.h"
#include "ui/widgets/mainwindow.h"
#include "ui/widgets/recipepickers.h"
#include "ui/widgets/theme/theme.h"
#include "ui/widgets/variantbar.h"

#include <QAction>
#include <QActionGroup>
#include <QMenuBar>
#include <QToolBar>
#include <QToolButton>

namespace requant {

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
    m_open = make(QStringLiteral("open"), tr("&Open\u2026"), "openModel", QKeySequence::Open,
                  [this] { m_files->openDialog(); });
    m_openRecipe = make(QStringLiteral("recipe"), tr("Open &recipe\u2026"), "openRecipe",
                        QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O), [this] { m_files->openRecipeDialog(); });
    m_saveRecipe = make({}, tr("Save recipe &to file\u2026"), "saveRecipe",
                        QKeySequence(Qt::CTRL | Qt::ALT | Qt::Key_S), [this] { m_files->saveRecipeAs(); });
    m_save = make(QStringLiteral("save"), tr("&Save project"), "saveProject", QKeySequence::Save,
                  [this] { m_files->saveProject(); });
    m_saveAs = make({}, tr("Save project &as\u2026"), "saveProjectAs", QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S),
                    [this] { m_files->saveProjectAs(); });
    m_palette = make(QStringLiteral("command"), tr("Command &palette"), "commandPaletteOpen",
                     QKeySequence(Qt::CTRL | Qt::Key_K), [this] {
                         auto *palette = findChild<CommandPalette *>();
                         (palette ? palette : new CommandPalette(m_session, this))->popUp();
                     });
    m_export = make(QStringLiteral("export"), tr("&Export\u2026"), "exportConversion",
                    QKeySequence(Qt::CTRL | Qt::Key_E), &MainWindow::showExport);
    m_samples = make(QStringLiteral("samples"), tr("Sa&mples\u2026"), "chooseSamples",
                     QKeySequence(Qt::CTRL | Qt::Key_M), &MainWindow::showSamples);
    m_openSample = make(QStringLiteral("picture"), tr("Open &sample"), "openSample", QKeySequence(),
                        [this] { m_files->openSample(); });
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

void MainWindow::buildMenus()
{
    auto *file = menuBar()->addMenu(tr("&File"));
    auto *window = file->addAction(tr("&New window"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_N), this, [this] {
        auto *w = new MainWindow(m_remember);
        w->setAttribute(Qt::WA_DeleteOnClose);
        w->move(pos() + QPoint(4 * kGrid, 4 * kGrid));
        w->show();
    });
    window->setObjectName(QStringLiteral("newWindow"));
    file->addAction(m_open);
    auto *recent = file->addMenu(tr("Open re&cent"));
    connect(file, &QMenu::aboutToShow, this, [this, recent] { m_files->fillRecentMenu(recent); });
    file->addSeparator();
    file->addAction(m_save);
    file->addAction(m_saveAs);
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
            bringUp(m_layersDock);
            m_table->focusFilter();
        });
    find->setObjectName(QStringLiteral("filterLayers"));

    edit->addSeparator();
    edit->addAction(m_palette);

    auto *view = menuBar()->addMenu(tr("&View"));
    int key = Qt::Key_1;
    for (QDockWidget *d : m_layout->docks()) {
        auto *show = view->addAction(tr("Go to %1").arg(d->windowTitle()), QKeySequence(Qt::ALT | Qt::Key(key++)), this,
                                     [d] { focusInto(d); });
        show->setObjectName(d->objectName() + QStringLiteral("Go"));
    }
    view->addSeparator();
    for (QDockWidget *d : m_layout->docks())
        view->addAction(d->toggleViewAction());
    auto *reset = view->addAction(tr("Reset &layout"), m_layout, &DockLayout::reset);
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

    view->addMenu(new LanguageMenu(m_remember, this));

    auto *variants = menuBar()->addMenu(tr("&Variants"));
    m_variants->fillMenu(variants);
    variants->addSeparator();
    m_compare->fillMenu(variants);

    auto *run = menuBar()->addMenu(tr("&Run"));
    run->addAction(m_recompute);
    auto *cancel = run->addAction(themedIcon(QStringLiteral("cancel")), tr("C&ancel"),
                                  QKeySequence(Qt::CTRL | Qt::Key_Period), this, [this] { m_session->cancelAll(); });
    cancel->setObjectName(QStringLiteral("cancelJobs"));

    auto *help = menuBar()->addMenu(tr("&Help"));
    m_help->fillMenu(help);
    help->addAction(m_openSample);
    help->addSeparator();
    auto *about = help->addAction(tr("&About Requant Studio"), this, &MainWindow::showAbout);
    about->setObjectName(QStringLiteral("about"));
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

    new RecipePickers(m_session, m_remember, bar);
    bar->addSeparator();
    m_variants = new VariantBar(m_session, bar);
    bar->addWidget(m_variants);
}

} // namespace requant
