// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/commandpalette.h"

#include "ui/logic/document.h"
#include "ui/logic/palettemodel.h"
#include "ui/logic/selection.h"
#include "ui/logic/session.h"
#include "ui/logic/texts.h"
#include "ui/widgets/theme/theme.h"

#include <QAction>
#include <QApplication>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListView>
#include <QMainWindow>
#include <QMenu>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include <algorithm>
#include <set>

namespace requant {

namespace {

constexpr int kWidth = 72 * kGrid, kRows = 12;

// Title with the matched letters emphasised, then what kind of thing it is, and the shortcut at the right.
class EntryDelegate : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &) const override
    {
        return {kWidth, option.fontMetrics.height() + kGrid + 2};
    }
    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &at) const override
    {
        QStyleOptionViewItem o = option;
        initStyleOption(&o, at);
        o.text.clear();
        o.icon = {};
        o.widget->style()->drawControl(QStyle::CE_ItemViewItem, &o, painter, o.widget);
        const bool enabled = at.flags() & Qt::ItemIsEnabled, selected = option.state & QStyle::State_Selected;
        const auto group = enabled ? QPalette::Normal : QPalette::Disabled;
        const QColor text = option.palette.color(group, selected ? QPalette::HighlightedText : QPalette::Text);
        const QColor muted = selected ? text : themeColor(ColorRole::Muted);
        QRect r = option.rect.adjusted(kGrid, 0, -kGrid, 0);
        const QIcon icon = at.data(Qt::DecorationRole).value<QIcon>();
        const int side = 16;
        icon.paint(painter, QRect(r.left(), r.center().y() - side / 2, side, side), Qt::AlignCenter,
                   enabled ? QIcon::Normal : QIcon::Disabled);
        r.setLeft(r.left() + side + kGrid);
        painter->save();
        const QString keys = at.data(PaletteModel::ShortcutRole).toString();
        painter->setFont(option.font);
        painter->setPen(muted);
        if (!keys.isEmpty()) {
            painter->drawText(r, Qt::AlignRight | Qt::AlignVCenter, keys);
            r.setRight(r.right() - option.fontMetrics.horizontalAdvance(keys) - 2 * kGrid);
        }
        std::set<int> marked;
        for (const QVariant &p : at.data(PaletteModel::PositionsRole).toList())
            marked.insert(p.toInt());
        QFont bold = option.font;
        bold.setBold(true);
        const QFontMetrics plain(option.font), strong(bold);
        const QString title = at.data(Qt::DisplayRole).toString();
        const QString detail = at.data(PaletteModel::DetailRole).toString();
        painter->setPen(text);
        int x = r.left();
        for (int i = 0; i < title.size();) {
            const bool mark = marked.contains(i);
            int end = i + 1;
            while (end < title.size() && marked.contains(end) == mark)
                ++end;
            const QString run = title.mid(i, end - i);
            const QFontMetrics &m = mark ? strong : plain;
            if (x + m.horizontalAdvance(run) > r.right()) {
                painter->setFont(mark ? bold : option.font);
                painter->drawText(QRect(x, r.top(), r.right() - x, r.height()), Qt::AlignLeft | Qt::AlignVCenter,
                                  m.elidedText(run, Qt::ElideRight, r.right() - x));
                x = r.right();
                break;
            }
            painter->setFont(mark ? bold : option.font);
            painter->drawText(QRect(x, r.top(), r.right() - x, r.height()), Qt::AlignLeft | Qt::AlignVCenter, run);
            x += m.horizontalAdvance(run);
            i = end;
        }
        painter->setFont(option.font);
        painter->setPen(muted);
        if (x + 6 * kGrid < r.right())
            painter->drawText(QRect(x + 2 * kGrid, r.top(), r.right() - x - 2 * kGrid, r.height()),
                              Qt::AlignLeft | Qt::AlignVCenter,
                              plain.elidedText(detail, Qt::ElideRight, r.right() - x - 2 * kGrid));
        painter->restore();
    }
};

QString plainText(QString text)
{
    text.replace(QStringLiteral("&&"), QStringLiteral("\x01"));
    text.remove(u'&');
    return text.replace(u'\x01', u'&');
}

} // namespace

CommandPalette::CommandPalette(Session *session, QMainWindow *window)
    : QFrame(window, Qt::Popup), m_session(session), m_window(window), m_model(new PaletteModel(this)),
      m_text(new QLineEdit(this)), m_list(new QListView(this))
{
    setObjectName(QStringLiteral("commandPalette"));
    setAccessibleName(tr("Command palette"));
    setFrameShape(QFrame::StyledPanel);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(kGrid, kGrid, kGrid, kGrid);
    layout->setSpacing(kGrid);
    m_text->setObjectName(QStringLiteral("paletteText"));
    m_text->setAccessibleName(tr("Command or layer"));
    m_text->setPlaceholderText(tr("Type a command, a layer's name or its number"));
    m_text->setClearButtonEnabled(true);
    m_list->setObjectName(QStringLiteral("paletteList"));
    m_list->setAccessibleName(tr("Commands and layers found"));
    m_list->setModel(m_model);
    m_list->setItemDelegate(new EntryDelegate(m_list));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setUniformItemSizes(true);
    m_list->setFocusPolicy(Qt::NoFocus); // the text keeps the keys
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    layout->addWidget(m_text);
    layout->addWidget(m_list, 1);
    m_text->installEventFilter(this);
    connect(m_text, &QLineEdit::textChanged, this, [this](const QString &text) {
        m_model->setFilter(text);
        m_list->setCurrentIndex({});
        step(1);
    });
    connect(m_text, &QLineEdit::returnPressed, this, [this] { run(m_list->currentIndex().row()); });
    connect(m_list, &QListView::clicked, this, [this](const QModelIndex &at) { run(at.row()); });
}

void CommandPalette::collect()
{
    std::vector<PaletteEntry> entries;
    m_actions.clear();
    std::set<QAction *> seen;
    const auto add = [&](QAction *a, const QString &where) {
        if (a->isSeparator() || a->menu() || a->text().isEmpty()
            || a->objectName() == QStringLiteral("commandPaletteOpen") || !seen.insert(a).second)
            return;
        PaletteEntry e;
        e.title = plainText(a->text());
        if (a->isCheckable())
            e.title = a->isChecked() ? tr("%1 (on)").arg(e.title) : tr("%1 (off)").arg(e.title);
        e.detail = where;
        e.shortcut = a->shortcut().toString(QKeySequence::NativeText);
        e.icon = a->icon();
        e.enabled = a->isEnabled();
        e.id = int(m_actions.size());
        entries.push_back(std::move(e));
        m_actions.push_back(a);
    };
    // Menus first, for they say where a command belongs; then what only tool bars and panels have.
    for (QMenu *menu : m_window->findChildren<QMenu *>()) {
        if (menu->title().isEmpty())
            continue;
        emit menu->aboutToShow(); // menus that are filled when they open
        for (QAction *a : menu->actions())
            add(a, plainText(menu->title()));
    }
    for (QWidget *w : m_window->findChildren<QWidget *>()) {
        if (qobject_cast<QMenu *>(w) || w == this || isAncestorOf(w) || qobject_cast<QLineEdit *>(w))
            continue;
        for (QAction *a : w->actions())
            add(a, w->accessibleName().isEmpty() ? w->windowTitle() : w->accessibleName());
    }
    if (const Document *doc = m_session->document()) {
        const Subgraph &g = doc->mainGraph();
        const QIcon icon = themedIcon(QStringLiteral("layers"));
        for (std::size_t i = 0; i < g.operators.size(); ++i) {
            PaletteEntry e;
            e.kind = PaletteEntry::Kind::Layer;
            e.title = QStringLiteral("#%1 %2").arg(i).arg(toQString(layerName(g, g.operators[i])));
            e.detail = QString::fromStdString(opName(g.operators[i].code));
            e.icon = icon;
            e.id = int(i);
            entries.push_back(std::move(e));
        }
    }
    m_model->setEntries(std::move(entries));
}

void CommandPalette::popUp()
{
    collect();
    m_text->clear();
    m_list->setCurrentIndex({});
    step(1);
    const int rows = std::min(kRows, std::max(1, m_model->rowCount()));
    const int rowHeight = m_list->sizeHintForRow(0) > 0 ? m_list->sizeHintForRow(0) : fontMetrics().height() + kGrid;
    resize(std::min(kWidth, m_window->width() - 4 * kGrid), rows * rowHeight + m_text->sizeHint().height() + 4 * kGrid);
    move(m_window->mapToGlobal(QPoint((m_window->width() - width()) / 2, m_window->height() / 10)));
    show();
    m_text->setFocus(Qt::PopupFocusReason);
}

void CommandPalette::step(int by)
{
    const int rows = m_model->rowCount();
    int row = m_list->currentIndex().isValid() ? m_list->currentIndex().row() : (by > 0 ? -1 : rows);
    for (int tries = 0; tries < rows; ++tries) {
        row = (row + by + rows) % rows;
        if (m_model->index(row).flags() & Qt::ItemIsEnabled) {
            m_list->setCurrentIndex(m_model->index(row));
            return;
        }
    }
}

void CommandPalette::run(int row)
{
    const PaletteEntry *e = m_model->entry(row);
    if (!e || !e->enabled)
        return;
    const PaletteEntry chosen = *e;
    hide();
    if (chosen.kind == PaletteEntry::Kind::Layer) {
        m_session->selection()->select(chosen.id);
        return;
    }
    if (std::size_t(chosen.id) < m_actions.size()) {
        if (QAction *a = m_actions[std::size_t(chosen.id)])
            a->trigger();
    }
}

bool CommandPalette::eventFilter(QObject *o, QEvent *event)
{
    if (o == m_text && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent *>(event)->key();
        const int page = std::max(1, m_list->viewport()->height() / std::max(1, m_list->sizeHintForRow(0)) - 1);
        switch (key) {
        case Qt::Key_Down: step(1); return true;
        case Qt::Key_Up: step(-1); return true;
        case Qt::Key_PageDown:
        case Qt::Key_PageUp:
            for (int i = 0; i < page; ++i)
                step(key == Qt::Key_PageDown ? 1 : -1);
            return true;
        default: break;
        }
    }
    return QFrame::eventFilter(o, event);
}

} // namespace requant
