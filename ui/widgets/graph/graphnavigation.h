// SPDX-License-Identifier: GPL-3.0-or-later
// Where arrow keys and the search lead, from the content alone.
#pragma once

#include "ui/widgets/graph/graphcontent.h"

namespace requant {

// The next node along an edge: of several the straightest, of equals the nearest; -1 if there is none.
int nodeAlong(const GraphContent &, int node, bool forward);
// The nearest node of about the same layer; -1 if there is none. `after`: to the right, or below where layers are columns.
int nodeBeside(const GraphContent &, int node, bool after);

// Finds places: a place is an operator's number, or the number of operators + k for the k-th graph input or output, so that
// places stay when scopes are collapsed.
class NodeSearch
{
public:
    // Places whose operator or layer name contains the text; if there are none, those with the text in the name of one of
    // their tensors (it may list many fused operators), in a type or in a scheme. "#12" is operator 12.
    std::vector<int> matches(const GraphContent &, const QString &text);
    void clear() { m_names.clear(); } // before another model or subgraph is asked

private:
    void prepare(const GraphContent &);

    std::vector<QString> m_names, m_tensors; // by place, in lower case
};

int nodeOfPlace(const GraphContent &, int place);
int placeOfNode(const GraphContent &, int node); // of a scope: its first operator

} // namespace requant
