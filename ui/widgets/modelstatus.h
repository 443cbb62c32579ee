// SPDX-License-Identifier: GPL-3.0-or-later
// The status bar: what is open, what is running, what was found and what the conversion costs.
#pragma once

#include <QObject>

class QLabel;
class QStatusBar;

namespace requant {

class IssuesModel;
class Session;

class ModelStatus : public QObject
{
    Q_OBJECT
public:
    ModelStatus(Session *, IssuesModel *, QStatusBar *);

private:
    void refreshModel();
    void refreshResults();
    void refreshIssues();

    Session *m_session;
    IssuesModel *m_issues;
    QLabel *m_modelText, *m_resultText, *m_issueText;
};

} // namespace requant
