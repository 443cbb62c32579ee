// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/schemeeditor.h"

#include "core/scheme/recipejson.h"
#include "core/scheme/scheme.h"
#include "ui/logic/document.h"
#include "ui/logic/selection.h"
#include "ui/logic/session.h"
#include "ui/logic/texts.h"
#include "ui/widgets/theme/theme.h"

#include <QComboBox>
#include <QFormLayout>
#include <QGroupBox>
#include <QHash>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include <numeric>

namespace requant {

SchemeEditor::SchemeEditor(Session *session, QWidget *parent)
    : QWidget(parent), m_session(session), m_title(new QLabel(this)), m_rules(new QLabel(this)), m_scroll(new QScrollArea(this)),
      m_fixedOutputs(new QComboBox(this)), m_arithmetic(new QComboBox(this)), m_reset(new QPushButton(tr("Reset to profile"), this)), m_similar(new QPushButton(tr("Select similar"), this))
{
    auto *outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    auto *scroll = m_scroll;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    outer->addWidget(scroll);
    auto *page = new QWidget(scroll);
    scroll->setWidget(page);
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
    buildPart(ConfigPart::Activations, tr("Activations (output)"));
    buildPart(ConfigPart::Weights, tr("Weights"));
    for (auto &p : m_parts)
        layout->addWidget(p.box);
    m_reset->setObjectName(QStringLiteral("schemeReset"));
    m_reset->setIcon(themedIcon(QStringLiteral("undo")));
    m_reset->setToolTip(tr("Remove the layer rules of these layers, so that the profile speaks alone"));
    m_similar->setObjectName(QStringLiteral("selectSimilar"));
    m_similar->setIcon(themedIcon(QStringLiteral("layers")));
    m_similar->setToolTip(tr("Select every layer with the same operator"));
    auto *buttons = new QHBoxLayout;
    buttons->setSpacing(kGrid);
    buttons->addWidget(m_reset);
    buttons->addWidget(m_similar);
    buttons->addStretch(1);
    layout->addLayout(buttons);
    auto *whole = new QGroupBox(tr("Whole model"), this);
    auto *wholeForm = new QFormLayout(whole);
    wholeForm->setContentsMargins(kGrid, kGrid, kGrid, kGrid);
    wholeForm->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    m_fixedOutputs->setObjectName(QStringLiteral("fixedOutputs"));
    m_fixedOutputs->setAccessibleName(tr("Fixed outputs"));
    m_fixedOutputs->addItem(tr("keep their grid"), int(FixedOutputPolicy::Keep));
    m_fixedOutputs->addItem(tr("re-quantize behind"), int(FixedOutputPolicy::Requantize));
    m_fixedOutputs->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_fixedOutputs->setToolTip(
        tr("Softmax, logistic, tanh and their like have an output grid that the runtime demands. Keep it, or insert a "
           "requantize operator behind it that moves the value to the grid asked for."));
    wholeForm->addRow(tr("Fixed outputs"), m_fixedOutputs);
    wholeForm->labelForField(m_fixedOutputs)->setMinimumWidth(10 * kGrid);
    m_arithmetic->setObjectName(QStringLiteral("arithmetic"));
    m_arithmetic->setAccessibleName(tr("Arithmetic"));
    for (const auto &[name, value] : kArithmeticNames)
        m_arithmetic->addItem(toQString(name), int(value));
    m_arithmetic->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_arithmetic->setToolTip(
        tr("How the converted model is computed when its errors are measured: as TFLite's kernels, as XNNPACK, or by hardware that "
           "shifts. The source runs as TFLite does where the converted model shifts."));
    wholeForm->addRow(tr("Arithmetic"), m_arithmetic);
    wholeForm->labelForField(m_arithmetic)->setMinimumWidth(10 * kGrid);
    layout->addWidget(whole);
    connect(m_arithmetic, &QComboBox::activated, this, &SchemeEditor::arithmeticEdited);
    connect(m_fixedOutputs, &QComboBox::activated, this, &SchemeEditor::fixedOutputsEdited);
    m_rules->setObjectName(QStringLiteral("schemeRules"));
    m_rules->setWordWrap(true);
    m_rules->setForegroundRole(QPalette::PlaceholderText);
    m_rules->setTextInteractionFlags(Qt::TextSelectableByMouse);
    layout->addWidget(m_rules);
    layout->addStretch(1);

    connect(m_reset, &QPushButton::clicked, this, [this] {
        if (Document *doc = m_session->document())
            doc->editRecipe(tr("reset %1 to profile").arg(m_subject),
                            withoutLayerRules(*doc->model(), doc->recipe(), targets()));
    });
    connect(m_similar, &QPushButton::clicked, this, [this] {
        const Document *doc = m_session->document();
        if (!doc || m_session->selection()->isEmpty())
            return;
        const auto &ops = doc->mainGraph().operators;
        std::vector<int> all;
        for (std::size_t i = 0; i < ops.size(); ++i) {
            for (const int s : m_session->selection()->operators()) {
                if (ops[std::size_t(s)].code == ops[i].code) {
                    all.push_back(int(i));
                    break;
                }
            }
        }
        m_session->selection()->set(all, m_session->selection()->current());
    });
    connect(m_session, &Session::documentChanged, this, [this] {
        if (Document *doc = m_session->document())
            connect(doc, &Document::recipeChanged, this, &SchemeEditor::refresh);
        refresh();
    });
    connect(m_session->selection(), &Selection::changed, this, &SchemeEditor::refresh);
    refresh();
}

void SchemeEditor::buildPart(ConfigPart which, const QString &title)
{
    Part &p = m_parts[std::size_t(which)];
    p.box = new QGroupBox(title, this);
    auto *form = new QFormLayout(p.box);
    form->setContentsMargins(kGrid, kGrid, kGrid, kGrid);
    form->setVerticalSpacing(kGrid / 2);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    const bool weights = which == ConfigPart::Weights;
    const QString prefix = weights ? QStringLiteral("weights") : QStringLiteral("activations");
    const auto add = [&](Field field, const QString &label, const QString &name,
                         std::vector<std::pair<QString, int>> values) {
        auto *combo = new QComboBox(p.box);
        combo->setObjectName(prefix + name);
        combo->setAccessibleName(QStringLiteral("%1: %2").arg(title, label));
        combo->setPlaceholderText(tr("different values"));
        combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        for (const auto &[text, value] : values)
            combo->addItem(text, value);
        p.combos[field] = combo;
        form->addRow(label, combo);
        form->labelForField(combo)->setMinimumWidth(10 * kGrid); // the two forms line up
        connect(combo, &QComboBox::activated, this, [this, which, field] { edited(which, field); });
    };
    add(Treatment, tr("Treatment"), QStringLiteral("Treatment"), {{tr("re-quantize"), 0}, {tr("keep as is"), 1}});
    if (weights)
        add(Type, tr("Type"), QStringLiteral("Type"),
            {{QStringLiteral("int8"), int(ElementType::Int8)},
             {QStringLiteral("uint8"), int(ElementType::UInt8)},
             {QStringLiteral("int4"), int(ElementType::Int4)}});
    else
        add(Type, tr("Type"), QStringLiteral("Type"),
            {{QStringLiteral("int8"), int(ElementType::Int8)},
             {QStringLiteral("uint8"), int(ElementType::UInt8)},
             {QStringLiteral("int16"), int(ElementType::Int16)}});
    if (weights)
        add(ZeroPoint, tr("Zero point"), QStringLiteral("ZeroPoint"),
            {{tr("0 (symmetric)"), int(Symmetry::Symmetric)}, {tr("any (asymmetric)"), int(Symmetry::Asymmetric)}});
    else
        add(ZeroPoint, tr("Zero point"), QStringLiteral("ZeroPoint"),
            {{tr("0 (symmetric)"), int(Symmetry::Symmetric)},
             {tr("0 or unsigned (restricted)"), int(Symmetry::Restricted)},
             {tr("any (asymmetric)"), int(Symmetry::Asymmetric)}});
    if (weights)
        add(ScaleKind, tr("Scale"), QStringLiteral("Scale"),
            {{tr("any"), int(ScaleRule::Any)},
             {tr("power of two"), int(ScaleRule::PowerOfTwo)},
             {tr("power-of-two multiplier"), int(ScaleRule::PowerOfTwoMultiplier)}});
    else
        add(ScaleKind, tr("Scale"), QStringLiteral("Scale"),
            {{tr("any"), int(ScaleRule::Any)}, {tr("power of two"), int(ScaleRule::PowerOfTwo)}});
    if (weights)
        add(Channels, tr("Granularity"), QStringLiteral("Granularity"),
            {{tr("per-tensor"), int(Granularity::PerTensor)}, {tr("per-channel"), int(Granularity::PerChannel)}});
    add(RangeKind, tr("Range"), QStringLiteral("Range"), {{tr("full"), 0}, {tr("narrow"), 1}});
    p.combos[RangeKind]->setToolTip(
        tr("narrow leaves out the lowest value, so that the range is symmetric: int8 -127 to 127"));
    p.combos[Treatment]->setToolTip(tr("keep as is: the tensor stays exactly as it is in the source"));
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
    for (const auto which : {ConfigPart::Activations, ConfigPart::Weights}) {
        Part &p = m_parts[std::size_t(which)];
        const CommonConfig c = commonConfig(*doc->model(), doc->recipe(), ops, which);
        p.box->setEnabled(c.tensors > 0);
        const auto show = [&p](Field f, auto common) {
            if (p.combos[f])
                p.combos[f]->setCurrentIndex(common.value ? p.combos[f]->findData(int(*common.value)) : -1);
        };
        show(Treatment, c.keep);
        show(Type, c.type);
        show(ZeroPoint, c.symmetry);
        show(ScaleKind, c.scale);
        show(Channels, c.granularity);
        show(RangeKind, c.narrowRange);
        for (QComboBox *combo : p.combos) {
            if (!combo)
                continue;
            combo->setPlaceholderText(c.tensors > 0 ? tr("different values") : noText());
            // What is kept takes no other wish.
            combo->setEnabled(combo == p.combos[Treatment] || c.keep.value != true);
        }
    }
    const bool own = hasLayerRules(*doc->model(), doc->recipe(), ops);
    m_reset->setEnabled(own);
    m_similar->setEnabled(!selected.empty());
    QStringList rules;
    for (std::size_t i = profileRules(doc->recipe()); i < doc->recipe().rules.size(); ++i) {
        const Rule &r = doc->recipe().rules[i];
        QStringList what;
        if (!r.activations.empty())
            what << tr("activations %1").arg(configText(r.activations));
        if (!r.weights.empty())
            what << tr("weights %1").arg(configText(r.weights));
        rules << tr("%1: %2").arg(conditionText(r), what.join(QStringLiteral("; ")));
    }
    m_rules->setText(rules.isEmpty() ? tr("No layer rules: the profile speaks for every layer.")
                                     : tr("Layer rules, later ones win:\n") + rules.join(u'\n'));
    m_filling = false;
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

void SchemeEditor::edited(ConfigPart which, Field field)
{
    Document *doc = m_session->document();
    if (!doc || m_filling)
        return;
    const int value = m_parts[std::size_t(which)].combos[field]->currentData().toInt();
    const auto ops = targets();
    FieldEdit edit{which, {}};
    switch (field) {
    case Treatment: edit.set.keep = value == 1; break;
    case Type: edit.set.type = ElementType(value); break;
    case ZeroPoint: edit.set.symmetry = Symmetry(value); break;
    case ScaleKind: edit.set.scale = ScaleRule(value); break;
    case Channels: edit.set.granularity = Granularity(value); break;
    case RangeKind: edit.set.narrowRange = value == 1; break;
    case FieldCount: return;
    }
    const QString what = configText(edit.set);
    // A tensor that is kept takes no other wish: asking for one means not to keep it.
    if (field != Treatment && commonConfig(*doc->model(), doc->recipe(), ops, which).keep.value != false)
        edit.set.keep = false;
    QString key = QStringLiteral("%1/%2").arg(int(which)).arg(int(field));
    for (const int op : ops)
        key += u' ' + QString::number(op);
    const int mergeId = int(qHash(key) & 0x7fffffffu);
    doc->editRecipe(
        tr("%1 of %2: %3").arg(which == ConfigPart::Weights ? tr("weights") : tr("activations"), m_subject, what),
        withFields(*doc->model(), doc->recipe(), ops, edit), mergeId);
    refresh();
}

} // namespace requant
