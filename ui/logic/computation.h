// SPDX-License-Identifier: GPL-3.0-or-later
// What is computed of a document: for each variant the conversion and its weight errors, then, where there are samples,
// the activation errors: of each layer alone first, then end to end. Statistics of the source are collected once for
// all variants. One variant is computed at a time: the active one first, the others after it; an edit or another active
// variant goes before what is running. Results carry the revision of the recipe that they are of.
//
// Where a conversion as asked takes its time, an edit of the active variant is first converted with the preset "fast"
// and measured on a few samples: preliminary results, marked so and replaced when the others are there.
#pragma once

#include "core/base/diagnostic.h"
#include "core/convert/boundarycost.h"
#include "ui/logic/jobrunner.h"

#include <QTimer>

#include <map>
#include <memory>
#include <vector>

namespace requant {

struct ErrorReport;
class Document;
class IncrementalComparison;
class SourceEvidence;
class SampleSet;

// A result and the recipe revision that it was computed from.
template <class T>
struct Dated
{
    std::shared_ptr<const T> value;
    quint64 revision = 0;
};

struct VariantResults
{
    Dated<Conversion> conversion;
    Dated<ErrorReport> weights, local, errors; // local: what holds the errors of each layer alone
    // What the inserted requantize operators of a conversion cost, on some of the samples.
    std::shared_ptr<const Conversion> boundariesOf;
    std::vector<BoundaryCost> boundaries;
    Diagnostics conversionNotes, measureNotes;
    quint64 statistics = 0; // which statistics the conversion used; 0: none of samples
    bool conversionFailed = false, errorsFailed = false;
    bool preliminary =
        false; // the conversion (and the weight errors) are of the preset "fast", not of the one asked for
    bool errorsPreliminary = false; // local and errors are of such a conversion
    bool stopped = false;           // cancelled; an edit or recompute() starts again
};

enum class VariantState { Waiting, Computing, Ready, Stopped, Failed };

class Computation : public QObject
{
    Q_OBJECT
public:
    explicit Computation(QObject *parent = nullptr);
    ~Computation() override;

    // Everything computed is forgotten and running jobs are cancelled; next() starts. The document must live until the
    // next call.
    void setDocument(Document *);
    void next();                                       // computes what is most wanted of what is not there yet
    void setSamples(std::shared_ptr<const SampleSet>); // null: none any more
    const std::shared_ptr<const SampleSet> &samples() const { return m_samples; }
    void setLimit(int samples);
    int limit() const { return m_limit; }

    // Of a variant by its id; empty ones for an id without any.
    const VariantResults &results(int variant) const;
    VariantState state(int variant) const;
    bool isConversionStale(int variant) const;
    bool isLocalStale(int variant) const;
    bool isErrorsStale(int variant) const;
    // Statistics of the source (core/sim/statistics.h) on the samples, else on synthetic inputs; null: none yet.
    std::shared_ptr<const void> statistics() const { return m_statistics ? m_statistics : m_synthetic; }
    const Diagnostics &statisticsNotes() const { return m_statisticsNotes; }
    // How many samples the variant's conversion used; 0: none.
    std::size_t calibrationSamples(int variant) const;

    void recompute(); // all that was cancelled or failed, and the active variant in any case
    void cancelAll();
    void cancel(int variant);
    bool isIdle() const;   // nothing runs and nothing is about to
    int computing() const; // the variant in work; 0: none
    std::vector<JobRunner *> runners();

signals:
    void changed(); // results or their staleness
    void diagnosticsChanged();

private:
    void edited(int variant);
    void listChanged();
    void activeChanged();
    void stopJobs();
    bool needsConversion(int variant) const;
    bool wantsQuick(int variant) const;
    void convertQuickly(int variant);
    bool needsErrors(int variant) const;
    bool needsWork(int variant) const;
    void convertVariant(int variant);
    void collect();
    void measure(int variant);
    void makeEvidence();
    std::shared_ptr<IncrementalComparison> comparisonFor(bool quick);
    bool wantsRehearsal() const;
    void rehearse();
    VariantResults &of(int variant) { return m_results[variant]; }
    QString title(const QString &, int variant) const;

    Document *m_document = nullptr;
    std::map<int, VariantResults> m_results;
    std::shared_ptr<const SampleSet> m_samples;
    int m_limit = 64;
    // Of the source: on m_samples, and on synthetic inputs while there are none.
    std::shared_ptr<const void> m_statistics, m_synthetic;
    std::shared_ptr<SourceEvidence> m_evidence; // what conversions of the source share, edits of one recipe above all
    quint64 m_statisticsNumber = 0;             // of m_statistics
    std::size_t m_calibration = 0;              // samples in m_statistics
    bool m_statisticsFailed = false;
    Diagnostics m_statisticsNotes;
    // Holds activations of the source on m_samples; made when it is needed, replaced with what it is made of.
    std::shared_ptr<IncrementalComparison> m_comparison;
    std::shared_ptr<IncrementalComparison> m_quickComparison; // of preliminary conversions, on fewer samples
    int m_fullMs = -1;         // what the last conversion as asked took; -1: not known yet
    bool m_quickOff = false;   // preliminary results could not be had
    bool m_rehearsed = false;  // m_quickComparison knows the active recipe's preliminary conversion
    quint64 m_measurement = 0; // counts the jobs that measure
    int m_working = 0;
    QTimer m_rest;
    // Last, so that they are gone (and their jobs done) before what the jobs' ends touch.
    JobRunner m_compute, m_statisticsJob, m_measure;
};

} // namespace requant
