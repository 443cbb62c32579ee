// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/computation.h"

#include "core/convert/convert.h"
#include "core/metrics/events.h"
#include "core/metrics/incremental.h"
#include "ui/logic/document.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace requant {

namespace {

constexpr int kRestMs = 150;      // edits closer together than this are computed once
constexpr int kQuickFromMs = 300; // conversions that take less need no preliminary one
constexpr int kQuickSamples = 16;
constexpr std::size_t kQuickMemory = std::size_t{128} << 20;
constexpr std::size_t kActivationMemory = std::size_t{512} << 20; // kept between edits

bool isCancel(const Diagnostic &d)
{
    return d.message == &kCancelled || (d.message && d.message->id == kCancelled.id);
}

struct Converted
{
    std::shared_ptr<const Conversion> conversion;
    std::shared_ptr<const ErrorReport> weights;
    std::shared_ptr<const Statistics> synthetic; // made on the way, for the next conversions of this model
    int ms = 0;
};

// A conversion with every algorithm off, or with the preset "fast", has no quicker one.
bool hasQuickerWay(const Recipe &r)
{
    if (r.effort == Effort::Fast)
        return false;
    return r.algorithms != Algorithms::naive()
           || std::any_of(r.rules.begin(), r.rules.end(), [](const Rule &rule) { return !rule.algorithms.empty(); });
}

} // namespace

Computation::Computation(QObject *parent) : QObject(parent)
{
    m_rest.setSingleShot(true);
    m_rest.setInterval(kRestMs);
    connect(&m_rest, &QTimer::timeout, this, &Computation::next);
}

Computation::~Computation()
{
    m_rest.stop();
}

std::vector<JobRunner *> Computation::runners()
{
    return {&m_compute, &m_statisticsJob, &m_measure};
}

void Computation::setDocument(Document *document)
{
    stopJobs();
    if (m_document)
        m_document->variants()->disconnect(this);
    m_document = document;
    m_results.clear();
    m_samples.reset();
    m_statistics.reset();
    m_synthetic.reset();
    m_statisticsFailed = false;
    m_statisticsNotes.clear();
    m_comparison.reset();
    m_quickComparison.reset();
    m_fullMs = -1;
    m_quickOff = false;
    if (!m_document)
        return;
    const Variants *v = m_document->variants();
    connect(v, &Variants::recipeChanged, this, &Computation::edited);
    connect(v, &Variants::listChanged, this, &Computation::listChanged);
    connect(v, &Variants::activeChanged, this, &Computation::activeChanged);
}

void Computation::setSamples(std::shared_ptr<const SampleSet> samples)
{
    m_statisticsJob.cancel(); // of other samples
    m_measure.cancel();
    m_samples = std::move(samples);
    m_statistics.reset();
    m_comparison.reset();
    m_quickComparison.reset();
    m_statisticsFailed = false;
    m_statisticsNotes.clear();
    for (auto &[id, r] : m_results) {
        r.local = r.errors = {};
        r.measureNotes.clear();
        r.errorsFailed = r.stopped = false;
    }
    emit changed();
    emit diagnosticsChanged();
    next();
}

void Computation::setLimit(int samples)
{
    m_limit = samples;
    m_statisticsJob.cancel();
    m_measure.cancel();
    m_statistics.reset();
    m_comparison.reset();
    m_quickComparison.reset();
    m_statisticsFailed = false;
    for (auto &[id, r] : m_results) {
        r.local.revision = r.errors.revision = 0;
        r.errorsFailed = r.stopped = false;
    }
    emit changed();
    next();
}

const VariantResults &Computation::results(int variant) const
{
    static const VariantResults kNone;
    const auto it = m_results.find(variant);
    return it == m_results.end() ? kNone : it->second;
}

std::size_t Computation::calibrationSamples(int variant) const
{
    const quint64 used = results(variant).statistics;
    return used != 0 && used == m_statisticsNumber ? m_calibration : 0;
}

// The revision that a variant's results should have; 0 if there is no such variant.
static quint64 wanted(const Document *document, int variant)
{
    const Variant *v = document ? document->variants()->find(variant) : nullptr;
    return v ? v->revision : 0;
}

bool Computation::isConversionStale(int variant) const
{
    return m_document && results(variant).conversion.revision != wanted(m_document, variant);
}

bool Computation::isLocalStale(int variant) const
{
    return m_document && results(variant).local.revision != wanted(m_document, variant);
}

bool Computation::isErrorsStale(int variant) const
{
    return m_document && results(variant).errors.revision != wanted(m_document, variant);
}

bool Computation::needsConversion(int variant) const
{
    const VariantResults &r = results(variant);
    if (r.conversionFailed)
        return false;
    return isConversionStale(variant) || r.preliminary
           || (m_statistics ? r.statistics != m_statisticsNumber : !m_samples && r.statistics != 0);
}

bool Computation::needsErrors(int variant) const
{
    const VariantResults &r = results(variant);
    return m_samples && !r.conversionFailed && !r.errorsFailed
           && (isErrorsStale(variant) || (r.errorsPreliminary && !r.preliminary));
}

bool Computation::needsWork(int variant) const
{
    return !results(variant).stopped && (needsConversion(variant) || needsErrors(variant));
}

VariantState Computation::state(int variant) const
{
    if (variant == computing())
        return VariantState::Computing;
    const VariantResults &r = results(variant);
    if (r.conversionFailed || r.errorsFailed)
        return VariantState::Failed;
    if (!needsConversion(variant) && !needsErrors(variant))
        return VariantState::Ready;
    return r.stopped ? VariantState::Stopped : VariantState::Waiting;
}

int Computation::computing() const
{
    return m_compute.isRunning() || m_measure.isRunning() || m_statisticsJob.isRunning() ? m_working : 0;
}

bool Computation::isIdle() const
{
    return !m_rest.isActive() && !m_compute.isRunning() && !m_measure.isRunning() && !m_statisticsJob.isRunning();
}

void Computation::stopJobs()
{
    m_rest.stop();
    m_compute.cancel();
    m_statisticsJob.cancel();
    m_measure.cancel();
}

void Computation::edited(int variant)
{
    VariantResults &r = of(variant);
    r.conversionFailed = r.errorsFailed = r.stopped = false;
    m_rest.start(wantsQuick(variant) ? 0 : kRestMs); // what is quick is overtaken as quickly
    m_compute.cancel();
    m_measure.cancel();
    emit changed();
}

void Computation::listChanged()
{
    std::erase_if(m_results, [this](const auto &r) { return !m_document->variants()->find(r.first); });
    if (m_working != 0 && !m_document->variants()->find(m_working)) {
        m_compute.cancel();
        m_measure.cancel();
    }
    emit changed();
    next();
}

void Computation::activeChanged()
{
    if (const int active = m_document->variants()->active().id; m_working != active && needsWork(active)) {
        m_compute.cancel();
        m_measure.cancel();
    }
    emit changed();
    emit diagnosticsChanged();
    next();
}

void Computation::recompute()
{
    m_statisticsFailed = false;
    for (auto &[id, r] : m_results)
        r.conversionFailed = r.errorsFailed = r.stopped = false;
    if (!m_document)
        return;
    m_compute.cancel();
    m_measure.cancel();
    m_rest.stop();
    convertVariant(m_document->variants()->active().id);
}

void Computation::cancelAll()
{
    if (m_document) {
        for (const Variant &v : m_document->variants()->all()) {
            if (needsWork(v.id))
                of(v.id).stopped = true;
        }
    }
    stopJobs();
    emit changed();
}

void Computation::cancel(int variant)
{
    if (needsWork(variant))
        of(variant).stopped = true;
    if (computing() == variant) { // the next one that needs statistics collects them
        m_compute.cancel();
        m_statisticsJob.cancel();
        m_measure.cancel();
    }
    emit changed();
    next();
}

QString Computation::title(const QString &what, int variant) const
{
    const Variants *all = m_document->variants();
    return all->count() > 1 ? tr("%1 %2").arg(what, all->find(variant)->name) : what;
}

void Computation::next()
{
    if (!m_document || !isIdle())
        return;
    int variant = 0;
    const Variants *all = m_document->variants();
    if (needsWork(all->active().id)) {
        variant = all->active().id;
    } else {
        for (const Variant &v : all->all()) {
            if (variant == 0 && needsWork(v.id))
                variant = v.id;
        }
    }
    if (variant == 0)
        return;
    m_working = variant;
    if (wantsQuick(variant))
        convertQuickly(variant);
    else if (results(variant).preliminary && m_samples && isErrorsStale(variant) && !m_quickOff)
        measure(variant);
    else if (needsConversion(variant))
        convertVariant(variant);
    else if (!m_statistics && !m_statisticsFailed)
        collect();
    else
        measure(variant);
}

bool Computation::wantsQuick(int variant) const
{
    const Variant *v = m_document->variants()->find(variant);
    return v && v->id == m_document->variants()->active().id && isConversionStale(variant) && !m_quickOff
           && (m_fullMs < 0 || m_fullMs >= kQuickFromMs) && hasQuickerWay(v->recipe);
}

void Computation::convertQuickly(int variant)
{
    const Variant *v = m_document->variants()->find(variant);
    ConvertInput input;
    input.model = m_document->model();
    input.recipe = v->recipe;
    input.recipe.effort = Effort::Fast;
    m_compute.start(
        title(tr("Converting quickly"), variant),
        [input = std::move(input), asked = v->recipe](const RunControl &run) -> Result<Converted> {
            Converted out;
            auto converted = convert(input, run);
            if (!converted)
                return converted.error();
            converted->recipe = asked;
            out.conversion = std::make_shared<const Conversion>(std::move(*converted));
            out.weights = std::make_shared<const ErrorReport>(measureWeights(out.conversion->compared()));
            return out;
        },
        [this, variant, revision = v->revision](Result<Converted> result) {
            m_quickOff = !result;
            if (result) {
                VariantResults &r = of(variant);
                r.conversion = {result->conversion, revision};
                r.weights = {result->weights, revision};
                r.statistics = 0;
                r.preliminary = true;
            }
            next();
            emit changed();
        });
}

void Computation::convertVariant(int variant)
{
    const Variant *v = m_document->variants()->find(variant);
    m_working = variant;
    ConvertInput input;
    input.model = m_document->model();
    input.recipe = v->recipe;
    input.statistics = std::static_pointer_cast<const Statistics>(m_statistics ? m_statistics : m_synthetic);
    if (m_statistics)
        input.samples = m_samples;
    m_compute.start(
        title(tr("Converting"), variant),
        [input = std::move(input)](const RunControl &run) mutable -> Result<Converted> {
            Converted out;
            const auto begun = std::chrono::steady_clock::now();
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
            out.ms = int(std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun)
                             .count());
            return out;
        },
        [this, variant, revision = v->revision,
         used = m_statistics ? m_statisticsNumber : 0](Result<Converted> result) {
            VariantResults &r = of(variant);
            r.conversionNotes.clear();
            r.conversionFailed = !result;
            if (result) {
                m_fullMs = result->ms;
                const bool replaces = std::exchange(r.preliminary, false);
                r.conversion = {result->conversion, revision};
                r.weights = {result->weights, revision};
                if (!replaces && r.statistics != used && r.errors.revision == revision)
                    r.errors.revision = r.local.revision = 0; // of the conversion before
                r.statistics = used;
                if (result->synthetic)
                    m_synthetic = result->synthetic;
            } else if (!isCancel(result.error())) {
                r.conversionNotes.push_back(result.error());
            }
            emit diagnosticsChanged();
            next();
            emit changed();
        });
}

void Computation::collect()
{
    m_statisticsJob.start(
        tr("Running the source on samples"),
        [model = m_document->model(), samples = m_samples,
         limit = std::size_t(m_limit)](const RunControl &run) -> Result<std::shared_ptr<const Statistics>> {
            auto s = collectStatistics(model, *samples, limit, 0, run);
            if (!s)
                return s.error();
            return std::shared_ptr<const Statistics>(std::make_shared<Statistics>(std::move(*s)));
        },
        [this, used = std::min(m_samples->size(), std::size_t(m_limit))](Result<std::shared_ptr<const Statistics>> s) {
            m_statisticsNotes.clear();
            m_statisticsFailed = !s;
            if (s) {
                m_statistics = *s; // with them the conversions get better: each is converted again, then measured
                m_calibration = used;
                ++m_statisticsNumber;
            } else if (!isCancel(s.error())) {
                m_statisticsNotes.push_back(s.error());
            }
            emit diagnosticsChanged();
            next();
            emit changed();
        });
}

void Computation::measure(int variant)
{
    const bool quick = results(variant).preliminary;
    auto &comparison = quick ? m_quickComparison : m_comparison;
    if (!comparison) {
        IncrementalOptions options;
        options.samples = std::size_t(quick ? std::min(m_limit, kQuickSamples) : m_limit);
        options.budget = quick ? kQuickMemory : kActivationMemory;
        comparison = std::make_shared<IncrementalComparison>(m_document->model(), *m_samples, options);
    }
    const auto conversion = results(variant).conversion;
    const quint64 measurement = ++m_measurement, revision = conversion.revision;
    // From the job's thread: the errors of each layer alone.
    const auto showLocal = [this, variant, measurement, revision, quick](const ErrorReport &r) {
        QMetaObject::invokeMethod(
            this,
            [this, variant, measurement, revision, quick, report = std::make_shared<const ErrorReport>(r)] {
                if (measurement != m_measurement || !m_measure.isRunning())
                    return;
                VariantResults &v = of(variant);
                // Preliminary errors of all layers do not give way to a part of the final ones.
                if (!quick && v.errorsPreliminary && v.errors.revision == revision)
                    return;
                v.local = {report, revision};
                v.errorsPreliminary = quick;
                emit changed();
            },
            Qt::QueuedConnection);
    };
    m_measure.start(
        title(quick ? tr("Simulating a few samples") : tr("Simulating"), variant),
        [comparison, conversion = conversion.value,
         showLocal](const RunControl &run) -> Result<std::shared_ptr<const ErrorReport>> {
            auto r = comparison->update(conversion->compared(), numerics(conversion->recipe), run, {}, showLocal);
            if (!r)
                return r.error();
            return std::shared_ptr<const ErrorReport>(std::make_shared<ErrorReport>(std::move(*r)));
        },
        [this, variant, revision, quick](Result<std::shared_ptr<const ErrorReport>> report) {
            VariantResults &r = of(variant);
            if (quick && !report) {
                m_quickOff = true; // the full measurement says what is wrong
                next();
                emit changed();
                return;
            }
            r.errorsPreliminary = quick;
            r.measureNotes.clear();
            r.errorsFailed = !report;
            if (report) {
                r.local = r.errors = {*report, revision};
                r.measureNotes = eventDiagnostics(**report);
                for (const Diagnostic &d : (*report)->unsupported)
                    r.measureNotes.push_back(makeWarning(*d.message, d.args, d.where));
            } else if (!isCancel(report.error())) {
                r.measureNotes.push_back(report.error());
            }
            emit diagnosticsChanged();
            next();
            emit changed();
        });
}

} // namespace requant
