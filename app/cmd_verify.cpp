// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common.h"

#include "core/constraints/resolve.h"
#include "core/constraints/target.h"
#include "core/scheme/recipejson.h"

#include <algorithm>
#include <cstdio>
#include <optional>

namespace requant::cli {

namespace {

struct VerifyArgs
{
    Common common;
    std::vector<std::string> models;
    std::string profile, recipe;
    bool strict = false;
};

int verify(const VerifyArgs &args)
{
    std::optional<Recipe> target;
    std::string targetName;
    if (!args.profile.empty()) {
        const Profile *p = findProfile(args.profile);
        if (!p)
            return failUsage(noProfileText(args.profile), args.common, "verify");
        target = p->recipe;
        targetName = p->id;
    } else if (!args.recipe.empty()) {
        Result<Recipe> r = loadRecipe(args.recipe);
        if (!r)
            return fail(r.error(), args.common);
        target = std::move(*r);
        targetName = args.recipe;
    }
    int code = kOk;
    Json all = Json::array();
    for (const std::string &file : args.models) {
        const Result<Source> source = loadSource(file);
        if (!source)
            return fail(source.error(), args.common);
        const Diagnostics found = verifyQuantization(*source->model);
        const auto count = [&](Severity s) {
            return std::count_if(found.begin(), found.end(), [s](const Diagnostic &d) { return d.severity == s; });
        };
        const auto errors = count(Severity::Error), warnings = count(Severity::Warning);
        const Diagnostics missed = target ? verifyTarget(*source->model, *target) : Diagnostics();
        const auto misses = std::count_if(missed.begin(), missed.end(),
                                          [](const Diagnostic &d) { return d.severity != Severity::Note; });
        if (errors > 0 || misses > 0 || (args.strict && warnings > 0))
            code = kFindings;
        if (args.common.json) {
            Json j{{"file", file}, {"violations", errors}, {"warnings", warnings},
                   {"diagnostics", diagnosticsJson(found, *source->model)},
                   {"reading", diagnosticsJson(source->diagnostics, *source->model)}};
            if (target) {
                j["target"] = targetName;
                j["target_misses"] = misses;
                j["target_diagnostics"] = diagnosticsJson(missed, *source->model);
            }
            all.push_back(std::move(j));
            continue;
        }
        const auto size = [](std::ptrdiff_t n) { return static_cast<std::size_t>(n); };
        std::printf("%s: %s, %s%s\n", file.c_str(), plural(size(errors), "rule violation").c_str(),
                    plural(size(warnings), "warning").c_str(),
                    target ? (", " + plural(size(misses), "miss", "misses") + " of target " + targetName).c_str() : "");
        printDiagnostics(found, *source->model, stdout, args.common.quiet ? Severity::Error : Severity::Note);
        printDiagnostics(missed, *source->model, stdout, args.common.quiet ? Severity::Warning : Severity::Note);
        if (!args.common.quiet)
            printDiagnostics(source->diagnostics, *source->model, stdout);
    }
    if (args.common.json)
        printJson(all.size() == 1 ? all[0] : all);
    return code;
}

} // namespace

void addVerify(CLI::App &app, int &exitCode)
{
    auto args = std::make_shared<VerifyArgs>();
    CLI::App *sub = app.add_subcommand("verify", "Check models against the runtime's quantization rules and a target's");
    sub->add_option("MODEL", args->models, "TFLite or ONNX files")->required();
    CLI::Option *profile = sub->add_option("--profile", args->profile, "Check against what this profile asks for too");
    sub->add_option("--recipe", args->recipe, "Check against what this recipe asks for too")->excludes(profile);
    sub->add_flag("--strict", args->strict, "Warnings count as findings too");
    addCommon(sub, args->common);
    sub->footer("Exit code 0: nothing found; 1: rules violated, or not what the target asks for\n"
                "(a fixed output that was kept is one only if the target asks for a requantize operator).\n\n"
                "Examples:\n"
                "  requant verify net.tflite\n"
                "  requant verify out/*.tflite --strict\n"
                "  requant verify vendor.tflite --profile symmetric-pow2");
    sub->callback([args, &exitCode] { exitCode = verify(*args); });
}

} // namespace requant::cli
