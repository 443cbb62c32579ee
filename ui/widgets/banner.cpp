// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/banner.h"

#include "ui/widgets/theme/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>

namespace requant {

Banner::Banner(QWidget *parent) : QFrame(parent), m_icon(new QLabel(this)), m_text(new QLabel(this))
{
    setObjectName(QStringLiteral("banner"));
    setAutoFillBackground(true);
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(2 * kGrid, kGrid / 2, kGrid, kGrid / 2);
    layout->setSpacing(kGrid);
    m_text->setObjectName(QStringLiteral("bannerText"));
    m_text->setWordWrap(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto *close = new QToolButton(this);
    close->setObjectName(QStringLiteral("bannerClose"));
    close->setAccessibleName(tr("Dismiss message"));
    close->setToolTip(tr("Dismiss"));
    close->setIcon(themedIcon(QStringLiteral("close")));
    close->setAutoRaise(true);
    connect(close, &QToolButton::clicked, this, &QWidget::hide);
    layout->addWidget(m_icon);
    layout->addWidget(m_text, 1);
    layout->addWidget(close);
    restyle();
    hide();
}

void Banner::showError(const QString &text)
{
    m_text->setText(text);
    show();
}

QString Banner::text() const
{
    return isHidden() ? QString() : m_text->text();
}

void Banner::changeEvent(QEvent *event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && parentWidget() && palette().window() != QBrush())
        m_icon->setPixmap(themedIcon(QStringLiteral("error")).pixmap(QSize(20, 20), devicePixelRatioF()));
    if (event->type() == QEvent::StyleChange)
        restyle();
}

void Banner::restyle()
{
    QPalette p;
    p.setColor(QPalette::Window, mixed(p.color(QPalette::Window), themeColor(ColorRole::Error), 0.18));
    setPalette(p);
    m_icon->setPixmap(themedIcon(QStringLiteral("error")).pixmap(QSize(20, 20), devicePixelRatioF()));
}

} // namespace requant
