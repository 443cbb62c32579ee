// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scheme/rulematcher.h"

#include "core/scheme/glob.h"

#include <algorithm>
#include <regex>

namespace requant {

struct RuleMatcher::Expression
{
    std::regex regex;
};

std::optional<std::string> regexProblem(const std::string &pattern)
{
    try {
        const std::regex compiled(pattern, std::regex::ECMAScript);
        return std::nullopt;
    } catch (const std::regex_error &e) {
        return std::string(e.what());
    }
}

RuleMatcher::RuleMatcher(const Rule &rule) : m_rule(rule)
{
    if (rule.regex.empty())
        return;
    try {
        m_expression = std::make_unique<const Expression>(
            Expression{std::regex(rule.regex, std::regex::ECMAScript | std::regex::optimize)});
    } catch (const std::regex_error &) {
        m_valid = false;
    }
}

RuleMatcher::~RuleMatcher() = default;

bool RuleMatcher::nameMatches(const std::string &fullName) const
{
    if (!m_valid || (!m_rule.name.empty() && !globMatches(m_rule.name, fullName)))
        return false;
    if (!m_expression)
        return true;
    try {
        return std::regex_search(fullName, m_expression->regex);
    } catch (const std::regex_error &) { // too complex for this name
        return false;
    }
}

bool RuleMatcher::matches(const Subgraph &g, OperatorIndex index) const
{
    if (m_rule.range && (index.value < m_rule.range->first || index.value > m_rule.range->second))
        return false;
    const Operator &op = g.op(index);
    if (!m_rule.operators.empty()
        && std::find(m_rule.operators.begin(), m_rule.operators.end(), opName(op.code)) == m_rule.operators.end())
        return false;
    static const std::string kNoName;
    const bool named = !op.outputs.empty() && op.outputs.front();
    return nameMatches(named ? g.tensor(op.outputs.front()).name : kNoName);
}

bool RuleMatcher::matchesInput(const Subgraph &g, TensorIndex input) const
{
    if (m_rule.range)
        return false;
    if (!m_rule.operators.empty()
        && std::find(m_rule.operators.begin(), m_rule.operators.end(), kInputOperatorName) == m_rule.operators.end())
        return false;
    return nameMatches(g.tensor(input).name);
}

} // namespace requant
