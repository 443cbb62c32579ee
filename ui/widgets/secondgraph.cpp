// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/secondgraph.h"

#include "core/convert/convert.h"
#include "ui/logic/comparison.h"
#include "ui/logic/document.h"
#include "ui/logic/otherfile.h"
#include "ui/logic/selection.h"
#include "ui/logic/session.h"
#include "ui/widgets/graph/graphview.h"
#include "ui/widgets/theme/theme.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QSignalBlocker>
#include <QSplitter>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace requant {

SecondGraph::SecondGraph(Session *session, Comparison *comparison, GraphView *first, QWidget *parent)
    : QWidget(parent), m_session(session), m_comparison(comparison), m_first(first), m_view(new GraphView(this)),
      m_selection(new Selection(this)), m_what(new QComboBox(this)), m_colour(new QComboBox(this))
{
    setObjectName(QStringLiteral("secondGraphPanel"));
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    auto *row = new QHBoxLayout;
    row->setContentsMargins(kGrid, 3, kGrid / 2, 3);
    row->setSpacing(kGrid);
    m_what->setObjectName(QStringLiteral("secondGraphOf"));
    m_what->setAccessibleName(tr("What the second graph shows"));
    m_what->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_what->setMinimumContentsLength(8);
    m_colour->setObjectName(QStringLiteral("secondGraphColour"));
    m_colour->setAccessibleName(tr("Colour the second graph by"));
    m_colour->addItems({tr("Operator"), tr("Numbers"), tr("Difference")});
    m_colour->setItemData(1, tr("The numbers that the comparison is about"), Qt::ToolTipRole);
    m_colour->setItemData(2, tr("The second's numbers minus the first's: blue is better, orange is worse"),
                          Qt::ToolTipRole);
    m_colour->setCurrentIndex(2);
    auto *close = new QToolButton(this);
    close->setObjectName(QStringLiteral("secondGraphClose"));
    close->setAccessibleName(tr("Close the second graph"));
    close->setToolTip(close->accessibleName());
    close->setIcon(themedIcon(QStringLiteral("close")));
    close->setAutoRaise(true);
    row->addWidget(m_what, 1);
    row->addWidget(m_colour);
    row->addWidget(close);
    layout->addLayout(row);
    m_view->setObjectName(QStringLiteral("secondGraph"));
    m_view->setAccessibleName(tr("Second graph"));
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setMinimapVisible(false);
    m_view->setSelection(m_selection);
    m_view->viewport()->installEventFilter(this);
    layout->addWidget(m_view, 1);

    connect(close, &QToolButton::clicked, this, &SecondGraph::closeRequested);
    connect(m_what, &QComboBox::activated, this,
            [this](int index) { m_comparison->setPair(m_comparison->first(), index); });
    connect(m_colour, &QComboBox::currentIndexChanged, this, &SecondGraph::refresh);
    connect(m_comparison, &Comparison::changed, this, &SecondGraph::refresh);
    connect(m_first, &GraphView::viewMoved, this, [this] { follow(true); });
    connect(m_view, &GraphView::viewMoved, this, [this] {
        if (m_placed)
            follow(false);
    });
    connect(m_view, &GraphView::ready, this, [this] { follow(true); });
    connect(m_first, &GraphView::shapeChanged, this, [this] {
        if (isVisible())
            m_view->setShape(m_first->shape());
    });
    connect(m_session->selection(), &Selection::changed, this, &SecondGraph::selectionToSecond);
    connect(m_selection, &Selection::changed, this, &SecondGraph::selectionToFirst);
}

void SecondGraph::setDifferenceShown(bool on)
{
    m_colour->setCurrentIndex(on ? 2 : 0);
}

void SecondGraph::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    if (auto *splitter = qobject_cast<QSplitter *>(parentWidget()); splitter && !std::exchange(m_halved, true))
        splitter->setSizes({splitter->width() / 2, splitter->width() / 2});
    m_view->setShape(m_first->shape());
    refresh();
    selectionToSecond();
    follow(true);
}

// Two narrow graphs: the legend of families would take a third of their height.
void SecondGraph::giveRoom()
{
    const bool narrow = isVisible() && m_first->width() < 320;
    for (GraphView *view : {m_first, m_view})
        view->setFamiliesListed(!narrow);
}

void SecondGraph::hideEvent(QHideEvent *event)
{
    QWidget::hideEvent(event);
    giveRoom();
}

// The second graph leads where it is moved, not where it gets another size.
bool SecondGraph::eventFilter(QObject *, QEvent *event)
{
    if (event->type() == QEvent::Resize) {
        m_placed = false;
        QMetaObject::invokeMethod(
            this, [this] { follow(true); }, Qt::QueuedConnection);
    }
    return false;
}

bool SecondGraph::showsFile() const
{
    return m_comparison->hasPair() && m_comparison->all()[std::size_t(m_comparison->second())].variant == 0;
}

void SecondGraph::refresh()
{
    if (!isVisible())
        return;
    const Document *doc = m_session->document();
    const auto &all = m_comparison->all();
    {
        const QSignalBlocker quiet(m_what);
        m_what->clear();
        for (const Measured &m : all)
            m_what->addItem(m.variant ? tr("Variant %1").arg(m.name) : m.name);
        m_what->setCurrentIndex(m_comparison->second());
    }
    if (!doc || !m_comparison->hasPair()) {
        m_view->setModel(nullptr);
        m_shown.reset();
        return;
    }
    const Measured &a = all[std::size_t(m_comparison->first())], &b = all[std::size_t(m_comparison->second())];
    const bool file = showsFile();
    const std::size_t n = doc->mainGraph().operators.size();
    m_what->setToolTip(file ? m_session->otherFile().summary() : QString());
    if (const auto &shown = file ? m_session->otherFile().model() : doc->model(); shown != m_shown) {
        m_shown = shown;
        m_placed = false;
        m_view->setModel(shown);
    }
    m_view->setConversion(file ? nullptr : b.conversion);
    Heat heat;
    bool stale = false;
    if (m_colour->currentIndex() == 2)
        heat = differenceHeat(m_comparison->choice(), a, b, n);
    else if (m_colour->currentIndex() == 1 && b.report(m_comparison->choice(), &stale))
        heat = makeHeat(m_comparison->choice(), *b.report(m_comparison->choice()), n, stale);
    if (file && !heat.isEmpty()) { // in the file's own numbers
        const auto &partners = m_session->otherFile().partners();
        std::vector<double> values(m_session->otherFile().model()->subgraphs.front().operators.size(),
                                   std::numeric_limits<double>::quiet_NaN());
        for (std::size_t i = 0; i < std::min(partners.size(), heat.values.size()); ++i) {
            if (partners[i] >= 0)
                values[std::size_t(partners[i])] = heat.values[i];
        }
        heat.values = std::move(values);
    }
    m_view->setHeat(heat);
    giveRoom();
}

int SecondGraph::partnerOf(int op, bool ofFirst) const
{
    if (op < 0 || !showsFile())
        return op;
    const auto &partners = m_session->otherFile().partners();
    if (ofFirst)
        return std::size_t(op) < partners.size() ? partners[std::size_t(op)] : -1;
    const auto it = std::find(partners.begin(), partners.end(), op);
    return it == partners.end() ? -1 : int(it - partners.begin());
}

// The follower shows the same place; of another file, what belongs to the layer nearest to the leader's middle.
void SecondGraph::follow(bool firstLeads)
{
    if (m_syncing || !isVisible())
        return;
    GraphView *leader = firstLeads ? m_first : m_view, *follower = firstLeads ? m_view : m_first;
    if (!leader->isReady() || !follower->isReady() || leader->viewport()->rect().isEmpty()
        || follower->viewport()->rect().isEmpty()) // not laid out yet: it shows no place
        return;
    QPointF centre = leader->visibleScene().center();
    if (showsFile()) {
        const GraphNode *nearest = nullptr, *partner = nullptr;
        double best = std::numeric_limits<double>::infinity();
        std::vector<const GraphNode *> others(follower->content().nodes.size(), nullptr);
        for (const GraphNode &o : follower->content().nodes) {
            if (o.op >= 0 && std::size_t(o.op) < others.size())
                others[std::size_t(o.op)] = &o;
        }
        for (const GraphNode &node : leader->content().nodes) {
            const int other = partnerOf(node.op, firstLeads);
            const QPointF d = node.rect.center() - centre;
            const double distance = std::hypot(d.x(), d.y());
            if (other < 0 || std::size_t(other) >= others.size() || !others[std::size_t(other)] || distance >= best)
                continue;
            best = distance;
            nearest = &node;
            partner = others[std::size_t(other)];
        }
        if (!nearest)
            return;
        centre += partner->rect.center() - nearest->rect.center();
    }
    m_syncing = true;
    follower->showPlace(centre, leader->zoom());
    m_placed = true;
    m_syncing = false;
}

void SecondGraph::selectionToSecond()
{
    if (m_syncing || !isVisible())
        return;
    m_syncing = true;
    std::vector<int> ops;
    for (const int op : m_session->selection()->operators()) {
        if (const int other = partnerOf(op, true); other >= 0)
            ops.push_back(other);
    }
    m_selection->set(ops, partnerOf(m_session->selection()->current(), true));
    m_syncing = false;
}

void SecondGraph::selectionToFirst()
{
    if (m_syncing)
        return;
    m_syncing = true;
    std::vector<int> ops;
    for (const int op : m_selection->operators()) {
        if (const int other = partnerOf(op, false); other >= 0)
            ops.push_back(other);
    }
    m_session->selection()->set(ops, partnerOf(m_selection->current(), false));
    m_syncing = false;
}

} // namespace requant
