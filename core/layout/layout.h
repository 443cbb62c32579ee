// SPDX-License-Identifier: GPL-3.0-or-later
// Layered graph layout: plain sizes and edges in, positions and polylines out. Top to bottom, or left to
// right. Deterministic.
#pragma once

#include "core/base/runcontrol.h"

#include <cstdint>
#include <vector>

namespace requant {

struct LayoutNode
{
    double width = 0, height = 0;
};

struct LayoutEdge
{
    std::int32_t from = -1, to = -1; // node numbers
};

struct LayoutOptions
{
    double nodeSpacing = 32;  // between neighbours of a layer
    double layerSpacing = 40; // between layers
    bool leftToRight = false; // layers are columns: everything below with x and y exchanged
};

struct LayoutPoint
{
    double x = 0, y = 0;
};

struct LayoutResult
{
    std::vector<LayoutPoint> nodes;               // centres
    std::vector<std::vector<LayoutPoint>> edges;  // polylines, first point on `from`'s bottom edge, last on `to`'s top
    double width = 0, height = 0;                 // bounding box from (0,0)
};

// Edges that close a cycle are drawn but do not constrain layers. Error kCancelled only.
Result<LayoutResult> layoutGraph(const std::vector<LayoutNode> &, const std::vector<LayoutEdge> &,
                                 const LayoutOptions & = {}, const RunControl & = {});

} // namespace requant
