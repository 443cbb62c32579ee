// SPDX-License-Identifier: GPL-3.0-or-later
// What a layer's weights have for each output channel, before and after conversion.
#pragma once

#include "core/model/model.h"

#include <QString>

#include <vector>

namespace requant {

struct Conversion;
struct LayerError;

struct ChannelFacts
{
    std::size_t channels = 0; // 0: no weights
    // By channel; a per-tensor grid gives the same for all. Empty where it is not known.
    std::vector<double> scaleBefore, scaleAfter;
    std::vector<double> weightSqnr; // dB; +infinity without any error
    std::vector<double> shift;      // mean of (new - source) output of the layer alone, in steps of its new scale
    bool isEmpty() const { return channels == 0; }
    bool isPerChannel() const; // before or after
    int worst() const;         // channel of the least SQNR; -1 if none is known
    // "channel 17: scale 0.0031 -> 2^-8, SQNR 12.3 dB, output shift 0.10 steps"
    QString text(std::size_t channel) const;
};

// The weight tensor that the source's operator reads in `model` (the source itself or its conversion); null if it has none.
const Tensor *weightTensor(const Model &source, const Conversion *, int op, bool converted);
// `weights` and `local` may be null: not measured.
ChannelFacts channelFacts(const Model &source, const Conversion *, int op, const LayerError *weights, const LayerError *local);

} // namespace requant
