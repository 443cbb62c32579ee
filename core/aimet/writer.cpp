// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/aimet/encodings.h"

#include <nlohmann/json.hpp>

#include <set>

namespace requant {

namespace {

using Json = nlohmann::ordered_json;

struct Channel
{
    double scale;
    std::int64_t offset; // minus the zero point of the unsigned grid
};

std::vector<Channel> channelsOf(const Tensor &t)
{
    const std::int64_t low = integerRange(t.type).min;
    std::vector<Channel> out;
    for (std::size_t c = 0; c < t.quant.scale.size(); ++c)
        out.push_back({static_cast<double>(t.quant.scale[c]), low - t.quant.zeroPointAt(c)});
    return out;
}

bool isSymmetric(const Tensor &t, const std::vector<Channel> &channels)
{
    const std::int64_t half = -(std::int64_t{1} << (bitWidth(t.type) - 1));
    return std::all_of(channels.begin(), channels.end(), [half](const Channel &c) { return c.offset == half; });
}

Json old(const Tensor &t)
{
    const auto channels = channelsOf(t);
    const auto bits = static_cast<int>(bitWidth(t.type));
    Json list = Json::array();
    for (const Channel &c : channels)
        list.push_back({{"bitwidth", bits},
                        {"dtype", "int"},
                        {"is_symmetric", isSymmetric(t, channels) ? "True" : "False"},
                        {"max", c.scale * static_cast<double>(c.offset + (std::int64_t{1} << bits) - 1)},
                        {"min", c.scale * static_cast<double>(c.offset)},
                        {"offset", c.offset},
                        {"scale", c.scale}});
    return list;
}

Json one(const Tensor &t)
{
    const auto channels = channelsOf(t);
    Json scales = Json::array(), offsets = Json::array();
    for (const Channel &c : channels) {
        scales.push_back(c.scale);
        offsets.push_back(c.offset);
    }
    return {{"name", t.name},
            {"enc_type", channels.size() > 1 ? "PER_CHANNEL" : "PER_TENSOR"},
            {"dtype", "INT"},
            {"bw", static_cast<int>(bitWidth(t.type))},
            {"is_sym", isSymmetric(t, channels)},
            {"scale", scales},
            {"offset", offsets}};
}

} // namespace

Result<std::string> writeEncodings(const Model &model, EncodingVersion version)
{
    if (model.subgraphs.empty())
        return makeError(kBadEncodings, {"the model has no graph"});
    const Subgraph &g = model.subgraphs.front();
    Json root;
    root["version"] = version == EncodingVersion::V061 ? "0.6.1" : "1.0.0";
    Json parts[2];
    for (Json &p : parts)
        p = version == EncodingVersion::V061 ? Json::object() : Json::array();
    std::set<std::string> names;
    int bits[2]{0, 0};
    bool perChannel = false, symmetric = true;
    for (const Tensor &t : g.tensors) {
        const bool isBias = t.type == ElementType::Int32 || t.type == ElementType::Int64;
        if (!t.quant.isQuantized() || !isIntegerStorage(t.type) || isBias)
            continue;
        if (!names.insert(t.name).second)
            return makeError(kBadEncoding, {t.name, "two tensors have this name"});
        const std::size_t k = model.isConstant(t) ? 1 : 0;
        bits[k] = std::max(bits[k], static_cast<int>(bitWidth(t.type)));
        perChannel |= k == 1 && t.quant.isPerChannel();
        symmetric &= isSymmetric(t, channelsOf(t));
        if (version == EncodingVersion::V061)
            parts[k][t.name] = old(t);
        else
            parts[k].push_back(one(t));
    }
    root["activation_encodings"] = std::move(parts[0]);
    root["param_encodings"] = std::move(parts[1]);
    if (version == EncodingVersion::V100)
        root["excluded_layers"] = Json::array();
    root["quantizer_args"] = {{"activation_bitwidth", bits[0] ? bits[0] : 8},
                              {"dtype", "int"},
                              {"is_symmetric", symmetric},
                              {"param_bitwidth", bits[1] ? bits[1] : 8},
                              {"per_channel_quantization", perChannel},
                              {"quant_scheme", "post_training_tf"}};
    return root.dump(4) + "\n";
}

} // namespace requant
