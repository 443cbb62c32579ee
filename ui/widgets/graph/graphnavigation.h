// SPDX-License-Identifier: GPL-3.0-or-later
// Where arrow keys and the search lead, from the content alone.
#pragma once

#include "ui/widgets/graph/graphcontent.h"

namespace requant {

// The next node along an edge: of several the straightest, of equals the nearest; -1 if there is none.
int nodeAlong(const GraphContent &, int node, bool downwards);
// The nearest node to the side of it; -1 if there is none.
int nodeBeside(const GraphContent &, int node, bool right);

class NodeSearch
{
public:
    // Operators and graph inputs/outputs whose operator or layer name contains the text; if there are none, whose tensor
    // name does (it may list many fused operators). "#12" is operator 12.
    std::vector<int> matches(const GraphContent &, const QString &text);
    void clear() { m_texts.clear(); } // before another content is asked

private:
    std::vector<QString> m_texts;
};

} // namespace requant
