// SPDX-License-Identifier: GPL-3.0-or-later
// Why the selected layers are as they are: constraints, adjustments, requantize operators, with links to other layers.
#pragma once

#include <QWidget>

class QTextBrowser;

namespace requant {

class Session;

class WhyView : public QWidget
{
    Q_OBJECT
public:
    explicit WhyView(Session *, QWidget *parent = nullptr);

private:
    void refresh();

    Session *m_session;
    QTextBrowser *m_text;
};

} // namespace requant
