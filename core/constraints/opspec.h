// SPDX-License-Identifier: GPL-3.0-or-later
// What the runtime demands of each operator's quantization, as ONE table. Resolver, verifier, editor tooltips and
// documents read it. Facts: TFLite's quantization specification and kernels (see opspec.cpp for the source of each row).
#pragma once

#include "core/model/elementtype.h"
#include "core/model/operatorcode.h"

#include <span>
#include <string_view>
#include <vector>

namespace requant {

enum class RowKind : std::uint8_t {
    SameGrid,      // the data inputs and outputs share scale and zero point
    FixedOutput,   // output has exactly this scale and zero point
    DerivedBias,   // bias scale = input scale x weight scale, zero point 0, int32 or int64
    PerChannel,    // weights may be per-channel along `dimension`
    ZeroPointZero, // the tensors named must have zero point 0
    ScaleRatio,    // a ratio of scales must lie in a range, or the runtime aborts or refuses
};

enum class Enforcement : std::uint8_t {
    Runtime,  // the kernel checks it: the model does not run otherwise
    Spec,     // the specification demands it; kernels compute wrongly otherwise
    Delegate, // XNNPACK does not take the operator otherwise (falls back to the built-in kernel)
};

struct ConstraintRow
{
    RowKind kind;
    std::uint8_t types;        // bit set of kInt8 | kUInt8 | kInt16: storage types that the row is for
    Enforcement enforcement = Enforcement::Spec;
    float scale = 0;           // FixedOutput
    std::int32_t zeroPoint = 0; // FixedOutput
    std::int8_t dimension = 0; // PerChannel
    std::int8_t operand = -1;  // input position concerned; -1: all data operands (and outputs)
    double low = 0, high = 0;  // ScaleRatio
    std::string_view why = {}; // one sentence for tooltips and reports
};

inline constexpr std::uint8_t kInt8 = 1, kUInt8 = 2, kInt16 = 4, kAnyType = 7;
std::uint8_t typeBit(ElementType); // 0 for other types

// What happens to the output's real values when the inputs' real values are multiplied by a common factor r > 0. Weight
// correction may declare a tensor's scale untruly (by a ratio) only where every neighbour allows it.
enum class Scaling : std::uint8_t {
    Weighted,    // any ratio in, any ratio out: the weights absorb it
    Homogeneous, // the output is multiplied by r too
    True,        // neither: declared scales must be true
};

struct MinVersions // operator versions that activation types need; 0: any
{
    std::int8_t int8 = 0, uint8 = 0, int16 = 0;
};

struct OpSpec
{
    Op op;
    std::uint8_t storageTypes;           // activation types that the runtime has a kernel for
    std::vector<std::int8_t> dataInputs; // positions of activation operands; empty: all inputs
    Scaling scaling;
    bool sameType;                       // inputs and outputs must have one storage type
    MinVersions versions;
    std::vector<ConstraintRow> rows;

    bool isDataInput(std::size_t position) const;
    const ConstraintRow *row(RowKind, ElementType activationType) const; // the first that applies, or null
    int minVersion(ElementType activationType) const;
};

std::span<const OpSpec> opSpecs();
const OpSpec *findOpSpec(Op); // null for operators that the table does not know: they are kept as they are

} // namespace requant
