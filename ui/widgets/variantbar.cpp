// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/variantbar.h"

#include "core/scheme/recipejson.h"
#include "ui/logic/document.h"
#include "ui/logic/recipeedit.h"
#include "ui/logic/session.h"
#include "ui/logic/texts.h"
#include "ui/widgets/theme/theme.h"

#include <QAction>
#include <QEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMenu>
#include <QTabBar>
#include <QToolButton>

namespace requant {

namespace {

QString stateText(VariantState s)
{
    switch (s) {
    case VariantState::Waiting: return VariantBar::tr("waits for the variant before it");
    case VariantState::Computing: return VariantBar::tr("is being computed");
    case VariantState::Ready: return VariantBar::tr("is computed");
    case VariantState::Stopped: return cancelledText();
    case VariantState::Failed: return VariantBar::tr("could not be computed; see the list of issues");
    }
    return {};
}

QIcon stateIcon(VariantState s)
{
    switch (s) {
    case VariantState::Waiting:
    case VariantState::Computing: return themedIcon(QStringLiteral("jobs"));
    case VariantState::Stopped: return themedIcon(QStringLiteral("cancel"));
    case VariantState::Failed: return themedIcon(QStringLiteral("error"));
    case VariantState::Ready: break;
    }
    return {};
}

} // namespace

VariantBar::VariantBar(Session *session, QWidget *parent)
    : QWidget(parent), m_session(session), m_tabs(new QTabBar(this)), m_more(new QToolButton(this)),
      m_profiles(new QMenu(this)), m_name(new QLineEdit(this))
{
    setObjectName(QStringLiteral("variantBar"));
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(kGrid / 2, 0, 0, 0);
    layout->setSpacing(kGrid / 2);
    m_tabs->setObjectName(QStringLiteral("variantTabs"));
    m_tabs->setAccessibleName(tr("Variants"));
    m_tabs->setDrawBase(false);
    m_tabs->setExpanding(false);
    m_tabs->setElideMode(Qt::ElideRight);
    m_tabs->setUsesScrollButtons(true);
    m_tabs->setIconSize(QSize(14, 14));
    m_tabs->setContextMenuPolicy(Qt::CustomContextMenu);
    m_more->setObjectName(QStringLiteral("variantAdd"));
    m_more->setAutoRaise(true);
    m_more->setIconSize(QSize(18, 18));
    m_more->setPopupMode(QToolButton::MenuButtonPopup);
    m_more->setMenu(m_profiles);
    layout->addWidget(m_tabs, 1);
    layout->addWidget(m_more);
    layout->addStretch(0);
    m_name->setObjectName(QStringLiteral("variantName"));
    m_name->setAccessibleName(tr("Name of the variant"));
    m_name->hide();
    m_name->installEventFilter(this);

    m_add = make(QStringLiteral("add"), tr("&New variant"), "variantNew", QKeySequence(Qt::CTRL | Qt::Key_T));
    m_duplicate = make(QStringLiteral("copy"), tr("&Duplicate variant"), "variantDuplicate",
                       QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_T));
    m_rename = make({}, tr("Re&name variant"), "variantRename", QKeySequence(Qt::Key_F2));
    m_remove = make(QStringLiteral("remove"), tr("&Remove variant"), "variantRemove",
                    QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Backspace));
    m_cancel = make(QStringLiteral("cancel"), tr("&Cancel computing this variant"), "variantCancel",
                    QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Period));
    m_next =
        make(QStringLiteral("next"), tr("Ne&xt variant"), "variantNext", QKeySequence(Qt::CTRL | Qt::Key_PageDown));
    m_previous = make(QStringLiteral("previous"), tr("&Previous variant"), "variantPrevious",
                      QKeySequence(Qt::CTRL | Qt::Key_PageUp));
    m_add->setToolTip(tr("New variant: a copy of this one, to be changed (%1)")
                          .arg(m_add->shortcut().toString(QKeySequence::NativeText)));
    m_more->setDefaultAction(m_add);
    m_more->setToolButtonStyle(Qt::ToolButtonIconOnly);
    m_more->setAccessibleName(tr("New variant"));

    const auto all = [this] { return m_session->document() ? m_session->document()->variants() : nullptr; };
    connect(m_add, &QAction::triggered, this, [all] {
        if (Variants *v = all())
            v->add(v->active().recipe);
    });
    connect(m_duplicate, &QAction::triggered, this, [all] {
        if (Variants *v = all())
            v->duplicate(v->activeIndex());
    });
    connect(m_rename, &QAction::triggered, this, [this] { rename(m_tabs->currentIndex()); });
    connect(m_remove, &QAction::triggered, this, [all] {
        if (Variants *v = all())
            v->remove(v->activeIndex());
    });
    connect(m_cancel, &QAction::triggered, this, [this, all] {
        if (Variants *v = all())
            m_session->computation().cancel(v->active().id);
    });
    connect(m_next, &QAction::triggered, this, [this] { step(1); });
    connect(m_previous, &QAction::triggered, this, [this] { step(-1); });
    connect(m_tabs, &QTabBar::currentChanged, this, [this, all](int index) {
        if (Variants *v = all(); v && !m_syncing)
            v->activate(index);
    });
    connect(m_tabs, &QTabBar::tabBarDoubleClicked, this, &VariantBar::rename);
    connect(m_tabs, &QWidget::customContextMenuRequested, this, &VariantBar::showTabMenu);
    connect(m_profiles, &QMenu::aboutToShow, this, &VariantBar::fillProfiles);
    connect(m_session, &Session::documentChanged, this, &VariantBar::documentChanged);
    connect(m_session, &Session::resultsChanged, this, &VariantBar::showStates);
    documentChanged();
}

QAction *VariantBar::make(const QString &icon, const QString &text, const char *name, const QKeySequence &keys)
{
    auto *a = new QAction(icon.isEmpty() ? QIcon() : themedIcon(icon), text, this);
    a->setObjectName(QLatin1String(name));
    a->setShortcut(keys);
    a->setShortcutContext(Qt::WindowShortcut);
    return a;
}

void VariantBar::fillMenu(QMenu *menu)
{
    menu->addAction(m_add);
    menu->addAction(m_duplicate);
    menu->addAction(m_rename);
    menu->addAction(m_remove);
    menu->addSeparator();
    menu->addAction(m_next);
    menu->addAction(m_previous);
    menu->addSeparator();
    menu->addAction(m_cancel);
}

void VariantBar::documentChanged()
{
    endRename(false);
    if (Document *doc = m_session->document()) {
        Variants *v = doc->variants();
        connect(v, &Variants::listChanged, this, &VariantBar::refresh);
        connect(v, &Variants::activeChanged, this, &VariantBar::refresh);
        connect(v, &Variants::recipeChanged, this, &VariantBar::refresh);
    }
    refresh();
}

void VariantBar::refresh()
{
    const Document *doc = m_session->document();
    const Variants *v = doc ? doc->variants() : nullptr;
    const int n = v ? v->count() : 0;
    m_syncing = true;
    while (m_tabs->count() > n)
        m_tabs->removeTab(m_tabs->count() - 1);
    while (m_tabs->count() < n)
        m_tabs->addTab({});
    for (int i = 0; i < n; ++i)
        m_tabs->setTabText(i, v->label(i).replace(u'&', QStringLiteral("&&")));
    if (v)
        m_tabs->setCurrentIndex(v->activeIndex());
    m_syncing = false;
    if (m_renamed >= n)
        endRename(false);
    for (QAction *a : {m_add, m_duplicate, m_rename, m_cancel})
        a->setEnabled(v != nullptr);
    for (QAction *a : {m_remove, m_next, m_previous})
        a->setEnabled(n > 1);
    m_more->setEnabled(v != nullptr);
    showStates();
}

void VariantBar::showStates()
{
    const Document *doc = m_session->document();
    if (!doc)
        return;
    const Variants &v = *doc->variants();
    for (int i = 0; i < std::min(v.count(), m_tabs->count()); ++i) {
        const VariantState s = m_session->computation().state(v.at(i).id);
        // A single variant has the status bar for itself; a job that is over in no time shows no icon.
        const bool show = v.count() > 1 && s != VariantState::Ready;
        if (m_tabs->tabIcon(i).isNull() == show)
            m_tabs->setTabIcon(i, show ? stateIcon(s) : QIcon());
        m_tabs->setTabToolTip(i, tr("Variant %1: %2").arg(v.label(i), stateText(s)));
    }
    const VariantState s = m_session->computation().state(v.active().id);
    m_cancel->setEnabled(s == VariantState::Computing || s == VariantState::Waiting);
}

void VariantBar::fillProfiles()
{
    m_profiles->clear();
    m_profiles->setToolTipsVisible(true);
    for (const Profile &p : builtinProfiles()) {
        auto *a = m_profiles->addAction(tr("New variant: %1").arg(QString::fromStdString(p.title)), this, [this, &p] {
            if (Document *doc = m_session->document())
                doc->variants()->add(fromProfile(p, doc->recipe(), false));
        });
        a->setToolTip(QString::fromStdString(p.summary));
    }
}

void VariantBar::step(int by)
{
    if (const int n = m_tabs->count(); n > 0)
        m_tabs->setCurrentIndex((m_tabs->currentIndex() + by + n) % n);
}

void VariantBar::rename(int index)
{
    const Document *doc = m_session->document();
    if (!doc || index < 0 || index >= doc->variants()->count())
        return;
    m_renamed = index;
    m_name->setText(doc->variants()->at(index).name);
    QRect place = m_tabs->tabRect(index).translated(m_tabs->pos());
    place.setWidth(std::max(place.width(), 12 * kGrid));
    m_name->setGeometry(place);
    m_name->show();
    m_name->raise();
    m_name->selectAll();
    m_name->setFocus(Qt::OtherFocusReason);
}

void VariantBar::endRename(bool take)
{
    if (m_renamed < 0)
        return;
    const int index = std::exchange(m_renamed, -1);
    m_name->hide();
    if (Document *doc = m_session->document(); doc && take)
        doc->variants()->rename(index, m_name->text());
}

bool VariantBar::eventFilter(QObject *object, QEvent *event)
{
    if (object == m_name) {
        if (event->type() == QEvent::FocusOut)
            endRename(true);
        if (event->type() == QEvent::KeyPress) {
            const int key = static_cast<QKeyEvent *>(event)->key();
            if (key == Qt::Key_Escape || key == Qt::Key_Return || key == Qt::Key_Enter) {
                endRename(key != Qt::Key_Escape);
                m_tabs->setFocus(Qt::OtherFocusReason);
                return true;
            }
        }
    }
    return QWidget::eventFilter(object, event);
}

void VariantBar::showTabMenu(const QPoint &at)
{
    const int index = m_tabs->tabAt(at);
    if (index < 0)
        return;
    m_tabs->setCurrentIndex(index); // the actions are about the active one
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    fillMenu(menu);
    menu->popup(m_tabs->mapToGlobal(at));
}

void VariantBar::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        for (int i = 0; i < m_tabs->count(); ++i)
            m_tabs->setTabIcon(i, QIcon());
        showStates();
    }
}

} // namespace requant
