// SPDX-License-Identifier: GPL-3.0-or-later
// TFLite_Detection_PostProcess: boxes decoded against anchors, then non-maximum suppression over all classes at once ("fast") or
// class by class ("regular"). Floats throughout, in TFLite's order of operations: equal to its kernel up to the last bit of
// exp(). Equal scores: the box that comes first wins, as in TFLite; of several equal classes of one box the lower one, where
// TFLite has the standard library's choice. Places behind the last detection are 0 (TFLite's fast form leaves them as they were).
#pragma once

#include "core/sim/kernels/kernel.h"

namespace requant {

inline constexpr std::string_view kDetectionPostprocess = "TFLite_Detection_PostProcess";

Result<Kernel> makeDetectionPostprocess(const KernelSetup &);
// Shapes of the four outputs, which files leave open, from the options; empty for other operators and senseless options.
std::vector<Shape> detectionShapes(const Operator &);

} // namespace requant
