// SPDX-License-Identifier: GPL-3.0-or-later
// One case of ONNX's backend tests (Debian: libonnx-testdata): a model of one operator, its inputs and its expected outputs.
// Reads as much of the protobuf wire format as these files use, field numbers from onnx.proto3.
#pragma once

#include "core/model/model.h"

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace onnx {

struct Field
{
    std::uint32_t number = 0;
    std::uint64_t value = 0; // varint
    std::string_view bytes;  // length-delimited and fixed
};

inline std::vector<Field> fieldsOf(std::string_view message)
{
    std::size_t at = 0;
    const auto varint = [&] {
        std::uint64_t v = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            const auto byte = static_cast<unsigned char>(message.at(at++));
            v |= std::uint64_t{byte & 127u} << shift;
            if (byte < 128)
                return v;
        }
        throw std::runtime_error("a varint is too long");
    };
    std::vector<Field> fields;
    while (at < message.size()) {
        const std::uint64_t key = varint();
        Field f{static_cast<std::uint32_t>(key >> 3), 0, {}};
        std::size_t length = 0;
        switch (key & 7) {
        case 0: f.value = varint(); break;
        case 1: length = 8; break;
        case 2: length = varint(); break;
        case 5: length = 4; break;
        default: throw std::runtime_error("an unknown wire type");
        }
        if (length > message.size() - at)
            throw std::runtime_error("a field is longer than its message");
        if ((key & 7) != 0)
            f.bytes = message.substr(at, length);
        at += length;
        fields.push_back(f);
    }
    return fields;
}

// A repeated integer field, packed or not.
inline std::vector<std::int64_t> integersOf(const std::vector<Field> &fields, std::uint32_t number)
{
    std::vector<std::int64_t> values;
    for (const Field &f : fields) {
        if (f.number != number)
            continue;
        if (f.bytes.empty()) {
            values.push_back(static_cast<std::int64_t>(f.value));
            continue;
        }
        for (std::size_t i = 0; i < f.bytes.size();) {
            std::uint64_t v = 0;
            for (int shift = 0;; shift += 7) {
                const auto byte = static_cast<unsigned char>(f.bytes.at(i++));
                v |= std::uint64_t{byte & 127u} << shift;
                if (byte < 128)
                    break;
            }
            values.push_back(static_cast<std::int64_t>(v));
        }
    }
    return values;
}

struct Tensor
{
    requant::Shape dims;
    requant::ElementType type = requant::ElementType::Float32;
    std::string raw;
    template <class T>
    std::vector<T> values() const
    {
        std::vector<T> out(raw.size() / sizeof(T));
        if (!out.empty())
            std::memcpy(out.data(), raw.data(), out.size() * sizeof(T));
        return out;
    }
};

struct Case
{
    std::string op;
    std::vector<std::string> inputNames;
    std::map<std::string, std::vector<std::int64_t>> attributes;
    std::vector<Tensor> inputs, outputs;
    std::int64_t attribute(const std::string &name, std::int64_t fallback) const
    {
        const auto found = attributes.find(name);
        return found == attributes.end() || found->second.empty() ? fallback : found->second[0];
    }
};

inline std::string contents(const std::filesystem::path &file)
{
    std::ifstream in(file, std::ios::binary);
    std::stringstream all;
    all << in.rdbuf();
    return all.str();
}

inline Tensor tensorFrom(const std::filesystem::path &file)
{
    using requant::ElementType;
    const std::string data = contents(file);
    const auto fields = fieldsOf(data); // TensorProto
    Tensor t;
    for (const std::int64_t d : integersOf(fields, 1))
        t.dims.push_back(static_cast<std::int32_t>(d));
    for (const Field &f : fields) {
        if (f.number == 9)
            t.raw = f.bytes;
        if (f.number == 2) {
            switch (f.value) {
            case 1: t.type = ElementType::Float32; break;
            case 2: t.type = ElementType::UInt8; break;
            case 3: t.type = ElementType::Int8; break;
            case 6: t.type = ElementType::Int32; break;
            default: throw std::runtime_error("a tensor of another type");
            }
        }
    }
    if (t.raw.size() != requant::byteSize(t.type, static_cast<std::size_t>(requant::elementCount(t.dims))))
        throw std::runtime_error("a tensor that is not stored raw");
    return t;
}

inline Case read(const std::filesystem::path &folder)
{
    Case c;
    const std::string data = contents(folder / "model.onnx");
    std::size_t nodes = 0;
    for (const Field &graph : fieldsOf(data)) { // ModelProto
        if (graph.number != 7)
            continue;
        for (const Field &node : fieldsOf(graph.bytes)) { // GraphProto
            if (node.number != 1)
                continue;
            ++nodes;
            for (const Field &f : fieldsOf(node.bytes)) { // NodeProto
                if (f.number == 1)
                    c.inputNames.emplace_back(f.bytes);
                if (f.number == 4)
                    c.op = f.bytes;
                if (f.number != 5)
                    continue;
                const auto attribute = fieldsOf(f.bytes); // AttributeProto
                std::string name;
                for (const Field &a : attribute)
                    if (a.number == 1)
                        name = a.bytes;
                auto values = integersOf(attribute, 8);
                if (values.empty())
                    values = integersOf(attribute, 3);
                c.attributes[name] = values;
            }
        }
    }
    if (nodes != 1)
        throw std::runtime_error("not a model of one operator");
    const auto set = folder / "test_data_set_0";
    for (int k = 0; std::filesystem::exists(set / ("input_" + std::to_string(k) + ".pb")); ++k)
        c.inputs.push_back(tensorFrom(set / ("input_" + std::to_string(k) + ".pb")));
    for (int k = 0; std::filesystem::exists(set / ("output_" + std::to_string(k) + ".pb")); ++k)
        c.outputs.push_back(tensorFrom(set / ("output_" + std::to_string(k) + ".pb")));
    if (c.inputs.size() != c.inputNames.size() || c.outputs.empty())
        throw std::runtime_error("inputs or outputs are missing");
    return c;
}

} // namespace onnx
