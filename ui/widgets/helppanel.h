// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/logic/helptexts.h"

#include <QWidget>

class QLineEdit;
class QListWidget;
class QTextBrowser;

namespace requant {

// What the words of the window mean; a field to find them.
class HelpPanel : public QWidget
{
    Q_OBJECT
public:
    explicit HelpPanel(QWidget *parent = nullptr);
    void addTopic(const HelpTopic &);
    void showTopic(const QString &id); // nothing for an unknown one

private:
    void filter(const QString &);
    void showCurrent();

    QList<HelpTopic> m_topics;
    QLineEdit *m_search;
    QListWidget *m_list;
    QTextBrowser *m_text;
};

} // namespace requant
