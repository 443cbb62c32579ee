// SPDX-License-Identifier: GPL-3.0-or-later
// The open document and everything that is computed from it, with the revision that each result belongs to. Every edit
// starts the computation again after a short rest: first the conversion and its weight errors, then, where there are
// samples, statistics of the source (once) and the activation errors: of each layer alone first, then end to end. Errors are
// measured incrementally (core/metrics/incremental.h).
#pragma once

#include "core/base/diagnostic.h"
#include "ui/logic/jobrunner.h"

#include <QTimer>

#include <memory>
#include <optional>
#include <vector>

namespace requant {

struct Conversion;
struct ErrorReport;
struct Recipe;
struct ExportOutcome;
struct ExportRequest;
class Document;
class IncrementalComparison;
class SampleSet;
class Selection;

// A result and the recipe revision that it was computed from.
template <class T>
struct Dated
{
    std::shared_ptr<const T> value;
    quint64 revision = 0;
};

class Session : public QObject
{
    Q_OBJECT
public:
    explicit Session(QObject *parent = nullptr);
    ~Session() override;

    Document *document() const { return m_document.get(); } // null until a model was opened
    Selection *selection() const { return m_selection; }

    // A model, or a recipe (.json) for the open model. In the background; on failure the document stays as it is.
    void open(const QString &path);
    // The recipe that a newly opened model gets; the current one keeps its own.
    void setStartRecipe(Recipe);
    void openRecipe(const QString &path);
    void saveRecipeTo(const QString &path);

    // Samples from a .npy file, a folder of pictures or a raw file; labels are optional.
    void openSamples(const QString &path);
    void closeSamples();
    const std::shared_ptr<const SampleSet> &samples() const { return m_samples; }
    const QString &samplesPath() const { return m_samplesPath; }
    int sampleLimit() const { return m_limit; }
    void setSampleLimit(int); // samples measured at most

    const std::shared_ptr<const Conversion> &conversion() const { return m_conversion.value; }
    const std::shared_ptr<const ErrorReport> &weightReport() const { return m_weights.value; } // weights only
    const std::shared_ptr<const ErrorReport> &errorReport() const { return m_errors.value; }   // null without samples
    // What holds the errors of each layer alone: known before the rest, then the same as errorReport().
    const std::shared_ptr<const ErrorReport> &localReport() const { return m_local.value; }
    bool isConversionStale() const;
    bool isLocalReportStale() const;
    bool isErrorReportStale() const;
    // Stale, and nothing is on its way: cancelled.
    bool isStopped() const;
    // Where the activation errors stand, for an empty state.
    enum class ErrorState { NoModel, NoSamples, Computing, Ready, Failed, Stopped };
    ErrorState errorState() const;

    // What went wrong in an activity's last run; findings of a conversion are in the conversion.
    enum class Activity { Open, Samples, Convert, Statistics, Measure, Export, Save };
    Diagnostics diagnostics() const; // of all activities
    Diagnostics diagnostics(Activity) const;

    // Writes what the request names and reads the model back; see exporter.h.
    void exportTo(ExportRequest);
    const std::shared_ptr<const ExportOutcome> &lastExport() const { return m_exported; }

    // Compute again now (after a cancel).
    void recompute();
    void cancelAll();
    bool isIdle() const;
    std::vector<JobRunner *> runners() const;

signals:
    void documentChanged(); // another document, selection cleared, no results yet
    void openFailed(const QString &path, const QString &why);
    void samplesChanged();
    void resultsChanged(); // results or their staleness
    void diagnosticsChanged();
    void recipeSaved(bool ok); // on failure the reason is a diagnostic
    void exportFinished(); // lastExport() is null if it failed; the reason is a diagnostic
    void idle();

private:
    void setDocument(std::unique_ptr<Document>, Diagnostics);
    void note(Activity, Diagnostic);
    void forget(Activity);
    void schedule();
    void compute();
    void collect();
    void measure();
    void checkIdle();

    struct Note
    {
        Activity activity; // whose next run takes the note back
        Diagnostic diagnostic;
    };

    std::unique_ptr<Recipe> m_startRecipe;
    std::unique_ptr<Document> m_document;
    Selection *m_selection;
    QString m_opening; // path being loaded
    std::shared_ptr<const SampleSet> m_samples;
    QString m_samplesPath;
    int m_limit = 64;
    // Statistics of the source: on m_samples, and on synthetic inputs while there are none.
    std::shared_ptr<const void> m_statistics, m_synthetic;
    bool m_statisticsFailed = false;
    bool m_conversionFailed = false;
    bool m_errorsFailed = false;

    Dated<Conversion> m_conversion;
    bool m_conversionUsedStatistics = false;
    Dated<ErrorReport> m_weights, m_local, m_errors;
    // Holds activations of the source on m_samples; made when it is needed, replaced with what it is made of.
    std::shared_ptr<IncrementalComparison> m_comparison;
    quint64 m_measurement = 0; // counts the jobs that measure
    std::shared_ptr<const ExportOutcome> m_exported;
    std::vector<Note> m_notes;

    QTimer m_rest;
    bool m_wasIdle = true;
    // Last, so that they are gone (and their jobs done) before what the jobs' ends touch.
    JobRunner m_load, m_sampleLoad, m_save, m_statisticsJob, m_compute, m_measure, m_export;
};

} // namespace requant
