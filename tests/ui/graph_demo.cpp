// SPDX-License-Identifier: GPL-3.0-or-later
// A picture of the graph view, for looking at it.
#include "core/convert/convert.h"
#include "core/tflite/tflite.h"
#include "ui/logic/selection.h"
#include "ui/widgets/graph/graphview.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QElapsedTimer>
#include <QScrollBar>
#include <QEventLoop>
#include <QTest>

#include <cmath>
#include <cstdio>
#include <functional>

using namespace requant;

namespace {

// Residual blocks of three convolutions and an ADD.
std::shared_ptr<const Model> syntheticModel(int operators)
{
    auto model = std::make_shared<Model>();
    model->buffers.emplace_back();
    auto &g = model->subgraphs.emplace_back();
    const auto tensor = [&](const std::string &name) {
        Tensor t;
        t.name = name;
        t.shape = {1, 56, 56, 64};
        t.type = ElementType::UInt8;
        t.quant = QuantParams::perTensor(0.1f, 128);
        g.tensors.push_back(t);
        return TensorIndex(g.tensors.size() - 1);
    };
    auto last = tensor("input"), start = last;
    g.inputs = {last};
    for (int i = 0; i < operators; ++i) {
        Operator op;
        const bool sum = i % 4 == 3;
        op.code = sum ? Op::Add : i % 4 == 1 ? Op::DepthwiseConv2D : Op::Conv2D;
        op.inputs = sum ? std::vector{last, start} : std::vector{last};
        last = tensor("network/block_" + std::to_string(i / 4) + "/part_" + std::to_string(i % 4));
        op.outputs = {last};
        if (sum)
            start = last;
        g.operators.push_back(op);
    }
    g.outputs = {last};
    return model;
}

double millisecondsPerFrame(QWidget &widget, int frames, const std::function<void(int)> &before)
{
    QImage image(widget.size(), QImage::Format_ARGB32_Premultiplied);
    QElapsedTimer clock;
    clock.start();
    for (int i = 0; i < frames; ++i) {
        before(i);
        widget.render(&image);
    }
    return static_cast<double>(clock.nsecsElapsed()) / 1e6 / frames;
}

} // namespace

int main(int argc, char **argv)
{
    QApplication app(argc, argv);
    QCommandLineParser args;
    args.addHelpOption();
    args.addPositionalArgument(QStringLiteral("model"), QStringLiteral("a .tflite file, or @5000 for a made-up network of that size"));
    args.addPositionalArgument(QStringLiteral("out"), QStringLiteral("a .png or .svg file"));
    args.addOptions({
        {QStringLiteral("profile"), QStringLiteral("convert to this profile"), QStringLiteral("id")},
        {QStringLiteral("dark"), QStringLiteral("dark theme")},
        {QStringLiteral("heat"), QStringLiteral("show made-up heat")},
        {QStringLiteral("size"), QStringLiteral("of the window"), QStringLiteral("WxH"), QStringLiteral("900x700")},
        {QStringLiteral("zoom"), QStringLiteral("factor"), QStringLiteral("z")},
        {QStringLiteral("fit"), QStringLiteral("show everything")},
        {QStringLiteral("select"), QStringLiteral("operators"), QStringLiteral("n,m")},
        {QStringLiteral("search"), QStringLiteral("text"), QStringLiteral("text")},
        {QStringLiteral("whole"), QStringLiteral("the whole graph as one picture")},
        {QStringLiteral("across"), QStringLiteral("left to right")},
        {QStringLiteral("labels"), QStringLiteral("types and scales at lines")},
        {QStringLiteral("collapse"), QStringLiteral("name scopes to that depth"), QStringLiteral("depth")},
        {QStringLiteral("down"), QStringLiteral("walk down n times"), QStringLiteral("n")},
    });
    args.process(app);
    const auto files = args.positionalArguments();
    if (files.size() != 2)
        args.showHelp(2);
    applyTheme(app, args.isSet(QStringLiteral("dark")) ? Theme::Dark : Theme::Light);

    std::shared_ptr<const Model> model;
    if (files[0].startsWith(u'@')) {
        model = syntheticModel(files[0].mid(1).toInt());
    } else {
        auto loaded = loadTflite(files[0].toStdString());
        if (!loaded) {
            std::fprintf(stderr, "%s\n", text(loaded.error()).c_str());
            return 1;
        }
        model = loaded->model;
    }
    Selection selection;
    GraphView view;
    const auto size = args.value(QStringLiteral("size")).split(u'x');
    view.resize(size.value(0).toInt(), size.value(1).toInt());
    view.show();
    view.setSelection(&selection);
    QElapsedTimer clock;
    clock.start();
    view.setLeftToRight(args.isSet(QStringLiteral("across")));
    view.setEdgeLabelsVisible(args.isSet(QStringLiteral("labels")));
    view.setModel(model);
    while (!view.isReady() && clock.elapsed() < 60'000)
        QApplication::processEvents(QEventLoop::AllEvents, 20);
    std::printf("opened in %lld ms, %d nodes\n", static_cast<long long>(clock.elapsed()), view.nodeCount());

    if (args.isSet(QStringLiteral("collapse")))
        view.collapseScopes(args.value(QStringLiteral("collapse")).toInt());
    const auto id = args.value(QStringLiteral("profile")).toStdString();
    if (const auto *profile = id.empty() ? nullptr : findProfile(id)) {
        ConvertInput input;
        input.model = model;
        input.recipe = profile->recipe;
        auto converted = convert(input);
        if (!converted) {
            std::fprintf(stderr, "%s\n", text(converted.error()).c_str());
            return 1;
        }
        view.setConversion(std::make_shared<const Conversion>(std::move(*converted)));
        std::printf("%d requantize operators\n", view.requantizeCount());
    }
    if (args.isSet(QStringLiteral("heat"))) {
        Heat heat;
        heat.title = QStringLiteral("Activation SQNR, local");
        heat.unit = QStringLiteral("dB");
        heat.worst = 10;
        heat.best = 45;
        for (int i = 0; i < view.content().operatorCount; ++i)
            heat.values.push_back(i % 11 == 10 ? std::nan("") : 28 + 18 * std::sin(i * 0.7));
        view.setHeat(heat);
    }
    std::vector<int> ops;
    for (const auto &n : args.value(QStringLiteral("select")).split(u',', Qt::SkipEmptyParts))
        ops.push_back(n.toInt());
    if (!ops.empty())
        selection.set(ops, ops.front());
    if (args.isSet(QStringLiteral("fit")))
        view.fit();
    if (args.isSet(QStringLiteral("zoom"))) {
        const double wanted = args.value(QStringLiteral("zoom")).toDouble();
        while (view.zoom() < wanted / 1.26)
            view.zoomIn();
        while (view.zoom() > wanted * 1.26)
            view.zoomOut();
        if (!ops.empty())
            view.centerOn(view.content().nodes[static_cast<std::size_t>(ops.front())].rect.center());
    }
    if (args.isSet(QStringLiteral("search"))) {
        view.showSearch();
        QApplication::processEvents();
        QTest::keyClicks(QApplication::focusWidget(), args.value(QStringLiteral("search")));
    }
    for (int i = args.value(QStringLiteral("down")).toInt(); i > 0; --i)
        QTest::keyClick(&view, Qt::Key_Down);
    QTest::qWait(200);
    std::printf("ms a frame: still %.1f", millisecondsPerFrame(view, 20, [](int) {}));
    const auto pan = [&](int i) { view.verticalScrollBar()->setValue(view.verticalScrollBar()->value() + (i % 2 ? 40 : -40)); };
    std::printf(", panning %.1f", millisecondsPerFrame(view, 20, pan));
    view.setRenderHint(QPainter::Antialiasing, false);
    std::printf(", without antialiasing %.1f\n", millisecondsPerFrame(view, 20, pan));
    view.setRenderHint(QPainter::Antialiasing, true);
    const bool ok = args.isSet(QStringLiteral("whole")) ? view.savePicture(files[1]) : view.grab().save(files[1]);
    return ok ? 0 : 1;
}
