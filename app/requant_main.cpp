// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common.h"
#include "app/manual.h"
#include "app/progress.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string_view>

int main(int argc, char **argv)
{
    using namespace requant::cli;
    installInterruptHandler();

    CLI::App app("Requant re-quantizes quantized TFLite networks for other hardware: symmetric, power-of-two, per-tensor "
                 "and other schemes, without the float network.",
                 "requant");
    app.set_version_flag("--version", "requant " REQUANT_VERSION);
    app.require_subcommand(1);
    app.footer("Exit codes: 0 success, 1 findings (rule violations, differences), 2 usage, 3 a file that cannot be used,\n"
               "            4 a file that cannot be written, 130 interrupted\n\n"
               "Examples:\n"
               "  requant inspect net.tflite\n"
               "  requant convert net.tflite --profile symmetric --profile symmetric-pow2 --samples images.npy -o out\n"
               "  requant evaluate out/net-symmetric.tflite --against net.tflite --samples test.npy --labels labels.npy\n\n"
               "'requant COMMAND --help' explains a command.");
    int exitCode = kOk;
    addInspect(app, exitCode);
    addConvert(app, exitCode);
    addRun(app, exitCode);
    addCompare(app, exitCode);
    addDiagnose(app, exitCode);
    addEvaluate(app, exitCode);
    addVerify(app, exitCode);
    addProfiles(app, exitCode);
    addGenerate(app, exitCode);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &e) {
        if (e.get_exit_code() == 0) // help or version
            return app.exit(e);
        Common common;
        common.json = std::any_of(argv + 1, argv + argc, [](const char *a) { return std::string_view(a) == "--json"; });
        const std::vector<CLI::App *> chosen = app.get_subcommands();
        return failUsage(e.what(), common, chosen.empty() ? std::string() : chosen.front()->get_name());
    } catch (const std::bad_alloc &) {
        std::fputs("requant: error: out of memory\n", stderr);
        return kBadInput;
    } catch (const std::exception &e) {
        std::fprintf(stderr, "requant: error: %s\n", e.what());
        return kBadInput;
    }
    return exitCode;
}
