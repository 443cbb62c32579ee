// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/samplesdialog.h"

#include "core/sim/samples.h"
#include "ui/logic/document.h"
#include "ui/logic/session.h"
#include "ui/logic/texts.h"
#include "ui/widgets/theme/theme.h"

#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

namespace requant {

SamplesDialog::SamplesDialog(Session *session, QWidget *parent)
    : QDialog(parent), m_session(session), m_path(new QLineEdit(session->samplesPath(), this)),
      m_limit(new QSpinBox(this)), m_state(new QLabel(this))
{
    setObjectName(QStringLiteral("samplesDialog"));
    setWindowTitle(tr("Samples"));
    setAttribute(Qt::WA_DeleteOnClose);
    setMinimumWidth(560);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(2 * kGrid, 2 * kGrid, 2 * kGrid, 2 * kGrid);
    layout->setSpacing(2 * kGrid);
    auto *what =
        new QLabel(tr("Inputs for the network, on which activation errors are measured: a .npy array (one sample per "
                      "row, pictures as uint8), a folder of pictures, one picture, or a raw file of whole inputs in "
                      "the model's own type."),
                   this);
    what->setWordWrap(true);
    layout->addWidget(what);
    auto *form = new QFormLayout;
    form->setSpacing(kGrid);
    auto *row = new QHBoxLayout;
    row->setSpacing(kGrid);
    m_path->setObjectName(QStringLiteral("samplesPath"));
    m_path->setAccessibleName(tr("Samples file or folder"));
    m_path->setClearButtonEnabled(true);
    auto *file = new QPushButton(tr("File\u2026"), this);
    file->setObjectName(QStringLiteral("samplesBrowseFile"));
    auto *folder = new QPushButton(tr("Folder\u2026"), this);
    folder->setObjectName(QStringLiteral("samplesBrowseFolder"));
    row->addWidget(m_path, 1);
    row->addWidget(file);
    row->addWidget(folder);
    form->addRow(tr("Source"), row);
    m_limit->setObjectName(QStringLiteral("samplesLimit"));
    m_limit->setAccessibleName(tr("Samples measured at most"));
    m_limit->setRange(1, 100000);
    m_limit->setValue(session->sampleLimit());
    m_limit->setToolTip(tr("More samples give steadier numbers and take longer"));
    form->addRow(tr("At most"), m_limit);
    layout->addLayout(form);
    m_state->setObjectName(QStringLiteral("samplesState"));
    m_state->setWordWrap(true);
    layout->addWidget(m_state);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    auto *use = buttons->addButton(tr("Use samples"), QDialogButtonBox::ApplyRole);
    use->setObjectName(QStringLiteral("samplesUse"));
    use->setDefault(true);
    auto *none = buttons->addButton(tr("No samples"), QDialogButtonBox::ResetRole);
    none->setObjectName(QStringLiteral("samplesNone"));
    layout->addWidget(buttons);

    connect(file, &QPushButton::clicked, this, [this] { browse(false); });
    connect(folder, &QPushButton::clicked, this, [this] { browse(true); });
    connect(use, &QPushButton::clicked, this, [this] {
        m_session->setSampleLimit(m_limit->value());
        const QString path = m_path->text().trimmed();
        if (!path.isEmpty() && (path != m_session->samplesPath() || !m_session->samples()))
            m_session->openSamples(path);
        refresh();
    });
    connect(none, &QPushButton::clicked, this, [this] {
        m_session->closeSamples();
        m_path->clear();
    });
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_session, &Session::samplesChanged, this, &SamplesDialog::refresh);
    connect(m_session, &Session::diagnosticsChanged, this, &SamplesDialog::refresh);
    refresh();
}

void SamplesDialog::browse(bool folder)
{
    auto *dialog = new QFileDialog(this, folder ? tr("Folder of pictures") : tr("Samples"),
                                   QFileInfo(m_path->text()).absolutePath());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    if (folder) {
        dialog->setFileMode(QFileDialog::Directory);
    } else {
        dialog->setFileMode(QFileDialog::ExistingFile);
        dialog->setNameFilters({tr("Samples (*.npy *.raw *.bin *.png *.jpg *.jpeg *.bmp *.ppm)"), tr("All files (*)")});
    }
    connect(dialog, &QFileDialog::fileSelected, m_path, &QLineEdit::setText);
    dialog->open();
}

void SamplesDialog::refresh()
{
    const bool model = m_session->document() != nullptr;
    for (QPushButton *b : findChildren<QPushButton *>()) {
        if (b->objectName() == QStringLiteral("samplesUse"))
            b->setEnabled(model);
    }
    QString text;
    for (const Diagnostic &d : m_session->diagnostics(Session::Activity::Samples)) {
        if (d.severity == Severity::Error)
            text = diagnosticText(d);
    }
    if (text.isEmpty()) {
        text = !model                 ? tr("Open a model first.")
               : m_session->samples() ? tr("In use: %1 (%2, at most %3 measured)")
                                            .arg(QString::fromStdString(m_session->samples()->description()),
                                                 countText(qint64(m_session->samples()->size()), "sample", "samples"))
                                            .arg(m_session->sampleLimit())
                                      : tr("No samples in use: only weight errors are measured.");
    }
    m_state->setText(text);
}

} // namespace requant
