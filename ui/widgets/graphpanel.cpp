// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/graphpanel.h"

#include "core/convert/convert.h"
#include "ui/logic/document.h"
#include "ui/logic/session.h"
#include "ui/widgets/graph/graphview.h"
#include "ui/widgets/theme/theme.h"

#include <QComboBox>
#include <QLabel>
#include <QMenu>
#include <QSettings>
#include <QSignalBlocker>
#include <QTabBar>
#include <QToolBar>
#include <QToolButton>
#include <QVBoxLayout>

#include <utility>

namespace requant {

GraphPanel::GraphPanel(Session *session, QWidget *parent)
    : QWidget(parent), m_session(session), m_view(new GraphView(this)), m_subgraphs(new QTabBar(this)),
      m_quantity(new QComboBox(this)), m_reach(new QComboBox(this))
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    auto *bar = new QToolBar(tr("Graph"), this);
    bar->setObjectName(QStringLiteral("graphToolBar"));
    bar->setIconSize(QSize(18, 18));
    addView(bar);
    bar->addSeparator();
    addShape(bar);
    bar->addSeparator();
    addHeat(bar);
    m_subgraphs->setObjectName(QStringLiteral("subgraphTabs"));
    m_subgraphs->setAccessibleName(tr("Subgraphs"));
    m_subgraphs->setDocumentMode(true);
    m_subgraphs->setExpanding(false);
    m_subgraphs->setUsesScrollButtons(true);
    m_subgraphs->setElideMode(Qt::ElideMiddle);
    m_subgraphs->hide();
    m_view->setObjectName(QStringLiteral("graphView"));
    m_view->setAccessibleName(tr("Graph"));
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setSelection(m_session->selection());
    layout->addWidget(bar);
    layout->addWidget(m_subgraphs);
    layout->addWidget(m_view, 1);
    connect(m_subgraphs, &QTabBar::currentChanged, this, &GraphPanel::showSubgraph);
    connect(m_view, &GraphView::subgraphActivated, m_subgraphs, &QTabBar::setCurrentIndex);
    connect(m_session, &Session::documentChanged, this, &GraphPanel::showDocument);
    connect(m_session, &Session::resultsChanged, this, &GraphPanel::refresh);
}

void GraphPanel::addView(QToolBar *bar)
{
    const auto add = [&](QWidget *where, const QString &icon, const QString &text, const QString &name, const QKeySequence &keys, auto slot) {
        QAction *a = where->addAction(themedIcon(icon), text, m_view, slot);
        a->setObjectName(name);
        a->setShortcut(keys);
        a->setShortcutContext(Qt::WindowShortcut);
        a->setToolTip(QStringLiteral("%1 (%2)").arg(text, keys.toString(QKeySequence::NativeText)));
    };
    // By wheel and keys; their buttons would push the colours out of a narrow window.
    add(this, QStringLiteral("zoom-in"), tr("Zoom in"), QStringLiteral("graphZoomIn"), QKeySequence(Qt::CTRL | Qt::Key_Plus), &GraphView::zoomIn);
    add(this, QStringLiteral("zoom-out"), tr("Zoom out"), QStringLiteral("graphZoomOut"), QKeySequence(Qt::CTRL | Qt::Key_Minus), &GraphView::zoomOut);
    add(bar, QStringLiteral("fit"), tr("Fit graph"), QStringLiteral("graphFit"), QKeySequence(Qt::CTRL | Qt::Key_0), &GraphView::fit);
    add(bar, QStringLiteral("zoom-selection"), tr("Zoom to selection"), QStringLiteral("graphZoomSelection"), QKeySequence(Qt::CTRL | Qt::Key_9),
        &GraphView::zoomToSelection);
    add(bar, QStringLiteral("search"), tr("Search graph"), QStringLiteral("graphSearch"), QKeySequence(Qt::CTRL | Qt::Key_G), &GraphView::showSearch);
}

// In one menu: a button for each would push the colours out of a narrow window.
void GraphPanel::addShape(QToolBar *bar)
{
    auto *button = new QToolButton(bar);
    auto *menu = new QMenu(button);
    const auto toggle = [&](const QString &icon, const QString &text, const QString &name, const QKeySequence &keys, bool on, auto slot) {
        QAction *a = menu->addAction(themedIcon(icon), text);
        a->setObjectName(name);
        a->setCheckable(true);
        a->setChecked(on);
        a->setShortcut(keys);
        addAction(a); // its keys work while the menu is closed
        connect(a, &QAction::toggled, m_view, slot);
        return a;
    };
    m_across = toggle(QStringLiteral("across"), tr("Graph from left to right"), QStringLiteral("graphAcross"),
                      QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_D), false, &GraphView::setLeftToRight);
    m_labels = toggle(QStringLiteral("labels"), tr("Types and scales at lines"), QStringLiteral("graphLabels"),
                      QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_L), false, &GraphView::setEdgeLabelsVisible);
    toggle(QStringLiteral("minimap"), tr("Overview"), QStringLiteral("graphOverview"), {}, true, &GraphView::setMinimapVisible);
    toggle(QStringLiteral("heat"), tr("Legend"), QStringLiteral("graphLegendShown"), {}, true, &GraphView::setLegendVisible);
    m_scopes = menu->addMenu(themedIcon(QStringLiteral("scope")), tr("Name scopes"));
    m_scopes->menuAction()->setObjectName(QStringLiteral("graphScopes"));
    button->setObjectName(QStringLiteral("graphShape"));
    button->setAccessibleName(tr("Shape of the graph"));
    button->setToolTip(tr("Direction, labels, overview and name scopes"));
    button->setIcon(themedIcon(QStringLiteral("graph")));
    button->setPopupMode(QToolButton::InstantPopup);
    button->setMenu(menu);
    bar->addWidget(button);
    connect(m_scopes, &QMenu::aboutToShow, this, &GraphPanel::fillScopes);
    connect(m_view, &GraphView::shapeChanged, this, [this] {
        const QSignalBlocker quietAcross(m_across), quietLabels(m_labels);
        m_across->setChecked(m_view->shape().leftToRight);
        m_labels->setChecked(m_view->hasEdgeLabels());
    });
}

void GraphPanel::fillScopes()
{
    m_scopes->clear();
    const int depth = m_view->scopeDepth();
    auto *open = m_scopes->addAction(depth > 0 ? tr("Open all") : tr("No layer's name has a scope"), this, [this] { m_view->collapseScopes(0); });
    open->setEnabled(!m_view->shape().collapsed.isEmpty());
    for (int d = 1; d <= depth && d <= 6; ++d)
        m_scopes->addAction(d == 1 ? tr("Collapse outermost scopes") : tr("Collapse scopes of level %1").arg(d), this,
                            [this, d] { m_view->collapseScopes(d); });
}

void GraphPanel::addHeat(QToolBar *bar)
{
    auto *label = new QLabel(this); // a picture: words would push the choices out of narrow windows
    label->setPixmap(themedIcon(QStringLiteral("heat")).pixmap(18));
    label->setToolTip(tr("Colour the graph by"));
    label->setContentsMargins(kGrid / 2, 0, kGrid / 2, 0);
    bar->addWidget(label);
    m_quantity->setObjectName(QStringLiteral("graphHeat"));
    m_quantity->setAccessibleName(tr("Colour the graph by"));
    m_quantity->addItem(tr("Kind of operator"), -1);
    for (int i = 0; i < kHeatQuantityCount; ++i)
        m_quantity->addItem(heatTitle(HeatQuantity(i)), i);
    m_quantity->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_quantity->setMinimumContentsLength(12);
    m_quantity->setMaxVisibleItems(16);
    m_quantity->setToolTip(tr("Colour the graph by"));
    bar->addWidget(m_quantity);
    m_reach->setObjectName(QStringLiteral("graphHeatReach"));
    m_reach->setAccessibleName(tr("Local or cumulative"));
    m_reach->setToolTip(tr("Each layer alone, fed with the source's activations, or the whole network converted"));
    m_reach->addItem(tr("Local"), int(HeatReach::Local));
    m_reach->addItem(tr("Cumulative"), int(HeatReach::EndToEnd));
    m_reachAction = bar->addWidget(m_reach);
    m_reachAction->setVisible(false);
    connect(m_quantity, &QComboBox::currentIndexChanged, this, &GraphPanel::refresh);
    connect(m_reach, &QComboBox::currentIndexChanged, this, &GraphPanel::refresh);
}

std::optional<HeatChoice> GraphPanel::heat() const
{
    const int chosen = m_quantity->currentData().toInt();
    if (chosen < 0)
        return std::nullopt;
    return HeatChoice{HeatQuantity(chosen), HeatReach(m_reach->currentData().toInt())};
}

void GraphPanel::setHeat(std::optional<HeatChoice> choice)
{
    if (choice)
        m_reach->setCurrentIndex(m_reach->findData(int(choice->reach)));
    m_quantity->setCurrentIndex(m_quantity->findData(choice ? int(choice->quantity) : -1));
}

void GraphPanel::restore()
{
    const QSettings settings;
    m_view->setLeftToRight(settings.value(QStringLiteral("graphAcross")).toBool());
    m_view->setEdgeLabelsVisible(settings.value(QStringLiteral("graphLabels")).toBool());
}

void GraphPanel::remember() const
{
    QSettings settings;
    settings.setValue(QStringLiteral("graphAcross"), m_view->shape().leftToRight);
    settings.setValue(QStringLiteral("graphLabels"), m_view->hasEdgeLabels());
}

void GraphPanel::showDocument()
{
    const Document *doc = m_session->document();
    {
        const QSignalBlocker quiet(m_subgraphs);
        while (m_subgraphs->count() > 0)
            m_subgraphs->removeTab(0);
        const int count = doc ? int(doc->model()->subgraphs.size()) : 0;
        for (int i = 0; i < count; ++i) {
            const QString title = subgraphTitle(*doc->model(), i);
            m_subgraphs->addTab(i == 0 ? tr("%1 (main)").arg(title) : title);
            m_subgraphs->setTabToolTip(i, tr("Subgraph %1, %2 operators").arg(i).arg(doc->model()->subgraphs[std::size_t(i)].operators.size()));
        }
        m_subgraphs->setVisible(count > 1);
    }
    m_view->setModel(doc ? doc->model() : nullptr);
    refresh();
}

void GraphPanel::showSubgraph(int index)
{
    if (const Document *doc = m_session->document(); doc && index >= 0)
        m_view->setModel(doc->model(), SubgraphIndex(std::size_t(index)));
}

void GraphPanel::refresh()
{
    m_view->setConversion(m_session->conversion());
    const auto choice = heat();
    m_reachAction->setVisible(choice && hasReach(choice->quantity, HeatReach::Local));
    m_view->setHeat(choice ? heatOf(*m_session, *choice) : Heat());
}

} // namespace requant
