// SPDX-License-Identifier: GPL-3.0-or-later
// For tests that point at nodes of a graph view.
#pragma once

#include "ui/widgets/graph/graphview.h"

#include <initializer_list>
#include <vector>

namespace requant::test {

// Braces that QCOMPARE can take.
inline std::vector<int> ints(std::initializer_list<int> list)
{
    return list;
}

// A node's middle, in the view's coordinates.
inline QPoint place(const GraphView &view, int node)
{
    return view.mapFromScene(view.content().nodes[static_cast<std::size_t>(node)].rect.center());
}

} // namespace requant::test
