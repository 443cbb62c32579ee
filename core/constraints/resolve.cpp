// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/constraints/resolve.h"

#include "core/model/poweroftwo.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace requant {

namespace {

// Groups of tensors (and boundary copies) that share one grid.
class Groups
{
public:
    std::int32_t add()
    {
        m_parent.push_back(static_cast<std::int32_t>(m_parent.size()));
        return m_parent.back();
    }
    std::int32_t find(std::int32_t i)
    {
        while (m_parent[at(i)] != i) {
            m_parent[at(i)] = m_parent[at(m_parent[at(i)])];
            i = m_parent[at(i)];
        }
        return i;
    }
    void join(std::int32_t a, std::int32_t b) { m_parent[at(find(a))] = find(b); }
    std::int32_t size() const { return static_cast<std::int32_t>(m_parent.size()); }

private:
    static std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }
    std::vector<std::int32_t> m_parent;
};

bool gridSatisfies(const QuantParams &q, const TensorWish &w)
{
    if (std::any_of(q.zeroPoint.begin(), q.zeroPoint.end(), [&](std::int64_t z) { return !zeroPointAllowed(w.symmetry, w.type, z); }))
        return false;
    return w.scale != ScaleRule::PowerOfTwo || std::all_of(q.scale.begin(), q.scale.end(), isPowerOfTwo);
}

std::string wishText(const TensorWish &w)
{
    std::string s(typeName(w.type));
    s += ' ';
    s += symmetryName(w.symmetry);
    if (w.role == TensorRole::Weight)
        s += std::string(" ") + std::string(granularityName(w.granularity));
    if (w.scale != ScaleRule::Any)
        s += std::string(" ") + std::string(scaleRuleName(w.scale));
    if (w.bits)
        s += " " + std::to_string(w.bits) + " bits";
    return s;
}

std::string number(double v)
{
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.6g", v);
    return buffer;
}

// Both wishes met: symmetric is also a case of restricted and that of asymmetric, power-of-two of any.
TensorWish strictest(TensorWish a, const TensorWish &b)
{
    if (b.symmetry == Symmetry::Symmetric || a.symmetry == Symmetry::Asymmetric)
        a.symmetry = b.symmetry;
    if (b.scale == ScaleRule::PowerOfTwo)
        a.scale = ScaleRule::PowerOfTwo;
    a.narrowRange = a.narrowRange || b.narrowRange;
    return a;
}

bool sameRequest(const TensorWish &a, const TensorWish &b)
{
    return a.type == b.type && a.symmetry == b.symmetry && a.scale == b.scale && a.narrowRange == b.narrowRange
        && a.granularity == b.granularity && a.keep == b.keep && a.bits == b.bits;
}

class Resolver
{
public:
    Resolver(const Model &model, const Scheme &scheme, const Recipe &recipe)
        : m_graph(model.subgraphs.front()), m_index(m_graph), m_scheme(scheme), m_recipe(recipe)
    {
    }

    Resolution run()
    {
        start();
        limitInputs();
        for (std::size_t i = 0; i < m_graph.operators.size(); ++i)
            limitOutputs(OperatorIndex(i));
        for (std::size_t i = 0; i < m_graph.operators.size(); ++i)
            fixOutputs(OperatorIndex(i));
        for (std::size_t i = 0; i < m_graph.operators.size(); ++i)
            connect(OperatorIndex(i));
        graphOutputs();
        for (std::size_t i = 0; i < m_graph.operators.size(); ++i)
            weights(OperatorIndex(i));
        finish();
        return std::move(m_result);
    }

private:
    using Node = std::int32_t; // a tensor's number, or a boundary copy's behind them

    TensorPlan &plan(TensorIndex t) { return m_result.tensors[t.pos()]; }
    const Tensor &tensor(TensorIndex t) const { return m_graph.tensor(t); }
    TensorPlan &nodePlan(Node n)
    {
        const auto pos = static_cast<std::size_t>(n);
        return pos < m_graph.tensors.size() ? m_result.tensors[pos]
                                            : m_result.boundaries[pos - m_graph.tensors.size()].plan;
    }
    bool isGridTensor(TensorIndex t)
    {
        if (!t)
            return false;
        const TensorRole role = plan(t).wish.role;
        return (role == TensorRole::Activation || role == TensorRole::Constant) && typeBit(tensor(t).type) != 0;
    }
    // Weights of one operator that this one reads as data (tied embeddings): a constant with several users.
    bool isSharedWeight(const Operator &op, std::size_t input)
    {
        const TensorIndex t = op.inputs[input];
        return t && plan(t).wish.role == TensorRole::Weight && typeBit(tensor(t).type) != 0
            && static_cast<int>(input) != weightedInputs(op.code).weight;
    }
    std::string layer(OperatorIndex o) const
    {
        return opName(m_graph.op(o).code) + " " + layerName(m_graph, m_graph.op(o));
    }

    void start()
    {
        m_result.tensors.resize(m_graph.tensors.size());
        m_result.algorithms = m_scheme.algorithms;
        for (std::size_t i = 0; i < m_graph.tensors.size(); ++i) {
            TensorPlan &p = m_result.tensors[i];
            p.wish = m_scheme.tensors[i];
            m_groups.add();
            const Tensor &t = m_graph.tensors[i];
            const bool grid = p.wish.role == TensorRole::Activation || p.wish.role == TensorRole::Constant;
            // Constants follow their operator, see connect().
            if (p.wish.role == TensorRole::Constant)
                p.wish.keep = true;
            if (grid && typeBit(t.type) == 0)
                p.wish.keep = true; // int32 and int64 activations are left alone
            p.origin = p.wish.keep ? Origin::Kept : Origin::Rule;
            if (p.wish.keep && t.quant.isQuantized())
                p.fixed = t.quant;
        }
    }

    void keep(TensorIndex t, OperatorIndex because, std::string reason)
    {
        TensorPlan &p = plan(t);
        TensorWish granted = p.wish;
        granted.keep = true;
        granted.type = tensor(t).type;
        adjust(t, granted, because, Origin::Limit, std::move(reason));
        p.fixed = tensor(t).quant;
    }

    void adjust(TensorIndex t, TensorWish granted, OperatorIndex because, Origin origin, std::string reason)
    {
        TensorPlan &p = plan(t);
        m_result.adjustments.push_back({t, p.wish, granted, because, reason});
        p.wish = granted;
        p.origin = origin;
        p.because = because;
        p.reason = std::move(reason);
    }

    // The storage type that an operator computes in: of its first output with a grid, else of its first data input.
    ElementType operatorType(OperatorIndex o)
    {
        const Operator &op = m_graph.op(o);
        for (TensorIndex t : op.outputs) {
            if (isGridTensor(t))
                return plan(t).wish.type;
        }
        for (TensorIndex t : op.inputs) {
            if (isGridTensor(t))
                return plan(t).wish.type;
        }
        return ElementType::Float32;
    }

    void limitOutputs(OperatorIndex o)
    {
        const Operator &op = m_graph.op(o);
        const OpSpec *spec = findOpSpec(op.code);
        for (TensorIndex t : op.outputs) {
            if (!isGridTensor(t) || plan(t).wish.keep)
                continue;
            TensorPlan &p = plan(t);
            if (!spec) {
                m_result.diagnostics.push_back(makeNote(kUnknownOperatorKept, {layer(o)}, ref(o)));
                keep(t, o, "left as it is: the quantization rules of " + opName(op.code) + " are not known");
                continue;
            }
            if (!(typeBit(p.wish.type) & spec->storageTypes)) {
                const std::string reason = opName(op.code) + " has no " + std::string(typeName(p.wish.type)) + " kernel";
                if (typeBit(tensor(t).type) & spec->storageTypes) {
                    TensorWish granted = p.wish;
                    granted.type = tensor(t).type;
                    adjust(t, granted, o, Origin::Limit, reason);
                } else {
                    keep(t, o, reason);
                    continue;
                }
            }
            if (p.wish.type == ElementType::Int16 && p.wish.symmetry == Symmetry::Restricted)
                p.wish.symmetry = Symmetry::Symmetric; // 0 is what it allows
            if (p.wish.type == ElementType::Int16 && p.wish.symmetry != Symmetry::Symmetric) {
                TensorWish granted = p.wish;
                granted.symmetry = Symmetry::Symmetric;
                adjust(t, granted, o, Origin::Limit, "int16 activations must have zero point 0");
            }
        }
    }

    void limitInputs()
    {
        for (TensorIndex t : m_graph.inputs) {
            TensorPlan &p = plan(t);
            if (isGridTensor(t) && !p.wish.keep && p.wish.type == ElementType::Int16
                && p.wish.symmetry != Symmetry::Symmetric)
                p.wish.symmetry = Symmetry::Symmetric;
        }
    }

    void fixOutputs(OperatorIndex o)
    {
        const OpSpec *spec = findOpSpec(m_graph.op(o).code);
        if (!spec)
            return;
        for (TensorIndex t : m_graph.op(o).outputs) {
            if (!isGridTensor(t) || plan(t).wish.keep)
                continue;
            TensorPlan &p = plan(t);
            const ConstraintRow *row = spec->row(RowKind::FixedOutput, p.wish.type);
            if (!row)
                continue;
            p.fixed = QuantParams::perTensor(row->scale, row->zeroPoint);
            p.because = o;
            if (gridSatisfies(*p.fixed, p.wish)) {
                p.origin = Origin::Fixed;
                continue;
            }
            const bool requantize = m_recipe.fixedOutputs == FixedOutputPolicy::Requantize;
            if (requantize)
                m_wishBehindFixed.emplace(t, p.wish);
            m_result.diagnostics.push_back(makeNote(requantize ? kFixedOutputRequantized : kFixedOutputKept,
                                                    {layer(o), number(row->scale), std::to_string(row->zeroPoint),
                                                     wishText(p.wish)},
                                                    ref(o)));
            TensorWish granted = p.wish;
            granted.symmetry = row->zeroPoint == 0 ? Symmetry::Symmetric : Symmetry::Asymmetric;
            adjust(t, granted, o, Origin::Fixed,
                   opName(m_graph.op(o).code) + " has a fixed output grid: " + std::string(row->why));
        }
    }

    static Location ref(OperatorIndex o) { return OperatorRef{SubgraphIndex{0}, o}; }

    Node boundary(TensorIndex t, OperatorIndex consumer, std::size_t input, TensorWish wish,
                  std::optional<QuantParams> fixedGrid, std::string reason)
    {
        Boundary b;
        b.tensor = t;
        b.consumer = consumer;
        b.input = static_cast<std::int32_t>(input);
        b.constant = plan(t).wish.role == TensorRole::Constant || plan(t).wish.role == TensorRole::Weight;
        b.plan.wish = wish;
        b.plan.wish.keep = false;
        b.plan.origin = Origin::Rule;
        b.plan.because = consumer;
        b.plan.fixed = std::move(fixedGrid);
        b.plan.reason = reason;
        b.reason = (b.constant ? "constant copied because " : "requantize operator inserted because ") + reason;
        m_result.boundaries.push_back(std::move(b));
        return m_groups.add();
    }

    // What the input of an operator that is not left alone should look like when it needs a copy of its own.
    TensorWish wishAround(OperatorIndex o, TensorIndex input)
    {
        for (TensorIndex t : m_graph.op(o).outputs) {
            if (!isGridTensor(t))
                continue;
            const auto behind = m_wishBehindFixed.find(t);
            // A fixed output grid says nothing about the input: there the recipe's own wish counts.
            TensorWish w = behind != m_wishBehindFixed.end() ? behind->second
                : plan(t).origin == Origin::Fixed            ? m_scheme.tensors[t.pos()]
                                                             : plan(t).wish;
            w.granularity = Granularity::PerTensor;
            w.role = plan(input).wish.role;
            w.ownGrid = false;
            return w;
        }
        return plan(input).wish;
    }

    void connect(OperatorIndex o)
    {
        const Operator &op = m_graph.op(o);
        const OpSpec *spec = findOpSpec(op.code);
        const ElementType type = operatorType(o);
        TensorIndex firstOutput;
        for (TensorIndex t : op.outputs) {
            if (isGridTensor(t) && !firstOutput)
                firstOutput = t;
        }
        const ConstraintRow *same = spec ? spec->row(RowKind::SameGrid, type) : nullptr;
        if (same && firstOutput) {
            for (TensorIndex t : op.outputs) {
                if (isGridTensor(t) && t != firstOutput)
                    tie(t.value, firstOutput.value, o);
            }
        }
        for (std::size_t i = 0; i < op.inputs.size(); ++i) {
            const TensorIndex t = op.inputs[i];
            if (!isGridTensor(t) && !isSharedWeight(op, i))
                continue;
            if (!spec) {
                if (!plan(t).wish.keep)
                    boundary(t, o, i, currentWish(tensor(t), plan(t).wish.role), tensor(t).quant,
                             layer(o) + " is left as it is and reads " + std::string(typeName(tensor(t).type)));
                continue;
            }
            if (spec->isDataInput(i))
                connectInput(o, *spec, i, type, same != nullptr, firstOutput);
        }
    }

    void connectInput(OperatorIndex o, const OpSpec &spec, std::size_t i, ElementType type, bool same,
                      TensorIndex firstOutput)
    {
        const TensorIndex t = m_graph.op(o).inputs[i];
        const bool outputKept = firstOutput && plan(firstOutput).wish.keep;
        if (plan(t).wish.role == TensorRole::Constant || plan(t).wish.role == TensorRole::Weight) {
            connectConstant(o, i, type, same, firstOutput);
            return;
        }
        Node node = t.value;
        const auto behind = m_wishBehindFixed.find(t);
        if (spec.sameType ? plan(t).wish.type != type : !(typeBit(plan(t).wish.type) & spec.storageTypes)) {
            const ElementType needed = spec.sameType ? type : tensor(t).type;
            const bool asBefore = tensor(t).type == needed && (outputKept || !spec.sameType);
            TensorWish w = asBefore ? currentWish(tensor(t), TensorRole::Activation) : wishAround(o, t);
            w.type = needed;
            node = boundary(t, o, i, w, asBefore ? std::optional(tensor(t).quant) : std::nullopt,
                            "it is " + std::string(typeName(plan(t).wish.type)) + " and " + layer(o) + " computes in "
                                + std::string(typeName(needed)));
        } else if (behind != m_wishBehindFixed.end() && spec.sameType) {
            node = boundary(t, o, i, behind->second, std::nullopt,
                            "its producer has a fixed output grid and " + wishText(behind->second) + " was asked for");
        }
        if (same && firstOutput) {
            const bool cut = node == t.value && (plan(t).wish.ownGrid || plan(firstOutput).wish.ownGrid);
            if (cut) {
                const TensorIndex own = plan(t).wish.ownGrid ? t : firstOutput;
                tie(boundary(t, o, i, wishAround(o, t), std::nullopt,
                             "'" + tensor(own).name + "' was asked to have a grid of its own and " + layer(o)
                                 + " must have one in and out"),
                    firstOutput.value, o);
            } else if (canTie(node, firstOutput.value)) {
                tie(node, firstOutput.value, o);
            } else {
                const Node copy = boundary(t, o, i, wishAround(o, t), std::nullopt,
                                           layer(o) + " must have the same scale and zero point in and out");
                tie(copy, firstOutput.value, o);
            }
        }
    }

    // A constant with one user is changed in place; others get copies.
    void connectConstant(OperatorIndex o, std::size_t i, ElementType type, bool same, TensorIndex firstOutput)
    {
        const TensorIndex t = m_graph.op(o).inputs[i];
        if (!firstOutput || (plan(firstOutput).wish.keep && tensor(t).type == type && !same))
            return;
        if (plan(firstOutput).wish.keep && tensor(t).type == type && tensor(t).quant.sameGrid(tensor(firstOutput).quant))
            return;
        TensorWish w = wishAround(o, t);
        w.role = TensorRole::Constant;
        w.type = type;
        w.keep = false;
        Node node = t.value;
        if (m_index.consumers(t).size() > 1 || m_index.isGraphOutput(t)) {
            node = boundary(t, o, i, w, std::nullopt, "it has several users and " + layer(o) + " needs it on its own grid");
        } else {
            plan(t).wish = w;
            plan(t).origin = Origin::Derived;
            plan(t).because = o;
            plan(t).fixed.reset();
            plan(t).reason = "constant operand of " + layer(o);
        }
        if (same)
            tie(node, firstOutput.value, o);
    }

    std::optional<QuantParams> groupFixed(Node n)
    {
        const auto it = m_groupFixed.find(m_groups.find(n));
        if (it != m_groupFixed.end())
            return it->second;
        return nodePlan(n).fixed;
    }

    bool canTie(Node a, Node b)
    {
        const TensorPlan &pa = nodePlan(a);
        const TensorPlan &pb = nodePlan(b);
        if (pa.wish.type != pb.wish.type)
            return false;
        const auto fa = groupFixed(a);
        const auto fb = groupFixed(b);
        if (fa && fb)
            return fa->sameGrid(*fb);
        if (fa && pa.wish.keep)
            return gridSatisfies(*fa, pb.wish);
        if (fb && pb.wish.keep)
            return gridSatisfies(*fb, pa.wish);
        return true;
    }

    void tie(Node a, Node b, OperatorIndex because)
    {
        auto fa = groupFixed(a);
        const auto fb = groupFixed(b);
        m_groups.join(a, b);
        if (fb)
            m_groupFixed[m_groups.find(b)] = *fb;
        else if (fa)
            m_groupFixed[m_groups.find(b)] = *fa;
        m_tiedBy[a] = because;
        m_tiedBy.emplace(b, because);
    }

    void graphOutputs()
    {
        for (std::size_t k = 0; k < m_graph.outputs.size(); ++k) {
            const TensorIndex t = m_graph.outputs[k];
            const auto behind = m_wishBehindFixed.find(t);
            if (behind != m_wishBehindFixed.end())
                boundary(t, OperatorIndex{}, k, behind->second, std::nullopt,
                         "its producer has a fixed output grid and " + wishText(behind->second) + " was asked for");
        }
    }

    void weights(OperatorIndex o)
    {
        const Operator &op = m_graph.op(o);
        const WeightedInputs at = weightedInputs(op.code);
        if (at.weight < 0 || static_cast<std::size_t>(at.weight) >= op.inputs.size())
            return;
        const TensorIndex t = op.inputs[static_cast<std::size_t>(at.weight)];
        if (!t || plan(t).wish.role != TensorRole::Weight)
            return;
        const ElementType type = operatorType(o);
        if (typeBit(type) == 0)
            return; // float activations: hybrid weights stay
        const bool first = m_weightSeen.emplace(t, o).second;
        const TensorWish asked = m_scheme.tensors[t.pos()];
        TensorWish w = asked;
        std::string reason;
        const auto limit = [&](const std::string &why) { reason += (reason.empty() ? "" : "; ") + why; };
        if (type == ElementType::UInt8) {
            if (w.type != ElementType::UInt8) {
                w.type = ElementType::UInt8;
                w.keep = false;
                limit("uint8 activations take uint8 weights");
            }
            if (w.granularity == Granularity::PerChannel) {
                w.granularity = Granularity::PerTensor;
                w.keep = false;
                limit("uint8 weights are per-tensor");
            }
        } else {
            const bool matmul = op.code == Op::BatchMatmul;
            if (matmul && w.type != type) {
                w.type = type;
                w.keep = false;
                limit("both operands of BATCH_MATMUL have one type");
            } else if (!matmul && w.type != ElementType::Int8 && w.type != ElementType::Int4) {
                w.type = ElementType::Int8;
                w.keep = false;
                limit("signed activations take signed weights");
            }
            if (w.symmetry == Symmetry::Restricted && !w.keep)
                w.symmetry = Symmetry::Symmetric; // 0 is what it allows
            if (w.symmetry != Symmetry::Symmetric && !(w.keep && gridIsSymmetric(tensor(t).quant))) {
                w.symmetry = Symmetry::Symmetric;
                w.keep = false;
                limit("signed weights must have zero point 0");
            }
            if (w.type == ElementType::Int4 && op.code == Op::TransposeConv) {
                w.type = ElementType::Int8;
                limit("TRANSPOSE_CONV has no int4 weights");
            }
            if (matmul && w.granularity == Granularity::PerChannel) {
                w.granularity = Granularity::PerTensor;
                w.keep = false;
                limit("BATCH_MATMUL takes per-tensor operands");
            }
            if (!w.keep && w.granularity == Granularity::PerChannel && op.code == Op::FullyConnected
                && !tensor(t).quant.isPerChannel() && !ruleNames(asked.rule, "FULLY_CONNECTED")) {
                w.granularity = Granularity::PerTensor;
                limit("runtimes before 2024 compute per-channel FULLY_CONNECTED wrongly; a rule that names the operator "
                      "asks for it all the same");
            }
        }
        if (w.bits >= static_cast<int>(bitWidth(w.type)))
            w.bits = 0;
        TensorPlan p;
        p.wish = w;
        p.origin = w.keep ? Origin::Kept : reason.empty() ? Origin::Rule : Origin::Limit;
        p.because = o;
        p.reason = reason;
        if (w.keep)
            p.fixed = tensor(t).quant;
        if (!reason.empty())
            m_result.adjustments.push_back({t, asked, w, o, reason});
        if (first)
            plan(t) = p;
        else if (!sameRequest(plan(t).wish, w))
            m_result.weightOverrides[o] = p;
        deriveBias(o, at, p.wish.keep);
    }

    // A bias follows input and weight; it stays only if both do.
    void deriveBias(OperatorIndex o, WeightedInputs at, bool weightsKept)
    {
        const Operator &op = m_graph.op(o);
        const OpSpec *spec = findOpSpec(op.code);
        if (!spec || at.bias < 0 || static_cast<std::size_t>(at.bias) >= op.inputs.size())
            return;
        const TensorIndex bias = op.inputs[static_cast<std::size_t>(at.bias)];
        const TensorIndex input = op.inputs[static_cast<std::size_t>(spec->dataInputs.front())];
        if (!bias || !input || (weightsKept && plan(input).wish.keep))
            return;
        TensorPlan &p = plan(bias);
        p.wish.keep = false;
        p.wish.type = operatorType(o) == ElementType::Int16 ? ElementType::Int64 : ElementType::Int32;
        p.origin = Origin::Derived;
        p.because = o;
        p.reason = "input scale x weight scale";
    }

    static bool gridIsSymmetric(const QuantParams &q)
    {
        return std::all_of(q.zeroPoint.begin(), q.zeroPoint.end(), [](std::int64_t z) { return z == 0; });
    }

    bool ruleNames(std::int32_t rule, std::string_view opType) const
    {
        if (rule < 0 || static_cast<std::size_t>(rule) >= m_recipe.rules.size())
            return false;
        const auto &names = m_recipe.rules[static_cast<std::size_t>(rule)].operators;
        return std::find(names.begin(), names.end(), opType) != names.end();
    }

    // Merges the wishes of every group and numbers the groups.
    void finish()
    {
        std::map<Node, std::vector<Node>> members;
        for (Node n = 0; n < m_groups.size(); ++n) {
            const TensorRole role = nodePlan(n).wish.role;
            if (role == TensorRole::Activation || role == TensorRole::Constant)
                members[m_groups.find(n)].push_back(n);
        }
        for (auto &[root, nodes] : members) {
            const std::int32_t number = m_result.groupCount++;
            const auto fixed = m_groupFixed.find(root);
            TensorWish merged = nodePlan(nodes.front()).wish;
            for (Node n : nodes)
                merged = strictest(merged, nodePlan(n).wish);
            for (Node n : nodes) {
                TensorPlan &p = nodePlan(n);
                p.group = number;
                if (nodes.size() < 2)
                    continue;
                const auto by = m_tiedBy.find(n);
                const OperatorIndex because = by != m_tiedBy.end() ? by->second : OperatorIndex{};
                if (fixed != m_groupFixed.end()) {
                    if (!p.fixed && !gridSatisfies(fixed->second, p.wish))
                        granted(n, p.wish, because);
                    p.fixed = fixed->second;
                } else if (!p.wish.keep) {
                    TensorWish w = merged;
                    w.type = p.wish.type;
                    w.role = p.wish.role;
                    w.granularity = p.wish.granularity;
                    w.keep = false;
                    w.rule = p.wish.rule;
                    w.ownGrid = p.wish.ownGrid;
                    if (!sameRequest(w, p.wish))
                        granted(n, w, because);
                    p.wish = w;
                }
            }
        }
    }

    void granted(Node n, TensorWish w, OperatorIndex because)
    {
        TensorPlan &p = nodePlan(n);
        const std::string reason = because ? "same scale and zero point as its neighbours because of " + layer(because)
                                           : "same scale and zero point as its neighbours";
        if (static_cast<std::size_t>(n) < m_graph.tensors.size())
            m_result.adjustments.push_back({TensorIndex{n}, p.wish, w, because, reason});
        p.origin = Origin::SameAs;
        p.because = because;
        p.reason = reason;
    }

    const Subgraph &m_graph;
    GraphIndex m_index;
    const Scheme &m_scheme;
    const Recipe &m_recipe;
    Resolution m_result;
    Groups m_groups;
    std::map<Node, QuantParams> m_groupFixed; // by group root
    std::map<Node, OperatorIndex> m_tiedBy;
    std::map<TensorIndex, TensorWish> m_wishBehindFixed;
    std::map<TensorIndex, OperatorIndex> m_weightSeen;
};

} // namespace

std::string_view originName(Origin o)
{
    switch (o) {
    case Origin::Kept: return "kept";
    case Origin::Rule: return "rule";
    case Origin::SameAs: return "same as";
    case Origin::Derived: return "derived";
    case Origin::Fixed: return "fixed";
    case Origin::Limit: return "limit";
    }
    return "rule";
}

Resolution resolveConstraints(const Model &model, const Scheme &scheme, const Recipe &recipe)
{
    return Resolver(model, scheme, recipe).run();
}

} // namespace requant
