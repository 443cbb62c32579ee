// SPDX-License-Identifier: GPL-3.0-or-later
// The tool bar's choices of what the whole model becomes: target (profile) and preset. Both edit the document's recipe.
#pragma once

#include <QObject>

class QComboBox;
class QToolBar;

namespace requant {

class Session;

class RecipePickers : public QObject
{
    Q_OBJECT
public:
    // With remember, the target is that of the last time, and kept for the next.
    RecipePickers(Session *, bool remember, QToolBar *);

private:
    void fillProfiles();
    void chooseProfile(const QString &id);
    void choosePreset(int preset);
    void documentChanged();
    void refresh();

    Session *m_session;
    bool m_remember;
    QComboBox *m_profile, *m_preset;
};

} // namespace requant
