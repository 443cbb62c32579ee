// SPDX-License-Identifier: GPL-3.0-or-later
// The texts of resources/profiles, compiled in (see embedprofiles.cmake).
#pragma once

#include <span>
#include <string_view>

namespace requant {

struct ProfileSource
{
    std::string_view file; // "amd-dpu.json"
    std::string_view json;
};

std::span<const ProfileSource> profileSources(); // in display order

} // namespace requant
