// SPDX-License-Identifier: GPL-3.0-or-later
// Name scopes: layer "block_3/expand/Relu6" is in "block_3/expand", which is in "block_3".
#pragma once

#include <QSet>
#include <QString>
#include <QStringList>

#include <vector>

namespace requant {

struct Subgraph;

// The innermost scope of every operator, empty if it has none.
std::vector<QString> operatorScopes(const Subgraph &);
// A scope and those that it is in, outermost first.
QStringList scopesAround(const QString &scope);
// The outermost of them that is in the set; empty if none is.
QString collapsedScope(const QString &scope, const QSet<QString> &collapsed);
// Outermost scopes (`depth` 1), or those within them (2, ...) that hold at least two operators.
QSet<QString> scopesAtDepth(const std::vector<QString> &operatorScopes, int depth);
// How deep scopes with at least two operators are nested; 0: there are none.
int scopeDepth(const std::vector<QString> &operatorScopes);

} // namespace requant
