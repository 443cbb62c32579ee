// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common.h"

#include "core/constraints/resolve.h"

#include <algorithm>
#include <cstdio>

namespace requant::cli {

namespace {

struct VerifyArgs
{
    Common common;
    std::vector<std::string> models;
    bool strict = false;
};

int verify(const VerifyArgs &args)
{
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
        if (errors > 0 || (args.strict && warnings > 0))
            code = kFindings;
        if (args.common.json) {
            all.push_back({{"file", file}, {"violations", errors}, {"warnings", warnings},
                           {"diagnostics", diagnosticsJson(found, *source->model)},
                           {"reading", diagnosticsJson(source->diagnostics, *source->model)}});
            continue;
        }
        std::printf("%s: %td rule violation%s, %td warning%s\n", file.c_str(), errors, errors == 1 ? "" : "s", warnings,
                    warnings == 1 ? "" : "s");
        printDiagnostics(found, *source->model, stdout, args.common.quiet ? Severity::Error : Severity::Note);
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
    CLI::App *sub = app.add_subcommand("verify", "Check models against the runtime's quantization rules");
    sub->add_option("MODEL", args->models, "TFLite files")->required();
    sub->add_flag("--strict", args->strict, "Warnings count as findings too");
    addCommon(sub, args->common);
    sub->footer("Exit code 0: no violation; 1: violations.\n\n"
                "Examples:\n"
                "  requant verify net.tflite\n"
                "  requant verify out/*.tflite --strict");
    sub->callback([args, &exitCode] { exitCode = verify(*args); });
}

} // namespace requant::cli
