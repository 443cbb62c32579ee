// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/exportdialog.h"

#include "ui/logic/document.h"
#include "ui/logic/exporter.h"
#include "ui/logic/places.h"
#include "ui/logic/session.h"
#include "ui/logic/texts.h"
#include "ui/widgets/helpcentre.h"
#include "ui/widgets/theme/theme.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDesktopServices>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPointer>
#include <QPushButton>
#include <QSettings>
#include <QTableWidget>
#include <QUrl>
#include <QVBoxLayout>

namespace requant {

ExportDialog::ExportDialog(Session *session, QWidget *parent)
    : QDialog(parent), m_session(session), m_folder(new QLineEdit(this)), m_name(new QLineEdit(this)),
      m_language(new QComboBox(this)), m_inputs(new QComboBox(this)), m_outputs(new QComboBox(this)),
      m_contents(new QTableWidget(0, 2, this)), m_steps(new QListWidget(this)), m_replaced(new QLabel(this)),
      m_result(new QLabel(this))
{
    setObjectName(QStringLiteral("exportDialog"));
    setWindowTitle(tr("Export"));
    setAttribute(Qt::WA_DeleteOnClose);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(2 * kGrid, 2 * kGrid, 2 * kGrid, 2 * kGrid);
    layout->setSpacing(2 * kGrid);
    auto *columns = new QHBoxLayout;
    columns->setSpacing(3 * kGrid);
    columns->addWidget(buildChoices(), 4);
    columns->addWidget(buildContents(), 5);
    layout->addLayout(columns, 1);

    m_replaced->setObjectName(QStringLiteral("exportReplaced"));
    m_replaced->setWordWrap(true);
    layout->addWidget(m_replaced);
    m_steps->setObjectName(QStringLiteral("exportSteps"));
    m_steps->setAccessibleName(tr("What was written and verified"));
    m_steps->setSelectionMode(QAbstractItemView::NoSelection);
    m_steps->setWordWrap(true);
    m_steps->setFixedHeight(17 * kGrid);
    m_steps->setWhatsThis(
        tr("Every written file is read again. The model is compared field by field with what was meant, the "
           "runtime's rules are verified on it, and it is simulated beside the conversion: its outputs must be "
           "equal byte by byte. Files are written under a temporary name and renamed when they are whole."));
    m_steps->hide();
    layout->addWidget(m_steps);
    m_result->setObjectName(QStringLiteral("exportResult"));
    m_result->setWordWrap(true);
    m_result->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_result->setMinimumHeight(5 * kGrid);
    m_result->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    layout->addWidget(m_result);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    m_openFolder = buttons->addButton(tr("Open folder"), QDialogButtonBox::ActionRole);
    m_openFolder->setObjectName(QStringLiteral("exportOpenFolder"));
    m_openFolder->setIcon(themedIcon(QStringLiteral("open")));
    m_openFolder->setEnabled(false);
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
    restoreChoices();
    connect(m_export, &QPushButton::clicked, this, &ExportDialog::start);
    connect(m_openFolder, &QPushButton::clicked, this, &ExportDialog::openFolder);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    for (QLineEdit *e : {m_folder, m_name})
        connect(e, &QLineEdit::textChanged, this, &ExportDialog::edited);
    for (const Choice &c : m_choices)
        connect(c.box, &QCheckBox::toggled, this, &ExportDialog::edited);
    for (QComboBox *c : {m_language, m_inputs, m_outputs})
        connect(c, &QComboBox::currentIndexChanged, this, &ExportDialog::edited);
    for (QComboBox *c : {m_inputs, m_outputs})
        connect(c, &QComboBox::currentIndexChanged, this, &ExportDialog::refreshContents);
    connect(m_session, &Session::resultsChanged, this, &ExportDialog::refresh);
    connect(m_session, &Session::resultsChanged, this, &ExportDialog::refreshContents);
    connect(m_session, &Session::exportFinished, this, &ExportDialog::finished);
    refresh();
    refreshContents();
    HelpCentre::explainControls(this);
    resize(104 * kGrid, 62 * kGrid);
}

QWidget *ExportDialog::buildChoices()
{
    auto *box = new QWidget(this);
    auto *form = new QFormLayout(box);
    form->setContentsMargins(0, 0, 0, 0);
    form->setSpacing(kGrid);
    form->setRowWrapPolicy(QFormLayout::DontWrapRows);
    auto *row = new QHBoxLayout;
    row->setSpacing(kGrid);
    auto *browse = new QPushButton(tr("Choose\u2026"), box);
    browse->setObjectName(QStringLiteral("exportBrowse"));
    browse->setAccessibleName(tr("Choose the folder"));
    connect(browse, &QPushButton::clicked, this, &ExportDialog::browse);
    m_folder->setObjectName(QStringLiteral("exportFolder"));
    m_folder->setAccessibleName(tr("Folder"));
    m_folder->setWhatsThis(tr("Where the files are written. A folder that does not exist is made."));
    m_name->setObjectName(QStringLiteral("exportName"));
    m_name->setAccessibleName(tr("Name without ending"));
    m_name->setWhatsThis(tr("Every file gets this name and the ending of its format."));
    row->addWidget(m_folder, 1);
    row->addWidget(browse);
    form->addRow(tr("Folder"), row);
    form->addRow(tr("Name"), m_name);

    const auto choice = [&](const QString &text, const char *name, Format format, bool pdf, bool checked,
                            const QString &what) {
        auto *b = new QCheckBox(text, box);
        b->setObjectName(QLatin1String(name));
        b->setChecked(checked);
        b->setToolTip(what);
        b->setWhatsThis(what);
        m_choices.push_back({b, format, pdf});
        return b;
    };
    auto *files = new QVBoxLayout;
    files->setSpacing(kGrid / 2);
    files->addWidget(choice(tr("Model (.tflite)"), "exportModel", Format::Tflite, false, true,
                            tr("The re-quantized network as a TFLite file.")));
    auto *array = new QHBoxLayout;
    array->setSpacing(kGrid);
    array->addWidget(
        choice(tr("C array"), "exportArray", Format::CArray, false, false,
               tr("The model's bytes as an array for microcontrollers, aligned to 16 bytes, with a header that tells "
                  "inputs, outputs, their quantization and the operators to register.")));
    m_language->setObjectName(QStringLiteral("exportLanguage"));
    m_language->setAccessibleName(tr("Language of the C array"));
    m_language->addItem(tr("C++ (.h and .cc)"), int(CLanguage::Cpp));
    m_language->addItem(tr("C (.h and .c)"), int(CLanguage::C));
    m_language->setWhatsThis(tr("Ending of the array's source. The text compiles as either language."));
    array->addWidget(m_language);
    array->addStretch(1);
    files->addLayout(array);
    files->addWidget(choice(tr("Recipe (.recipe.json)"), "exportRecipe", Format::Recipe, false, true,
                            tr("The rules of this conversion, to be opened here or given to the command line.")));
    form->addRow(tr("Write"), files);

    auto *reports = new QHBoxLayout;
    reports->setSpacing(kGrid);
    reports->addWidget(
        choice(tr("HTML"), "exportReport", Format::Html, false, true,
               tr("One page with charts, findings and a table of all layers; needs nothing else to be read.")));
    reports->addWidget(
        choice(tr("PDF"), "exportPdf", Format::Html, true, false, tr("The same for print and for passing on.")));
    reports->addWidget(
        choice(tr("CSV"), "exportCsv", Format::Csv, false, false, tr("One line per layer, for spreadsheets.")));
    reports->addWidget(choice(tr("JSON"), "exportJson", Format::Json, false, false, tr("Everything, for programs.")));
    reports->addStretch(1);
    form->addRow(tr("Report"), reports);

    const struct
    {
        QComboBox *combo;
        const char *name;
        QString label, what;
    } ports[] = {
        {m_inputs, "exportInputs", tr("Inputs"),
         tr("What the written network takes. Another type than the network's own puts an operator in front of the "
            "first layer; between uint8 and int8 that loses nothing.")},
        {m_outputs, "exportOutputs", tr("Outputs"),
         tr("What the written network gives. Another type than the network's own puts an operator behind the last "
            "layer; float32 gives real numbers.")}};
    for (const auto &p : ports) {
        p.combo->setObjectName(QLatin1String(p.name));
        p.combo->setAccessibleName(p.label);
        p.combo->setToolTip(p.what);
        p.combo->setWhatsThis(p.what);
        p.combo->addItem(tr("As in the network"), -1);
        for (const ElementType t : {ElementType::UInt8, ElementType::Int8, ElementType::Float32})
            p.combo->addItem(typeText(t), int(t));
        form->addRow(p.label, p.combo);
    }
    return box;
}

QWidget *ExportDialog::buildContents()
{
    auto *box = new QWidget(this);
    auto *layout = new QVBoxLayout(box);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(kGrid);
    auto *title = new QLabel(tr("What will be in the model"), box);
    QFont bold = title->font();
    bold.setBold(true);
    title->setFont(bold);
    title->setBuddy(m_contents);
    layout->addWidget(title);
    m_contents->setObjectName(QStringLiteral("exportContents"));
    m_contents->setAccessibleName(title->text());
    m_contents->setWhatsThis(
        tr("Counted on the network as it will be written: its operators, those that the conversion inserts, "
           "the schemes of its tensors, and its inputs and outputs."));
    m_contents->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_contents->setSelectionMode(QAbstractItemView::NoSelection);
    m_contents->setTabKeyNavigation(false);
    m_contents->setShowGrid(false);
    m_contents->setWordWrap(true);
    m_contents->verticalHeader()->hide();
    m_contents->horizontalHeader()->hide();
    m_contents->horizontalHeader()->setSectionResizeMode(0, QHeaderView::ResizeToContents);
    m_contents->horizontalHeader()->setSectionResizeMode(1, QHeaderView::Stretch);
    connect(m_contents->horizontalHeader(), &QHeaderView::sectionResized, this, &ExportDialog::spaceRows);
    m_contents->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    layout->addWidget(m_contents, 1);
    return box;
}

void ExportDialog::restoreChoices()
{
    const QStringList chosen = QSettings().value(QStringLiteral("exportFormats")).toStringList();
    if (!chosen.isEmpty()) {
        for (const Choice &c : m_choices)
            c.box->setChecked(chosen.contains(c.box->objectName()));
    }
    m_language->setCurrentIndex(
        std::max(0, m_language->findData(QSettings().value(QStringLiteral("exportLanguage"), 0))));
}

void ExportDialog::storeChoices() const
{
    QSettings settings;
    QStringList chosen;
    for (const Choice &c : m_choices) {
        if (c.box->isChecked())
            chosen << c.box->objectName();
    }
    settings.setValue(QStringLiteral("exportFormats"), chosen);
    settings.setValue(QStringLiteral("exportLanguage"), m_language->currentData());
    settings.setValue(QStringLiteral("exportFolder"), m_folder->text());
}

void ExportDialog::browse()
{
    auto *dialog = new QFileDialog(this, tr("Folder to export to"), m_folder->text());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    connect(dialog, &QFileDialog::fileSelected, m_folder, &QLineEdit::setText);
    dialog->open();
}

void ExportDialog::openFolder()
{
    QDesktopServices::openUrl(QUrl::fromLocalFile(m_folder->text()));
}

std::optional<ElementType> ExportDialog::portType(const QComboBox *c) const
{
    const int type = c->currentData().toInt();
    return type < 0 ? std::nullopt : std::optional(ElementType(type));
}

ExportRequest ExportDialog::request() const
{
    ExportRequest r;
    r.folder = m_folder->text();
    r.name = m_name->text().trimmed();
    for (const Choice &c : m_choices) {
        if (!c.box->isChecked())
            continue;
        if (c.pdf)
            r.pdf = true;
        else
            r.formats.insert(c.format);
    }
    r.ports = {portType(m_inputs), portType(m_outputs)};
    r.language = CLanguage(m_language->currentData().toInt());
    return r;
}

void ExportDialog::edited()
{
    m_outcome.clear();
    m_steps->hide();
    refresh();
}

void ExportDialog::refresh()
{
    const bool ready =
        m_session->conversion() && !m_session->isConversionStale() && !m_session->isConversionPreliminary();
    const ExportRequest wanted = request();
    const bool isName = !wanted.name.isEmpty() && !wanted.name.contains(u'/');
    const bool something = wanted.pdf || !wanted.formats.empty();
    m_export->setEnabled(ready && something && isName && !m_started);
    const bool model = wanted.formats.contains(Format::Tflite) || wanted.formats.contains(Format::CArray);
    for (QComboBox *c : {m_inputs, m_outputs})
        c->setEnabled(model);
    m_language->setEnabled(wanted.formats.contains(Format::CArray));
    m_openFolder->setEnabled(QFileInfo(wanted.folder).isDir());
    if (m_started)
        return;
    QStringList replaced;
    const QDir folder(wanted.folder);
    if (isName) {
        for (const QString &f : fileNames(wanted)) {
            if (QFileInfo(folder.filePath(f)).isFile())
                replaced << f;
        }
    }
    // After an export the files are those that it wrote: no warning, but still another word on the button.
    m_replaced->setVisible(!replaced.isEmpty() && m_outcome.isEmpty());
    m_replaced->setText(tr("Will be replaced: %1").arg(replaced.join(QStringLiteral(", "))));
    QPalette warning = palette();
    warning.setColor(QPalette::WindowText, themeColor(ColorRole::Warning));
    m_replaced->setPalette(warning);
    m_export->setText(replaced.isEmpty() ? tr("Export") : tr("Replace"));
    const Document *doc = m_session->document();
    const bool overSource =
        doc && wanted.formats.contains(Format::Tflite)
        && QFileInfo(folder.filePath(wanted.name + QStringLiteral(".tflite"))) == QFileInfo(doc->path());
    if (!m_outcome.isEmpty())
        m_result->setText(m_outcome);
    else if (!ready)
        m_result->setText(tr("The conversion is not finished yet."));
    else if (wanted.name.contains(u'/'))
        m_result->setText(tr("A name has no \u201c/\u201d; choose the folder above."));
    else if (!QFileInfo(wanted.folder).isDir())
        m_result->setText(tr("The folder does not exist; it will be made."));
    else if (overSource) {
        m_result->setText(tr("This name is the source model itself. Choose another."));
        m_export->setEnabled(false);
        m_replaced->hide();
    } else
        m_result->clear();
}

void ExportDialog::refreshContents()
{
    if (m_started || !m_session->conversion() || m_session->isConversionStale() || m_session->isConversionPreliminary())
        return;
    const auto rows = contentsText(contentsOf(*m_session->conversion(), {portType(m_inputs), portType(m_outputs)}));
    m_contents->setRowCount(int(rows.size()));
    for (int i = 0; i < int(rows.size()); ++i) {
        auto *label = new QTableWidgetItem(rows[i].first), *value = new QTableWidgetItem(rows[i].second);
        label->setForeground(themeColor(ColorRole::Muted));
        for (QTableWidgetItem *item : {label, value})
            item->setTextAlignment(Qt::AlignLeft | Qt::AlignTop);
        m_contents->setItem(i, 0, label);
        m_contents->setItem(i, 1, value);
    }
    spaceRows();
}

// As high as the text needs, and half a grid of space.
void ExportDialog::spaceRows()
{
    m_contents->verticalHeader()->setMinimumSectionSize(m_contents->fontMetrics().height());
    m_contents->resizeRowsToContents();
    for (int i = 0; i < m_contents->rowCount(); ++i)
        m_contents->setRowHeight(i, m_contents->rowHeight(i) + kGrid / 2);
}

void ExportDialog::start()
{
    if (!QDir().mkpath(m_folder->text())) {
        m_result->setText(tr("Cannot make the folder %1.").arg(m_folder->text()));
        return;
    }
    ExportRequest wanted = request();
    m_started = true;
    m_export->setEnabled(false);
    m_replaced->hide();
    m_result->setText(tr("Writing\u2026"));
    m_steps->clear();
    m_steps->show();
    storeChoices();
    // Steps come from the thread that writes; the dialog may be gone by then.
    wanted.observer = [dialog = QPointer<ExportDialog>(this), session = m_session](const DeliveryStep &step) {
        QMetaObject::invokeMethod(
            session,
            [dialog, step] {
                if (dialog)
                    dialog->showStep(step);
            },
            Qt::QueuedConnection);
    };
    m_session->exportTo(wanted);
}

void ExportDialog::showStep(const DeliveryStep &step)
{
    if (!m_started)
        return;
    using State = DeliveryStep::State;
    const auto *icon = step.state == State::Good      ? "good"
                       : step.state == State::Bad     ? "error"
                       : step.state == State::Skipped ? "note"
                                                      : "refresh";
    // A step's end takes the place of its beginning.
    QListWidgetItem *item = m_steps->count() > 0 ? m_steps->item(m_steps->count() - 1) : nullptr;
    if (step.state == State::Running || !item)
        item = new QListWidgetItem(m_steps);
    item->setText(stepText(step));
    item->setIcon(themedIcon(QLatin1String(icon)));
    m_steps->scrollToBottom();
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
