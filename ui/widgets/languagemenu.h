// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMenu>

namespace requant {

// Chooses the language of the next start. With remember it is kept in the settings.
class LanguageMenu : public QMenu
{
    Q_OBJECT
public:
    LanguageMenu(bool remember, QWidget *window);

private:
    void choose(const QString &code);

    bool m_remember;
};

} // namespace requant
