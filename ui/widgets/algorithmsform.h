// SPDX-License-Identifier: GPL-3.0-or-later
// Controls for the algorithms of some layers or of a rule, one combo box each.
#pragma once

#include "ui/logic/schemefields.h"

#include <QGroupBox>

#include <vector>

class QComboBox;

namespace requant {

class AlgorithmsForm : public QGroupBox
{
    Q_OBJECT
public:
    AlgorithmsForm(const QString &prefix, bool unset, QWidget *parent = nullptr);

    void show(const CommonAlgorithms &);
    void show(const AlgorithmChoice &); // of a rule

signals:
    void edited(int algorithm, int value); // index in algorithmInfos(); value 0, 1 or -1: not said any more

private:
    std::vector<QComboBox *> m_combos;
};

} // namespace requant
