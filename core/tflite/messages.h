// SPDX-License-Identifier: GPL-3.0-or-later
// What reading, checking and writing TFLite files can report.
#pragma once

#include "core/base/diagnostic.h"

namespace requant::tfliteformat {

// The file as a whole
inline constexpr Message kTooSmall{"tflite.too-small", "not a TFLite model: the file has only %1 bytes"};
inline constexpr Message kNotTflite{"tflite.not-tflite", "not a TFLite model: %1"};
inline constexpr Message kOldFormat{"tflite.old-format",
                                    "this TFLite file has the old format %1; only TFL3 (TensorFlow 1.5 and newer) can be read"};
inline constexpr Message kTooManyTables{"tflite.too-many-tables", "%1: the file has more than %2 tables"};
inline constexpr Message kRepeatedData{"tflite.repeated-data",
                                       "%1: the file's parts overlap so much that reading it would take %2 times its size"};

// Structure
inline constexpr Message kPastEnd{"tflite.past-end", "%1: %2 reaches past the end of the file (damaged or cut short)"};
inline constexpr Message kBadTable{"tflite.bad-table", "%1: damaged table (%2)"};
inline constexpr Message kNoSubgraph{"tflite.no-subgraph", "the model has no subgraph"};
inline constexpr Message kMissingEntry{"tflite.missing-entry", "%1 is missing"};
inline constexpr Message kUnknownField{"tflite.unknown-field",
                                       "%1 is newer than the schema that Requant knows; it is not shown and would be lost on writing"};
inline constexpr Message kUnknownValue{"tflite.unknown-value", "%1 has the value %2, which %3 does not have; kept as it is"};
inline constexpr Message kNotCarried{"tflite.not-carried", "%1: %2; this would be lost on writing"};
inline constexpr Message kMissingOptions{"tflite.missing-options", "%1 names the options %2 but has none"};
inline constexpr Message kExternalFile{"tflite.external-file",
                                       "%1 keeps its data in another file (%2), which is not read"};
inline constexpr Message kTrailing{"tflite.trailing", "%1 bytes after the model are kept as they are (%2)"};

// Indices and sizes
inline constexpr Message kBadIndex{"tflite.bad-index", "%1 is %2, but there are only %3"};
inline constexpr Message kBadShape{"tflite.bad-shape", "%1 is %2, which is not a possible shape"};
inline constexpr Message kBufferSize{"tflite.buffer-size", "%1 has %2 bytes of data, but its shape %3 and type %4 need %5"};
inline constexpr Message kVariableWithData{"tflite.variable-with-data", "%1 is variable and has constant data"};
inline constexpr Message kBufferZero{"tflite.buffer-zero", "buffers[0] is not empty; it is kept, but no tensor can use it"};
inline constexpr Message kSeveralProducers{"tflite.several-producers", "%1 is written by operators %2 and %3"};
inline constexpr Message kReadBeforeWritten{"tflite.read-before-written",
                                            "%1 is read by operator %2 before operator %3 writes it"};

// Quantization
inline constexpr Message kScaleCount{"tflite.scale-count", "%1 has %2 scales, but dimension %3 of shape %4 has %5 entries"};
inline constexpr Message kZeroPointCount{"tflite.zero-point-count", "%1 has %2 zero points for %3 scales"};
inline constexpr Message kNoZeroPoint{"tflite.no-zero-point", "%1 has a scale and no zero point; 0 is assumed"};
inline constexpr Message kBadDimension{"tflite.bad-dimension",
                                       "%1 has quantized dimension %2 but rank %3; today's TFLite refuses such a model"};
inline constexpr Message kDimensionRead{"tflite.dimension-read",
                                        "%1 has quantized dimension %2 but rank 1; read as 0, but today's TFLite refuses such a model"};
inline constexpr Message kBadScale{"tflite.bad-scale", "%1 has the scale %2"};
inline constexpr Message kZeroPointRange{"tflite.zero-point-range", "%1 has the zero point %2, which %3 cannot hold"};

// Writing
inline constexpr Message kWouldLose{"tflite.would-lose",
                                    "not written, because parts newer than the schema that Requant knows would be lost: %1"};
inline constexpr Message kCannotStore{"tflite.cannot-store", "%1 cannot be stored: %2"};
inline constexpr Message kTooLarge{"tflite.too-large", "the model needs %1 bytes without its buffers; the format allows 2 GiB"};

} // namespace requant::tfliteformat
