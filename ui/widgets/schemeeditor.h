// SPDX-License-Identifier: GPL-3.0-or-later
// What the recipe asks of the selected layers (of all, if none is selected), controls to ask for something else, and
// what an edit does to other layers.
#pragma once

#include "ui/logic/jobrunner.h"
#include "ui/logic/recipeeffect.h"

#include <QWidget>

#include <array>
#include <vector>

class QComboBox;
class QLabel;
class QPushButton;
class QScrollArea;

namespace requant {

class AlgorithmsForm;
class ConfigForm;
class Session;

class SchemeEditor : public QWidget
{
    Q_OBJECT
public:
    explicit SchemeEditor(Session *, QWidget *parent = nullptr);

    void focusFixedOutputs();
    // Edits of the selected layers, for buttons, menus and the command palette.
    void keepAsIs(); // pin: nothing of them changes
    void cutGroup(); // gives their outputs grids of their own
    void resetToProfile();
    void selectSimilar();
    void applyToSimilar(); // layers like the current one get the layer rules' wishes that it has

private:
    void buildForms(class QVBoxLayout *);
    void buildButtons(class QVBoxLayout *);
    void buildWholeModel(class QVBoxLayout *);
    void refresh();
    void startChecks();
    void edit(const FieldEdit &, const QString &what, const QString &mergeKey);
    void fieldEdited(ConfigForm *, SchemeField, int value);
    void algorithmEdited(int algorithm, int value);
    void fixedOutputsEdited();
    void arithmeticEdited();
    void showEffect(const QString &title, const QString &text);
    std::vector<int> targets() const; // the selection, or all

    Session *m_session;
    QLabel *m_title, *m_tied, *m_effect;
    QScrollArea *m_scroll;
    std::array<ConfigForm *, 2> m_forms{};
    AlgorithmsForm *m_algorithms = nullptr;
    QComboBox *m_fixedOutputs, *m_arithmetic;
    QPushButton *m_keep, *m_cut, *m_reset, *m_selectSimilar, *m_applySimilar;
    QString m_subject; // what is edited, for texts
    std::array<std::vector<ChoiceVerdict>, 2> m_verdicts;
    bool m_filling = false;
    JobRunner m_checks;
};

} // namespace requant
