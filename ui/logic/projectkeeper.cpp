// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/projectkeeper.h"

#include "ui/logic/document.h"
#include "ui/logic/labelmeter.h"
#include "ui/logic/session.h"
#include "ui/logic/texts.h"

#include <QDir>
#include <QFileInfo>
#include <QUuid>

#include <algorithm>
#include <mutex>
#include <utility>

namespace requant {

namespace {

constexpr int kAutosaveMs = 2000; // after the first edit that is not in the copy yet
constexpr Message kLocked{"ui.project-locked", "open in another window or program (%1): save under another name"};

QString lockFileOf(const QString &project)
{
    const QFileInfo f(project);
    return f.absoluteDir().filePath(QStringLiteral(".%1.lock").arg(f.fileName()));
}

void removeCopy(const QString &file)
{
    QFile::remove(file);
    QFile::remove(file + QStringLiteral(".lock"));
}

bool same(const std::vector<NamedRecipe> &a, const std::vector<NamedRecipe> &b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const NamedRecipe &x, const NamedRecipe &y) {
        return x.name == y.name && x.recipe == y.recipe;
    });
}

} // namespace

struct ProjectKeeper::Loaded
{
    Project project;
    QString file; // the project's own; empty if it has none
    QString hash; // of the model file as it is now
    QString recoveredFrom;
    bool modelExists = true;
};

// Jobs overlap: an older one must neither overwrite what a newer one wrote nor write what was removed.
struct ProjectKeeper::Copy
{
    std::mutex mutex;
    int asked = 0;        // in the window's thread
    int written = 0;      // guarded
    bool removed = false; // guarded
};

ProjectKeeper::ProjectKeeper(Session *session, const QString &recoveryFolder, QObject *parent)
    : QObject(parent), m_session(session), m_folder(recoveryFolder)
{
    m_autosave.setSingleShot(true);
    m_autosave.setInterval(kAutosaveMs);
    connect(&m_autosave, &QTimer::timeout, this, &ProjectKeeper::writeRecovery);
    connect(m_session, &Session::documentChanged, this, &ProjectKeeper::documentChanged);
    connect(m_session, &Session::samplesChanged, this, &ProjectKeeper::stateChanged);
    connect(LabelMeter::of(m_session), &LabelMeter::changed, this, &ProjectKeeper::stateChanged);
    connect(m_session, &Session::openFailed, this, [this](const QString &path) {
        if (m_pending && path == m_pending->project.model)
            m_pending.reset();
    });
}

ProjectKeeper::~ProjectKeeper() = default;

bool ProjectKeeper::isModified() const
{
    const Document *doc = m_session->document();
    if (!doc)
        return false;
    if (m_recovered)
        return true;
    if (m_path.isEmpty())
        return doc->hasUnsavedEdits();
    const Project now = current();
    return !same(now.variants, m_savedVariants) || now.samples != m_savedSamples || now.labels != m_savedLabels
           || now.sampleLimit != m_savedLimit;
}

Project ProjectKeeper::current() const
{
    Project p;
    const Document *doc = m_session->document();
    if (!doc)
        return p;
    p.model = doc->path();
    p.modelBytes = doc->fileSize();
    if (m_hashOf == doc->path())
        p.modelSha256 = m_hash;
    p.variants = doc->variants()->save();
    p.active = doc->variants()->activeIndex();
    // Samples that could not be opened this time are not forgotten.
    const bool failed =
        m_session->samplesPath().isEmpty() && !m_session->diagnostics(Session::Activity::Samples).empty();
    p.samples = failed ? m_savedSamples : m_session->samplesPath();
    p.labels = failed ? m_savedLabels : LabelMeter::of(m_session)->path();
    p.sampleLimit = m_session->sampleLimit();
    return p;
}

void ProjectKeeper::open(const QString &projectFile)
{
    load(QFileInfo(projectFile).absoluteFilePath(), {}, false);
}

void ProjectKeeper::openWith(const QString &projectFile, const QString &modelFile)
{
    load(QFileInfo(projectFile).absoluteFilePath(), QFileInfo(modelFile).absoluteFilePath(), false);
}

void ProjectKeeper::recover(const Recoverable &r)
{
    load(r.file, {}, true);
}

void ProjectKeeper::load(const QString &file, const QString &modelInstead, bool recovery)
{
    m_load.start(
        tr("Opening %1").arg(QFileInfo(file).fileName()),
        [file, modelInstead, recovery](const RunControl &run) -> Result<std::shared_ptr<Loaded>> {
            auto project = loadProject(file);
            if (!project)
                return project.error();
            auto out = std::make_shared<Loaded>();
            out->project = std::move(*project);
            if (!modelInstead.isEmpty())
                out->project.model = modelInstead;
            out->file = recovery ? out->project.savedAs : file;
            out->recoveredFrom = recovery ? file : QString();
            out->modelExists = QFileInfo(out->project.model).isFile();
            if (out->modelExists && run.step(0, 0, "checking the model")) {
                if (const auto hash = fileSha256(out->project.model))
                    out->hash = QString::fromStdString(*hash);
            }
            return out;
        },
        [this, file](Result<std::shared_ptr<Loaded>> loaded) {
            if (!loaded) {
                emit openFailed(file, diagnosticText(loaded.error()));
                return;
            }
            if (!(*loaded)->modelExists) {
                emit modelMissing(file, (*loaded)->project.model);
                return;
            }
            m_pending = *loaded;
            m_session->open(m_pending->project.model);
        });
}

void ProjectKeeper::documentChanged()
{
    Document *doc = m_session->document();
    removeRecovery();
    m_recovered = false;
    m_path.clear();
    m_locked = false;
    m_lock.reset();
    m_saving.clear();
    m_savingLock.reset();
    m_savedVariants.clear();
    m_savedSamples.clear();
    m_savedLabels.clear();
    if (m_hashOf != (doc ? doc->path() : QString()))
        m_hashOf.clear();
    const auto pending = std::exchange(m_pending, nullptr);
    if (doc) {
        if (pending && QFileInfo(pending->project.model) == QFileInfo(doc->path()))
            modelOpened(*pending);
        Variants *v = doc->variants();
        connect(v, &Variants::recipeChanged, this, &ProjectKeeper::stateChanged);
        connect(v, &Variants::listChanged, this, &ProjectKeeper::stateChanged);
        connect(v->undoStack(), &QUndoStack::cleanChanged, this, &ProjectKeeper::stateChanged);
    }
    emit pathChanged();
    m_wasModified = !isModified();
    stateChanged();
}

void ProjectKeeper::modelOpened(const Loaded &l)
{
    Document *doc = m_session->document();
    const Project &p = l.project;
    doc->variants()->restore(p.variants, p.active);
    m_hash = l.hash;
    m_hashOf = doc->path();
    m_savedVariants = doc->variants()->save();
    m_savedSamples = p.samples;
    m_savedLabels = p.labels;
    m_savedLimit = p.sampleLimit > 0 ? p.sampleLimit : m_session->sampleLimit();
    m_path = l.file;
    m_recovered = !l.recoveredFrom.isEmpty();
    m_recoveredFrom = l.recoveredFrom;
    if (!m_path.isEmpty()) {
        QString who;
        m_lock = lockOf(m_path, &who);
        m_locked = !m_lock;
        if (m_locked)
            emit lockedElsewhere(m_path, who);
    }
    m_session->setSampleLimit(m_savedLimit);
    // After the session has looked for samples of its own.
    const QString samples = p.samples, labels = p.labels;
    QMetaObject::invokeMethod(
        this,
        [this, samples, labels, model = doc->path()] {
            const Document *now = m_session->document();
            if (!now || now->path() != model)
                return;
            if (!samples.isEmpty())
                m_session->openSamples(samples);
            else
                m_session->closeSamples();
            LabelMeter::of(m_session)->setLabels(samples.isEmpty() ? QString() : labels);
        },
        Qt::QueuedConnection);
    if (!p.layout.isEmpty())
        emit layoutRestored(p.layout);
    if (!p.modelSha256.isEmpty() && !l.hash.isEmpty() && p.modelSha256 != l.hash)
        emit modelChanged(p.model, p.modelSha256, l.hash);
    emit opened();
}

std::shared_ptr<QLockFile> ProjectKeeper::lockOf(const QString &projectFile, QString *who)
{
    auto lock = std::make_shared<QLockFile>(lockFileOf(projectFile));
    lock->setStaleLockTime(0); // only the end of its program makes a lock stale
    if (!lock->tryLock(0) && lock->error() == QLockFile::LockFailedError) {
        qint64 pid = 0;
        QString host, program;
        if (who && lock->getLockInfo(&pid, &host, &program))
            *who = tr("%1, process %2 on %3").arg(program).arg(pid).arg(host);
        return nullptr;
    }
    return lock; // not lockable (a folder that cannot be written): saving will say so
}

void ProjectKeeper::saveTo(const QString &projectFile)
{
    if (!m_session->document())
        return;
    const QString file = QFileInfo(projectFile).absoluteFilePath();
    // The former file's lock is kept until the new file is there.
    if (file == m_path && !m_locked) {
        m_saving.clear();
        m_savingLock.reset();
    } else if (file != m_saving || !m_savingLock) {
        QString who;
        auto lock = lockOf(file, &who);
        if (!lock) {
            Error e = makeError(kLocked, {who.toStdString()});
            e.file = file.toStdString();
            emit saved(false, diagnosticText(e));
            return;
        }
        m_saving = file;
        m_savingLock = std::move(lock);
    }
    Project p = current();
    if (m_layout)
        p.layout = m_layout();
    m_save.start(
        tr("Saving %1").arg(QFileInfo(file).fileName()),
        [p, file](const RunControl &) mutable -> Result<QString> {
            if (p.modelSha256.isEmpty()) {
                if (const auto hash = fileSha256(p.model))
                    p.modelSha256 = QString::fromStdString(*hash);
            }
            const Status written = saveProject(p, file);
            if (!written)
                return written.error();
            return p.modelSha256;
        },
        [this, p, file](Result<QString> hash) {
            m_saving.clear();
            auto lock = std::exchange(m_savingLock, nullptr);
            if (!hash) {
                emit saved(false, diagnosticText(hash.error()));
                return;
            }
            Document *doc = m_session->document();
            if (!doc || doc->path() != p.model)
                return;
            m_hash = *hash;
            m_hashOf = p.model;
            m_savedVariants = p.variants;
            m_savedSamples = p.samples;
            m_savedLabels = p.labels;
            m_savedLimit = p.sampleLimit;
            if (lock)
                m_lock = std::move(lock);
            m_locked = false;
            m_recovered = false;
            if (same(doc->variants()->save(), p.variants))
                doc->variants()->markAllSaved();
            if (m_path != file) {
                m_path = file;
                emit pathChanged();
            }
            stateChanged();
            emit saved(true, {});
        });
}

void ProjectKeeper::stateChanged()
{
    const bool modified = isModified();
    if (modified && !m_folder.isEmpty()) {
        if (!m_autosave.isActive())
            m_autosave.start();
    } else if (!modified) {
        removeRecovery();
    }
    if (modified != m_wasModified) {
        m_wasModified = modified;
        emit modifiedChanged();
    }
}

QString ProjectKeeper::recoveryFile() const
{
    return QDir(m_folder).filePath(m_id + QStringLiteral(".requant"));
}

void ProjectKeeper::flushRecovery()
{
    m_autosave.stop();
    writeRecovery();
}

void ProjectKeeper::writeRecovery()
{
    if (m_folder.isEmpty() || !isModified())
        return;
    if (m_id.isEmpty()) {
        QDir().mkpath(m_folder);
        m_id = QUuid::createUuid().toString(QUuid::WithoutBraces);
        m_recoveryLock = std::make_unique<QLockFile>(recoveryFile() + QStringLiteral(".lock"));
        m_recoveryLock->setStaleLockTime(0);
        m_recoveryLock->tryLock(0);
        m_written = std::make_shared<Copy>();
    }
    Project p = current();
    p.savedAs = m_path;
    m_copy.start(
        tr("Keeping a copy"),
        [p, file = recoveryFile(), copy = m_written, number = ++m_written->asked,
         old = std::exchange(m_recoveredFrom, {})](const RunControl &) -> Status {
            const std::lock_guard turn(copy->mutex);
            if (copy->removed || copy->written > number)
                return success();
            copy->written = number;
            const Status written = saveProject(p, file);
            if (written && !old.isEmpty() && old != file)
                removeCopy(old);
            return written;
        },
        [](Status) {}); // the next edit tries again; the user's own files are not concerned
}

void ProjectKeeper::removeRecovery()
{
    m_autosave.stop();
    const QString old = std::exchange(m_recoveredFrom, {}); // saved or discarded before there was a newer copy
    if (m_id.isEmpty() && old.isEmpty())
        return;
    m_copy.start(
        tr("Removing a copy"),
        [file = m_id.isEmpty() ? QString() : recoveryFile(), old, copy = m_written](const RunControl &) -> Status {
            if (!file.isEmpty()) {
                const std::lock_guard turn(copy->mutex);
                copy->removed = true;
                QFile::remove(file);
            }
            if (!old.isEmpty())
                removeCopy(old);
            return success();
        },
        [](Status) {});
    m_recoveryLock.reset();
    m_id.clear();
}

void ProjectKeeper::finish()
{
    m_pending.reset();
    m_load.cancel();
    removeRecovery();
    m_lock.reset();
}

std::vector<Recoverable> ProjectKeeper::recoverable(const QString &folder)
{
    std::vector<Recoverable> out;
    if (folder.isEmpty())
        return out;
    for (const QFileInfo &f : QDir(folder).entryInfoList({QStringLiteral("*.requant")}, QDir::Files, QDir::Time)) {
        QLockFile lock(f.absoluteFilePath() + QStringLiteral(".lock"));
        lock.setStaleLockTime(0);
        if (!lock.tryLock(0))
            continue; // its program runs
        if (const auto p = loadProject(f.absoluteFilePath()))
            out.push_back({f.absoluteFilePath(), p->model, p->savedAs, f.lastModified()});
    }
    return out;
}

void ProjectKeeper::discard(const Recoverable &r)
{
    removeCopy(r.file);
}

} // namespace requant
