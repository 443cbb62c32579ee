// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/fileroads.h"

#include "ui/logic/document.h"
#include "ui/logic/exporter.h"
#include "ui/logic/places.h"
#include "ui/logic/session.h"
#include "ui/logic/texts.h"
#include "ui/widgets/banner.h"

#include <QFileDialog>
#include <QFileInfo>
#include <QMenu>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QUrl>

#include <utility>

namespace requant {

FileRoads::FileRoads(Session *session, bool remember, Banner *banner, QWidget *window)
    : QObject(window), m_session(session), m_remember(remember), m_banner(banner), m_window(window)
{
    connect(m_session, &Session::documentChanged, this, [this] {
        const Document *doc = m_session->document();
        if (!doc)
            return;
        m_banner->hide();
        if (m_remember)
            addRecentFile(doc->path());
    });
    connect(m_session, &Session::openFailed, this, [this](const QString &path, const QString &why) {
        // Core's texts name the file where they know it.
        const QString name = QFileInfo(path).fileName();
        m_banner->showError(why.contains(name) ? why : tr("%1: %2").arg(name, why));
    });
    connect(m_session, &Session::recipeSaved, this, [this](bool ok) {
        const auto then = std::exchange(m_afterSave, nullptr);
        if (!ok) {
            for (const Diagnostic &d : m_session->diagnostics(Session::Activity::Save))
                m_banner->showError(diagnosticText(d));
        } else if (then) {
            then();
        }
    });
}

void FileRoads::open(const QString &path)
{
    m_banner->hide();
    if (path.endsWith(QStringLiteral(".json"), Qt::CaseInsensitive)) { // an edit of the open document, undoable
        m_session->open(path);
        return;
    }
    whenSaved(tr("Save its recipe before opening %1?").arg(QFileInfo(path).fileName()),
              [this, path] { m_session->open(path); });
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
    auto *dialog = new QFileDialog(m_window, tr("Open model"), doc ? QFileInfo(doc->path()).absolutePath() : QString());
    dialog->setObjectName(QStringLiteral("openDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    dialog->setNameFilters({tr("TensorFlow Lite models (*.tflite)"), tr("All files (*)")});
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
    connect(dialog, &QDialog::rejected, this, [this] { m_afterSave = nullptr; });
    dialog->open();
}

void FileRoads::whenSaved(const QString &question, std::function<void()> then)
{
    const Document *doc = m_session->document();
    if (!doc || !doc->hasUnsavedEdits()) {
        then();
        return;
    }
    if (auto *asking = m_window->findChild<QMessageBox *>(QStringLiteral("unsavedDialog"))) {
        asking->raise();
        asking->activateWindow();
        return;
    }
    auto *box = new QMessageBox(QMessageBox::Warning, tr("Unsaved edits"),
                                tr("The layer edits of %1 are not saved.").arg(doc->fileName()),
                                QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, m_window);
    box->setObjectName(QStringLiteral("unsavedDialog"));
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setInformativeText(question);
    box->button(QMessageBox::Save)->setText(tr("&Save recipe\u2026"));
    box->setDefaultButton(QMessageBox::Save);
    connect(box, &QDialog::finished, this, [this, then = std::move(then)](int answer) {
        if (answer == QMessageBox::Discard) {
            m_discard = true;
            then();
            m_discard = false;
        } else if (answer == QMessageBox::Save) {
            m_afterSave = then;
            saveRecipeAs();
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
    const Document *doc = m_session->document();
    if (m_discard || !doc || !doc->hasUnsavedEdits())
        return true;
    whenSaved(tr("Save the recipe before closing?"), [this] { m_window->close(); });
    return false;
}

} // namespace requant
