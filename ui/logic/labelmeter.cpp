// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/labelmeter.h"

#include "core/convert/convert.h"
#include "ui/logic/session.h"
#include "ui/logic/texts.h"

#include <QFileInfo>

namespace requant {

LabelMeter *LabelMeter::of(Session *session)
{
    auto *known = session->findChild<LabelMeter *>(QString(), Qt::FindDirectChildrenOnly);
    return known ? known : new LabelMeter(session);
}

LabelMeter::LabelMeter(Session *session) : QObject(session), m_session(session)
{
    connect(session, &Session::samplesChanged, this, [this] {
        m_measured = m_tried = nullptr;
        if (!m_session->samples())
            setLabels({});
        measure();
    });
    connect(session, &Session::resultsChanged, this, &LabelMeter::measure);
    connect(session, &Session::idle, this, &LabelMeter::measure);
}

void LabelMeter::forget()
{
    m_job.cancel();
    m_score.reset();
    m_measured = m_tried = nullptr;
    m_problem.clear();
    m_stale = false;
}

void LabelMeter::setLabels(const QString &path)
{
    if (path == m_path && (path.isEmpty() || m_labels))
        return;
    forget();
    m_path = path;
    m_labels.reset();
    if (path.isEmpty()) {
        emit changed();
        return;
    }
    m_job.start(
        tr("Opening labels"),
        [file = std::filesystem::path(path.toStdU16String())](const RunControl &) { return loadLabels(file); },
        [this](Result<std::vector<std::int64_t>> labels) {
            if (labels)
                m_labels = std::make_shared<const std::vector<std::int64_t>>(std::move(*labels));
            else
                m_problem = diagnosticText(labels.error());
            emit changed();
            measure();
        });
    emit changed();
}

void LabelMeter::measure()
{
    const auto conversion = m_session->conversion();
    const auto samples = m_session->samples();
    const bool stale = !conversion || m_session->isConversionStale() || m_measured != conversion;
    if (stale != m_stale) {
        m_stale = stale;
        emit changed();
    }
    if (!stale || !m_labels || !samples || !conversion || m_tried == conversion || !m_session->isIdle()
        || m_job.isRunning())
        return;
    m_tried = conversion;
    m_job.start(
        tr("Comparing with labels"),
        [conversion, samples, labels = m_labels, limit = std::size_t(m_session->sampleLimit())](const RunControl &run) {
            return scoreLabels(conversion->source, conversion->model, *samples, *labels, limit,
                               numerics(conversion->recipe), run);
        },
        [this, conversion](Result<LabelScore> score) {
            m_problem.clear();
            if (score) {
                m_score = *score;
                m_measured = conversion;
                m_stale = m_session->conversion() != conversion || m_session->isConversionStale();
            } else {
                m_score.reset();
                m_problem = diagnosticText(score.error());
            }
            emit changed();
            measure();
        });
}

QString LabelMeter::text() const
{
    if (!m_problem.isEmpty())
        return m_problem;
    if (m_path.isEmpty())
        return {};
    if (!m_score)
        return m_session->samples() ? tr("comparing with labels\u2026") : tr("labels need samples");
    const auto share = [this](std::size_t n) {
        return percentText(m_score->samples ? double(n) / double(m_score->samples) : 0);
    };
    const QString text =
        tr("top 1 %1 (source %2), top 5 %3 (source %4), %5")
            .arg(share(m_score->top1[1]), share(m_score->top1[0]), share(m_score->top5[1]), share(m_score->top5[0]),
                 countText(qint64(m_score->samples), "labelled sample", "labelled samples"));
    return m_stale ? tr("before: %1").arg(text) : text;
}

QString labelsBeside(const QString &samplesPath)
{
    const QFileInfo info(samplesPath);
    QString name = info.fileName();
    if (!name.contains(QStringLiteral("images")))
        return {};
    const QFileInfo labels(info.absolutePath() + u'/'
                           + name.replace(QStringLiteral("images"), QStringLiteral("labels")));
    return labels.isFile() ? labels.filePath() : QString();
}

} // namespace requant
