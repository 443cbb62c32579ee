// SPDX-License-Identifier: GPL-3.0-or-later
#include "casebuilder.h"

namespace opcases {

std::vector<Generator> allGenerators()
{
    std::vector<Generator> all;
    addWeighted(all);
    addElementwise(all);
    addUnary(all);
    addReducing(all);
    addMoving(all);
    addHybrid(all);
    addOther(all);
    addSequence(all);
    return all;
}

} // namespace opcases
