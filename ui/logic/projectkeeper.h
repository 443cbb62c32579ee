// SPDX-License-Identifier: GPL-3.0-or-later
// The project of a session: opening and saving it, the lock that keeps two programs from writing one file, and copies
// of unsaved work from which a next start can recover. Files are read, hashed and written in the background.
#pragma once

#include "ui/logic/jobrunner.h"
#include "ui/logic/projectfile.h"

#include <QDateTime>
#include <QLockFile>
#include <QObject>
#include <QTimer>

#include <functional>
#include <memory>
#include <optional>

namespace requant {

class Session;

// Work of a program that ended without saving it.
struct Recoverable
{
    QString file;    // the copy
    QString model;   // what it is about
    QString project; // empty: had no file
    QDateTime when;
};

class ProjectKeeper : public QObject
{
    Q_OBJECT
public:
    // Copies go to the recovery folder; without one none are made.
    ProjectKeeper(Session *, const QString &recoveryFolder, QObject *parent = nullptr);
    ~ProjectKeeper() override;

    // The layout of docks that is saved with the project.
    void setLayoutSource(std::function<QByteArray()> source) { m_layout = std::move(source); }

    // Empty without a project file.
    const QString &path() const { return m_path; }
    // Another program (or window) has the project open: it can only be saved under another name.
    bool isLocked() const { return m_locked; }
    // Recipes or samples are not as the project's file (or, without one, as when the model was opened) has them.
    bool isModified() const;

    void open(const QString &projectFile);
    // The project with another file in its model's place, after modelMissing().
    void openWith(const QString &projectFile, const QString &modelFile);
    void saveTo(const QString &projectFile);

    // Copies left by programs that no longer run.
    static std::vector<Recoverable> recoverable(const QString &folder);
    void recover(const Recoverable &);
    static void discard(const Recoverable &);
    // The session ends in order: its copy goes.
    void finish();
    // Writes the copy now instead of in a while; for tests.
    void flushRecovery();

signals:
    void pathChanged();
    void modifiedChanged();
    void opened(); // the project's recipes are there
    void openFailed(const QString &path, const QString &why);
    void modelMissing(const QString &projectFile, const QString &modelFile);
    void modelChanged(const QString &modelFile, const QString &before,
                      const QString &now); // SHA-256; the recipes are kept
    void lockedElsewhere(const QString &projectFile, const QString &who);
    void layoutRestored(const QByteArray &);
    void saved(bool ok, const QString &why);

private:
    struct Loaded;
    struct Copy;
    void load(const QString &file, const QString &modelInstead, bool recovery);
    void documentChanged();
    void stateChanged();
    void modelOpened(const Loaded &);
    // Null if another program has it; `who` says which.
    static std::shared_ptr<QLockFile> lockOf(const QString &projectFile, QString *who);
    Project current() const;
    void writeRecovery();
    void removeRecovery();
    QString recoveryFile() const;

    Session *m_session;
    QString m_folder;
    std::function<QByteArray()> m_layout;
    QString m_path;
    bool m_locked = false;
    std::shared_ptr<QLockFile> m_lock;
    std::shared_ptr<QLockFile> m_savingLock; // of m_saving; takes m_lock's place when the file is written
    QString m_saving;                        // another name that is being saved to
    std::unique_ptr<QLockFile> m_recoveryLock;
    QString m_id;                      // of the copy
    std::shared_ptr<Copy> m_written;   // jobs that write and remove it take turns
    std::shared_ptr<Loaded> m_pending; // read; waits for its model
    std::vector<NamedRecipe> m_savedVariants;
    QString m_savedSamples, m_savedLabels;
    int m_savedLimit = 0;
    bool m_recovered = false; // what is open has never been saved
    QString m_recoveredFrom;  // the copy that it came from; goes when there is a new one
    bool m_wasModified = false;
    QString m_hash, m_hashOf; // of the open model's file, once known
    QTimer m_autosave;
    JobRunner m_load, m_save, m_copy;
};

} // namespace requant
