// SPDX-License-Identifier: GPL-3.0-or-later
// The operators that table, graph and charts have selected together: one object, so that views know it and not each
// other. Operators are numbered as in the source model's main subgraph.
#pragma once

#include <QObject>

#include <vector>

namespace requant {

class Selection : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    const std::vector<int> &operators() const { return m_operators; } // sorted, each once
    int current() const { return m_current; }                         // the one last clicked; -1 if none
    bool contains(int op) const;
    bool isEmpty() const { return m_operators.empty(); }

    // Replaces the selection. `current` is added if it is missing; -1 takes the first. Emits changed() only for a
    // change.
    void set(std::vector<int> operators, int current = -1);
    void select(int op) { set({op}, op); }
    void toggle(int op);
    void clear() { set({}); }

signals:
    void changed();

private:
    std::vector<int> m_operators;
    int m_current = -1;
};

} // namespace requant
