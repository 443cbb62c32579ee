// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/graph/graphcontent.h"

#include "core/convert/convert.h"
#include "core/layout/layout.h"
#include "ui/logic/namescopes.h"
#include "ui/logic/texts.h"

#include <QCoreApplication>
#include <QHash>

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

namespace requant {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("requant", text); }

QString shapeOf(const Tensor &t)
{
    return toQString(shapeText(t.shape)).replace(u'x', QChar(0x00d7));
}

// Names of fused operators are joined by semicolons without a space; a tool tip may break the line there.
QString nameText(QString name)
{
    return name.replace(u';', QStringLiteral("; ")).toHtmlEscaped();
}

QString row(const QString &head, const QString &body)
{
    return QStringLiteral("<tr><td style='padding-right:8px'>%1</td><td>%2</td></tr>").arg(head, body);
}

// "int8, symmetric ..." and, where a conversion changes it, what it becomes.
QString gridRows(const GraphContent &content, const Conversion *conversion, TensorIndex t)
{
    const auto &source = content.model->subgraph(content.subgraph).tensor(t);
    QString rows = row(tr("Grid"), gridSentence(source).toHtmlEscaped());
    if (!conversion || !conversion->model || content.subgraph.value != 0)
        return rows;
    const auto &tensors = conversion->model->subgraphs.front().tensors;
    if (t.pos() < tensors.size()) {
        const auto &target = tensors[t.pos()];
        if (target.type != source.type || !target.quant.sameGrid(source.quant))
            rows += row(tr("becomes"), gridSentence(target).toHtmlEscaped());
    }
    if (t.pos() < conversion->resolution.tensors.size()) {
        const auto &plan = conversion->resolution.tensors[t.pos()];
        if (!plan.reason.empty())
            rows += row(tr("because"), toQString(plan.reason).toHtmlEscaped());
    }
    return rows;
}

bool known(const Subgraph &g, TensorIndex t)
{
    return t && t.pos() < g.tensors.size();
}

void describe(GraphNode &node, const Subgraph &g, TensorIndex t)
{
    if (!known(g, t))
        return;
    node.tensor = t;
    node.fullName = toQString(g.tensor(t).name);
    node.shape = shapeOf(g.tensor(t));
    node.badge = schemeBadge(g.tensor(t));
}

// What the outputs of all the node's operators are in `tensors`, if they agree.
QString sharedBadge(const Subgraph &g, const std::vector<Tensor> &tensors, const GraphNode &node)
{
    QString badge;
    for (const int op : node.ops) {
        for (const auto t : g.operators[static_cast<std::size_t>(op)].outputs) {
            if (!t || t.pos() >= tensors.size())
                continue;
            const QString one = schemeBadge(tensors[t.pos()]);
            if (!badge.isEmpty() && one != badge)
                return tr("mixed");
            badge = one;
        }
    }
    return badge;
}

} // namespace

QString operatorTitle(const Operator &op)
{
    if (op.code == Op::Custom && !op.customCode.empty())
        return toQString(op.customCode);
    return toQString(opName(op.code));
}

std::vector<int> calledSubgraphs(const Model &model, const Operator &op)
{
    std::vector<int> called;
    if (!op.options)
        return called;
    const auto take = [&](std::int64_t i) {
        if (i >= 0 && static_cast<std::size_t>(i) < model.subgraphs.size())
            called.push_back(static_cast<int>(i));
    };
    for (const auto &field : op.options->fields) {
        const bool many = field.name == "branch_subgraph_indices";
        if (!many && field.name != "subgraph" && !field.name.ends_with("subgraph_index"))
            continue;
        if (const auto *one = std::get_if<std::int64_t>(&field.value.data))
            take(*one);
        else if (const auto *all = std::get_if<FieldValue::Ints>(&field.value.data))
            for (const auto i : *all)
                take(i);
    }
    return called;
}

QString subgraphTitle(const Model &model, int subgraph)
{
    const auto &name = model.subgraph(SubgraphIndex(static_cast<std::size_t>(subgraph))).name;
    return name.empty() ? tr("Subgraph %1").arg(subgraph) : toQString(name);
}

QString schemeBadge(const Tensor &t)
{
    const QString grid = gridBadge(t);
    return grid.isEmpty() ? toQString(typeShortName(t.type)) : grid;
}

namespace {

// Nodes of the operators, one for a collapsed scope.
void addOperators(GraphContent &content, const Subgraph &g)
{
    const auto names = layerNames(g);
    const auto scopes = content.shape.collapsed.isEmpty() ? std::vector<QString>(g.operators.size()) : operatorScopes(g);
    QHash<QString, int> scopeNodes;
    content.nodes.reserve(g.operators.size() + g.inputs.size() + g.outputs.size());
    content.nodeOfOperator.reserve(g.operators.size());
    for (std::size_t i = 0; i < g.operators.size(); ++i) {
        const auto &op = g.operators[i];
        const auto number = static_cast<int>(i);
        const QString scope = collapsedScope(scopes[i], content.shape.collapsed);
        if (!scope.isEmpty() && scopeNodes.contains(scope)) {
            const int node = scopeNodes.value(scope);
            content.nodes[static_cast<std::size_t>(node)].ops.push_back(number);
            content.nodeOfOperator.push_back(node);
            continue;
        }
        GraphNode node;
        node.ops = {number};
        if (!scope.isEmpty()) {
            scopeNodes.insert(scope, static_cast<int>(content.nodes.size()));
            node.kind = GraphNode::Kind::Scope;
            node.title = scope.section(u'/', -1);
            node.fullName = scope;
        } else {
            node.op = number;
            node.family = familyOf(op.code);
            node.title = operatorTitle(op);
            node.name = toQString(names[i]);
            if (!op.outputs.empty())
                describe(node, g, op.outputs.front());
        }
        content.nodeOfOperator.push_back(static_cast<int>(content.nodes.size()));
        content.nodes.push_back(std::move(node));
    }
    for (auto &node : content.nodes) {
        if (node.kind != GraphNode::Kind::Scope)
            continue;
        node.name = countText(static_cast<qint64>(node.ops.size()), "operator", "operators");
        node.badge = sharedBadge(g, g.tensors, node);
        std::array<int, kFamilyCount> counts{};
        for (const int op : node.ops)
            ++counts[static_cast<std::size_t>(familyOf(g.operators[static_cast<std::size_t>(op)].code))];
        node.family = static_cast<Family>(std::max_element(counts.begin(), counts.end()) - counts.begin());
        const auto &last = g.operators[static_cast<std::size_t>(node.ops.back())].outputs;
        if (!last.empty() && known(g, last.front()))
            node.shape = shapeOf(g.tensor(last.front()));
    }
    content.operatorCount = static_cast<int>(g.operators.size());
}

void addEnds(GraphContent &content, const Subgraph &g, const std::vector<TensorIndex> &tensors, GraphNode::Kind kind)
{
    for (const auto t : tensors) {
        GraphNode node;
        node.kind = kind;
        node.title = kind == GraphNode::Kind::Input ? tr("Input") : tr("Output");
        describe(node, g, t);
        node.name = node.fullName;
        content.nodes.push_back(std::move(node));
    }
}

void addEdges(GraphContent &content, const Subgraph &g)
{
    std::vector<int> source(g.tensors.size(), -1); // node that gives a tensor
    for (std::size_t i = 0; i < g.operators.size(); ++i)
        for (const auto t : g.operators[i].outputs)
            if (known(g, t))
                source[t.pos()] = content.nodeOfOperator[i];
    for (std::size_t k = 0; k < g.inputs.size(); ++k)
        if (const auto t = g.inputs[k]; known(g, t) && source[t.pos()] < 0)
            source[t.pos()] = content.firstInput() + static_cast<int>(k);
    std::map<std::tuple<int, int, int>, std::size_t> merged; // edges at scopes by ends and tensor
    const auto link = [&](TensorIndex t, int to, GraphEdge::Use use) {
        if (!known(g, t) || source[t.pos()] < 0)
            return;
        const int from = source[t.pos()];
        const bool scope = content.nodes[static_cast<std::size_t>(to)].kind == GraphNode::Kind::Scope;
        if (scope && from == to)
            return; // within the scope
        if (scope) {
            const auto [it, isNew] = merged.try_emplace({from, to, t.value}, content.edges.size());
            if (!isNew) {
                content.edges[it->second].uses.push_back(use);
                return;
            }
        }
        content.edges.push_back({from, to, t, {use}, {}});
    };
    for (std::size_t i = 0; i < g.operators.size(); ++i)
        for (std::size_t k = 0; k < g.operators[i].inputs.size(); ++k)
            link(g.operators[i].inputs[k], content.nodeOfOperator[i], {static_cast<int>(i), static_cast<int>(k)});
    const int firstOutput = content.firstInput() + content.inputCount;
    for (std::size_t k = 0; k < g.outputs.size(); ++k)
        link(g.outputs[k], firstOutput + static_cast<int>(k), {-1, static_cast<int>(k)});
}

// Error kCancelled only.
Status placeContent(GraphContent &content, const RunControl &control)
{
    std::vector<LayoutNode> boxes;
    boxes.reserve(content.nodes.size());
    for (const auto &node : content.nodes)
        boxes.push_back({kNodeWidth, node.ops.empty() ? kPillHeight : kNodeHeight});
    std::vector<LayoutEdge> arrows;
    arrows.reserve(content.edges.size());
    for (const auto &edge : content.edges)
        arrows.push_back({edge.from, edge.to});
    LayoutOptions options;
    options.leftToRight = content.shape.leftToRight;
    options.nodeSpacing = options.leftToRight ? 32 : 40;
    options.layerSpacing = options.leftToRight ? kColumnGap : 40;
    const auto layout = layoutGraph(boxes, arrows, options, control);
    if (!layout)
        return layout.error();
    content.in.resize(content.nodes.size());
    content.out.resize(content.nodes.size());
    for (std::size_t i = 0; i < content.nodes.size(); ++i)
        content.nodes[i].rect = QRectF(layout->nodes[i].x - boxes[i].width / 2, layout->nodes[i].y - boxes[i].height / 2,
                                       boxes[i].width, boxes[i].height);
    for (std::size_t i = 0; i < content.edges.size(); ++i) {
        auto &edge = content.edges[i];
        for (const auto &p : layout->edges[i])
            edge.line.emplace_back(p.x, p.y);
        content.out[static_cast<std::size_t>(edge.from)].push_back(static_cast<int>(i));
        content.in[static_cast<std::size_t>(edge.to)].push_back(static_cast<int>(i));
    }
    content.size = QSizeF(layout->width, layout->height);
    return success();
}

} // namespace

Result<GraphContent> buildGraphContent(std::shared_ptr<const Model> model, SubgraphIndex subgraph, const GraphShape &shape,
                                       const RunControl &control)
{
    GraphContent content;
    content.model = model;
    content.subgraph = subgraph;
    content.shape = shape;
    if (!model || !subgraph || subgraph.pos() >= model->subgraphs.size())
        return content;
    const auto &g = model->subgraph(subgraph);
    addOperators(content, g);
    addEnds(content, g, g.inputs, GraphNode::Kind::Input);
    addEnds(content, g, g.outputs, GraphNode::Kind::Output);
    content.inputCount = static_cast<int>(g.inputs.size());
    content.outputCount = static_cast<int>(g.outputs.size());
    addEdges(content, g);
    if (const auto placed = placeContent(content, control); !placed)
        return placed.error();
    return content;
}

QString targetBadge(const GraphContent &content, const Conversion &conversion, int number)
{
    const auto &node = content.nodes[static_cast<std::size_t>(number)];
    const auto &tensors = conversion.model->subgraphs.front().tensors;
    if (node.kind == GraphNode::Kind::Scope)
        return sharedBadge(content.model->subgraph(content.subgraph), tensors, node);
    return node.tensor && node.tensor.pos() < tensors.size() ? schemeBadge(tensors[node.tensor.pos()]) : QString();
}

QString nodeToolTip(const GraphContent &content, const Conversion *conversion, int number)
{
    const auto &node = content.nodes[static_cast<std::size_t>(number)];
    const auto &g = content.model->subgraph(content.subgraph);
    QString rows;
    if (node.op >= 0) {
        const auto &op = g.operators[static_cast<std::size_t>(node.op)];
        rows += row(tr("Operator"), QStringLiteral("<b>%1</b> #%2").arg(node.title.toHtmlEscaped()).arg(node.op));
        rows += row(tr("Layer"), nameText(node.fullName));
        int position = 0;
        for (const auto t : op.inputs) {
            ++position;
            if (!t || t.pos() >= g.tensors.size())
                continue;
            const auto &tensor = g.tensor(t);
            rows += row(content.model->isConstant(tensor) ? tr("Constant %1").arg(position) : tr("Input %1").arg(position),
                        QStringLiteral("%1 %2").arg(shapeOf(tensor), schemeBadge(tensor)));
        }
    } else if (node.kind == GraphNode::Kind::Scope) {
        rows += row(tr("Scope"), QStringLiteral("<b>%1</b>").arg(nameText(node.fullName)));
        rows += row(tr("Holds"), node.name);
        if (!node.shape.isEmpty())
            rows += row(tr("Output"), node.shape);
    } else {
        rows += row(node.title, QStringLiteral("<b>%1</b>").arg(nameText(node.fullName)));
    }
    if (node.tensor) {
        rows += row(tr("Output"), node.shape);
        rows += gridRows(content, conversion, node.tensor);
    }
    return QStringLiteral("<table cellspacing='0'>%1</table>").arg(rows);
}

QString edgeToolTip(const GraphContent &content, const Conversion *conversion, int number)
{
    const auto &edge = content.edges[static_cast<std::size_t>(number)];
    const auto &tensor = content.model->subgraph(content.subgraph).tensor(edge.tensor);
    const auto &from = content.nodes[static_cast<std::size_t>(edge.from)], &to = content.nodes[static_cast<std::size_t>(edge.to)];
    const auto label = [](const GraphNode &n) {
        return n.op >= 0 ? QStringLiteral("%1 #%2").arg(n.title).arg(n.op) : n.title;
    };
    QString rows = row(tr("Tensor"), QStringLiteral("<b>%1</b>").arg(nameText(toQString(tensor.name))));
    rows += row(tr("Way"), QStringLiteral("%1 \u2192 %2").arg(label(from), label(to)).toHtmlEscaped());
    rows += row(tr("Shape"), shapeOf(tensor));
    rows += gridRows(content, conversion, edge.tensor);
    return QStringLiteral("<table cellspacing='0'>%1</table>").arg(rows);
}

QString edgeLabel(const GraphContent &content, const Conversion *conversion, int number)
{
    const auto t = content.edges[static_cast<std::size_t>(number)].tensor;
    const Tensor *tensor = &content.model->subgraph(content.subgraph).tensor(t);
    if (conversion && conversion->model && content.subgraph.value == 0 && t.pos() < conversion->model->subgraphs.front().tensors.size())
        tensor = &conversion->model->subgraphs.front().tensor(t);
    QString text = toQString(typeShortName(tensor->type));
    if (tensor->quant.isQuantized()) {
        text += u' ' + scaleText(largestScale(tensor->quant));
        if (const auto z = tensor->quant.zeroPointAt(0); z != 0)
            text += QStringLiteral(", z %1").arg(z);
    }
    return text;
}

} // namespace requant
