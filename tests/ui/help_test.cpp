// SPDX-License-Identifier: GPL-3.0-or-later
// Help, tour, jobs, samples with preview and labels; and that everything in the window can be reached and has a name.
#include "core/convert/convert.h"
#include "core/sim/samples.h"
#include "core/tflite/tflite.h"
#include "tests/ui/fixtures.h"
#include "tests/ui/windowfixtures.h"
#include "ui/logic/document.h"
#include "ui/logic/helptexts.h"
#include "ui/logic/jobsmodel.h"
#include "ui/logic/labelmeter.h"
#include "ui/logic/places.h"
#include "ui/logic/samplepreview.h"
#include "ui/logic/selection.h"
#include "ui/logic/session.h"
#include "ui/widgets/commandpalette.h"
#include "ui/widgets/exportdialog.h"
#include "ui/widgets/helppanel.h"
#include "ui/widgets/mainwindow.h"
#include "ui/widgets/samplesdialog.h"
#include "ui/widgets/theme/theme.h"
#include "ui/widgets/tour.h"

#include <QAbstractItemModelTester>
#include <QAccessible>
#include <QAction>
#include <QApplication>
#include <QDockWidget>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMap>
#include <QMenu>
#include <QMenuBar>
#include <QPushButton>
#include <QScrollBar>
#include <QSettings>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTabBar>
#include <QTemporaryDir>
#include <QTest>
#include <QTextBrowser>
#include <QToolButton>

#include <functional>

using namespace requant;
using namespace requant::test;

namespace {

template <class T>
T *part(QWidget &w, const char *name)
{
    return w.findChild<T *>(QLatin1String(name));
}

QString described(const QWidget *w)
{
    QStringList path;
    for (const QWidget *at = w; at; at = at->parentWidget())
        path.prepend(QStringLiteral("%1:%2").arg(QLatin1String(at->metaObject()->className()), at->objectName()));
    return path.join(QStringLiteral(" > "));
}

// Parts of other controls, which are reached and named with them.
bool isInner(const QWidget *w)
{
    // Labels whose text can be selected take a click, and views' viewports the focus of their view.
    if (qobject_cast<const QLabel *>(w) || (w->parentWidget() && w->parentWidget()->inherits("QAbstractScrollArea")))
        return true;
    if (qobject_cast<const QScrollBar *>(w) || w->objectName().startsWith(QStringLiteral("qt_")))
        return true;
    for (const QWidget *p = w->parentWidget(); p; p = p->parentWidget()) {
        if (p->inherits("QComboBox") || p->inherits("QAbstractSpinBox") || p->inherits("QTabBar")
            || p->inherits("QLineEdit") || p->inherits("QMenuBar") || p->inherits("QDockWidgetTitleButton"))
            return true;
    }
    return w->inherits("QDockWidgetTitleButton") || w->inherits("QTabBar") || w->inherits("QMenu")
           || w->inherits("QHeaderView");
}

// Visible controls that take the focus but no Tab reaches, or that have no accessible name.
QStringList unreachable(QWidget &root)
{
    QStringList found;
    QSet<const QWidget *> chain;
    for (QWidget *w = root.nextInFocusChain(); w && !chain.contains(w); w = w->nextInFocusChain())
        chain.insert(w);
    for (QWidget *w : root.findChildren<QWidget *>()) {
        if (!w->isVisibleTo(&root) || w->focusPolicy() == Qt::NoFocus || isInner(w) || w->window() != root.window())
            continue;
        const auto *view = QAccessible::queryAccessibleInterface(w);
        const QString name = view ? view->text(QAccessible::Name) : QString();
        // A combo box gives its value for a name here; what it is for must be told by itself or by a label.
        const auto labels = root.findChildren<QLabel *>();
        const bool labelled =
            std::any_of(labels.begin(), labels.end(), [w](const QLabel *l) { return l->buddy() == w; });
        if (name.trimmed().isEmpty() || (w->inherits("QComboBox") && w->accessibleName().isEmpty() && !labelled))
            found << QStringLiteral("no name: ") + described(w);
        if (!chain.contains(w))
            found << QStringLiteral("not in the focus chain: ") + described(w);
        else if (!(w->focusPolicy() & Qt::TabFocus) && !qobject_cast<QToolButton *>(w))
            found << QStringLiteral("not by Tab: ") + described(w);
    }
    return found;
}

} // namespace

class HelpTest : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        isolateSettings(m_folder.path());
        applyTheme(*qApp, Theme::Light);
    }
    void init() { QSettings().clear(); }
    void cleanup() { QCOMPARE(LogCatcher::taken(), QStringList()); }

    void everyTopicHasWordsAndIsFound()
    {
        const auto topics = helpTopics();
        QSet<QString> ids;
        for (const HelpTopic &t : topics) {
            QVERIFY2(!ids.contains(t.id), qPrintable(t.id));
            ids.insert(t.id);
            QVERIFY(!t.title.isEmpty() && !t.group.isEmpty() && t.body.size() > 60);
        }
        HelpPanel panel;
        panel.show();
        auto *text = part<QTextBrowser>(panel, "helpText");
        panel.showTopic(QStringLiteral("steps"));
        QVERIFY(text->toPlainText().contains(QStringLiteral("0.289 steps RMS is what ideal rounding gives")));
        part<QLineEdit>(panel, "helpSearch")->setText(QStringLiteral("clipping"));
        auto *list = part<QListWidget>(panel, "helpTopics");
        int shown = 0;
        for (int i = 0; i < list->count(); ++i)
            shown += !list->item(i)->isHidden();
        QVERIFY(shown > 0 && shown < list->count());
        QVERIFY(!list->currentItem()->isHidden());
        QVERIFY(text->toPlainText().contains(QStringLiteral("clip"), Qt::CaseInsensitive));
        panel.showTopic(QStringLiteral("no such topic"));
    }

    void everythingFocusableHasANameAndIsReachedByTab()
    {
        MainWindow w(false);
        w.resize(1440, 900);
        w.show();
        QStringList found = unreachable(w);
        QVERIFY(opened(w, sampleModelFile()));
        w.session()->selection()->select(7);
        for (const char *shown :
             {"layers",      "layer",       "scheme",  "why",          "channels", "scale",  "weights",
              "activations", "steps",       "cosine",  "saturation",   "shift",    "causes", "histogram",
              "variants",    "chart-table", "compare", "side-by-side", "issues",   "rules",  "recipe",
              "targets",     "jobs",        "help",    "heat"}) {
            QVERIFY2(w.showPart(QLatin1String(shown)), shown);
            QTest::qWait(20);
            found += unreachable(w);
        }
        part<QAction>(w, "commandPaletteOpen")->trigger();
        auto *palette = w.findChild<CommandPalette *>();
        QVERIFY(palette && palette->isVisible());
        found += unreachable(*palette);
        palette->close();
        ExportDialog exporting(w.session());
        SamplesDialog samples(w.session());
        for (QDialog *d : std::initializer_list<QDialog *>{&exporting, &samples}) {
            d->setAttribute(Qt::WA_DeleteOnClose, false);
            d->show();
            found += unreachable(*d);
        }
        QTRY_VERIFY_WITH_TIMEOUT(w.session()->isIdle(), kPatience);
        found.removeDuplicates();
        QVERIFY2(found.isEmpty(), qPrintable(u'\n' + found.join(u'\n')));
    }

    void everyControlExplainsItself()
    {
        MainWindow w(false);
        w.show();
        QVERIFY(opened(w, sampleModelFile()));
        QStringList without;
        for (QWidget *c : w.findChildren<QWidget *>()) {
            if (c->isVisibleTo(&w) && c->focusPolicy() != Qt::NoFocus && !isInner(c) && c->whatsThis().isEmpty())
                without << described(c);
        }
        // Known gaps are told, so that they are seen; the named controls must have theirs.
        if (!without.isEmpty())
            qInfo().noquote() << "without What's This:\n" + without.join(u'\n');
        for (const char *name : {"profilePicker", "layerTable", "layerFilter", "graphView", "graphHeat"})
            QVERIFY2(!part<QWidget>(w, name)->whatsThis().isEmpty(), name);
    }

    void everythingInTheMenusHasAKeyOfItsOwn()
    {
        MainWindow w(false);
        w.show();
        QMap<QString, QString> of;
        QStringList without, twice;
        const std::function<void(const QMenu *)> walk = [&](const QMenu *menu) {
            for (const QAction *a : menu->actions()) {
                if (a->menu()) {
                    walk(a->menu());
                    continue;
                }
                const QString keys = a->shortcut().toString();
                if (a->isSeparator())
                    continue;
                if (keys.isEmpty())
                    without << a->text();
                else if (of.contains(keys))
                    twice << QStringLiteral("%1: %2, %3").arg(keys, of[keys], a->text());
                of.insert(keys, a->text());
            }
        };
        for (const QAction *a : w.menuBar()->actions())
            walk(a->menu());
        QVERIFY2(without.isEmpty(), qPrintable(QStringLiteral("without a key: ") + without.join(QStringLiteral(", "))));
        QVERIFY2(twice.isEmpty(), qPrintable(QStringLiteral("the same key: ") + twice.join(QStringLiteral("; "))));

        part<QAction>(w, "shortcutsPage")->trigger();
        const QString page = part<QTextBrowser>(w, "helpText")->toPlainText();
        for (auto it = of.constBegin(); it != of.constEnd(); ++it)
            QVERIFY2(page.contains(it.key()), qPrintable(it.key()));
        for (const char *text : {"Export", "Go to Layers", "walk along the edges", "Fit graph"})
            QVERIFY2(page.contains(QLatin1String(text)), text);
    }

    void theTourWalksOverTheWindowAndEnds()
    {
        MainWindow w(false);
        w.resize(1280, 800);
        w.show();
        QVERIFY(w.showPart(QStringLiteral("tour"))); // nothing without a model
        QVERIFY(!w.findChild<Tour *>());
        QVERIFY(opened(w, sampleModelFile()));
        QVERIFY(w.showPart(QStringLiteral("tour")));
        QPointer<Tour> tour = w.findChild<Tour *>();
        QVERIFY(tour && tour->isVisible());
        auto *card = part<QWidget>(*tour, "tourCard");
        auto *next = part<QPushButton>(*tour, "tourNext");
        for (int step = 0; step < tour->stepCount(); ++step) {
            QCOMPARE(tour->step(), step);
            QVERIFY2(tour->rect().contains(card->geometry()), qPrintable(QString::number(step)));
            if (step == 2)
                w.resize(1000, 700); // it follows the window
            next->click();
        }
        QTRY_VERIFY(!tour);
        w.showPart(QStringLiteral("tour"));
        tour = w.findChild<Tour *>();
        QVERIFY(tour);
        QTest::keyClick(tour, Qt::Key_Escape);
        QTRY_VERIFY(!tour);
    }

    void remainingTimeIsToldWhenItCanBe()
    {
        QCOMPARE(remainingMs(10'000, 500), qint64(10'000));
        QCOMPARE(remainingMs(3'000, 750), qint64(1'000));
        QCOMPARE(remainingMs(500, 900), qint64(-1));
        QCOMPARE(remainingMs(10'000, 10), qint64(-1));
        QCOMPARE(remainingMs(10'000, -1), qint64(-1));
        QCOMPARE(durationText(7), QStringLiteral("7 ms"));
        QCOMPARE(durationText(400), QStringLiteral("0.4 s"));
        QCOMPARE(durationText(12'300), QStringLiteral("12 s"));
        QCOMPARE(durationText(185'000), QStringLiteral("3 min 5 s"));
    }

    void jobsAreListedCancelledAndKeptWithTheirEnd()
    {
        JobRunner a, b;
        JobsModel model({&a, &b});
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        std::atomic<bool> go{false};
        const auto wait = [&go](const RunControl &run) -> Status {
            while (!go && run.step(1, 4, "waiting"))
                QThread::msleep(5);
            return run.isCancelled() ? Status(cancelledError()) : success();
        };
        a.start(QStringLiteral("first"), wait, [](Status) {});
        b.start(QStringLiteral("second"), wait, [](Status) {});
        QCOMPARE(model.runningCount(), 2);
        QCOMPARE(model.index(0, JobsModel::TitleColumn).data().toString().left(6), QStringLiteral("second"));
        QTRY_COMPARE(model.index(0, 0).data(JobsModel::PermilleRole).toInt(), 250);
        QTest::qWait(350); // what is over at once is not kept
        model.cancel(1);
        QCOMPARE(model.runningCount(), 1);
        QVERIFY(!a.isRunning() && b.isRunning());
        QCOMPARE(model.index(1, JobsModel::ProgressColumn).data().toString(), QStringLiteral("cancelled"));
        b.start(QStringLiteral("third"), wait, [](Status) {});
        QCOMPARE(model.rowCount(), 3);
        QCOMPARE(model.index(1, JobsModel::ProgressColumn).data().toString(),
                 QStringLiteral("overtaken by a newer edit"));
        go = true;
        QTRY_COMPARE(model.runningCount(), 0);
        QCOMPARE(model.index(0, JobsModel::ProgressColumn).data().toString(), QStringLiteral("finished"));
        QVERIFY(model.index(0, JobsModel::TimeColumn).data().toString().startsWith(QStringLiteral("took")));
        model.cancel(0); // has ended: nothing
        model.clearEnded();
        QCOMPARE(model.rowCount(), 0);
    }

    void theJobsDockTellsWhatRan()
    {
        MainWindow w(false);
        w.show();
        QVERIFY(w.showPart(QStringLiteral("jobs")));
        QVERIFY(opened(w, sampleModelFile()));
        const auto *table = part<QAbstractItemView>(w, "jobsTable");
        QVERIFY(table->model()->rowCount() >= 3); // opened, converted, measured
        QVERIFY(part<QPushButton>(w, "jobsClear")->isEnabled());
        QVERIFY(!part<QPushButton>(w, "jobsCancelAll")->isEnabled());
    }

    void pixelsMeanWhatTheQuantizationSays()
    {
        Tensor t;
        t.type = ElementType::UInt8;
        t.quant = QuantParams::perTensor(1 / 127.5f, 128);
        PixelMeaning m = pixelMeaning(t);
        QVERIFY(m.known);
        QCOMPARE(m.mean, 128.0);
        QVERIFY(std::abs(m.low + 128 / 127.5) < 1e-6 && std::abs(m.high - 127 / 127.5) < 1e-6);
        t.type = ElementType::Int8;
        t.quant = QuantParams::perTensor(1 / 255.f, -128);
        m = pixelMeaning(t);
        QCOMPARE(m.mean, 0.0);
        QVERIFY(std::abs(m.high - 1) < 1e-6);
        t.type = ElementType::Float32;
        t.quant = {};
        m = pixelMeaning(t);
        QVERIFY(!m.known);
        QCOMPARE(m.low, -1.0);
        QCOMPARE(m.high, 1.0);
    }

    void thePreviewIsWhatTheNetworkSees()
    {
        const auto folder = std::filesystem::path(sampleModelFile().toStdU16String()).parent_path();
        for (const char *name : {"fashion_mobilenet_uint8.tflite", "fashion_mobilenet_int8.tflite"}) {
            const auto model = loadTflite(folder / name);
            QVERIFY(model);
            const auto set = SampleSet::open(folder / "fashion_test_images.npy", *model->model);
            QVERIFY(set);
            const auto array = loadNpy(folder / "fashion_test_images.npy");
            QVERIFY(array);
            const SamplePreview p = previewOf(*model->model, set->sample(3).front());
            QCOMPARE(p.picture.size(), QSize(28, 28));
            for (int y = 0; y < 28; ++y) {
                for (int x = 0; x < 28; ++x) // the array's own pixel
                    QCOMPARE(qRed(p.picture.pixel(x, y)), int(array->data[std::size_t(3 * 784 + y * 28 + x)]));
            }
            QVERIFY2(p.meaning.contains(QStringLiteral("Pixels 0 to 255 stand for 0 to 1")), qPrintable(p.meaning));
        }
        const SamplePreview flat = previewOf(*fourLayers(), std::vector<std::byte>(4096));
        QVERIFY(flat.picture.isNull() || !flat.shape.isEmpty());
    }

    void labelsGiveTopOneAndTopFive()
    {
        MainWindow w(false);
        w.show();
        w.session()->setSampleLimit(16);
        QVERIFY(opened(w, sampleModelFile()));
        SamplesDialog dialog(w.session());
        dialog.setAttribute(Qt::WA_DeleteOnClose, false);
        dialog.show();
        QTRY_VERIFY(!part<QLabel>(dialog, "samplesPicture")->pixmap(Qt::ReturnByValue).isNull());
        const auto *facts = part<QLabel>(dialog, "samplesFacts");
        QVERIFY(facts->height() >= facts->heightForWidth(facts->width())); // nothing of it is cut off
        QCOMPARE(part<QSpinBox>(dialog, "samplesIndex")->maximum(), 511);
        QVERIFY(part<QLineEdit>(dialog, "samplesLabels")->text().endsWith(QStringLiteral("fashion_test_labels.npy")));
        part<QSpinBox>(dialog, "samplesLimit")->setValue(16);
        part<QPushButton>(dialog, "samplesUse")->click();
        auto *score = part<QLabel>(dialog, "samplesScore");
        QTRY_VERIFY_WITH_TIMEOUT(score->text().contains(QStringLiteral("top 5")), kPatience);
        QVERIFY2(score->text().contains(QStringLiteral("16 labelled samples")), qPrintable(score->text()));
        QTRY_VERIFY(part<QLabel>(w, "resultStatus")->text().contains(QStringLiteral("top 1")));
        // Labels that do not fit are refused in place.
        LabelMeter *meter = LabelMeter::of(w.session());
        meter->setLabels(part<QLineEdit>(dialog, "samplesPath")->text());
        QTRY_VERIFY(!meter->problem().isEmpty());
        QVERIFY(score->text().contains(meter->problem()));
        // And what cannot be samples is told where the preview would be.
        part<QLineEdit>(dialog, "samplesPath")->setText(QStringLiteral("/no/such/file.npy"));
        QTRY_VERIFY(part<QLabel>(dialog, "samplesPicture")->text().contains(QStringLiteral("file.npy")));
    }

private:
    QTemporaryDir m_folder;
    LogCatcher m_log;
};

QTEST_MAIN(HelpTest)
#include "help_test.moc"
