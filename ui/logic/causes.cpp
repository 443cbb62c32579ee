// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/causes.h"

#include "core/convert/diagnosis.h"
#include "ui/logic/document.h"
#include "ui/logic/session.h"

namespace requant {

using Found = std::shared_ptr<const Diagnosis>;

Causes::Causes(Session *session) : m_session(session)
{
    connect(session, &Session::documentChanged, this, &Causes::forget);
    connect(session, &Session::samplesChanged, this, &Causes::forget);
    connect(session, &Session::resultsChanged, this, &Causes::dropOvertaken);
    connect(&m_job, &JobRunner::runningChanged, this, &Causes::changed);
}

// An edit goes before what is measured of a recipe that is no more.
void Causes::dropOvertaken()
{
    const Document *doc = m_session->document();
    if (m_job.isRunning() && doc && doc->revision() != m_runRevision)
        m_job.cancel();
}

Causes::~Causes()
{
    m_job.disconnect(this);
}

void Causes::forget()
{
    m_job.cancel();
    m_known.clear();
    m_failure.reset();
    m_failedRevision = m_stoppedRevision = 0;
    emit changed();
}

const Dated<Diagnosis> &Causes::diagnosis(int variant) const
{
    static const Dated<Diagnosis> kNone;
    const auto it = m_known.find(variant);
    return it == m_known.end() ? kNone : it->second;
}

bool Causes::isStale(int variant) const
{
    const Variant *v = m_session->document() ? m_session->document()->variants()->find(variant) : nullptr;
    return v && diagnosis(variant).revision != v->revision;
}

bool Causes::isStopped() const
{
    const Document *doc = m_session->document();
    return doc && m_stoppedRevision != 0 && m_stoppedRevision == doc->revision();
}

void Causes::start()
{
    const Document *doc = m_session->document();
    if (!doc || !m_session->samples() || m_session->isConversionStale() || m_session->isConversionPreliminary()
        || !m_session->conversion() || m_job.isRunning())
        return;
    const Variant &v = doc->variants()->active();
    if (!isStale(v.id) || m_failedRevision == v.revision)
        return;
    m_stoppedRevision = 0;
    m_runRevision = v.revision;
    ConvertInput input;
    input.model = doc->model();
    input.recipe = v.recipe;
    input.statistics = std::static_pointer_cast<const Statistics>(m_session->computation().statistics());
    input.samples = m_session->samples();
    m_job.start(
        tr("Splitting errors by cause"),
        [input = std::move(input), conversion = m_session->conversion()](const RunControl &run) -> Result<Found> {
            DiagnoseOptions how;
            how.steps = how.endToEnd = false;
            how.finished = conversion.get();
            auto found = diagnose(input, how, run);
            if (!found)
                return found.error();
            return std::make_shared<const Diagnosis>(std::move(*found));
        },
        [this, id = v.id, revision = v.revision](Result<Found> found) {
            m_failure.reset();
            if (found) {
                m_known[id] = {*found, revision};
            } else {
                m_failure = found.error();
                m_failedRevision = revision;
            }
            emit changed();
        });
}

void Causes::cancel()
{
    if (m_job.isRunning())
        m_stoppedRevision = m_runRevision;
    m_job.cancel();
    emit changed();
}

} // namespace requant
