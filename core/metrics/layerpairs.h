// SPDX-License-Identifier: GPL-3.0-or-later
// The layers of two networks that belong together, and what can be said of them without running anything.
#pragma once

#include "core/metrics/errors.h"

#include <memory>
#include <vector>

namespace requant {

struct LayerPair
{
    OperatorIndex source, converted;
    TensorIndex sourceOut, convertedOut;
    bool comparable = false; // outputs have real values
    bool local = false;      // the layer can be fed alone
};

inline const Subgraph &mainOf(const std::shared_ptr<const Model> &m) { return m->subgraphs.front(); }
EffectiveGrid gridOf(const ComparedModels &, TensorIndex);
// By operator of the source: the converted operator, or none.
std::vector<OperatorIndex> convertedOf(const ComparedModels &);
// By operator of the source.
std::vector<LayerPair> pairLayers(const ComparedModels &);
// Names and scales of every layer; no errors.
std::vector<LayerError> describeLayers(const ComparedModels &);
// Fills in the weights' part of layers[i].
void measureWeights(const ComparedModels &, LayerError &);

} // namespace requant
