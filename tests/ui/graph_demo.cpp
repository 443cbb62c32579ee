// SPDX-License-Identifier: GPL-3.0-or-later
// A picture of the graph view, for looking at it.
#include "core/convert/convert.h"
#include "core/tflite/tflite.h"
#include "ui/logic/selection.h"
#include "ui/widgets/graph/graphview.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QTest>

#include <cmath>
#include <cstdio>

using namespace requant;

int main(int argc, char **argv)
{
    QApplication app(argc, argv);
    QCommandLineParser args;
    args.addHelpOption();
    args.addPositionalArgument(QStringLiteral("model"), QStringLiteral("a .tflite file"));
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
        {QStringLiteral("down"), QStringLiteral("walk down n times"), QStringLiteral("n")},
    });
    args.process(app);
    const auto files = args.positionalArguments();
    if (files.size() != 2)
        args.showHelp(2);
    applyTheme(app, args.isSet(QStringLiteral("dark")) ? Theme::Dark : Theme::Light);

    const auto loaded = loadTflite(files[0].toStdString());
    if (!loaded) {
        std::fprintf(stderr, "%s\n", text(loaded.error()).c_str());
        return 1;
    }
    Selection selection;
    GraphView view;
    const auto size = args.value(QStringLiteral("size")).split(u'x');
    view.resize(size.value(0).toInt(), size.value(1).toInt());
    view.show();
    view.setSelection(&selection);
    QElapsedTimer clock;
    clock.start();
    view.setModel(loaded->model);
    while (!view.isReady() && clock.elapsed() < 60'000)
        QApplication::processEvents(QEventLoop::AllEvents, 20);
    std::printf("opened in %lld ms, %d nodes\n", static_cast<long long>(clock.elapsed()), view.nodeCount());

    const auto id = args.value(QStringLiteral("profile")).toStdString();
    if (const auto *profile = id.empty() ? nullptr : findProfile(id)) {
        ConvertInput input;
        input.model = loaded->model;
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
    clock.restart();
    const int frames = 20;
    for (int i = 0; i < frames; ++i)
        (void)view.grab();
    std::printf("a frame takes %.1f ms\n", static_cast<double>(clock.elapsed()) / frames);
    const bool ok = args.isSet(QStringLiteral("whole")) ? view.savePicture(files[1]) : view.grab().save(files[1]);
    return ok ? 0 : 1;
}
