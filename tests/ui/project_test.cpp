// SPDX-License-Identifier: GPL-3.0-or-later
// Project files, their locks, and recovery after a program that ended without saving.
#include "core/base/files.h"
#include "core/scheme/recipejson.h"
#include "tests/ui/fixtures.h"
#include "ui/logic/document.h"
#include "ui/logic/places.h"
#include "ui/logic/projectkeeper.h"
#include "ui/logic/recipeedit.h"
#include "ui/logic/session.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace requant;
using namespace requant::test;

namespace {

constexpr int kPatience = 120'000;

Recipe profile(const char *id)
{
    return fromProfile(*findProfile(id), {}, false);
}

void write(const QString &file, const QByteArray &text)
{
    QFile f(file);
    QVERIFY(f.open(QIODevice::WriteOnly));
    f.write(text);
}

QByteArray read(const QString &file)
{
    QFile f(file);
    return f.open(QIODevice::ReadOnly) ? f.readAll() : QByteArray();
}

// A session with its keeper; what a window has without being one.
struct Program
{
    Session session;
    ProjectKeeper keeper;
    explicit Program(const QString &recovery = {}) : keeper(&session, recovery) {}
    bool openModel(const QString &model)
    {
        QSignalSpy changed(&session, &Session::documentChanged);
        session.open(model);
        return changed.wait(kPatience);
    }
    bool open(const QString &project)
    {
        QSignalSpy opened(&keeper, &ProjectKeeper::opened);
        keeper.open(project);
        return opened.wait(kPatience);
    }
    QString save(const QString &project)
    {
        QSignalSpy saved(&keeper, &ProjectKeeper::saved);
        keeper.saveTo(project);
        if (saved.isEmpty() && !saved.wait(kPatience))
            return QStringLiteral("no answer");
        return saved.last().at(0).toBool() ? QString() : saved.last().at(1).toString();
    }
    void edit(ElementType type)
    {
        FieldEdit e{ConfigPart::Activations, {}};
        e.set.type = type;
        session.document()->editRecipe(QStringLiteral("edit"),
                                       withFields(*session.document()->model(), session.document()->recipe(), {1}, e));
    }
};

} // namespace

class ProjectTest : public QObject
{
    Q_OBJECT
private slots:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QVERIFY(m_folder->isValid());
        m_model = m_folder->filePath(QStringLiteral("model.tflite"));
        QVERIFY2(QFile::copy(sampleModelFile(), m_model), "the sample ships with the product");
    }

    void everythingIsWrittenAndReadBack()
    {
        Project p;
        p.model = m_model;
        p.modelSha256 = QString(64, u'a');
        p.modelBytes = 12345;
        p.variants = {{QStringLiteral("A"), profile("symmetric")},
                      {QStringLiteral("B \u00e4\"\\{"), profile("amd-dpu")}};
        p.variants[1].recipe.description = "braces } in { a text // and a comment";
        p.active = 1;
        p.samples = m_folder->filePath(QStringLiteral("pictures"));
        p.labels = m_folder->filePath(QStringLiteral("pictures/labels.npy"));
        p.sampleLimit = 7;
        p.layout = QByteArray("\0\1\2layout", 9);
        const QString file = m_folder->filePath(QStringLiteral("p.requant"));
        QVERIFY(saveProject(p, file));
        const auto back = loadProject(file);
        QVERIFY2(back, back ? "" : text(back.error()).c_str());
        QCOMPARE(back->model, p.model);
        QCOMPARE(back->modelSha256, p.modelSha256);
        QCOMPARE(back->modelBytes, p.modelBytes);
        QCOMPARE(back->variants.size(), std::size_t{2});
        for (std::size_t i = 0; i < 2; ++i) {
            QCOMPARE(back->variants[i].name, p.variants[i].name);
            QVERIFY(back->variants[i].recipe == p.variants[i].recipe);
        }
        QCOMPARE(back->active, 1);
        QCOMPARE(back->samples, p.samples);
        QCOMPARE(back->labels, p.labels);
        QCOMPARE(back->sampleLimit, 7);
        QCOMPARE(back->layout, p.layout);
    }

    void aFolderMovesAsAWhole()
    {
        Project p;
        p.model = m_model;
        p.variants = {{QStringLiteral("A"), Recipe{}}};
        QVERIFY(saveProject(p, m_folder->filePath(QStringLiteral("p.requant"))));
        QTemporaryDir other;
        QVERIFY(
            QFile::copy(m_folder->filePath(QStringLiteral("p.requant")), other.filePath(QStringLiteral("p.requant"))));
        // The model is not there: the absolute path still is.
        QCOMPARE(loadProject(other.filePath(QStringLiteral("p.requant")))->model, m_model);
        QVERIFY(QFile::copy(m_model, other.filePath(QStringLiteral("model.tflite"))));
        QCOMPARE(loadProject(other.filePath(QStringLiteral("p.requant")))->model,
                 other.filePath(QStringLiteral("model.tflite")));
    }

    void badFilesSayWhereAndWhy_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QString>("message");
        QTest::newRow("no json") << QByteArray("PK\3\4") << QStringLiteral("line 1, column 1");
        QTest::newRow("other") << QByteArray("{\"requant_recipe\": 1}") << QStringLiteral("not a project file");
        QTest::newRow("newer") << QByteArray("{\"requant_project\": 9}") << QStringLiteral("version 9");
        QTest::newRow("model") << QByteArray("{\"requant_project\": 1}") << QStringLiteral("model is missing");
        QTest::newRow("kind") << QByteArray("{\"requant_project\": 1,\n \"model\": 7}")
                              << QStringLiteral("line 2, column 11, model: expected an object, found an integer");
        QTest::newRow("none") << QByteArray("{\"requant_project\": 1, \"model\": {\"path\": \"m\"},\n\"variants\": []}")
                              << QStringLiteral("line 2, column 13, variants: at least one");
        QTest::newRow("active") << QByteArray(
            "{\"requant_project\": 1, \"model\": {\"path\": \"m\"}, \"variants\": [{\"name\": \"A\", \"recipe\": "
            "{\"requant_recipe\": 1}}],\n\"active\": 1}")
                                << QStringLiteral("line 2, column 11, active: 1 is out of range");
        // The place is that in the project file.
        QTest::newRow("recipe") << QByteArray(
            "{\"requant_project\": 1, \"model\": {\"path\": \"m\"},\n\"variants\": [\n{\"name\": "
            "\"A\", \"recipe\": {\"requant_recipe\": 1,\n  \"preset\": \"slow\"}}]}")
                                << QStringLiteral("line 4, column 13, preset");
    }
    void badFilesSayWhereAndWhy()
    {
        QFETCH(const QByteArray, json);
        QFETCH(const QString, message);
        const auto p = parseProject(std::string_view(json.constData(), std::size_t(json.size())),
                                    QStringLiteral("/tmp/x.requant"));
        QVERIFY(!p);
        const QString said = QString::fromStdString(text(p.error()));
        QVERIFY2(said.contains(message) && said.contains(QStringLiteral("x.requant")), qPrintable(said));
    }
    void cutFilesAreRefusedWithoutHarm()
    {
        Project p;
        p.model = m_model;
        p.variants = {{QStringLiteral("A"), profile("symmetric")}};
        const std::string whole = projectToJson(p, m_folder->filePath(QStringLiteral("p.requant")));
        const std::size_t end = whole.find_last_of('}');
        for (std::size_t n = 0; n < end; n += 7)
            QVERIFY(
                !parseProject(std::string_view(whole).substr(0, n), m_folder->filePath(QStringLiteral("p.requant"))));
    }

    void savedProjectsOpenAsTheyWere()
    {
        const QString file = m_folder->filePath(QStringLiteral("work.requant"));
        Recipe a, b;
        {
            Program one;
            QVERIFY(one.openModel(m_model));
            QVERIFY(!one.keeper.isModified());
            one.edit(ElementType::Int16);
            a = one.session.document()->recipe();
            one.session.document()->variants()->add(profile("symmetric-pow2"), QStringLiteral("pow2"));
            b = one.session.document()->recipe();
            QVERIFY(one.keeper.isModified());
            one.keeper.setLayoutSource([] { return QByteArray("layout"); });
            QCOMPARE(one.save(file), QString());
            QVERIFY(!one.keeper.isModified());
            QVERIFY(!one.session.document()->hasUnsavedEdits());
            QCOMPARE(one.keeper.path(), file);
            // An edit and its undoing: as the file again.
            one.edit(ElementType::Int16);
            QVERIFY(one.keeper.isModified());
            one.session.document()->undoStack()->undo();
            QVERIFY(!one.keeper.isModified());
            one.keeper.finish();
        }
        Program two;
        QSignalSpy layout(&two.keeper, &ProjectKeeper::layoutRestored);
        QVERIFY(two.open(file));
        const Variants &v = *two.session.document()->variants();
        QCOMPARE(v.count(), 2);
        QCOMPARE(v.activeIndex(), 1);
        QCOMPARE(v.at(1).name, QStringLiteral("pow2"));
        QVERIFY(v.at(0).recipe == a && v.at(1).recipe == b);
        QVERIFY(!two.keeper.isModified() && !two.keeper.isLocked());
        QCOMPARE(layout.count(), 1);
        QCOMPARE(layout[0][0].toByteArray(), QByteArray("layout"));
        two.keeper.finish();
    }

    void twoProgramsDoNotWriteOneProject()
    {
        const QString file = m_folder->filePath(QStringLiteral("shared.requant"));
        auto one = std::make_unique<Program>();
        QVERIFY(one->openModel(m_model));
        QCOMPARE(one->save(file), QString());
        Program two;
        QSignalSpy locked(&two.keeper, &ProjectKeeper::lockedElsewhere);
        QVERIFY(two.open(file));
        QCOMPARE(locked.count(), 1);
        QVERIFY(two.keeper.isLocked());
        two.edit(ElementType::Int16);
        const QByteArray before = read(file);
        QVERIFY(two.save(file).contains(QStringLiteral("another name")));
        QCOMPARE(read(file), before);
        QVERIFY(two.keeper.isModified());
        QCOMPARE(two.save(m_folder->filePath(QStringLiteral("other.requant"))), QString());
        QVERIFY(!two.keeper.isLocked());
        // The first one goes: its project is free.
        one.reset();
        QCOMPARE(two.save(file), QString());
    }

    void aFailedSaveAsKeepsFileLockAndEdits()
    {
        const QString file = m_folder->filePath(QStringLiteral("kept.requant"));
        Program one;
        QVERIFY(one.openModel(m_model));
        QCOMPARE(one.save(file), QString());
        const QByteArray before = read(file);
        one.edit(ElementType::Int16);
        const Recipe edited = one.session.document()->recipe();
        // A folder that is not there, and a name that a folder has.
        const QString taken = m_folder->filePath(QStringLiteral("taken.requant"));
        QVERIFY(QDir().mkdir(taken));
        for (const QString &bad : {m_folder->filePath(QStringLiteral("no/such/folder.requant")), taken}) {
            QVERIFY2(one.save(bad).contains(QFileInfo(bad).fileName()), qPrintable(bad));
            QCOMPARE(one.keeper.path(), file);
            QVERIFY(one.keeper.isModified() && !one.keeper.isLocked());
            QVERIFY(one.session.document()->recipe() == edited);
            QCOMPARE(read(file), before);
            Program two; // the former file is still ours
            QSignalSpy locked(&two.keeper, &ProjectKeeper::lockedElsewhere);
            QVERIFY(two.open(file));
            QCOMPARE(locked.count(), 1);
        }
        QCOMPARE(QDir(m_folder->path())
                     .entryList({QStringLiteral("*.requant"), QStringLiteral("*.tmp*")}, QDir::Files | QDir::Hidden),
                 QStringList{QStringLiteral("kept.requant")});
        QCOMPARE(one.save(file), QString()); // and can be saved
        // Under another name the former one is free.
        QCOMPARE(one.save(m_folder->filePath(QStringLiteral("moved.requant"))), QString());
        Program three;
        QVERIFY(three.open(file));
        QVERIFY(!three.keeper.isLocked());
    }

    void aChangedOrMissingModelIsSaid()
    {
        const QString file = m_folder->filePath(QStringLiteral("p.requant"));
        {
            Program one;
            QVERIFY(one.openModel(m_model));
            one.edit(ElementType::Int16);
            QCOMPARE(one.save(file), QString());
            one.keeper.finish();
        }
        // Another model of the same name.
        const QString other = resourceFile(QStringLiteral("sample/fashion_mobilenet_int8.tflite"));
        QVERIFY(!other.isEmpty() && QFileInfo(other) != QFileInfo(sampleModelFile()));
        QVERIFY(QFile::remove(m_model) && QFile::copy(other, m_model));
        {
            Program two;
            QSignalSpy changed(&two.keeper, &ProjectKeeper::modelChanged);
            QVERIFY(two.open(file));
            QCOMPARE(changed.count(), 1);
            QVERIFY(changed[0][1].toString() != changed[0][2].toString());
            QCOMPARE(two.session.document()->variants()->count(), 1);
        }
        QVERIFY(QFile::remove(m_model));
        Program three;
        QSignalSpy missing(&three.keeper, &ProjectKeeper::modelMissing), opened(&three.keeper, &ProjectKeeper::opened);
        three.keeper.open(file);
        QVERIFY(missing.wait(kPatience));
        QCOMPARE(missing[0][1].toString(), m_model);
        QVERIFY(!three.session.document());
        three.keeper.openWith(file, other);
        QVERIFY(opened.wait(kPatience));
        QCOMPARE(three.session.document()->path(), QFileInfo(other).absoluteFilePath());
    }

    void unsavedWorkIsRecoveredOnce()
    {
        const QString recovery = m_folder->filePath(QStringLiteral("recovery"));
        Recipe edited;
        {
            Program crashed(recovery);
            QVERIFY(crashed.openModel(m_model));
            crashed.edit(ElementType::Int16);
            edited = crashed.session.document()->recipe();
            crashed.keeper.flushRecovery();
            QTRY_COMPARE(QDir(recovery).entryList({QStringLiteral("*.requant")}).size(), 1);
            QVERIFY(ProjectKeeper::recoverable(recovery).empty()); // it runs
        } // ends without finish(): its lock goes, the copy stays
        const auto found = ProjectKeeper::recoverable(recovery);
        QCOMPARE(found.size(), std::size_t{1});
        QCOMPARE(found[0].model, m_model);
        QVERIFY(found[0].project.isEmpty());
        {
            Program next(recovery);
            QSignalSpy opened(&next.keeper, &ProjectKeeper::opened);
            next.keeper.recover(found[0]);
            QVERIFY(opened.wait(kPatience));
            QVERIFY(next.session.document()->recipe() == edited);
            QVERIFY(next.keeper.isModified()); // never saved
            QVERIFY(next.keeper.path().isEmpty());
            next.keeper.flushRecovery();
            QTRY_VERIFY(!QFileInfo::exists(found[0].file)); // there is a new copy
            QTRY_COMPARE(QDir(recovery).entryList({QStringLiteral("*.requant")}).size(), 1);
            QCOMPARE(next.save(m_folder->filePath(QStringLiteral("saved.requant"))), QString());
            QTRY_COMPARE(QDir(recovery).entryList({QStringLiteral("*.requant")}).size(), 0);
        }
        QVERIFY(ProjectKeeper::recoverable(recovery).empty());
    }
    void aRecoveredCopyGoesWithASaveAtOnce()
    {
        const QString recovery = m_folder->filePath(QStringLiteral("recovery"));
        {
            Program crashed(recovery);
            QVERIFY(crashed.openModel(m_model));
            crashed.edit(ElementType::Int16);
            crashed.keeper.flushRecovery();
            QTRY_COMPARE(QDir(recovery).entryList({QStringLiteral("*.requant")}).size(), 1);
        }
        const auto found = ProjectKeeper::recoverable(recovery);
        QCOMPARE(found.size(), std::size_t{1});
        Program next(recovery);
        QSignalSpy opened(&next.keeper, &ProjectKeeper::opened);
        next.keeper.recover(found[0]);
        QVERIFY(opened.wait(kPatience));
        QCOMPARE(next.save(m_folder->filePath(QStringLiteral("saved.requant"))), QString()); // before a copy of its own
        QTRY_COMPARE(QDir(recovery).entryList(QDir::Files), QStringList());
    }
    void anOrderlyEndLeavesNoCopy()
    {
        const QString recovery = m_folder->filePath(QStringLiteral("recovery"));
        {
            Program one(recovery);
            QVERIFY(one.openModel(m_model));
            one.edit(ElementType::Int16);
            one.keeper.flushRecovery();
            QTRY_COMPARE(QDir(recovery).entryList({QStringLiteral("*.requant")}).size(), 1);
            one.keeper.finish(); // the user discarded the edits
        }
        QVERIFY(ProjectKeeper::recoverable(recovery).empty());
        QCOMPARE(QDir(recovery).entryList({QStringLiteral("*.requant")}).size(), 0);
    }
    void damagedCopiesAreLeftAlone()
    {
        const QString recovery = m_folder->filePath(QStringLiteral("recovery"));
        QVERIFY(QDir().mkpath(recovery));
        write(QDir(recovery).filePath(QStringLiteral("x.requant")), "{\"requant_project\": 1, \"mod");
        QVERIFY(ProjectKeeper::recoverable(recovery).empty());
    }

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_model;
};

QTEST_GUILESS_MAIN(ProjectTest)
#include "project_test.moc"
