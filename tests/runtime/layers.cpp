// SPDX-License-Identifier: GPL-3.0-or-later
// requant_layers MODEL TENSORS.bin TENSORS.tsv: feeds every operator of the main subgraph with the runtime's own inputs and compares
// what it gives in `xnnpack` arithmetic with the runtime's outputs. One line per operator: "equal", "explained" (the runtime's bytes are
// those of a definition, see explained.h), "differs" or "unread" (the runtime did not hand out a tensor), then bytes that
// differ, operator, name and reason.
#include "explained.h"

#include "core/base/files.h"
#include "core/model/summary.h"
#include "core/sim/simulator.h"
#include "core/tflite/tflite.h"

#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>

namespace {

using namespace requant;
using Bytes = std::vector<std::byte>;

int fail(const Error &e)
{
    std::fprintf(stderr, "%s\n", text(e).c_str());
    return 3;
}

// The layout of `requant run --all-tensors`: tensor, name, offset, bytes.
std::map<std::int32_t, Bytes> readTensors(const char *bin, const char *table)
{
    std::ifstream in(bin, std::ios::binary), list(table);
    std::stringstream all;
    all << in.rdbuf();
    const std::string data = all.str();
    std::map<std::int32_t, Bytes> tensors;
    std::string line;
    std::getline(list, line);
    while (std::getline(list, line)) {
        const auto b = line.rfind('\t'), c = line.rfind('\t', b - 1);
        const std::size_t offset = std::stoull(line.substr(c + 1)), size = std::stoull(line.substr(b + 1));
        const auto *p = reinterpret_cast<const std::byte *>(data.data()) + offset;
        tensors[std::stoi(line)] = Bytes(p, p + size);
    }
    return tensors;
}

std::size_t differing(std::span<const std::byte> a, std::span<const std::byte> b)
{
    std::size_t n = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        n += a[i] != b[i];
    return n;
}

class Layers
{
public:
    Layers(Simulator &sim, const std::map<std::int32_t, Bytes> &tensors) : m_sim(sim), m_graph(sim.model().subgraphs[0]), m_tensors(tensors) {}

    Status compare(std::size_t i)
    {
        const Operator &op = m_graph.operators[i];
        std::vector<std::span<const std::byte>> inputs;
        for (const TensorIndex t : op.inputs) {
            if (t && !m_sim.model().isConstant(m_graph.tensor(t))) {
                const auto found = m_tensors.find(t.value);
                if (found == m_tensors.end()) {
                    print("unread", 0, op, "");
                    return success();
                }
                if (const Status s = m_sim.setTensor(t, found->second); !s)
                    return s;
            }
            inputs.push_back(t ? m_sim.tensor(t) : std::span<const std::byte>{});
        }
        if (const Status s = m_sim.runOperator(OperatorIndex(i)); !s)
            return s;
        std::size_t ours = 0, theirs = 0;
        const explained::Definition definition = explained::definitionOf(m_graph, op, inputs);
        for (std::size_t k = 0; k < op.outputs.size(); ++k) {
            const auto found = m_tensors.find(op.outputs[k].value);
            if (found == m_tensors.end()) {
                print("unread", 0, op, "");
                return success();
            }
            ours += differing(m_sim.tensor(op.outputs[k]), found->second);
            if (!definition.reason.empty())
                theirs += differing(definition.bytes[k], found->second);
        }
        const bool explained = ours != 0 && !definition.reason.empty() && theirs == 0;
        print(ours == 0 ? "equal" : explained ? "explained" : "differs", ours, op, explained ? definition.reason : "");
        return success();
    }

private:
    void print(const char *result, std::size_t bytes, const Operator &op, const std::string &reason) const
    {
        std::printf("%s\t%zu\t%s\t%s\t%s\n", result, bytes, operatorTypeText(op).c_str(), layerName(m_graph, op).c_str(), reason.c_str());
    }

    Simulator &m_sim;
    const Subgraph &m_graph;
    const std::map<std::int32_t, Bytes> &m_tensors;
};

} // namespace

int main(int argc, char **argv)
{
    if (argc != 4) {
        std::fputs("usage: requant_layers MODEL.tflite TENSORS.bin TENSORS.tsv\n", stderr);
        return 2;
    }
    const Result<LoadedModel> loaded = loadTflite(argv[1]);
    if (!loaded)
        return fail(loaded.error());
    auto sim = Simulator::create(loaded->model, SimOptions{Arithmetic::Xnnpack, true});
    if (!sim)
        return fail(sim.error());
    const auto tensors = readTensors(argv[2], argv[3]);
    Layers layers(*sim, tensors);
    for (std::size_t i = 0; i < sim->model().subgraphs[0].operators.size(); ++i)
        if (const Status s = layers.compare(i); !s)
            return fail(s.error());
    return 0;
}
