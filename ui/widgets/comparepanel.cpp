// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/comparepanel.h"

#include "ui/widgets/rowselection.h"

#include "ui/logic/comparison.h"
#include "ui/logic/document.h"
#include "ui/logic/otherfile.h"
#include "ui/logic/selection.h"
#include "ui/logic/session.h"
#include "ui/logic/texts.h"
#include "ui/logic/variantmatrix.h"
#include "ui/widgets/chartexport.h"
#include "ui/widgets/elidedlabel.h"
#include "ui/widgets/theme/theme.h"

#include <QAction>
#include <QComboBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QMenu>
#include <QPainter>
#include <QSignalBlocker>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace requant {

namespace {

// Numbers on a tint of their heat.
class MatrixDelegate : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

protected:
    void initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const override
    {
        QStyledItemDelegate::initStyleOption(option, index);
        const bool stale = index.data(VariantMatrix::StaleRole).toBool();
        if (stale)
            option->palette.setColor(QPalette::Text, themeColor(ColorRole::Stale));
        const QVariant badness = index.data(VariantMatrix::BadnessRole);
        if (!badness.isValid() || stale)
            return;
        const auto *proxy = static_cast<const MatrixSort *>(index.model());
        const auto *matrix = static_cast<const VariantMatrix *>(proxy->sourceModel());
        const bool difference = index.column() == matrix->differenceColumn();
        const QColor base = option->palette.color(QPalette::Base);
        option->backgroundBrush = difference ? mixed(base, differenceColor(badness.toDouble()), 0.45)
                                             : mixed(base, heatColor(badness.toDouble()), 0.28);
    }
};

} // namespace

ComparePanel::ComparePanel(Session *session, Comparison *comparison, QWidget *parent)
    : QWidget(parent), m_session(session), m_comparison(comparison), m_matrix(new VariantMatrix(this)),
      m_sorted(new MatrixSort(this)), m_view(new QTableView(this)), m_choice(new QComboBox(this)),
      m_first(new QComboBox(this)), m_second(new QComboBox(this)), m_words(new ElidedLabel(this))
{
    setObjectName(QStringLiteral("comparePanel"));
    m_sideBySide = make(QStringLiteral("compare"), tr("Two &graphs side by side"), "compareSideBySide",
                        QKeySequence(Qt::CTRL | Qt::Key_B));
    m_sideBySide->setCheckable(true);
    m_open = make(QStringLiteral("open"), tr("Compare with &file\u2026"), "compareOpen",
                  QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C));
    m_close = make(QStringLiteral("close"), tr("Close the compared &file"), "compareClose", {});
    m_jump = make(QStringLiteral("next"), tr("First layer whose local error &jumps"), "compareJump",
                  QKeySequence(Qt::CTRL | Qt::Key_J));
    m_worst = make(QStringLiteral("down"), tr("&Worst difference first"), "compareWorst", {});
    m_csv = make(QStringLiteral("export"), tr("Save the matrix as &CSV\u2026"), "compareCsv", {});
    m_copy = make(QStringLiteral("copy"), tr("Copy the &matrix"), "compareCopy", {});
    buildRow();
    buildTable();
    connect(m_open, &QAction::triggered, this, &ComparePanel::openDialog);
    connect(m_close, &QAction::triggered, this, [this] { m_session->otherFile().close(); });
    connect(m_jump, &QAction::triggered, this, &ComparePanel::findJump);
    connect(m_worst, &QAction::triggered, this, &ComparePanel::worstFirst);
    connect(m_csv, &QAction::triggered, this, [this] {
        const QString model =
            m_session->document() ? QFileInfo(m_session->document()->path()).completeBaseName() : QString();
        saveChartAs(this, nullptr, *m_sorted, ChartFile::Csv, model + QStringLiteral("-variants"));
    });
    connect(m_copy, &QAction::triggered, this, [this] { copyTable(*m_sorted); });
    connect(m_comparison, &Comparison::changed, this, &ComparePanel::refresh);
    connect(m_session, &Session::documentChanged, this, [this] { say({}); });
    connect(&m_session->otherFile(), &OtherFile::changed, this, [this] { say({}); });
    connect(&m_session->otherFile(), &OtherFile::failed, this, [this](const QString &path, const QString &why) {
        const QString name = QFileInfo(path).fileName();
        say(why.contains(name) ? why : tr("%1: %2").arg(name, why), true);
        emit raiseRequested();
    });
    refresh();
}

QAction *ComparePanel::make(const QString &icon, const QString &text, const char *name, const QKeySequence &keys)
{
    auto *a = new QAction(themedIcon(icon), text, this);
    a->setObjectName(QLatin1String(name));
    a->setShortcut(keys);
    a->setShortcutContext(Qt::WindowShortcut);
    const QString tip = QString(text).remove(u'&').remove(QStringLiteral("\u2026"));
    a->setToolTip(keys.isEmpty() ? tip : QStringLiteral("%1 (%2)").arg(tip, keys.toString(QKeySequence::NativeText)));
    return a;
}

void ComparePanel::buildRow()
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    auto *row = new QHBoxLayout;
    row->setContentsMargins(kGrid, 3, kGrid / 2, 3);
    row->setSpacing(kGrid / 2);
    m_choice->setObjectName(QStringLiteral("compareMetric"));
    m_choice->setAccessibleName(tr("What is compared"));
    m_choice->setMaxVisibleItems(24);
    for (const HeatChoice c : allChoices())
        m_choice->addItem(choiceTitle(c), QPoint(int(c.quantity), int(c.reach)));
    const auto pick = [](QComboBox *c, const char *name, const QString &text) {
        c->setObjectName(QLatin1String(name));
        c->setAccessibleName(text);
        c->setToolTip(text);
        c->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    };
    pick(m_second, "compareSecond", tr("The difference is this one \u2026"));
    pick(m_first, "compareFirst", tr("\u2026 minus this one"));
    m_words->setObjectName(QStringLiteral("compareWords"));
    row->addWidget(m_choice);
    row->addSpacing(kGrid);
    row->addWidget(m_second);
    auto *minus = new QLabel(QStringLiteral("\u2212"), this);
    row->addWidget(minus);
    row->addWidget(m_first);
    row->addSpacing(kGrid);
    row->addWidget(m_words, 1);
    const auto button = [&](QAction *a, bool text) {
        auto *b = new QToolButton(this);
        b->setDefaultAction(a);
        b->setObjectName(a->objectName() + QStringLiteral("Button"));
        b->setAutoRaise(true);
        b->setIconSize(QSize(18, 18));
        b->setToolButtonStyle(text ? Qt::ToolButtonTextBesideIcon : Qt::ToolButtonIconOnly);
        b->setAccessibleName(a->text().remove(u'&'));
        row->addWidget(b);
    };
    m_open->setIconText(tr("Compare with file\u2026"));
    m_jump->setIconText(tr("First jump"));
    m_sideBySide->setIconText(tr("Side by side"));
    button(m_jump, true);
    button(m_sideBySide, true);
    button(m_open, true);
    button(m_close, false);
    button(m_worst, false);
    button(m_csv, false);
    layout->addLayout(row);
    layout->addWidget(m_view, 1);
    connect(m_choice, &QComboBox::activated, this, [this](int i) {
        const QPoint c = m_choice->itemData(i).toPoint();
        m_comparison->setChoice({HeatQuantity(c.x()), HeatReach(c.y())});
    });
    for (QComboBox *c : {m_first, m_second})
        connect(c, &QComboBox::activated, this,
                [this] { m_comparison->setPair(m_first->currentIndex(), m_second->currentIndex()); });
}

void ComparePanel::buildTable()
{
    m_sorted->setSourceModel(m_matrix);
    m_sorted->setSortRole(VariantMatrix::SortRole);
    m_view->setObjectName(QStringLiteral("variantMatrix"));
    m_view->setAccessibleName(tr("Layers and variants"));
    m_view->setModel(m_sorted);
    m_view->setItemDelegate(new MatrixDelegate(m_view));
    m_view->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_view->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_view->setShowGrid(false);
    m_view->setWordWrap(false);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setTabKeyNavigation(false);
    m_view->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_view->verticalHeader()->hide();
    m_view->verticalHeader()->setDefaultSectionSize(3 * kGrid);
    m_view->horizontalHeader()->setHighlightSections(false);
    m_view->horizontalHeader()->setTextElideMode(Qt::ElideMiddle);
    m_view->setSortingEnabled(true);
    m_view->sortByColumn(VariantMatrix::NumberColumn, Qt::AscendingOrder);
    connect(m_view->selectionModel(), &QItemSelectionModel::selectionChanged, this, &ComparePanel::toSelection);
    connect(m_session->selection(), &Selection::changed, this, &ComparePanel::fromSelection);
    connect(m_matrix, &QAbstractItemModel::modelAboutToBeReset, this, [this] { m_syncing = true; });
    connect(m_matrix, &QAbstractItemModel::modelReset, this, [this] {
        m_syncing = false;
        m_view->setColumnWidth(VariantMatrix::NumberColumn, 56);
        m_view->setColumnWidth(VariantMatrix::LayerColumn, 260);
        // As wide as their names, within reason.
        for (int c = VariantMatrix::FirstColumn; c < m_matrix->columnCount(); ++c)
            m_view->setColumnWidth(c, std::clamp(m_view->horizontalHeader()->sectionSizeHint(c) + kGrid, 112, 240));
        fromSelection();
    });
}

void ComparePanel::fillMenu(QMenu *menu)
{
    for (QAction *a : {m_sideBySide, m_jump, m_worst})
        menu->addAction(a);
    menu->addSeparator();
    for (QAction *a : {m_open, m_close})
        menu->addAction(a);
    menu->addSeparator();
    for (QAction *a : {m_csv, m_copy})
        menu->addAction(a);
}

void ComparePanel::openFile(const QString &path)
{
    say({});
    m_session->otherFile().open(path);
    emit raiseRequested();
}

void ComparePanel::openDialog()
{
    const Document *doc = m_session->document();
    if (!doc)
        return;
    auto *dialog = new QFileDialog(this, tr("Compare with file"), QFileInfo(doc->path()).absolutePath());
    dialog->setObjectName(QStringLiteral("compareDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    dialog->setNameFilters({tr("Models (*.tflite *.onnx)"), tr("All files (*)")});
    connect(dialog, &QFileDialog::fileSelected, this, &ComparePanel::openFile);
    dialog->open();
}

void ComparePanel::findJump()
{
    emit raiseRequested();
    const auto op = m_comparison->firstJump();
    if (!op) {
        say(tr("Local errors are not measured yet; they need samples"));
        return;
    }
    if (*op < 0) {
        say(tr("No layer's local SQNR lies %1 dB below that of the layers before it").arg(kJumpDb));
        return;
    }
    m_session->selection()->select(*op);
    say(tr("%1: %2").arg(layerTitle(*m_session->document()->model(), *op),
                         m_comparison->jumpText(*op).value_or(QString())));
}

void ComparePanel::showSideBySide()
{
    m_wanted = true;
    refresh();
}

void ComparePanel::worstFirst()
{
    const int difference = m_matrix->differenceColumn();
    const int column = difference >= 0 ? difference : VariantMatrix::FirstColumn;
    if (column < m_matrix->columnCount())
        m_view->sortByColumn(column, lowIsBad(m_matrix->choice().quantity) ? Qt::AscendingOrder : Qt::DescendingOrder);
    m_view->scrollToTop();
}

void ComparePanel::say(const QString &words, bool error)
{
    m_said = words;
    m_saidError = error;
    refresh();
}

void ComparePanel::refresh()
{
    const Document *doc = m_session->document();
    const auto &all = m_comparison->all();
    m_matrix->setModel(doc ? doc->model() : nullptr);
    if (!(m_matrix->choice() == m_comparison->choice()))
        m_matrix->setChoice(m_comparison->choice());
    m_matrix->setColumns(all);
    m_matrix->setDifference(m_comparison->first(), m_comparison->second());
    const HeatChoice c = m_comparison->choice();
    m_choice->setCurrentIndex(m_choice->findData(QPoint(int(c.quantity), int(c.reach))));
    for (QComboBox *box : {m_first, m_second}) {
        const QSignalBlocker quiet(box);
        QStringList names, had;
        for (const Measured &m : all)
            names << m.name;
        for (int i = 0; i < box->count(); ++i)
            had << box->itemText(i);
        if (names != had) {
            box->clear();
            box->addItems(names);
        }
        box->setCurrentIndex(box == m_first ? m_comparison->first() : m_comparison->second());
        box->setEnabled(m_comparison->hasPair());
    }
    m_choice->setEnabled(doc != nullptr);
    m_open->setEnabled(doc != nullptr);
    m_close->setEnabled(m_session->otherFile().isOpen());
    for (QAction *a : {m_jump, m_csv, m_copy})
        a->setEnabled(doc != nullptr);
    m_worst->setEnabled(m_matrix->columnCount() > VariantMatrix::FirstColumn);
    m_sideBySide->setEnabled(m_comparison->hasPair());
    if (!m_comparison->hasPair())
        m_sideBySide->setChecked(false);
    else if (std::exchange(m_wanted, false))
        m_sideBySide->setChecked(true);
    const QString words = !m_said.isEmpty()                 ? m_said
                          : m_session->otherFile().isOpen() ? m_session->otherFile().summary()
                          : doc && !m_comparison->hasPair()
                              ? tr("Add a variant (Ctrl+T) or open another file to compare with")
                              : QString();
    m_words->setText(words);
    m_words->setToolTip(words);
    m_words->setForegroundRole(QPalette::WindowText);
    QPalette p = palette();
    if (m_saidError && !m_said.isEmpty())
        p.setColor(QPalette::WindowText, themeColor(ColorRole::Error));
    else if (m_said.isEmpty())
        p.setColor(QPalette::WindowText, themeColor(ColorRole::Muted));
    m_words->setPalette(p);
}

void ComparePanel::toSelection()
{
    if (m_syncing)
        return;
    m_syncing = true;
    selectOperatorsOfRows(m_view, m_session->selection(),
                          [this](const QModelIndex &i) { return m_sorted->operatorAt(i); });
    m_syncing = false;
}

void ComparePanel::fromSelection()
{
    if (m_syncing)
        return;
    m_syncing = true;
    selectRowsOfOperators(
        m_view, *m_session->selection(), [this](int op) { return m_sorted->indexOfOperator(op); }, 0);
    m_syncing = false;
}

} // namespace requant
