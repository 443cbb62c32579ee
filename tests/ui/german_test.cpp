// SPDX-License-Identifier: GPL-3.0-or-later
// The window in its languages: every text that it asks for is in the catalogue, and none is cut off.
#include "tests/ui/fixtures.h"
#include "ui/logic/document.h"
#include "ui/logic/language.h"
#include "ui/logic/places.h"
#include "ui/logic/selection.h"
#include "ui/logic/session.h"
#include "ui/logic/texts.h"
#include "ui/widgets/exportdialog.h"
#include "ui/widgets/mainwindow.h"
#include "ui/widgets/samplesdialog.h"
#include "ui/widgets/theme/theme.h"

#include <QAbstractButton>
#include <QApplication>
#include <QCheckBox>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QPushButton>
#include <QScrollArea>
#include <QSettings>
#include <QSignalSpy>
#include <QTabBar>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QTranslator>

#include <set>
#include <string>

using namespace requant;
using namespace requant::test;

namespace {

constexpr int kPatience = 120'000;

// Hears every text that is asked for, and gives none.
class Listener : public QTranslator
{
public:
    QString translate(const char *context, const char *source, const char *disambiguation, int n) const override
    {
        if (source && *source)
            m_asked.insert({context, source, disambiguation ? disambiguation : "", n >= 0});
        return {};
    }
    bool isEmpty() const override { return false; }

    struct Text
    {
        std::string context, source, disambiguation;
        bool counted;
        auto operator<=>(const Text &) const = default;
    };
    const std::set<Text> &asked() const { return m_asked; }

private:
    mutable std::set<Text> m_asked;
};

// Texts of Qt itself come from Qt's catalogue.
bool isQts(const std::string &context)
{
    return (context.starts_with("Q") && !context.starts_with("QObject")) || context == "CloseButton"
           || context == "MAC_APPLICATION_MENU";
}

QString described(const QWidget *w, const QString &text)
{
    return QStringLiteral("%1 %2 \"%3\" (%4 px)")
        .arg(QLatin1String(w->metaObject()->className()), w->objectName(), text)
        .arg(w->width());
}

// What is to be seen and does not fit.
QStringList cutOff(QWidget &root)
{
    QStringList out;
    for (QWidget *w : root.findChildren<QWidget *>()) {
        if (!w->isVisibleTo(&root) || w->window() != root.window() || w->width() <= 1)
            continue;
        const int needed = w->minimumSizeHint().width();
        if (const auto *b = qobject_cast<QAbstractButton *>(w);
            b && !b->text().isEmpty() && (qobject_cast<QPushButton *>(w) || qobject_cast<QCheckBox *>(w))
            && w->width() < needed)
            out << described(w, b->text());
        if (const auto *l = qobject_cast<QLabel *>(w); l && !l->wordWrap() && !l->text().isEmpty()
                                                       && l->sizePolicy().horizontalPolicy() != QSizePolicy::Ignored
                                                       && l->width() < needed)
            out << described(w, l->text());
        if (const auto *t = qobject_cast<QTabBar *>(w); t && t->count() > 0) {
            const QRect last = t->tabRect(t->count() - 1);
            if (last.right() > t->width())
                out << described(w, t->tabText(t->count() - 1));
        }
        if (const auto *s = qobject_cast<QScrollArea *>(w);
            s && s->widget() && s->horizontalScrollBarPolicy() == Qt::ScrollBarAlwaysOff
            && s->widget()->minimumSizeHint().width() > s->viewport()->width()) {
            out << described(w, QStringLiteral("needs %1 px, has %2")
                                    .arg(s->widget()->minimumSizeHint().width())
                                    .arg(s->viewport()->width()));
            for (const QWidget *c : s->widget()->findChildren<QWidget *>()) {
                const QRect r(c->mapTo(s->widget(), QPoint()), c->size());
                if (c->isVisibleTo(s->widget()) && r.right() >= s->viewport()->width() && c->children().isEmpty())
                    out << QStringLiteral("  reaches out: ") + described(c, c->accessibleName());
            }
        }
        if (const auto *h = qobject_cast<QHeaderView *>(w); h && h->orientation() == Qt::Horizontal && h->model()) {
            for (int i = 0; i < h->count(); ++i) {
                const QString text = h->model()->headerData(i, Qt::Horizontal).toString();
                int width = 0;
                for (const QString &line : text.split(u'\n'))
                    width = std::max(width, h->fontMetrics().horizontalAdvance(line));
                if (!h->isSectionHidden(i) && h->sectionSize(i) < width)
                    out << described(w, text);
            }
        }
    }
    return out;
}

} // namespace

class GermanTest : public QObject
{
    Q_OBJECT
private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        isolateSettings(m_folder.path());
        applyTheme(*qApp, Theme::Light);
    }
    void cleanup()
    {
        setLanguage(QStringLiteral("en"));
        QCOMPARE(LogCatcher::taken(), QStringList());
    }

    void languagesAreChosenByCode()
    {
        QVERIFY(setLanguage(QStringLiteral("de")));
        QCOMPARE(currentLanguage(), QStringLiteral("de"));
        QCOMPARE(noText().isEmpty(), false);
        QCOMPARE(countText(1, "sample", "samples"), QStringLiteral("1 Beispiel"));
        QCOMPARE(countText(64, "sample", "samples"), QStringLiteral("64 Beispiele"));
        QVERIFY(!setLanguage(QStringLiteral("tlh")));
        QCOMPARE(currentLanguage(), QStringLiteral("en"));
        QCOMPARE(countText(1, "sample", "samples"), QStringLiteral("1 sample"));
        QCOMPARE(countText(64, "sample", "samples"), QStringLiteral("64 samples"));
        // A noun that no catalogue has.
        QCOMPARE(countText(1, "moose", "moose of all sorts"), QStringLiteral("1 moose"));
        QVERIFY(setLanguage({})); // the system's, whichever that is
    }

    void nothingIsAskedForThatIsNotThere_data()
    {
        QTest::addColumn<QString>("language");
        QTest::addRow("German") << QStringLiteral("de");
        QTest::addRow("English") << QStringLiteral("en");
    }
    void nothingIsAskedForThatIsNotThere()
    {
        QFETCH(QString, language);
        QVERIFY(setLanguage(language));
        Listener listener;
        QVERIFY(QCoreApplication::installTranslator(&listener));
        QStringList cut;
        {
            MainWindow w(false);
            w.resize(1280, 800);
            w.show();
            cut += cutOff(w);
            QSignalSpy changed(w.session(), &Session::documentChanged);
            w.open(sampleModelFile());
            QVERIFY(changed.wait(kPatience));
            QTRY_VERIFY_WITH_TIMEOUT(w.session()->isIdle(), kPatience);
            w.session()->selection()->select(7);
            for (const char *shown :
                 {"layers",      "layer",       "scheme",  "why",          "channels", "scale",  "weights",
                  "activations", "steps",       "cosine",  "saturation",   "shift",    "causes", "histogram",
                  "variants",    "chart-table", "compare", "side-by-side", "issues",   "rules",  "recipe",
                  "targets",     "jobs",        "help",    "heat"}) {
                QVERIFY2(w.showPart(QLatin1String(shown)), shown);
                QTest::qWait(30);
                cut += cutOff(w);
            }
            for (QAction *a : w.menuBar()->actions()) {
                if (a->menu())
                    emit a->menu()->aboutToShow();
            }
            ExportDialog exporting(w.session());
            SamplesDialog samples(w.session());
            for (QDialog *d : std::initializer_list<QDialog *>{&exporting, &samples}) {
                d->setAttribute(Qt::WA_DeleteOnClose, false);
                d->show();
                QTest::qWait(100);
                cut += cutOff(*d);
            }
            QTRY_VERIFY_WITH_TIMEOUT(w.session()->isIdle(), kPatience);
        }
        QCoreApplication::removeTranslator(&listener);
        QVERIFY(listener.asked().size() > 300);

        if (language != QStringLiteral("en")) { // English is what the sources say
            QTranslator catalogue;
            QVERIFY(catalogue.load(QStringLiteral(":/translations/requant_%1.qm").arg(language)));
            QStringList missing;
            for (const Listener::Text &t : listener.asked()) {
                if (!isQts(t.context)
                    && catalogue
                           .translate(t.context.c_str(), t.source.c_str(), t.disambiguation.c_str(), t.counted ? 2 : -1)
                           .isEmpty())
                    missing << QStringLiteral("%1: %2").arg(QString::fromStdString(t.context),
                                                            QString::fromStdString(t.source));
            }
            QVERIFY2(missing.isEmpty(), qPrintable(QStringLiteral("\nnot in the catalogue:\n") + missing.join(u'\n')));
        }
        cut.removeDuplicates();
        QVERIFY2(cut.isEmpty(), qPrintable(QStringLiteral("\ncut off:\n") + cut.join(u'\n')));
    }

private:
    QTemporaryDir m_folder;
    LogCatcher m_log;
};

QTEST_MAIN(GermanTest)
#include "german_test.moc"
