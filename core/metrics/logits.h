// SPDX-License-Identifier: GPL-3.0-or-later
// Where a classifier's logits are. SQNR is measured there: behind a softmax a few large probabilities hide the rest.
#pragma once

#include "core/model/model.h"

namespace requant {

// The input of the SOFTMAX (or LOGISTIC, LOG_SOFTMAX) that makes the first graph output, seen through operators that only
// move or re-express values (RESHAPE, SQUEEZE, QUANTIZE, DEQUANTIZE); of an ARG_MAX that makes it, the input; of a detector
// (TFLite_Detection_PostProcess), the class scores, followed in the same way. The first graph output itself if there is none.
// Invalid only for a model without outputs.
TensorIndex logitsTensor(const Model &);

} // namespace requant
