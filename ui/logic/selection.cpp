// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/selection.h"

#include <algorithm>

namespace requant {

bool Selection::contains(int op) const
{
    return std::binary_search(m_operators.begin(), m_operators.end(), op);
}

void Selection::set(std::vector<int> operators, int current)
{
    if (current >= 0)
        operators.push_back(current);
    std::erase_if(operators, [](int op) { return op < 0; });
    std::sort(operators.begin(), operators.end());
    operators.erase(std::unique(operators.begin(), operators.end()), operators.end());
    if (current < 0 && !operators.empty())
        current = operators.front();
    if (operators == m_operators && current == m_current)
        return;
    m_operators = std::move(operators);
    m_current = current;
    emit changed();
}

void Selection::toggle(int op)
{
    auto next = m_operators;
    if (contains(op)) {
        std::erase(next, op);
        set(std::move(next), m_current == op ? -1 : m_current);
    } else {
        set(std::move(next), op);
    }
}

} // namespace requant
