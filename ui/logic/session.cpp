// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/session.h"

#include "core/convert/convert.h"
#include "core/metrics/events.h"
#include "core/metrics/incremental.h"
#include "core/tflite/tflite.h"
#include "ui/logic/document.h"
#include "ui/logic/exporter.h"
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
constexpr int kRestMs = 150; // edits closer together than this are computed once
constexpr std::size_t kActivationMemory = std::size_t{512} << 20; // kept between edits

std::filesystem::path toPath(const QString &s)
{
    return std::filesystem::path(s.toStdU16String());
}

bool isCancel(const Diagnostic &d)
{
    return d.message == &kCancelled || (d.message && d.message->id == kCancelled.id);
}

bool sameInputs(const Document &a, const Document &b)
{
    const Subgraph &x = a.mainGraph(), &y = b.mainGraph();
    return std::equal(x.inputs.begin(), x.inputs.end(), y.inputs.begin(), y.inputs.end(),
                      [&](TensorIndex i, TensorIndex j) { return x.tensor(i).shape == y.tensor(j).shape; });
}

struct Converted
{
    std::shared_ptr<const Conversion> conversion;
    std::shared_ptr<const ErrorReport> weights;
    std::shared_ptr<const Statistics> synthetic; // made on the way, for the next conversions of this model
};

} // namespace

Session::Session(QObject *parent)
    : QObject(parent), m_startRecipe(std::make_unique<Recipe>()), m_selection(new Selection(this))
{
    m_rest.setSingleShot(true);
    m_rest.setInterval(kRestMs);
    connect(&m_rest, &QTimer::timeout, this, &Session::compute);
    for (JobRunner *r : runners()) {
        connect(r, &JobRunner::runningChanged, this, &Session::checkIdle);
        connect(r, &JobRunner::runningChanged, this, &Session::resultsChanged);
    }
}

Session::~Session()
{
    for (JobRunner *r : runners())
        r->disconnect(this);
    m_rest.stop();
}

std::vector<JobRunner *> Session::runners() const
{
    auto *self = const_cast<Session *>(this);
    return {&self->m_load,          &self->m_sampleLoad, &self->m_save,  &self->m_compute,
            &self->m_statisticsJob, &self->m_measure,    &self->m_export};
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
            auto loaded = loadTflite(file);
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
    for (JobRunner *r : {&m_sampleLoad, &m_compute, &m_statisticsJob, &m_measure})
        r->cancel();
    // The samples of the session serve the next model too if they fit its input.
    const QString carried = m_document && sameInputs(*m_document, *document) ? m_samplesPath : QString();
    m_conversion = {};
    m_weights = {};
    m_local = m_errors = {};
    m_comparison.reset();
    m_exported.reset();
    m_samples.reset();
    m_samplesPath.clear();
    m_statistics.reset();
    m_synthetic.reset();
    m_statisticsFailed = m_conversionFailed = m_errorsFailed = false;
    m_notes.clear();
    for (auto &d : diagnostics)
        m_notes.push_back({Activity::Open, std::move(d)});
    m_selection->clear();
    // The old document lives until every view has let go of it.
    const std::unique_ptr<Document> old = std::exchange(m_document, std::move(document));
    connect(m_document.get(), &Document::recipeChanged, this, &Session::schedule);
    emit documentChanged();
    emit samplesChanged();
    emit diagnosticsChanged();
    if (const QString own = samplesOf(m_document->path()); !own.isEmpty())
        openSamples(own);
    else if (!carried.isEmpty())
        openSamples(carried);
    compute();
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
            else if (m_document && m_document->revision() == revision)
                m_document->markRecipeSaved();
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
            m_statisticsJob.cancel(); // of other samples
            m_measure.cancel();
            m_samples = *set;
            m_samplesPath = path;
            m_statistics.reset();
            m_statisticsFailed = m_errorsFailed = false;
            m_local = m_errors = {};
            m_comparison.reset();
            emit samplesChanged();
            emit resultsChanged();
            if (m_conversion.value && !isConversionStale())
                collect();
        });
}

void Session::closeSamples()
{
    m_sampleLoad.cancel();
    m_statisticsJob.cancel();
    m_measure.cancel();
    m_samples.reset();
    m_samplesPath.clear();
    m_local = m_errors = {};
    m_comparison.reset();
    const bool had = m_statistics != nullptr;
    m_statistics.reset();
    forget(Activity::Samples);
    emit samplesChanged();
    emit resultsChanged();
    if (had)
        schedule();
}

void Session::setSampleLimit(int limit)
{
    if (limit == m_limit || limit < 1)
        return;
    m_limit = limit;
    m_statisticsJob.cancel();
    m_measure.cancel();
    m_statistics.reset();
    m_statisticsFailed = m_errorsFailed = false;
    m_local.revision = m_errors.revision = 0;
    m_comparison.reset();
    if (m_samples && m_conversion.value)
        collect();
    emit samplesChanged();
    emit resultsChanged();
}

bool Session::isConversionStale() const
{
    return m_document && m_conversion.revision != m_document->revision();
}

bool Session::isErrorReportStale() const
{
    return m_document && m_errors.revision != m_document->revision();
}

bool Session::isLocalReportStale() const
{
    return m_document && m_local.revision != m_document->revision();
}

bool Session::isStopped() const
{
    return m_document && isIdle() && !m_conversionFailed && !m_errorsFailed
           && (isConversionStale() || (m_samples && isErrorReportStale()));
}

Session::ErrorState Session::errorState() const
{
    if (!m_document)
        return ErrorState::NoModel;
    if (!m_samples && !m_sampleLoad.isRunning())
        return ErrorState::NoSamples;
    if (m_errors.value && !isErrorReportStale())
        return ErrorState::Ready;
    if (!isIdle())
        return ErrorState::Computing;
    return m_errorsFailed || m_conversionFailed ? ErrorState::Failed : ErrorState::Stopped;
}

void Session::schedule()
{
    m_rest.start();
    m_compute.cancel();
    m_measure.cancel();
    m_wasIdle = false;
    emit resultsChanged();
}

void Session::recompute()
{
    m_statisticsFailed = m_errorsFailed = false;
    compute();
}

void Session::cancelAll()
{
    m_rest.stop();
    for (JobRunner *r : runners())
        r->cancel();
    emit resultsChanged();
}

void Session::compute()
{
    m_rest.stop();
    if (!m_document)
        return;
    m_measure.cancel();
    ConvertInput input;
    input.model = m_document->model();
    input.recipe = m_document->recipe();
    input.statistics = std::static_pointer_cast<const Statistics>(m_statistics ? m_statistics : m_synthetic);
    if (m_statistics)
        input.samples = m_samples;
    m_compute.start(
        tr("Converting"),
        [input = std::move(input)](const RunControl &run) mutable -> Result<Converted> {
            Converted out;
            const Algorithms &a = input.recipe.algorithms;
            if (!input.statistics && (a.weightCorrection || a.scaleSearch || a.errorFolding))
                input.statistics = out.synthetic = syntheticStatistics(input.model, nullptr, run);
            if (run.isCancelled())
                return cancelledError();
            auto converted = convert(input, run);
            if (!converted)
                return converted.error();
            out.conversion = std::make_shared<const Conversion>(std::move(*converted));
            if (!run.step(1, 1, "measuring weights"))
                return cancelledError();
            out.weights = std::make_shared<const ErrorReport>(measureWeights(out.conversion->compared()));
            return out;
        },
        [this, revision = m_document->revision(), used = m_statistics != nullptr](Result<Converted> result) {
            forget(Activity::Convert);
            m_conversionFailed = !result;
            if (!result) {
                if (!isCancel(result.error())) {
                    note(Activity::Convert, result.error());
                }
                emit resultsChanged();
                return;
            }
            m_conversion = {result->conversion, revision};
            m_weights = {result->weights, revision};
            m_conversionUsedStatistics = used;
            if (result->synthetic)
                m_synthetic = result->synthetic;
            if (m_samples)
                collect();
            emit resultsChanged();
        });
}

void Session::collect()
{
    if (m_statistics || m_statisticsFailed) {
        measure();
        return;
    }
    if (m_statisticsJob.isRunning())
        return;
    m_statisticsJob.start(
        tr("Running the source on samples"),
        [model = m_document->model(), samples = m_samples,
         limit = std::size_t(m_limit)](const RunControl &run) -> Result<std::shared_ptr<const Statistics>> {
            auto s = collectStatistics(model, *samples, limit, 0, run);
            if (!s)
                return s.error();
            return std::shared_ptr<const Statistics>(std::make_shared<Statistics>(std::move(*s)));
        },
        [this](Result<std::shared_ptr<const Statistics>> s) {
            forget(Activity::Statistics);
            if (s) {
                m_statistics = *s;
            } else {
                m_statisticsFailed = true;
                if (!isCancel(s.error())) {
                    note(Activity::Statistics, s.error());
                }
            }
            // With statistics the conversion itself gets better: convert again, then measure.
            if (s && !m_rest.isActive())
                compute();
            else if (!m_rest.isActive() && !m_compute.isRunning())
                measure();
        });
}

void Session::measure()
{
    if (!m_samples || !m_conversion.value || isConversionStale())
        return;
    if (m_statistics && !m_conversionUsedStatistics) {
        compute();
        return;
    }
    if (!m_comparison) {
        IncrementalOptions options;
        options.samples = std::size_t(m_limit);
        options.budget = kActivationMemory;
        m_comparison = std::make_shared<IncrementalComparison>(m_document->model(), *m_samples, options);
    }
    const quint64 measurement = ++m_measurement, revision = m_conversion.revision;
    // From the job's thread: the errors of each layer alone.
    const auto showLocal = [this, measurement, revision](const ErrorReport &r) {
        QMetaObject::invokeMethod(
            this,
            [this, measurement, revision, report = std::make_shared<const ErrorReport>(r)] {
                if (measurement != m_measurement || !m_measure.isRunning())
                    return;
                m_local = {report, revision};
                emit resultsChanged();
            },
            Qt::QueuedConnection);
    };
    m_measure.start(
        tr("Simulating"),
        [comparison = m_comparison, conversion = m_conversion.value, showLocal](const RunControl &run) -> Result<std::shared_ptr<const ErrorReport>> {
            auto r = comparison->update(conversion->compared(), numerics(conversion->recipe), run, {}, showLocal);
            if (!r)
                return r.error();
            return std::shared_ptr<const ErrorReport>(std::make_shared<ErrorReport>(std::move(*r)));
        },
        [this, revision](Result<std::shared_ptr<const ErrorReport>> r) {
            forget(Activity::Measure);
            m_errorsFailed = !r;
            if (r) {
                m_local = m_errors = {*r, revision};
                Diagnostics found = eventDiagnostics(**r);
                for (const Diagnostic &d : (*r)->unsupported)
                    found.push_back(makeWarning(*d.message, d.args, d.where));
                for (Diagnostic &d : found)
                    m_notes.push_back({Activity::Measure, std::move(d)});
                if (!found.empty())
                    emit diagnosticsChanged();
            } else if (!isCancel(r.error())) {
                note(Activity::Measure, r.error());
            }
            emit resultsChanged();
        });
}

void Session::exportTo(ExportRequest request)
{
    if (!m_conversion.value)
        return;
    m_exported.reset();
    // A report holds the numbers of what is written or none.
    const auto dated = m_errors.revision == m_conversion.revision ? m_errors : m_weights;
    const auto errors = dated.revision == m_conversion.revision ? dated.value : nullptr;
    request.sourceFile = m_document->path();
    if (m_samples) {
        request.samples = QString::fromStdString(m_samples->description());
        if (m_conversionUsedStatistics)
            request.calibrationSamples = std::min(m_samples->size(), std::size_t(m_limit));
    }
    m_export.start(
        tr("Exporting"),
        [conversion = m_conversion.value, errors, request](const RunControl &run) {
            return exportConversion(conversion, errors, request, run);
        },
        [this, revision = m_conversion.revision, withRecipe = !request.recipeFile.isEmpty()](Result<ExportOutcome> r) {
            forget(Activity::Export);
            if (r) {
                for (const Diagnostic &d : r->violations)
                    note(Activity::Export, d);
                m_exported = std::make_shared<const ExportOutcome>(std::move(*r));
                if (withRecipe && m_document && m_document->revision() == revision)
                    m_document->markRecipeSaved();
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
    for (const Note &n : m_notes)
        out.push_back(n.diagnostic);
    return out;
}

Diagnostics Session::diagnostics(Activity activity) const
{
    Diagnostics out;
    for (const Note &n : m_notes) {
        if (n.activity == activity)
            out.push_back(n.diagnostic);
    }
    return out;
}

bool Session::isIdle() const
{
    if (m_rest.isActive())
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
