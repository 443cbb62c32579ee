// SPDX-License-Identifier: GPL-3.0-or-later
// Scales of the layers' outputs or weights, before and after.
#pragma once

#include "ui/widgets/layerpage.h"

class QComboBox;

namespace requant {

class ScalePage : public LayerPage
{
    Q_OBJECT
public:
    ScalePage(Session *, Comparison *, QWidget *parent = nullptr);
    QWidget *options() override;

protected:
    bool ofWeights() const override;

private:
    QComboBox *m_what;
};

} // namespace requant
