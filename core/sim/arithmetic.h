// SPDX-License-Identifier: GPL-3.0-or-later
// The names live in the model's room, below the scheme; this forwards for the simulator's own files.
#pragma once

#include "core/model/arithmetic.h"
