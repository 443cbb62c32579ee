// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/schemeeditor.h"

#include "core/scheme/recipejson.h"
#include "core/scheme/scheme.h"
#include "ui/logic/document.h"
#include "ui/logic/selection.h"
#include "ui/logic/session.h"
#include "ui/logic/texts.h"
#include "ui/widgets/algorithmsform.h"
#include "ui/widgets/configform.h"
#include "ui/widgets/theme/theme.h"

#include <QComboBox>
#include <QFormLayout>
#include <QGroupBox>
#include <QHash>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include <algorithm>
#include <numeric>

namespace requant {

namespace {

struct Checked
{
    std::array<std::vector<ChoiceVerdict>, 2> verdicts;
    TiedGroup tied;
    QString cutEffect;
};

} // namespace

SchemeEditor::SchemeEditor(Session *session, QWidget *parent)
    : QWidget(parent), m_session(session), m_title(new QLabel(this)), m_tied(new QLabel(this)),
      m_effect(new QLabel(this)), m_scroll(new QScrollArea(this)), m_fixedOutputs(new QComboBox(this)),
      m_arithmetic(new QComboBox(this)), m_keep(new QPushButton(tr("Keep as is"), this)),
      m_cut(new QPushButton(tr("Cut group"), this)), m_reset(new QPushButton(tr("Reset to target"), this)),
      m_selectSimilar(new QPushButton(tr("Select similar"), this)),
      m_applySimilar(new QPushButton(tr("Apply to similar"), this))
{
    auto *outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->setSpacing(0);
    m_scroll->setAccessibleName(tr("Scheme"));
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setWidgetResizable(true);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    outer->addWidget(m_scroll);
    auto *page = new QWidget(m_scroll);
    m_scroll->setWidget(page);
    auto *layout = new QVBoxLayout(page);
    layout->setContentsMargins(kGrid, kGrid, kGrid, kGrid);
    layout->setSpacing(kGrid);
    QFont bold = m_title->font();
    bold.setWeight(QFont::DemiBold);
    bold.setPointSizeF(bold.pointSizeF() * 1.15);
    m_title->setFont(bold);
    m_title->setWordWrap(true);
    m_title->setObjectName(QStringLiteral("schemeTitle"));
    layout->addWidget(m_title);
    buildButtons(layout);
    buildForms(layout);
    buildWholeModel(layout);
    layout->addStretch(1);

    // Below the scrolled part, so that it is in sight while a choice is pointed at.
    m_effect->setObjectName(QStringLiteral("schemeEffect"));
    m_effect->setAccessibleName(tr("What the edit changes"));
    m_effect->setWordWrap(true);
    m_effect->setMargin(kGrid);
    m_effect->setTextFormat(Qt::RichText);
    m_effect->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_effect->hide();
    outer->addWidget(m_effect);

    connect(m_session, &Session::documentChanged, this, [this] {
        if (Document *doc = m_session->document())
            connect(doc, &Document::recipeChanged, this, &SchemeEditor::refresh);
        m_effect->hide();
        refresh();
    });
    connect(m_session->selection(), &Selection::changed, this, [this] {
        m_effect->hide();
        refresh();
    });
    refresh();
}

void SchemeEditor::buildForms(QVBoxLayout *layout)
{
    m_forms[0] =
        new ConfigForm(ConfigPart::Activations, tr("Activations (output)"), QStringLiteral("activations"), false, this);
    m_forms[1] = new ConfigForm(ConfigPart::Weights, tr("Weights"), QStringLiteral("weights"), false, this);
    for (ConfigForm *f : m_forms) {
        layout->addWidget(f);
        connect(f, &ConfigForm::edited, this,
                [this, f](SchemeField field, int value) { fieldEdited(f, field, value); });
        connect(f, &ConfigForm::pointedAt, this, [this, f](SchemeField field, int value) {
            const Document *doc = m_session->document();
            for (const ChoiceVerdict &v : m_verdicts[std::size_t(f->part())]) {
                if (doc && v.field == field && v.value == value)
                    showEffect(v.possible() ? tr("If chosen") : tr("Not possible"),
                               v.possible() ? effectText(*doc->model(), v.effect) : v.reason);
            }
        });
    }
    m_tied->setObjectName(QStringLiteral("schemeTied"));
    m_tied->setWordWrap(true);
    m_tied->setForegroundRole(QPalette::PlaceholderText);
    m_tied->setTextInteractionFlags(Qt::TextSelectableByMouse);
    layout->insertWidget(layout->indexOf(m_forms[1]), m_tied);
    m_algorithms = new AlgorithmsForm(QStringLiteral("algorithms_"), false, this);
    layout->addWidget(m_algorithms);
    connect(m_algorithms, &AlgorithmsForm::edited, this, &SchemeEditor::algorithmEdited);
}

void SchemeEditor::buildButtons(QVBoxLayout *layout)
{
    const struct
    {
        QPushButton *button;
        const char *name, *icon;
        QString tip;
        void (SchemeEditor::*slot)();
    } all[] = {
        {m_keep, "schemeKeep", "lock", tr("These layers stay exactly as they are in the source"),
         &SchemeEditor::keepAsIs},
        {m_cut, "schemeCut", "requantize",
         tr("Give these layers' outputs grids of their own; a requantize operator stands between them and what ties "
            "them"),
         &SchemeEditor::cutGroup},
        {m_reset, "schemeReset", "undo", tr("Remove the layer rules of these layers, so that the target speaks alone"),
         &SchemeEditor::resetToProfile},
        {m_selectSimilar, "selectSimilar", "layers", tr("Select every layer with the same operator and kind of kernel"),
         &SchemeEditor::selectSimilar},
        {m_applySimilar, "applySimilar", "copy",
         tr("Ask the same of every layer with the same operator and kind of kernel"), &SchemeEditor::applyToSimilar},
    };
    auto *rows = new QVBoxLayout;
    rows->setSpacing(kGrid / 2);
    QHBoxLayout *row = nullptr;
    int inRow = 0;
    for (const auto &b : all) {
        if (inRow++ % 2 == 0) {
            row = new QHBoxLayout;
            row->setSpacing(kGrid / 2);
            rows->addLayout(row);
        }
        b.button->setObjectName(QLatin1String(b.name));
        b.button->setIcon(themedIcon(QLatin1String(b.icon)));
        b.button->setToolTip(b.tip);
        row->addWidget(b.button, 1);
        connect(b.button, &QPushButton::clicked, this, b.slot);
    }
    row->addStretch(1);
    layout->addLayout(rows);
}

void SchemeEditor::buildWholeModel(QVBoxLayout *layout)
{
    auto *whole = new QGroupBox(tr("Whole model"), this);
    auto *form = new QFormLayout(whole);
    form->setContentsMargins(kGrid, kGrid, kGrid, kGrid);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    m_fixedOutputs->setObjectName(QStringLiteral("fixedOutputs"));
    m_fixedOutputs->setAccessibleName(tr("Fixed outputs"));
    m_fixedOutputs->addItem(tr("keep their grid"), int(FixedOutputPolicy::Keep));
    m_fixedOutputs->addItem(tr("re-quantize behind"), int(FixedOutputPolicy::Requantize));
    m_fixedOutputs->setToolTip(
        tr("Softmax, logistic, tanh and their like have an output grid that the runtime demands. Keep it, or insert a "
           "requantize operator behind it that moves the value to the grid asked for."));
    m_arithmetic->setObjectName(QStringLiteral("arithmetic"));
    m_arithmetic->setAccessibleName(tr("Arithmetic"));
    for (const auto &[name, value] : kArithmeticNames)
        m_arithmetic->addItem(toQString(name), int(value));
    m_arithmetic->setToolTip(
        tr("How the converted model is computed when its errors are measured: as TFLite's kernels, as "
           "XNNPACK, or by hardware that shifts. The source runs as TFLite does where the converted model "
           "shifts."));
    for (const auto &[combo, label] :
         {std::pair(m_fixedOutputs, tr("Fixed outputs")), std::pair(m_arithmetic, tr("Arithmetic"))}) {
        combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        form->addRow(label, combo);
        form->labelForField(combo)->setMinimumWidth(10 * kGrid);
    }
    layout->addWidget(whole);
    connect(m_arithmetic, &QComboBox::activated, this, &SchemeEditor::arithmeticEdited);
    connect(m_fixedOutputs, &QComboBox::activated, this, &SchemeEditor::fixedOutputsEdited);
}

std::vector<int> SchemeEditor::targets() const
{
    const Document *doc = m_session->document();
    if (!doc)
        return {};
    if (!m_session->selection()->isEmpty())
        return m_session->selection()->operators();
    std::vector<int> all(doc->mainGraph().operators.size());
    std::iota(all.begin(), all.end(), 0);
    return all;
}

void SchemeEditor::refresh()
{
    const Document *doc = m_session->document();
    setEnabled(doc != nullptr);
    if (!doc) {
        m_title->setText(tr("No model"));
        return;
    }
    m_filling = true;
    const auto ops = targets();
    const auto &selected = m_session->selection()->operators();
    m_subject = selected.empty() ? tr("all %1 layers").arg(ops.size())
                : selected.size() == 1
                    ? toQString(layerName(doc->mainGraph(), doc->mainGraph().operators[std::size_t(selected[0])]))
                    : tr("%1 layers").arg(selected.size());
    m_title->setText(selected.empty() ? tr("All %1 layers (nothing selected)").arg(ops.size()) : breakable(m_subject));
    m_fixedOutputs->setCurrentIndex(m_fixedOutputs->findData(int(doc->recipe().fixedOutputs)));
    m_arithmetic->setCurrentIndex(m_arithmetic->findData(int(doc->recipe().arithmetic)));
    for (ConfigForm *f : m_forms)
        f->show(commonConfig(*doc->model(), doc->recipe(), ops, f->part()));
    m_algorithms->show(commonAlgorithms(*doc->model(), doc->recipe(), ops));
    m_reset->setEnabled(hasLayerRules(*doc->model(), doc->recipe(), ops));
    m_keep->setEnabled(!selected.empty());
    m_cut->setEnabled(false);
    m_selectSimilar->setEnabled(!selected.empty());
    m_applySimilar->setEnabled(m_session->selection()->current() >= 0);
    m_tied->hide();
    m_filling = false;
    startChecks();
}

// What would be granted, and who is tied to whom: in the background, the controls work before it is known.
void SchemeEditor::startChecks()
{
    const Document *doc = m_session->document();
    m_verdicts = {};
    m_checks.start(
        tr("Checking choices"),
        [model = doc->model(), recipe = doc->recipe(), ops = targets()](const RunControl &run) -> Result<Checked> {
            Checked out;
            const Plan plan = planOf(*model, recipe);
            out.tied = tiedGroup(*model, plan, ops);
            for (const ConfigPart part : {ConfigPart::Activations, ConfigPart::Weights})
                out.verdicts[std::size_t(part)] = checkChoices(*model, recipe, ops, part, run);
            for (const ChoiceVerdict &v : out.verdicts[0]) {
                if (v.field == SchemeField::Grid && v.value == 1)
                    out.cutEffect = effectText(*model, v.effect);
            }
            if (run.isCancelled())
                return makeError(kCancelled);
            return out;
        },
        [this](Result<Checked> r) {
            const Document *open = m_session->document();
            if (!r || !open)
                return;
            m_verdicts = std::move(r->verdicts);
            for (ConfigForm *f : m_forms)
                f->setVerdicts(m_verdicts[std::size_t(f->part())]);
            const bool tied = !r->tied.layers.empty() && !m_session->selection()->isEmpty();
            m_cut->setEnabled(tied);
            m_tied->setVisible(tied);
            if (!tied)
                return;
            const auto names = [&](const std::vector<int> &ops) {
                QStringList out;
                for (std::size_t i = 0; i < ops.size() && i < 3; ++i)
                    out << layerTitle(*open->model(), ops[i]);
                return out.join(QStringLiteral(", "))
                       + (ops.size() > 3 ? tr(" and %1 more").arg(ops.size() - 3) : QString());
            };
            m_tied->setText(breakable(tr("One grid with %1, tied by %2. Cutting: %3")
                                          .arg(names(r->tied.layers), names(r->tied.because), r->cutEffect)));
        });
}

void SchemeEditor::showEffect(const QString &title, const QString &text)
{
    m_effect->setText(QStringLiteral("<b>%1</b>: %2").arg(title.toHtmlEscaped(), breakable(text).toHtmlEscaped()));
    m_effect->show();
}

void SchemeEditor::edit(const FieldEdit &edit, const QString &what, const QString &mergeKey)
{
    Document *doc = m_session->document();
    if (!doc || m_filling)
        return;
    const auto ops = targets();
    QString key = mergeKey;
    for (const int op : ops)
        key += u' ' + QString::number(op);
    const Recipe before = doc->recipe();
    const Recipe next = withFields(*doc->model(), before, ops, edit);
    // The verdict of a choice has its effect already; others are small edits.
    QString effect;
    for (const ChoiceVerdict &v : m_verdicts[std::size_t(edit.part)]) {
        if (valueOf(edit.set, v.field) == v.value && (v.field != SchemeField::Treatment || edit.set.keep == true))
            effect = effectText(*doc->model(), v.effect);
    }
    doc->editRecipe(what, next, int(qHash(key) & 0x7fffffffu));
    if (!effect.isEmpty())
        showEffect(tr("Done"), effect);
    else
        m_effect->hide();
    refresh();
}

void SchemeEditor::fieldEdited(ConfigForm *form, SchemeField field, int value)
{
    const Document *doc = m_session->document();
    if (!doc)
        return;
    FieldEdit e{form->part(), configWith(field, value)};
    const QString what = configText(e.set);
    // A tensor that is kept takes no other wish: asking for one means not to keep it.
    if (field != SchemeField::Treatment
        && commonConfig(*doc->model(), doc->recipe(), targets(), form->part()).keep.value != false)
        e.set.keep = false;
    edit(e,
         tr("%1 of %2: %3")
             .arg(form->part() == ConfigPart::Weights ? tr("weights") : tr("activations"), m_subject, what),
         QStringLiteral("%1/%2").arg(int(form->part())).arg(int(field)));
}

void SchemeEditor::algorithmEdited(int algorithm, int value)
{
    const auto infos = algorithmInfos();
    FieldEdit e;
    e.algorithms.*infos[std::size_t(algorithm)].choice = value != 0;
    edit(e, tr("%1 of %2").arg(algorithmsText(e.algorithms), m_subject), QStringLiteral("a/%1").arg(algorithm));
}

void SchemeEditor::keepAsIs()
{
    Document *doc = m_session->document();
    if (!doc || m_session->selection()->isEmpty())
        return;
    const auto ops = targets();
    FieldEdit keep{ConfigPart::Activations, configWith(SchemeField::Treatment, 1)};
    Recipe r = withFields(*doc->model(), doc->recipe(), ops, keep);
    keep.part = ConfigPart::Weights;
    if (commonConfig(*doc->model(), r, ops, ConfigPart::Weights).tensors > 0)
        r = withFields(*doc->model(), r, ops, keep);
    doc->editRecipe(tr("keep %1 as is").arg(m_subject), std::move(r));
}

void SchemeEditor::cutGroup()
{
    if (m_session->selection()->isEmpty())
        return;
    edit({ConfigPart::Activations, configWith(SchemeField::Grid, 1)}, tr("cut %1 from its group").arg(m_subject),
         QStringLiteral("cut"));
}

void SchemeEditor::resetToProfile()
{
    Document *doc = m_session->document();
    if (doc)
        doc->editRecipe(tr("reset %1 to target").arg(m_subject),
                        withoutLayerRules(*doc->model(), doc->recipe(), targets()));
}

void SchemeEditor::selectSimilar()
{
    const Document *doc = m_session->document();
    Selection *s = m_session->selection();
    if (doc && !s->isEmpty())
        s->set(similarLayers(*doc->model(), s->operators()), s->current());
}

void SchemeEditor::applyToSimilar()
{
    Document *doc = m_session->document();
    const int current = m_session->selection()->current();
    if (!doc || current < 0)
        return;
    const auto similar = similarLayers(*doc->model(), {current});
    Recipe r = doc->recipe();
    for (const ConfigPart part : {ConfigPart::Activations, ConfigPart::Weights}) {
        const CommonConfig c = commonConfig(*doc->model(), doc->recipe(), {current}, part);
        FieldEdit e{part, {}};
        for (const FieldInfo &f : fieldsOf(part)) {
            const auto v = commonValue(c, f.field);
            // What is kept has no other wishes, and all bits or a shared grid need not be said.
            const bool plain = (f.field == SchemeField::Bits && c.type.value && v.value == int(bitWidth(*c.type.value)))
                               || (f.field == SchemeField::Grid && v.value == 0
                                   && commonConfig(*doc->model(), doc->recipe(), similar, part).ownGrid.value == false);
            if (v.value && !plain && (c.keep.value != true || f.field == SchemeField::Treatment))
                setValue(e.set, f.field, v.value);
        }
        if (c.tensors > 0)
            r = withFields(*doc->model(), r, similar, e);
    }
    doc->editRecipe(tr("as %1: %2").arg(m_subject, countText(qint64(similar.size()), "layer", "layers")), std::move(r));
    showEffect(tr("Done"),
               tr("%1 asked for the same").arg(countText(qint64(similar.size()), "layer is", "layers are")));
}

void SchemeEditor::focusFixedOutputs()
{
    m_scroll->ensureWidgetVisible(m_fixedOutputs);
    m_fixedOutputs->setFocus(Qt::OtherFocusReason);
}

void SchemeEditor::fixedOutputsEdited()
{
    Document *doc = m_session->document();
    if (!doc || m_filling)
        return;
    Recipe r = doc->recipe();
    r.fixedOutputs = FixedOutputPolicy(m_fixedOutputs->currentData().toInt());
    doc->editRecipe(tr("fixed outputs: %1").arg(m_fixedOutputs->currentText()), std::move(r));
}

void SchemeEditor::arithmeticEdited()
{
    Document *doc = m_session->document();
    if (!doc || m_filling)
        return;
    Recipe r = doc->recipe();
    r.arithmetic = Arithmetic(m_arithmetic->currentData().toInt());
    doc->editRecipe(tr("arithmetic: %1").arg(m_arithmetic->currentText()), std::move(r));
}

} // namespace requant
