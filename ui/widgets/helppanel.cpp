// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/helppanel.h"

#include "ui/widgets/theme/theme.h"

#include <QLineEdit>
#include <QListWidget>
#include <QSplitter>
#include <QTextBrowser>
#include <QTextDocument>
#include <QVBoxLayout>

namespace requant {

HelpPanel::HelpPanel(QWidget *parent)
    : QWidget(parent), m_topics(helpTopics()), m_search(new QLineEdit(this)), m_list(new QListWidget(this)),
      m_text(new QTextBrowser(this))
{
    setObjectName(QStringLiteral("helpPanel"));
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(kGrid, kGrid, kGrid, kGrid);
    layout->setSpacing(kGrid);
    m_search->setObjectName(QStringLiteral("helpSearch"));
    m_search->setPlaceholderText(tr("Find a word"));
    m_search->setAccessibleName(tr("Find a word"));
    m_search->setClearButtonEnabled(true);
    m_list->setObjectName(QStringLiteral("helpTopics"));
    m_list->setAccessibleName(tr("Topics"));
    m_text->setObjectName(QStringLiteral("helpText"));
    m_text->setAccessibleName(tr("Explanation"));
    m_text->setTabChangesFocus(true);
    for (const HelpTopic &t : m_topics)
        (new QListWidgetItem(t.title, m_list))->setToolTip(t.group);
    auto *split = new QSplitter(Qt::Vertical, this);
    split->setChildrenCollapsible(false);
    split->addWidget(m_list);
    split->addWidget(m_text);
    split->setStretchFactor(0, 2);
    split->setStretchFactor(1, 3);
    layout->addWidget(m_search);
    layout->addWidget(split, 1);
    connect(m_search, &QLineEdit::textChanged, this, &HelpPanel::filter);
    connect(m_list, &QListWidget::currentRowChanged, this, &HelpPanel::showCurrent);
    m_list->setCurrentRow(0);
}

void HelpPanel::filter(const QString &word)
{
    int first = -1;
    for (int i = 0; i < m_list->count(); ++i) {
        const HelpTopic &t = m_topics[i];
        const bool found = t.title.contains(word, Qt::CaseInsensitive) || t.group.contains(word, Qt::CaseInsensitive)
                           || t.body.contains(word, Qt::CaseInsensitive);
        m_list->item(i)->setHidden(!found);
        if (found && first < 0)
            first = i;
    }
    if (first >= 0 && (m_list->currentRow() < 0 || m_list->currentItem()->isHidden()))
        m_list->setCurrentRow(first);
}

void HelpPanel::addTopic(const HelpTopic &t)
{
    m_topics.append(t);
    (new QListWidgetItem(t.title, m_list))->setToolTip(t.group);
}

void HelpPanel::showTopic(const QString &id)
{
    for (int i = 0; i < int(m_topics.size()); ++i) {
        if (m_topics[i].id != id)
            continue;
        m_search->clear();
        m_list->setCurrentRow(i);
        return;
    }
}

void HelpPanel::showCurrent()
{
    const int i = m_list->currentRow();
    if (i >= 0 && i < int(m_topics.size()))
        m_text->setHtml(QStringLiteral("<h3>%1</h3>%2").arg(m_topics[i].title.toHtmlEscaped(), m_topics[i].body));
}

} // namespace requant
