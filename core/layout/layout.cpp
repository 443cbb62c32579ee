// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/layout/layout.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <span>

// The layered method (Sugiyama, Tagawa, Toda 1981), every connected part for itself:
//   1. a depth-first search finds the edges that close a cycle; they and the longest edges beyond a budget of dummies
//      run in lanes beside the drawing, all others point downwards;
//   2. layer = longest path from a source; sources then sink to just above their first consumer;
//   3. an edge over several layers gets one dummy in each layer between: its side track;
//   4. nodes are cut into chains, the longest path first, which become exactly vertical: the spine of a network is its
//      longest path, a residual connection is a track beside it;
//   5. a depth-first order along the chains, improved by barycentre sweeps; the first order with fewest crossings stays;
//   6. chains become blocks with one x each (split where two would cross, the longer keeps straight), packed to the left
//      by longest path over "is left of", then moved towards the median of what they are connected to, as far as the
//      neighbours allow.
// Lines are oblique only in the gaps between layers and vertical inside layers, so none can run through a node.
namespace requant {
namespace {

constexpr std::size_t kMinDummyBudget = 60'000; // keeps graphs with thousands of very long edges within time
constexpr int kSweeps = 12;
constexpr int kBalanceRounds = 10;
constexpr double kInset = 10; // of edge ends from a node's corners
constexpr double kScreen = 1.6; // width of a screen to its height

// Neighbour lists in one array.
struct Adjacency
{
    std::vector<int> start, item;
    std::span<const int> of(int v) const
    {
        const auto b = static_cast<std::size_t>(start[static_cast<std::size_t>(v)]);
        const auto e = static_cast<std::size_t>(start[static_cast<std::size_t>(v) + 1]);
        return {item.data() + b, e - b};
    }
};

using Pairs = std::vector<std::pair<int, int>>;

// Item i of `pairs` is listed under its first (or second) member; `value` makes the entry.
template <class Key, class Value>
Adjacency makeAdjacency(std::size_t vertices, std::size_t count, Key key, Value value)
{
    Adjacency a;
    a.start.assign(vertices + 1, 0);
    for (std::size_t i = 0; i < count; ++i)
        ++a.start[static_cast<std::size_t>(key(i)) + 1];
    std::partial_sum(a.start.begin(), a.start.end(), a.start.begin());
    a.item.resize(count);
    std::vector<int> at(a.start.begin(), a.start.end() - 1);
    for (std::size_t i = 0; i < count; ++i)
        a.item[static_cast<std::size_t>(at[static_cast<std::size_t>(key(i))]++)] = value(i);
    return a;
}

std::size_t pos(int i) { return static_cast<std::size_t>(i); }

struct LocalEdge
{
    int from = 0, to = 0;
    int original = 0;
    bool lane = false;   // drawn beside the parts, without dummies
    int firstDummy = -1; // dummies are numbered from top to bottom
    int dummies = 0;
};

// One connected part with its own node numbers.
class Part
{
public:
    Part(std::vector<LayoutNode> nodes, std::vector<LocalEdge> edges, const LayoutOptions &options)
        : m_nodes(std::move(nodes)), m_edges(std::move(edges)), m_options(options), m_n(static_cast<int>(m_nodes.size()))
    {
    }

    bool run(const RunControl &control);

    std::vector<LayoutPoint> centres;
    std::vector<std::vector<LayoutPoint>> lines; // by local edge
    double width = 0, height = 0;
    const std::vector<LocalEdge> &edges() const { return m_edges; }

private:
    void breakCycles();
    void assignLayers();
    void addDummies();
    void buildChains();
    void initialOrder();
    bool reduceCrossings(const RunControl &);
    std::size_t crossings();
    void buildBlocks();
    void place();
    void draw();

    bool isDummy(int v) const { return v >= m_n; }
    double halfWidth(int v) const { return isDummy(v) ? 0.0 : m_nodes[pos(v)].width / 2; }
    double separation(int left, int right) const
    {
        const double between = isDummy(left) && isDummy(right) ? m_options.nodeSpacing / 2 : m_options.nodeSpacing;
        return halfWidth(left) + between + halfWidth(right);
    }

    std::vector<LayoutNode> m_nodes;
    std::vector<LocalEdge> m_edges;
    LayoutOptions m_options;
    int m_n;                                  // real nodes
    int m_vertices = 0;                       // and dummies
    int m_layerCount = 0;
    std::vector<int> m_layer;                 // by vertex
    Pairs m_segments;                         // between neighbouring layers, upper first
    Adjacency m_down, m_up;                   // vertices by vertex
    std::vector<int> m_above, m_below;        // chain partner by vertex, -1: none
    std::vector<std::vector<int>> m_chains;   // from top to bottom, most important first
    std::vector<std::vector<int>> m_order;    // by layer
    std::vector<int> m_position;              // in its layer, by vertex
    std::vector<int> m_block;                 // by vertex
    std::vector<std::vector<int>> m_members;  // by block
    std::vector<double> m_x;                  // by block
};

bool Part::run(const RunControl &control)
{
    breakCycles();
    assignLayers();
    addDummies();
    if (control.isCancelled())
        return false;
    buildChains();
    initialOrder();
    if (!reduceCrossings(control))
        return false;
    buildBlocks();
    if (control.isCancelled())
        return false;
    place();
    draw();
    return !control.isCancelled();
}

void Part::breakCycles()
{
    const auto out = makeAdjacency(
        pos(m_n), m_edges.size(), [&](std::size_t i) { return m_edges[i].from; },
        [](std::size_t i) { return static_cast<int>(i); });
    std::vector<int> indegree(pos(m_n), 0);
    for (const auto &e : m_edges)
        ++indegree[pos(e.to)];
    enum : char { New, Open, Done };
    std::vector<char> state(pos(m_n), New);
    std::vector<std::pair<int, std::size_t>> stack;
    const auto visit = [&](int root) {
        if (state[pos(root)] != New)
            return;
        state[pos(root)] = Open;
        stack.emplace_back(root, 0);
        while (!stack.empty()) {
            auto &[v, next] = stack.back();
            const auto list = out.of(v);
            if (next == list.size()) {
                state[pos(v)] = Done;
                stack.pop_back();
                continue;
            }
            auto &edge = m_edges[pos(list[next++])];
            if (state[pos(edge.to)] == Open) {
                edge.lane = true;
            } else if (state[pos(edge.to)] == New) {
                state[pos(edge.to)] = Open;
                stack.emplace_back(edge.to, 0); // invalidates v and next
            }
        }
    };
    for (int v = 0; v < m_n; ++v)
        if (indegree[pos(v)] == 0)
            visit(v);
    for (int v = 0; v < m_n; ++v)
        visit(v);
}

void Part::assignLayers()
{
    const auto out = makeAdjacency(
        pos(m_n), m_edges.size(), [&](std::size_t i) { return m_edges[i].from; },
        [](std::size_t i) { return static_cast<int>(i); });
    std::vector<int> waiting(pos(m_n), 0), ready;
    for (const auto &e : m_edges)
        if (!e.lane)
            ++waiting[pos(e.to)];
    m_layer.assign(pos(m_n), 0);
    for (int v = 0; v < m_n; ++v)
        if (waiting[pos(v)] == 0)
            ready.push_back(v);
    const std::size_t sources = ready.size();
    for (std::size_t i = 0; i < ready.size(); ++i) {
        for (const int e : out.of(ready[i])) {
            const auto &edge = m_edges[pos(e)];
            if (edge.lane)
                continue;
            m_layer[pos(edge.to)] = std::max(m_layer[pos(edge.to)], m_layer[pos(edge.from)] + 1);
            if (--waiting[pos(edge.to)] == 0)
                ready.push_back(edge.to);
        }
    }
    for (std::size_t i = 0; i < sources; ++i) {
        int lowest = std::numeric_limits<int>::max();
        for (const int e : out.of(ready[i]))
            if (!m_edges[pos(e)].lane)
                lowest = std::min(lowest, m_layer[pos(m_edges[pos(e)].to)] - 1);
        if (lowest != std::numeric_limits<int>::max())
            m_layer[pos(ready[i])] = lowest;
    }
    m_layerCount = 1 + *std::max_element(m_layer.begin(), m_layer.end());
}

void Part::addDummies()
{
    const auto span = [&](const LocalEdge &e) { return m_layer[pos(e.to)] - m_layer[pos(e.from)]; };
    std::vector<int> bySpan;
    for (std::size_t i = 0; i < m_edges.size(); ++i)
        if (!m_edges[i].lane && span(m_edges[i]) > 1)
            bySpan.push_back(static_cast<int>(i));
    std::stable_sort(bySpan.begin(), bySpan.end(), [&](int a, int b) { return span(m_edges[pos(a)]) < span(m_edges[pos(b)]); });
    const std::size_t budget = std::max(kMinDummyBudget, 4 * pos(m_n));
    std::size_t used = 0;
    for (const int i : bySpan) {
        used += pos(span(m_edges[pos(i)]) - 1);
        m_edges[pos(i)].lane = used > budget;
    }
    m_vertices = m_n;
    for (auto &e : m_edges) {
        if (e.lane)
            continue;
        e.firstDummy = m_vertices;
        e.dummies = span(e) - 1;
        int above = e.from;
        for (int k = 0; k < e.dummies; ++k) {
            m_layer.push_back(m_layer[pos(e.from)] + 1 + k);
            m_segments.emplace_back(above, m_vertices);
            above = m_vertices++;
        }
        m_segments.emplace_back(above, e.to);
    }
    m_down = makeAdjacency(
        pos(m_vertices), m_segments.size(), [&](std::size_t i) { return m_segments[i].first; },
        [&](std::size_t i) { return m_segments[i].second; });
    m_up = makeAdjacency(
        pos(m_vertices), m_segments.size(), [&](std::size_t i) { return m_segments[i].second; },
        [&](std::size_t i) { return m_segments[i].first; });
}

void Part::buildChains()
{
    std::vector<int> byLayer(pos(m_n));
    std::iota(byLayer.begin(), byLayer.end(), 0);
    std::stable_sort(byLayer.begin(), byLayer.end(), [&](int a, int b) { return m_layer[pos(a)] < m_layer[pos(b)]; });
    // Real nodes on the longest way down that has no dummy.
    std::vector<int> length(pos(m_n), 1);
    for (auto it = byLayer.rbegin(); it != byLayer.rend(); ++it)
        for (const int w : m_down.of(*it))
            if (!isDummy(w))
                length[pos(*it)] = std::max(length[pos(*it)], length[pos(w)] + 1);
    m_above.assign(pos(m_vertices), -1);
    m_below.assign(pos(m_vertices), -1);
    std::vector<int> starts = byLayer;
    std::stable_sort(starts.begin(), starts.end(), [&](int a, int b) { return length[pos(a)] > length[pos(b)]; });
    std::vector<bool> taken(pos(m_n), false);
    for (const int start : starts) {
        if (taken[pos(start)])
            continue;
        std::vector<int> chain{start};
        taken[pos(start)] = true;
        for (int v = start;;) {
            int best = -1;
            for (const int w : m_down.of(v))
                if (!isDummy(w) && !taken[pos(w)] && (best < 0 || length[pos(w)] > length[pos(best)]))
                    best = w;
            if (best < 0)
                break;
            taken[pos(best)] = true;
            chain.push_back(best);
            v = best;
        }
        m_chains.push_back(std::move(chain));
    }
    std::stable_sort(m_chains.begin(), m_chains.end(), [](const auto &a, const auto &b) { return a.size() > b.size(); });
    for (const auto &chain : m_chains) {
        for (std::size_t i = 1; i < chain.size(); ++i) {
            m_above[pos(chain[i])] = chain[i - 1];
            m_below[pos(chain[i - 1])] = chain[i];
        }
    }
    // A track continues the chain that ends or begins at it, so that a lone long edge is straight from node to node.
    std::vector<std::vector<int>> tracks;
    for (const auto &e : m_edges) {
        if (e.lane || e.dummies == 0)
            continue;
        std::vector<int> track(pos(e.dummies));
        std::iota(track.begin(), track.end(), e.firstDummy);
        if (m_below[pos(e.from)] < 0)
            track.insert(track.begin(), e.from);
        if (m_above[pos(e.to)] < 0)
            track.push_back(e.to);
        for (std::size_t i = 1; i < track.size(); ++i) {
            m_above[pos(track[i])] = track[i - 1];
            m_below[pos(track[i - 1])] = track[i];
        }
        tracks.push_back(std::move(track));
    }
    std::stable_sort(tracks.begin(), tracks.end(), [](const auto &a, const auto &b) { return a.size() > b.size(); });
    m_chains.insert(m_chains.end(), std::make_move_iterator(tracks.begin()), std::make_move_iterator(tracks.end()));
}

void Part::initialOrder()
{
    m_order.assign(pos(m_layerCount), {});
    m_position.assign(pos(m_vertices), -1);
    std::vector<int> stack;
    const auto visit = [&](int root) {
        stack.push_back(root);
        while (!stack.empty()) {
            const int v = stack.back();
            stack.pop_back();
            if (m_position[pos(v)] >= 0)
                continue;
            auto &layer = m_order[pos(m_layer[pos(v)])];
            m_position[pos(v)] = static_cast<int>(layer.size());
            layer.push_back(v);
            const auto next = m_down.of(v);
            for (auto it = next.rbegin(); it != next.rend(); ++it)
                if (*it != m_below[pos(v)])
                    stack.push_back(*it);
            if (m_below[pos(v)] >= 0)
                stack.push_back(m_below[pos(v)]); // the chain first
        }
    };
    for (const auto &chain : m_chains)
        if (m_up.of(chain.front()).empty())
            visit(chain.front());
    for (int v = 0; v < m_vertices; ++v)
        if (m_position[pos(v)] < 0)
            visit(v);
}

// Barth, Juenger, Mutzel: inversions of the lower ends, counted in a binary indexed tree.
std::size_t Part::crossings()
{
    std::size_t total = 0;
    std::vector<int> lower, tree;
    for (int l = 0; l + 1 < m_layerCount; ++l) {
        if (m_order[pos(l)].size() < 2 || m_order[pos(l) + 1].size() < 2)
            continue;
        lower.clear();
        for (const int v : m_order[pos(l)]) {
            const auto begin = static_cast<std::ptrdiff_t>(lower.size());
            for (const int w : m_down.of(v))
                lower.push_back(m_position[pos(w)]);
            std::sort(lower.begin() + begin, lower.end());
        }
        const int size = static_cast<int>(m_order[pos(l) + 1].size());
        tree.assign(pos(size) + 1, 0);
        int seen = 0;
        for (const int p : lower) {
            int notAfter = 0;
            for (int i = p + 1; i > 0; i -= i & -i)
                notAfter += tree[pos(i)];
            total += pos(seen - notAfter);
            ++seen;
            for (int i = p + 1; i <= size; i += i & -i)
                ++tree[pos(i)];
        }
    }
    return total;
}

bool Part::reduceCrossings(const RunControl &control)
{
    std::size_t best = crossings();
    auto bestOrder = m_order;
    std::vector<std::pair<double, int>> keyed;
    int useless = 0;
    for (int sweep = 0; sweep < kSweeps && best > 0 && useless < 4; ++sweep) {
        if (control.isCancelled())
            return false;
        const bool downwards = sweep % 2 == 0;
        const auto &fixed = downwards ? m_up : m_down;
        for (int k = 1; k < m_layerCount; ++k) {
            auto &layer = m_order[pos(downwards ? k : m_layerCount - 1 - k)];
            if (layer.size() < 2)
                continue;
            keyed.clear();
            for (const int v : layer) {
                const auto list = fixed.of(v);
                double sum = 0;
                for (const int w : list)
                    sum += m_position[pos(w)];
                keyed.emplace_back(list.empty() ? m_position[pos(v)] : sum / static_cast<double>(list.size()), v);
            }
            std::stable_sort(keyed.begin(), keyed.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
            for (std::size_t i = 0; i < keyed.size(); ++i) {
                layer[i] = keyed[i].second;
                m_position[pos(layer[i])] = static_cast<int>(i);
            }
        }
        const std::size_t now = crossings();
        if (now < best) {
            best = now;
            bestOrder = m_order;
            useless = 0;
        } else {
            ++useless;
        }
    }
    m_order = std::move(bestOrder);
    for (const auto &layer : m_order)
        for (std::size_t i = 0; i < layer.size(); ++i)
            m_position[pos(layer[i])] = static_cast<int>(i);
    return true;
}

void Part::buildBlocks()
{
    // A link is kept if it crosses no kept link of the same gap; chains come in order of importance.
    std::vector<std::map<int, int>> kept(pos(m_layerCount));
    m_block.assign(pos(m_vertices), -1);
    for (const auto &chain : m_chains) {
        for (std::size_t i = 0; i < chain.size(); ++i) {
            const int v = chain[i];
            bool joins = false;
            if (i > 0) {
                const int u = chain[i - 1];
                auto &gap = kept[pos(m_layer[pos(u)])];
                const int a = m_position[pos(u)], b = m_position[pos(v)];
                const auto after = gap.lower_bound(a);
                joins = (after == gap.end() || after->second > b) && (after == gap.begin() || std::prev(after)->second < b)
                        && (after == gap.end() || after->first != a);
                if (joins)
                    gap.emplace(a, b);
            }
            if (i == 0 && m_block[pos(v)] >= 0)
                continue; // a track that continues a node's chain
            if (i > 0 && joins && m_block[pos(v)] < 0) {
                m_block[pos(v)] = m_block[pos(chain[i - 1])];
                m_members[pos(m_block[pos(v)])].push_back(v);
            } else if (i > 0 && joins) {
                // The chain that begins at v joins this one: merge into the upper block.
                const int to = m_block[pos(chain[i - 1])], from = m_block[pos(v)];
                if (to != from) {
                    for (const int w : m_members[pos(from)]) {
                        m_block[pos(w)] = to;
                        m_members[pos(to)].push_back(w);
                    }
                    m_members[pos(from)].clear();
                }
            } else if (m_block[pos(v)] < 0) {
                m_block[pos(v)] = static_cast<int>(m_members.size());
                m_members.push_back({v});
            }
        }
    }
}

void Part::place()
{
    const std::size_t blocks = m_members.size();
    Pairs leftOf;
    for (const auto &layer : m_order)
        for (std::size_t i = 1; i < layer.size(); ++i)
            leftOf.emplace_back(m_block[pos(layer[i - 1])], m_block[pos(layer[i])]);
    const auto right = makeAdjacency(
        blocks, leftOf.size(), [&](std::size_t i) { return leftOf[i].first; },
        [&](std::size_t i) { return leftOf[i].second; });
    std::vector<int> waiting(blocks, 0), order;
    for (const auto &p : leftOf)
        ++waiting[pos(p.second)];
    for (std::size_t b = 0; b < blocks; ++b)
        if (waiting[b] == 0)
            order.push_back(static_cast<int>(b));
    for (std::size_t i = 0; i < order.size(); ++i)
        for (const int b : right.of(order[i]))
            if (--waiting[pos(b)] == 0)
                order.push_back(b);
    // Links do not cross, so "is left of" has no cycle and every block is in the order.

    m_x.assign(blocks, 0);
    const double infinite = std::numeric_limits<double>::infinity();
    const auto limits = [&](int b) {
        double low = -infinite, high = infinite;
        for (const int v : m_members[pos(b)]) {
            const auto &layer = m_order[pos(m_layer[pos(v)])];
            const std::size_t p = pos(m_position[pos(v)]);
            if (p > 0)
                low = std::max(low, m_x[pos(m_block[pos(layer[p - 1])])] + separation(layer[p - 1], v));
            if (p + 1 < layer.size())
                high = std::min(high, m_x[pos(m_block[pos(layer[p + 1])])] - separation(v, layer[p + 1]));
        }
        return std::pair{low, high};
    };
    for (const int b : order) {
        double edge = 0;
        for (const int v : m_members[pos(b)])
            edge = std::max(edge, halfWidth(v));
        m_x[pos(b)] = std::max(limits(b).first, edge);
    }
    std::vector<double> pulls;
    for (int round = 0; round < kBalanceRounds; ++round) {
        double moved = 0;
        for (std::size_t i = 0; i < order.size(); ++i) {
            const int b = round % 2 == 0 ? order[order.size() - 1 - i] : order[i];
            pulls.clear();
            for (const int v : m_members[pos(b)]) {
                for (const int w : m_up.of(v))
                    if (m_block[pos(w)] != b)
                        pulls.push_back(m_x[pos(m_block[pos(w)])]);
                for (const int w : m_down.of(v))
                    if (m_block[pos(w)] != b)
                        pulls.push_back(m_x[pos(m_block[pos(w)])]);
            }
            if (pulls.empty())
                continue;
            const auto middle = pulls.begin() + static_cast<std::ptrdiff_t>(pulls.size() / 2);
            std::nth_element(pulls.begin(), middle, pulls.end());
            double wish = *middle;
            if (pulls.size() % 2 == 0)
                wish = (wish + *std::max_element(pulls.begin(), middle)) / 2;
            const auto [low, high] = limits(b);
            const double x = std::max(low, std::min(high, wish));
            moved = std::max(moved, std::abs(x - m_x[pos(b)]));
            m_x[pos(b)] = x;
        }
        if (moved < 0.5)
            break;
    }
}

void Part::draw()
{
    std::vector<double> top(pos(m_layerCount)), bottom(pos(m_layerCount), 0);
    for (int v = 0; v < m_n; ++v)
        bottom[pos(m_layer[pos(v)])] = std::max(bottom[pos(m_layer[pos(v)])], m_nodes[pos(v)].height);
    double y = 0;
    for (std::size_t l = 0; l < top.size(); ++l) {
        top[l] = y;
        bottom[l] += y;
        y = bottom[l] + m_options.layerSpacing;
    }
    const auto x = [&](int v) { return m_x[pos(m_block[pos(v)])]; };
    centres.resize(pos(m_n));
    double right = 0;
    for (int v = 0; v < m_n; ++v) {
        const auto l = pos(m_layer[pos(v)]);
        centres[pos(v)] = {x(v), (top[l] + bottom[l]) / 2};
    }
    for (int v = 0; v < m_vertices; ++v)
        right = std::max(right, x(v) + halfWidth(v));

    // Lanes beside the part: an edge takes the innermost lane that is free over its layers.
    std::vector<int> laneEdges;
    for (std::size_t i = 0; i < m_edges.size(); ++i)
        if (m_edges[i].lane)
            laneEdges.push_back(static_cast<int>(i));
    const auto layersOf = [&](int i) {
        return std::minmax(m_layer[pos(m_edges[pos(i)].from)], m_layer[pos(m_edges[pos(i)].to)]);
    };
    std::stable_sort(laneEdges.begin(), laneEdges.end(), [&](int a, int b) {
        const auto la = layersOf(a), lb = layersOf(b);
        return la.first != lb.first ? la.first < lb.first : la.second < lb.second;
    });
    std::vector<double> laneX(m_edges.size(), 0);
    std::multimap<int, int> freeAfter; // layer -> lane
    int lanes = 0;
    for (const int i : laneEdges) {
        const auto [first, last] = layersOf(i);
        int lane = lanes;
        if (!freeAfter.empty() && freeAfter.begin()->first < first) {
            lane = freeAfter.begin()->second;
            freeAfter.erase(freeAfter.begin());
        } else {
            ++lanes;
        }
        freeAfter.emplace(last, lane);
        laneX[pos(i)] = right + m_options.nodeSpacing * (0.75 + 0.25 * lane);
    }

    // Ends: an edge that comes straight meets the middle, others spread to the side where they go, nearest innermost.
    std::vector<double> startX(m_edges.size()), endX(m_edges.size());
    std::vector<std::vector<int>> outgoing(pos(m_n)), incoming(pos(m_n));
    for (std::size_t i = 0; i < m_edges.size(); ++i) {
        outgoing[pos(m_edges[i].from)].push_back(static_cast<int>(i));
        incoming[pos(m_edges[i].to)].push_back(static_cast<int>(i));
    }
    const auto spread = [&](int v, const std::vector<int> &list, bool out, std::vector<double> &result) {
        std::vector<std::pair<double, int>> left, rightSide;
        bool middleTaken = false;
        for (const int i : list) {
            const auto &e = m_edges[pos(i)];
            double other = 0;
            if (e.lane)
                other = laneX[pos(i)];
            else if (e.dummies > 0)
                other = x(out ? e.firstDummy : e.firstDummy + e.dummies - 1);
            else
                other = x(out ? e.to : e.from);
            const double offset = other - x(v);
            if (std::abs(offset) < 0.5 && !middleTaken) {
                middleTaken = true;
                result[pos(i)] = x(v);
            } else {
                (offset < -0.5 ? left : rightSide).emplace_back(std::abs(offset), i);
            }
        }
        // With a single line that comes from the side, the middle is the clearest place.
        if (list.size() == 1 && !middleTaken) {
            result[pos(list.front())] = x(v);
            return;
        }
        const double half = std::max(0.0, halfWidth(v) - kInset);
        for (auto *side : {&left, &rightSide}) {
            std::stable_sort(side->begin(), side->end(), [](const auto &a, const auto &b) { return a.first < b.first; });
            const double step = std::min(18.0, half / static_cast<double>(std::max<std::size_t>(1, side->size())));
            for (std::size_t k = 0; k < side->size(); ++k)
                result[pos((*side)[k].second)] = x(v) + (side == &left ? -1 : 1) * step * static_cast<double>(k + 1);
        }
    };
    for (int v = 0; v < m_n; ++v) {
        spread(v, outgoing[pos(v)], true, startX);
        spread(v, incoming[pos(v)], false, endX);
    }

    double highest = 0, lowest = bottom.back();
    lines.resize(m_edges.size());
    for (std::size_t i = 0; i < m_edges.size(); ++i) {
        const auto &e = m_edges[i];
        auto &line = lines[i];
        const auto add = [&](double px, double py) {
            if (line.empty() || line.back().x != px || line.back().y != py)
                line.push_back({px, py});
        };
        const auto lf = pos(m_layer[pos(e.from)]), lt = pos(m_layer[pos(e.to)]);
        add(startX[i], centres[pos(e.from)].y + m_nodes[pos(e.from)].height / 2);
        add(startX[i], bottom[lf]);
        if (e.lane) {
            const double half = m_options.layerSpacing / 2;
            add(laneX[i], bottom[lf] + half);
            add(laneX[i], top[lt] - half);
            lowest = std::max(lowest, bottom[lf] + half);
            highest = std::min(highest, top[lt] - half);
            right = std::max(right, laneX[i]);
        }
        for (int k = 0; k < e.dummies; ++k) {
            const int d = e.firstDummy + k;
            add(x(d), top[pos(m_layer[pos(d)])]);
            add(x(d), bottom[pos(m_layer[pos(d)])]);
        }
        add(endX[i], top[lt]);
        add(endX[i], centres[pos(e.to)].y - m_nodes[pos(e.to)].height / 2);
        // Points on a vertical line between two others say nothing.
        std::vector<LayoutPoint> thin;
        for (const auto &p : line) {
            while (thin.size() >= 2 && thin.back().x == p.x && thin[thin.size() - 2].x == p.x)
                thin.pop_back();
            thin.push_back(p);
        }
        line = std::move(thin);
    }

    double leftmost = std::numeric_limits<double>::infinity();
    for (int v = 0; v < m_vertices; ++v)
        leftmost = std::min(leftmost, x(v) - halfWidth(v));
    for (auto &c : centres)
        c = {c.x - leftmost, c.y - highest};
    for (auto &line : lines)
        for (auto &p : line)
            p = {p.x - leftmost, p.y - highest};
    width = right - leftmost;
    height = lowest - highest;
}

Result<LayoutResult> layoutDownwards(const std::vector<LayoutNode> &nodes, const std::vector<LayoutEdge> &edges,
                                     const LayoutOptions &options, const RunControl &control)
{
    const int n = static_cast<int>(nodes.size());
    LayoutResult result;
    result.nodes.resize(nodes.size());
    result.edges.resize(edges.size());
    const auto valid = [&](const LayoutEdge &e) { return e.from >= 0 && e.to >= 0 && e.from < n && e.to < n; };

    std::vector<int> root(nodes.size());
    std::iota(root.begin(), root.end(), 0);
    const auto find = [&](int v) {
        while (root[pos(v)] != v)
            v = root[pos(v)] = root[pos(root[pos(v)])];
        return v;
    };
    for (const auto &e : edges) {
        if (!valid(e))
            continue;
        const int a = find(e.from), b = find(e.to);
        root[pos(std::max(a, b))] = std::min(a, b);
    }

    // Parts in the order of their first node.
    std::vector<int> partOf(nodes.size()), local(nodes.size());
    std::vector<std::vector<int>> globals;
    for (int v = 0; v < n; ++v) {
        const int r = find(v);
        if (r == v) {
            partOf[pos(v)] = static_cast<int>(globals.size());
            globals.emplace_back();
        }
        const int part = partOf[pos(v)] = partOf[pos(r)];
        local[pos(v)] = static_cast<int>(globals[pos(part)].size());
        globals[pos(part)].push_back(v);
    }
    std::vector<std::vector<LocalEdge>> localEdges(globals.size());
    for (std::size_t i = 0; i < edges.size(); ++i) {
        const auto &e = edges[i];
        if (valid(e))
            localEdges[pos(partOf[pos(e.from)])].push_back({local[pos(e.from)], local[pos(e.to)], static_cast<int>(i)});
    }

    std::vector<Part> parts;
    parts.reserve(globals.size());
    double area = 0, rowWidth = 0;
    for (std::size_t p = 0; p < globals.size(); ++p) {
        std::vector<LayoutNode> own;
        own.reserve(globals[p].size());
        for (const int v : globals[p])
            own.push_back(nodes[pos(v)]);
        auto &part = parts.emplace_back(std::move(own), std::move(localEdges[p]), options);
        if (!part.run(control))
            return cancelledError();
        area += (part.width + options.nodeSpacing) * (part.height + options.layerSpacing);
        rowWidth = std::max(rowWidth, part.width);
    }

    // Shelves: parts side by side, the one with most nodes first, a new row where the drawing would become wider than a
    // screen's shape.
    rowWidth = std::max(rowWidth, std::sqrt(options.leftToRight ? area / kScreen : area * kScreen));
    std::vector<std::size_t> bySize(parts.size());
    std::iota(bySize.begin(), bySize.end(), std::size_t{0});
    std::stable_sort(bySize.begin(), bySize.end(), [&](auto a, auto b) { return globals[a].size() > globals[b].size(); });
    double x = 0, y = 0, rowHeight = 0;
    for (const std::size_t p : bySize) {
        const auto &part = parts[p];
        if (x > 0 && x + part.width > rowWidth) {
            x = 0;
            y += rowHeight + options.layerSpacing;
            rowHeight = 0;
        }
        for (std::size_t i = 0; i < globals[p].size(); ++i)
            result.nodes[pos(globals[p][i])] = {part.centres[i].x + x, part.centres[i].y + y};
        for (std::size_t i = 0; i < part.lines.size(); ++i) {
            auto &line = result.edges[pos(part.edges()[i].original)];
            line.reserve(part.lines[i].size());
            for (const auto &point : part.lines[i])
                line.push_back({point.x + x, point.y + y});
        }
        result.width = std::max(result.width, x + part.width);
        result.height = std::max(result.height, y + part.height);
        rowHeight = std::max(rowHeight, part.height);
        x += part.width + 2 * options.nodeSpacing;
    }
    return result;
}

} // namespace

Result<LayoutResult> layoutGraph(const std::vector<LayoutNode> &nodes, const std::vector<LayoutEdge> &edges,
                                 const LayoutOptions &options, const RunControl &control)
{
    if (!options.leftToRight)
        return layoutDownwards(nodes, edges, options, control);
    std::vector<LayoutNode> turned = nodes;
    for (auto &n : turned)
        std::swap(n.width, n.height);
    auto result = layoutDownwards(turned, edges, options, control);
    if (!result)
        return result;
    const auto turn = [](LayoutPoint &p) { std::swap(p.x, p.y); };
    std::for_each(result->nodes.begin(), result->nodes.end(), turn);
    for (auto &line : result->edges)
        std::for_each(line.begin(), line.end(), turn);
    std::swap(result->width, result->height);
    return result;
}

} // namespace requant
