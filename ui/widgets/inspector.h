// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTabWidget>

namespace requant {

class Session;

// Facts of the current layer, the scheme editor for the selection, and the reasons.
class Inspector : public QTabWidget
{
    Q_OBJECT
public:
    enum Tab { LayerTab, SchemeTab, WhyTab };
    explicit Inspector(Session *, QWidget *parent = nullptr);
};

} // namespace requant
