// SPDX-License-Identifier: GPL-3.0-or-later
// The header of NumPy's .npy format; loadNpy() and saveNpy() are declared in samples.h.
#pragma once

#include "core/base/diagnostic.h"

namespace requant {

inline constexpr Message kNotNpy{"npy.not-npy", "not an NPY file: %1"};
inline constexpr Message kNpyUnsupported{"npy.unsupported", "an NPY array that is not supported: %1"};
inline constexpr Message kNpyTruncated{"npy.truncated", "the array needs %1 bytes, the file has %2"};

} // namespace requant
