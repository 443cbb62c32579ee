// SPDX-License-Identifier: GPL-3.0-or-later
// Keys of what the menus do, and the page that lists them.
#pragma once

#include <QString>

class QMainWindow;

namespace requant {

// Gives keys to the actions of the menus that have none of their own.
void completeShortcuts(QMainWindow &);
// All keys of the window: by menu, then those that belong to a part of it.
QString shortcutsPage(const QMainWindow &);

} // namespace requant
