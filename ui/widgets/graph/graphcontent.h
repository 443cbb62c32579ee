// SPDX-License-Identifier: GPL-3.0-or-later
// What the graph view draws, as plain values: made from a Model off the GUI thread, with texts and positions, so that
// painting asks nothing of core.
#pragma once

#include "core/base/runcontrol.h"
#include "core/model/model.h"
#include "ui/widgets/theme/theme.h"

#include <QPointF>
#include <QRectF>
#include <QSet>
#include <QSizeF>
#include <QString>

#include <memory>
#include <vector>

namespace requant {

struct Conversion;

struct GraphNode
{
    enum class Kind { Operator, Scope, Input, Output };
    Kind kind = Kind::Operator;
    int op = -1;          // operator number, -1 for other kinds
    std::vector<int> ops; // the operator, or those in the scope
    TensorIndex tensor;   // first output, or the graph's input or output; none for a scope
    Family family = Family::Other; // of a scope: its most frequent
    QString title;        // operator, scope or "Input"
    QString name;         // short layer name
    QString fullName;     // whole tensor name, or the scope's
    QString shape;
    QString badge;        // scheme of `tensor` in the source
    QRectF rect;          // in the scene
};

struct GraphEdge
{
    struct Use
    {
        int op = -1;    // consumer, -1: a graph output
        int input = -1; // position among its inputs, or the number of the graph output
    };
    int from = -1, to = -1; // nodes
    TensorIndex tensor;
    std::vector<Use> uses; // several where a collapsed scope reads the tensor
    std::vector<QPointF> line;
};

struct GraphShape
{
    bool leftToRight = false;
    QSet<QString> collapsed; // name scopes that are one node
    bool operator==(const GraphShape &) const = default;
};

struct GraphContent
{
    std::shared_ptr<const Model> model;
    SubgraphIndex subgraph{0};
    GraphShape shape;
    std::vector<GraphNode> nodes; // operators and scopes in execution order, then graph inputs, then graph outputs
    std::vector<GraphEdge> edges; // only between nodes: constants have no node
    std::vector<std::vector<int>> in, out; // edges by node
    std::vector<int> nodeOfOperator;
    int operatorCount = 0, inputCount = 0, outputCount = 0;
    QSizeF size;
    bool isEmpty() const { return nodes.empty(); }
    int firstInput() const { return static_cast<int>(nodes.size()) - inputCount - outputCount; }
    int nodeOf(int op) const { return op >= 0 && op < operatorCount ? nodeOfOperator[static_cast<std::size_t>(op)] : -1; }
};

inline constexpr double kNodeWidth = 232, kNodeHeight = 72, kPillHeight = 48;
inline constexpr double kColumnGap = 112; // between columns, left to right: room for labels and requantize operators

// Error kCancelled only.
Result<GraphContent> buildGraphContent(std::shared_ptr<const Model>, SubgraphIndex, const GraphShape & = {}, const RunControl & = {});

// Subgraphs that an operator runs (IF, WHILE, CALL_ONCE ...), in the order of its options.
std::vector<int> calledSubgraphs(const Model &, const Operator &);
QString subgraphTitle(const Model &, int subgraph); // its name, or a number
QString operatorTitle(const Operator &); // "CONV_2D", or a custom operator's own name
// Scheme of a tensor: grid badge, or its plain type.
QString schemeBadge(const Tensor &);
// Rich texts of tool tips. `conversion` may be null.
QString nodeToolTip(const GraphContent &, const Conversion *, int node);
QString edgeToolTip(const GraphContent &, const Conversion *, int edge);
// Type, scale and zero point of what flows: "i8 2^-4" or "u8 0.02352, z 128".
QString edgeLabel(const GraphContent &, const Conversion *, int edge);
// Scheme of a node after the conversion; a scope has one if all its operators' outputs have the same.
QString targetBadge(const GraphContent &, const Conversion &, int node);

} // namespace requant
