// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/emptystate.h"

#include "ui/widgets/theme/theme.h"

#include <QAction>
#include <QEvent>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace requant {

EmptyState::EmptyState(const QString &icon, const QString &title, const QString &text, QWidget *parent)
    : QWidget(parent), m_iconName(icon), m_icon(new QLabel(this)), m_title(new QLabel(title, this)),
      m_text(new QLabel(text, this))
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(3 * kGrid, 2 * kGrid, 3 * kGrid, 2 * kGrid);
    layout->setSpacing(kGrid);
    m_icon->setAlignment(Qt::AlignCenter);
    m_title->setAlignment(Qt::AlignCenter);
    m_title->setWordWrap(true);
    QFont bold = m_title->font();
    bold.setPointSizeF(bold.pointSizeF() * 1.2);
    bold.setWeight(QFont::DemiBold);
    m_title->setFont(bold);
    m_text->setAlignment(Qt::AlignCenter);
    m_text->setWordWrap(true);
    m_text->setForegroundRole(QPalette::PlaceholderText);
    m_buttons = new QWidget(this);
    auto *column = new QVBoxLayout(m_buttons);
    column->setContentsMargins(0, kGrid / 2, 0, 0);
    column->setSpacing(kGrid);
    layout->addStretch(1);
    layout->addWidget(m_icon);
    layout->addWidget(m_title);
    layout->addWidget(m_text);
    layout->addWidget(m_buttons);
    layout->addStretch(1);
    refreshIcon();
}

void EmptyState::setTexts(const QString &title, const QString &text)
{
    m_title->setText(title);
    m_text->setText(text);
}

void EmptyState::addButton(QAction *action)
{
    auto *button = new QPushButton(action->icon(), action->text().remove(u'&'), this);
    button->setObjectName(action->objectName() + QStringLiteral("Button"));
    button->setToolTip(action->toolTip());
    connect(button, &QPushButton::clicked, action, &QAction::trigger);
    button->setEnabled(action->isEnabled());
    connect(action, &QAction::enabledChanged, button, &QWidget::setEnabled);
    m_buttons->layout()->addWidget(button);
    m_buttons->layout()->setAlignment(button, Qt::AlignHCenter);
}

void EmptyState::setButtonsVisible(bool visible)
{
    m_buttons->setVisible(visible);
}

void EmptyState::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        refreshIcon();
}

void EmptyState::refreshIcon()
{
    m_icon->setPixmap(themedIcon(m_iconName).pixmap(QSize(48, 48), devicePixelRatioF(), QIcon::Disabled));
}

} // namespace requant
