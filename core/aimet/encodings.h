// SPDX-License-Identifier: GPL-3.0-or-later
// AIMET's encodings: JSON beside a float network, by tensor name. Formats as quic/aimet documents them (quantization
// encoding specification): 0.4 (no version), 0.5.0, 0.6.1, 1.0.0, 2.0.0, 2.1.0.
//   up to 1.0.0  integers are unsigned, 0 .. 2^bits - 1; min = scale * offset, so offset is minus the zero point. Some
//                producers wrote it positive: where min says otherwise than offset, min is believed.
//   from 2.0.0   as ONNX QuantizeLinear: a type, a scale and a zero point of that type
// Whatever a file says, an Encoding has its zero point on the unsigned grid.
#pragma once

#include "core/base/diagnostic.h"
#include "core/base/result.h"
#include "core/model/model.h"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace requant {

struct Encoding
{
    int bits = 8;
    bool isFloat = false; // the tensor stays real
    bool isSymmetric = false;
    std::vector<double> scale;
    std::vector<std::int64_t> zeroPoint; // as many as scales
    friend bool operator==(const Encoding &, const Encoding &) = default;
};

struct Encodings
{
    std::string version;
    std::map<std::string, Encoding> activations, parameters;
    Diagnostics notes;
    // By role, then by the other one.
    const Encoding *activation(const std::string &name) const;
    const Encoding *parameter(const std::string &name) const;
};

Result<Encodings> readEncodings(std::string_view json);
Result<Encodings> loadEncodings(const std::filesystem::path &);

enum class EncodingVersion : std::uint8_t { V061, V100 };
// Of every quantized activation and weight of a model; biases follow from both.
Result<std::string> writeEncodings(const Model &, EncodingVersion);

inline constexpr Message kBadEncodings{"aimet.bad-file", "not AIMET encodings: %1"};
inline constexpr Message kBadEncoding{"aimet.bad-encoding", "encoding of %1: %2"};
inline constexpr Message kSkippedEncoding{"aimet.skipped", "the encoding of %1 is not used: %2"};
inline constexpr Message kOffsetSign{
    "aimet.offset-sign",
    "offsets of this file contradict min and scale (%1: offset %2, min / scale %3); min is believed"};

} // namespace requant
