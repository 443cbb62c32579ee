// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/fileroads.h"

#include "ui/logic/document.h"
#include "ui/logic/exporter.h"
#include "ui/logic/places.h"
#include "ui/logic/projectkeeper.h"
#include "ui/logic/session.h"
#include "ui/logic/texts.h"
#include "ui/widgets/banner.h"

#include <QAction>
#include <QFileDialog>
#include <QFileInfo>
#include <QLocale>
#include <QMenu>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QUrl>

#include <utility>

namespace requant {

FileRoads::FileRoads(Session *session, bool remember, Banner *banner, QWidget *window)
    : QObject(window), m_session(session), m_remember(remember), m_banner(banner), m_window(window),
      m_project(new ProjectKeeper(session, remember ? recoveryFolder() : QString(), this))
{
    followProject();
    connect(m_session, &Session::documentChanged, this, [this] {
        const Document *doc = m_session->document();
        if (!doc)
            return;
        m_banner->hide();
        if (m_remember)
            addRecentFile(m_project->path().isEmpty() ? doc->path() : m_project->path());
    });
    connect(m_session, &Session::openFailed, this, [this](const QString &path, const QString &why) {
        // Core's texts name the file where they know it.
        const QString name = QFileInfo(path).fileName();
        m_banner->showError(why.contains(name) ? why : tr("%1: %2").arg(name, why));
    });
    connect(m_session, &Session::recipeSaved, this, [this](bool ok) {
        for (const Diagnostic &d : ok ? Diagnostics() : m_session->diagnostics(Session::Activity::Save))
            m_banner->showError(diagnosticText(d));
    });
}

void FileRoads::followProject()
{
    connect(m_project, &ProjectKeeper::saved, this, [this](bool ok, const QString &why) {
        const auto then = std::exchange(m_afterSave, nullptr);
        if (!ok)
            m_banner->showError(why);
        else if (m_remember)
            addRecentFile(m_project->path());
        if (ok && then)
            then();
    });
    connect(m_project, &ProjectKeeper::openFailed, this, [this](const QString &path, const QString &why) {
        const QString name = QFileInfo(path).fileName();
        m_banner->showError(why.contains(name) ? why : tr("%1: %2").arg(name, why));
    });
    connect(m_project, &ProjectKeeper::modelMissing, this, [this](const QString &project, const QString &model) {
        auto *locate = new QAction(tr("Locate\u2026"), m_banner);
        locate->setObjectName(QStringLiteral("locateModel"));
        connect(locate, &QAction::triggered, this, [this, project, model] { locateModel(project, model); });
        m_banner->showNotice(
            tr("%1 is about the model %2, which is not there.").arg(QFileInfo(project).fileName(), model), {locate});
    });
    // These come with the document; the banner of what was before is hidden by then.
    connect(
        m_project, &ProjectKeeper::modelChanged, this,
        [this](const QString &model, const QString &before, const QString &now) {
            m_banner->showNotice(
                tr("%1 is not the file it was when the project was saved (SHA-256 %2\u2026 then, %3\u2026 now). The "
                   "recipes are kept; look at the numbers anew.")
                    .arg(QFileInfo(model).fileName(), before.left(8), now.left(8)));
        },
        Qt::QueuedConnection);
    connect(
        m_project, &ProjectKeeper::lockedElsewhere, this,
        [this](const QString &project, const QString &who) {
            m_banner->showNotice(tr("%1 is open elsewhere (%2). It can be saved under another name.")
                                     .arg(QFileInfo(project).fileName(), who.isEmpty() ? tr("another program") : who));
        },
        Qt::QueuedConnection);
}

void FileRoads::locateModel(const QString &project, const QString &model)
{
    auto *dialog =
        new QFileDialog(m_window, tr("Locate %1").arg(QFileInfo(model).fileName()), QFileInfo(project).absolutePath());
    dialog->setObjectName(QStringLiteral("locateDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    dialog->setNameFilters({tr("TensorFlow Lite models (*.tflite)"), tr("All files (*)")});
    connect(dialog, &QFileDialog::fileSelected, this,
            [this, project](const QString &file) { m_project->openWith(project, file); });
    dialog->open();
}

void FileRoads::saveProject()
{
    if (!m_session->document())
        return;
    if (m_project->path().isEmpty() || m_project->isLocked())
        saveProjectAs();
    else
        m_project->saveTo(m_project->path());
}

void FileRoads::saveProjectAs()
{
    const Document *doc = m_session->document();
    if (!doc)
        return;
    const QFileInfo model(doc->path());
    auto *dialog = new QFileDialog(m_window, tr("Save project"), model.absolutePath());
    dialog->setObjectName(QStringLiteral("saveProjectDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("requant"));
    dialog->setNameFilter(tr("Requant projects (*.requant)"));
    dialog->selectFile(m_project->path().isEmpty() ? model.completeBaseName() + QStringLiteral(".requant")
                                                   : m_project->path());
    connect(dialog, &QFileDialog::fileSelected, m_project, &ProjectKeeper::saveTo);
    connect(dialog, &QDialog::rejected, this, [this] { m_afterSave = nullptr; });
    dialog->open();
}

void FileRoads::offerRecovery()
{
    if (!m_remember)
        return;
    const auto found = ProjectKeeper::recoverable(recoveryFolder());
    if (found.empty())
        return;
    const Recoverable newest = found.front();
    auto *restore = new QAction(tr("Restore"), m_banner);
    restore->setObjectName(QStringLiteral("recoveryRestore"));
    connect(restore, &QAction::triggered, this, [this, newest] {
        whenSaved(tr("Save the project before restoring the edits?"), [this, newest] { m_project->recover(newest); });
    });
    auto *discard = new QAction(tr("Discard"), m_banner);
    discard->setObjectName(QStringLiteral("recoveryDiscard"));
    connect(discard, &QAction::triggered, this, [this, newest] {
        ProjectKeeper::discard(newest);
        QMetaObject::invokeMethod(this, &FileRoads::offerRecovery, Qt::QueuedConnection); // there may be more
    });
    m_banner->showNotice(tr("Requant Studio ended without saving edits of %1 (%2).")
                             .arg(QFileInfo(newest.project.isEmpty() ? newest.model : newest.project).fileName(),
                                  QLocale().toString(newest.when, QLocale::ShortFormat)),
                         {restore, discard});
}

void FileRoads::open(const QString &path)
{
    m_banner->hide();
    if (path.endsWith(QStringLiteral(".json"), Qt::CaseInsensitive)) { // an edit of the open document, undoable
        m_session->open(path);
        return;
    }
    whenSaved(tr("Save the project before opening %1?").arg(QFileInfo(path).fileName()), [this, path] {
        if (path.endsWith(QStringLiteral(".requant"), Qt::CaseInsensitive))
            m_project->open(path);
        else
            m_session->open(path);
    });
}

void FileRoads::openSample()
{
    const QString sample = sampleModelFile();
    if (sample.isEmpty())
        m_banner->showError(tr("The sample model is not installed."));
    else
        open(sample);
}

void FileRoads::openDialog()
{
    const Document *doc = m_session->document();
    auto *dialog = new QFileDialog(m_window, tr("Open"), doc ? QFileInfo(doc->path()).absolutePath() : QString());
    dialog->setObjectName(QStringLiteral("openDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    dialog->setNameFilters({tr("Models and projects (*.tflite *.onnx *.requant)"), tr("All files (*)")});
    connect(dialog, &QFileDialog::fileSelected, this, &FileRoads::open);
    dialog->open();
}

void FileRoads::openRecipeDialog()
{
    auto *dialog = new QFileDialog(m_window, tr("Open recipe"));
    dialog->setObjectName(QStringLiteral("openRecipeDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    dialog->setNameFilters({tr("Recipes (*.json)"), tr("All files (*)")});
    connect(dialog, &QFileDialog::fileSelected, m_session, &Session::openRecipe);
    dialog->open();
}

void FileRoads::saveRecipeAs()
{
    const Document *doc = m_session->document();
    if (!doc)
        return;
    auto *dialog = new QFileDialog(m_window, tr("Save recipe"));
    dialog->setObjectName(QStringLiteral("saveRecipeDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("json"));
    dialog->setNameFilter(tr("Recipes (*.json)"));
    dialog->selectFile(suggestedName(doc->path(), QString::fromStdString(doc->recipe().name))
                       + QStringLiteral(".recipe.json"));
    connect(dialog, &QFileDialog::fileSelected, m_session, &Session::saveRecipeTo);
    dialog->open();
}

void FileRoads::whenSaved(const QString &question, std::function<void()> then)
{
    const Document *doc = m_session->document();
    if (!doc || !m_project->isModified()) {
        then();
        return;
    }
    if (auto *asking = m_window->findChild<QMessageBox *>(QStringLiteral("unsavedDialog"))) {
        asking->raise();
        asking->activateWindow();
        return;
    }
    auto *box = new QMessageBox(
        QMessageBox::Warning, tr("Unsaved edits"),
        tr("The edits of %1 are not saved.")
            .arg(m_project->path().isEmpty() ? doc->fileName() : QFileInfo(m_project->path()).fileName()),
        QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, m_window);
    box->setObjectName(QStringLiteral("unsavedDialog"));
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setInformativeText(question);
    box->button(QMessageBox::Save)
        ->setText(m_project->path().isEmpty() ? tr("&Save project\u2026") : tr("&Save project"));
    box->setDefaultButton(QMessageBox::Save);
    connect(box, &QDialog::finished, this, [this, then = std::move(then)](int answer) {
        if (answer == QMessageBox::Discard) {
            m_discard = true;
            then();
            m_discard = false;
        } else if (answer == QMessageBox::Save) {
            m_afterSave = then;
            saveProject();
        }
    });
    box->open();
}

QStringList FileRoads::recent() const
{
    return m_remember ? recentFiles() : QStringList();
}

void FileRoads::fillRecentMenu(QMenu *menu)
{
    menu->clear();
    const QStringList files = recent();
    for (const QString &f : files) {
        auto *a = menu->addAction(QFileInfo(f).fileName(), this, [this, f] { open(f); });
        a->setToolTip(f);
        a->setStatusTip(f);
    }
    menu->setToolTipsVisible(true);
    menu->setEnabled(!files.isEmpty());
    if (!files.isEmpty()) {
        menu->addSeparator();
        menu->addAction(tr("Clear list"), this, &clearRecentFiles);
    }
}

bool FileRoads::canDrop(const QMimeData *data)
{
    for (const QUrl &url : data->urls()) {
        if (url.isLocalFile())
            return true;
    }
    return false;
}

void FileRoads::drop(const QMimeData *data)
{
    for (const QUrl &url : data->urls()) {
        if (!url.isLocalFile())
            continue;
        const QString path = url.toLocalFile();
        const bool samples = QFileInfo(path).isDir() || path.endsWith(QStringLiteral(".npy"), Qt::CaseInsensitive);
        if (samples && m_session->document())
            m_session->openSamples(path);
        else
            open(path);
    }
}

bool FileRoads::mayClose()
{
    if (m_discard || !m_project->isModified()) {
        m_project->finish();
        return true;
    }
    whenSaved(tr("Save the project before closing?"), [this] { m_window->close(); });
    return false;
}

} // namespace requant
