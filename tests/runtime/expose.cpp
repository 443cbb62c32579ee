// SPDX-License-Identifier: GPL-3.0-or-later
// requant_expose IN OUT LIST: makes every tensor that an operator of the main subgraph computes a graph output, so that a runtime
// hands it out. The original outputs stay first. LIST gets one line per graph input and one per output: "input" or "output",
// tensor index, bytes, operator, name.
#include "core/model/elementtype.h"
#include "core/model/summary.h"
#include "core/tflite/tflite.h"

#include <algorithm>
#include <cstdio>
#include <fstream>

namespace {

using namespace requant;

bool hasValues(const Tensor &t) { return bitWidth(t.type) != 0; } // no handles, no strings

int usage()
{
    std::fputs("usage: requant_expose IN.tflite OUT.tflite LIST.tsv\n", stderr);
    return 2;
}

} // namespace

int main(int argc, char **argv)
{
    if (argc != 4)
        return usage();
    const Result<LoadedModel> loaded = loadTflite(argv[1]);
    if (!loaded) {
        std::fprintf(stderr, "%s\n", text(loaded.error()).c_str());
        return 3;
    }
    Model model = *loaded->model;
    Subgraph &graph = model.subgraphs.front();
    for (const Operator &op : graph.operators)
        for (const TensorIndex t : op.outputs)
            if (t && hasValues(graph.tensor(t)) && std::find(graph.outputs.begin(), graph.outputs.end(), t) == graph.outputs.end())
                graph.outputs.push_back(t);
    if (const Status s = saveTflite(model, argv[2]); !s) {
        std::fprintf(stderr, "%s\n", text(s.error()).c_str());
        return 4;
    }
    const GraphIndex index(graph);
    std::ofstream list(argv[3]);
    const auto write = [&](const char *kind, TensorIndex t) {
        const Tensor &tensor = graph.tensor(t);
        const OperatorIndex op = index.producer(t);
        list << kind << '\t' << t.value << '\t' << byteSize(tensor.type, static_cast<std::size_t>(elementCount(tensor.shape))) << '\t'
             << (op ? operatorTypeText(graph.op(op)) : std::string("-")) << '\t' << tensor.name << '\n';
    };
    for (const TensorIndex t : graph.inputs)
        write("input", t);
    for (const TensorIndex t : graph.outputs)
        write("output", t);
    return list.flush() ? 0 : 4;
}
