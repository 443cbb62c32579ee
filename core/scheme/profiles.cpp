// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scheme/profiledata.h"
#include "core/scheme/recipejson.h"

#include <algorithm>
#include <cassert>

namespace requant {

std::span<const Profile> builtinProfiles()
{
    static const std::vector<Profile> profiles = [] {
        std::vector<Profile> all;
        for (const ProfileSource &source : profileSources()) {
            Result<Profile> p = parseProfile(source.json, source.file);
            assert(p.has_value()); // the tests read every built-in profile
            if (p)
                all.push_back(std::move(*p));
        }
        return all;
    }();
    return profiles;
}

const Profile *findProfile(std::string_view id)
{
    const std::span<const Profile> all = builtinProfiles();
    const auto it = std::find_if(all.begin(), all.end(), [&](const Profile &p) { return p.id == id; });
    return it == all.end() ? nullptr : &*it;
}

} // namespace requant
