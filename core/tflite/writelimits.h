// SPDX-License-Identifier: GPL-3.0-or-later
// When a model's buffers go behind the flatbuffer, and writing without checks: apart from the public header, for tests.
#pragma once

#include "core/tflite/tflite.h"

namespace requant::tfliteformat {

// A flatbuffer's offsets reach 2 GiB; the rest is a margin for alignment.
inline constexpr std::size_t kMostFlatBytes = (std::size_t{1} << 31) - (std::size_t{1} << 24);

// As writeTflite(), but all buffers go behind the flatbuffer when it would pass `externalFrom` bytes.
Result<std::vector<std::byte>> writeTfliteWithLimit(const Model &, const WriteOptions &, std::size_t externalFrom);
// Writes a model whose indices and sizes may be wrong, to see that reading finds it.
Result<std::vector<std::byte>> writeTfliteUnchecked(const Model &);

} // namespace requant::tfliteformat
