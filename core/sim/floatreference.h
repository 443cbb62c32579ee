// SPDX-License-Identifier: GPL-3.0-or-later
// The same network in real numbers: what its integers approximate. Tensors keep their indices and operators their order, so
// that both compare tensor by tensor.
#pragma once

#include "core/base/result.h"
#include "core/model/model.h"

#include <memory>

namespace requant {

// Every tensor with a grid becomes float32, constants by their grid (per channel too), biases by the scales of the input and
// weights that they meet, whatever scale is stored with them; a bias that meets several gets a copy at the end of the tensors.
// An activation that the output's grid implies (its least integer is real 0: RELU; and its largest is 6: RELU6) and that
// converters of the time of toco drop for that reason is put back. QUANTIZE and DEQUANTIZE between such tensors become RESHAPE, which copies. Tensors without a grid and those that an operator
// reads as positions, sizes or axes stay. Real values are those of the declared grids; nothing saturates but by activations.
// Operators for which the simulator has no float kernel stay unsupported, as does a CAST of integers on a grid other than that of
// the integers themselves. An error names a constant whose values cannot be read (sparse, blockwise).
Result<std::shared_ptr<const Model>> floatReference(const Model &);

} // namespace requant
