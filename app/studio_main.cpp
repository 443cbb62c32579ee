// SPDX-License-Identifier: GPL-3.0-or-later
// Requant Studio's program: arguments, theme, window. With --screenshot it draws the window into a file and ends.
#include "core/scheme/recipejson.h"
#include "ui/logic/document.h"
#include "ui/logic/language.h"
#include "ui/logic/places.h"
#include "ui/logic/recipeedit.h"
#include "ui/logic/selection.h"
#include "ui/logic/session.h"
#include "ui/widgets/mainwindow.h"
#include "ui/widgets/theme/theme.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QDialog>
#include <QFileInfo>
#include <QPainter>
#include <QSettings>
#include <QTextStream>
#include <QTimer>

#include <cstdio>

using namespace requant;

namespace {

void say(const QString &text)
{
    QTextStream(stderr) << "requant-studio: " << text << Qt::endl;
}

// The window with its open dialogs over it.
QPixmap picture(QWidget &window)
{
    QPixmap all = window.grab();
    QPainter painter(&all);
    for (QDialog *dialog : window.findChildren<QDialog *>()) {
        if (!dialog->isVisible())
            continue;
        const QPixmap one = dialog->grab();
        const QRect frame(QPoint((window.width() - dialog->width()) / 2, (window.height() - dialog->height()) / 2),
                          dialog->size());
        painter.fillRect(frame.adjusted(-1, -1, 1, 1), window.palette().color(QPalette::Shadow));
        painter.drawPixmap(frame.topLeft(), one);
    }
    return all;
}

// Selects what --select names: numbers, or parts of layer names, separated by commas.
void selectLayers(Session *session, const QString &what)
{
    const Document *doc = session->document();
    if (!doc)
        return;
    std::vector<int> ops;
    const auto &g = doc->mainGraph();
    for (const QString &word : what.split(u',', Qt::SkipEmptyParts)) {
        bool isNumber = false;
        const int n = word.toInt(&isNumber);
        for (int i = 0; i < int(g.operators.size()); ++i) {
            if (isNumber ? i == n : QString::fromStdString(layerName(g, g.operators[std::size_t(i)])).contains(word))
                ops.push_back(i);
        }
    }
    session->selection()->set(ops);
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication::setOrganizationName(QStringLiteral("Requant"));
    QCoreApplication::setApplicationName(QStringLiteral("Requant Studio"));
    QCoreApplication::setApplicationVersion(QStringLiteral(REQUANT_VERSION));
    QApplication app(argc, argv);
    app.setDesktopFileName(QStringLiteral("requant-studio"));

    QCommandLineParser args;
    args.setApplicationDescription(QStringLiteral("Shows a quantized network and re-quantizes it to another scheme."));
    args.addHelpOption();
    args.addVersionOption();
    args.addPositionalArgument(
        QStringLiteral("model"),
        QStringLiteral("A .tflite model or a .requant project; without one the sample is opened at the first start."),
        QStringLiteral("[model]"));
    const QCommandLineOption recipeOption(QStringLiteral("recipe"), QStringLiteral("Start with this recipe (JSON)."),
                                          QStringLiteral("file"));
    const QCommandLineOption profileOption(QStringLiteral("profile"), QStringLiteral("Start with this target profile."),
                                           QStringLiteral("id"));
    const QCommandLineOption samplesOption(QStringLiteral("samples"),
                                           QStringLiteral("Measure activation errors on these samples."),
                                           QStringLiteral("path"));
    const QCommandLineOption limitOption(QStringLiteral("limit"), QStringLiteral("Measure at most this many samples."),
                                         QStringLiteral("n"));
    const QCommandLineOption themeOption(QStringLiteral("theme"), QStringLiteral("system, light or dark."),
                                         QStringLiteral("name"));
    const QCommandLineOption languageOption(QStringLiteral("language"),
                                            QStringLiteral("en or de instead of the language of settings and system."),
                                            QStringLiteral("code"));
    const QCommandLineOption shotOption(
        QStringLiteral("screenshot"),
        QStringLiteral("Draw the window into this PNG file when all is computed, then end."), QStringLiteral("file"));
    const QCommandLineOption sizeOption(QStringLiteral("size"), QStringLiteral("Size of the window, e.g. 1440x900."),
                                        QStringLiteral("WxH"));
    const QCommandLineOption waitOption(
        QStringLiteral("wait-idle"), QStringLiteral("Wait for all computations before the screenshot (always done)."));
    const QCommandLineOption selectOption(
        QStringLiteral("select"), QStringLiteral("Select layers: numbers or parts of names, separated by commas."),
        QStringLiteral("layers"));
    const QCommandLineOption showOption(
        QStringLiteral("show"),
        QStringLiteral("Bring parts to the front, separated by commas: layers, layer, scheme, why, scale, weights, "
                       "activations, steps, cosine, saturation, shift, causes, histogram, variants, chart-table, "
                       "compare, side-by-side, "
                       "issues, rules, recipe, targets, heat, export, samples, jobs, help, tour."),
        QStringLiteral("parts"));
    const QCommandLineOption variantOption(
        QStringLiteral("variant"), QStringLiteral("Add a variant for this target profile; may be given several times."),
        QStringLiteral("id"));
    const QCommandLineOption compareOption(QStringLiteral("compare"),
                                           QStringLiteral("Compare the model with this file."), QStringLiteral("file"));
    args.addOptions({recipeOption, profileOption, variantOption, compareOption, samplesOption, limitOption, themeOption,
                     languageOption, shotOption, sizeOption, waitOption, selectOption, showOption});
    args.process(app);

    const QString shot = args.value(shotOption);
    const bool remember = shot.isEmpty(); // a screenshot depends on its arguments alone
    Theme theme =
        remember ? Theme(QSettings().value(QStringLiteral("theme"), int(Theme::System)).toInt()) : Theme::Light;
    if (args.isSet(themeOption)) {
        const QString name = args.value(themeOption);
        if (name != QStringLiteral("system") && name != QStringLiteral("light") && name != QStringLiteral("dark")) {
            say(QStringLiteral("unknown theme: %1").arg(name));
            return 2;
        }
        theme = name == QStringLiteral("dark")    ? Theme::Dark
                : name == QStringLiteral("light") ? Theme::Light
                                                  : Theme::System;
    }
    applyTheme(app, theme);
    const QString language = args.isSet(languageOption) ? args.value(languageOption)
                             : remember                 ? QSettings().value(QStringLiteral("language")).toString()
                                                        : QStringLiteral("en");
    if (!setLanguage(language) && args.isSet(languageOption)) {
        say(QStringLiteral("unknown language: %1").arg(language));
        return 2;
    }

    const bool firstStart = remember && recentFiles().isEmpty();
    MainWindow window(remember);
    Session *session = window.session();
    if (args.isSet(profileOption)) {
        const Profile *p = findProfile(args.value(profileOption).toStdString());
        if (!p) {
            say(QStringLiteral("unknown profile: %1").arg(args.value(profileOption)));
            return 2;
        }
        session->setStartRecipe(fromProfile(*p, {}, false));
    }
    if (args.isSet(recipeOption)) {
        const auto recipe = loadRecipe(std::filesystem::path(args.value(recipeOption).toStdU16String()));
        if (!recipe) {
            say(QString::fromStdString(text(recipe.error())));
            return 2;
        }
        session->setStartRecipe(*recipe);
    }
    if (args.isSet(limitOption))
        session->setSampleLimit(args.value(limitOption).toInt());
    if (args.isSet(sizeOption)) {
        const QStringList parts = args.value(sizeOption).split(u'x');
        const QSize size(parts.value(0).toInt(), parts.value(1).toInt());
        if (size.isEmpty()) {
            say(QStringLiteral("not a size: %1").arg(args.value(sizeOption)));
            return 2;
        }
        window.resize(size);
    }

    bool failed = false;
    for (const QString &id : args.values(variantOption)) {
        if (!findProfile(id.toStdString())) {
            say(QStringLiteral("unknown profile: %1").arg(id));
            return 2;
        }
    }
    const auto finishOpening = [&] {
        for (const QString &id : args.values(variantOption))
            session->document()->variants()->add(fromProfile(*findProfile(id.toStdString()), {}, false));
        if (args.isSet(compareOption))
            window.compareWith(args.value(compareOption));
        if (args.isSet(samplesOption))
            session->openSamples(args.value(samplesOption));
        selectLayers(session, args.value(selectOption));
        for (const QString &part : args.value(showOption).split(u',', Qt::SkipEmptyParts)) {
            if (!window.showPart(part))
                say(QStringLiteral("unknown part: %1").arg(part));
        }
    };
    QObject::connect(session, &Session::documentChanged, &window, finishOpening, Qt::SingleShotConnection);
    QObject::connect(session, &Session::openFailed, &window, [&](const QString &, const QString &why) {
        failed = true;
        if (!shot.isEmpty())
            say(why);
    });
    if (!args.positionalArguments().isEmpty())
        window.open(args.positionalArguments().constFirst());
    else if (!shot.isEmpty() || (firstStart && !sampleModelFile().isEmpty()))
        window.openSample();

    window.show();
    if (shot.isEmpty()) {
        window.offerRecovery();
        return app.exec();
    }

    int result = 1;
    const auto draw = [&] {
        if (!session->isIdle())
            return;
        // A moment for what is drawn after the last result: the graph's layout and the charts.
        QTimer::singleShot(400, &window, [&] {
            if (!session->isIdle())
                return;
            result = picture(window).save(shot) ? (failed ? 1 : 0) : 1;
            if (!QFileInfo::exists(shot))
                say(QStringLiteral("cannot write %1").arg(shot));
            app.exit(result);
        });
    };
    QObject::connect(session, &Session::idle, &window, draw);
    QTimer::singleShot(0, &window, draw);
    return app.exec();
}
