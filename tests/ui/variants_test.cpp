// SPDX-License-Identifier: GPL-3.0-or-later
// Several recipes of one model: list, history, and what is computed of them.
#include "core/convert/convert.h"
#include "core/metrics/errors.h"
#include "tests/ui/fixtures.h"
#include "ui/logic/computation.h"
#include "ui/logic/document.h"
#include "ui/logic/recipeedit.h"
#include "ui/logic/variants.h"

#include <QSignalSpy>
#include <QTest>

using namespace requant;
using namespace requant::test;

namespace {

Recipe named(const char *name)
{
    Recipe r;
    r.description = name;
    return r;
}

QStringList names(const Variants &v)
{
    QStringList out;
    for (const Variant &one : v.all())
        out << one.name;
    return out;
}

Recipe profile(const char *id)
{
    return fromProfile(*findProfile(id), {}, false);
}

} // namespace

class VariantsTest : public QObject
{
    Q_OBJECT
private slots:
    void addingNamesAndActivates()
    {
        Variants v(named("first"));
        QSignalSpy list(&v, &Variants::listChanged), active(&v, &Variants::activeChanged);
        QCOMPARE(names(v), QStringList{QStringLiteral("A")});
        v.add(named("second"));
        v.add(named("third"), QStringLiteral("A"));
        QCOMPARE(names(v), (QStringList{QStringLiteral("A"), QStringLiteral("B"), QStringLiteral("A 2")}));
        QCOMPARE(v.activeIndex(), 2);
        QCOMPARE(list.count(), 2);
        QCOMPARE(active.count(), 2);
        v.activate(0);
        v.add(named("between"));
        QCOMPARE(names(v), (QStringList{QStringLiteral("A"), QStringLiteral("C"), QStringLiteral("B"), QStringLiteral("A 2")}));
        QVERIFY(v.at(1).recipe == named("between"));
    }

    void theLastOneStays()
    {
        Variants v(named("first"));
        v.remove(0);
        QCOMPARE(v.count(), 1);
        QVERIFY(!v.undoStack()->canUndo());
    }

    void removedVariantsComeBackWhole()
    {
        Variants v(named("first"));
        v.add(named("second"));
        v.add(named("third"));
        v.activate(1);
        const int id = v.active().id;
        v.edit(1, QStringLiteral("edit"), named("edited"));
        v.remove(1);
        QCOMPARE(names(v), (QStringList{QStringLiteral("A"), QStringLiteral("C")}));
        QVERIFY(!v.find(id));
        v.undoStack()->undo();
        QCOMPARE(names(v), (QStringList{QStringLiteral("A"), QStringLiteral("B"), QStringLiteral("C")}));
        QCOMPARE(v.active().id, id);
        QVERIFY(v.active().recipe == named("edited"));
        v.undoStack()->undo();
        QVERIFY(v.active().recipe == named("second"));
        v.undoStack()->redo();
        v.undoStack()->redo();
        QVERIFY(!v.find(id));
    }

    // One history: undoing the edit of a variant shows that variant.
    void undoMakesItsVariantActive()
    {
        Document doc(fourLayers(), {}, named("a"));
        Variants &v = *doc.variants();
        v.add(named("b"));
        v.edit(1, QStringLiteral("edit b"), named("b1"));
        v.activate(0);
        v.edit(0, QStringLiteral("edit a"), named("a1"));
        QVERIFY(v.undoStack()->undoText().contains(QStringLiteral("variant A")));
        QSignalSpy changed(&doc, &Document::recipeChanged);
        v.undoStack()->undo();
        QCOMPARE(v.activeIndex(), 0);
        QCOMPARE(changed.count(), 1);
        v.undoStack()->undo();
        QCOMPARE(v.activeIndex(), 1);
        QVERIFY(doc.recipe() == named("b"));
        v.undoStack()->undo();
        QCOMPARE(v.count(), 1);
        QVERIFY(doc.recipe() == named("a"));
        while (v.undoStack()->canRedo())
            v.undoStack()->redo();
        QVERIFY(v.at(0).recipe == named("a1") && v.at(1).recipe == named("b1"));
        QCOMPARE(v.activeIndex(), 0);
    }

    void editsOfTwoVariantsDoNotMerge()
    {
        Variants v(named("a"));
        v.add(named("b"));
        v.edit(1, QStringLiteral("b1"), named("b1"), 7);
        v.edit(0, QStringLiteral("a1"), named("a1"), 7);
        v.edit(0, QStringLiteral("a2"), named("a2"), 7);
        QCOMPARE(v.undoStack()->count(), 3); // add, b1, a2
        v.undoStack()->undo();
        QVERIFY(v.at(0).recipe == named("a"));
        QVERIFY(v.at(1).recipe == named("b1"));
    }

    void namesAreUniqueAndNotEmpty()
    {
        Variants v(named("a"));
        v.duplicate(0);
        QVERIFY(!v.rename(1, QStringLiteral("A")));
        QVERIFY(!v.rename(1, QStringLiteral("  ")));
        QVERIFY(v.rename(1, QStringLiteral(" pow2 ")));
        QCOMPARE(v.at(1).name, QStringLiteral("pow2"));
        v.undoStack()->undo();
        QCOMPARE(v.at(1).name, QStringLiteral("B"));
        QVERIFY(v.rename(1, QStringLiteral("B"))); // itself: no step
        QVERIFY(v.undoStack()->canRedo());
    }

    void revisionsAreNeverUsedTwice()
    {
        Document one(fourLayers(), {}, named("a")), two(fourLayers(), {}, named("a"));
        one.variants()->duplicate(0);
        one.editRecipe(QStringLiteral("x"), named("x"));
        one.undoStack()->undo();
        QSet<quint64> seen{one.variants()->at(0).revision, one.variants()->at(1).revision, two.revision()};
        QCOMPARE(seen.size(), 3);
    }

    void unsavedIsAskedOfEveryVariant()
    {
        Document doc(fourLayers(), {}, named("a"));
        Variants &v = *doc.variants();
        v.add(named("b"));
        QVERIFY(!doc.hasUnsavedEdits()); // nothing was made that is not there already
        v.edit(1, QStringLiteral("e"), named("b1"));
        v.activate(0);
        QVERIFY(doc.hasUnsavedEdits());
        doc.markRecipeSaved(); // of A
        QVERIFY(doc.hasUnsavedEdits());
        v.activate(1);
        doc.markRecipeSaved();
        QVERIFY(!doc.hasUnsavedEdits());
        QVERIFY(v.undoStack()->isClean());
    }

    void restoreGivesBackWhatSaveGave()
    {
        Variants v(named("a"));
        v.add(named("b"), QStringLiteral("other"));
        const auto kept = v.save();
        Variants w(named("z"));
        w.add(named("y"));
        w.restore(kept, 1);
        QCOMPARE(names(w), names(v));
        QVERIFY(w.at(0).recipe == named("a") && w.at(1).recipe == named("b"));
        QCOMPARE(w.activeIndex(), 1);
        QVERIFY(!w.undoStack()->canUndo() && !w.hasUnsavedEdits());
        w.restore({}, 0); // nothing to restore
        QCOMPARE(w.count(), 2);
        w.restore(kept, 99);
        QCOMPARE(w.activeIndex(), 1);
    }

    // Each variant is converted; switching computes nothing again.
    void allVariantsAreComputedOnceTheActiveFirst()
    {
        Document doc(fourLayers(), {}, profile("symmetric"));
        doc.variants()->add(profile("symmetric-pow2"));
        doc.variants()->add(profile("tflite-int8"));
        doc.variants()->activate(1);
        Computation work;
        QList<int> order;
        connect(&work, &Computation::changed, this, [&] {
            for (const Variant &v : doc.variants()->all()) {
                if (work.results(v.id).conversion.value && !order.contains(v.id))
                    order << v.id;
            }
        });
        work.setDocument(&doc);
        work.next();
        QTRY_VERIFY(work.isIdle());
        const auto &all = doc.variants()->all();
        QCOMPARE(order, (QList<int>{all[1].id, all[0].id, all[2].id}));
        for (const Variant &v : all) {
            QCOMPARE(work.state(v.id), VariantState::Ready);
            QVERIFY(work.results(v.id).conversion.value->recipe == v.recipe);
        }
        const auto before = work.results(all[0].id).conversion.value;
        doc.variants()->activate(0);
        QVERIFY(work.isIdle());
        QCOMPARE(work.results(all[0].id).conversion.value, before);

        // An edit computes its variant only.
        const auto other = work.results(all[1].id).conversion.value;
        doc.editRecipe(QStringLiteral("e"), profile("symmetric-pow2"));
        QVERIFY(work.isConversionStale(all[0].id) && !work.isConversionStale(all[1].id));
        QTRY_VERIFY(work.isIdle());
        QVERIFY(!work.isConversionStale(all[0].id));
        QCOMPARE(work.results(all[1].id).conversion.value, other);

        // What a removed variant had is forgotten, and computed again when it is back.
        const int gone = all[2].id;
        doc.variants()->remove(2);
        QVERIFY(!work.results(gone).conversion.value);
        doc.undoStack()->undo();
        QTRY_COMPARE(work.state(gone), VariantState::Ready);
    }

    void oneVariantIsCancelledTheOthersGoOn()
    {
        Document doc(fourLayers(), {}, profile("symmetric"));
        doc.variants()->add(profile("symmetric-pow2"));
        Computation work;
        work.setDocument(&doc);
        work.next();
        const int a = doc.variants()->at(0).id, b = doc.variants()->at(1).id;
        QCOMPARE(work.computing(), b);
        QCOMPARE(work.state(a), VariantState::Waiting);
        work.cancel(b);
        QCOMPARE(work.state(b), VariantState::Stopped);
        QTRY_COMPARE(work.state(a), VariantState::Ready);
        QTRY_VERIFY(work.isIdle());
        QCOMPARE(work.state(b), VariantState::Stopped);
        work.recompute();
        QTRY_COMPARE(work.state(b), VariantState::Ready);
    }
};

QTEST_MAIN(VariantsTest)
#include "variants_test.moc"
