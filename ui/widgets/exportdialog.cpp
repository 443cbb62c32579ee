// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/exportdialog.h"

#include "core/convert/convert.h"
#include "ui/logic/document.h"
#include "ui/logic/exporter.h"
#include "ui/logic/places.h"
#include "ui/logic/session.h"
#include "ui/logic/texts.h"
#include "ui/widgets/theme/theme.h"

#include <QCheckBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSettings>
#include <QVBoxLayout>

namespace requant {

ExportDialog::ExportDialog(Session *session, QWidget *parent)
    : QDialog(parent), m_session(session), m_folder(new QLineEdit(this)), m_name(new QLineEdit(this)),
      m_model(new QCheckBox(tr("Model (.tflite)"), this)), m_recipe(new QCheckBox(tr("Recipe (.json)"), this)),
      m_report(new QCheckBox(tr("Report (.html)"), this)), m_replaced(new QLabel(this)),
      m_result(new QLabel(this))
{
    setObjectName(QStringLiteral("exportDialog"));
    setWindowTitle(tr("Export"));
    setAttribute(Qt::WA_DeleteOnClose);
    setMinimumWidth(560);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(2 * kGrid, 2 * kGrid, 2 * kGrid, 2 * kGrid);
    layout->setSpacing(2 * kGrid);
    auto *form = new QFormLayout;
    form->setSpacing(kGrid);
    auto *row = new QHBoxLayout;
    row->setSpacing(kGrid);
    auto *browse = new QPushButton(tr("Choose\u2026"), this);
    browse->setObjectName(QStringLiteral("exportBrowse"));
    m_folder->setObjectName(QStringLiteral("exportFolder"));
    m_folder->setAccessibleName(tr("Folder"));
    m_name->setObjectName(QStringLiteral("exportName"));
    m_name->setAccessibleName(tr("Name without ending"));
    row->addWidget(m_folder, 1);
    row->addWidget(browse);
    form->addRow(tr("Folder"), row);
    form->addRow(tr("Name"), m_name);
    auto *what = new QVBoxLayout;
    what->setSpacing(kGrid / 2);
    const struct
    {
        QCheckBox *box;
        const char *name;
    } boxes[] = {{m_model, "exportModel"}, {m_recipe, "exportRecipe"}, {m_report, "exportReport"}};
    for (const auto &b : boxes) {
        b.box->setObjectName(QLatin1String(b.name));
        b.box->setChecked(true);
        what->addWidget(b.box);
        connect(b.box, &QCheckBox::toggled, this, &ExportDialog::edited);
    }
    form->addRow(tr("Write"), what);
    layout->addLayout(form);
    m_replaced->setObjectName(QStringLiteral("exportReplaced"));
    m_replaced->setWordWrap(true);
    layout->addWidget(m_replaced);
    m_result->setObjectName(QStringLiteral("exportResult"));
    m_result->setWordWrap(true);
    m_result->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_result->setMinimumHeight(6 * kGrid);
    m_result->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    layout->addWidget(m_result);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    m_export = buttons->addButton(tr("Export"), QDialogButtonBox::ApplyRole);
    m_export->setObjectName(QStringLiteral("exportStart"));
    m_export->setIcon(themedIcon(QStringLiteral("export")));
    m_export->setDefault(true);
    layout->addWidget(buttons);

    const Document *doc = session->document();
    const QString folder = QSettings().value(QStringLiteral("exportFolder")).toString();
    const QFileInfo model(doc ? doc->path() : QString());
    const bool bundled = doc && !samplesOf(doc->path()).isEmpty(); // lies among the program's own files
    m_folder->setText(!folder.isEmpty() && QFileInfo(folder).isDir()             ? folder
                      : !bundled && QFileInfo(model.absolutePath()).isWritable() ? model.absolutePath()
                                                                                 : QDir::homePath());
    if (doc)
        m_name->setText(suggestedName(doc->path(), QString::fromStdString(doc->recipe().name)));
    connect(browse, &QPushButton::clicked, this, &ExportDialog::browse);
    connect(m_export, &QPushButton::clicked, this, &ExportDialog::start);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    for (QLineEdit *e : {m_folder, m_name})
        connect(e, &QLineEdit::textChanged, this, &ExportDialog::edited);
    connect(m_session, &Session::resultsChanged, this, &ExportDialog::refresh);
    connect(m_session, &Session::exportFinished, this, &ExportDialog::finished);
    refresh();
}

void ExportDialog::browse()
{
    auto *dialog = new QFileDialog(this, tr("Folder to export to"), m_folder->text());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    connect(dialog, &QFileDialog::fileSelected, m_folder, &QLineEdit::setText);
    dialog->open();
}

QString ExportDialog::fileFor(const QString &suffix) const
{
    return QDir(m_folder->text()).filePath(m_name->text().trimmed() + suffix);
}

void ExportDialog::edited()
{
    m_outcome.clear();
    refresh();
}

void ExportDialog::refresh()
{
    const bool ready = m_session->conversion() && !m_session->isConversionStale();
    const bool something = m_model->isChecked() || m_recipe->isChecked() || m_report->isChecked();
    const QString name = m_name->text().trimmed();
    m_export->setEnabled(ready && something && !name.isEmpty() && !m_started);
    if (m_started)
        return;
    QStringList replaced;
    const std::pair<QCheckBox *, QString> kinds[] = {{m_model, QStringLiteral(".tflite")},
                                                     {m_recipe, QStringLiteral(".recipe.json")},
                                                     {m_report, QStringLiteral(".html")}};
    for (const auto &[box, suffix] : kinds) {
        if (box->isChecked() && !name.isEmpty() && QFileInfo(fileFor(suffix)).isFile())
            replaced << name + suffix;
    }
    // After an export the files are those that it wrote: no warning, but still another word on the button.
    m_replaced->setVisible(!replaced.isEmpty() && m_outcome.isEmpty());
    m_replaced->setText(tr("Will be replaced: %1").arg(replaced.join(QStringLiteral(", "))));
    QPalette warning = palette();
    warning.setColor(QPalette::WindowText, themeColor(ColorRole::Warning));
    m_replaced->setPalette(warning);
    m_export->setText(replaced.isEmpty() ? tr("Export") : tr("Replace"));
    const Document *doc = m_session->document();
    if (!m_outcome.isEmpty())
        m_result->setText(m_outcome);
    else if (!ready)
        m_result->setText(tr("The conversion is not finished yet."));
    else if (!QFileInfo(m_folder->text()).isDir())
        m_result->setText(tr("The folder does not exist; it will be made."));
    else if (doc && m_model->isChecked() && QFileInfo(fileFor(QStringLiteral(".tflite"))) == QFileInfo(doc->path())) {
        m_result->setText(tr("This name is the source model itself. Choose another."));
        m_export->setEnabled(false);
        m_replaced->hide();
    } else
        m_result->clear();
}

void ExportDialog::start()
{
    if (!QDir().mkpath(m_folder->text())) {
        m_result->setText(tr("Cannot make the folder %1.").arg(m_folder->text()));
        return;
    }
    m_started = true;
    m_export->setEnabled(false);
    m_result->setText(tr("Writing\u2026"));
    QSettings().setValue(QStringLiteral("exportFolder"), m_folder->text());
    ExportRequest request;
    if (m_model->isChecked())
        request.modelFile = fileFor(QStringLiteral(".tflite"));
    if (m_recipe->isChecked())
        request.recipeFile = fileFor(QStringLiteral(".recipe.json"));
    if (m_report->isChecked())
        request.reportFile = fileFor(QStringLiteral(".html"));
    m_session->exportTo(request);
}

void ExportDialog::finished()
{
    if (!m_started)
        return;
    m_started = false;
    if (const auto &out = m_session->lastExport()) {
        m_outcome = exportSummary(*out);
    } else {
        m_outcome = tr("Not written.");
        for (const Diagnostic &d : m_session->diagnostics(Session::Activity::Export)) {
            if (d.severity == Severity::Error)
                m_outcome = diagnosticText(d);
        }
    }
    refresh();
}

} // namespace requant
