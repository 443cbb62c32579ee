// SPDX-License-Identifier: GPL-3.0-or-later
// When a model's buffers go behind the flatbuffer. Apart from the public header so that tests can do it with small models.
#pragma once

#include "core/tflite/tflite.h"

namespace requant::tfliteformat {

// A flatbuffer's offsets reach 2 GiB; the rest is a margin for alignment.
inline constexpr std::size_t kMostFlatBytes = (std::size_t{1} << 31) - (std::size_t{1} << 24);

// As writeTflite(), but all buffers go behind the flatbuffer when it would pass `externalFrom` bytes.
Result<std::vector<std::byte>> writeTfliteWithLimit(const Model &, const WriteOptions &, std::size_t externalFrom);

} // namespace requant::tfliteformat
