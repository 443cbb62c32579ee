// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/banner.h"

#include "ui/widgets/theme/theme.h"

#include <QAction>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>

namespace requant {

Banner::Banner(QWidget *parent)
    : QFrame(parent), m_icon(new QLabel(this)), m_text(new QLabel(this)), m_buttons(new QWidget(this))
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
    auto *buttons = new QHBoxLayout(m_buttons);
    buttons->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_buttons);
    layout->addWidget(close);
    restyle();
    hide();
}

void Banner::showError(const QString &text)
{
    showText(text, true, {});
}

void Banner::showNotice(const QString &text, const QList<QAction *> &actions)
{
    showText(text, false, actions);
}

void Banner::showText(const QString &text, bool error, const QList<QAction *> &actions)
{
    m_text->setText(text);
    m_error = error;
    for (QObject *old : m_buttons->findChildren<QPushButton *>(QString(), Qt::FindDirectChildrenOnly))
        old->deleteLater();
    for (QAction *a : actions) {
        auto *b = new QPushButton(a->text(), m_buttons);
        b->setObjectName(a->objectName() + QStringLiteral("Button"));
        a->setParent(b);
        connect(b, &QPushButton::clicked, this, &QWidget::hide);
        connect(b, &QPushButton::clicked, a, &QAction::trigger);
        m_buttons->layout()->addWidget(b);
    }
    m_buttons->setVisible(!actions.isEmpty());
    restyle();
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
        m_icon->setPixmap(themedIcon(m_error ? QStringLiteral("error") : QStringLiteral("note"))
                              .pixmap(QSize(20, 20), devicePixelRatioF()));
    if (event->type() == QEvent::StyleChange)
        restyle();
}

void Banner::restyle()
{
    QPalette p;
    p.setColor(QPalette::Window,
               mixed(p.color(QPalette::Window), themeColor(m_error ? ColorRole::Error : ColorRole::Note), 0.18));
    setPalette(p);
    m_icon->setPixmap(themedIcon(m_error ? QStringLiteral("error") : QStringLiteral("note"))
                          .pixmap(QSize(20, 20), devicePixelRatioF()));
}

} // namespace requant
