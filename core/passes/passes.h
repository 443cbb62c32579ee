// SPDX-License-Identifier: GPL-3.0-or-later
// Carries out a Resolution: chooses grids, re-quantizes weights, biases and constants, changes types and operator
// versions, inserts requantize operators.
#pragma once

#include "core/base/result.h"
#include "core/base/runcontrol.h"
#include "core/constraints/resolve.h"
#include "core/model/effectivegrid.h"
#include "core/model/model.h"
#include "core/sim/samples.h"
#include "core/sim/statistics.h"

#include <map>
#include <vector>

namespace requant {

struct PassResult
{
    Model model;
    std::map<TensorIndex, EffectiveGrid> effective;  // only tensors whose declared grid is not true
    std::vector<OperatorIndex> origin;               // by operator of the new main subgraph: the source's operator, invalid
                                                     // for an inserted operator
    Diagnostics diagnostics;
};

class LayerEvidence;
class SourceEvidence;

// Inputs for judging layers by their outputs: the source and the new network run on them side by side (layerwalk.h).
struct LayerSamples
{
    const SampleSet *set = nullptr;
    std::size_t count = 0;
    bool real = false; // the user's; false: synthetic
    LayerEvidence *evidence = nullptr; // what is known of the source on these samples (evidence.h); null: nothing is shared
    std::size_t index(std::size_t i) const { return i * set->size() / count; } // spread over the set
};

// `statistics` of the source's tensors: for activation scales, and for weights where there are no samples. Both may be null.
// `shared`: of this very source; null: nothing is taken from other conversions or kept for them. The result is the same.
Result<PassResult> applyPasses(const Model &, const Resolution &, const Recipe &, const Statistics *statistics,
                               const RunControl & = {}, const LayerSamples & = {}, SourceEvidence *shared = nullptr);

inline constexpr Message kBiasSaturated{"passes.bias-saturated", "%1: a bias does not fit into int32 and was clipped"};

inline constexpr Message kDimensionRepaired{"passes.dimension-repaired",
                                            "%1 has one dimension and said that it is quantized along dimension %2, which today's TFLite refuses: "
                                            "repaired to 0"};
inline constexpr Message kBiasGridRepaired{"passes.bias-grid-repaired",
                                           "the bias %1 said %2, but kernels take input scale x weight scale: repaired to that (%3); its "
                                           "integers stay"};

inline constexpr Message kCannotRequantize{"passes.cannot-requantize", "%1 cannot be re-quantized: %2"};

} // namespace requant
