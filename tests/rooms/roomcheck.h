// SPDX-License-Identifier: GPL-3.0-or-later
// The rules between rooms (ARCHITECTURE.md), checked on the text of sources and CMake files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace requant {

// Core's rooms from the bottom up: a room includes itself and rooms before it.
extern const std::vector<std::string> kCoreRooms;

// "core/model/model.h:12: core/model may not include core/scheme/recipe.h: ..." for every violation below root's
// folders core, ui and app; sorted by file.
std::vector<std::string> roomViolations(const std::filesystem::path &root);

// "core/base/x.h: no SPDX line" for every source, script and CMake file without one in its first two lines.
std::vector<std::string> filesWithoutLicence(const std::filesystem::path &root);

} // namespace requant
