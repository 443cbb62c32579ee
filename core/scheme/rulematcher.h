// SPDX-License-Identifier: GPL-3.0-or-later
// A rule made ready for matching: operator names looked up and the regular expression compiled, once.
#pragma once

#include "core/model/model.h"
#include "core/scheme/recipe.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace requant {

// Graph inputs are matched as operators of this type.
inline constexpr std::string_view kInputOperatorName = "INPUT";

// What is wrong with a regular expression, if anything.
std::optional<std::string> regexProblem(const std::string &pattern);

class RuleMatcher
{
public:
    explicit RuleMatcher(const Rule &); // the rule must outlive the matcher
    ~RuleMatcher();
    bool matches(const Subgraph &, OperatorIndex) const;
    // A rule with a range of operators speaks of operators only, so it matches no input.
    bool matchesInput(const Subgraph &, TensorIndex graphInput) const;

private:
    bool nameMatches(const std::string &fullName) const;

    const Rule &m_rule;
    struct Expression;
    std::unique_ptr<const Expression> m_expression; // null if the rule has none
    bool m_valid = true; // an ill-formed expression, possible only in a rule made by hand, matches nothing
};

} // namespace requant
