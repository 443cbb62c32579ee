// SPDX-License-Identifier: GPL-3.0-or-later
// A project as a file (.requant): which model, the recipes side by side, samples and the layout of docks. JSON with a
// version; newer ones are refused, and messages say where and why. Paths are kept relative to the project's folder and
// absolute: the relative one is tried first, so that a folder can be moved as a whole.
#pragma once

#include "core/base/result.h"
#include "ui/logic/variants.h"

#include <QByteArray>
#include <QString>

#include <string>
#include <string_view>
#include <vector>

namespace requant {

struct Project
{
    QString model;       // absolute path; need not exist
    QString modelSha256; // empty: unknown
    qint64 modelBytes = 0;
    std::vector<NamedRecipe> variants; // at least one in a file
    int active = 0;
    QString samples;     // absolute path; empty: none
    QString labels;      // of the samples, absolute path; empty: none
    int sampleLimit = 0; // 0: the program's own
    QByteArray layout;   // of docks, as QMainWindow::saveState() gives it; may be empty
    // Only in files for recovery: the project that was open; empty if it had no file yet.
    QString savedAs;
};

inline constexpr int kProjectVersion = 1;

// `file` is the project's own path, for relative paths and messages.
std::string projectToJson(const Project &, const QString &file);
Result<Project> parseProject(std::string_view json, const QString &file);
Result<Project> loadProject(const QString &file);
Status saveProject(const Project &, const QString &file); // to a temporary file that is renamed

// SHA-256 of a file's bytes, in hexadecimal.
Result<std::string> fileSha256(const QString &file);

} // namespace requant
