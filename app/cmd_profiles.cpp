// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common.h"

#include "core/scheme/recipejson.h"

#include <cstdio>

namespace requant::cli {

namespace {

Json profileJson(const Profile &p, bool full)
{
    Json j;
    j["id"] = p.id;
    j["title"] = p.title;
    j["summary"] = p.summary;
    if (!full)
        return j;
    j["facts"] = Json::array();
    for (const ProfileFact &f : p.facts)
        j["facts"].push_back({{"statement", f.statement}, {"source", f.source}});
    j["unknown"] = p.unknown;
    j["recipe"] = Json::parse(recipeToJson(p.recipe), nullptr, false, true);
    return j;
}

int list(const Common &common)
{
    if (common.json) {
        Json j = Json::array();
        for (const Profile &p : builtinProfiles())
            j.push_back(profileJson(p, false));
        printJson(j);
        return kOk;
    }
    for (const Profile &p : builtinProfiles())
        std::printf("%-28s %s\n%-28s   %s\n", p.id.c_str(), p.title.c_str(), "", p.summary.c_str());
    return kOk;
}

int show(const std::string &id, const Common &common)
{
    const Profile *p = findProfile(id);
    if (!p)
        return failUsage(noProfileText(id), common, "profiles");
    if (common.json) {
        printJson(profileJson(*p, true));
        return kOk;
    }
    std::printf("%s: %s\n%s\n\nFacts\n", p->id.c_str(), p->title.c_str(), p->summary.c_str());
    for (const ProfileFact &f : p->facts)
        std::printf("  - %s\n    source: %s\n", f.statement.c_str(), f.source.c_str());
    if (!p->unknown.empty()) {
        std::printf("\nNot known\n");
        for (const std::string &u : p->unknown)
            std::printf("  - %s\n", u.c_str());
    }
    std::printf("\nRecipe\n%s\n", recipeToJson(p->recipe).c_str());
    return kOk;
}

} // namespace

void addProfiles(CLI::App &app, int &exitCode)
{
    struct ProfileArgs
    {
        Common common, listCommon, showCommon;
        std::string id;
    };
    auto args = std::make_shared<ProfileArgs>();
    CLI::App *sub = app.add_subcommand("profiles", "List the built-in hardware profiles, or show one with its sources");
    sub->require_subcommand(0, 1);
    addCommon(sub, args->common);
    CLI::App *listSub = sub->add_subcommand("list", "All built-in profiles");
    addCommon(listSub, args->listCommon);
    CLI::App *showSub = sub->add_subcommand("show", "One profile: facts, sources, recipe");
    showSub->add_option("PROFILE", args->id, "Profile id")->required();
    addCommon(showSub, args->showCommon);
    sub->footer("Examples:\n"
                "  requant profiles list\n"
                "  requant profiles show amd-dpu\n"
                "  requant profiles show symmetric-pow2 --json | jq .recipe > mine.json");
    listSub->callback([args, &exitCode] { exitCode = list(args->listCommon); });
    showSub->callback([args, &exitCode] { exitCode = show(args->id, args->showCommon); });
    sub->callback([args, sub, &exitCode] {
        if (sub->get_subcommands().empty())
            exitCode = list(args->common);
    });
}

} // namespace requant::cli
