// SPDX-License-Identifier: GPL-3.0-or-later
// Everything that the rest of the core relies on, checked once at the door: indices, sizes, shapes, quantization counts.
#pragma once

#include "core/base/result.h"
#include "core/model/model.h"

namespace requant::tfliteformat {

// An error means that the model must not be used; findings that a user should know are appended to `diagnostics`.
Status checkModel(const Model &, Diagnostics &diagnostics);

} // namespace requant::tfliteformat
