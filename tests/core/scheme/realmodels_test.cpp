// SPDX-License-Identifier: GPL-3.0-or-later
// Roles and wishes on networks that converters wrote.
#include "core/scheme/recipejson.h"
#include "core/scheme/scheme.h"
#include "core/tflite/tflite.h"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace requant;

namespace {

std::vector<std::filesystem::path> modelFiles()
{
    std::vector<std::filesystem::path> files{REQUANT_SOURCE_DIR "/resources/sample/fashion_mobilenet_uint8.tflite",
                                             REQUANT_SOURCE_DIR "/resources/sample/fashion_mobilenet_int8.tflite"};
    const std::filesystem::path folder = std::filesystem::path(REQUANT_ACCEPTANCE_DIR) / "models";
    if (std::string_view(REQUANT_ACCEPTANCE_DIR).empty() || !std::filesystem::is_directory(folder)) {
        WARN("real models skipped: no folder of acceptance models");
        return files;
    }
    for (const auto &entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".tflite")
            files.push_back(entry.path());
    }
    return files;
}

bool isConstant(const Model &m, const Tensor &t)
{
    return !m.buffers.at(t.buffer.pos()).data.empty();
}

} // namespace

TEST_CASE("realNetworksGetRolesAndWishes")
{
    const Recipe recipe = findProfile("symmetric-pow2-per-channel")->recipe;
    for (const std::filesystem::path &file : modelFiles()) {
        INFO(file);
        const auto loaded = loadTflite(file);
        REQUIRE(loaded.has_value());
        const Model &m = *loaded->model;
        const Subgraph &g = m.subgraphs.front();
        const std::vector<TensorRole> roles = tensorRoles(m);
        const Scheme scheme = assignScheme(m, recipe);
        const Scheme untouched = assignScheme(m, Recipe{});
        REQUIRE(roles.size() == g.tensors.size());
        REQUIRE(scheme.tensors.size() == g.tensors.size());

        std::size_t wrongRoles = 0, asked = 0;
        for (const Operator &op : g.operators) {
            const WeightedInputs w = weightedInputs(op.code);
            if (w.weight < 0)
                continue;
            const TensorIndex weight = op.inputs.at(static_cast<std::size_t>(w.weight));
            if (g.tensor(weight).quant.isQuantized() && isConstant(m, g.tensor(weight))) {
                wrongRoles += roles[weight.pos()] != TensorRole::Weight;
                // Per-channel for convolutions, per-tensor for dense layers: the profile's second rule.
                const bool dense = op.code == Op::FullyConnected || op.code == Op::BatchMatmul;
                const TensorWish &wish = scheme.tensors[weight.pos()];
                CHECK(wish.granularity == (dense ? Granularity::PerTensor : Granularity::PerChannel));
                CHECK(wish.rule == (dense ? 1 : 0));
            }
            if (w.bias >= 0 && static_cast<std::size_t>(w.bias) < op.inputs.size()) {
                const TensorIndex bias = op.inputs[static_cast<std::size_t>(w.bias)];
                if (bias && g.tensor(bias).type == ElementType::Int32 && isConstant(m, g.tensor(bias)))
                    wrongRoles += roles[bias.pos()] != TensorRole::Bias;
            }
        }
        CHECK(wrongRoles == 0);
        for (std::size_t i = 0; i < g.tensors.size(); ++i) {
            const TensorWish &wish = scheme.tensors[i];
            CHECK(untouched.tensors[i].keep);
            if (wish.keep)
                continue;
            ++asked;
            CHECK((wish.symmetry == Symmetry::Symmetric && wish.scale == ScaleRule::PowerOfTwo));
            CHECK((wish.role == TensorRole::Activation || wish.role == TensorRole::Weight
                   || wish.role == TensorRole::Constant));
        }
        CHECK(asked > 0);
    }
}
