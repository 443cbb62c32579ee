// SPDX-License-Identifier: GPL-3.0-or-later
// Editing in the window: scheme editor, rules, recipe as text, targets, command palette, projects.
#include "core/scheme/recipejson.h"
#include "tests/ui/fixtures.h"
#include "tests/ui/windowfixtures.h"
#include "ui/logic/document.h"
#include "ui/logic/palettemodel.h"
#include "ui/logic/places.h"
#include "ui/logic/recipeedit.h"
#include "ui/logic/rulesmodel.h"
#include "ui/logic/selection.h"
#include "ui/logic/session.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/commandpalette.h"
#include "ui/widgets/mainwindow.h"
#include "ui/widgets/theme/theme.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QFile>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QListWidget>
#include <QMenuBar>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QStandardItemModel>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QTextBrowser>

#include <memory>

using namespace requant;
using namespace requant::test;

namespace {

constexpr int kEditingPatience = 60'000;

} // namespace

class EditingTest : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        isolateSettings(m_folder.path());
        applyTheme(*qApp, Theme::Light);
        m_model = m_folder.filePath(QStringLiteral("net.tflite"));
        QVERIFY2(QFile::copy(sampleModelFile(), m_model), "the sample ships with the product");
    }
    void init()
    {
        m_window = std::make_unique<MainWindow>(false);
        m_window->show();
        QSignalSpy changed(m_window->session(), &Session::documentChanged);
        m_window->open(m_model);
        QVERIFY(changed.wait(kEditingPatience));
    }
    void cleanup()
    {
        m_window.reset();
        QCOMPARE(LogCatcher::taken(), QStringList());
    }

    void fieldsThatRecipesHaveCanBeEdited()
    {
        Session &s = *m_window->session();
        s.selection()->select(0); // a convolution
        choose(find<QComboBox>("weightsBits"), 7);
        choose(find<QComboBox>("weightsScale"), int(ScaleRule::PowerOfTwoMultiplier));
        choose(find<QComboBox>("activationsZeroPoint"), int(Symmetry::Restricted));
        choose(find<QComboBox>("algorithms_scale_search"), 0);
        const Recipe &r = recipe();
        QCOMPARE(r.rules.size(), profileRules(r) + 1);
        const Rule &rule = r.rules.back();
        QCOMPARE(rule.weights.bits, std::optional<int>(7));
        QCOMPARE(rule.weights.scale, std::optional(ScaleRule::PowerOfTwoMultiplier));
        QCOMPARE(rule.activations.symmetry, std::optional(Symmetry::Restricted));
        QCOMPARE(rule.algorithms.scaleSearch, std::optional<bool>(false));
        QCOMPARE(find<QComboBox>("weightsBits")->currentData().toInt(), 7);
        // Readable steps, one for each field; another value of the same field is the same step.
        QUndoStack *undo = s.document()->undoStack();
        QCOMPARE(undo->count(), 4);
        QVERIFY(undo->undoText().contains(QStringLiteral("scale search off")));
        QVERIFY(undo->text(0).contains(QStringLiteral("7 bits")));
        choose(find<QComboBox>("weightsBits"), 6);
        choose(find<QComboBox>("weightsBits"), 5);
        QCOMPARE(undo->count(), 5);
        choose(find<QComboBox>("weightsBits"), 7); // back where it was: no step at all
        QCOMPARE(undo->count(), 4);
        while (undo->canUndo())
            undo->undo();
        QVERIFY(undo->isClean());
        QCOMPARE(find<QComboBox>("weightsBits")->currentData().toInt(), 8);
    }

    void choicesAreGreyedOutWithTheReasonAndEffectsShown()
    {
        Session &s = *m_window->session();
        QVERIFY(m_window->showPart(QStringLiteral("scheme")));
        const auto &ops = s.document()->mainGraph().operators;
        int softmax = -1;
        for (std::size_t i = 0; i < ops.size(); ++i) {
            if (ops[i].code == Op::Softmax)
                softmax = int(i);
        }
        QVERIFY(softmax >= 0);
        s.selection()->select(softmax);
        auto *zero = find<QComboBox>("activationsZeroPoint");
        auto *items = qobject_cast<QStandardItemModel *>(zero->model());
        const int symmetric = zero->findData(int(Symmetry::Symmetric));
        QTRY_VERIFY_WITH_TIMEOUT(!items->item(symmetric)->toolTip().isEmpty(), kEditingPatience);
        QVERIFY2(items->item(symmetric)->toolTip().contains(QStringLiteral("SOFTMAX")),
                 qPrintable(items->item(symmetric)->toolTip()));
        // A convolution may have it; pointing at a choice says what it would do.
        s.selection()->select(0);
        auto *type = find<QComboBox>("activationsType");
        auto *effect = find<QLabel>("schemeEffect");
        const int wide = type->findData(int(ElementType::Int16));
        QTRY_VERIFY_WITH_TIMEOUT((QMetaObject::invokeMethod(type, "highlighted", Q_ARG(int, wide)), effect->isVisible()), kEditingPatience);
        QVERIFY2(effect->text().contains(QStringLiteral("change")) || effect->text().contains(QStringLiteral("requantize")),
                 qPrintable(effect->text()));
    }

    void layersAreKeptResetAndAppliedToSimilar()
    {
        Session &s = *m_window->session();
        s.selection()->select(0);
        find<QPushButton>("schemeKeep")->click();
        QCOMPARE(recipe().rules.back().activations.keep, std::optional<bool>(true));
        QCOMPARE(recipe().rules.back().weights.keep, std::optional<bool>(true));
        QCOMPARE(find<QComboBox>("activationsTreatment")->currentData().toInt(), 1);
        QVERIFY(!find<QComboBox>("activationsType")->isEnabled());
        find<QPushButton>("schemeReset")->click();
        QCOMPARE(recipe().rules.size(), profileRules(recipe()));
        s.selection()->select(3);
        choose(find<QComboBox>("weightsBits"), 6);
        find<QPushButton>("applySimilar")->click();
        s.selection()->select(3);
        find<QPushButton>("selectSimilar")->click();
        QVERIFY(s.selection()->operators().size() > 1);
        QCOMPARE(find<QComboBox>("weightsBits")->currentData().toInt(), 6); // all of them
    }

    void rulesAreMovedEditedAndRemoved()
    {
        Session &s = *m_window->session();
        QVERIFY(m_window->showPart(QStringLiteral("rules")));
        auto *table = find<QTableView>("rulesTable");
        QAbstractItemModelTester tester(table->model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        const int base = table->model()->rowCount();
        s.selection()->set({2, 3});
        action("ruleAdd")->trigger();
        QCOMPARE(table->model()->rowCount(), base + 1);
        QCOMPARE(table->currentIndex().row(), base);
        choose(find<QComboBox>("ruleActivationsType"), int(ElementType::Int16));
        QCOMPARE(recipe().rules.back().activations.type, std::optional(ElementType::Int16));
        const auto hits = [&](int row) { return table->model()->index(row, RulesModel::HitsColumn).data().toString(); };
        QTRY_COMPARE_WITH_TIMEOUT(hits(base), QStringLiteral("2"), kEditingPatience);
        // Conditions: by operator type instead of by number.
        auto *operators = find<QLineEdit>("ruleOperators");
        find<QLineEdit>("ruleRange")->setText(QString());
        operators->setText(QStringLiteral("add, softmax"));
        QMetaObject::invokeMethod(operators, "editingFinished");
        QCOMPARE(recipe().rules.back().operators, (std::vector<std::string>{"ADD", "SOFTMAX"}));
        QVERIFY(!recipe().rules.back().range);
        QTRY_VERIFY_WITH_TIMEOUT(hits(base).toInt() > 2, kEditingPatience);
        // A bad expression is said and not taken.
        const Recipe before = recipe();
        auto *regex = find<QLineEdit>("ruleRegex");
        regex->setText(QStringLiteral("conv("));
        QMetaObject::invokeMethod(regex, "editingFinished");
        QVERIFY(recipe() == before);
        QVERIFY(find<QLabel>("ruleProblem")->isVisibleTo(m_window.get()));
        regex->setText(QString());
        QMetaObject::invokeMethod(regex, "editingFinished");
        action("ruleUp")->trigger();
        QCOMPARE(table->currentIndex().row(), base - 1);
        QVERIFY(recipe().rules[std::size_t(base - 1)].operators.size() == 2);
        QVERIFY(s.document()->undoStack()->undoText().contains(QStringLiteral("move rule")));
        action("ruleSelect")->trigger();
        QVERIFY(s.selection()->operators().size() > 2);
        action("ruleRemove")->trigger();
        QCOMPARE(table->model()->rowCount(), base);
        while (s.document()->undoStack()->canUndo())
            s.document()->undoStack()->undo();
        QCOMPARE(table->model()->rowCount(), base);
        QVERIFY(s.document()->undoStack()->isClean());
    }

    void textIsCheckedAndAppliedAsOneStep()
    {
        Session &s = *m_window->session();
        QVERIFY(m_window->showPart(QStringLiteral("recipe")));
        auto *text = find<QPlainTextEdit>("recipeText");
        auto *message = find<QLabel>("recipeTextMessage");
        auto *apply = find<QPushButton>("recipeTextApply");
        QVERIFY(!apply->isEnabled());
        const Recipe before = recipe();
        QString edited = text->toPlainText();
        edited.replace(QStringLiteral("\"fixed_outputs\": \"keep\""), QStringLiteral("\"fixed_outputs\": \"loose\""));
        text->setPlainText(edited);
        const int line = int(edited.left(edited.indexOf(QStringLiteral("\"loose\""))).count(u'\n')) + 1;
        QTRY_VERIFY2(message->text().contains(QStringLiteral("line %1").arg(line)), qPrintable(message->text()));
        QVERIFY(!apply->isEnabled());
        find<QPushButton>("recipeTextGoTo")->click();
        QCOMPARE(text->textCursor().blockNumber(), line - 1);
        edited.replace(QStringLiteral("\"loose\""), QStringLiteral("\"requantize\""));
        text->setPlainText(edited);
        QTRY_VERIFY(apply->isEnabled());
        QVERIFY(recipe() == before);
        apply->click();
        QVERIFY(recipe().fixedOutputs == FixedOutputPolicy::Requantize);
        QCOMPARE(find<QComboBox>("fixedOutputs")->currentData().toInt(), int(FixedOutputPolicy::Requantize));
        QCOMPARE(s.document()->undoStack()->count(), 1);
        // The other way: an edit elsewhere shows in the text; what is typed there is not lost to it.
        s.document()->undoStack()->undo();
        QVERIFY(text->toPlainText().contains(QStringLiteral("\"keep\"")));
        text->setPlainText(edited);
        s.selection()->select(1);
        choose(find<QComboBox>("activationsType"), int(ElementType::UInt8));
        QCOMPARE(text->toPlainText(), edited);
        QTRY_VERIFY(message->text().contains(QStringLiteral("elsewhere")));
        find<QPushButton>("recipeTextRevert")->click();
        QVERIFY(text->toPlainText().contains(QStringLiteral("uint8")));
    }

    void targetsShowFactsWithSourcesAndAreUsed()
    {
        QVERIFY(m_window->showPart(QStringLiteral("targets")));
        auto *list = find<QListWidget>("profileList");
        QCOMPARE(list->count(), int(builtinProfiles().size()));
        for (int i = 0; i < list->count(); ++i) {
            list->setCurrentRow(i);
            const QString facts = find<QTextBrowser>("profileFacts")->toPlainText();
            const Profile &p = builtinProfiles()[std::size_t(i)];
            for (const ProfileFact &f : p.facts) {
                QVERIFY(facts.contains(QString::fromStdString(f.statement).simplified()));
                QVERIFY2(facts.contains(QString::fromStdString(f.source).simplified()), f.source.c_str());
            }
            for (const std::string &u : p.unknown)
                QVERIFY(facts.contains(QString::fromStdString(u).simplified()));
        }
        find<QPushButton>("profileUse")->click();
        QCOMPARE(QString::fromStdString(recipe().name), QString::fromStdString(builtinProfiles().back().id));
        QCOMPARE(find<QComboBox>("profilePicker")->currentData().toString(), QString::fromStdString(builtinProfiles().back().id));
    }

    void thePaletteFindsCommandsAndLayers()
    {
        Session &s = *m_window->session();
        action("commandPaletteOpen")->trigger();
        auto *palette = m_window->findChild<CommandPalette *>();
        QVERIFY(palette && palette->isVisible());
        auto *text = palette->findChild<QLineEdit *>(QStringLiteral("paletteText"));
        auto *list = palette->findChild<QListView *>(QStringLiteral("paletteList"));
        const int commands = list->model()->rowCount();
        QVERIFY(commands > 20);
        // Every action of the menus is there.
        std::function<void(QWidget *)> all = [&](QWidget *menu) {
            for (QAction *a : menu->actions()) {
                if (a->menu())
                    all(a->menu());
                else if (!a->isSeparator() && !a->text().isEmpty() && a->objectName() != QStringLiteral("commandPaletteOpen")) {
                    bool found = false;
                    QString title = a->text();
                    title.remove(u'&');
                    for (int r = 0; r < commands; ++r)
                        found |= list->model()->index(r, 0).data().toString().startsWith(title);
                    QVERIFY2(found, qPrintable(title));
                }
            }
        };
        all(m_window->menuBar());
        const QString name = QString::fromStdString(layerName(s.document()->mainGraph(), s.document()->mainGraph().operators[5]));
        QTest::keyClicks(text, name);
        QCOMPARE(list->currentIndex().data(PaletteModel::IdRole).toInt(), 5);
        QTest::keyClick(text, Qt::Key_Return);
        QVERIFY(!palette->isVisible());
        QCOMPARE(s.selection()->current(), 5);
        action("commandPaletteOpen")->trigger();
        QTest::keyClicks(text, QStringLiteral("themedark"));
        text->clear();
        QTest::keyClicks(text, QStringLiteral("select none"));
        QTest::keyClick(text, Qt::Key_Down);
        QTest::keyClick(text, Qt::Key_Up);
        QTest::keyClick(text, Qt::Key_Return);
        QVERIFY(s.selection()->isEmpty());
    }

    void projectsAreSavedAskedForAndReopened()
    {
        Session &s = *m_window->session();
        s.selection()->select(1);
        choose(find<QComboBox>("activationsType"), int(ElementType::Int16));
        const Recipe edited = recipe();
        QVERIFY(m_window->isWindowModified());
        QVERIFY(!m_window->close());
        auto *question = find<QMessageBox>("unsavedDialog");
        QVERIFY(question);
        question->button(QMessageBox::Cancel)->click();
        const QString file = m_folder.filePath(QStringLiteral("p.requant"));
        action("saveProject")->trigger();
        auto *dialog = find<QFileDialog>("saveProjectDialog");
        QVERIFY(dialog);
        QMetaObject::invokeMethod(dialog, "fileSelected", Q_ARG(QString, file));
        dialog->close();
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(file) && !m_window->isWindowModified(), kEditingPatience);
        QVERIFY(m_window->windowTitle().contains(QStringLiteral("p.requant")));
        choose(find<QComboBox>("activationsType"), int(ElementType::UInt8));
        QVERIFY(m_window->isWindowModified());
        action("undo")->trigger();
        QVERIFY(!m_window->isWindowModified());
        QVERIFY(m_window->close());

        MainWindow again(false);
        again.show();
        QSignalSpy changed(again.session(), &Session::documentChanged);
        again.open(file);
        QVERIFY(changed.wait(kEditingPatience));
        QVERIFY(again.session()->document()->recipe() == edited);
        QVERIFY(!again.isWindowModified());
        QVERIFY(again.close());

        // The model is gone: said with a way on.
        const QString moved = m_folder.filePath(QStringLiteral("moved.tflite"));
        QVERIFY(QFile::rename(m_model, moved));
        MainWindow third(false);
        third.show();
        third.open(file);
        auto *banner = third.findChild<Banner *>();
        QTRY_VERIFY_WITH_TIMEOUT(banner->text().contains(QStringLiteral("net.tflite")), kEditingPatience);
        auto *locate = banner->findChild<QPushButton *>(QStringLiteral("locateModelButton"));
        QVERIFY(locate && locate->isVisible());
        locate->click();
        auto *where = third.findChild<QFileDialog *>(QStringLiteral("locateDialog"));
        QVERIFY(where);
        QSignalSpy found(third.session(), &Session::documentChanged);
        QMetaObject::invokeMethod(where, "fileSelected", Q_ARG(QString, moved));
        QVERIFY(found.wait(kEditingPatience));
        QVERIFY(third.session()->document()->recipe() == edited);
        where->close();
        QVERIFY(QFile::rename(moved, m_model));
    }

    void aSecondWindowIsItsOwn()
    {
        const auto windows = [] {
            int n = 0;
            for (QWidget *w : QApplication::topLevelWidgets())
                n += qobject_cast<MainWindow *>(w) && w->isVisible();
            return n;
        };
        const int before = windows();
        action("newWindow")->trigger();
        QCOMPARE(windows(), before + 1);
        for (QWidget *w : QApplication::topLevelWidgets()) {
            auto *other = qobject_cast<MainWindow *>(w);
            if (!other || other == m_window.get())
                continue;
            QVERIFY(!other->session()->document());
            other->close();
        }
        QTRY_COMPARE(windows(), before);
        QVERIFY(m_window->session()->document());
    }

private:
    template <class T>
    T *find(const char *name)
    {
        return m_window->findChild<T *>(QLatin1String(name));
    }
    QAction *action(const char *name)
    {
        return m_window->findChild<QAction *>(QLatin1String(name));
    }
    const Recipe &recipe() { return m_window->session()->document()->recipe(); }

    QTemporaryDir m_folder;
    QString m_model;
    std::unique_ptr<MainWindow> m_window;
    LogCatcher m_log;
};

QTEST_MAIN(EditingTest)
#include "editing_test.moc"
