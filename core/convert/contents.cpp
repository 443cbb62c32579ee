// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/convert/contents.h"

#include "core/convert/report.h"

#include <algorithm>
#include <map>

namespace requant {

Contents contentsOf(const Conversion &c, const PortTypes &ports)
{
    const PortedModel ported = withPortTypes(c.model, ports);
    const ModelSummary summary = summarize(*ported.model);
    Contents out;
    out.operators = summary.operators;
    out.operatorTypes = summary.operatorTypes;
    out.requantizeOperators = insertedOperators(c);
    out.paddings = insertedPaddings(c);
    out.portsAdded = ported.added;
    out.portsRemoved = ported.removed;
    out.constantBytes = summary.constantBytes;
    out.sourceConstantBytes = summarize(*c.source).constantBytes;
    out.adjustments = c.resolution.adjustments.size();
    out.ports = ported.diagnostics;
    if (ported.model->subgraphs.empty())
        return out;
    const Subgraph &g = ported.model->subgraphs.front();
    const GraphIndex index(g);
    const std::vector<TensorRole> roles = tensorRoles(*ported.model);
    std::map<std::pair<TensorRole, std::string>, std::size_t> counts;
    for (std::size_t i = 0; i < g.tensors.size(); ++i) {
        const TensorIndex t(i);
        // Passes leave tensors behind that nobody uses any more.
        const bool used = index.producer(t) || !index.consumers(t).empty();
        if (!used || (roles[i] != TensorRole::Activation && roles[i] != TensorRole::Weight))
            continue;
        TensorWish has = currentWish(g.tensors[i], roles[i]);
        has.keep = false;
        has.narrowRange = false; // of weights nearly always true, and of no interest here
        ++counts[{roles[i], wishText(has)}];
    }
    for (const auto &[key, n] : counts)
        out.schemes.push_back({key.first, key.second, n});
    std::stable_sort(out.schemes.begin(), out.schemes.end(), [](const Contents::Scheme &a, const Contents::Scheme &b) {
        return a.role != b.role ? a.role < b.role : a.tensors > b.tensors;
    });
    for (const TensorIndex t : g.inputs)
        out.inputs.push_back(tensorText(g.tensor(t)));
    for (const TensorIndex t : g.outputs)
        out.outputs.push_back(tensorText(g.tensor(t)));
    return out;
}

} // namespace requant
