// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/algorithmsform.h"

#include "ui/widgets/theme/theme.h"

#include <QComboBox>
#include <QFormLayout>
#include <QLabel>

namespace requant {

AlgorithmsForm::AlgorithmsForm(const QString &prefix, bool unset, QWidget *parent) : QGroupBox(tr("Algorithms"), parent)
{
    auto *form = new QFormLayout(this);
    form->setContentsMargins(kGrid, kGrid, kGrid, kGrid);
    form->setVerticalSpacing(kGrid / 2);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    for (const AlgorithmInfo &a : algorithmInfos()) {
        auto *combo = new QComboBox(this);
        combo->setObjectName(prefix + QLatin1String(a.name));
        combo->setAccessibleName(a.label);
        combo->setToolTip(a.toolTip);
        combo->setPlaceholderText(tr("different values"));
        combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        if (unset)
            combo->addItem(tr("not said"), -1);
        combo->addItem(tr("on"), 1);
        combo->addItem(tr("off"), 0);
        form->addRow(a.label, combo);
        form->labelForField(combo)->setToolTip(a.toolTip);
        connect(combo, &QComboBox::activated, this,
                [this, combo, i = int(m_combos.size())](int at) { emit edited(i, combo->itemData(at).toInt()); });
        m_combos.push_back(combo);
    }
}

void AlgorithmsForm::show(const CommonAlgorithms &c)
{
    for (std::size_t i = 0; i < m_combos.size() && i < c.on.size(); ++i)
        m_combos[i]->setCurrentIndex(c.on[i].value ? m_combos[i]->findData(int(*c.on[i].value)) : -1);
}

void AlgorithmsForm::show(const AlgorithmChoice &c)
{
    const auto infos = algorithmInfos();
    for (std::size_t i = 0; i < m_combos.size() && i < infos.size(); ++i) {
        const auto on = c.*infos[i].choice;
        m_combos[i]->setCurrentIndex(m_combos[i]->findData(on ? int(*on) : -1));
    }
}

} // namespace requant
