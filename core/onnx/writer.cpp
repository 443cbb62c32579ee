// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/onnx/onnx.h"

#include "core/onnx/exporter.h"
#include "core/onnx/patcher.h"

#include <limits>
#include <new>

namespace requant {

using namespace onnxformat;

namespace {

Result<std::vector<std::byte>> serialized(const onnx::ModelProto &proto)
{
    const std::size_t size = proto.ByteSizeLong();
    if (size > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
        return makeError(kTooLarge);
    std::vector<std::byte> bytes(size);
    if (!proto.SerializeToArray(bytes.data(), static_cast<int>(size)))
        return makeError(kTooLarge);
    return bytes;
}

// The written file stands alone: data beside the source goes into it.
void takeExternalData(onnx::ModelProto &proto, const std::filesystem::path &folder)
{
    for (auto &t : *proto.mutable_graph()->mutable_initializer()) {
        if (t.data_location() != onnx::TensorProto::EXTERNAL)
            continue;
        const Constant c = readConstant(t, folder, {});
        if (bitWidth(c.type) == 4)
            refuse(kTensor, {t.name(), "external data of 4 bits cannot be taken into the file"});
        t.clear_external_data();
        t.clear_data_location();
        t.set_raw_data(c.bytes.data(), c.bytes.size());
    }
}

Result<WrittenOnnx> patched(const Model &model, std::string &why)
{
    const SourceFile &source = *model.sourceFile;
    auto file = importBytes(source.bytes, source.folder, {});
    if (!file)
        return file.error();
    WrittenOnnx out;
    out.isPatched = true;
    onnx::ModelProto proto;
    if (!patch(**file, model, proto, why))
        return out;
    const auto before = serialized((*file)->proto);
    auto after = serialized(proto);
    if (!after)
        return after.error();
    if (before && *before == *after) {
        bool external = false;
        for (const auto &t : proto.graph().initializer())
            external |= t.data_location() == onnx::TensorProto::EXTERNAL;
        if (!external) {
            out.bytes.assign(source.bytes.begin(), source.bytes.end());
            return out;
        }
    }
    takeExternalData(proto, source.folder);
    after = serialized(proto);
    if (!after)
        return after.error();
    out.bytes = std::move(*after);
    return out;
}

template <class F>
Result<WrittenOnnx> guarded(F &&f)
{
    try {
        return f();
    } catch (const Refusal &r) {
        return r.error;
    } catch (const std::bad_alloc &) {
        return makeError(kOutOfMemory);
    } catch (const std::length_error &) {
        return makeError(kOutOfMemory);
    }
}

} // namespace

void settleIntegers(Model &converted, const Model &source)
{
    if (!converted.sourceFile || converted.sourceFile->format != kOnnxUnsigned || converted.subgraphs.empty()
        || source.subgraphs.empty())
        return;
    const Subgraph &a = source.subgraphs.front(), &b = converted.subgraphs.front();
    bool changed = a.operators.size() != b.operators.size();
    for (std::size_t t = 0; t < std::min(a.tensors.size(), b.tensors.size()); ++t)
        changed |= !source.isConstant(a.tensors[t])
                   && (a.tensors[t].type != b.tensors[t].type || !a.tensors[t].quant.sameGrid(b.tensors[t].quant));
    if (!changed)
        return;
    SourceFile file = *converted.sourceFile;
    file.format = "onnx-integers";
    converted.sourceFile = std::make_shared<const SourceFile>(std::move(file));
}

Result<WrittenOnnx> writeOnnxAnew(const Model &model)
{
    return guarded([&]() -> Result<WrittenOnnx> {
        if (model.subgraphs.empty())
            return makeError(kNoGraph, {});
        WrittenOnnx out;
        const onnx::ModelProto proto = Exporter(model, out.losses).write();
        auto bytes = serialized(proto);
        if (!bytes)
            return bytes.error();
        out.bytes = std::move(*bytes);
        return out;
    });
}

Result<WrittenOnnx> writeOnnx(const Model &model)
{
    if (!model.sourceFile || !model.sourceFile->format.starts_with("onnx"))
        return writeOnnxAnew(model);
    std::string why;
    auto out = guarded([&] { return patched(model, why); });
    if (!out || why.empty())
        return out;
    out = writeOnnxAnew(model);
    if (out)
        out->losses.insert(out->losses.begin(), makeNote(kMadeAnew, {why}));
    return out;
}

} // namespace requant
