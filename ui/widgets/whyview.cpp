// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/whyview.h"

#include "core/constraints/opspec.h"
#include "core/convert/convert.h"
#include "ui/logic/document.h"
#include "ui/logic/issuesmodel.h"
#include "ui/logic/recipeedit.h"
#include "ui/logic/selection.h"
#include "ui/logic/session.h"
#include "ui/logic/texts.h"
#include "ui/widgets/theme/theme.h"

#include <QScrollBar>
#include <QTextBrowser>
#include <QUrl>
#include <QVBoxLayout>

namespace requant {

WhyView::WhyView(Session *session, QWidget *parent)
    : QWidget(parent), m_session(session), m_text(new QTextBrowser(this))
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    m_text->setObjectName(QStringLiteral("whyText"));
    m_text->setAccessibleName(tr("Reasons for this layer's scheme"));
    m_text->setFrameShape(QFrame::NoFrame);
    m_text->setOpenLinks(false);
    m_text->document()->setDocumentMargin(kGrid);
    layout->addWidget(m_text);
    connect(m_text, &QTextBrowser::anchorClicked, this,
            [this](const QUrl &url) { m_session->selection()->select(url.path().toInt()); });
    connect(m_session, &Session::documentChanged, this, &WhyView::refresh);
    connect(m_session, &Session::resultsChanged, this, &WhyView::refresh);
    connect(m_session->selection(), &Selection::changed, this, &WhyView::refresh);
    refresh();
}

void WhyView::refresh()
{
    const Document *doc = m_session->document();
    const int current = m_session->selection()->current();
    const auto &conversion = m_session->conversion();
    QString html;
    const auto muted = themeColor(ColorRole::Muted).name();
    const auto paragraph = [&](const QString &s) {
        html += QStringLiteral("<p style='margin:0 0 8px 0'>%1</p>").arg(s);
    };
    const auto heading = [&](const QString &s) {
        html += QStringLiteral("<p style='margin:8px 0 4px 0'><b>%1</b></p>").arg(s.toHtmlEscaped());
    };
    const auto hint = [&](const QString &s) {
        html += QStringLiteral("<p style='color:%1'>%2</p>").arg(muted, s.toHtmlEscaped());
    };
    if (!doc || current < 0 || std::size_t(current) >= doc->mainGraph().operators.size()) {
        hint(doc ? tr("Select a layer to see why its tensors are as they are.") : tr("Open a model first."));
    } else {
        const Model &model = *doc->model();
        const Subgraph &g = doc->mainGraph();
        const Operator &op = g.operators[std::size_t(current)];
        const auto link = [&](OperatorIndex o) {
            return o ? QStringLiteral("<a href='op:%1'>%2</a>")
                           .arg(o.value)
                           .arg(layerTitle(model, o.value).toHtmlEscaped())
                     : QString();
        };
        heading(layerTitle(model, current));
        if (conversion) {
            const auto &plans = conversion->resolution.tensors;
            const WeightedInputs weighted = weightedInputs(op.code);
            const auto plan = [&](const QString &role, TensorIndex t) {
                if (!t || t.pos() >= plans.size() || plans[t.pos()].wish.role == TensorRole::Other)
                    return;
                const TensorPlan &p = plans[t.pos()];
                const Tensor &after = conversion->model->subgraphs.front().tensor(t);
                QString text =
                    QStringLiteral("<b>%1</b>: %2").arg(role.toHtmlEscaped(), gridSentence(after).toHtmlEscaped());
                QString why = QString::fromStdString(p.reason).toHtmlEscaped();
                if (why.isEmpty()) {
                    why = p.origin == Origin::Kept ? tr("kept as in the source")
                          : p.wish.rule < 0        ? tr("as the recipe asks")
                          : std::size_t(p.wish.rule) < profileRules(conversion->recipe)
                              ? tr("as the target asks")
                              : tr("as the rule for %1 asks")
                                    .arg(conditionText(conversion->recipe.rules[std::size_t(p.wish.rule)]))
                                    .toHtmlEscaped();
                }
                text += QStringLiteral("<br><span style='color:%1'>%2</span>").arg(muted, why);
                for (const Adjustment &a : conversion->resolution.adjustments) {
                    if (a.tensor == t && wishSentence(a.asked) != wishSentence(a.granted))
                        text += QStringLiteral("<br><span style='color:%1'>%2</span>")
                                    .arg(muted, tr("asked for: %1").arg(wishSentence(a.asked)).toHtmlEscaped());
                }
                if (p.because && p.because.value != current)
                    text += QStringLiteral(" (%1)").arg(link(p.because));
                if (p.group >= 0) {
                    QStringList others;
                    for (std::size_t m = 0; m < plans.size() && others.size() < 8; ++m) {
                        if (m == t.pos() || plans[m].group != p.group)
                            continue;
                        if (const auto producer = doc->graph().producer(TensorIndex{m}))
                            others << link(producer);
                    }
                    if (!others.isEmpty())
                        text += QStringLiteral("<br><span style='color:%1'>%2</span> %3")
                                    .arg(muted, tr("one grid with"), others.join(QStringLiteral(", ")));
                }
                paragraph(text);
            };
            for (const auto t : op.outputs)
                plan(tr("Output"), t);
            int number = 0;
            for (const auto t : op.inputs) {
                if (t && t.pos() < g.tensors.size() && !model.isConstant(g.tensor(t))) {
                    const auto from = doc->graph().producer(t);
                    plan(op.inputs.size() > 1 ? tr("Input %1").arg(number) : tr("Input"), t);
                    if (from)
                        paragraph(QStringLiteral("<span style='color:%1'>%2</span> %3")
                                      .arg(muted, tr("comes from"), link(from)));
                }
                ++number;
            }
            if (weighted.weight >= 0 && std::size_t(weighted.weight) < op.inputs.size())
                plan(tr("Weights"), op.inputs[std::size_t(weighted.weight)]);
            if (weighted.bias >= 0 && std::size_t(weighted.bias) < op.inputs.size())
                plan(tr("Bias"), op.inputs[std::size_t(weighted.bias)]);

            QStringList boundaries;
            for (const Boundary &b : conversion->resolution.boundaries) {
                const auto producer = doc->graph().producer(b.tensor);
                if (b.consumer.value == current || producer.value == current)
                    boundaries << boundaryText(*conversion, m_session->boundaryCosts(), b).toHtmlEscaped();
            }
            if (!boundaries.isEmpty()) {
                heading(tr("Requantize operators"));
                for (const QString &b : boundaries)
                    paragraph(b);
            }
            QStringList findings;
            for (const Issue &i : issuesOf(*conversion, doc->graph())) {
                if (i.op == current && i.kind == IssueKind::Finding)
                    findings << severityText(i.severity) + QStringLiteral(": ") + i.text.toHtmlEscaped();
            }
            if (!findings.isEmpty()) {
                heading(tr("Findings"));
                for (const QString &f : findings)
                    paragraph(f);
            }
        } else {
            hint(tr("Reasons appear when the conversion is done."));
        }
        if (const OpSpec *spec = findOpSpec(op.code); spec && !spec->rows.empty()) {
            heading(tr("What the runtime demands of %1").arg(QString::fromStdString(opName(op.code))));
            QStringList seen;
            for (const ConstraintRow &row : spec->rows) {
                const QString why = toQString(row.why);
                if (!why.isEmpty() && !seen.contains(why))
                    seen << why;
            }
            for (const QString &s : seen)
                html +=
                    QStringLiteral("<p style='margin:0 0 4px 0;color:%1'>\u2022 %2</p>").arg(muted, s.toHtmlEscaped());
        }
    }
    const int scroll = m_text->verticalScrollBar()->value();
    m_text->setHtml(html);
    m_text->verticalScrollBar()->setValue(scroll);
}

} // namespace requant
