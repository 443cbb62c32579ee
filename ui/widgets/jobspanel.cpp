// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/jobspanel.h"

#include "ui/logic/jobsmodel.h"
#include "ui/widgets/theme/theme.h"

#include <QApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QPainter>
#include <QPushButton>
#include <QShortcut>
#include <QStyledItemDelegate>
#include <QTableView>

namespace requant {

namespace {

// A bar behind the words; without a known share the words alone.
class ProgressDelegate : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const int permille = index.data(JobsModel::PermilleRole).toInt();
        if (!index.data(JobsModel::RunningRole).toBool() || permille < 0) {
            QStyledItemDelegate::paint(painter, option, index);
            return;
        }
        QStyleOptionProgressBar bar;
        bar.rect = option.rect.adjusted(4, 4, -4, -4);
        bar.palette = option.palette;
        bar.fontMetrics = option.fontMetrics;
        bar.state = option.state | QStyle::State_Horizontal;
        bar.minimum = 0;
        bar.maximum = 1000;
        bar.progress = permille;
        bar.text = index.data().toString();
        bar.textVisible = true;
        bar.textAlignment = Qt::AlignCenter;
        QApplication::style()->drawControl(QStyle::CE_ProgressBar, &bar, painter);
    }
};

} // namespace

JobsPanel::JobsPanel(JobsModel *model, QWidget *parent)
    : QWidget(parent), m_model(model), m_table(new QTableView(this)), m_cancel(new QPushButton(tr("Cancel job"), this)),
      m_cancelAll(new QPushButton(tr("Cancel all"), this)), m_clear(new QPushButton(tr("Clear ended"), this))
{
    setObjectName(QStringLiteral("jobsPanel"));
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(kGrid, kGrid, kGrid, kGrid);
    layout->setSpacing(kGrid);
    m_table->setObjectName(QStringLiteral("jobsTable"));
    m_table->setAccessibleName(tr("Jobs"));
    m_table->setWhatsThis(
        tr("What is computed in the background. An edit makes older computations obsolete: they are overtaken. "
           "Delete cancels the selected job."));
    m_table->setModel(model);
    m_table->setItemDelegateForColumn(JobsModel::ProgressColumn, new ProgressDelegate(m_table));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setTabKeyNavigation(false);
    m_table->setShowGrid(false);
    m_table->verticalHeader()->hide();
    m_table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->verticalHeader()->setDefaultSectionSize(3 * kGrid + kGrid / 2);
    m_table->horizontalHeader()->setSectionResizeMode(JobsModel::TitleColumn, QHeaderView::Stretch);
    m_table->horizontalHeader()->resizeSection(JobsModel::ProgressColumn, 22 * kGrid);
    m_table->horizontalHeader()->resizeSection(JobsModel::TimeColumn, 22 * kGrid);
    layout->addWidget(m_table, 1);
    auto *row = new QHBoxLayout;
    row->setSpacing(kGrid);
    const struct
    {
        QPushButton *button;
        const char *name;
        QString what;
    } buttons[] = {
        {m_cancel, "jobsCancel", tr("Stops the selected job; what it would have replaced stays and is marked as old")},
        {m_cancelAll, "jobsCancelAll", tr("Stops every job")},
        {m_clear, "jobsClear", tr("Takes jobs that have ended off the list")}};
    for (const auto &b : buttons) {
        b.button->setObjectName(QLatin1String(b.name));
        b.button->setToolTip(b.what);
        b.button->setWhatsThis(b.what);
        row->addWidget(b.button);
    }
    row->addStretch(1);
    layout->addLayout(row);
    auto *key = new QShortcut(QKeySequence::Delete, m_table, this, &JobsPanel::cancelSelected);
    key->setContext(Qt::WidgetShortcut);
    connect(m_cancel, &QPushButton::clicked, this, &JobsPanel::cancelSelected);
    connect(m_cancelAll, &QPushButton::clicked, this, &JobsPanel::cancelAllRequested);
    connect(m_clear, &QPushButton::clicked, m_model, &JobsModel::clearEnded);
    connect(m_model, &JobsModel::runningCountChanged, this, &JobsPanel::refresh);
    connect(m_model, &QAbstractItemModel::rowsRemoved, this, &JobsPanel::refresh);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &JobsPanel::refresh);
    refresh();
}

void JobsPanel::cancelSelected()
{
    for (const QModelIndex &i : m_table->selectionModel()->selectedRows())
        m_model->cancel(i.row());
}

void JobsPanel::refresh()
{
    const auto rows = m_table->selectionModel()->selectedRows();
    m_cancel->setEnabled(std::any_of(rows.begin(), rows.end(),
                                     [](const QModelIndex &i) { return i.data(JobsModel::RunningRole).toBool(); }));
    m_cancelAll->setEnabled(m_model->runningCount() > 0);
    m_clear->setEnabled(m_model->rowCount() > m_model->runningCount());
}

} // namespace requant
