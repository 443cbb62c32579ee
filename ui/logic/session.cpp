// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/session.h"

#include "core/convert/convert.h"
#include "core/onnx/loadmodel.h"
#include "ui/logic/causes.h"
#include "ui/logic/document.h"
#include "ui/logic/exporter.h"
#include "ui/logic/measured.h"
#include "ui/logic/otherfile.h"
#include "ui/logic/places.h"
#include "ui/logic/selection.h"
#include "ui/logic/texts.h"

#include <QDir>
#include <QFileInfo>

#include <algorithm>

namespace requant {

namespace {

constexpr Message kNoGraph{"ui.no-graph", "the file holds no graph"};
constexpr Message kNoDocument{"ui.recipe-without-model", "open a model before its recipe"};

std::filesystem::path toPath(const QString &s)
{
    return std::filesystem::path(s.toStdU16String());
}

bool sameInputs(const Document &a, const Document &b)
{
    const Subgraph &x = a.mainGraph(), &y = b.mainGraph();
    return std::equal(x.inputs.begin(), x.inputs.end(), y.inputs.begin(), y.inputs.end(),
                      [&](TensorIndex i, TensorIndex j) { return x.tensor(i).shape == y.tensor(j).shape; });
}

} // namespace

Session::Session(QObject *parent)
    : QObject(parent), m_startRecipe(std::make_unique<Recipe>()), m_selection(new Selection(this)),
      m_other(std::make_unique<OtherFile>(this)), m_causes(std::make_unique<Causes>(this))
{
    connect(&m_work, &Computation::changed, this, &Session::resultsChanged);
    connect(&m_work, &Computation::changed, this, &Session::checkIdle);
    connect(&m_work, &Computation::diagnosticsChanged, this, &Session::diagnosticsChanged);
    for (JobRunner *r : runners()) {
        connect(r, &JobRunner::runningChanged, this, &Session::checkIdle);
        connect(r, &JobRunner::runningChanged, this, &Session::resultsChanged);
    }
}

Session::~Session()
{
    for (JobRunner *r : runners())
        r->disconnect(this);
    m_work.disconnect(this);
}

std::vector<JobRunner *> Session::runners() const
{
    auto *self = const_cast<Session *>(this);
    std::vector<JobRunner *> all{&self->m_load, &self->m_sampleLoad, &self->m_save};
    for (JobRunner *r : self->m_work.runners())
        all.push_back(r);
    all.push_back(&self->m_export);
    for (JobRunner *r : m_other->runners())
        all.push_back(r);
    all.push_back(m_causes->runner());
    return all;
}

void Session::setStartRecipe(Recipe r)
{
    *m_startRecipe = std::move(r);
}

void Session::open(const QString &path)
{
    if (path.endsWith(QStringLiteral(".json"), Qt::CaseInsensitive)) {
        openRecipe(path);
        return;
    }
    m_opening = path;
    m_load.start(
        tr("Opening %1").arg(QFileInfo(path).fileName()),
        [file = toPath(path)](const RunControl &run) -> Result<LoadedModel> {
            if (!run.step(0, 0, "reading"))
                return cancelledError();
            auto loaded = loadModel(file);
            if (loaded && loaded->model->subgraphs.empty())
                return makeError(kNoGraph);
            return loaded;
        },
        [this, path](Result<LoadedModel> loaded) {
            forget(Activity::Open);
            if (!loaded) {
                note(Activity::Open, loaded.error());
                emit openFailed(path, diagnosticText(loaded.error()));
                return;
            }
            setDocument(std::make_unique<Document>(loaded->model, QFileInfo(path).absoluteFilePath(), *m_startRecipe),
                        loaded->diagnostics);
        });
}

void Session::setDocument(std::unique_ptr<Document> document, Diagnostics diagnostics)
{
    m_sampleLoad.cancel();
    // The samples of the session serve the next model too if they fit its input.
    const QString carried = m_document && sameInputs(*m_document, *document) ? m_samplesPath : QString();
    m_exported.reset();
    m_samplesPath.clear();
    m_notes.clear();
    for (auto &d : diagnostics)
        m_notes.push_back({Activity::Open, std::move(d)});
    m_selection->clear();
    // The old document lives until every view has let go of it.
    const std::unique_ptr<Document> old = std::exchange(m_document, std::move(document));
    m_work.setDocument(m_document.get());
    emit documentChanged();
    emit samplesChanged();
    emit diagnosticsChanged();
    if (const QString own = samplesOf(m_document->path()); !own.isEmpty())
        openSamples(own);
    else if (!carried.isEmpty())
        openSamples(carried);
    m_work.next();
}

void Session::openRecipe(const QString &path)
{
    forget(Activity::Open);
    if (!m_document) {
        auto why = makeError(kNoDocument);
        note(Activity::Open, why);
        emit openFailed(path, diagnosticText(why));
        return;
    }
    m_load.start(
        tr("Opening %1").arg(QFileInfo(path).fileName()),
        [file = toPath(path)](const RunControl &) { return loadRecipe(file); },
        [this, path](Result<Recipe> recipe) {
            if (!recipe) {
                note(Activity::Open, recipe.error());
                emit openFailed(path, diagnosticText(recipe.error()));
                return;
            }
            if (!m_document)
                return;
            m_document->editRecipe(tr("open recipe %1").arg(QFileInfo(path).fileName()), std::move(*recipe));
            m_document->markRecipeSaved();
        });
}

void Session::saveRecipeTo(const QString &path)
{
    if (!m_document)
        return;
    m_save.start(
        tr("Saving %1").arg(QFileInfo(path).fileName()),
        [file = toPath(path), recipe = m_document->recipe()](const RunControl &) { return saveRecipe(recipe, file); },
        [this, revision = m_document->revision()](Status saved) {
            forget(Activity::Save);
            if (!saved)
                note(Activity::Save, saved.error());
            else if (m_document)
                m_document->variants()->markSaved(revision);
            emit recipeSaved(bool(saved));
        });
}

void Session::openSamples(const QString &path)
{
    if (!m_document)
        return;
    m_sampleLoad.start(
        tr("Opening samples"),
        [file = toPath(path),
         model = m_document->model()](const RunControl &run) -> Result<std::shared_ptr<const SampleSet>> {
            if (!run.step(0, 0, "reading samples"))
                return cancelledError();
            auto set = SampleSet::open(file, *model);
            if (!set)
                return set.error();
            return std::shared_ptr<const SampleSet>(std::make_shared<SampleSet>(std::move(*set)));
        },
        [this, path](Result<std::shared_ptr<const SampleSet>> set) {
            forget(Activity::Samples);
            if (!set) {
                note(Activity::Samples, set.error());
                return;
            }
            m_samplesPath = path;
            m_work.setSamples(*set);
            emit samplesChanged();
        });
}

void Session::closeSamples()
{
    m_sampleLoad.cancel();
    m_samplesPath.clear();
    forget(Activity::Samples);
    m_work.setSamples(nullptr);
    emit samplesChanged();
}

void Session::setSampleLimit(int limit)
{
    if (limit == sampleLimit() || limit < 1)
        return;
    m_work.setLimit(limit);
    emit samplesChanged();
}

int Session::activeId() const
{
    return m_document ? m_document->variants()->active().id : 0;
}

std::span<const BoundaryCost> Session::boundaryCosts() const
{
    const VariantResults &r = active();
    return r.boundariesOf && r.boundariesOf == r.conversion.value ? std::span<const BoundaryCost>(r.boundaries)
                                                                  : std::span<const BoundaryCost>();
}

bool Session::isConversionStale() const
{
    return m_document && m_work.isConversionStale(activeId());
}

bool Session::isConversionPreliminary() const
{
    return active().preliminary && !isConversionStale();
}

bool Session::isErrorReportPreliminary() const
{
    return active().errorsPreliminary && !isErrorReportStale();
}

bool Session::isErrorReportStale() const
{
    return m_document && m_work.isErrorsStale(activeId());
}

bool Session::isLocalReportStale() const
{
    return m_document && m_work.isLocalStale(activeId());
}

bool Session::isStopped() const
{
    return m_document && m_work.state(activeId()) == VariantState::Stopped;
}

Session::ErrorState Session::errorState() const
{
    if (!m_document)
        return ErrorState::NoModel;
    if (!samples() && !m_sampleLoad.isRunning())
        return ErrorState::NoSamples;
    if (errorReport() && !isErrorReportStale())
        return ErrorState::Ready;
    switch (m_work.state(activeId())) {
    case VariantState::Failed: return ErrorState::Failed;
    case VariantState::Stopped: return ErrorState::Stopped;
    default: return isIdle() ? ErrorState::Stopped : ErrorState::Computing;
    }
}

void Session::recompute()
{
    m_work.recompute();
}

void Session::cancelAll()
{
    for (JobRunner *r : {&m_load, &m_sampleLoad, &m_save, &m_export})
        r->cancel();
    m_other->cancel();
    m_causes->cancel();
    m_work.cancelAll();
}

void Session::exportTo(ExportRequest request)
{
    if (!conversion() || isConversionPreliminary())
        return;
    m_exported.reset();
    // A report holds the numbers of what is written or none.
    const VariantResults &r = active();
    const quint64 revision = r.conversion.revision;
    const auto dated = r.errors.revision == revision ? r.errors : r.weights;
    const auto errors = dated.revision == revision ? dated.value : nullptr;
    request.sourceFile = m_document->path();
    request.sampleSet = samples();
    request.others = otherVariants(*this);
    if (samples()) {
        request.samples = QString::fromStdString(samples()->description());
        request.calibrationSamples = m_work.calibrationSamples(activeId());
    }
    m_export.start(
        tr("Exporting"),
        [conversion = r.conversion.value, errors, request](const RunControl &run) {
            return exportConversion(conversion, errors, request, run);
        },
        [this, revision, withRecipe = request.formats.contains(Format::Recipe)](Result<ExportOutcome> r) {
            forget(Activity::Export);
            if (r) {
                for (const Diagnostic &d : r->violations)
                    note(Activity::Export, d);
                m_exported = std::make_shared<const ExportOutcome>(std::move(*r));
                if (withRecipe && m_document)
                    m_document->variants()->markSaved(revision);
            } else {
                note(Activity::Export, r.error());
            }
            emit exportFinished();
        });
}

void Session::note(Activity activity, Diagnostic d)
{
    m_notes.push_back({activity, std::move(d)});
    emit diagnosticsChanged();
}

void Session::forget(Activity activity)
{
    if (std::erase_if(m_notes, [activity](const Note &n) { return n.activity == activity; }) > 0)
        emit diagnosticsChanged();
}

Diagnostics Session::diagnostics() const
{
    Diagnostics out;
    for (int a = int(Activity::Open); a <= int(Activity::Save); ++a) {
        const Diagnostics some = diagnostics(Activity(a));
        out.insert(out.end(), some.begin(), some.end());
    }
    return out;
}

Diagnostics Session::diagnostics(Activity activity) const
{
    switch (activity) {
    case Activity::Convert: return active().conversionNotes;
    case Activity::Statistics: return m_work.statisticsNotes();
    case Activity::Measure: return active().measureNotes;
    default: break;
    }
    Diagnostics out;
    for (const Note &n : m_notes) {
        if (n.activity == activity)
            out.push_back(n.diagnostic);
    }
    return out;
}

bool Session::isIdle() const
{
    if (!m_work.isIdle())
        return false;
    for (const JobRunner *r : runners()) {
        if (r->isRunning())
            return false;
    }
    return true;
}

void Session::checkIdle()
{
    const bool now = isIdle();
    if (now && !m_wasIdle)
        emit idle();
    m_wasIdle = now;
}

} // namespace requant
