// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/tour.h"

#include "ui/widgets/theme/theme.h"

#include <QCoreApplication>
#include <QDockWidget>
#include <QEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QPainterPath>
#include <QPushButton>

#include <algorithm>
#include <iterator>

namespace requant {

namespace {

struct Step
{
    const char *object, *title, *text; // object: empty for the whole window
};

constexpr Step kSteps[] = {
    {"", QT_TRANSLATE_NOOP("tour", "A network that is already quantized"),
     QT_TRANSLATE_NOOP("tour", "This is the sample: a small network in uint8. Requant moves it to the scheme of "
                               "another chip, computes what that "
                               "costs layer by layer, and shows which layer breaks and why.")},
    {"profilePicker", QT_TRANSLATE_NOOP("tour", "1. Choose the target"),
     QT_TRANSLATE_NOOP(
         "tour",
         "Each entry is a scheme or a chip, with its demands and their sources. The conversion starts at once.")},
    {"layersDock", QT_TRANSLATE_NOOP("tour", "2. Find the worst layer"),
     QT_TRANSLATE_NOOP(
         "tour", "Errors in decibels: more is better. Sort by a column, or take View \u203a Worst layers first.")},
    {"graphView", QT_TRANSLATE_NOOP("tour", "3. See where it is"),
     QT_TRANSLATE_NOOP("tour", "The same selection in the graph. \u201c" "Colour by\u201d shows errors as heat.")},
    {"inspectorDock", QT_TRANSLATE_NOOP("tour", "4. Understand and change"),
     QT_TRANSLATE_NOOP("tour",
                       "Layer tells what it is, Why tells the reasons, Scheme changes it. Everything can be undone.")},
    {"chartsDock", QT_TRANSLATE_NOOP("tour", "5. Compare all layers"),
     QT_TRANSLATE_NOOP("tour", "Scales and errors before and after; a click selects the layer.")},
    {"mainToolBar", QT_TRANSLATE_NOOP("tour", "6. Export"),
     QT_TRANSLATE_NOOP("tour", "Samples replaces the pictures by yours. Export writes model, C array, recipe and "
                               "report, and proves the file. Help "
                               "\u203a Explanations tells what each number means.")},
};

QString words(const char *s)
{
    return QCoreApplication::translate("tour", s);
}

} // namespace

Tour::Tour(QWidget *window)
    : QWidget(window), m_window(window), m_card(new QWidget(this)), m_title(new QLabel(m_card)),
      m_text(new QLabel(m_card)), m_count(new QLabel(m_card)), m_back(new QPushButton(tr("Back"), m_card)),
      m_next(new QPushButton(m_card)), m_skip(new QPushButton(tr("Skip the tour"), m_card))
{
    setObjectName(QStringLiteral("tour"));
    setAccessibleName(tr("Tour"));
    setFocusPolicy(Qt::StrongFocus);
    m_card->setObjectName(QStringLiteral("tourCard"));
    m_card->setAutoFillBackground(true);
    m_card->setFixedWidth(44 * kGrid);
    auto *layout = new QVBoxLayout(m_card);
    layout->setContentsMargins(2 * kGrid, 2 * kGrid, 2 * kGrid, 2 * kGrid);
    layout->setSpacing(kGrid);
    QFont bold = m_title->font();
    bold.setBold(true);
    m_title->setFont(bold);
    m_text->setWordWrap(true);
    m_title->setWordWrap(true);
    layout->addWidget(m_title);
    layout->addWidget(m_text);
    auto *row = new QHBoxLayout;
    row->setSpacing(kGrid);
    row->addWidget(m_skip);
    row->addWidget(m_count, 1, Qt::AlignCenter);
    row->addWidget(m_back);
    row->addWidget(m_next);
    layout->addLayout(row);
    m_skip->setObjectName(QStringLiteral("tourSkip"));
    m_back->setObjectName(QStringLiteral("tourBack"));
    m_next->setObjectName(QStringLiteral("tourNext"));
    connect(m_skip, &QPushButton::clicked, this, &Tour::end);
    connect(m_back, &QPushButton::clicked, this, [this] { go(m_step - 1); });
    connect(m_next, &QPushButton::clicked, this, [this] { go(m_step + 1); });
    m_window->installEventFilter(this);
    setGeometry(m_window->rect());
    go(0);
    show();
    raise();
    m_next->setFocus();
}

int Tour::stepCount() const
{
    return int(std::size(kSteps));
}

QWidget *Tour::target() const
{
    const char *name = kSteps[std::size_t(m_step)].object;
    auto *w = *name ? m_window->findChild<QWidget *>(QLatin1String(name)) : nullptr;
    return w && w->isVisibleTo(m_window) ? w : nullptr;
}

QRect Tour::spot() const
{
    const QWidget *w = target();
    return w ? QRect(w->mapTo(m_window, QPoint(0, 0)), w->size()).adjusted(-4, -4, 4, 4).intersected(rect()) : QRect();
}

void Tour::go(int step)
{
    if (step < 0)
        return;
    if (step >= stepCount()) {
        end();
        return;
    }
    m_step = step;
    const Step &s = kSteps[std::size_t(step)];
    if (auto *dock = qobject_cast<QDockWidget *>(target()))
        dock->raise();
    m_title->setText(words(s.title));
    m_text->setText(words(s.text));
    m_count->setText(tr("%1 of %2").arg(step + 1).arg(stepCount()));
    m_back->setEnabled(step > 0);
    m_next->setText(step + 1 < stepCount() ? tr("Next") : tr("Done"));
    place();
}

void Tour::place()
{
    m_card->adjustSize();
    const QSize card(m_card->width(), m_card->heightForWidth(m_card->width()) > 0
                                          ? m_card->heightForWidth(m_card->width())
                                          : m_card->height());
    m_card->resize(card);
    const QRect s = spot();
    QPoint at = rect().center() - QPoint(card.width() / 2, card.height() / 2);
    constexpr int kGap = 2 * kGrid;
    if (!s.isNull()) {
        // Below, above, right or left of the part, whichever has room; else inside.
        const QPoint places[] = {{s.center().x() - card.width() / 2, s.bottom() + kGap},
                                 {s.center().x() - card.width() / 2, s.top() - kGap - card.height()},
                                 {s.right() + kGap, s.center().y() - card.height() / 2},
                                 {s.left() - kGap - card.width(), s.center().y() - card.height() / 2}};
        for (const QPoint &p : places) {
            const QPoint inside(std::clamp(p.x(), kGap, std::max(kGap, width() - card.width() - kGap)),
                                std::clamp(p.y(), kGap, std::max(kGap, height() - card.height() - kGap)));
            if (!QRect(inside, card).intersects(s)) {
                at = inside;
                break;
            }
        }
    }
    m_card->move(at);
    update();
}

void Tour::end()
{
    hide();
    emit ended();
    deleteLater();
}

void Tour::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QPainterPath dim, hole;
    dim.addRect(rect());
    const QRect s = spot();
    if (!s.isNull())
        hole.addRoundedRect(s, kGrid / 2, kGrid / 2);
    painter.fillPath(dim.subtracted(hole), QColor(0, 0, 0, 110));
    if (!s.isNull()) {
        painter.setPen(QPen(themeColor(ColorRole::After), 2));
        painter.drawPath(hole);
    }
    painter.setPen(palette().color(QPalette::Mid));
    painter.drawRect(m_card->geometry().adjusted(-1, -1, 0, 0));
}

bool Tour::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_window && event->type() == QEvent::Resize) {
        setGeometry(m_window->rect());
        place();
    }
    return QWidget::eventFilter(watched, event);
}

void Tour::keyPressEvent(QKeyEvent *event)
{
    switch (event->key()) {
    case Qt::Key_Escape: end(); break;
    case Qt::Key_Right: go(m_step + 1); break;
    case Qt::Key_Left: go(m_step - 1); break;
    default: QWidget::keyPressEvent(event);
    }
}

} // namespace requant
