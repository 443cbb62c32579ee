// SPDX-License-Identifier: GPL-3.0-or-later
// A model file as a C array for programs without a file system: <name>.h declares it, <name>.cc (or .c) holds it,
// aligned to 16 bytes as TensorFlow Lite for Microcontrollers asks of a flatbuffer. Both compile as C11 and as C++11.
#pragma once

#include "core/base/result.h"
#include "core/base/runcontrol.h"
#include "core/model/model.h"

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace requant {

inline constexpr std::size_t kArrayAlignment = 16;

struct CArrayNames
{
    std::string variable;  // a C identifier: cIdentifier()
    std::string modelFile; // named in the comment
    std::string headerFile;
    std::string sha256; // of the model's bytes
};

// Letters, digits and underscores, ending in "model": "net-v1.0" gives "net_v1_0_model". Never a keyword or a reserved
// name.
std::string cIdentifier(std::string_view name);

// Declarations, with inputs, outputs, their grids and the operators that the runtime must have in a comment.
std::string cArrayHeader(const Model &, std::size_t bytes, const CArrayNames &);
// Written in parts; the file is there as a whole or not at all.
Status writeCArraySource(const std::filesystem::path &, std::span<const std::byte> model, const CArrayNames &,
                         const RunControl & = {});
// The bytes that a source written so holds. Errors name line and reason.
Result<std::vector<std::byte>> readCArray(std::string_view source);

inline constexpr Message kNotCArray{"carray.not-an-array", "line %1: %2"};

} // namespace requant
