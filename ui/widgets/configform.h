// SPDX-License-Identifier: GPL-3.0-or-later
// Controls for the fields of activations or weights, one combo box each. Choices that would not be granted are greyed
// out with the reason.
#pragma once

#include "ui/logic/schemefields.h"

#include <QGroupBox>

#include <vector>

class QComboBox;

namespace requant {

struct ChoiceVerdict;

class ConfigForm : public QGroupBox
{
    Q_OBJECT
public:
    // With unset, every field has a first choice "not said", and the prefix tells two forms' objects apart.
    ConfigForm(ConfigPart, const QString &title, const QString &prefix, bool unset, QWidget *parent = nullptr);

    ConfigPart part() const { return m_part; }
    // What several layers have: differing values show as such. Without any tensor the form is disabled.
    void show(const CommonConfig &);
    void show(const TensorConfig &); // of a rule
    // Until the next show(); the reasons are tool tips of the choices.
    void setVerdicts(const std::vector<ChoiceVerdict> &);

signals:
    void edited(requant::SchemeField, int value);    // value -1: not said any more
    void pointedAt(requant::SchemeField, int value); // a choice under the mouse, or reached by keys in an open list

private:
    struct Row
    {
        SchemeField field;
        QComboBox *combo;
    };
    void clearVerdicts();

    ConfigPart m_part;
    bool m_unset;
    std::vector<Row> m_rows;
};

} // namespace requant
