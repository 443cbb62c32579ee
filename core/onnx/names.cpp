// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/onnx/names.h"

#include "core/onnx/imported.h"

namespace requant {

using namespace onnxformat;

namespace {

constexpr Message kNotFromOnnx{"onnx.not-from-onnx", "the model was not read from an ONNX file"};

Perm inverse(const Perm &perm)
{
    Perm out(perm.size());
    for (std::size_t i = 0; i < perm.size(); ++i)
        out[static_cast<std::size_t>(perm[i])] = static_cast<int>(i);
    return out;
}

void moveByHalf(std::vector<std::byte> &bytes, const OnnxValue &v)
{
    if (v.type == v.stored || !isIntegerStorage(v.type))
        return;
    const std::size_t size = elementBytes(v.type);
    for (std::size_t i = size - 1; i < bytes.size(); i += size) // little-endian: the sign is in the last byte
        bytes[i] ^= std::byte{0x80};
}

} // namespace

Result<std::vector<OnnxValue>> onnxValues(const Model &model)
{
    if (!model.sourceFile || !model.sourceFile->format.starts_with("onnx"))
        return makeError(kNotFromOnnx, {});
    auto in = importBytes(model.sourceFile->bytes, model.sourceFile->folder, {});
    if (!in)
        return in.error();
    const Imported &file = **in;
    const Subgraph &g = file.model->subgraphs.front();
    std::vector<OnnxValue> out;
    const auto add = [&](const std::string &name, ElementType type, TensorIndex asInput) {
        const auto found = file.origin.values.find(name);
        if (found == file.origin.values.end())
            return;
        const Value &v = found->second;
        OnnxValue o;
        o.name = name;
        o.tensor = asInput ? asInput : v.tensor;
        o.stored = g.tensor(o.tensor).type;
        o.type = type;
        o.shape = v.isFlattened() ? v.pictureShape : v.shape;
        o.order = v.isFlattened() ? v.picturePerm : v.perm;
        out.push_back(std::move(o));
    };
    std::size_t k = 0;
    for (const auto &i : file.proto.graph().input()) {
        bool initialized = false;
        for (const auto &t : file.proto.graph().initializer())
            initialized |= t.name() == i.name();
        if (!initialized && k < g.inputs.size())
            add(i.name(), elementTypeOf(i.type().tensor_type().elem_type(), i.name()), g.inputs[k]), ++k;
    }
    for (const auto &n : file.proto.graph().node()) {
        const bool stored =
            n.op_type() == "QuantizeLinear" || n.op_type().rfind("QLinear", 0) == 0 || n.op_type() == "QGemm";
        if (!stored || n.output_size() == 0)
            continue;
        const auto found = file.origin.values.find(n.output(0));
        if (found == file.origin.values.end() || found->second.level != Level::Stored)
            continue;
        const Tensor &t = g.tensor(found->second.tensor);
        // The file's zero point tells its type.
        ElementType type = t.type;
        const int zp = n.op_type() == "QuantizeLinear" ? 2
                       : n.op_type() == "QLinearConv" || n.op_type() == "QLinearMatMul" || n.op_type() == "QLinearAdd"
                               || n.op_type() == "QLinearMul"
                           ? 7
                       : n.op_type() == "QGemm"         ? 8
                       : n.op_type() == "QLinearConcat" ? 1
                                                        : 4;
        bool known = false;
        for (const auto &i : file.proto.graph().initializer()) {
            if (zp < n.input_size() && i.name() == n.input(zp)) {
                type = elementTypeOf(i.data_type(), i.name());
                known = true;
            }
        }
        if (!known && zp >= n.input_size() && bitWidth(t.type) == 8)
            type = ElementType::UInt8;
        add(n.output(0), type, TensorIndex());
    }
    return out;
}

std::vector<std::byte> toOnnxBytes(const OnnxValue &v, std::span<const std::byte> bytes)
{
    std::vector<std::byte> out = permutedBytes({bytes.begin(), bytes.end()}, elementBytes(v.stored),
                                               permuted(v.shape, v.order), inverse(v.order));
    moveByHalf(out, v);
    return out;
}

std::vector<std::byte> fromOnnxBytes(const OnnxValue &v, std::span<const std::byte> bytes)
{
    std::vector<std::byte> out = permutedBytes({bytes.begin(), bytes.end()}, elementBytes(v.stored), v.shape, v.order);
    moveByHalf(out, v);
    return out;
}

} // namespace requant
