// SPDX-License-Identifier: GPL-3.0-or-later
// Recipes and profiles as JSON. Errors name line, column and key ("line 12, rules[2].weights.type: ...").
#pragma once

#include "core/base/result.h"
#include "core/scheme/recipe.h"

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace requant {

// `source` is the file name for messages. // and /* */ comments are allowed; unknown keys are errors.
Result<Recipe> parseRecipe(std::string_view json, std::string_view source = {});
std::string recipeToJson(const Recipe &);
Result<Recipe> loadRecipe(const std::filesystem::path &);
Status saveRecipe(const Recipe &, const std::filesystem::path &);

struct ProfileFact
{
    std::string statement; // "weights: int8, symmetric, per channel"
    std::string source;    // where it is documented
};

// A hardware target: a recipe and the facts behind it. Built-in profiles are data files in resources/profiles, compiled
// in.
struct Profile
{
    std::string id;      // "amd-dpu"
    std::string title;   // "AMD / Xilinx DPU"
    std::string summary; // one line
    std::vector<ProfileFact> facts;
    std::vector<std::string> unknown; // what no source told; shown as unknown, never filled in
    Recipe recipe;
};

std::span<const Profile> builtinProfiles();      // in display order
const Profile *findProfile(std::string_view id); // null if there is none
Result<Profile> parseProfile(std::string_view json, std::string_view source = {});

} // namespace requant
