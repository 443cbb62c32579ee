// SPDX-License-Identifier: GPL-3.0-or-later
// What tests/runtime/onnx_prove.js needs of a model read from an ONNX file.
//   requant_onnxtensors values MODEL                      "input|value <tab> name <tab> type <tab> shape <tab> tensor"
//   requant_onnxtensors inputs MODEL COUNT OUT            synthetic samples of the graph's only input, in our order
//   requant_onnxtensors order MODEL K IN OUT              bytes of input K from our order into the file's
//   requant_onnxtensors compare MODEL ARITHMETIC FOLDER   FOLDER/<i>.raw is what the runtime gives for line i of
//   `values`. Every
//       operator is fed with the runtime's own integers where it has them. Prints "equal|differs|unread <tab> bytes
//       that differ <tab> bytes <tab> largest difference <tab> name <tab> operator" for each value, then "end-to-end
//       <tab> bytes that differ <tab> bytes <tab> values that differ".
#include "core/base/files.h"
#include "core/onnx/loadmodel.h"
#include "core/onnx/names.h"
#include "core/sim/simulator.h"
#include "core/sim/synthetic.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

namespace {

using namespace requant;
using Bytes = std::vector<std::byte>;

int fail(const Error &e)
{
    std::fprintf(stderr, "%s\n", text(e).c_str());
    return 3;
}

Result<Bytes> bytesOf(const std::filesystem::path &file)
{
    auto mapped = mapFile(file);
    if (!mapped)
        return mapped.error();
    return Bytes(mapped->bytes.begin(), mapped->bytes.end());
}

int differenceAt(ElementType type, std::span<const std::byte> a, std::span<const std::byte> b, std::size_t i)
{
    switch (type) {
    case ElementType::UInt8: return std::abs(std::to_integer<int>(a[i]) - std::to_integer<int>(b[i]));
    case ElementType::Int8: return std::abs(static_cast<std::int8_t>(a[i]) - static_cast<std::int8_t>(b[i]));
    default: return a[i] != b[i];
    }
}

int compare(const std::shared_ptr<const Model> &model, const std::vector<OnnxValue> &values, Arithmetic arithmetic,
            const std::filesystem::path &folder)
{
    const Subgraph &g = model->subgraphs.front();
    std::map<std::int32_t, std::pair<std::size_t, Bytes>> theirs; // by tensor
    for (std::size_t i = 0; i < values.size(); ++i) {
        auto b = bytesOf(folder / (std::to_string(i) + ".raw"));
        if (b)
            theirs.emplace(values[i].tensor.value, std::make_pair(i, fromOnnxBytes(values[i], *b)));
    }
    auto alone = Simulator::create(model, {arithmetic}), whole = Simulator::create(model, {arithmetic});
    if (!alone || !whole)
        return fail((alone ? whole : alone).error());
    for (std::size_t k = 0; k < g.inputs.size(); ++k) {
        const auto found = theirs.find(g.inputs[k].value);
        if (found == theirs.end()) {
            std::fprintf(stderr, "input %zu is not there\n", k);
            return 3;
        }
        for (Simulator *s : {&*alone, &*whole}) {
            if (const Status ok = s->setInput(k, found->second.second); !ok)
                return fail(ok.error());
        }
    }
    if (const Status ok = whole->run(); !ok)
        return fail(ok.error());
    std::size_t endBytes = 0, endAll = 0, endValues = 0;
    for (std::size_t i = 0; i < g.operators.size(); ++i) {
        if (const Status ok = alone->runOperator(OperatorIndex(i)); !ok)
            return fail(ok.error());
        for (const TensorIndex t : g.operators[i].outputs) {
            const auto found = theirs.find(t.value);
            if (found == theirs.end())
                continue;
            const auto &[at, want] = found->second;
            const auto ours = alone->tensor(t), end = whole->tensor(t);
            if (ours.size() != want.size()) {
                std::printf("differs\t%zu\t%zu\t-\t%s\tsizes\n", want.size(), want.size(), values[at].name.c_str());
                continue;
            }
            std::size_t n = 0, e = 0;
            int most = 0;
            for (std::size_t b = 0; b < want.size(); ++b) {
                n += ours[b] != want[b];
                e += end[b] != want[b];
                most = std::max(most, differenceAt(g.tensor(t).type, ours, want, b));
            }
            endBytes += e;
            endAll += want.size();
            endValues += e > 0;
            std::printf("%s\t%zu\t%zu\t%d\t%s\t%s\n", n ? "differs" : "equal", n, want.size(), most,
                        values[at].name.c_str(), std::string(opName(g.operators[i].code)).c_str());
            if (const Status ok = alone->setTensor(t, want); !ok)
                return fail(ok.error());
        }
    }
    std::printf("end-to-end\t%zu\t%zu\t%zu\n", endBytes, endAll, endValues);
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    const std::string command = argc > 2 ? argv[1] : "";
    if (command.empty())
        return 2;
    auto loaded = loadModel(argv[2]);
    if (!loaded)
        return fail(loaded.error());
    auto values = onnxValues(*loaded->model);
    if (!values)
        return fail(values.error());
    const auto &inputs = loaded->model->subgraphs.front().inputs;
    if (command == "values") {
        for (const OnnxValue &v : *values) {
            const bool isInput = std::find(inputs.begin(), inputs.end(), v.tensor) != inputs.end();
            std::printf("%s\t%s\t%s\t%s\t%d\n", isInput ? "input" : "value", v.name.c_str(),
                        std::string(typeName(v.type)).c_str(), shapeText(v.shape).c_str(), v.tensor.value);
        }
        return 0;
    }
    if (command == "inputs" && argc == 5) {
        auto made = syntheticSamples(*loaded->model, static_cast<std::size_t>(std::max(1, std::atoi(argv[3]))));
        if (!made)
            return fail(made.error());
        Bytes all;
        for (std::size_t i = 0; i < made->size(); ++i) {
            const auto in = made->sampleFor(i, *loaded->model);
            all.insert(all.end(), in[0].begin(), in[0].end());
        }
        if (const Status ok = writeFileAtomically(argv[4], all); !ok)
            return fail(ok.error());
        return 0;
    }
    if (command == "order" && argc == 6) {
        auto in = bytesOf(argv[4]);
        if (!in)
            return fail(in.error());
        const TensorIndex t = inputs[static_cast<std::size_t>(std::atoi(argv[3]))];
        for (const OnnxValue &v : *values) {
            if (v.tensor == t) {
                if (const Status ok = writeFileAtomically(argv[5], toOnnxBytes(v, *in)); !ok)
                    return fail(ok.error());
                return 0;
            }
        }
        return 3;
    }
    Arithmetic arithmetic{};
    if (command == "compare" && argc == 5 && arithmeticFromName(argv[3], arithmetic))
        return compare(loaded->model, *values, arithmetic, argv[4]);
    return 2;
}
