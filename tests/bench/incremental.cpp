// SPDX-License-Identifier: GPL-3.0-or-later
// How long an edit takes to be answered: requant_bench_incremental MODEL SAMPLES [N] [THREADS]
// Converts MODEL to the profile "symmetric", then edits layers at the front, in the middle and at the end, each to power-of-two
// scales, and prints a table of medians: the local error of the edited layer, all end-to-end errors, and measureErrors() on the
// same samples. Then the memory that streaming over all samples of the file takes.
#include "core/convert/convert.h"
#include "core/metrics/incremental.h"
#include "core/sim/statistics.h"
#include "core/tflite/tflite.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include <sys/resource.h>

using namespace requant;

namespace {

using Clock = std::chrono::steady_clock;
double since(Clock::time_point start) { return std::chrono::duration<double, std::milli>(Clock::now() - start).count(); }

double peakMegabytes()
{
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

template <class T>
T orDie(Result<T> r)
{
    if (!r) {
        std::fprintf(stderr, "%s\n", text(r.error()).c_str());
        std::exit(1);
    }
    return std::move(*r);
}

double median(std::vector<double> v)
{
    std::sort(v.begin(), v.end());
    return v[v.size() / 2];
}

} // namespace

int main(int argc, char **argv)
{
    if (argc < 3) {
        std::fprintf(stderr, "usage: %s MODEL SAMPLES [N] [THREADS]\n", argv[0]);
        return 2;
    }
    const auto model = orDie(loadTflite(argv[1])).model;
    const SampleSet samples = orDie(SampleSet::open(argv[2], *model));
    IncrementalOptions options;
    options.samples = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 16;
    options.threads = argc > 4 ? static_cast<unsigned>(std::strtoul(argv[4], nullptr, 10)) : 0;

    const auto profiles = builtinProfiles();
    const auto profile = std::find_if(profiles.begin(), profiles.end(), [](const Profile &p) { return p.id == "symmetric"; });
    Recipe base = profile == profiles.end() ? Recipe() : profile->recipe;
    base.effort = Effort::Fast; // the conversion is not what is timed
    const auto statistics = std::make_shared<const Statistics>(orDie(collectStatistics(model, samples, options.samples)));
    const auto convertWith = [&](const Recipe &r) { return orDie(convert({model, r, statistics, {}})); };
    const auto edited = [&](int op) {
        Recipe r = base;
        Rule rule;
        rule.range = {op, op};
        rule.activations.scale = rule.weights.scale = ScaleRule::PowerOfTwo;
        r.rules.push_back(rule);
        return r;
    };

    IncrementalComparison engine(model, samples, options);
    const Conversion start = convertWith(base);
    auto begin = Clock::now();
    orDie(engine.update(start.compared(), numerics(base)));
    std::printf("first update, %zu samples: %.0f ms, %.0f MB kept\n", engine.sampleCount(), since(begin), static_cast<double>(engine.keptBytes()) / 1e6);

    const int operators = static_cast<int>(model->subgraphs.front().operators.size());
    std::printf("%-10s %12s %12s %12s %12s %12s %14s\n", "edit of", "convert ms", "local ms", "all ms", "operators", "local runs", "whole ms");
    for (const int op : {0, operators / 4, operators / 2, operators - 4}) {
        std::vector<double> conversions, locals, alls, wholes;
        IncrementalComparison::Work work;
        for (int repeat = 0; repeat < 5; ++repeat) {
            begin = Clock::now();
            const Conversion c = convertWith(edited(op));
            conversions.push_back(since(begin));
            begin = Clock::now();
            const OperatorIndex layer{op};
            orDie(engine.update(c.compared(), numerics(base), {}, std::span(&layer, 1), [&](const ErrorReport &) { locals.push_back(since(begin)); }));
            alls.push_back(since(begin));
            work = engine.work();
            begin = Clock::now();
            orDie(measureErrors(c.compared(), samples, options.samples, numerics(base)));
            wholes.push_back(since(begin));
            orDie(engine.update(start.compared(), numerics(base)));
        }
        std::printf("%-10d %12.1f %12.1f %12.1f %12zu %12zu %14.1f\n", op, median(conversions), median(locals), median(alls), work.operators,
                    work.localOperators, median(wholes));
    }
    std::printf("peak so far %.0f MB\n", peakMegabytes());
    return 0;
}
