// SPDX-License-Identifier: GPL-3.0-or-later
// requant_opcases --out DIR [--seed N] [--count N] [--only NAME]: writes random networks of one operator, their inputs and what our
// simulation gives in `xnnpack` arithmetic.
//   DIR/cases.bin: models, inputs and outputs one after another
//   DIR/cases.tsv: name, seed, shapes, model, inputs, outputs, explained outputs, reason. A part is "offset:bytes"; parts of several
//                  outputs are joined by ",". Outputs hold all runs one after another; "explained" is there only where the runtime's
//                  version computes something else (explained.h). A case that the simulator refuses has "refused" for its model and the
//                  reason last.
#include "explained.h"

#include "../opcases/casebuilder.h"

#include "core/sim/simulator.h"
#include "core/tflite/tflite.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <span>

namespace {

using namespace requant;
using opcases::CaseBuilder;
using Bytes = std::vector<std::byte>;

constexpr int kRuns = 3;

struct Args
{
    std::filesystem::path out;
    std::uint64_t seed = 1;
    int count = 20;
    std::string only;
};

std::optional<Args> parse(int argc, char **argv)
{
    Args a;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string key = argv[i], value = argv[i + 1];
        if (key == "--out")
            a.out = value;
        else if (key == "--seed")
            a.seed = std::stoull(value);
        else if (key == "--count")
            a.count = std::stoi(value);
        else if (key == "--only")
            a.only = value;
        else
            return std::nullopt;
    }
    return a.out.empty() ? std::nullopt : std::optional(a);
}

class File
{
public:
    explicit File(const std::filesystem::path &folder) : m_bin(folder / "cases.bin", std::ios::binary), m_list(folder / "cases.tsv") {}
    std::string put(std::span<const std::byte> bytes)
    {
        m_bin.write(reinterpret_cast<const char *>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
        const std::string place = std::to_string(m_offset) + ":" + std::to_string(bytes.size());
        m_offset += bytes.size();
        return place;
    }
    std::string put(const std::vector<Bytes> &parts)
    {
        std::string places;
        for (const Bytes &b : parts)
            places += (places.empty() ? "" : ",") + put(b);
        return places;
    }
    void line(const std::vector<std::string> &columns)
    {
        for (std::size_t i = 0; i < columns.size(); ++i)
            m_list << (i ? "\t" : "") << columns[i];
        m_list << '\n';
    }
    bool finish() { return m_bin.flush() && m_list.flush(); }

private:
    std::ofstream m_bin, m_list;
    std::size_t m_offset = 0;
};

std::string described(const Subgraph &g)
{
    std::string s;
    const Operator &op = g.operators.front();
    for (const auto *list : {&op.inputs, &op.outputs}) {
        s += list == &op.outputs ? "-> " : "";
        for (const TensorIndex t : *list) {
            if (!t) {
                s += "absent ";
                continue;
            }
            const Tensor &x = g.tensor(t);
            s += shapeText(x.shape) + ":" + std::string(typeShortName(x.type));
            if (x.quant.isQuantized()) {
                char grid[64];
                std::snprintf(grid, sizeof grid, "(%.9g,%lld%s)", static_cast<double>(x.quant.scale[0]), static_cast<long long>(x.quant.zeroPointAt(0)),
                              x.quant.isPerChannel() ? ",per channel" : "");
                s += grid;
            }
            s += ' ';
        }
    }
    if (op.options)
        for (const Field &f : op.options->fields) {
            s += f.name + "=";
            if (const auto *v = std::get_if<std::int64_t>(&f.value.data))
                s += std::to_string(*v);
            else if (const auto *r = std::get_if<double>(&f.value.data))
                s += std::to_string(*r);
            s += ' ';
        }
    return s;
}

// What one case's simulation and, where the runtime's version differs, the definition of explained.h give.
struct Results
{
    std::vector<Bytes> ours, theirs;
    std::string reason;
};

Result<Results> simulate(const std::shared_ptr<const Model> &model, const Bytes &inputs)
{
    auto sim = Simulator::create(model, SimOptions{Arithmetic::Xnnpack, true});
    if (!sim)
        return sim.error();
    if (const Status s = sim->supported(); !s)
        return s.error();
    const Subgraph &g = model->subgraphs.front();
    const auto equivalent = explained::equivalent(*model);
    std::optional<Simulator> older;
    if (equivalent) {
        auto created = Simulator::create(std::make_shared<const Model>(equivalent->model), SimOptions{Arithmetic::Xnnpack, true});
        if (!created)
            return created.error();
        older.emplace(std::move(created.value()));
    }
    Results results;
    results.ours.resize(g.outputs.size());
    results.theirs.resize(g.outputs.size());
    std::size_t at = 0;
    for (int run = 0; run < kRuns; ++run) {
        for (std::size_t k = 0; k < g.inputs.size(); ++k) {
            const Tensor &t = g.tensor(g.inputs[k]);
            const std::size_t size = byteSize(t.type, static_cast<std::size_t>(elementCount(t.shape)));
            for (Simulator *each : {&*sim, older ? &*older : nullptr})
                if (const Status s = each ? each->setInput(k, std::span(inputs).subspan(at, size)) : success(); !s)
                    return s.error();
            at += size;
        }
        for (Simulator *each : {&*sim, older ? &*older : nullptr})
            if (const Status s = each ? each->run() : success(); !s)
                return s.error();
        std::vector<std::span<const std::byte>> given;
        for (const TensorIndex t : g.operators[0].inputs)
            given.push_back(t ? sim->tensor(t) : std::span<const std::byte>{});
        const Subgraph &theirs = equivalent ? equivalent->model.subgraphs.front() : g;
        explained::Definition definition = explained::definitionOf(theirs, theirs.operators[0], given);
        if (older && definition.reason.empty()) {
            definition.reason = equivalent->reason;
            for (std::size_t k = 0; k < g.outputs.size(); ++k)
                definition.bytes.emplace_back(older->output(k).begin(), older->output(k).end());
        }
        results.reason = definition.reason;
        for (std::size_t k = 0; k < g.outputs.size(); ++k) {
            results.ours[k].insert(results.ours[k].end(), sim->output(k).begin(), sim->output(k).end());
            if (!definition.reason.empty())
                results.theirs[k].insert(results.theirs[k].end(), definition.bytes[k].begin(), definition.bytes[k].end());
        }
    }
    return results;
}

std::uint64_t hashOf(const std::string &name)
{
    std::uint64_t h = 1469598103934665603u;
    for (const char c : name)
        h = (h ^ static_cast<unsigned char>(c)) * 1099511628211u;
    return h;
}

bool writeCase(File &file, const opcases::Generator &generator, std::uint64_t seed)
{
    CaseBuilder builder(seed ^ hashOf(generator.name));
    generator.make(builder);
    const auto model = std::make_shared<const Model>(builder.model());
    const Bytes inputs = builder.inputs(kRuns);
    const std::string what = described(model->subgraphs.front());
    const Result<Results> results = simulate(model, inputs);
    if (!results) {
        const Error &e = results.error();
        file.line({generator.name, std::to_string(seed), what, "refused", "", "", "", text(e)});
        return true;
    }
    const Result<std::vector<std::byte>> bytes = writeTflite(*model);
    if (!bytes) {
        std::fprintf(stderr, "%s: %s\n", generator.name.c_str(), text(bytes.error()).c_str());
        return false;
    }
    file.line({generator.name, std::to_string(seed), what, file.put(*bytes), file.put(inputs), file.put(results->ours),
               results->reason.empty() ? std::string() : file.put(results->theirs), results->reason});
    return true;
}

} // namespace

int main(int argc, char **argv)
{
    const std::optional<Args> args = parse(argc, argv);
    if (!args) {
        std::fputs("usage: requant_opcases --out DIR [--seed N] [--count N] [--only NAME]\n", stderr);
        return 2;
    }
    std::filesystem::create_directories(args->out);
    File file(args->out);
    for (const opcases::Generator &g : opcases::allGenerators())
        for (int k = 0; k < args->count; ++k)
            if (g.name.find(args->only) != std::string::npos && !writeCase(file, g, args->seed + static_cast<std::uint64_t>(k)))
                return 3;
    return file.finish() ? 0 : 4;
}
