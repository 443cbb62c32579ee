// SPDX-License-Identifier: GPL-3.0-or-later
// What the graph's colours mean: the heat's ramp with its ends, or the operator families in sight, in a strip below the
// graph that covers none of it.
#pragma once

#include "ui/logic/heat.h"
#include "ui/widgets/theme/theme.h"

#include <QWidget>

#include <vector>

namespace requant {

class Legend : public QWidget
{
    Q_OBJECT
public:
    explicit Legend(QWidget *parent);
    void setHeat(const Heat &);
    bool hasHeat() const { return m_hasHeat; }
    void setFamilies(std::vector<Family>);
    void setRequantizeCount(int); // operators that will be inserted; 0 shows nothing
    bool isEmpty() const;
    int heightForWidth(int width) const override;
    QString text() const; // the same in words

protected:
    void paintEvent(QPaintEvent *) override;

private:
    struct Entry
    {
        enum Kind { Title, Ramp, Swatch, Pill } kind;
        QString text;
        QColor colour;
    };
    std::vector<Entry> entries() const;
    int entryWidth(const Entry &) const;
    void paintEntry(QPainter &, const Entry &, const QRect &) const;
    void paintRamp(QPainter &, const QRect &) const;
    QString number(double) const;
    void changed();

    Heat m_heat; // without values
    bool m_hasHeat = false, m_hasUnknown = false;
    int m_requantize = 0;
    std::vector<Family> m_families;
};

} // namespace requant
