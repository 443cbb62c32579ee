// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/chartspanel.h"

#include "ui/logic/chartdata.h"
#include "ui/logic/comparison.h"
#include "ui/logic/document.h"
#include "ui/logic/selection.h"
#include "ui/logic/session.h"
#include "ui/widgets/causespage.h"
#include "ui/widgets/chartexport.h"
#include "ui/widgets/elidedlabel.h"
#include "ui/widgets/emptystate.h"
#include "ui/widgets/histogrampage.h"
#include "ui/widgets/layerchart.h"
#include "ui/widgets/layerpage.h"
#include "ui/widgets/scalepage.h"
#include "ui/widgets/theme/theme.h"
#include "ui/widgets/variantspage.h"
#include "ui/widgets/zoomchart.h"

#include <QFileInfo>
#include <QHeaderView>
#include <QMenu>
#include <QSortFilterProxyModel>
#include <QStackedWidget>
#include <QTabBar>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

namespace requant {

ChartsPanel::ChartsPanel(Session *session, Comparison *comparison, QAction *openSamples, QWidget *parent)
    : QWidget(parent), m_session(session), m_comparison(comparison), m_tabs(new QTabBar(this)),
      m_stack(new QStackedWidget(this)), m_optionsRow(new QWidget(this)), m_exportMenu(new QMenu(this)),
      m_table(new ChartTable(this)), m_sorted(new QSortFilterProxyModel(this)), m_view(new QTableView(this))
{
    m_tabs->setObjectName(QStringLiteral("chartTabs"));
    m_tabs->setAccessibleName(tr("Charts"));
    m_tabs->setDrawBase(false);
    m_tabs->setExpanding(false);
    m_tabs->setDocumentMode(true);
    m_tabs->setUsesScrollButtons(true);
    buildRow();
    m_layerPages.push_back(new ScalePage(m_session, m_comparison, this));
    addPage(m_layerPages.back());
    for (int k = int(LayerChartKind::Weights); k <= int(LayerChartKind::BiasShift); ++k) {
        m_layerPages.push_back(new LayerPage(LayerChartKind(k), m_session, m_comparison, this));
        addPage(m_layerPages.back());
    }
    m_layerPages.push_back(new CausesPage(m_session, m_comparison, this));
    addPage(m_layerPages.back());
    addPage(new HistogramPage(m_session, this));
    addPage(new VariantsPage(m_session, m_comparison, this));
    buildTable();
    m_stack->addWidget(m_view);
    m_empty = new EmptyState(QStringLiteral("samples"), {}, {}, this);
    m_empty->addButton(openSamples);
    m_stack->addWidget(m_empty);

    connect(m_tabs, &QTabBar::currentChanged, this, &ChartsPanel::refresh);
    connect(m_session, &Session::documentChanged, this, &ChartsPanel::refresh);
    connect(m_session, &Session::samplesChanged, this, &ChartsPanel::refresh);
    connect(m_comparison, &Comparison::changed, this, &ChartsPanel::refresh); // follows every result
    refresh();
}

QToolButton *ChartsPanel::button(const QString &icon, const QString &text, const char *name)
{
    auto *b = new QToolButton(this);
    b->setObjectName(QLatin1String(name));
    b->setIcon(themedIcon(icon));
    b->setIconSize(QSize(18, 18));
    b->setAutoRaise(true);
    b->setToolTip(text);
    b->setAccessibleName(text);
    return b;
}

void ChartsPanel::buildRow()
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    auto *row = new QHBoxLayout;
    row->setContentsMargins(0, 0, kGrid / 2, 0);
    row->setSpacing(2);
    m_meaning = new ElidedLabel(this);
    m_meaning->setObjectName(QStringLiteral("chartMeaning"));
    m_meaning->setForegroundRole(QPalette::PlaceholderText);
    m_meaning->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_compare = button(QStringLiteral("compare"), tr("Show the variant that is compared with too"), "chartCompare");
    m_compare->setCheckable(true);
    m_compare->setChecked(true);
    m_all = button(QStringLiteral("fit"), tr("Show all (Home)"), "chartShowAll");
    m_tableButton = button(QStringLiteral("table"), tr("Numbers as a table"), "chartTable");
    m_tableButton->setCheckable(true);
    m_export = button(QStringLiteral("export"), tr("Save or copy"), "chartExport");
    m_export->setPopupMode(QToolButton::InstantPopup);
    m_export->setMenu(m_exportMenu);
    auto *options = new QHBoxLayout(m_optionsRow);
    options->setContentsMargins(0, 0, 0, 0);
    row->addWidget(m_tabs, 0);
    row->addWidget(m_meaning, 1);
    row->addSpacing(kGrid);
    row->addWidget(m_optionsRow);
    for (QToolButton *b : {m_compare, m_all, m_tableButton, m_export})
        row->addWidget(b);
    layout->addLayout(row);
    layout->addWidget(m_stack, 1);
    fillExportMenu();
    connect(m_compare, &QToolButton::toggled, this, [this](bool on) {
        for (LayerPage *p : m_layerPages)
            p->setComparing(on);
        refresh();
    });
    connect(m_all, &QToolButton::clicked, this, [this] { page()->chart()->showAll(); });
    connect(m_tableButton, &QToolButton::toggled, this, &ChartsPanel::refresh);
}

void ChartsPanel::fillExportMenu()
{
    const auto add = [this](const QString &text, const char *name, auto slot) {
        m_exportMenu->addAction(text, this, slot)->setObjectName(QLatin1String(name));
    };
    add(tr("Save picture as &PNG\u2026"), "chartSavePng", [this] { save(int(ChartFile::Png)); });
    add(tr("Save picture as &SVG\u2026"), "chartSaveSvg", [this] { save(int(ChartFile::Svg)); });
    add(tr("Save table as &CSV\u2026"), "chartSaveCsv", [this] { save(int(ChartFile::Csv)); });
    m_exportMenu->addSeparator();
    add(tr("&Copy picture"), "chartCopyPicture", [this] { copyChart(*page()->chart()); });
    add(tr("Copy &table"), "chartCopyTable", [this] {
        fillTable();
        copyTable(*m_table);
    });
}

void ChartsPanel::save(int kind)
{
    const Document *doc = m_session->document();
    fillTable();
    const QString model = doc ? QFileInfo(doc->path()).completeBaseName() : QString();
    saveChartAs(this, page()->chart(), *m_table, ChartFile(kind),
                QStringLiteral("%1-%2").arg(model, page()->title().toLower().replace(u' ', u'-')));
}

void ChartsPanel::buildTable()
{
    m_sorted->setSourceModel(m_table);
    m_sorted->setSortRole(ChartTable::SortRole);
    m_view->setObjectName(QStringLiteral("chartTableView"));
    m_view->setAccessibleName(tr("Numbers of the chart"));
    m_view->setModel(m_sorted);
    m_view->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_view->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_view->setAlternatingRowColors(true);
    m_view->setShowGrid(false);
    m_view->setWordWrap(false);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setTabKeyNavigation(false);
    m_view->setSortingEnabled(true);
    m_view->sortByColumn(0, Qt::AscendingOrder);
    m_view->verticalHeader()->hide();
    m_view->verticalHeader()->setDefaultSectionSize(3 * kGrid);
    m_view->horizontalHeader()->setHighlightSections(false);
    connect(m_view->selectionModel(), &QItemSelectionModel::selectionChanged, this, &ChartsPanel::tableToSelection);
    connect(m_session->selection(), &Selection::changed, this, &ChartsPanel::selectionToTable);
    connect(m_table, &QAbstractItemModel::modelReset, this, [this] {
        m_view->setColumnWidth(0, 56);
        for (int c = 1; c < m_table->columnCount(); ++c)
            m_view->setColumnWidth(c, c == 1 ? 280 : 168);
    });
}

void ChartsPanel::addPage(ChartPage *p)
{
    m_pages.push_back(p);
    m_tabs->addTab(p->title());
    m_tabs->setTabToolTip(m_tabs->count() - 1, p->toolTip());
    m_stack->addWidget(p);
    p->chart()->setWhatsThis(
        tr("%1. A click selects; the wheel or a dragged band looks closer, Home shows all.").arg(p->toolTip()));
    if (QWidget *options = p->options()) {
        m_optionsRow->layout()->addWidget(options);
        options->hide();
    }
    connect(p, &ChartPage::refreshed, this, [this, p] {
        if (p == page())
            refresh();
    });
}

ChartPage *ChartsPanel::page() const
{
    return m_pages[std::size_t(std::clamp(m_tabs->currentIndex(), 0, int(m_pages.size()) - 1))];
}

LayerChart *ChartsPanel::chart(Tab t) const
{
    return m_layerPages[std::size_t(t)]->layerChart();
}

void ChartsPanel::setTab(Tab t)
{
    m_tabs->setCurrentIndex(t);
}

void ChartsPanel::setTableShown(bool on)
{
    m_tableButton->setChecked(on);
}

// Only the page that is seen is filled.
void ChartsPanel::refresh()
{
    ChartPage *p = page();
    const bool any = p->refresh();
    m_meaning->setText(p->meaning());
    m_meaning->setToolTip(p->meaning());
    for (ChartPage *other : m_pages) {
        if (QWidget *options = other->options())
            options->setVisible(other == p);
    }
    const bool causes = qobject_cast<CausesPage *>(p);
    m_compare->setVisible(causes || (m_comparison->hasPair() && qobject_cast<LayerPage *>(p)));
    m_compare->setToolTip(causes ? tr("Show the errors without algorithms too")
                                 : tr("Show the variant that is compared with too"));
    m_compare->setAccessibleName(m_compare->toolTip());
    m_all->setEnabled(any && !m_tableButton->isChecked());
    m_export->setEnabled(any);
    if (any && m_tableButton->isChecked()) {
        fillTable();
        m_stack->setCurrentWidget(m_view);
        selectionToTable();
        return;
    }
    if (any) {
        m_stack->setCurrentWidget(p);
        return;
    }
    const NothingToShow why = p->nothing();
    m_empty->setTexts(why.title, why.text);
    m_empty->setButtonsVisible(why.wantsSamples);
    m_stack->setCurrentWidget(m_empty);
}

void ChartsPanel::fillTable()
{
    m_syncing = true; // new rows are no choice of the user's
    page()->fillTable(*m_table);
    m_syncing = false;
}

void ChartsPanel::tableToSelection()
{
    if (m_syncing)
        return;
    std::vector<int> ops;
    for (const QModelIndex &i : m_view->selectionModel()->selectedRows()) {
        if (const int op = i.data(ChartTable::OperatorRole).toInt(); op >= 0)
            ops.push_back(op);
    }
    if (ops.empty())
        return;
    const int current = m_view->currentIndex().data(ChartTable::OperatorRole).toInt();
    m_syncing = true;
    m_session->selection()->set(ops, std::find(ops.begin(), ops.end(), current) != ops.end() ? current : -1);
    m_syncing = false;
}

void ChartsPanel::selectionToTable()
{
    if (m_syncing || !m_tableButton->isChecked())
        return;
    m_syncing = true;
    QItemSelection rows;
    QModelIndex current;
    for (int r = 0; r < m_sorted->rowCount(); ++r) {
        const QModelIndex i = m_sorted->index(r, 0);
        const int op = i.data(ChartTable::OperatorRole).toInt();
        if (op >= 0 && m_session->selection()->contains(op))
            rows.select(i, i);
        if (op >= 0 && op == m_session->selection()->current())
            current = i;
    }
    m_view->selectionModel()->select(rows, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    if (current.isValid())
        m_view->scrollTo(current);
    m_syncing = false;
}

} // namespace requant
