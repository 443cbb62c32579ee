// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/computation.h"

#include "core/convert/convert.h"
#include "core/metrics/incremental.h"
#include "core/passes/evidence.h"
#include "ui/logic/document.h"

#include <algorithm>

namespace requant {

namespace {

constexpr int kRestMs = 150; // edits closer together than this are computed once

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
    m_quickOff = m_rehearsed = false;
    m_evidence.reset();
    if (!m_document)
        return;
    makeEvidence();
    const Variants *v = m_document->variants();
    connect(v, &Variants::recipeChanged, this, &Computation::edited);
    connect(v, &Variants::listChanged, this, &Computation::listChanged);
    connect(v, &Variants::activeChanged, this, &Computation::activeChanged);
}

void Computation::makeEvidence()
{
    m_evidence = std::make_shared<SourceEvidence>(m_document->model(), SourceEvidence::kBudget, WeightMemo::kBudget);
}

void Computation::setSamples(std::shared_ptr<const SampleSet> samples)
{
    m_statisticsJob.cancel(); // of other samples
    m_measure.cancel();
    if (m_document && m_samples)
        makeEvidence(); // without what was found on the samples before
    m_samples = std::move(samples);
    m_statistics.reset();
    m_comparison.reset();
    m_quickComparison.reset();
    m_rehearsed = false;
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
    m_rehearsed = false;
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
    if (variant == 0) {
        if (wantsRehearsal())
            rehearse();
        return;
    }
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

} // namespace requant
