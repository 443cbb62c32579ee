// SPDX-License-Identifier: GPL-3.0-or-later
// Inputs made from nothing but the model's input shape and type, for statistics without the user's data: pictures of
// octave noise (power falls as 1/f, as in photographs), of overlapping discs ("dead leaves": occlusion and edges), and of a few
// discs on a plain background.
#pragma once

#include "core/base/result.h"
#include "core/model/model.h"
#include "core/sim/samples.h"

namespace requant {

// `count` samples, the same for the same model and seed.
Result<SampleSet> syntheticSamples(const Model &, std::size_t count, std::uint64_t seed = 1);

} // namespace requant
