// SPDX-License-Identifier: GPL-3.0-or-later
// Which two of the variants (or the other file) are held against each other, and in what: shared by matrix, graphs and
// charts.
#pragma once

#include "ui/logic/measured.h"

#include <QObject>

#include <optional>
#include <vector>

namespace requant {

class Session;

class Comparison : public QObject
{
    Q_OBJECT
public:
    explicit Comparison(Session *, QObject *parent = nullptr);

    const std::vector<Measured> &all() const { return m_all; } // variants in order, then the other file
    int first() const { return m_first; }                      // places in all(); -1 if there are fewer than two
    int second() const { return m_second; }
    bool hasPair() const { return m_first >= 0 && m_second >= 0; }
    void setPair(int first, int second);
    HeatChoice choice() const { return m_choice; }
    void setChoice(HeatChoice);

    // The active variant, and the one of the pair that it is held against.
    std::vector<Measured> activeAndOther() const;
    // The second's first layer whose local error jumps against the layers before it; nothing where it is not measured.
    std::optional<int> firstJump() const;          // -1: none does
    std::optional<QString> jumpText(int op) const; // "local SQNR 12.3 dB, 41.0 dB in A"

signals:
    void changed();

private:
    void refresh();

    Session *m_session;
    std::vector<Measured> m_all;
    std::optional<int> m_firstId, m_secondId; // variant ids, 0 for the file
    int m_first = -1, m_second = -1;
    HeatChoice m_choice;
};

} // namespace requant
