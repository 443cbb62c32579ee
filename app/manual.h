// SPDX-License-Identifier: GPL-3.0-or-later
// The manual page and the completion of the shell, from the commands' own declarations, so that they say what the program does.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace requant::cli {

std::string manPage(const CLI::App &, const std::string &version); // roff, man(7)
std::string bashCompletion(const CLI::App &);

// "requant generate man|bash", not listed in the help: for the build.
void addGenerate(CLI::App &, int &exitCode);

} // namespace requant::cli
