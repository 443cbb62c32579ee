// SPDX-License-Identifier: GPL-3.0-or-later
// The targets: a list, and for the chosen one what it demands, where that is documented, and what no source tells.
#pragma once

#include <QWidget>

class QCheckBox;
class QListWidget;
class QPushButton;
class QTextBrowser;

namespace requant {

class Session;

class ProfileView : public QWidget
{
    Q_OBJECT
public:
    explicit ProfileView(Session *, QWidget *parent = nullptr);

private:
    void recipeChanged();
    void showFacts();
    void use();
    QString currentId() const;

    Session *m_session;
    QListWidget *m_list;
    QTextBrowser *m_facts;
    QPushButton *m_use;
    QCheckBox *m_keepRules;
};

} // namespace requant
