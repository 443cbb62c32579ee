// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/profileview.h"

#include "core/scheme/recipejson.h"
#include "ui/logic/document.h"
#include "ui/logic/recipeedit.h"
#include "ui/logic/session.h"
#include "ui/logic/texts.h"
#include "ui/widgets/theme/theme.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QListWidget>
#include <QPushButton>
#include <QRegularExpression>
#include <QSplitter>
#include <QTextBrowser>
#include <QVBoxLayout>

namespace requant {

ProfileView::ProfileView(Session *session, QWidget *parent)
    : QWidget(parent), m_session(session), m_list(new QListWidget), m_facts(new QTextBrowser),
      m_use(new QPushButton(tr("Use this target"), this)), m_keepRules(new QCheckBox(tr("Keep layer rules"), this))
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    auto *split = new QSplitter(Qt::Horizontal, this);
    split->setChildrenCollapsible(false);
    layout->addWidget(split, 1);
    m_list->setObjectName(QStringLiteral("profileList"));
    m_list->setAccessibleName(tr("Targets"));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setIconSize(QSize(2 * kGrid, 2 * kGrid));
    m_list->setSpacing(2);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setTextElideMode(Qt::ElideRight);
    for (const Profile &p : builtinProfiles()) {
        auto *item = new QListWidgetItem(QString::fromStdString(p.title), m_list);
        item->setData(Qt::UserRole, QString::fromStdString(p.id));
        item->setToolTip(QString::fromStdString(p.summary));
    }
    m_facts->setObjectName(QStringLiteral("profileFacts"));
    m_facts->setAccessibleName(tr("Facts of the target"));
    m_facts->setOpenExternalLinks(true);
    m_facts->setFrameShape(QFrame::NoFrame);
    m_facts->document()->setDocumentMargin(kGrid);
    split->addWidget(m_list);
    split->addWidget(m_facts);
    split->setStretchFactor(1, 3);
    auto *row = new QHBoxLayout;
    row->setContentsMargins(kGrid, kGrid / 2, kGrid, kGrid / 2);
    m_use->setObjectName(QStringLiteral("profileUse"));
    m_keepRules->setObjectName(QStringLiteral("profileKeepRules"));
    m_keepRules->setToolTip(tr("The rules that were written for single layers stay, behind the target's"));
    row->addStretch(1);
    row->addWidget(m_keepRules);
    row->addWidget(m_use);
    layout->addLayout(row);
    connect(m_list, &QListWidget::currentRowChanged, this, &ProfileView::showFacts);
    connect(m_list, &QListWidget::itemActivated, this, &ProfileView::use);
    connect(m_use, &QPushButton::clicked, this, &ProfileView::use);
    connect(m_session, &Session::documentChanged, this, [this] {
        if (const Document *doc = m_session->document())
            connect(doc, &Document::recipeChanged, this, &ProfileView::recipeChanged);
        recipeChanged();
    });
    recipeChanged();
}

QString ProfileView::currentId() const
{
    const auto *item = m_list->currentItem();
    return item ? item->data(Qt::UserRole).toString() : QString();
}

// The recipe's target is marked; the list stays where the reader is.
void ProfileView::recipeChanged()
{
    const Document *doc = m_session->document();
    const Profile *used = doc ? profileOf(doc->recipe()) : nullptr;
    for (int i = 0; i < m_list->count(); ++i) {
        QListWidgetItem *item = m_list->item(i);
        const bool mine = used && item->data(Qt::UserRole).toString().toStdString() == used->id;
        QFont f = m_list->font();
        f.setBold(mine);
        item->setFont(f);
        item->setIcon(mine ? themedIcon(QStringLiteral("good")) : QIcon());
        if (mine && !m_list->currentItem())
            m_list->setCurrentItem(item);
    }
    m_use->setEnabled(doc && !currentId().isEmpty());
    m_keepRules->setEnabled(doc != nullptr);
}

// Addresses in a source become links.
static QString linked(const std::string &source)
{
    static const QRegularExpression kUrl(QStringLiteral("(https?://[^\\s<>\"]*[^\\s<>\".,;)])"));
    return QString::fromStdString(source).toHtmlEscaped().replace(kUrl, QStringLiteral("<a href=\"\\1\">\\1</a>"));
}

void ProfileView::showFacts()
{
    const Profile *p = findProfile(currentId().toStdString());
    m_use->setEnabled(p && m_session->document());
    if (!p) {
        m_facts->setHtml(tr("Choose a target."));
        return;
    }
    const QString muted = themeColor(ColorRole::Muted).name();
    QString html = QStringLiteral("<p><b>%1</b> <span style='color:%2'>%3</span></p><p>%4</p>")
                       .arg(QString::fromStdString(p->title).toHtmlEscaped(), muted, QString::fromStdString(p->id),
                            QString::fromStdString(p->summary).toHtmlEscaped());
    for (const ProfileFact &f : p->facts)
        html += QStringLiteral("<p style='margin:0 0 6px 0'>\u2022 %1<br><span style='color:%2'>%3</span></p>")
                    .arg(QString::fromStdString(f.statement).toHtmlEscaped(), muted, linked(f.source));
    if (!p->unknown.empty()) {
        html += QStringLiteral("<p style='margin:8px 0 4px 0'><b>%1</b></p>").arg(tr("What no source tells"));
        for (const std::string &u : p->unknown)
            html += QStringLiteral("<p style='margin:0 0 4px 0;color:%1'>\u2022 %2</p>")
                        .arg(muted, QString::fromStdString(u).toHtmlEscaped());
    }
    m_facts->setHtml(html);
}

void ProfileView::use()
{
    Document *doc = m_session->document();
    const Profile *p = findProfile(currentId().toStdString());
    if (doc && p)
        doc->editRecipe(tr("target %1").arg(QString::fromStdString(p->title)),
                        fromProfile(*p, doc->recipe(), m_keepRules->isChecked()));
}

} // namespace requant
