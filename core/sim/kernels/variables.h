// SPDX-License-Identifier: GPL-3.0-or-later
// Resource variables: VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE. Exact to TFLite: a handle is the position of its (container,
// shared_name) among the distinct ones of the file, counted over all subgraphs in order. A variable that is read before
// anything was assigned holds real zero (the zero point of the reading tensor), as in TFLite Micro; TFLite ends such a run.
#pragma once

#include "core/sim/kernels/kernel.h"

namespace requant {

Result<Kernel> makeVarHandle(const KernelSetup &);
Result<Kernel> makeReadVariable(const KernelSetup &);
Result<Kernel> makeAssignVariable(const KernelSetup &);

} // namespace requant
