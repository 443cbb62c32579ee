// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/namescopes.h"

#include "core/model/model.h"

#include <QHash>

namespace requant {

std::vector<QString> operatorScopes(const Subgraph &g)
{
    std::vector<QString> scopes;
    scopes.reserve(g.operators.size());
    for (const std::string &name : layerNames(g)) {
        const auto slash = name.rfind('/');
        scopes.push_back(slash == name.npos ? QString() : QString::fromUtf8(name.data(), qsizetype(slash)));
    }
    return scopes;
}

QStringList scopesAround(const QString &scope)
{
    QStringList all;
    for (qsizetype at = scope.indexOf(u'/'); at >= 0; at = scope.indexOf(u'/', at + 1))
        all << scope.left(at);
    if (!scope.isEmpty())
        all << scope;
    return all;
}

QString collapsedScope(const QString &scope, const QSet<QString> &collapsed)
{
    if (!collapsed.isEmpty()) {
        for (const QString &s : scopesAround(scope)) {
            if (collapsed.contains(s))
                return s;
        }
    }
    return {};
}

QSet<QString> scopesAtDepth(const std::vector<QString> &scopes, int depth)
{
    QHash<QString, int> counts;
    for (const QString &scope : scopes) {
        const QStringList around = scopesAround(scope);
        if (depth >= 1 && around.size() >= depth)
            ++counts[around[depth - 1]];
    }
    QSet<QString> found;
    for (auto it = counts.cbegin(); it != counts.cend(); ++it) {
        if (it.value() > 1)
            found.insert(it.key());
    }
    return found;
}

int scopeDepth(const std::vector<QString> &scopes)
{
    int depth = 0;
    while (!scopesAtDepth(scopes, depth + 1).isEmpty())
        ++depth;
    return depth;
}

} // namespace requant
