// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/graphpanel.h"

#include "core/convert/convert.h"
#include "ui/logic/document.h"
#include "ui/logic/layermetrics.h"
#include "ui/logic/session.h"
#include "ui/widgets/graph/graphview.h"
#include "ui/widgets/theme/theme.h"

#include <QComboBox>
#include <QLabel>
#include <QToolBar>
#include <QVBoxLayout>

namespace requant {

GraphPanel::GraphPanel(Session *session, QWidget *parent)
    : QWidget(parent), m_session(session), m_view(new GraphView(this)), m_heat(new QComboBox(this))
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    auto *bar = new QToolBar(tr("Graph"), this);
    bar->setObjectName(QStringLiteral("graphToolBar"));
    bar->setIconSize(QSize(18, 18));
    const auto add = [&](const QString &icon, const QString &text, const QString &name, const QKeySequence &keys,
                         auto slot) {
        QAction *a = bar->addAction(themedIcon(icon), text, m_view, slot);
        a->setObjectName(name);
        a->setShortcut(keys);
        a->setShortcutContext(Qt::WindowShortcut);
        a->setToolTip(keys.isEmpty() ? text
                                     : QStringLiteral("%1 (%2)").arg(text, keys.toString(QKeySequence::NativeText)));
    };
    add(QStringLiteral("zoom-in"), tr("Zoom in"), QStringLiteral("graphZoomIn"), QKeySequence(Qt::CTRL | Qt::Key_Plus),
        &GraphView::zoomIn);
    add(QStringLiteral("zoom-out"), tr("Zoom out"), QStringLiteral("graphZoomOut"),
        QKeySequence(Qt::CTRL | Qt::Key_Minus), &GraphView::zoomOut);
    add(QStringLiteral("fit"), tr("Fit graph"), QStringLiteral("graphFit"), QKeySequence(Qt::CTRL | Qt::Key_0),
        &GraphView::fit);
    add(QStringLiteral("zoom-selection"), tr("Zoom to selection"), QStringLiteral("graphZoomSelection"),
        QKeySequence(Qt::CTRL | Qt::Key_9), &GraphView::zoomToSelection);
    add(QStringLiteral("search"), tr("Search graph"), QStringLiteral("graphSearch"), QKeySequence(Qt::CTRL | Qt::Key_G),
        &GraphView::showSearch);
    bar->addSeparator();
    auto *label = new QLabel(tr("Colour by"), this);
    label->setContentsMargins(kGrid / 2, 0, kGrid / 2, 0);
    bar->addWidget(label);
    m_heat->setObjectName(QStringLiteral("graphHeat"));
    m_heat->setAccessibleName(tr("Colour the graph by"));
    m_heat->addItem(tr("Operator"), -1);
    for (int i = 0; i < kLayerMetricCount; ++i) {
        m_heat->addItem(metricShortTitle(LayerMetric(i)), i);
        m_heat->setItemData(m_heat->count() - 1, metricTitle(LayerMetric(i)), Qt::ToolTipRole);
    }
    m_heat->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_heat->setMinimumContentsLength(16);
    label->setBuddy(m_heat);
    bar->addWidget(m_heat);
    m_view->setObjectName(QStringLiteral("graphView"));
    m_view->setAccessibleName(tr("Graph"));
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setSelection(m_session->selection());
    layout->addWidget(bar);
    layout->addWidget(m_view, 1);
    connect(m_heat, &QComboBox::currentIndexChanged, this, &GraphPanel::refresh);
    connect(m_session, &Session::documentChanged, this, [this] {
        const Document *doc = m_session->document();
        m_view->setModel(doc ? doc->model() : nullptr);
        refresh();
    });
    connect(m_session, &Session::resultsChanged, this, &GraphPanel::refresh);
}

void GraphPanel::setHeatMetric(int metric)
{
    m_heat->setCurrentIndex(m_heat->findData(metric));
}

void GraphPanel::refresh()
{
    m_view->setConversion(m_session->conversion());
    const int chosen = m_heat->currentData().toInt();
    const Document *doc = m_session->document();
    Heat heat;
    if (doc && chosen >= 0) {
        const auto metric = LayerMetric(chosen);
        const bool samples = needsSamples(metric), alone = metric == LayerMetric::LocalSqnr;
        const auto &report = alone ? m_session->localReport() : samples ? m_session->errorReport() : m_session->weightReport();
        const bool stale = alone     ? m_session->isLocalReportStale()
                           : samples ? m_session->isErrorReportStale()
                                     : m_session->isConversionStale();
        if (report)
            heat = makeHeat(metric, *report, doc->mainGraph().operators.size(), stale);
    }
    m_view->setHeat(heat);
}

} // namespace requant
