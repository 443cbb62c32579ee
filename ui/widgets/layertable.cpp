// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/layertable.h"

#include "ui/widgets/rowselection.h"

#include "ui/logic/csv.h"
#include "ui/logic/layertablemodel.h"
#include "ui/logic/pickedcells.h"
#include "ui/logic/selection.h"
#include "ui/logic/texts.h"
#include "ui/widgets/theme/theme.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QFileDialog>
#include <QHeaderView>
#include <QItemSelectionModel>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMenu>
#include <QMessageBox>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QVBoxLayout>

namespace requant {

namespace {

constexpr int kNameWidth = 136, kLeastNameWidth = 64;
constexpr int kNarrow = 520; // the scale's column would take the names' room

// Numbers in the colour of their age, with a bar behind those that are better the longer it is.
class CellDelegate : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const bool stale = index.data(LayerTableModel::StaleRole).toBool();
        const QVariant bar = index.data(LayerTableModel::BarRole);
        QStyleOptionViewItem o = option;
        initStyleOption(&o, index);
        if (stale)
            o.palette.setColor(QPalette::Text, themeColor(ColorRole::Stale));
        QStyledItemDelegate::paint(painter, o, index);
        if (!bar.isValid())
            return;
        const bool selected = option.state & QStyle::State_Selected;
        QColor colour = stale      ? themeColor(ColorRole::Stale)
                        : selected ? option.palette.color(QPalette::HighlightedText)
                                   : heatColor(1.0 - bar.toDouble());
        if (isDarkTheme() && !selected && !stale)
            colour = mixed(colour, Qt::white, 0.3); // the ramp's dark end would vanish
        const QRectF room = QRectF(option.rect).adjusted(6, 0, -6, -3);
        painter->save();
        painter->setPen(Qt::NoPen);
        painter->setBrush(colour);
        painter->drawRect(QRectF(room.left(), room.bottom() - 2, room.width() * bar.toDouble(), 2));
        painter->restore();
    }

protected:
    void initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const override
    {
        QStyledItemDelegate::initStyleOption(option, index);
        if (index.column() == LayerTableModel::LayerColumn)
            option->textElideMode = Qt::ElideRight; // names differ in front
        if (index.data(LayerTableModel::StaleRole).toBool())
            option->palette.setColor(QPalette::Text, themeColor(ColorRole::Stale));
    }
};

} // namespace

LayerTable::LayerTable(LayerTableModel *model, Selection *selection, QWidget *parent)
    : QWidget(parent), m_proxy(new LayerFilterModel(this)), m_selection(selection), m_filter(new QLineEdit(this)),
      m_view(new QTableView(this))
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    auto *filterRow = new QVBoxLayout;
    filterRow->setContentsMargins(kGrid, kGrid, kGrid, kGrid);
    m_filter->setObjectName(QStringLiteral("layerFilter"));
    m_filter->setAccessibleName(tr("Filter layers"));
    m_filter->setPlaceholderText(tr("Filter by name, operator, scheme or number"));
    m_filter->setClearButtonEnabled(true);
    m_filter->addAction(themedIcon(QStringLiteral("filter")), QLineEdit::LeadingPosition);
    filterRow->addWidget(m_filter);
    layout->addLayout(filterRow);
    layout->addWidget(m_view, 1);

    m_proxy->setSourceModel(model);
    m_view->setObjectName(QStringLiteral("layerTable"));
    setFocusProxy(m_view);
    m_view->setAccessibleName(tr("Layers"));
    m_view->setModel(m_proxy);
    m_view->setItemDelegate(new CellDelegate(m_view));
    m_view->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_view->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_view->setAlternatingRowColors(true);
    m_view->setShowGrid(false);
    m_view->setWordWrap(false);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setTabKeyNavigation(false);
    m_view->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_view->verticalHeader()->hide();
    m_view->verticalHeader()->setDefaultSectionSize(3 * kGrid);
    auto *header = m_view->horizontalHeader();
    header->setHighlightSections(false);
    header->setStretchLastSection(false);
    header->setSectionsMovable(true);
    header->setContextMenuPolicy(Qt::CustomContextMenu);
    m_view->setSortingEnabled(true);
    m_view->sortByColumn(LayerTableModel::NumberColumn, Qt::AscendingOrder);
    sizeColumns();

    connect(header, &QHeaderView::sectionMoved, this, [this] { m_chosen = true; });
    m_view->setContextMenuPolicy(Qt::CustomContextMenu);
    m_view->installEventFilter(this);
    connect(header, &QWidget::customContextMenuRequested, this,
            [this, header](const QPoint &at) { showColumnMenu(header->mapToGlobal(at)); });
    connect(m_view, &QWidget::customContextMenuRequested, this,
            [this](const QPoint &at) { showRowMenu(m_view->viewport()->mapToGlobal(at)); });
    connect(m_filter, &QLineEdit::textChanged, this, [this](const QString &text) {
        m_syncing = true; // filtering must not unselect
        m_proxy->setFilterText(text);
        m_syncing = false;
        fromSelection();
    });
    connect(m_view->selectionModel(), &QItemSelectionModel::selectionChanged, this, &LayerTable::toSelection);
    connect(m_selection, &Selection::changed, this, &LayerTable::fromSelection);
    connect(model, &QAbstractItemModel::modelAboutToBeReset, this, [this] { m_syncing = true; });
    connect(model, &QAbstractItemModel::modelReset, this, [this] { m_syncing = false; });
}

void LayerTable::sizeColumns()
{
    const struct
    {
        int column, width;
        bool shown;
    } columns[] = {
        {LayerTableModel::NumberColumn, 36, true},     {LayerTableModel::LayerColumn, kNameWidth, true},
        {LayerTableModel::OperatorColumn, 128, false}, {LayerTableModel::SchemeColumn, 68, true},
        {LayerTableModel::ScaleColumn, 80, true},      {LayerTableModel::WeightSqnrColumn, 64, true},
        {LayerTableModel::LocalSqnrColumn, 56, true},  {LayerTableModel::CumulativeSqnrColumn, 56, true},
        {LayerTableModel::StepsColumn, 56, false},     {LayerTableModel::SaturationColumn, 64, false},
        {LayerTableModel::ClippedColumn, 64, false},   {LayerTableModel::OverflowColumn, 64, false},
        {LayerTableModel::CosineColumn, 72, false},    {LayerTableModel::ShapeColumn, 104, false},
        {LayerTableModel::BytesColumn, 76, false},
    };
    int least = m_view->style()->pixelMetric(QStyle::PM_ScrollBarExtent) + 4;
    for (const auto &c : columns) {
        m_view->setColumnWidth(c.column, c.width);
        m_view->setColumnHidden(c.column, !c.shown);
        if (c.column == LayerTableModel::LayerColumn)
            least += kLeastNameWidth;
        else if (c.shown && c.column != LayerTableModel::ScaleColumn)
            least += c.width;
    }
    m_view->horizontalHeader()->setMinimumSectionSize(32);
    m_view->horizontalHeader()->setSectionResizeMode(LayerTableModel::LayerColumn, QHeaderView::Stretch);
    // The names give way first, then the scale; the errors stay to be seen.
    setMinimumWidth(least);
}

void LayerTable::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    const bool narrow = width() < kNarrow;
    if (narrow == m_narrow || m_chosen)
        return;
    m_narrow = narrow;
    m_view->setColumnHidden(LayerTableModel::ScaleColumn, narrow);
}

void LayerTable::resetColumns()
{
    auto *header = m_view->horizontalHeader();
    for (int c = 0; c < LayerTableModel::ColumnCount; ++c)
        header->moveSection(header->visualIndex(c), c);
    sizeColumns();
    m_chosen = false;
    m_narrow = width() < kNarrow;
    m_view->setColumnHidden(LayerTableModel::ScaleColumn, m_narrow);
}

// A state of another number of columns is of another version and says nothing.
QByteArray LayerTable::columnState() const
{
    return m_chosen
               ? QByteArray::number(int(LayerTableModel::ColumnCount)) + ':' + m_view->horizontalHeader()->saveState()
               : QByteArray();
}

void LayerTable::restoreColumns(const QByteArray &state)
{
    const QByteArray version = QByteArray::number(int(LayerTableModel::ColumnCount)) + ':';
    if (!state.startsWith(version) || !m_view->horizontalHeader()->restoreState(state.mid(version.size())))
        return;
    m_chosen = true;
    m_view->setColumnHidden(LayerTableModel::NumberColumn, false);
    m_view->setColumnHidden(LayerTableModel::LayerColumn, false);
}

void LayerTable::showColumnMenu(QPoint at)
{
    auto *header = m_view->horizontalHeader();
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->setObjectName(QStringLiteral("columnMenu"));
    menu->setToolTipsVisible(true);
    for (int c = LayerTableModel::OperatorColumn; c < LayerTableModel::ColumnCount; ++c) {
        auto *a = menu->addAction(m_proxy->headerData(c, Qt::Horizontal).toString().replace(u'\n', u' '));
        a->setToolTip(m_proxy->headerData(c, Qt::Horizontal, Qt::ToolTipRole).toString());
        a->setCheckable(true);
        a->setChecked(!header->isSectionHidden(c));
        connect(a, &QAction::toggled, this, [this, header, c](bool on) {
            m_chosen = true;
            header->setSectionHidden(c, !on);
        });
    }
    menu->addSeparator();
    menu->addAction(tr("Standard columns"), this, &LayerTable::resetColumns);
    menu->popup(at);
}

void LayerTable::showRowMenu(QPoint at)
{
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->setObjectName(QStringLiteral("rowMenu"));
    menu->addAction(themedIcon(QStringLiteral("copy")), tr("Copy selected rows as CSV") + QStringLiteral("\tCtrl+C"),
                    this, [this] { copy(true); })
        ->setEnabled(m_view->selectionModel()->hasSelection());
    menu->addAction(tr("Copy all rows as CSV"), this, [this] { copy(false); });
    menu->addAction(themedIcon(QStringLiteral("save")), tr("Save as CSV\u2026"), this, &LayerTable::saveCsv);
    menu->addSeparator();
    menu->addAction(themedIcon(QStringLiteral("table")), tr("Columns\u2026"), this, [this, at] { showColumnMenu(at); });
    menu->popup(at);
}

QString LayerTable::csv(bool selectedOnly) const
{
    const auto *header = m_view->horizontalHeader();
    std::vector<int> rows, columns;
    for (int v = 0; v < header->count(); ++v) {
        if (const int c = header->logicalIndex(v); !header->isSectionHidden(c))
            columns.push_back(c);
    }
    for (int r = 0; r < m_proxy->rowCount(); ++r) {
        if (!selectedOnly || m_view->selectionModel()->isRowSelected(r))
            rows.push_back(r);
    }
    return csvText(PickedCells(*m_proxy, std::move(rows), std::move(columns)));
}

void LayerTable::copy(bool selectedOnly) const
{
    QApplication::clipboard()->setText(csv(selectedOnly));
}

void LayerTable::saveCsv()
{
    auto *dialog = new QFileDialog(this, tr("Save as CSV"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilter(tr("Comma-separated values (*.csv)"));
    dialog->setDefaultSuffix(QStringLiteral("csv"));
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString &path) {
        if (const auto written = writeText(path, csv(false)); !written)
            QMessageBox::warning(this, tr("Save as CSV"), diagnosticText(written.error()));
    });
    dialog->open();
}

bool LayerTable::eventFilter(QObject *object, QEvent *event)
{
    if (object == m_view && event->type() == QEvent::KeyPress
        && static_cast<QKeyEvent *>(event)->matches(QKeySequence::Copy)) {
        copy(true);
        return true;
    }
    return QWidget::eventFilter(object, event);
}

void LayerTable::focusFilter()
{
    m_filter->setFocus(Qt::ShortcutFocusReason);
    m_filter->selectAll();
}

void LayerTable::sortWorstFirst(int column)
{
    const bool lowIsBad = column == LayerTableModel::WeightSqnrColumn || column == LayerTableModel::LocalSqnrColumn
                          || column == LayerTableModel::CumulativeSqnrColumn;
    m_view->sortByColumn(column, lowIsBad ? Qt::AscendingOrder : Qt::DescendingOrder);
    m_view->scrollToTop();
}

void LayerTable::toSelection()
{
    if (m_syncing)
        return;
    m_syncing = true;
    selectOperatorsOfRows(m_view, m_selection, [this](const QModelIndex &i) { return m_proxy->operatorAt(i); });
    m_syncing = false;
}

void LayerTable::fromSelection()
{
    if (m_syncing)
        return;
    m_syncing = true;
    selectRowsOfOperators(
        m_view, *m_selection, [this](int op) { return m_proxy->indexOfOperator(op); }, LayerTableModel::NumberColumn);
    m_syncing = false;
}

} // namespace requant
