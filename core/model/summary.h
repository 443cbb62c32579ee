// SPDX-License-Identifier: GPL-3.0-or-later
// What a model is made of, for `requant inspect`, reports and the status bar.
#pragma once

#include "core/model/model.h"

#include <cstdint>
#include <string>
#include <vector>

namespace requant {

struct ModelSummary
{
    struct Count
    {
        std::string name;
        std::size_t count = 0;
    };
    std::size_t subgraphs = 0, operators = 0, tensors = 0;
    std::size_t quantizedTensors = 0, perChannelTensors = 0;
    std::size_t constantBytes = 0; // of distinct buffers that tensors use
    std::vector<Count> operatorTypes; // most frequent first, then by name
    std::vector<Count> tensorTypes;   // "int8", in the same order
};

// Over all subgraphs.
ModelSummary summarize(const Model &);

// "int8 1x224x224x3, scale 0.0078, zero point -1"; "per-channel (16 along 0)" where there are several scales.
std::string tensorText(const Tensor &);
// "0.0078125, zero point 128", "16 scales 0.001 .. 0.02 along dimension 0", or "" if not quantized.
std::string quantText(const QuantParams &);

// One row per operator of a subgraph.
struct LayerRow
{
    OperatorIndex op;
    std::string name, type; // layerName() and the operator's type; a custom operator's own name
    std::string inputs;     // variable inputs as "int8 1x8x8x16", separated by ", "
    std::string outputs;
    std::string weights;    // the first constant input in the same form, or empty
    std::size_t constantBytes = 0; // of all constant inputs
};
std::vector<LayerRow> layerRows(const Model &, SubgraphIndex);

// The name under which an operator is listed: opName(), or a custom operator's code.
std::string operatorTypeText(const Operator &);

} // namespace requant
