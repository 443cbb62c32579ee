// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/inspector.h"

#include "ui/widgets/factsview.h"
#include "ui/widgets/schemeeditor.h"
#include "ui/widgets/weightsview.h"
#include "ui/widgets/whyview.h"

#include <QTabBar>

namespace requant {

Inspector::Inspector(Session *session, QWidget *parent) : QTabWidget(parent)
{
    setObjectName(QStringLiteral("inspectorTabs"));
    setAccessibleName(tr("Inspector"));
    setDocumentMode(true);
    addTab(new FactsView(session, this), tr("Layer"));
    m_scheme = new SchemeEditor(session, this);
    addTab(m_scheme, tr("Scheme"));
    addTab(new WhyView(session, this), tr("Why"));
    addTab(new WeightsView(session, this), tr("Weights"));
    setTabToolTip(LayerTab, tr("Options, tensors and errors of the current layer"));
    setTabToolTip(SchemeTab, tr("What the recipe asks of the selected layers"));
    setTabToolTip(WeightsTab, tr("Histogram, scales and errors of the current layer's weights by channel"));
    setTabToolTip(WhyTab, tr("Constraints and adjustments behind the current layer's grids"));
    setMinimumWidth(tabBar()->sizeHint().width()); // all tabs are to be seen, in every language
}

void Inspector::showFixedOutputs()
{
    setCurrentIndex(SchemeTab);
    m_scheme->focusFixedOutputs();
}

} // namespace requant
