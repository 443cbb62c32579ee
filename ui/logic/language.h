// SPDX-License-Identifier: GPL-3.0-or-later
// The language of the window. Sources are English; resources/translations has the catalogues.
#pragma once

#include <QList>
#include <QString>

namespace requant {

struct Language
{
    QString code, name; // "de", in its own words
};
QList<Language> languages();

// Texts that are asked for from now on are in this language; empty: the system's, or English if there is none for it.
// False (and English) for a code without a catalogue.
bool setLanguage(const QString &code);
QString currentLanguage(); // a code of languages()

} // namespace requant
