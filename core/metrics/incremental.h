// SPDX-License-Identifier: GPL-3.0-or-later
// Errors of one conversion after another of the same source on the same samples: each update simulates only what the
// conversion changed, and what follows from it. The numbers are those of measureErrors(), bit for bit.
//
// Between updates activations are kept: first the source's of as many samples as fit the budget, then, with what is left, the
// converted network's. Samples beyond are computed again when they are needed (the source wholly, the converted network from
// its inputs to what changed). Not counted are packed weights of both networks, and one simulator of each per thread while an
// update runs.
//
// Networks that keep state from run to run (variables) are measured wholly by each update, on one thread; so are all where the
// numerics change.
#pragma once

#include "core/metrics/errors.h"
#include <cstddef>
#include <functional>
#include <memory>
#include <span>

namespace requant {

struct IncrementalOptions
{
    std::size_t samples = 16;                   // at most; 0: all
    std::size_t budget = std::size_t{256} << 20; // bytes of activations kept between updates; 0: none
    unsigned threads = 0;                       // 0: all cores
};

class IncrementalComparison
{
public:
    IncrementalComparison(std::shared_ptr<const Model> source, SampleSet, const IncrementalOptions & = {});
    ~IncrementalComparison();
    IncrementalComparison(const IncrementalComparison &) = delete;
    IncrementalComparison &operator=(const IncrementalComparison &) = delete;

    using OnLocal = std::function<void(const ErrorReport &)>;
    // Errors of this conversion. With `onLocal` the local errors of the layers `first` (operators of the source; empty: of all
    // layers) are measured before anything else and handed over in a report that has no other activation errors. Calls from
    // several threads take turns. After an error or a cancellation the next update starts from the last one that succeeded.
    Result<ErrorReport> update(const ComparedModels &, const Numerics &, const RunControl & = {}, std::span<const OperatorIndex> first = {},
                               const OnLocal & = {});

    // What the last update computed, for all samples together.
    struct Work
    {
        std::size_t sourceRuns = 0;     // of the whole source
        std::size_t operators = 0;      // of the converted network, end to end
        std::size_t localOperators = 0; // layers fed with the source's activations
    };
    Work work() const;
    std::size_t keptBytes() const;
    std::size_t sampleCount() const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace requant
