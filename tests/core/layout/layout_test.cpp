// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/layout/layout.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>

using namespace requant;

namespace {

struct Graph
{
    std::vector<LayoutNode> nodes;
    std::vector<LayoutEdge> edges;
    int add(double w = 100, double h = 40)
    {
        nodes.push_back({w, h});
        return static_cast<int>(nodes.size()) - 1;
    }
    void link(int a, int b) { edges.push_back({a, b}); }
    LayoutResult layout() const { return layoutGraph(nodes, edges).value(); }
};

Graph chain(int n)
{
    Graph g;
    for (int i = 0; i < n; ++i) {
        g.add();
        if (i > 0)
            g.link(i - 1, i);
    }
    return g;
}

// Blocks of three operators with a residual connection around them, as in MobileNetV2 and ResNet.
Graph residualNet(int blocks)
{
    Graph g;
    int last = g.add();
    for (int b = 0; b < blocks; ++b) {
        const int from = last;
        for (int k = 0; k < 3; ++k) {
            const int v = g.add(100 + 13 * (k % 2), 40);
            g.link(last, v);
            last = v;
        }
        const int sum = g.add(80, 40);
        g.link(last, sum);
        g.link(from, sum);
        last = sum;
    }
    return g;
}

Graph randomGraph(unsigned seed, int n, int edges, bool cycles)
{
    std::mt19937 random(seed);
    Graph g;
    for (int i = 0; i < n; ++i)
        g.add(40 + static_cast<double>(random() % 120), 20 + static_cast<double>(random() % 60));
    for (int i = 0; i < edges; ++i) {
        int a = static_cast<int>(random() % static_cast<unsigned>(n)), b = static_cast<int>(random() % static_cast<unsigned>(n));
        if (!cycles && a == b)
            continue;
        if (!cycles && a > b)
            std::swap(a, b);
        g.link(a, b);
    }
    return g;
}

bool overlap(const Graph &g, const LayoutResult &r, std::size_t a, std::size_t b)
{
    return std::abs(r.nodes[a].x - r.nodes[b].x) < (g.nodes[a].width + g.nodes[b].width) / 2 - 0.01
           && std::abs(r.nodes[a].y - r.nodes[b].y) < (g.nodes[a].height + g.nodes[b].height) / 2 - 0.01;
}

// Clips the segment to the box, shrunk a little so that touching the border does not count (Liang, Barsky).
bool crossesBox(LayoutPoint p, LayoutPoint q, LayoutPoint centre, LayoutNode box)
{
    double t0 = 0, t1 = 1;
    const double hw = box.width / 2 - 0.01, hh = box.height / 2 - 0.01, dx = q.x - p.x, dy = q.y - p.y;
    const double ps[] = {-dx, dx, -dy, dy};
    const double qs[] = {p.x - (centre.x - hw), centre.x + hw - p.x, p.y - (centre.y - hh), centre.y + hh - p.y};
    for (int i = 0; i < 4; ++i) {
        if (ps[i] == 0) {
            if (qs[i] < 0)
                return false;
        } else if (ps[i] < 0) {
            t0 = std::max(t0, qs[i] / ps[i]);
        } else {
            t1 = std::min(t1, qs[i] / ps[i]);
        }
    }
    return t0 < t1;
}

void checkGeometry(const Graph &g, const LayoutResult &r)
{
    REQUIRE(r.nodes.size() == g.nodes.size());
    REQUIRE(r.edges.size() == g.edges.size());
    std::vector<std::size_t> byTop(g.nodes.size());
    for (std::size_t i = 0; i < byTop.size(); ++i)
        byTop[i] = i;
    const auto top = [&](std::size_t i) { return r.nodes[i].y - g.nodes[i].height / 2; };
    const auto bottom = [&](std::size_t i) { return r.nodes[i].y + g.nodes[i].height / 2; };
    std::sort(byTop.begin(), byTop.end(), [&](auto a, auto b) { return top(a) < top(b); });
    double tallest = 0;
    for (const auto &n : g.nodes)
        tallest = std::max(tallest, n.height);
    for (std::size_t i = 0; i < byTop.size(); ++i) {
        const auto v = byTop[i];
        CHECK(r.nodes[v].x - g.nodes[v].width / 2 >= -0.01);
        CHECK(r.nodes[v].x + g.nodes[v].width / 2 <= r.width + 0.01);
        CHECK(top(v) >= -0.01);
        CHECK(bottom(v) <= r.height + 0.01);
        for (std::size_t k = i + 1; k < byTop.size() && top(byTop[k]) < bottom(v); ++k)
            REQUIRE_FALSE(overlap(g, r, v, byTop[k]));
    }
    for (std::size_t e = 0; e < g.edges.size(); ++e) {
        const auto &line = r.edges[e];
        REQUIRE(line.size() >= 2);
        const auto from = static_cast<std::size_t>(g.edges[e].from), to = static_cast<std::size_t>(g.edges[e].to);
        CHECK(line.front().y == Approx(bottom(from)));
        CHECK(std::abs(line.front().x - r.nodes[from].x) <= g.nodes[from].width / 2);
        CHECK(line.back().y == Approx(top(to)));
        CHECK(std::abs(line.back().x - r.nodes[to].x) <= g.nodes[to].width / 2);
        for (std::size_t s = 1; s < line.size(); ++s) {
            CHECK(line[s].x <= r.width + 0.01);
            CHECK(line[s].x >= -0.01);
            const double low = std::min(line[s - 1].y, line[s].y), high = std::max(line[s - 1].y, line[s].y);
            auto at = std::lower_bound(byTop.begin(), byTop.end(), low - tallest, [&](auto i, double y) { return top(i) < y; });
            for (; at != byTop.end() && top(*at) < high; ++at)
                REQUIRE_FALSE(crossesBox(line[s - 1], line[s], r.nodes[*at], g.nodes[*at]));
        }
    }
}

std::string drawn(const LayoutResult &r)
{
    std::string s;
    for (const auto &n : r.nodes)
        s += std::to_string(std::lround(n.x)) + "," + std::to_string(std::lround(n.y)) + " ";
    return s;
}

} // namespace

TEST_CASE("emptyGraphHasNoExtent")
{
    const auto r = layoutGraph({}, {}).value();
    CHECK(r.nodes.empty());
    CHECK(r.edges.empty());
    CHECK(r.width == 0);
    CHECK(r.height == 0);
}

TEST_CASE("singleNodeSitsAtItsHalfSize")
{
    Graph g;
    g.add(100, 40);
    const auto r = g.layout();
    CHECK(drawn(r) == "50,20 ");
    CHECK(r.width == 100);
    CHECK(r.height == 40);
}

TEST_CASE("chainIsAVerticalColumn")
{
    const auto g = chain(4);
    const auto r = g.layout();
    CHECK(drawn(r) == "50,20 50,100 50,180 50,260 ");
    for (const auto &line : r.edges) {
        REQUIRE(line.size() == 2);
        CHECK(line[0].x == 50);
        CHECK(line[1].x == 50);
    }
    checkGeometry(g, r);
}

TEST_CASE("nodesOfDifferentWidthShareTheChainsAxis")
{
    Graph g;
    g.add(60, 40), g.add(200, 20), g.add(100, 80);
    g.link(0, 1), g.link(1, 2);
    const auto r = g.layout();
    CHECK(drawn(r) == "100,20 100,90 100,180 ");
    checkGeometry(g, r);
}

TEST_CASE("diamondPutsTheSecondBranchBesideTheFirst")
{
    Graph g;
    for (int i = 0; i < 4; ++i)
        g.add();
    g.link(0, 1), g.link(0, 2), g.link(1, 3), g.link(2, 3);
    const auto r = g.layout();
    CHECK(drawn(r) == "50,20 50,100 182,100 50,180 ");
    checkGeometry(g, r);
}

TEST_CASE("residualTrackIsStraightAndBesideTheSpine")
{
    const auto g = residualNet(1); // 0 1 2 3 4, edge 0 -> 4 is the last one
    const auto r = g.layout();
    checkGeometry(g, r);
    const double spine = r.nodes[0].x;
    for (const auto &n : r.nodes)
        CHECK(n.x == spine);
    const auto &track = r.edges.back();
    REQUIRE(track.size() == 4);
    CHECK(track[1].x == track[2].x);
    CHECK(track[1].x > spine + 113.0 / 2);
    CHECK(track[1].y <= r.nodes[1].y);
    CHECK(track[2].y >= r.nodes[3].y);
}

TEST_CASE("spineOfAResidualNetworkIsExactlyVertical")
{
    const auto g = residualNet(40);
    const auto r = g.layout();
    checkGeometry(g, r);
    for (const auto &n : r.nodes)
        REQUIRE(n.x == r.nodes[0].x);
}

TEST_CASE("sourceSinksToItsConsumer")
{
    auto g = chain(5);
    const int late = g.add();
    g.link(late, 4);
    const auto r = g.layout();
    CHECK(r.nodes[5].y == r.nodes[3].y);
    checkGeometry(g, r);
}

TEST_CASE("loneLongEdgeIsStraightFromNodeToNode")
{
    // 0 has two children; the second child's only way on is a long edge.
    auto g = chain(6);
    const int head = g.add();
    const int concat = g.add();
    g.link(0, head), g.link(5, concat), g.link(head, concat);
    const auto r = g.layout();
    checkGeometry(g, r);
    const auto &line = r.edges.back();
    CHECK(line.front().x == r.nodes[static_cast<std::size_t>(head)].x);
    CHECK(line[1].x == line.front().x);
}

TEST_CASE("parallelEdgesAreDrawnApart")
{
    Graph g;
    g.add(), g.add();
    g.link(0, 1), g.link(0, 1), g.link(0, 1);
    const auto r = g.layout();
    checkGeometry(g, r);
    CHECK(r.edges[0].front().x != r.edges[1].front().x);
    CHECK(r.edges[1].front().x != r.edges[2].front().x);
    CHECK(r.edges[0].front().x != r.edges[2].front().x);
}

TEST_CASE("selfLoopRunsAroundItsNode")
{
    Graph g;
    g.add();
    g.link(0, 0);
    const auto r = g.layout();
    checkGeometry(g, r);
    CHECK(r.width > 100);
}

TEST_CASE("edgeThatClosesACycleDoesNotConstrainLayers")
{
    auto g = chain(4);
    g.link(3, 0);
    const auto r = g.layout();
    checkGeometry(g, r);
    for (std::size_t i = 1; i < 4; ++i)
        CHECK(r.nodes[i].y > r.nodes[i - 1].y);
}

TEST_CASE("ringOfTwoIsDrawn")
{
    Graph g;
    g.add(), g.add();
    g.link(0, 1), g.link(1, 0);
    checkGeometry(g, g.layout());
}

TEST_CASE("separatePartsStandSideBySide")
{
    auto g = chain(3);
    for (int i = 0; i < 3; ++i)
        g.add();
    g.link(3, 4), g.link(4, 5);
    const auto r = g.layout();
    checkGeometry(g, r);
    CHECK(r.nodes[3].y == r.nodes[0].y);
    CHECK(r.nodes[3].x > r.nodes[0].x);
}

TEST_CASE("manyLoneNodesWrapIntoRows")
{
    Graph g;
    for (int i = 0; i < 2000; ++i)
        g.add();
    const auto r = g.layout();
    checkGeometry(g, r);
    CHECK(r.width < 4 * r.height);
    CHECK(r.height < 4 * r.width);
}

TEST_CASE("edgesToMissingNodesGetNoLine")
{
    auto g = chain(2);
    g.link(1, 7);
    g.link(-1, 0);
    const auto r = g.layout();
    CHECK(r.edges[0].size() == 2);
    CHECK(r.edges[1].empty());
    CHECK(r.edges[2].empty());
}

TEST_CASE("randomGraphsHaveNoOverlapAndNoEdgeThroughANode")
{
    for (unsigned seed = 1; seed <= 25; ++seed) {
        CAPTURE(seed);
        const auto g = randomGraph(seed, 5 + static_cast<int>(seed) * 4, 8 + static_cast<int>(seed) * 6, seed % 3 == 0);
        checkGeometry(g, g.layout());
    }
}

TEST_CASE("leftToRightIsTopToBottomTurned")
{
    Graph g;
    g.add(60, 40), g.add(200, 20), g.add(100, 80);
    g.link(0, 1), g.link(1, 2), g.link(0, 2);
    LayoutOptions across;
    across.leftToRight = true;
    const auto r = layoutGraph(g.nodes, g.edges, across).value();
    CHECK(drawn(r) == "30,40 200,40 390,40 "); // layers 60, 200 and 100 wide with 40 between; the track is below
    REQUIRE(r.edges[2].size() == 4);
    CHECK(r.edges[2].front().x == 60);
    CHECK(r.edges[2].back().x == 340);
    CHECK(r.edges[2][1].y == r.edges[2][2].y);
    CHECK(r.edges[2][1].y > 50);

    for (unsigned seed = 1; seed <= 10; ++seed) {
        CAPTURE(seed);
        auto turned = randomGraph(seed, 40, 60, seed % 2 == 0);
        auto sideways = layoutGraph(turned.nodes, turned.edges, across).value();
        // Turned back it is a layout of the turned boxes, with the same promises.
        for (auto &n : turned.nodes)
            std::swap(n.width, n.height);
        for (auto &n : sideways.nodes)
            std::swap(n.x, n.y);
        for (auto &line : sideways.edges)
            for (auto &p : line)
                std::swap(p.x, p.y);
        std::swap(sideways.width, sideways.height);
        checkGeometry(turned, sideways);
    }
}

TEST_CASE("layoutIsDeterministic")
{
    const auto g = randomGraph(7, 300, 500, true);
    const auto a = g.layout(), b = g.layout();
    CHECK(drawn(a) == drawn(b));
}

TEST_CASE("fiveThousandNodesHaveNoOverlapAndNoEdgeThroughANode")
{
    const auto g = residualNet(1250);
    const auto r = g.layout();
    checkGeometry(g, r);
    for (const auto &n : r.nodes)
        REQUIRE(n.x == r.nodes[0].x);
}

TEST_CASE("veryLongEdgesRunInLanesAndStayWithinTime")
{
    auto g = residualNet(500); // 2001 nodes in a column
    const int n = static_cast<int>(g.nodes.size());
    for (int i = 0; i < 900; ++i)
        g.link(i, n - 1 - i);
    const auto begin = std::chrono::steady_clock::now();
    const auto r = g.layout();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    CHECK(took.count() < 5); // generous: a sanitizer build on a busy machine
    checkGeometry(g, r);
}

TEST_CASE("cancelledLayoutAnswersCancelled")
{
    const std::atomic<bool> cancelled{true};
    const auto g = chain(10);
    const auto r = layoutGraph(g.nodes, g.edges, {}, RunControl(&cancelled, {}));
    REQUIRE_FALSE(r);
    CHECK(r.error().message == &kCancelled);
}

// Run with "[.bench]": prints the time of layouts of several sizes.
TEST_CASE("layoutTimes", "[.bench]")
{
    const auto time = [](const char *what, const Graph &g) {
        double best = 1e9;
        for (int i = 0; i < 5; ++i) {
            const auto begin = std::chrono::steady_clock::now();
            const auto r = g.layout();
            best = std::min(best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
        }
        WARN(what << ": " << g.nodes.size() << " nodes, " << g.edges.size() << " edges: " << best << " ms");
    };
    time("residual", residualNet(500));
    time("residual", residualNet(2500));
    time("random", randomGraph(1, 2000, 2500, false));
    time("random", randomGraph(1, 10000, 12500, false));
}
