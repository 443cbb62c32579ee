// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/graph/graphcontent.h"

#include "core/convert/convert.h"
#include "core/layout/layout.h"
#include "ui/logic/texts.h"

#include <QCoreApplication>

namespace requant {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("GraphView", text); }

QString titleOf(const Operator &op)
{
    if (op.code == Op::Custom && !op.customCode.empty())
        return toQString(op.customCode);
    return toQString(opName(op.code));
}

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

} // namespace

QString schemeBadge(const Tensor &t)
{
    const QString grid = gridBadge(t);
    return grid.isEmpty() ? toQString(typeShortName(t.type)) : grid;
}

Result<GraphContent> buildGraphContent(std::shared_ptr<const Model> model, SubgraphIndex subgraph, const RunControl &control)
{
    GraphContent content;
    content.model = model;
    content.subgraph = subgraph;
    if (!model || !subgraph || subgraph.pos() >= model->subgraphs.size())
        return content;
    const auto &g = model->subgraph(subgraph);
    const auto known = [&](TensorIndex t) { return t && t.pos() < g.tensors.size(); };
    const auto describe = [&](GraphNode &node, TensorIndex t) {
        if (!known(t))
            return;
        node.tensor = t;
        node.fullName = toQString(g.tensor(t).name);
        node.shape = shapeOf(g.tensor(t));
        node.badge = schemeBadge(g.tensor(t));
    };

    std::vector<int> source(g.tensors.size(), -1); // node that gives a tensor
    const auto names = layerNames(g);
    content.nodes.reserve(g.operators.size() + g.inputs.size() + g.outputs.size());
    for (std::size_t i = 0; i < g.operators.size(); ++i) {
        const auto &op = g.operators[i];
        GraphNode node;
        node.op = static_cast<int>(i);
        node.family = familyOf(op.code);
        node.title = titleOf(op);
        node.name = toQString(names[i]);
        if (!op.outputs.empty())
            describe(node, op.outputs.front());
        for (const auto t : op.outputs)
            if (known(t))
                source[t.pos()] = static_cast<int>(i);
        content.nodes.push_back(std::move(node));
    }
    content.operatorCount = static_cast<int>(g.operators.size());
    for (const auto t : g.inputs) {
        GraphNode node;
        node.kind = GraphNode::Kind::Input;
        node.title = tr("Input");
        describe(node, t);
        node.name = node.fullName;
        if (known(t) && source[t.pos()] < 0)
            source[t.pos()] = static_cast<int>(content.nodes.size());
        content.nodes.push_back(std::move(node));
    }
    const auto link = [&](TensorIndex t, int to, int input) {
        if (known(t) && source[t.pos()] >= 0)
            content.edges.push_back({source[t.pos()], to, t, input, {}});
    };
    for (std::size_t i = 0; i < g.operators.size(); ++i)
        for (std::size_t k = 0; k < g.operators[i].inputs.size(); ++k)
            link(g.operators[i].inputs[k], static_cast<int>(i), static_cast<int>(k));
    for (std::size_t k = 0; k < g.outputs.size(); ++k) {
        GraphNode node;
        node.kind = GraphNode::Kind::Output;
        node.title = tr("Output");
        describe(node, g.outputs[k]);
        node.name = node.fullName;
        content.nodes.push_back(std::move(node));
        link(g.outputs[k], static_cast<int>(content.nodes.size()) - 1, static_cast<int>(k));
    }

    std::vector<LayoutNode> boxes;
    boxes.reserve(content.nodes.size());
    for (const auto &node : content.nodes)
        boxes.push_back({kNodeWidth, node.kind == GraphNode::Kind::Operator ? kNodeHeight : kPillHeight});
    std::vector<LayoutEdge> arrows;
    arrows.reserve(content.edges.size());
    for (const auto &edge : content.edges)
        arrows.push_back({edge.from, edge.to});
    LayoutOptions options;
    options.nodeSpacing = 40;
    options.layerSpacing = 40;
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
    return content;
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

} // namespace requant
