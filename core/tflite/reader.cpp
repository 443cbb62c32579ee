// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tflite/tflite.h"

#include "core/base/files.h"
#include "core/tflite/archive.h"
#include "core/tflite/check.h"
#include "core/tflite/flatreader.h"
#include "core/tflite/messages.h"

#include <algorithm>

namespace requant {

using namespace tfliteformat;

namespace {

std::string_view asText(std::span<const std::byte> bytes)
{
    return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

// What the bytes are instead, so that the message helps.
std::string guessContent(std::span<const std::byte> bytes)
{
    const std::string_view head = asText(bytes.first(std::min<std::size_t>(bytes.size(), 512)));
    if (head.starts_with("version https://git-lfs"))
        return "it is a Git LFS pointer; fetch the real file with \"git lfs pull\"";
    std::string lower(head.substr(head.find_first_not_of(" \t\r\n") == std::string_view::npos
                                      ? head.size()
                                      : head.find_first_not_of(" \t\r\n")));
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (lower.starts_with("<!doctype") || lower.starts_with("<html") || lower.starts_with("<?xml"))
        return "it is a web page";
    if (head.starts_with("PK\x03\x04"))
        return "it is a ZIP archive";
    if (head.starts_with("\x1f\x8b"))
        return "it is compressed with gzip";
    if (head.starts_with("\x89HDF"))
        return "it is an HDF5 file (Keras)";
    // ONNX: field 1 of a protocol buffer is the version of the IR, a small number, and field 2 (producer) or 7 (graph) follows.
    if (head.size() > 2 && head[0] == '\x08' && head[1] < 64 && (head[2] == '\x12' || head[2] == '\x3a' || head[2] == '\x42'))
        return "it looks like an ONNX model";
    return "its identifier is not TFL3";
}

class ModelReader
{
public:
    ModelReader(std::span<const std::byte> bytes, std::shared_ptr<const void> owner, const ReadLimits &limits)
        : m_bytes(bytes), m_owner(std::move(owner)), m_in(bytes, limits.maxTables)
    {
    }

    Result<LoadedModel> read();

private:
    void readModel(const TableView &);
    void readCodes(const TableView &);
    void readBuffers(const TableView &);
    void readMetadata(const TableView &, Table &rest);
    void readSubgraph(const TableView &, Subgraph &);
    void readTensor(const TableView &, Tensor &);
    void readQuantization(const TableView &, QuantParams &);
    void readOperator(const TableView &, Operator &);
    void alignBuffers();
    void readTrailing(Table &rest);
    void reportFindings(Diagnostics &);

    // Keeps what an IR field cannot tell: absent although always written, or present although empty.
    void presence(const TableView &, std::uint16_t id, bool isEmpty, bool alwaysWritten, Table &rest);
    void notCarried(std::string place, std::string what);
    std::vector<TensorIndex> tensorIndices(const TableView &, std::uint16_t id);
    template <class F>
    void eachTable(const TableView &, std::uint16_t id, F &&f);
    static TablePtr unlessEmpty(Table &&t)
    {
        return t.fields.empty() ? nullptr : std::make_shared<const Table>(std::move(t));
    }

    std::span<const std::byte> m_bytes;
    std::shared_ptr<const void> m_owner;
    FlatReader m_in;
    std::shared_ptr<Model> m_model = std::make_shared<Model>();
    Diagnostics m_warnings;
    std::vector<std::string> m_notCarried;
};

void addName(Table &rest, std::string_view list, std::string name)
{
    const FieldValue *old = rest.find(list);
    FieldValue::Strings names;
    if (old)
        names = std::get<FieldValue::Strings>(old->data);
    names.push_back(std::move(name));
    rest.set(list, {std::move(names)});
}

void ModelReader::presence(const TableView &view, std::uint16_t id, bool isEmpty, bool alwaysWritten, Table &rest)
{
    if (!isEmpty || view.has(id) == alwaysWritten)
        return;
    addName(rest, alwaysWritten ? kAbsentFields : kEmptyFields, view.schema->at(id).name);
}

void ModelReader::notCarried(std::string place, std::string what)
{
    m_warnings.push_back(makeWarning(kNotCarried, {place, what}));
    m_notCarried.push_back(place + ": " + what);
}

template <class F>
void ModelReader::eachTable(const TableView &view, std::uint16_t id, F &&f)
{
    const SchemaField &field = view.schema->at(id);
    const SchemaTable &schema = Schema::instance().tables[static_cast<std::size_t>(field.table)];
    const VectorView v = m_in.vector(view, id);
    TableView item;
    for (std::size_t i = 0; i < v.count && m_in.ok(); ++i) {
        const FlatReader::Place place(m_in, field.name, static_cast<std::ptrdiff_t>(i));
        if (m_in.element(v, i, schema, item))
            f(i, static_cast<const TableView &>(item));
    }
}

std::vector<TensorIndex> ModelReader::tensorIndices(const TableView &view, std::uint16_t id)
{
    const auto raw = m_in.values<std::int32_t>(view, id);
    std::vector<TensorIndex> out;
    out.reserve(raw.size());
    for (const std::int32_t i : raw)
        out.push_back(TensorIndex(i));
    return out;
}

void ModelReader::readModel(const TableView &view)
{
    Model &m = *m_model;
    Table rest;
    rest.type = view.schema->name;
    m.version = static_cast<std::uint32_t>(m_in.integer(view, id::ModelVersion));
    m.description = m_in.string(view, id::ModelDescription);
    presence(view, id::ModelDescription, m.description.empty(), false, rest);
    readCodes(view);
    presence(view, id::ModelOperatorCodes, m.operatorCodes.empty(), true, rest);
    readBuffers(view);
    presence(view, id::ModelBuffers, m.buffers.empty(), true, rest);
    readMetadata(view, rest);
    eachTable(view, id::ModelSubgraphs, [&](std::size_t, const TableView &item) {
        const TableView graph = item;
        readSubgraph(graph, m.subgraphs.emplace_back());
    });
    if (m_in.ok() && m.subgraphs.empty())
        m_in.fail(kNoSubgraph, {});
    constexpr std::uint16_t known[] = {id::ModelVersion, id::ModelOperatorCodes, id::ModelSubgraphs,
                                       id::ModelDescription, id::ModelBuffers, id::ModelMetadata};
    m_in.rest(view, known, rest);
    if (m_in.ok()) {
        alignBuffers();
        readTrailing(rest);
    }
    m.rest = unlessEmpty(std::move(rest));
}

void ModelReader::readCodes(const TableView &view)
{
    eachTable(view, id::ModelOperatorCodes, [&](std::size_t, const TableView &item) {
        OperatorCode &c = m_model->operatorCodes.emplace_back();
        const std::int64_t deprecated = m_in.integer(item, id::CodeDeprecated);
        const std::int64_t builtin = m_in.integer(item, id::CodeBuiltin);
        // Files from before 2020 know the first only, newer ones have both, and numbers above 127 only fit the second.
        const std::int64_t code = std::max(deprecated, builtin);
        c.code = static_cast<Op>(code);
        c.deprecatedCode = static_cast<std::int32_t>(deprecated);
        if (builtin != code)
            c.builtinCode = static_cast<std::int32_t>(builtin);
        c.version = static_cast<std::int32_t>(m_in.integer(item, id::CodeVersion));
        c.customCode = m_in.string(item, id::CodeCustom);
        c.hasCustomCode = item.has(id::CodeCustom);
    });
}

void ModelReader::readBuffers(const TableView &view)
{
    eachTable(view, id::ModelBuffers, [&](std::size_t, const TableView &item) {
        Buffer &b = m_model->buffers.emplace_back();
        const VectorView data = m_in.vector(item, id::BufferData);
        const auto offset = static_cast<std::uint64_t>(m_in.integer(item, id::BufferOffset));
        const auto size = static_cast<std::uint64_t>(m_in.integer(item, id::BufferSize));
        b.present = data.present;
        if (data.count > 0) {
            b.data = m_bytes.subspan(data.at, data.count);
            if (offset != 0 || size != 0)
                notCarried(m_in.placeText(), "offset and size beside data");
        } else if (offset > 1) {
            if (offset > m_bytes.size() || size > m_bytes.size() - offset) {
                m_in.fail(kPastEnd, {m_in.placeText(), std::to_string(size) + " bytes at " + std::to_string(offset)});
                return;
            }
            b.data = m_bytes.subspan(offset, size);
            b.external = true;
            m_in.visit(offset + size);
        } else if (offset != 0 || size != 0) {
            notCarried(m_in.placeText(), "an offset of " + std::to_string(offset) + ", which means no data");
        }
        if (b.data.empty())
            return;
        b.owner = m_owner;
    });
}

void ModelReader::readMetadata(const TableView &view, Table &rest)
{
    eachTable(view, id::ModelMetadata, [&](std::size_t i, const TableView &item) {
        MetadataEntry &e = m_model->metadata.emplace_back();
        e.name = m_in.string(item, id::MetadataName);
        e.buffer = BufferIndex(static_cast<std::int32_t>(m_in.integer(item, id::MetadataBuffer)));
        if (!item.has(id::MetadataName))
            addName(rest, kAbsentFields, "metadata[" + std::to_string(i) + "].name");
    });
    presence(view, id::ModelMetadata, m_model->metadata.empty(), false, rest);
}

void ModelReader::readSubgraph(const TableView &view, Subgraph &g)
{
    Table rest;
    rest.type = view.schema->name;
    g.name = m_in.string(view, id::GraphName);
    presence(view, id::GraphName, g.name.empty(), false, rest);
    eachTable(view, id::GraphTensors,
              [&](std::size_t, const TableView &item) { readTensor(item, g.tensors.emplace_back()); });
    presence(view, id::GraphTensors, g.tensors.empty(), true, rest);
    eachTable(view, id::GraphOperators,
              [&](std::size_t, const TableView &item) { readOperator(item, g.operators.emplace_back()); });
    presence(view, id::GraphOperators, g.operators.empty(), true, rest);
    g.inputs = tensorIndices(view, id::GraphInputs);
    presence(view, id::GraphInputs, g.inputs.empty(), true, rest);
    g.outputs = tensorIndices(view, id::GraphOutputs);
    presence(view, id::GraphOutputs, g.outputs.empty(), true, rest);
    constexpr std::uint16_t known[] = {id::GraphTensors, id::GraphInputs, id::GraphOutputs, id::GraphOperators, id::GraphName};
    m_in.rest(view, known, rest);
    g.rest = unlessEmpty(std::move(rest));
}

void ModelReader::readTensor(const TableView &view, Tensor &t)
{
    Table rest;
    rest.type = view.schema->name;
    t.name = m_in.string(view, id::TensorName);
    presence(view, id::TensorName, t.name.empty(), false, rest);
    t.shape = m_in.values<std::int32_t>(view, id::TensorShape);
    presence(view, id::TensorShape, t.shape.empty(), true, rest);
    if (view.has(id::TensorShapeSignature))
        t.shapeSignature = m_in.values<std::int32_t>(view, id::TensorShapeSignature);
    t.type = static_cast<ElementType>(m_in.integer(view, id::TensorType));
    const std::int64_t buffer = m_in.integer(view, id::TensorBuffer);
    if (buffer != 0 && buffer >= static_cast<std::int64_t>(m_model->buffers.size())) {
        m_in.fail(kBadIndex, {m_in.placeText("buffer"), std::to_string(buffer),
                              std::to_string(m_model->buffers.size()) + " buffers"});
        return;
    }
    t.buffer = BufferIndex(static_cast<std::int32_t>(buffer));
    t.isVariable = m_in.integer(view, id::TensorIsVariable) != 0;
    TableView quantization;
    if (view.has(id::TensorQuantization)) {
        const FlatReader::Place place(m_in, "quantization");
        if (m_in.child(view, id::TensorQuantization, quantization))
            readQuantization(quantization, t.quant);
    }
    // Old converters gave biases the dimension of their weights. With one dimension there is no doubt about what is meant.
    QuantParams &q = t.quant;
    if (q.isPerChannel() && t.shape.size() == 1 && q.quantizedDimension != 0
        && static_cast<std::int64_t>(q.scale.size()) == t.shape[0]) {
        m_warnings.push_back(makeWarning(kDimensionRead, {m_in.placeText() + " (" + t.name + ")",
                                                          std::to_string(q.quantizedDimension)}));
        rest.set(kSourceDimension, {std::int64_t{q.quantizedDimension}});
        q.quantizedDimension = 0;
        q.present |= kHasSourceDimension;
    }
    constexpr std::uint16_t known[] = {id::TensorShape, id::TensorType, id::TensorBuffer, id::TensorName,
                                       id::TensorQuantization, id::TensorIsVariable, id::TensorShapeSignature};
    m_in.rest(view, known, rest);
    t.rest = unlessEmpty(std::move(rest));
}

void ModelReader::readQuantization(const TableView &view, QuantParams &q)
{
    q.min = m_in.values<float>(view, id::QuantMin);
    q.max = m_in.values<float>(view, id::QuantMax);
    q.scale = m_in.values<float>(view, id::QuantScale);
    q.zeroPoint = m_in.values<std::int64_t>(view, id::QuantZeroPoint);
    q.details = m_in.unionMember(view, id::QuantDetails);
    q.quantizedDimension = static_cast<std::int32_t>(m_in.integer(view, id::QuantDimension));
    const auto mark = [&](std::uint16_t id, bool isEmpty, std::uint8_t bit) {
        if (view.has(id) && isEmpty)
            q.present |= bit;
    };
    mark(id::QuantMin, q.min.empty(), kEmptyMin);
    mark(id::QuantMax, q.max.empty(), kEmptyMax);
    mark(id::QuantScale, q.scale.empty(), kEmptyScale);
    mark(id::QuantZeroPoint, q.zeroPoint.empty(), kEmptyZeroPoint);
    const bool says = !q.min.empty() || !q.max.empty() || !q.scale.empty() || !q.zeroPoint.empty() || q.details
        || q.quantizedDimension != 0 || q.present != 0;
    if (!says)
        q.present = kEmptyQuantization;
}

void ModelReader::readOperator(const TableView &view, Operator &op)
{
    Table rest;
    rest.type = view.schema->name;
    const std::int64_t slot = m_in.integer(view, id::OpCodeIndex);
    if (slot >= static_cast<std::int64_t>(m_model->operatorCodes.size())) {
        m_in.fail(kBadIndex, {m_in.placeText("opcode_index"), std::to_string(slot),
                              std::to_string(m_model->operatorCodes.size()) + " operator codes"});
        return;
    }
    const OperatorCode &code = m_model->operatorCodes[static_cast<std::size_t>(slot)];
    op.code = code.code;
    op.version = code.version;
    op.customCode = code.customCode;
    op.codeSlot = static_cast<std::int32_t>(slot);
    op.inputs = tensorIndices(view, id::OpInputs);
    presence(view, id::OpInputs, op.inputs.empty(), true, rest);
    op.outputs = tensorIndices(view, id::OpOutputs);
    presence(view, id::OpOutputs, op.outputs.empty(), true, rest);
    op.intermediates = tensorIndices(view, id::OpIntermediates);
    presence(view, id::OpIntermediates, op.intermediates.empty(), false, rest);
    op.options = m_in.unionMember(view, id::OpOptions);
    op.options2 = m_in.unionMember(view, id::OpOptions2);
    op.customOptions = m_in.values<std::byte>(view, id::OpCustomOptions);
    presence(view, id::OpCustomOptions, op.customOptions.empty(), false, rest);
    const auto offset = static_cast<std::uint64_t>(m_in.integer(view, id::OpLargeOffset));
    const auto size = static_cast<std::uint64_t>(m_in.integer(view, id::OpLargeSize));
    if (offset > 1 && !view.has(id::OpCustomOptions)) {
        if (offset > m_bytes.size() || size > m_bytes.size() - offset) {
            m_in.fail(kPastEnd, {m_in.placeText("large_custom_options_offset"),
                                 std::to_string(size) + " bytes at " + std::to_string(offset)});
            return;
        }
        if (!m_in.charge(size))
            return;
        const auto bytes = m_bytes.subspan(offset, size);
        op.customOptions.assign(bytes.begin(), bytes.end());
        m_in.visit(offset + size);
        rest.set(kExternalOptions, {std::int64_t{1}});
    } else if (offset != 0 || size != 0) {
        notCarried(m_in.placeText(), "large_custom_options_offset without effect");
    }
    constexpr std::uint16_t known[] = {id::OpCodeIndex, id::OpInputs, id::OpOutputs, id::OpOptions, id::OpCustomOptions,
                                       id::OpIntermediates, id::OpLargeOffset, id::OpLargeSize, id::OpOptions2};
    m_in.rest(view, known, rest);
    op.rest = unlessEmpty(std::move(rest));
}

// Kernels read elements in place. Old converters wrote buffers without the alignment that the format asks for.
void ModelReader::alignBuffers()
{
    for (const Subgraph &g : m_model->subgraphs) {
        for (const Tensor &t : g.tensors) {
            const std::size_t wanted = std::clamp<std::size_t>(bitWidth(t.type) / 8, 1, 8);
            Buffer *b = t.buffer.pos() < m_model->buffers.size() ? &m_model->buffers[t.buffer.pos()] : nullptr;
            if (!b || b->data.empty() || reinterpret_cast<std::uintptr_t>(b->data.data()) % wanted == 0)
                continue;
            if (!m_in.charge(b->data.size()))
                return;
            Buffer copy = Buffer::fromBytes({b->data.begin(), b->data.end()});
            copy.present = b->present;
            copy.external = b->external;
            *b = std::move(copy);
        }
    }
}

void ModelReader::readTrailing(Table &rest)
{
    // With fields that are not known, the end of the model is not known either.
    if (!m_in.unknownFields().empty() || m_in.end() >= m_bytes.size())
        return;
    const auto tail = m_bytes.subspan(m_in.end());
    if (std::all_of(tail.begin(), tail.end(), [](std::byte b) { return b == std::byte{0}; }))
        return; // alignment
    const std::string_view text = asText(tail);
    if (const auto start = archiveStart(text)) {
        m_warnings.push_back(makeNote(kTrailing, {std::to_string(tail.size()), "a ZIP archive"}));
        rest.set(kTrailingBytes, {*start == 0 ? std::string(text) : movedArchive(text, 0)});
        if (*start != 0)
            rest.set(kTrailingMoves, {std::int64_t{1}});
        return;
    }
    // A few bytes are what some converters leave behind, e.g. a table that nothing refers to.
    constexpr std::size_t kLeftover = 64;
    if (tail.size() < kLeftover)
        return;
    m_warnings.push_back(makeNote(kTrailing, {std::to_string(tail.size()), "unknown content"}));
    rest.set(kTrailingBytes, {std::string(text)});
}

void ModelReader::reportFindings(Diagnostics &out)
{
    Model &m = *m_model;
    for (const auto &[what, f] : m_in.unknownFields()) {
        std::string place = f.first + ": " + what;
        if (f.count > 1)
            place += " (" + std::to_string(f.count) + " times, first there)";
        out.push_back(makeWarning(kUnknownField, {place}));
        m.unknownFields.push_back(std::move(place));
    }
    for (const auto &[key, v] : m_in.unknownValues())
        out.push_back(makeWarning(kUnknownValue, {v.place, std::to_string(v.value), v.enumName}));
    for (std::string &s : m_notCarried)
        m.unknownFields.push_back(std::move(s));
    out.insert(out.end(), m_in.warnings.begin(), m_in.warnings.end());
    out.insert(out.end(), m_warnings.begin(), m_warnings.end());
}

Result<LoadedModel> ModelReader::read()
{
    if (m_bytes.size() < 8) {
        if (m_bytes.empty() || asText(m_bytes) != "TFL3")
            return makeError(kTooSmall, {std::to_string(m_bytes.size())});
    }
    const std::string_view identifier = m_bytes.size() < 8 ? std::string_view() : asText(m_bytes.subspan(4, 4));
    if (identifier == "TFL2" || identifier == "TFL1")
        return makeError(kOldFormat, {std::string(identifier)});
    if (identifier != "TFL3")
        return makeError(kNotTflite, {guessContent(m_bytes)});
    TableView root;
    if (m_in.openRoot(*Schema::instance().table("Model"), root))
        readModel(root);
    if (!m_in.ok())
        return m_in.error();
    LoadedModel loaded;
    reportFindings(loaded.diagnostics);
    if (auto status = checkModel(*m_model, loaded.diagnostics); !status)
        return status.error();
    loaded.model = std::move(m_model);
    return loaded;
}

} // namespace

Result<LoadedModel> readTflite(std::span<const std::byte> bytes, std::shared_ptr<const void> owner, const ReadLimits &limits)
{
    return ModelReader(bytes, std::move(owner), limits).read();
}

Result<LoadedModel> loadTflite(const std::filesystem::path &file, const ReadLimits &limits)
{
    auto mapped = mapFile(file);
    if (!mapped)
        return mapped.error();
    auto loaded = readTflite(mapped->bytes, mapped->owner, limits);
    if (!loaded) {
        loaded.error().file = file.string();
        return loaded;
    }
    for (Diagnostic &d : loaded->diagnostics)
        d.file = file.string();
    return loaded;
}

} // namespace requant
