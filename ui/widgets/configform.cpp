// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/configform.h"

#include "ui/logic/recipeeffect.h"
#include "ui/logic/texts.h"
#include "ui/widgets/theme/theme.h"

#include <QComboBox>
#include <QFormLayout>
#include <QLabel>
#include <QStandardItemModel>

namespace requant {

ConfigForm::ConfigForm(ConfigPart part, const QString &title, const QString &prefix, bool unset, QWidget *parent)
    : QGroupBox(title, parent), m_part(part), m_unset(unset)
{
    auto *form = new QFormLayout(this);
    form->setContentsMargins(kGrid, kGrid, kGrid, kGrid);
    form->setVerticalSpacing(kGrid / 2);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    for (const FieldInfo &f : fieldsOf(part)) {
        auto *combo = new QComboBox(this);
        combo->setObjectName(prefix + QLatin1String(f.name));
        combo->setAccessibleName(QStringLiteral("%1: %2").arg(title, f.label));
        combo->setToolTip(f.toolTip);
        combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        if (unset) {
            combo->setMinimumContentsLength(15);
            combo->addItem(tr("not said"), -1);
        }
        for (const FieldChoice &c : f.choices)
            combo->addItem(c.text, c.value);
        m_rows.push_back({f.field, combo});
        form->addRow(f.label, combo);
        form->labelForField(combo)->setMinimumWidth(10 * kGrid); // the forms line up
        connect(combo, &QComboBox::activated, this,
                [this, combo, field = f.field](int i) { emit edited(field, combo->itemData(i).toInt()); });
        connect(combo, &QComboBox::highlighted, this,
                [this, combo, field = f.field](int i) { emit pointedAt(field, combo->itemData(i).toInt()); });
    }
}

void ConfigForm::show(const CommonConfig &c)
{
    setEnabled(c.tensors > 0);
    clearVerdicts();
    for (const Row &r : m_rows) {
        const Common<int> v = commonValue(c, r.field);
        r.combo->setPlaceholderText(c.tensors > 0 ? tr("different values") : noText());
        r.combo->setCurrentIndex(v.value ? r.combo->findData(*v.value) : -1);
        // What is kept takes no other wish.
        r.combo->setEnabled(r.field == SchemeField::Treatment || c.keep.value != true);
    }
}

void ConfigForm::show(const TensorConfig &c)
{
    clearVerdicts();
    for (const Row &r : m_rows)
        r.combo->setCurrentIndex(r.combo->findData(valueOf(c, r.field).value_or(-1)));
}

void ConfigForm::clearVerdicts()
{
    for (const Row &r : m_rows) {
        auto *items = qobject_cast<QStandardItemModel *>(r.combo->model());
        for (int i = 0; items && i < items->rowCount(); ++i) {
            items->item(i)->setEnabled(true);
            items->item(i)->setToolTip({});
        }
    }
}

void ConfigForm::setVerdicts(const std::vector<ChoiceVerdict> &all)
{
    for (const Row &r : m_rows) {
        auto *items = qobject_cast<QStandardItemModel *>(r.combo->model());
        if (!items)
            continue;
        for (const ChoiceVerdict &v : all) {
            const int i = v.field == r.field ? r.combo->findData(v.value) : -1;
            if (i < 0)
                continue;
            // The choice that is in force stays to be seen as such.
            items->item(i)->setEnabled(v.possible() || i == r.combo->currentIndex());
            QString tip = v.reason;
            if (v.granted > 0 && v.granted < v.tensors)
                tip = tr("%1 of %2 tensors cannot: %3").arg(v.tensors - v.granted).arg(v.tensors).arg(v.reason);
            items->item(i)->setToolTip(tip);
        }
    }
}

} // namespace requant
