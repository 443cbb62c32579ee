// SPDX-License-Identifier: GPL-3.0-or-later
// What the steps of a conversion share: the source, the plan, and the model that is being made. Steps run in the order in
// which apply.cpp calls them; each says in its file what holds afterwards.
#pragma once

#include "core/passes/grids.h"
#include "core/passes/passes.h"

#include <set>

namespace requant {

struct PassContext
{
    PassContext(const Model &, const Resolution &, const Recipe &, const RunControl &);

    const Model &source;
    const Subgraph &from; // the source's main subgraph
    const Resolution &resolution;
    const Recipe &recipe;
    const RunControl &run;
    SourceEvidence *shared = nullptr; // null: nothing is shared with other conversions
    PassResult out;
    std::vector<GroupGrid> grids;      // by group
    std::vector<OperatorIndex> place;  // by operator of the source: its number in out.model
    std::map<TensorIndex, std::int32_t> copyGroup; // group of tensors that were added as copies

    Subgraph &graph() { return out.model.subgraphs.front(); }
    const Subgraph &graph() const { return out.model.subgraphs.front(); }
    Operator &placed(OperatorIndex o) { return graph().op(place[o.pos()]); }
    const GroupGrid *gridOf(const TensorPlan &p) const { return p.group >= 0 ? &grids[static_cast<std::size_t>(p.group)] : nullptr; }
    EffectiveGrid effectiveOf(TensorIndex) const; // of a tensor of the new model

    // Replaces a tensor's data; its buffer is reused only if nobody else reads it.
    void setData(TensorIndex, std::vector<std::byte>);
    static void takeGrid(Tensor &, const QuantParams &);
    TensorIndex addTensor(Tensor, std::vector<std::byte> data = {});

    // Weights and biases. The tensor that operator `o` of the source uses at a position: the source's own for its first user, a
    // new one for others.
    TensorIndex ownTensor(OperatorIndex o, int position, TensorIndex);
    // Operator `o` wants the source's values: its own copy of them if an earlier user has changed the tensor.
    void keepTensor(OperatorIndex o, int position, TensorIndex);

    // Operators that are to stand before an operator of the source (its count: behind all); in the order of the calls.
    void insertBefore(std::size_t position, Operator);
    // Numbers operators anew; place and out.origin follow.
    void placeInserted();

private:
    TensorIndex copyTensor(OperatorIndex o, int position, TensorIndex);
    void claimSharedConstants();

    struct Insertion
    {
        std::size_t before;
        Operator op;
    };
    std::vector<int> m_bufferUsers;
    std::set<TensorIndex> m_claimed;   // weights and biases that an operator has taken
    std::set<TensorIndex> m_rewritten; // of these, the ones with new values
    std::vector<Insertion> m_insertions;
};

// The steps.
void retypeTensors(PassContext &);      // activations and constants take their grids
void insertBoundaries(PassContext &);   // requantize operators and constant copies
void foldPadding(PassContext &);        // PADV2 where a consumer pads a tensor with an offset; activations that saturation does
// The source with the fused activations that saturation stands for; before everything else.
Model withImpliedActivations(const Model &);
void removeTrivialActivations(PassContext &, const Model &given); // of those, the ones that saturation does again
void setVersions(PassContext &);        // operator versions and options that follow from types
void repairBiases(PassContext &);       // what the source's file says wrongly about biases that were kept

// A dimension that the source's file had wrong (see tflite/schema.h) is that of its own parameters: 0 will be written.
void forgetSourceDimension(Tensor &);

// Integers of a constant on another grid.
std::vector<std::byte> regridded(const PassContext &, const Tensor &from, ElementType, const GroupGrid &);

} // namespace requant
