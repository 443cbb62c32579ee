// SPDX-License-Identifier: GPL-3.0-or-later
// The graph for assistive technology and automation: a list whose items are the nodes, in execution order, with their
// names, places and selection.
#pragma once

namespace requant {

void installGraphAccessibility(); // once; safe to call again

} // namespace requant
