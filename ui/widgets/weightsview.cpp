// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/weightsview.h"

#include "core/convert/convert.h"
#include "ui/logic/document.h"
#include "ui/logic/selection.h"
#include "ui/logic/session.h"
#include "ui/logic/texts.h"
#include "ui/widgets/channelchart.h"
#include "ui/widgets/histogramview.h"

#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>

#include <algorithm>

namespace requant {
namespace {

const LayerError *layerOf(const std::shared_ptr<const ErrorReport> &report, int op)
{
    if (!report)
        return nullptr;
    const auto it = std::find_if(report->layers.begin(), report->layers.end(), [op](const LayerError &l) { return l.source.value == op; });
    return it == report->layers.end() ? nullptr : &*it;
}

} // namespace

WeightsView::WeightsView(Session *session, QWidget *parent)
    : QWidget(parent), m_session(session), m_title(new QLabel(this)), m_summary(new QLabel(this)), m_channelText(new QLabel(this)),
      m_charts(new QScrollArea(this)), m_histogram(new HistogramView),
      m_scales(new ChannelChart(tr("Scale of the weights"), {}, ChannelChart::Axis::PowersOfTwo)),
      m_errors(new ChannelChart(tr("Weight SQNR"), QStringLiteral("dB"), ChannelChart::Axis::FromZero)),
      m_shifts(new ChannelChart(tr("Mean shift of the output, layer alone"), tr("steps"), ChannelChart::Axis::FromZero))
{
    setObjectName(QStringLiteral("weightsView"));
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(kGrid, kGrid, kGrid, 0);
    layout->setSpacing(kGrid / 2);
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    m_title->setFont(bold);
    for (QLabel *l : {m_title, m_summary, m_channelText}) {
        l->setWordWrap(true);
        l->setTextInteractionFlags(Qt::TextSelectableByMouse);
        layout->addWidget(l);
    }
    m_summary->setForegroundRole(QPalette::PlaceholderText);
    m_channelText->setObjectName(QStringLiteral("channelText"));
    auto *page = new QWidget;
    auto *column = new QVBoxLayout(page);
    column->setContentsMargins(0, kGrid / 2, 0, kGrid);
    column->setSpacing(kGrid);
    m_histogram->setObjectName(QStringLiteral("weightHistogram"));
    m_scales->setObjectName(QStringLiteral("channelScales"));
    m_errors->setObjectName(QStringLiteral("channelErrors"));
    m_shifts->setObjectName(QStringLiteral("channelShifts"));
    column->addWidget(m_histogram);
    for (ChannelChart *c : {m_scales, m_errors, m_shifts}) {
        column->addWidget(c);
        connect(c, &ChannelChart::currentChanged, this, [this](int channel) {
            if (channel == m_channel)
                return;
            m_chosen = true;
            showChannel(channel);
        });
    }
    column->addStretch(1);
    m_charts->setWidget(page);
    m_charts->setWidgetResizable(true);
    m_charts->setFrameShape(QFrame::NoFrame);
    m_charts->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_charts->setFocusPolicy(Qt::NoFocus);
    layout->addWidget(m_charts, 1);
    m_scales->setWhatsThis(tr("The scale of each output channel's weights, in powers of two: grey before, coloured after conversion."));
    m_errors->setWhatsThis(tr("Signal to quantization noise ratio of each output channel's weights against the source's; more is better."));
    m_shifts->setWhatsThis(tr("How far the mean of each output channel moves when this layer alone is converted, in steps of its new scale. "
                              "A shift adds up from layer to layer; folding corrects it in the bias."));
    connect(m_session, &Session::documentChanged, this, &WeightsView::refresh);
    connect(m_session, &Session::resultsChanged, this, &WeightsView::refresh);
    connect(m_session->selection(), &Selection::changed, this, &WeightsView::refresh);
    refresh();
}

void WeightsView::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    refresh();
}

void WeightsView::refresh()
{
    if (!isVisible())
        return;
    const Document *doc = m_session->document();
    const int op = m_session->selection()->current();
    const auto conversion = m_session->conversion();
    m_facts = {};
    if (doc && op >= 0 && std::size_t(op) < doc->mainGraph().operators.size())
        m_facts = channelFacts(*doc->model(), conversion.get(), op, layerOf(m_session->weightReport(), op), layerOf(m_session->localReport(), op));
    m_charts->setVisible(!m_facts.isEmpty());
    m_channelText->setVisible(!m_facts.isEmpty());
    if (m_facts.isEmpty()) {
        m_counting.cancel();
        m_countedLayer = -1;
        m_title->setText(doc && op >= 0 ? layerTitle(*doc->model(), op) : QString());
        m_title->setVisible(!m_title->text().isEmpty());
        m_summary->setText(!doc ? tr("Open a model first.") : op < 0 ? tr("Select a layer to see its weights.") : tr("This layer has no weights."));
        m_channel = -1;
        return;
    }
    m_title->setVisible(true);
    m_title->setText(breakable(layerTitle(*doc->model(), op)));
    const int worst = m_facts.worst();
    QString summary = m_facts.isPerChannel() ? tr("%1 channels, a scale for each").arg(m_facts.channels) : tr("%1 channels, one scale for all").arg(m_facts.channels);
    if (worst >= 0)
        summary += tr(". Largest error in channel %1").arg(worst);
    if (m_session->isConversionStale())
        summary += QStringLiteral(" (%1)").arg(tr("of the recipe before"));
    m_summary->setText(summary);
    m_scales->setLines({{tr("before"), ColorRole::Before, m_facts.scaleBefore}, {tr("after"), ColorRole::After, m_facts.scaleAfter}});
    m_errors->setLines({{tr("after"), ColorRole::After, m_facts.weightSqnr}});
    m_shifts->setLines({{tr("after"), ColorRole::After, m_facts.shift}});
    m_scales->setVisible(m_facts.isPerChannel());
    m_errors->setVisible(!m_facts.weightSqnr.empty());
    m_shifts->setVisible(!m_facts.shift.empty());
    m_chosen = m_chosen && op == m_countedLayer && std::size_t(m_channel) < m_facts.channels;
    showChannel(m_chosen ? m_channel : std::max(worst, 0));
    count(op);
}

// Counting millions of weights takes its time: a job, and only for another layer or conversion.
void WeightsView::count(int op)
{
    const auto source = m_session->document()->model();
    const auto conversion = m_session->conversion();
    if (source == m_countedSource && conversion == m_countedConversion && op == m_countedLayer)
        return;
    if (op != m_countedLayer || source != m_countedSource)
        m_histogram->setHistogram({});
    m_countedSource = source;
    m_countedConversion = conversion;
    m_countedLayer = op;
    m_counting.start(
        tr("Counting weights"),
        [source, conversion, op](const RunControl &) -> Result<Histogram> {
            return weightHistogram(*source, conversion ? conversion->model.get() : nullptr, op);
        },
        [this](Result<Histogram> h) {
            if (h)
                m_histogram->setHistogram(std::move(*h));
        });
}

void WeightsView::showChannel(int channel)
{
    m_channel = channel;
    for (ChannelChart *c : {m_scales, m_errors, m_shifts})
        c->setCurrent(channel);
    m_channelText->setText(channel >= 0 ? m_facts.text(std::size_t(channel)) : QString());
}

} // namespace requant
