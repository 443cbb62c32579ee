// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/convert/align.h"

#include "core/convert/convert.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

namespace requant {

namespace {

using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;

const Tensor *firstOutput(const Subgraph &g, const Operator &op)
{
    const bool has = !op.outputs.empty() && op.outputs[0] && op.outputs[0].pos() < g.tensors.size();
    return has ? &g.tensor(op.outputs[0]) : nullptr;
}

// Equal numbers for operators that do the same on outputs of the same shape.
class Kinds
{
public:
    std::vector<std::size_t> of(const Subgraph &g)
    {
        std::vector<std::size_t> out;
        for (const Operator &op : g.operators) {
            const Tensor *t = firstOutput(g, op);
            const auto key = std::tuple(op.code, op.customCode, t ? t->shape : Shape{-1});
            out.push_back(m_numbers.emplace(key, m_numbers.size()).first->second);
        }
        return out;
    }

private:
    std::map<std::tuple<Op, std::string, Shape>, std::size_t> m_numbers;
};

// Operators by the name of their first output; those whose name is not the only one have kTwice.
constexpr std::size_t kTwice = static_cast<std::size_t>(-1);
std::map<std::string_view, std::size_t> byName(const Subgraph &g)
{
    std::map<std::string_view, std::size_t> out;
    for (std::size_t i = 0; i < g.operators.size(); ++i) {
        if (const Tensor *t = firstOutput(g, g.operators[i]); t && !t->name.empty()) {
            if (const auto [it, isNew] = out.emplace(t->name, i); !isNew)
                it->second = kTwice;
        }
    }
    return out;
}

// The longest part of the pairs (sorted by their first) whose second numbers grow too.
Pairs growing(const Pairs &pairs)
{
    std::vector<std::size_t> ends,
        before(pairs.size(), kTwice); // ends: by length, the pair that ends such a run lowest
    for (std::size_t k = 0; k < pairs.size(); ++k) {
        const auto at = std::lower_bound(ends.begin(), ends.end(), k, [&](std::size_t x, std::size_t y) {
            return pairs[x].second < pairs[y].second;
        });
        if (at != ends.begin())
            before[k] = *(at - 1);
        if (at == ends.end())
            ends.push_back(k);
        else
            *at = k;
    }
    Pairs out;
    for (std::size_t k = ends.empty() ? kTwice : ends.back(); k != kTwice; k = before[k])
        out.push_back(pairs[k]);
    std::reverse(out.begin(), out.end());
    return out;
}

// The other model with its tensors where `place` says; what lies between is empty.
std::shared_ptr<const Model> placed(const Model &model, const Subgraph &source, const std::vector<TensorIndex> &place,
                                    std::size_t count)
{
    auto out = std::make_shared<Model>(model);
    Subgraph &g = out->subgraphs.front();
    std::vector<Tensor> tensors(count);
    for (std::size_t t = 0; t < source.tensors.size(); ++t) {
        tensors[t].type = source.tensors[t].type;
        tensors[t].shape = source.tensors[t].shape;
    }
    for (std::size_t t = 0; t < g.tensors.size(); ++t)
        tensors[place[t].pos()] = std::move(g.tensors[t]);
    g.tensors = std::move(tensors);
    const auto move = [&](std::vector<TensorIndex> &all) {
        for (TensorIndex &t : all) {
            if (t && t.pos() < place.size())
                t = place[t.pos()];
        }
    };
    for (Operator &op : g.operators) {
        move(op.inputs);
        move(op.outputs);
        move(op.intermediates);
    }
    move(g.inputs);
    move(g.outputs);
    return out;
}

} // namespace

std::vector<std::pair<std::size_t, std::size_t>> commonSequence(std::span<const std::size_t> a,
                                                                std::span<const std::size_t> b)
{
    Pairs front, back;
    std::size_t first = 0, endA = a.size(), endB = b.size();
    for (; first < endA && first < endB && a[first] == b[first]; ++first)
        front.emplace_back(first, first);
    while (endA > first && endB > first && a[endA - 1] == b[endB - 1])
        back.emplace_back(--endA, --endB);
    const std::size_t n = endA - first, m = endB - first;
    if (n > 0 && m > 0 && n <= kMostCells / m) {
        // longest[i][j]: of a from i on and b from j on
        std::vector<std::uint32_t> longest((n + 1) * (m + 1), 0);
        const auto at = [&](std::size_t i, std::size_t j) -> std::uint32_t & { return longest[i * (m + 1) + j]; };
        for (std::size_t i = n; i-- > 0;) {
            for (std::size_t j = m; j-- > 0;)
                at(i, j) = a[first + i] == b[first + j] ? at(i + 1, j + 1) + 1 : std::max(at(i + 1, j), at(i, j + 1));
        }
        for (std::size_t i = 0, j = 0; i < n && j < m;) {
            if (a[first + i] == b[first + j])
                front.emplace_back(first + i++, first + j++);
            else if (at(i + 1, j) >= at(i, j + 1))
                ++i;
            else
                ++j;
        }
    }
    front.insert(front.end(), back.rbegin(), back.rend());
    return front;
}

std::optional<Recipe> recordedRecipe(const Model &model)
{
    const auto bytes = model.metadataBytes("requant");
    const auto *p = reinterpret_cast<const char *>(bytes.data());
    const auto j = nlohmann::json::parse(p, p + bytes.size(), nullptr, false);
    if (!j.is_object() || !j.contains("recipe"))
        return std::nullopt;
    auto recipe = parseRecipe(j["recipe"].dump());
    return recipe ? std::optional(std::move(*recipe)) : std::nullopt;
}

Alignment alignModels(std::shared_ptr<const Model> source, std::shared_ptr<const Model> other)
{
    Alignment out;
    const Subgraph &a = source->subgraphs.front(), &b = other->subgraphs.front();
    Kinds kinds;
    const std::vector<std::size_t> kindA = kinds.of(a), kindB = kinds.of(b);
    std::vector<OperatorIndex> origin(b.operators.size()), partner(a.operators.size());
    const auto pair = [&](std::size_t i, std::size_t j) {
        partner[i] = OperatorIndex(j);
        origin[j] = OperatorIndex(i);
    };

    Pairs named;
    const auto namesA = byName(a), namesB = byName(b);
    for (const auto &[name, i] : namesA) {
        const auto it = namesB.find(name);
        if (i != kTwice && it != namesB.end() && it->second != kTwice && kindA[i] == kindB[it->second])
            named.emplace_back(i, it->second);
    }
    std::sort(named.begin(), named.end());
    for (const auto &[i, j] : named)
        pair(i, j);
    out.byName = named.size();

    Pairs borders = growing(named);
    borders.emplace_back(a.operators.size(), b.operators.size());
    std::size_t i = 0, j = 0;
    for (const auto &[nextA, nextB] : borders) {
        std::vector<std::size_t> placesA, placesB, x, y;
        for (; i < nextA; ++i) {
            if (!partner[i]) {
                placesA.push_back(i);
                x.push_back(kindA[i]);
            }
        }
        for (; j < nextB; ++j) {
            if (!origin[j]) {
                placesB.push_back(j);
                y.push_back(kindB[j]);
            }
        }
        for (const auto &[p, q] : commonSequence(x, y)) {
            pair(placesA[p], placesB[q]);
            ++out.byOrder;
        }
        i = nextA + 1;
        j = nextB + 1;
    }
    for (std::size_t k = 0; k < partner.size(); ++k) {
        if (!partner[k])
            out.onlySource.push_back(OperatorIndex(k));
    }

    std::vector<TensorIndex> place(b.tensors.size());
    std::vector<bool> taken(a.tensors.size(), false);
    const auto put = [&](TensorIndex from, TensorIndex to) {
        if (from && to && from.pos() < place.size() && to.pos() < taken.size() && !place[from.pos()]
            && !taken[to.pos()]) {
            place[from.pos()] = to;
            taken[to.pos()] = true;
        }
    };
    for (std::size_t k = 0; k < std::min(a.inputs.size(), b.inputs.size()); ++k)
        put(b.inputs[k], a.inputs[k]);
    for (std::size_t k = 0; k < origin.size(); ++k) {
        if (!origin[k]) {
            out.onlyOther.push_back(OperatorIndex(k));
            continue;
        }
        const Operator &x = a.op(origin[k]), &y = b.operators[k];
        for (std::size_t p = 0; p < std::min(x.outputs.size(), y.outputs.size()); ++p)
            put(y.outputs[p], x.outputs[p]);
    }
    std::size_t count = a.tensors.size();
    for (TensorIndex &t : place) {
        if (!t)
            t = TensorIndex(count++);
    }
    out.models.source = source;
    for (const auto &[t, grid] : effectiveGrids(*other)) {
        if (t && t.pos() < place.size())
            out.models.effective.emplace(place[t.pos()], grid);
    }
    out.models.converted = placed(*other, a, place, count);
    out.models.origin = std::move(origin);
    return out;
}

} // namespace requant
