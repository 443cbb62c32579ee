// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/ruleeditor.h"

#include "ui/logic/document.h"
#include "ui/logic/recipeedit.h"
#include "ui/logic/ruleedit.h"
#include "ui/logic/session.h"
#include "ui/widgets/algorithmsform.h"
#include "ui/widgets/configform.h"
#include "ui/widgets/theme/theme.h"

#include <QCompleter>
#include <QFormLayout>
#include <QGroupBox>
#include <QHBoxLayout>
#include <QHash>
#include <QLabel>
#include <QLineEdit>
#include <QRegularExpression>
#include <QScrollArea>

#include <set>

namespace requant {

RuleEditor::RuleEditor(Session *session, QWidget *parent)
    : QWidget(parent), m_session(session), m_page(new QWidget), m_name(new QLineEdit), m_regex(new QLineEdit),
      m_operators(new QLineEdit), m_range(new QLineEdit), m_comment(new QLineEdit), m_problem(new QLabel)
{
    auto *outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    auto *scroll = new QScrollArea(this);
    scroll->setAccessibleName(tr("Rule"));
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    outer->addWidget(scroll);
    scroll->setWidget(m_page);
    auto *columns = new QHBoxLayout(m_page);
    columns->setContentsMargins(kGrid, kGrid, kGrid, kGrid);
    columns->setSpacing(kGrid);

    auto *conditions = new QGroupBox(tr("Layers"), m_page);
    auto *form = new QFormLayout(conditions);
    form->setContentsMargins(kGrid, kGrid, kGrid, kGrid);
    form->setVerticalSpacing(kGrid / 2);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    const struct
    {
        QLineEdit *edit;
        const char *name;
        QString label, placeholder, tip;
    } all[] = {
        {m_name, "ruleName", tr("Name"), tr("all"),
         tr("Pattern on the layer's full name: * any run, ? one character, [a-z] one of a set")},
        {m_regex, "ruleRegex", tr("Regular expression"), tr("all"),
         tr("ECMAScript expression, searched in the layer's full name")},
        {m_operators, "ruleOperators", tr("Operators"), tr("all"),
         tr("Operator types, separated by commas: CONV_2D, ADD; INPUT for graph inputs")},
        {m_range, "ruleRange", tr("Numbers"), tr("all"), tr("First and last layer number: 10-20, or 12 for one")},
        {m_comment, "ruleComment", tr("Comment"), QString(), tr("A note for readers of the recipe")},
    };
    for (const auto &f : all) {
        f.edit->setObjectName(QLatin1String(f.name));
        f.edit->setAccessibleName(f.label);
        f.edit->setPlaceholderText(f.placeholder);
        f.edit->setToolTip(f.tip);
        f.edit->setMinimumWidth(16 * kGrid);
        form->addRow(f.label, f.edit);
        form->labelForField(f.edit)->setToolTip(f.tip);
        connect(f.edit, &QLineEdit::editingFinished, this, [this, label = f.label] { conditionsEdited(label); });
    }
    m_problem->setObjectName(QStringLiteral("ruleProblem"));
    m_problem->setWordWrap(true);
    QPalette p = m_problem->palette();
    p.setColor(QPalette::WindowText, themeColor(ColorRole::Error));
    m_problem->setPalette(p);
    m_problem->hide();
    form->addRow(m_problem);

    m_activations =
        new ConfigForm(ConfigPart::Activations, tr("Activations"), QStringLiteral("ruleActivations"), true, m_page);
    m_weights = new ConfigForm(ConfigPart::Weights, tr("Weights"), QStringLiteral("ruleWeights"), true, m_page);
    m_algorithms = new AlgorithmsForm(QStringLiteral("rule_"), true, m_page);
    for (QWidget *w : std::initializer_list<QWidget *>{conditions, m_activations, m_weights, m_algorithms})
        columns->addWidget(w, 1, Qt::AlignTop);
    for (ConfigForm *f : {m_activations, m_weights}) {
        connect(f, &ConfigForm::edited, this, [this, f](SchemeField field, int value) {
            const Rule *now = rule();
            if (!now)
                return;
            Rule r = *now;
            const bool weights = f->part() == ConfigPart::Weights;
            setValue(weights ? r.weights : r.activations, field, value < 0 ? std::nullopt : std::optional(value));
            const QString what = value < 0 ? tr("no longer said") : configText(configWith(field, value));
            apply(std::move(r), weights ? tr("weights %1").arg(what) : tr("activations %1").arg(what),
                  QStringLiteral("%1/%2").arg(int(f->part())).arg(int(field)));
        });
    }
    connect(m_algorithms, &AlgorithmsForm::edited, this, [this](int algorithm, int value) {
        const Rule *now = rule();
        if (!now)
            return;
        Rule r = *now;
        const AlgorithmInfo info = algorithmInfos()[std::size_t(algorithm)];
        r.algorithms.*info.choice = value < 0 ? std::nullopt : std::optional(value != 0);
        apply(std::move(r),
              value < 0 ? tr("%1 no longer said").arg(info.label.toLower())
              : value   ? tr("%1 on").arg(info.label.toLower())
                        : tr("%1 off").arg(info.label.toLower()),
              QStringLiteral("a/%1").arg(algorithm));
    });
    connect(m_session, &Session::documentChanged, this, [this] {
        m_index = -1;
        if (const Document *doc = m_session->document()) {
            connect(doc, &Document::recipeChanged, this, &RuleEditor::refresh);
            std::set<QString> types{QStringLiteral("INPUT")};
            for (const Operator &op : doc->mainGraph().operators)
                types.insert(QString::fromStdString(opName(op.code)));
            auto *completer = new QCompleter(QStringList(types.begin(), types.end()), m_operators);
            completer->setCaseSensitivity(Qt::CaseInsensitive);
            delete m_operators->completer();
            m_operators->setCompleter(completer);
        }
        refresh();
    });
    refresh();
}

const Rule *RuleEditor::rule() const
{
    const Document *doc = m_session->document();
    return doc && m_index >= 0 && std::size_t(m_index) < doc->recipe().rules.size()
               ? &doc->recipe().rules[std::size_t(m_index)]
               : nullptr;
}

void RuleEditor::setRule(int index)
{
    m_index = index;
    m_problem->hide();
    refresh();
}

void RuleEditor::focusName()
{
    m_name->setFocus(Qt::OtherFocusReason);
}

static QString rangeText(const Rule &r)
{
    if (!r.range)
        return {};
    return r.range->first == r.range->second ? QString::number(r.range->first)
                                             : QStringLiteral("%1-%2").arg(r.range->first).arg(r.range->second);
}

static QString operatorsText(const Rule &r)
{
    QStringList names;
    for (const auto &o : r.operators)
        names << QString::fromStdString(o);
    return names.join(QStringLiteral(", "));
}

void RuleEditor::refresh()
{
    const Rule *r = rule();
    m_page->setEnabled(r != nullptr);
    m_filling = true;
    const Rule shown = r ? *r : Rule{};
    m_name->setText(QString::fromStdString(shown.name));
    m_regex->setText(QString::fromStdString(shown.regex));
    m_operators->setText(operatorsText(shown));
    m_range->setText(rangeText(shown));
    m_comment->setText(QString::fromStdString(shown.comment));
    m_activations->show(shown.activations);
    m_weights->show(shown.weights);
    m_algorithms->show(shown.algorithms);
    m_filling = false;
}

void RuleEditor::conditionsEdited(const QString &field)
{
    const Rule *now = rule();
    if (!now || m_filling)
        return;
    Rule r = *now;
    r.name = m_name->text().trimmed().toStdString();
    r.regex = m_regex->text().trimmed().toStdString();
    r.comment = m_comment->text().toStdString();
    r.operators.clear();
    for (const QString &o : m_operators->text().split(u',', Qt::SkipEmptyParts)) {
        if (!o.trimmed().isEmpty())
            r.operators.push_back(o.trimmed().toUpper().toStdString());
    }
    static const QRegularExpression kRange(QStringLiteral("^\\s*(\\d{1,9})\\s*(?:-\\s*(\\d{1,9})\\s*)?$"));
    const auto match = kRange.match(m_range->text());
    r.range.reset();
    if (match.hasMatch()) {
        const int first = match.captured(1).toInt();
        r.range = {first, match.captured(2).isEmpty() ? first : match.captured(2).toInt()};
    } else if (!m_range->text().trimmed().isEmpty()) {
        showProblem(tr("%1 is not a range of layer numbers: write 10-20, or 12 for one").arg(m_range->text()));
        return;
    }
    if (const QString problem = ruleProblem(r); !problem.isEmpty()) {
        showProblem(problem);
        return;
    }
    const QString what = tr("layers: %1").arg(conditionText(r));
    apply(std::move(r), what, field);
}

void RuleEditor::apply(Rule r, const QString &what, const QString &mergeKey)
{
    Document *doc = m_session->document();
    Recipe next = withRuleReplaced(doc->recipe(), std::size_t(m_index), std::move(r));
    if (const QString problem = recipeProblem(next); !problem.isEmpty()) {
        showProblem(problem);
        refresh();
        return;
    }
    m_problem->hide();
    doc->editRecipe(tr("rule %1, %2").arg(m_index).arg(what), std::move(next),
                    int(qHash(QStringLiteral("rule/%1/%2").arg(m_index).arg(mergeKey)) & 0x7fffffffu));
}

void RuleEditor::showProblem(const QString &text)
{
    m_problem->setText(text);
    m_problem->show();
}

} // namespace requant
