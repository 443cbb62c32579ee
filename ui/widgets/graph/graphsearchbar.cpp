// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/graph/graphsearchbar.h"

#include "ui/widgets/theme/theme.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QToolButton>

namespace requant {

SearchBar::SearchBar(QWidget *parent) : QFrame(parent)
{
    setObjectName(QStringLiteral("graphSearch"));
    setFrameShape(QFrame::StyledPanel);
    setAutoFillBackground(true);
    m_edit = new QLineEdit(this);
    m_edit->setPlaceholderText(tr("Find operator, layer or tensor"));
    m_edit->setAccessibleName(tr("Find in the graph"));
    m_edit->setClearButtonEnabled(true);
    m_edit->setMinimumWidth(28 * kGrid);
    m_place = new QLabel(this);
    m_place->setMinimumWidth(8 * kGrid);
    m_place->setAlignment(Qt::AlignCenter);
    const auto button = [this](const char *icon, const QString &text) {
        auto *b = new QToolButton(this);
        b->setAutoRaise(true);
        b->setIcon(themedIcon(QLatin1String(icon)));
        b->setToolTip(text);
        b->setAccessibleName(text);
        return b;
    };
    auto *previous = button("previous", tr("Find previous (Shift+Enter)"));
    auto *next = button("next", tr("Find next (Enter)"));
    auto *close = button("close", tr("Close the search (Esc)"));
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(kGrid, kGrid / 2, kGrid / 2, kGrid / 2);
    row->setSpacing(kGrid / 2);
    for (QWidget *w : std::initializer_list<QWidget *>{m_edit, m_place, previous, next, close})
        row->addWidget(w);
    connect(m_edit, &QLineEdit::textEdited, this, [this](const QString &text) { emit searchRequested(text, true, true); });
    connect(previous, &QToolButton::clicked, this, [this] { emit searchRequested(text(), false, false); });
    connect(next, &QToolButton::clicked, this, [this] { emit searchRequested(text(), true, false); });
    connect(close, &QToolButton::clicked, this, &SearchBar::closed);
    hide();
}

void SearchBar::open()
{
    show();
    raise();
    m_edit->setFocus(Qt::ShortcutFocusReason);
    m_edit->selectAll();
}

QString SearchBar::text() const { return m_edit->text(); }
void SearchBar::setText(const QString &text) { m_edit->setText(text); }

void SearchBar::setPlace(int number, int count)
{
    if (m_edit->text().isEmpty())
        m_place->clear();
    else if (count == 0)
        m_place->setText(tr("not found"));
    else
        m_place->setText(tr("%1 of %2").arg(number).arg(count));
}

void SearchBar::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
        emit searchRequested(text(), !(event->modifiers() & Qt::ShiftModifier), false);
    else if (event->key() == Qt::Key_Escape)
        emit closed();
    else
        QFrame::keyPressEvent(event);
}

} // namespace requant
