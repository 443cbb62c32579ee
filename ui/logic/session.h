// SPDX-License-Identifier: GPL-3.0-or-later
// The open document, its files, and the results that are computed from it (computation.h). What is asked here about
// results is about the active variant.
#pragma once

#include "core/base/diagnostic.h"
#include "ui/logic/computation.h"
#include "ui/logic/jobrunner.h"

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace requant {

struct Conversion;
struct ErrorReport;
struct Recipe;
struct ExportOutcome;
struct ExportRequest;
class Causes;
class Document;
class OtherFile;
class SampleSet;
class Selection;

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
    const std::shared_ptr<const SampleSet> &samples() const { return m_work.samples(); }
    const QString &samplesPath() const { return m_samplesPath; }
    int sampleLimit() const { return m_work.limit(); }
    void setSampleLimit(int); // samples measured at most

    const std::shared_ptr<const Conversion> &conversion() const { return active().conversion.value; }
    const std::shared_ptr<const ErrorReport> &weightReport() const { return active().weights.value; } // weights only
    const std::shared_ptr<const ErrorReport> &errorReport() const
    {
        return active().errors.value;
    } // null without samples
    // What holds the errors of each layer alone: known before the rest, then the same as errorReport().
    const std::shared_ptr<const ErrorReport> &localReport() const { return active().local.value; }
    // Of the inserted requantize operators of conversion(); empty while they are not known.
    std::span<const BoundaryCost> boundaryCosts() const;
    bool isConversionStale() const;
    bool isLocalReportStale() const;
    bool isErrorReportStale() const;
    // Of a conversion with the preset "fast", on a few samples: the one asked for is on its way.
    bool isConversionPreliminary() const;
    bool isErrorReportPreliminary() const;
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

    // Results of all variants.
    const Computation &computation() const { return m_work; }
    Computation &computation() { return m_work; }

    Causes &causes() const { return *m_causes; }      // of the active variant's errors; measured when asked for
    OtherFile &otherFile() const { return *m_other; } // compared with the document's model

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
    void exportFinished();     // lastExport() is null if it failed; the reason is a diagnostic
    void idle();

private:
    void setDocument(std::unique_ptr<Document>, Diagnostics);
    void note(Activity, Diagnostic);
    void forget(Activity);
    int activeId() const; // 0 without a document
    const VariantResults &active() const { return m_work.results(activeId()); }
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
    QString m_samplesPath;
    std::shared_ptr<const ExportOutcome> m_exported;
    std::vector<Note> m_notes;

    bool m_wasIdle = true;
    // Last, so that they are gone (and their jobs done) before what the jobs' ends touch.
    Computation m_work;
    JobRunner m_load, m_sampleLoad, m_save, m_export;
    std::unique_ptr<OtherFile> m_other;
    std::unique_ptr<Causes> m_causes;
};

} // namespace requant
