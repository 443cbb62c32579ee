// SPDX-License-Identifier: GPL-3.0-or-later
// Golden outputs of real runtimes; see the acceptance folder's README for the layout.
#pragma once

#include "core/base/files.h"
#include "core/sim/simulator.h"
#include "core/tflite/tflite.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace golden {

inline std::filesystem::path folder() { return REQUANT_ACCEPTANCE_DIR; }
inline bool available()
{
    const bool there = std::string(REQUANT_ACCEPTANCE_DIR) != "" && std::filesystem::exists(folder() / "golden");
    if (!there)
        std::cout << "skipped: no acceptance data\n";
    return there;
}

inline std::vector<std::byte> bytes(const std::filesystem::path &path)
{
    std::ifstream in(path, std::ios::binary);
    std::stringstream all;
    all << in.rdbuf();
    const std::string s = all.str();
    const auto *p = reinterpret_cast<const std::byte *>(s.data());
    return {p, p + s.size()};
}

inline std::shared_ptr<const requant::Model> model(const std::string &name)
{
    auto loaded = requant::loadTflite(folder() / "models" / (name + ".tflite"));
    if (!loaded)
        FAIL(requant::text(loaded.error()));
    return loaded->model;
}

// Every intermediate tensor of run 0.
inline std::map<std::int32_t, std::vector<std::byte>> tensors(const std::string &name)
{
    const auto all = bytes(folder() / "golden" / name / "reference/tensors.bin");
    std::ifstream list(folder() / "golden" / name / "reference/tensors.tsv");
    std::map<std::int32_t, std::vector<std::byte>> result;
    std::string line;
    std::getline(list, line);
    while (std::getline(list, line)) {
        const auto a = line.find('\t'), b = line.rfind('\t'), c = line.rfind('\t', b - 1);
        const std::size_t offset = std::stoull(line.substr(c + 1)), size = std::stoull(line.substr(b + 1));
        result[std::stoi(line.substr(0, a))] = {all.begin() + static_cast<std::ptrdiff_t>(offset), all.begin() + static_cast<std::ptrdiff_t>(offset + size)};
    }
    return result;
}

inline std::size_t runCount(const requant::Model &model, const std::vector<std::byte> &inputs)
{
    const auto &graph = model.subgraphs.front();
    std::size_t total = 0;
    for (const auto t : graph.inputs)
        total += requant::byteSize(graph.tensor(t).type, static_cast<std::size_t>(requant::elementCount(graph.tensor(t).shape)));
    return total ? inputs.size() / total : 0;
}

inline void setInputs(requant::Simulator &sim, const std::vector<std::byte> &inputs, std::size_t run)
{
    const auto &graph = sim.model().subgraphs.front();
    std::size_t total = 0;
    std::vector<std::size_t> sizes;
    for (const auto t : graph.inputs)
        sizes.push_back(requant::byteSize(graph.tensor(t).type, static_cast<std::size_t>(requant::elementCount(graph.tensor(t).shape))));
    for (const auto s : sizes)
        total += s;
    REQUIRE(inputs.size() >= (run + 1) * total);
    std::size_t at = run * total;
    for (std::size_t k = 0; k < sizes.size(); ++k) {
        const auto status = sim.setInput(k, std::span(inputs).subspan(at, sizes[k]));
        if (!status)
            FAIL(requant::text(status.error()));
        at += sizes[k];
    }
}

inline std::size_t differences(std::span<const std::byte> a, std::span<const std::byte> b)
{
    std::size_t n = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        n += a[i] != b[i];
    return n;
}

} // namespace golden
