// SPDX-License-Identifier: GPL-3.0-or-later
// The options of custom operators, which most converters write as a FlexBuffers map.
#pragma once

#include "core/model/table.h"

#include <cstddef>
#include <span>

namespace requant {

// Scalars and strings of the map by key, in the file's order; integers of all widths and bools become int64, floats double.
// Values of other kinds (vectors, maps, blobs, null) are left out. Null if the bytes are no such map or point outside themselves.
TablePtr readFlexMap(std::span<const std::byte> bytes);

} // namespace requant
