// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/recipepanel.h"

#include "ui/logic/document.h"
#include "ui/logic/recipeedit.h"
#include "ui/logic/ruleedit.h"
#include "ui/logic/rulesmodel.h"
#include "ui/logic/selection.h"
#include "ui/logic/session.h"
#include "ui/widgets/profileview.h"
#include "ui/widgets/recipetext.h"
#include "ui/widgets/ruleeditor.h"
#include "ui/widgets/theme/theme.h"

#include <QAction>
#include <QHeaderView>
#include <QSplitter>
#include <QTableView>
#include <QToolBar>
#include <QVBoxLayout>

namespace requant {

RecipePanel::RecipePanel(Session *session, QWidget *parent)
    : QTabWidget(parent), m_session(session), m_model(new RulesModel(this)), m_table(new QTableView),
      m_editor(new RuleEditor(session))
{
    setObjectName(QStringLiteral("recipeTabs"));
    setAccessibleName(tr("Recipe"));
    setDocumentMode(true);
    addTab(buildRules(), tr("Rules"));
    addTab(new RecipeText(session, this), tr("Text"));
    addTab(new ProfileView(session, this), tr("Targets"));
    setTabToolTip(RulesTab, tr("What is asked of which layers; a later rule wins field by field"));
    setTabToolTip(TextTab, tr("The recipe as JSON, to read, copy and edit"));
    setTabToolTip(TargetTab, tr("Hardware targets: what they demand and where that is documented"));
    connect(m_session, &Session::documentChanged, this, [this] {
        if (const Document *doc = m_session->document())
            connect(doc, &Document::recipeChanged, this, &RecipePanel::refresh);
        refresh();
    });
    refresh();
}

QAction *RecipePanel::action(const QString &icon, const QString &text, const char *name, const QKeySequence &keys,
                             void (RecipePanel::*slot)())
{
    auto *a = new QAction(themedIcon(icon), text, this);
    a->setObjectName(QLatin1String(name));
    a->setShortcut(keys);
    a->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    a->setToolTip(keys.isEmpty() ? text : QStringLiteral("%1 (%2)").arg(text, keys.toString(QKeySequence::NativeText)));
    connect(a, &QAction::triggered, this, slot);
    m_table->addAction(a);
    m_actions << a;
    return a;
}

QWidget *RecipePanel::buildRules()
{
    auto *page = new QSplitter(Qt::Horizontal);
    page->setObjectName(QStringLiteral("rulesSplitter"));
    page->setChildrenCollapsible(false);
    auto *left = new QWidget(page);
    auto *layout = new QVBoxLayout(left);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    m_table->setObjectName(QStringLiteral("rulesTable"));
    m_table->setAccessibleName(tr("Rules, later ones win"));
    m_table->setModel(m_model);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setDragDropMode(QAbstractItemView::InternalMove);
    m_table->setDragDropOverwriteMode(false);
    m_table->setDropIndicatorShown(true);
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setShowGrid(false);
    m_table->setWordWrap(false);
    m_table->setTextElideMode(Qt::ElideRight);
    m_table->setContextMenuPolicy(Qt::ActionsContextMenu);
    m_table->verticalHeader()->setDefaultSectionSize(m_table->fontMetrics().height() + kGrid);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    const int widths[] = {13, 9, 9, 18, 18, 14};
    for (int c = 0; c < RulesModel::ColumnCount; ++c)
        m_table->setColumnWidth(c, widths[c] * kGrid);

    m_add =
        action(QStringLiteral("add"), tr("Add rule"), "ruleAdd", QKeySequence(Qt::Key_Insert), &RecipePanel::addRule);
    m_duplicate = action(QStringLiteral("copy"), tr("Duplicate rule"), "ruleDuplicate",
                         QKeySequence(Qt::CTRL | Qt::Key_D), &RecipePanel::duplicateRule);
    m_remove = action(QStringLiteral("remove"), tr("Remove rule"), "ruleRemove", QKeySequence::Delete,
                      &RecipePanel::removeRule);
    m_up = action(QStringLiteral("up"), tr("Move rule up"), "ruleUp", QKeySequence(Qt::ALT | Qt::Key_Up),
                  &RecipePanel::moveUp);
    m_down = action(QStringLiteral("down"), tr("Move rule down"), "ruleDown", QKeySequence(Qt::ALT | Qt::Key_Down),
                    &RecipePanel::moveDown);
    m_select = action(QStringLiteral("layers"), tr("Select its layers"), "ruleSelect",
                      QKeySequence(Qt::CTRL | Qt::Key_L), &RecipePanel::selectMatched);
    auto *bar = new QToolBar(left);
    bar->setIconSize(QSize(16, 16));
    bar->addActions(m_actions);
    layout->addWidget(bar);
    layout->addWidget(m_table, 1);
    page->addWidget(left);
    page->addWidget(m_editor);
    page->setStretchFactor(0, 2);
    page->setStretchFactor(1, 3);

    connect(m_model, &RulesModel::moveRequested, this, &RecipePanel::move,
            Qt::QueuedConnection); // after the drop is done
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this] {
        m_editor->setRule(currentRule());
        refreshActions();
    });
    return page;
}

void RecipePanel::refresh()
{
    const Document *doc = m_session->document();
    m_model->setRules(doc ? doc->recipe().rules : std::vector<Rule>(), doc ? profileRules(doc->recipe()) : 0);
    if (currentRule() < 0)
        setCurrentRule(m_model->rowCount() - 1); // the one that wins
    m_editor->setRule(currentRule());
    refreshActions();
    count();
}

// Regular expressions over many names may take a while.
void RecipePanel::count()
{
    const Document *doc = m_session->document();
    if (!doc) {
        m_counts.cancel();
        return;
    }
    m_counts.start(
        tr("Counting layers of rules"),
        [model = doc->model(), recipe = doc->recipe()](const RunControl &) -> Result<std::vector<RuleCount>> {
            return ruleCounts(*model, recipe);
        },
        [this](Result<std::vector<RuleCount>> counts) {
            if (counts)
                m_model->setCounts(std::move(*counts));
        });
}

void RecipePanel::refreshActions()
{
    const int rule = currentRule(), rules = m_model->rowCount();
    m_add->setEnabled(m_session->document() != nullptr);
    for (QAction *a : {m_remove, m_duplicate, m_select})
        a->setEnabled(rule >= 0);
    m_up->setEnabled(rule > 0);
    m_down->setEnabled(rule >= 0 && rule + 1 < rules);
}

int RecipePanel::currentRule() const
{
    const QModelIndex at = m_table->currentIndex();
    return at.isValid() ? at.row() : -1;
}

void RecipePanel::setCurrentRule(int row)
{
    if (row >= 0 && row < m_model->rowCount())
        m_table->setCurrentIndex(m_model->index(row, 0));
}

void RecipePanel::addRule()
{
    Document *doc = m_session->document();
    if (!doc)
        return;
    Recipe r = doc->recipe();
    const auto &selected = m_session->selection()->operators();
    auto rules = selected.empty() ? std::vector<Rule>{Rule{}} : rulesFor(*doc->model(), selected);
    const int first = int(r.rules.size());
    r.rules.insert(r.rules.end(), rules.begin(), rules.end());
    doc->editRecipe(selected.empty() ? tr("add rule for all layers") : tr("add rule for the selection"), std::move(r));
    setCurrentIndex(RulesTab);
    setCurrentRule(first);
    m_editor->focusName();
}

void RecipePanel::removeRule()
{
    Document *doc = m_session->document();
    const int rule = currentRule();
    if (!doc || rule < 0)
        return;
    doc->editRecipe(tr("remove rule %1").arg(rule), withRuleRemoved(doc->recipe(), std::size_t(rule)));
    setCurrentRule(std::min(rule, m_model->rowCount() - 1));
}

void RecipePanel::duplicateRule()
{
    Document *doc = m_session->document();
    const int rule = currentRule();
    if (!doc || rule < 0)
        return;
    doc->editRecipe(tr("duplicate rule %1").arg(rule), withRuleDuplicated(doc->recipe(), std::size_t(rule)));
    setCurrentRule(rule + 1);
}

void RecipePanel::moveUp()
{
    move(currentRule(), currentRule() - 1);
}

void RecipePanel::moveDown()
{
    move(currentRule(), currentRule() + 1);
}

void RecipePanel::move(int from, int to)
{
    Document *doc = m_session->document();
    if (!doc || from < 0 || to < 0 || to >= m_model->rowCount())
        return;
    doc->editRecipe(tr("move rule %1 to %2").arg(from).arg(to),
                    withRuleMoved(doc->recipe(), std::size_t(from), std::size_t(to)));
    setCurrentRule(to);
}

void RecipePanel::selectMatched()
{
    const Document *doc = m_session->document();
    const int rule = currentRule();
    if (doc && rule >= 0 && std::size_t(rule) < doc->recipe().rules.size())
        m_session->selection()->set(matchedLayers(*doc->model(), doc->recipe().rules[std::size_t(rule)]));
}

} // namespace requant
