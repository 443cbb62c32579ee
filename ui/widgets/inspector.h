// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTabWidget>

namespace requant {

class SchemeEditor;
class Session;

// Facts of the current layer, the scheme editor for the selection, the reasons, and the weights.
class Inspector : public QTabWidget
{
    Q_OBJECT
public:
    enum Tab { LayerTab, SchemeTab, WhyTab, WeightsTab };
    explicit Inspector(Session *, QWidget *parent = nullptr);
    void showFixedOutputs(); // the choice for them, in the scheme

private:
    SchemeEditor *m_scheme;
};

} // namespace requant
