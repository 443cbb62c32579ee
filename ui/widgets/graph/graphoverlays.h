// SPDX-License-Identifier: GPL-3.0-or-later
// What floats over the graph: minimap, legend and the search bar.
#pragma once

#include "ui/logic/heat.h"
#include "ui/widgets/theme/theme.h"

#include <QFrame>
#include <QPixmap>
#include <QRectF>

#include <vector>

class QLabel;
class QLineEdit;
class QToolButton;

namespace requant {

class Minimap : public QWidget
{
    Q_OBJECT
public:
    explicit Minimap(QWidget *parent);

    struct Box
    {
        QRectF rect;
        QColor color;
    };
    void setBoxes(std::vector<Box>, QRectF scene);
    void setView(QRectF visible); // part of the scene that is seen
    QSize fittingSize(QSize available) const;

signals:
    void moveRequested(QPointF scenePoint);

protected:
    void paintEvent(QPaintEvent *) override;
    void mousePressEvent(QMouseEvent *) override;
    void mouseMoveEvent(QMouseEvent *) override;
    void resizeEvent(QResizeEvent *) override;

private:
    QRectF toWidget(const QRectF &) const;
    double factor() const;

    std::vector<Box> m_boxes;
    QRectF m_scene, m_visible;
    QPixmap m_cache;
};

// The heat's ramp with its ends, or the operator families in sight.
class Legend : public QWidget
{
    Q_OBJECT
public:
    explicit Legend(QWidget *parent);
    void setHeat(const Heat &);
    bool hasHeat() const { return m_hasHeat; }
    void setFamilies(std::vector<Family>);
    void setRequantizeCount(int); // operators that will be inserted; 0 shows no line
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *) override;

private:
    Heat m_heat; // without values
    QString requantizeText() const;
    QString heatTitle() const;
    void paintHeat(QPainter &, const QRect &);

    bool m_hasHeat = false;
    int m_requantize = 0;
    std::vector<Family> m_families;
};

class SearchBar : public QFrame
{
    Q_OBJECT
public:
    explicit SearchBar(QWidget *parent);
    void open(); // shows it and selects the text
    QString text() const;
    void setText(const QString &);
    void setPlace(int number, int count); // "3 of 12"; number 0: between two

signals:
    void searchRequested(const QString &text, bool forward, bool fromHere); // fromHere: the text was edited
    void closed();

protected:
    void keyPressEvent(QKeyEvent *) override;

private:
    QLineEdit *m_edit;
    QLabel *m_place;
};

} // namespace requant
