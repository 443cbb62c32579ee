// SPDX-License-Identifier: GPL-3.0-or-later
// The jobs of Computation.
#include "core/convert/boundarycost.h"
#include "core/convert/convert.h"
#include "core/metrics/events.h"
#include "core/metrics/incremental.h"
#include "core/passes/evidence.h"
#include "ui/logic/computation.h"
#include "ui/logic/document.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace requant {

namespace {

constexpr int kQuickFromMs = 300; // conversions that take less need no preliminary one
constexpr int kQuickSamples = 16;
constexpr std::size_t kBoundarySamples = 16;
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

struct Measured
{
    std::shared_ptr<const ErrorReport> errors;
    std::shared_ptr<const Conversion> conversion;
    std::vector<BoundaryCost> boundaries;
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
    input.evidence = m_evidence;
    m_compute.start(
        title(tr("Converting quickly"), variant),
        [input = std::move(input), asked = v->recipe,
         measured = m_samples != nullptr](const RunControl &run) -> Result<Converted> {
            Converted out;
            auto converted = convert(input, run);
            if (!converted)
                return converted.error();
            converted->recipe = asked;
            out.conversion = std::make_shared<const Conversion>(std::move(*converted));
            if (!measured) // else they come with the errors of layers alone
                out.weights = std::make_shared<const ErrorReport>(measureWeights(out.conversion->compared()));
            return out;
        },
        [this, variant, revision = v->revision](Result<Converted> result) {
            m_quickOff = !result;
            if (result) {
                VariantResults &r = of(variant);
                r.conversion = {result->conversion, revision};
                if (result->weights)
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
    input.evidence = m_evidence;
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

std::shared_ptr<IncrementalComparison> Computation::comparisonFor(bool quick)
{
    auto &comparison = quick ? m_quickComparison : m_comparison;
    if (!comparison) {
        IncrementalOptions options;
        options.samples = std::size_t(quick ? std::min(m_limit, kQuickSamples) : m_limit);
        options.budget = quick ? kQuickMemory : kActivationMemory;
        comparison = std::make_shared<IncrementalComparison>(m_document->model(), *m_samples, options);
    }
    return comparison;
}

bool Computation::wantsRehearsal() const
{
    return m_samples && !m_rehearsed && !m_quickOff && m_fullMs >= kQuickFromMs
           && hasQuickerWay(m_document->variants()->active().recipe);
}

// So that the first edit finds what later ones find: weights and activations of the preliminary conversion before it.
void Computation::rehearse()
{
    m_rehearsed = true;
    m_working = 0;
    ConvertInput input;
    input.model = m_document->model();
    input.recipe = m_document->variants()->active().recipe;
    input.recipe.effort = Effort::Fast;
    input.evidence = m_evidence;
    m_measure.start(
        tr("Preparing for edits"),
        [input = std::move(input), comparison = comparisonFor(true)](const RunControl &run) -> Result<bool> {
            const auto converted = convert(input, run);
            if (!converted)
                return converted.error();
            const auto errors = comparison->update(converted->compared(), numerics(converted->recipe), run);
            return errors ? Result<bool>(true) : errors.error();
        },
        [this](const Result<bool> &) {
            next();
            emit changed();
        });
}

void Computation::measure(int variant)
{
    const bool quick = results(variant).preliminary;
    m_rehearsed = m_rehearsed || quick;
    const auto comparison = comparisonFor(quick);
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
                if (v.weights.revision != revision)
                    v.weights = {report, revision};
                v.errorsPreliminary = quick;
                emit changed();
            },
            Qt::QueuedConnection);
    };
    m_measure.start(
        title(quick ? tr("Simulating a few samples") : tr("Simulating"), variant),
        [comparison, conversion = conversion.value, samples = m_samples, quick,
         showLocal](const RunControl &run) -> Result<Measured> {
            auto r = comparison->update(conversion->compared(), numerics(conversion->recipe), run, {}, showLocal);
            if (!r)
                return r.error();
            Measured out{std::make_shared<const ErrorReport>(std::move(*r)), conversion, {}};
            if (auto costs = quick ? Result<std::vector<BoundaryCost>>(std::vector<BoundaryCost>())
                                   : boundaryCosts(*conversion, *samples, kBoundarySamples, run))
                out.boundaries = std::move(*costs);
            if (run.isCancelled())
                return cancelledError();
            return out;
        },
        [this, variant, revision, quick](Result<Measured> report) {
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
                r.local = r.errors = {report->errors, revision};
                r.boundariesOf = std::move(report->conversion);
                r.boundaries = std::move(report->boundaries);
                r.measureNotes = eventDiagnostics(*report->errors);
                for (const Diagnostic &d : report->errors->unsupported)
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
