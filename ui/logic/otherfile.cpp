// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/otherfile.h"

#include "core/convert/align.h"
#include "core/convert/convert.h"
#include "core/onnx/loadmodel.h"
#include "ui/logic/document.h"
#include "ui/logic/session.h"
#include "ui/logic/texts.h"

#include <QFileInfo>

namespace requant {

namespace {

constexpr Message kNothingMatches{"ui.nothing-matches", "no layer belongs to one of the open model"};
constexpr Message kNoGraph{"ui.no-graph", "the file holds no graph"};

struct Loaded
{
    std::shared_ptr<const Model> model;
    std::shared_ptr<const Alignment> alignment;
    std::shared_ptr<const ErrorReport> weights;
};

} // namespace

OtherFile::OtherFile(Session *session) : m_session(session)
{
    connect(session, &Session::documentChanged, this, &OtherFile::close);
    connect(session, &Session::samplesChanged, this, &OtherFile::measure);
}

OtherFile::~OtherFile() = default;

QString OtherFile::name() const
{
    return QFileInfo(m_path).fileName();
}

void OtherFile::open(const QString &path)
{
    const Document *doc = m_session->document();
    if (!doc)
        return;
    m_load.start(
        tr("Opening %1").arg(QFileInfo(path).fileName()),
        [file = std::filesystem::path(path.toStdU16String()),
         source = doc->model()](const RunControl &run) -> Result<Loaded> {
            if (!run.step(0, 0, "reading"))
                return cancelledError();
            auto loaded = loadModel(file);
            if (!loaded)
                return loaded.error();
            if (loaded->model->subgraphs.empty())
                return makeError(kNoGraph);
            if (!run.step(0, 0, "matching layers"))
                return cancelledError();
            Loaded out;
            out.model = loaded->model;
            out.alignment = std::make_shared<const Alignment>(alignModels(source, loaded->model));
            if (out.alignment->matched() == 0)
                return makeError(kNothingMatches);
            out.weights = std::make_shared<const ErrorReport>(measureWeights(out.alignment->models));
            return out;
        },
        [this, path](Result<Loaded> loaded) {
            if (!loaded) {
                emit failed(path, diagnosticText(loaded.error()));
                return;
            }
            m_path = path;
            m_model = loaded->model;
            m_alignment = loaded->alignment;
            m_weights = loaded->weights;
            m_partners.assign(m_session->document()->mainGraph().operators.size(), -1);
            const auto &origin = m_alignment->models.origin;
            for (std::size_t i = 0; i < origin.size(); ++i) {
                if (origin[i])
                    m_partners[origin[i].pos()] = int(i);
            }
            measure();
            emit changed();
        });
}

void OtherFile::measure()
{
    m_measure.cancel();
    m_errors.reset();
    if (!m_alignment)
        return;
    emit changed();
    const auto &samples = m_session->samples();
    if (!samples)
        return;
    m_measure.start(
        tr("Simulating %1").arg(name()),
        [alignment = m_alignment, model = m_model, samples, limit = std::size_t(m_session->sampleLimit())](
            const RunControl &run) -> Result<std::shared_ptr<const ErrorReport>> {
            // As the file says what it was made for; other files run as in TFLite.
            const auto recipe = recordedRecipe(*model);
            auto r = measureErrors(alignment->models, *samples, limit, recipe ? numerics(*recipe) : Numerics(), run);
            if (!r)
                return r.error();
            return std::shared_ptr<const ErrorReport>(std::make_shared<ErrorReport>(std::move(*r)));
        },
        [this](Result<std::shared_ptr<const ErrorReport>> r) {
            if (r)
                m_errors = *r;
            else
                emit failed(m_path, diagnosticText(r.error()));
            emit changed();
        });
}

void OtherFile::close()
{
    cancel();
    if (!m_alignment)
        return;
    m_path.clear();
    m_model.reset();
    m_alignment.reset();
    m_partners.clear();
    m_weights.reset();
    m_errors.reset();
    emit changed();
}

void OtherFile::cancel()
{
    m_load.cancel();
    m_measure.cancel();
}

Measured OtherFile::measured() const
{
    Measured m;
    m.name = name();
    m.model = m_alignment ? m_alignment->models.converted : nullptr;
    m.weights = m_weights;
    m.local = m.errors = m_errors;
    return m;
}

QString OtherFile::summary() const
{
    if (!m_alignment)
        return {};
    QStringList words{tr("%1 of %2 layers matched (%3 by name, %4 by order)")
                          .arg(m_alignment->matched())
                          .arg(m_partners.size())
                          .arg(m_alignment->byName)
                          .arg(m_alignment->byOrder)};
    if (const auto n = m_alignment->onlyOther.size())
        words << tr("%1 only in %2").arg(countText(qint64(n), "layer", "layers"), name());
    return words.join(QStringLiteral("; "));
}

} // namespace requant
