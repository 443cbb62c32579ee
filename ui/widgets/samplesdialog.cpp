// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/samplesdialog.h"

#include "core/sim/pictures.h"
#include "core/sim/samples.h"
#include "ui/logic/document.h"
#include "ui/logic/labelmeter.h"
#include "ui/logic/samplepreview.h"
#include "ui/logic/session.h"
#include "ui/logic/texts.h"
#include "ui/widgets/helpcentre.h"
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

namespace {

constexpr int kRestMs = 300;             // of typing, before the samples are opened
constexpr int kPictureSide = 28 * kGrid; // of the preview

} // namespace

SamplesDialog::SamplesDialog(Session *session, QWidget *parent)
    : QDialog(parent), m_session(session), m_meter(LabelMeter::of(session)),
      m_path(new QLineEdit(session->samplesPath(), this)), m_labels(new QLineEdit(this)), m_limit(new QSpinBox(this)),
      m_index(new QSpinBox(this)), m_state(new QLabel(this)), m_score(new QLabel(this)), m_picture(new QLabel(this)),
      m_facts(new QLabel(this))
{
    setObjectName(QStringLiteral("samplesDialog"));
    setWindowTitle(tr("Samples"));
    setAttribute(Qt::WA_DeleteOnClose);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(2 * kGrid, 2 * kGrid, 2 * kGrid, 2 * kGrid);
    layout->setSpacing(2 * kGrid);
    auto *columns = new QHBoxLayout;
    columns->setSpacing(3 * kGrid);
    columns->addWidget(buildChoices(), 3);
    columns->addWidget(buildPreview(), 2);
    layout->addLayout(columns, 1);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    m_use = buttons->addButton(tr("Use samples"), QDialogButtonBox::ApplyRole);
    m_use->setObjectName(QStringLiteral("samplesUse"));
    m_use->setDefault(true);
    auto *none = buttons->addButton(tr("No samples"), QDialogButtonBox::ResetRole);
    none->setObjectName(QStringLiteral("samplesNone"));
    none->setToolTip(tr("Statistics then come from synthetic pictures, and only weight errors are measured"));
    layout->addWidget(buttons);

    m_labels->setText(!m_meter->path().isEmpty() ? m_meter->path() : labelsBeside(m_path->text()));
    m_rest.setSingleShot(true);
    m_rest.setInterval(kRestMs);
    connect(&m_rest, &QTimer::timeout, this, &SamplesDialog::openForPreview);
    connect(m_path, &QLineEdit::textChanged, this, [this] {
        m_rest.start();
        if (m_labels->text().isEmpty())
            m_labels->setText(labelsBeside(m_path->text()));
    });
    connect(m_index, &QSpinBox::valueChanged, this, &SamplesDialog::drawPreview);
    connect(m_use, &QPushButton::clicked, this, &SamplesDialog::use);
    connect(none, &QPushButton::clicked, this, [this] {
        m_session->closeSamples();
        m_path->clear();
        m_labels->clear();
    });
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_session, &Session::samplesChanged, this, [this] {
        if (m_path->text().isEmpty()) // they came in while the dialog was open
            m_path->setText(m_session->samplesPath());
        refresh();
    });
    connect(m_session, &Session::diagnosticsChanged, this, &SamplesDialog::refresh);
    connect(m_meter, &LabelMeter::changed, this, &SamplesDialog::refresh);
    refresh();
    openForPreview();
    HelpCentre::explainControls(this);
    resize(112 * kGrid, 60 * kGrid);
}

QWidget *SamplesDialog::buildChoices()
{
    auto *box = new QWidget(this);
    auto *layout = new QVBoxLayout(box);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(2 * kGrid);
    auto *what = new QLabel(
        tr("Inputs for the network, on which activation errors are measured: a .npy array (one sample per "
           "row, pictures as uint8), a folder of pictures (%1), one picture, or a raw file of whole inputs in "
           "the model's own type. Without any, weights are chosen on synthetic pictures and only weight errors "
           "are measured.")
            .arg(QString::fromStdString(pictureEndings())),
        box);
    what->setWordWrap(true);
    layout->addWidget(what);
    auto *form = new QFormLayout;
    form->setSpacing(kGrid);
    const auto button = [box](const QString &text, const char *name, const QString &accessible) {
        auto *b = new QPushButton(text, box);
        b->setObjectName(QLatin1String(name));
        b->setAccessibleName(accessible);
        return b;
    };
    auto *file = button(tr("File\u2026"), "samplesBrowseFile", tr("Choose a samples file"));
    auto *folder = button(tr("Folder\u2026"), "samplesBrowseFolder", tr("Choose a folder of pictures"));
    auto *labels = button(tr("File\u2026"), "samplesBrowseLabels", tr("Choose a labels file"));
    m_path->setObjectName(QStringLiteral("samplesPath"));
    m_path->setAccessibleName(tr("Samples file or folder"));
    m_path->setClearButtonEnabled(true);
    auto *row = new QHBoxLayout;
    row->setSpacing(kGrid);
    row->addWidget(m_path, 1);
    row->addWidget(file);
    row->addWidget(folder);
    form->addRow(tr("Source"), row);
    m_labels->setObjectName(QStringLiteral("samplesLabels"));
    m_labels->setAccessibleName(tr("Labels file"));
    m_labels->setPlaceholderText(tr("optional: .npy, one integer per sample"));
    m_labels->setClearButtonEnabled(true);
    m_labels->setWhatsThis(
        tr("With labels, top 1 and top 5 of source and conversion are compared: how often the right class has "
           "the largest output, or one of the five largest."));
    auto *labelRow = new QHBoxLayout;
    labelRow->setSpacing(kGrid);
    labelRow->addWidget(m_labels, 1);
    labelRow->addWidget(labels);
    form->addRow(tr("Labels"), labelRow);
    m_limit->setObjectName(QStringLiteral("samplesLimit"));
    m_limit->setAccessibleName(tr("Samples measured at most"));
    m_limit->setRange(1, 100000);
    m_limit->setValue(m_session->sampleLimit());
    m_limit->setToolTip(tr("More samples give steadier numbers and take longer"));
    form->addRow(tr("At most"), m_limit);
    layout->addLayout(form);
    m_state->setObjectName(QStringLiteral("samplesState"));
    m_score->setObjectName(QStringLiteral("samplesScore"));
    for (QLabel *l : {m_state, m_score}) {
        l->setWordWrap(true);
        l->setTextInteractionFlags(Qt::TextSelectableByMouse);
        layout->addWidget(l);
    }
    layout->addStretch(1);
    connect(file, &QPushButton::clicked, this, [this] { browse(false); });
    connect(folder, &QPushButton::clicked, this, [this] { browse(true); });
    connect(labels, &QPushButton::clicked, this, &SamplesDialog::browseLabels);
    return box;
}

QWidget *SamplesDialog::buildPreview()
{
    auto *box = new QWidget(this);
    auto *layout = new QVBoxLayout(box);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(kGrid);
    auto *row = new QHBoxLayout;
    row->setSpacing(kGrid);
    auto *title = new QLabel(tr("What the network sees of sample"), box);
    QFont bold = title->font();
    bold.setBold(true);
    title->setFont(bold);
    title->setBuddy(m_index);
    m_index->setObjectName(QStringLiteral("samplesIndex"));
    m_index->setAccessibleName(tr("Sample shown"));
    m_index->setRange(0, 0);
    row->addWidget(title);
    row->addWidget(m_index);
    row->addStretch(1);
    layout->addLayout(row);
    m_picture->setObjectName(QStringLiteral("samplesPicture"));
    m_picture->setAccessibleName(tr("The sample as the network sees it"));
    m_picture->setFixedSize(kPictureSide, kPictureSide);
    m_picture->setAlignment(Qt::AlignCenter);
    m_picture->setFrameShape(QFrame::StyledPanel);
    m_picture->setWordWrap(true);
    layout->addWidget(m_picture);
    m_facts->setObjectName(QStringLiteral("samplesFacts"));
    m_facts->setWordWrap(true);
    m_facts->setTextInteractionFlags(Qt::TextSelectableByMouse);
    layout->addWidget(m_facts);
    layout->addStretch(1);
    return box;
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
        dialog->setNameFilters(
            {tr("Samples (*.npy *.raw *.bin *.png *.jpg *.jpeg *.bmp *.gif *.tga)"), tr("All files (*)")});
    }
    connect(dialog, &QFileDialog::fileSelected, m_path, &QLineEdit::setText);
    dialog->open();
}

void SamplesDialog::browseLabels()
{
    const QString near = m_labels->text().isEmpty() ? m_path->text() : m_labels->text();
    auto *dialog = new QFileDialog(this, tr("Labels"), QFileInfo(near).absolutePath(), tr("Labels (*.npy)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, m_labels, &QLineEdit::setText);
    dialog->open();
}

void SamplesDialog::use()
{
    m_session->setSampleLimit(m_limit->value());
    const QString path = m_path->text().trimmed();
    if (!path.isEmpty() && (path != m_session->samplesPath() || !m_session->samples()))
        m_session->openSamples(path);
    m_meter->setLabels(m_labels->text().trimmed());
    refresh();
}

void SamplesDialog::refresh()
{
    const bool model = m_session->document() != nullptr;
    m_use->setEnabled(model);
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
    const QString score = m_meter->text();
    m_score->setText(score.isEmpty() ? QString() : tr("Labels: %1").arg(score));
}

void SamplesDialog::openForPreview()
{
    const QString path = m_path->text().trimmed();
    const Document *doc = m_session->document();
    m_set.reset();
    m_problem.clear();
    m_setPath = path;
    if (!doc || path.isEmpty()) {
        m_job.cancel();
        m_problem = tr("No samples chosen");
        drawPreview();
        return;
    }
    using Opened = Result<std::shared_ptr<const SampleSet>>;
    m_job.start(
        tr("Opening samples"),
        [file = std::filesystem::path(path.toStdU16String()), model = doc->model()](const RunControl &) -> Opened {
            auto set = SampleSet::open(file, *model);
            if (!set)
                return set.error();
            return std::shared_ptr<const SampleSet>(std::make_shared<SampleSet>(std::move(*set)));
        },
        [this](Opened set) {
            if (set)
                m_set = *set;
            else
                m_problem = diagnosticText(set.error());
            m_index->setRange(0, m_set ? int(m_set->size()) - 1 : 0);
            drawPreview();
        });
}

void SamplesDialog::drawPreview()
{
    m_index->setEnabled(m_set && m_set->size() > 1);
    const Document *doc = m_session->document();
    if (!m_set || !doc) {
        m_picture->setPixmap({});
        m_picture->setText(m_problem);
        m_facts->clear();
        return;
    }
    m_job.start(
        tr("Reading a sample"),
        [set = m_set, model = doc->model(),
         i = std::size_t(m_index->value())](const RunControl &) -> Result<SamplePreview> {
            const auto inputs = set->sample(i);
            return inputs.empty() ? SamplePreview{} : previewOf(*model, inputs.front());
        },
        [this](Result<SamplePreview> preview) {
            if (preview)
                showPreview(*preview);
        });
}

void SamplesDialog::showPreview(const SamplePreview &p)
{
    if (p.picture.isNull()) {
        m_picture->setPixmap({});
        m_picture->setText(tr("This input is no picture."));
    } else {
        // Small inputs keep their pixels visible.
        const int side = kPictureSide - kGrid;
        const bool small = std::max(p.picture.width(), p.picture.height()) < side / 2;
        const qreal ratio = devicePixelRatioF();
        QImage shown = p.picture.scaled(QSize(side, side) * ratio, Qt::KeepAspectRatio,
                                        small ? Qt::FastTransformation : Qt::SmoothTransformation);
        shown.setDevicePixelRatio(ratio);
        m_picture->setPixmap(QPixmap::fromImage(shown));
    }
    QStringList facts{p.shape + QStringLiteral(", ") + p.values};
    if (!p.meaning.isEmpty())
        facts << p.meaning
              << tr("Pictures are resized until they cover the input, cropped to its middle, and read as red, green, "
                    "blue.");
    m_facts->setText(facts.join(QStringLiteral("\n\n")));
    // A layout gives wrapped text no more height by itself.
    if (const int needed = layout()->totalHeightForWidth(width()); needed > height())
        resize(width(), needed);
}

} // namespace requant
