// SPDX-License-Identifier: GPL-3.0-or-later
// What the recipe asks of the selected layers (of all, if none is selected), and controls to ask for something else.
#pragma once

#include "ui/logic/recipeedit.h"

#include <QWidget>

#include <array>

class QComboBox;
class QGroupBox;
class QLabel;
class QPushButton;
class QScrollArea;

namespace requant {

class Session;

class SchemeEditor : public QWidget
{
    Q_OBJECT
public:
    explicit SchemeEditor(Session *, QWidget *parent = nullptr);

    void focusFixedOutputs();

private:
    enum Field { Treatment, Type, ZeroPoint, ScaleKind, Channels, RangeKind, FieldCount };
    struct Part
    {
        QGroupBox *box = nullptr;
        std::array<QComboBox *, FieldCount> combos{};
    };
    void buildPart(ConfigPart, const QString &title);
    void refresh();
    void edited(ConfigPart, Field);
    void fixedOutputsEdited();
    void arithmeticEdited();
    std::vector<int> targets() const; // the selection, or all

    Session *m_session;
    QLabel *m_title, *m_rules;
    std::array<Part, 2> m_parts;
    QScrollArea *m_scroll;
    QComboBox *m_fixedOutputs, *m_arithmetic;
    QPushButton *m_reset, *m_similar;
    QString m_subject; // what is edited, for texts
    bool m_filling = false;
};

} // namespace requant
