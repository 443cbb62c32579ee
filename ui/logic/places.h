// SPDX-License-Identifier: GPL-3.0-or-later
// Where files are: what ships with the program, and what the user opened lately.
#pragma once

#include <QString>
#include <QStringList>

namespace requant {

// A file below resources/: beside an installed program (../share/requant), in the source tree that a build came from,
// or above the program's folder. Empty if it is in none of these.
QString resourceFile(const QString &relative);
QString sampleModelFile(); // empty if the sample is not there
// Samples that belong to a bundled model; empty for other models.
QString samplesOf(const QString &modelPath);

// Where copies of unsaved work are kept.
QString recoveryFolder();

// Recent models and projects, newest first; those that are gone are left out.
QStringList recentFiles();
void addRecentFile(const QString &path);
void clearRecentFiles();

} // namespace requant
