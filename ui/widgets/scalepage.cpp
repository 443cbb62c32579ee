// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/scalepage.h"

#include "ui/widgets/layerchart.h"

#include <QComboBox>
#include <QValueAxis>

namespace requant {

ScalePage::ScalePage(Session *session, Comparison *comparison, QWidget *parent)
    : LayerPage(LayerChartKind::Scale, session, comparison, parent), m_what(new QComboBox(this))
{
    m_what->setObjectName(QStringLiteral("scaleOf"));
    m_what->setAccessibleName(tr("Scale of"));
    m_what->addItems({tr("Outputs"), tr("Weights")});
    m_what->setItemData(0, tr("The scale of each layer's first output"), Qt::ToolTipRole);
    m_what->setItemData(1, tr("The scale of each layer's weights; of several channels the largest"), Qt::ToolTipRole);
    m_what->hide();
    connect(m_what, &QComboBox::currentIndexChanged, this, [this] {
        layerChart()->yAxis()->setTitleText(ofWeights() ? tr("weight scale") : chartAxis(LayerChartKind::Scale));
        emit refreshed();
        layerChart()->showAll();
    });
}

QWidget *ScalePage::options()
{
    return m_what;
}

bool ScalePage::ofWeights() const
{
    return m_what->currentIndex() == 1;
}

} // namespace requant
