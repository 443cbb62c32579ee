// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/pixelinput.h"

#include <nlohmann/json.hpp>

#include <cmath>

namespace requant {

std::vector<Tensor> pixelInputs(const Model &model)
{
    std::vector<Tensor> inputs;
    if (model.subgraphs.empty())
        return inputs;
    for (const TensorIndex t : model.subgraphs.front().inputs) {
        inputs.push_back(model.subgraphs.front().tensor(t));
        inputs.back().buffer = BufferIndex{0};
    }
    const auto bytes = model.metadataBytes(kRecordName);
    const auto *text = reinterpret_cast<const char *>(bytes.data());
    const auto record = nlohmann::json::parse(text, text + bytes.size(), nullptr, false);
    if (!record.is_object())
        return inputs;
    const auto sources = record.find("source_inputs");
    if (sources == record.end() || !sources->is_array() || sources->size() != inputs.size())
        return inputs;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
        const auto &j = (*sources)[k];
        if (!j.is_object() || !j.contains("type") || !j["type"].is_string())
            continue;
        ElementType type{};
        if (!typeFromName(j["type"].get<std::string>(), type))
            continue;
        Tensor &t = inputs[k];
        if (type == ElementType::Float32) {
            t.type = type;
            t.quant = {};
            continue;
        }
        const auto scale = j.find("scale"), zero = j.find("zero_point");
        if (scale == j.end() || zero == j.end() || !scale->is_number() || !zero->is_number_integer())
            continue;
        const auto s = scale->get<float>();
        if (!(s > 0) || !std::isfinite(s))
            continue;
        t.type = type;
        t.quant = QuantParams::perTensor(s, zero->get<std::int64_t>());
    }
    return inputs;
}

} // namespace requant
