// SPDX-License-Identifier: GPL-3.0-or-later
// The network as a picture: operators of one subgraph from top to bottom or left to right, with their schemes, planned
// requantize operators and a heat overlay. Name scopes can be one node each. Shares its selection with table and charts.
// Large graphs are laid out in the background.
#pragma once

#include "ui/logic/heat.h"
#include "ui/logic/jobrunner.h"
#include "ui/widgets/graph/graphcontent.h"
#include "ui/widgets/graph/graphnavigation.h"

#include <QGraphicsView>
#include <QPointer>
#include <QTimer>

#include <map>
#include <memory>
#include <optional>
#include <vector>

class QMenu;
class QRubberBand;

namespace requant {

class EdgeItem;
class Legend;
class Minimap;
class NodeItem;
class RequantizeItem;
class SearchBar;
class Selection;

class GraphView : public QGraphicsView
{
    Q_OBJECT
public:
    explicit GraphView(QWidget *parent = nullptr);
    ~GraphView() override;

    // Null shows the empty state. The same model and subgraph again changes nothing; a subgraph seen before comes back where
    // it was left.
    void setModel(std::shared_ptr<const Model>, SubgraphIndex = SubgraphIndex{0});
    // Schemes and requantize operators of the conversion; null shows the source alone. Kept if it is of another model,
    // but not shown. Zoom and position stay.
    void setConversion(std::shared_ptr<const Conversion>);
    void setHeat(const Heat &);
    // Operators of the main subgraph, both ways. Not owned; null for none. Without effect in other subgraphs.
    void setSelection(Selection *);
    void setEmptyText(const QString &);

    bool isReady() const { return !m_content.isEmpty(); } // laid out and in the scene
    const GraphContent &content() const { return m_content; }
    int nodeCount() const { return static_cast<int>(m_nodes.size()); }
    int requantizeCount() const { return static_cast<int>(m_requantize.size()); } // drawn; those within scopes are not
    QString shownBadge(int node) const;
    double zoom() const { return transform().m11(); }
    QRectF visibleScene() const; // the part in sight, in the scene's coordinates
    int currentNode() const { return m_current; } // last clicked or walked to, -1 if none
    bool isNodeSelected(int node) const;
    void selectNode(int node); // as a click does
    void activateNode(int node); // as a double click does
    int nodeAtGlobal(QPoint) const; // -1 beside nodes

    // Scopes and direction; what is being looked at stays in place.
    const GraphShape &shape() const { return m_shape; }
    void setShape(GraphShape);
    void setScopeCollapsed(const QString &scope, bool);
    int scopeDepth() const; // levels of scopes that can be collapsed
    bool hasEdgeLabels() const { return m_edgeLabels; }

    std::vector<int> matches(const QString &text) const; // see NodeSearch
    // Moves to the next match, wrapping around; false if there is none.
    bool findNext(const QString &text) { return find(text, true, false); }
    bool findPrevious(const QString &text) { return find(text, false, false); }

    // Whole graph in its plain colours; at most `longestSide` pixels a side.
    QImage picture(double scale = 1.0, int longestSide = 12000) const;
    bool savePicture(const QString &path, QString *why = nullptr) const; // .png, or .svg with text as text

public slots:
    void fit();
    void zoomToSelection();
    void zoomIn() { zoomBy(1.25); }
    void zoomOut() { zoomBy(0.8); }
    void resetZoom(); // 1:1
    void showPlace(QPointF centre, double zoom); // for views that move together
    void showSearch();
    void copyPicture() const;
    void savePictureAs(); // asks for the file
    void setMinimapVisible(bool);
    void setLegendVisible(bool);
    void setFamiliesListed(bool); // false: the legend is shown with heat only
    void setEdgeLabelsVisible(bool); // types and scales at all lines; otherwise at those of the selection
    void setLeftToRight(bool);
    void collapseScopes(int depth); // all of that depth; 0 opens all
    void showOperator(int op); // scrolls it into view if it is not

signals:
    void ready();                        // a model's graph is in the scene
    void operatorActivated(int op);      // double click or Enter; of the main subgraph
    void subgraphActivated(int subgraph); // one that an operator runs
    void zoomChanged(double zoom);
    void viewMoved(QPointF centre, double zoom);
    void shapeChanged();
    void contextMenuAboutToShow(QMenu *menu, int op); // add actions; op is -1 beside operators

protected:
    void paintEvent(QPaintEvent *) override;
    void drawBackground(QPainter *, const QRectF &) override;
    void wheelEvent(QWheelEvent *) override;
    void mousePressEvent(QMouseEvent *) override;
    void mouseMoveEvent(QMouseEvent *) override;
    void mouseReleaseEvent(QMouseEvent *) override;
    void mouseDoubleClickEvent(QMouseEvent *) override;
    void keyPressEvent(QKeyEvent *) override;
    void keyReleaseEvent(QKeyEvent *) override;
    void focusOutEvent(QFocusEvent *) override;
    void contextMenuEvent(QContextMenuEvent *) override;
    void resizeEvent(QResizeEvent *) override;
    void scrollContentsBy(int dx, int dy) override;
    void changeEvent(QEvent *) override;
    bool viewportEvent(QEvent *) override;

private:
    enum class Drag { None, Pan, RubberBand };
    struct Anchor // what stays where it is when the graph is laid out anew
    {
        int place = -1;
        QPoint at; // in the viewport
    };
    struct Look
    {
        QPointF centre;
        double zoom = 1;
    };

    void clearScene();
    void layOut();
    void adopt(GraphContent);
    void showConversion();
    const Conversion *shownConversion() const; // null if it is not of the shown graph
    void showHeat();
    void showSelection();
    void showLabels();
    void labelEdge(int edge);
    void makeCurrent(int node, Qt::KeyboardModifiers);
    void select(std::vector<int> operators, int current); // without moving the view
    void walk(int key, Qt::KeyboardModifiers);
    bool find(const QString &text, bool forward, bool fromHere);
    std::vector<std::pair<QString, int>> scopesOfNode(int node) const;
    void collapse(const QString &scope, int node);
    void collapseAround(int node); // its innermost scope
    void addScopeActions(QMenu &, int node);
    void setLook(QPointF centre, double zoom);
    void zoomBy(double factor);
    void startView();
    Anchor anchor() const;
    void restore(Anchor);
    void ensureNodeVisible(int node);
    void interact(); // coarse drawing for a moment
    void updateMinimap();
    void updateCursor();
    void updateSceneRect();
    void placeOverlays();
    void updateVisible();
    void paintFar(QPainter &, const QRect &exposed);
    QRectF pictureArea() const;
    NodeItem *nodeAt(QPoint) const;
    QString toolTipAt(QPoint) const;
    bool isMainSubgraph() const { return m_content.subgraph.value == 0; }

    GraphContent m_content;
    std::shared_ptr<const Model> m_model; // asked for; m_content follows
    SubgraphIndex m_subgraph{0};
    GraphShape m_shape;
    std::shared_ptr<const Conversion> m_conversion;
    Heat m_heat;
    QPointer<Selection> m_selection;
    std::vector<NodeItem *> m_nodes; // owned by the scene
    std::vector<EdgeItem *> m_edges;
    std::vector<RequantizeItem *> m_requantize;
    std::vector<int> m_shown; // nodes drawn as selected
    std::vector<int> m_lit;   // edges drawn as lit
    mutable NodeSearch m_finder;
    int m_current = -1, m_hovered = -1;
    int m_foundPlace = -1; // where the search is, if that is in the current node
    double m_minZoom = 0.01;
    std::map<int, Look> m_looks; // of subgraphs that were left
    std::optional<int> m_keep;   // a place to keep in sight at the next layout

    Drag m_drag = Drag::None;
    bool m_space = false;
    QPoint m_press, m_last;
    bool m_moved = false;
    QRubberBand *m_band = nullptr;
    QTimer m_calm;
    QString m_emptyText;

    Minimap *m_minimap;
    Legend *m_legend;
    SearchBar *m_search;
    bool m_minimapWanted = true, m_legendWanted = true, m_familiesListed = true, m_edgeLabels = false;
    JobRunner m_layout; // last: its end touches the members above
};

} // namespace requant
