// SPDX-License-Identifier: GPL-3.0-or-later
// What a network takes and gives: its inputs and outputs as uint8, int8 or float32, whatever it computes in. An
// operator in front of the first layer or behind the last one moves the values (QUANTIZE, DEQUANTIZE); between uint8
// and int8 that is exact.
#pragma once

#include "core/base/diagnostic.h"
#include "core/model/model.h"

#include <memory>
#include <optional>
#include <string_view>

namespace requant {

// Unset: as they are.
struct PortTypes
{
    std::optional<ElementType> inputs, outputs; // UInt8, Int8 or Float32
    bool empty() const { return !inputs && !outputs; }
    friend bool operator==(const PortTypes &, const PortTypes &) = default;
};
// "uint8", "int8", "float32"; "keep" gives unset. False for another word.
bool portTypeFromName(std::string_view, std::optional<ElementType> &);
std::string_view portTypeName(std::optional<ElementType>);

struct PortedModel
{
    std::shared_ptr<const Model> model; // the given one if nothing had to be done
    std::size_t added = 0, removed = 0; // operators
    Diagnostics diagnostics;            // inputs and outputs that stay as they are, and why; what gets coarser
};

// Tensors keep their numbers, new ones are appended; operators count anew. A float input that one QUANTIZE reads and a
// float output that a DEQUANTIZE makes lose that operator. Graph inputs, outputs and the signatures name the new
// tensors.
PortedModel withPortTypes(const std::shared_ptr<const Model> &, const PortTypes &);

inline constexpr Message kPortKept{"passes.port-kept", "'%1' stays %2: %3"};
inline constexpr Message kPortCoarser{"passes.port-coarser",
                                      "'%1' has 16 bits inside and 8 bits outside: it is rounded to steps of 256"};

} // namespace requant
