// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/issuespanel.h"

#include "core/constraints/resolve.h"
#include "ui/logic/selection.h"
#include "ui/logic/texts.h"
#include "ui/widgets/emptystate.h"
#include "ui/widgets/theme/theme.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QStackedWidget>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QVBoxLayout>

namespace requant {

namespace {

class KindDelegate : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void setStale(bool stale) { m_stale = stale; }

protected:
    void initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const override
    {
        QStyledItemDelegate::initStyleOption(option, index);
        if (m_stale)
            option->palette.setColor(QPalette::Text, themeColor(ColorRole::Stale));
        if (index.column() != IssuesModel::KindColumn)
            return;
        const auto kind = IssueKind(index.data(IssuesModel::KindRole).toInt());
        const auto severity = Severity(index.data(IssuesModel::SeverityRole).toInt());
        option->features |= QStyleOptionViewItem::HasDecoration;
        option->decorationSize = QSize(16, 16);
        option->icon = themedIcon(kind == IssueKind::Adjustment   ? QStringLiteral("lock")
                                  : kind == IssueKind::Boundary   ? QStringLiteral("requantize")
                                  : severity == Severity::Error   ? QStringLiteral("error")
                                  : severity == Severity::Warning ? QStringLiteral("warning")
                                                                  : QStringLiteral("note"));
    }

private:
    bool m_stale = false;
};

} // namespace

IssuesPanel::IssuesPanel(IssuesModel *model, Selection *selection, QWidget *parent)
    : QWidget(parent), m_model(model), m_proxy(new IssuesFilterModel(this)), m_selection(selection),
      m_show(new QComboBox(this)), m_onlySelected(new QCheckBox(tr("Selected layers only"), this)),
      m_stack(new QStackedWidget(this)), m_view(new QTableView(this)), m_stale(new QLabel(this))
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    auto *row = new QHBoxLayout;
    row->setContentsMargins(kGrid, kGrid, kGrid, kGrid);
    row->setSpacing(2 * kGrid);
    m_stale->setObjectName(QStringLiteral("issuesStale"));
    m_stale->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_show->setObjectName(QStringLiteral("issueKinds"));
    m_show->setAccessibleName(tr("Kinds of issues"));
    m_show->addItem(tr("All"), int(IssuesFilterModel::Show::All));
    m_show->addItem(tr("Findings"), int(IssuesFilterModel::Show::Findings));
    m_show->addItem(tr("Adjusted wishes"), int(IssuesFilterModel::Show::Adjustments));
    m_show->addItem(tr("Requantize operators"), int(IssuesFilterModel::Show::Boundaries));
    m_show->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_onlySelected->setObjectName(QStringLiteral("issuesOfSelection"));
    row->addWidget(m_show);
    row->addWidget(m_onlySelected);
    row->addWidget(m_stale, 1);
    layout->addLayout(row);

    m_proxy->setSourceModel(model);
    m_view->setObjectName(QStringLiteral("issuesTable"));
    m_view->setAccessibleName(tr("Issues"));
    m_view->setModel(m_proxy);
    m_view->setItemDelegate(new KindDelegate(m_view));
    m_view->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_view->setSelectionMode(QAbstractItemView::SingleSelection);
    m_view->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_view->setAlternatingRowColors(true);
    m_view->setShowGrid(false);
    m_view->setWordWrap(false);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setTabKeyNavigation(false);
    m_view->verticalHeader()->hide();
    m_view->verticalHeader()->setDefaultSectionSize(3 * kGrid);
    m_view->horizontalHeader()->setHighlightSections(false);
    m_view->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    m_view->setColumnWidth(IssuesModel::KindColumn, 120);
    m_view->setColumnWidth(IssuesModel::LayerColumn, 200);
    m_view->horizontalHeader()->setSectionResizeMode(IssuesModel::TextColumn, QHeaderView::Stretch);
    m_view->setSortingEnabled(true);
    m_view->sortByColumn(IssuesModel::KindColumn, Qt::AscendingOrder);
    auto *nothing =
        new EmptyState(QStringLiteral("good"), tr("Nothing to report"),
                       tr("Errors, wishes that a constraint changed and inserted requantize operators appear here."));
    m_stack->addWidget(m_view);
    m_stack->addWidget(nothing);
    layout->addWidget(m_stack, 1);

    connect(m_show, &QComboBox::currentIndexChanged, this, [this] {
        m_proxy->setShown(IssuesFilterModel::Show(m_show->currentData().toInt()));
        refresh();
    });
    const auto filterSelection = [this] {
        m_proxy->setOnlyOperators(m_selection->operators(), m_onlySelected->isChecked());
        refresh();
    };
    connect(m_onlySelected, &QCheckBox::toggled, this, filterSelection);
    connect(m_selection, &Selection::changed, this, [this, filterSelection] {
        if (m_onlySelected->isChecked())
            filterSelection();
    });
    const auto activate = [this](const QModelIndex &i) {
        const int op = i.data(IssuesModel::OperatorRole).toInt();
        if (i.data(IssuesModel::IdRole).toString() == toQString(kFixedOutputKept.id))
            emit fixedOutputActivated(op);
        else if (op >= 0)
            emit layerActivated(op);
    };
    connect(m_view, &QAbstractItemView::clicked, this, activate);
    connect(m_view, &QAbstractItemView::activated, this, activate);
    connect(m_model, &QAbstractItemModel::modelReset, this, &IssuesPanel::refresh);
    refresh();
}

void IssuesPanel::setStale(const QString &why)
{
    static_cast<KindDelegate *>(m_view->itemDelegate())->setStale(!why.isEmpty());
    m_stale->setText(why);
    m_view->viewport()->update();
}

void IssuesPanel::refresh()
{
    m_stack->setCurrentIndex(m_proxy->rowCount() > 0 ? 0 : 1);
}

} // namespace requant
