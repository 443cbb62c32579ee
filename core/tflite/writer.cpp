// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tflite/tflite.h"

#include "core/base/files.h"
#include "core/tflite/archive.h"
#include "core/tflite/check.h"
#include "core/tflite/messages.h"
#include "core/tflite/schema.h"
#include "core/tflite/writelimits.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include <flatbuffers/flatbuffers.h>

namespace requant {

using namespace tfliteformat;

namespace {

using Offset = flatbuffers::Offset<void>;

constexpr flatbuffers::voffset_t slotOf(std::uint16_t id)
{
    return static_cast<flatbuffers::voffset_t>(4 + 2 * id);
}

// A field of a table that is about to be written: its children exist already, so only numbers remain.
struct Slot
{
    std::uint16_t id = 0;
    Kind kind = Kind::None; // a scalar kind, or anything stored by offset
    std::int64_t integer = 0;
    double real = 0;
    flatbuffers::uoffset_t offset = 0; // 0: absent
    bool force = false;                // written though equal to the default, to be patched later
};

class ModelWriter
{
public:
    ModelWriter(const Model &model, std::size_t externalFrom) : m_model(model), m_externalFrom(externalFrom) {}
    Result<std::vector<std::byte>> write();

private:
    // Bytes that go behind the flatbuffer, and the two fields that say where.
    struct External
    {
        std::span<const std::byte> bytes;
        flatbuffers::uoffset_t table;
        std::uint16_t offsetId, sizeId;
    };

    class Fields
    {
    public:
        Fields(ModelWriter &w, std::string_view table) : schema(*Schema::instance().table(table)), m_writer(w) {}
        void integer(std::uint16_t id, std::int64_t value, bool force = false)
        {
            m_slots.push_back({id, schema.at(id).kind, value, 0, 0, force});
        }
        void real(std::uint16_t id, double value) { m_slots.push_back({id, schema.at(id).kind, 0, value, 0, false}); }
        void offset(std::uint16_t id, flatbuffers::uoffset_t o)
        {
            if (o != 0)
                m_slots.push_back({id, schema.at(id).kind, 0, 0, o, false});
        }
        flatbuffers::uoffset_t finish() { return m_writer.finishTable(schema, m_slots); }
        const SchemaTable &schema;

    private:
        ModelWriter &m_writer;
        std::vector<Slot> m_slots;
    };

    flatbuffers::uoffset_t finishTable(const SchemaTable &, std::vector<Slot> &);
    void addScalar(const SchemaField &, const Slot &);

    // Presence as found in the source: see kEmptyFields.
    static bool listed(const TablePtr &rest, std::string_view list, std::string_view name);
    static bool wanted(const TablePtr &rest, const SchemaTable &, std::uint16_t id, bool isEmpty, bool alwaysWritten);

    flatbuffers::uoffset_t string(std::string_view s);
    template <class T>
    flatbuffers::uoffset_t vector(std::span<const T> values, std::size_t alignment = 0);
    flatbuffers::uoffset_t offsets(const std::vector<flatbuffers::uoffset_t> &);
    flatbuffers::uoffset_t indices(const std::vector<TensorIndex> &);
    flatbuffers::uoffset_t integers(const SchemaField &, const FieldValue::Ints &);

    void addTable(Fields &, const Table &, bool isRest);
    flatbuffers::uoffset_t addField(const SchemaField &, const FieldValue &, Fields &);
    flatbuffers::uoffset_t writeTable(const Table &);
    void addUnion(Fields &, std::uint16_t id, const TablePtr &);
    void addRest(Fields &fields, const TablePtr &rest)
    {
        if (rest)
            addTable(fields, *rest, true);
    }

    void assignCodes();
    flatbuffers::uoffset_t writeCode(const OperatorCode &);
    flatbuffers::uoffset_t writeBuffer(const Buffer &);
    flatbuffers::uoffset_t writeQuantization(const QuantParams &, const TablePtr &tensorRest);
    flatbuffers::uoffset_t writeTensor(const Tensor &);
    flatbuffers::uoffset_t writeOperator(const Operator &, std::size_t slot);
    flatbuffers::uoffset_t writeSubgraph(const Subgraph &, std::size_t index);
    flatbuffers::uoffset_t writeModel();
    void fail(const Message &m, std::vector<std::string> args)
    {
        if (!m_error)
            m_error = makeError(m, std::move(args));
    }
    std::vector<std::byte> assemble();

    const Model &m_model;
    std::size_t m_externalFrom;
    flatbuffers::FlatBufferBuilder m_out{1 << 16};
    std::vector<OperatorCode> m_codes;
    std::vector<std::vector<std::size_t>> m_slots; // operator code of each operator, by subgraph
    std::vector<External> m_external;
    bool m_allExternal = false;
    std::optional<Error> m_error;
};

bool ModelWriter::listed(const TablePtr &rest, std::string_view list, std::string_view name)
{
    const FieldValue *names = rest ? rest->find(list) : nullptr;
    const auto *all = names ? std::get_if<FieldValue::Strings>(&names->data) : nullptr;
    return all && std::find(all->begin(), all->end(), name) != all->end();
}

bool ModelWriter::wanted(const TablePtr &rest, const SchemaTable &schema, std::uint16_t id, bool isEmpty, bool alwaysWritten)
{
    if (!isEmpty)
        return true;
    return alwaysWritten ? !listed(rest, kAbsentFields, schema.at(id).name) : listed(rest, kEmptyFields, schema.at(id).name);
}

void ModelWriter::addScalar(const SchemaField &f, const Slot &s)
{
    const flatbuffers::voffset_t slot = slotOf(s.id);
    const bool isDefault = isReal(f.kind)
        ? std::bit_cast<std::uint64_t>(s.real) == std::bit_cast<std::uint64_t>(f.defaultReal)
        : s.integer == f.defaultInt;
    if (isDefault && !s.force)
        return;
    switch (f.kind) {
    case Kind::Bool: m_out.AddElement(slot, static_cast<std::uint8_t>(s.integer != 0)); break;
    case Kind::UnionType:
    case Kind::UInt8: m_out.AddElement(slot, static_cast<std::uint8_t>(s.integer)); break;
    case Kind::Int8: m_out.AddElement(slot, static_cast<std::int8_t>(s.integer)); break;
    case Kind::Int16: m_out.AddElement(slot, static_cast<std::int16_t>(s.integer)); break;
    case Kind::UInt16: m_out.AddElement(slot, static_cast<std::uint16_t>(s.integer)); break;
    case Kind::Int32: m_out.AddElement(slot, static_cast<std::int32_t>(s.integer)); break;
    case Kind::UInt32: m_out.AddElement(slot, static_cast<std::uint32_t>(s.integer)); break;
    case Kind::Int64: m_out.AddElement(slot, s.integer); break;
    case Kind::UInt64: m_out.AddElement(slot, static_cast<std::uint64_t>(s.integer)); break;
    case Kind::Float32: m_out.AddElement(slot, static_cast<float>(s.real)); break;
    case Kind::Float64: m_out.AddElement(slot, s.real); break;
    default: break;
    }
}

flatbuffers::uoffset_t ModelWriter::finishTable(const SchemaTable &schema, std::vector<Slot> &slots)
{
    // Widest first wastes no padding.
    std::stable_sort(slots.begin(), slots.end(),
                     [](const Slot &a, const Slot &b) { return sizeInline(a.kind) > sizeInline(b.kind); });
    const auto start = m_out.StartTable();
    for (const Slot &s : slots) {
        if (isScalar(s.kind))
            addScalar(schema.at(s.id), s);
        else
            m_out.AddOffset(slotOf(s.id), Offset(s.offset));
    }
    return m_out.EndTable(start);
}

flatbuffers::uoffset_t ModelWriter::string(std::string_view s)
{
    return m_out.CreateString(s.data(), s.size()).o;
}

template <class T>
flatbuffers::uoffset_t ModelWriter::vector(std::span<const T> values, std::size_t alignment)
{
    if (alignment > 0)
        m_out.ForceVectorAlignment(values.size(), sizeof(T), alignment);
    m_out.StartVector(values.size(), sizeof(T));
    if (!values.empty())
        m_out.PushBytes(reinterpret_cast<const std::uint8_t *>(values.data()), values.size_bytes());
    return m_out.EndVector(values.size());
}

flatbuffers::uoffset_t ModelWriter::offsets(const std::vector<flatbuffers::uoffset_t> &all)
{
    m_out.StartVector(all.size(), sizeof(flatbuffers::uoffset_t));
    for (std::size_t i = all.size(); i-- > 0;)
        m_out.PushElement(Offset(all[i]));
    return m_out.EndVector(all.size());
}

flatbuffers::uoffset_t ModelWriter::indices(const std::vector<TensorIndex> &all)
{
    static_assert(sizeof(TensorIndex) == sizeof(std::int32_t));
    std::vector<std::int32_t> values;
    values.reserve(all.size());
    for (const TensorIndex t : all)
        values.push_back(t.value);
    return vector<std::int32_t>(values);
}

template <class T>
std::vector<T> narrowed(const FieldValue::Ints &values)
{
    std::vector<T> out;
    out.reserve(values.size());
    for (const std::int64_t v : values)
        out.push_back(static_cast<T>(v));
    return out;
}

flatbuffers::uoffset_t ModelWriter::integers(const SchemaField &f, const FieldValue::Ints &values)
{
    switch (f.element) {
    case Kind::Bool:
    case Kind::UInt8: return vector<std::uint8_t>(narrowed<std::uint8_t>(values), f.vectorAlignment);
    case Kind::Int8: return vector<std::int8_t>(narrowed<std::int8_t>(values), f.vectorAlignment);
    case Kind::Int16: return vector<std::int16_t>(narrowed<std::int16_t>(values), f.vectorAlignment);
    case Kind::UInt16: return vector<std::uint16_t>(narrowed<std::uint16_t>(values), f.vectorAlignment);
    case Kind::Int32: return vector<std::int32_t>(narrowed<std::int32_t>(values), f.vectorAlignment);
    case Kind::UInt32: return vector<std::uint32_t>(narrowed<std::uint32_t>(values), f.vectorAlignment);
    default: return vector<std::int64_t>(values, f.vectorAlignment);
    }
}

// Offset of a field's value; 0 if it is a scalar (then it is added to `fields` at once) or cannot be stored.
flatbuffers::uoffset_t ModelWriter::addField(const SchemaField &f, const FieldValue &value, Fields &fields)
{
    const auto mismatch = [&] {
        fail(kCannotStore, {fields.schema.name + "." + f.name, "the value has another kind than the schema's field"});
        return flatbuffers::uoffset_t{0};
    };
    if (isScalar(f.kind)) {
        if (const auto *i = std::get_if<std::int64_t>(&value.data); i && !isReal(f.kind))
            fields.integer(f.id, *i);
        else if (const auto *r = std::get_if<double>(&value.data); r && isReal(f.kind))
            fields.real(f.id, *r);
        else
            mismatch();
        return 0;
    }
    if (const auto *s = std::get_if<std::string>(&value.data))
        return f.kind == Kind::String ? string(*s) : mismatch();
    if (const auto *t = std::get_if<TablePtr>(&value.data)) {
        if (!*t)
            return 0;
        if (f.kind == Kind::Union) {
            addUnion(fields, f.id, *t);
            return 0;
        }
        return f.kind == Kind::Table ? writeTable(**t) : mismatch();
    }
    if (f.kind != Kind::Vector)
        return mismatch();
    if (const auto *all = std::get_if<FieldValue::Tables>(&value.data)) {
        if (f.element != Kind::Table)
            return mismatch();
        std::vector<flatbuffers::uoffset_t> items;
        for (const TablePtr &t : *all)
            items.push_back(writeTable(t ? *t : Table{Schema::instance().tables[static_cast<std::size_t>(f.table)].name, {}}));
        return offsets(items);
    }
    if (const auto *all = std::get_if<FieldValue::Ints>(&value.data))
        return isScalar(f.element) && !isReal(f.element) ? integers(f, *all) : mismatch();
    if (const auto *all = std::get_if<FieldValue::Reals>(&value.data)) {
        if (f.element == Kind::Float64)
            return vector<double>(*all, f.vectorAlignment);
        if (f.element != Kind::Float32)
            return mismatch();
        std::vector<float> floats;
        for (const double d : *all)
            floats.push_back(static_cast<float>(d));
        return vector<float>(floats, f.vectorAlignment);
    }
    return mismatch();
}

void ModelWriter::addTable(Fields &fields, const Table &t, bool isRest)
{
    for (const Field &field : t.fields) {
        if (isRest && std::find(std::begin(kNotOfSchema), std::end(kNotOfSchema), field.name) != std::end(kNotOfSchema))
            continue;
        const SchemaField *f = fields.schema.field(field.name);
        if (!f || f->kind == Kind::None) {
            fail(kCannotStore, {t.type + "." + field.name, "the schema has no such field"});
            return;
        }
        fields.offset(f->id, addField(*f, field.value, fields));
    }
}

flatbuffers::uoffset_t ModelWriter::writeTable(const Table &t)
{
    if (!Schema::instance().table(t.type)) {
        fail(kCannotStore, {t.type, "the schema has no such table"});
        return 0;
    }
    Fields fields(*this, t.type);
    addTable(fields, t, false);
    return fields.finish();
}

void ModelWriter::addUnion(Fields &fields, std::uint16_t id, const TablePtr &t)
{
    if (!t)
        return;
    const SchemaField &f = fields.schema.at(id);
    const SchemaEnum::Value *member = Schema::instance().enums[static_cast<std::size_t>(f.enumeration)].byName(t->type);
    if (!member) {
        fail(kCannotStore, {fields.schema.name + "." + f.name, "it may not hold " + t->type});
        return;
    }
    fields.offset(id, writeTable(*t));
    fields.integer(static_cast<std::uint16_t>(id - 1), member->value);
}

// Every entry of the source is kept. An operator whose version changed moves its entry along where no other operator
// still needs the old one, so that no stale entry stays behind.
void ModelWriter::assignCodes()
{
    m_codes = m_model.operatorCodes;
    const auto matches = [](const OperatorCode &c, const Operator &op) {
        return c.code == op.code && c.version == op.version && c.customCode == op.customCode;
    };
    std::vector<bool> needed(m_codes.size(), false), wasUsed(m_codes.size(), false);
    for (const Subgraph &g : m_model.subgraphs) {
        for (const Operator &op : g.operators) {
            if (op.codeSlot < 0 || static_cast<std::size_t>(op.codeSlot) >= needed.size())
                continue;
            const auto slot = static_cast<std::size_t>(op.codeSlot);
            wasUsed[slot] = true;
            if (matches(m_codes[slot], op))
                needed[slot] = true;
        }
    }
    for (const Subgraph &g : m_model.subgraphs) {
        auto &slots = m_slots.emplace_back();
        for (const Operator &op : g.operators) {
            const auto own = static_cast<std::size_t>(op.codeSlot);
            if (op.codeSlot >= 0 && own < m_codes.size() && matches(m_codes[own], op)) {
                slots.push_back(own);
                continue;
            }
            const auto it = std::find_if(m_codes.begin(), m_codes.end(), [&](const OperatorCode &c) { return matches(c, op); });
            auto slot = static_cast<std::size_t>(it - m_codes.begin());
            if (it == m_codes.end()) {
                OperatorCode code;
                code.code = op.code;
                // Numbers that do not fit into the old field are marked there by 127.
                code.deprecatedCode = std::min(static_cast<std::int32_t>(op.code), std::int32_t{127});
                code.version = op.version;
                code.customCode = op.customCode;
                code.hasCustomCode = op.code == Op::Custom;
                if (op.codeSlot >= 0 && own < needed.size() && wasUsed[own] && !needed[own] && m_codes[own].code == op.code) {
                    needed[own] = true;
                    m_codes[own] = std::move(code);
                    slot = own;
                } else {
                    m_codes.push_back(std::move(code));
                    needed.push_back(true);
                    wasUsed.push_back(true);
                }
            } else {
                needed[slot] = true;
            }
            slots.push_back(slot);
        }
    }
}

flatbuffers::uoffset_t ModelWriter::writeCode(const OperatorCode &c)
{
    Fields fields(*this, "OperatorCode");
    fields.integer(id::CodeDeprecated, c.deprecatedCode);
    if (c.hasCustomCode || !c.customCode.empty())
        fields.offset(id::CodeCustom, string(c.customCode));
    fields.integer(id::CodeVersion, c.version);
    fields.integer(id::CodeBuiltin, c.builtinCode.value_or(static_cast<std::int32_t>(c.code)));
    return fields.finish();
}

flatbuffers::uoffset_t ModelWriter::writeBuffer(const Buffer &b)
{
    Fields fields(*this, "Buffer");
    const bool external = !b.data.empty() && (b.external || m_allExternal);
    // An empty part cannot be behind the file's end, so its place is given as the flatbuffer's end as well.
    const bool placed = external || b.external;
    if (b.present && (external || b.data.empty()))
        fields.offset(id::BufferData, vector<std::byte>({}, 16));
    if (!placed && !b.data.empty())
        fields.offset(id::BufferData, vector<std::byte>(b.data, 16));
    if (placed) {
        fields.integer(id::BufferOffset, 0, true);
        fields.integer(id::BufferSize, 0, true);
    }
    const auto table = fields.finish();
    if (placed)
        m_external.push_back({b.data, table, id::BufferOffset, id::BufferSize});
    return table;
}

flatbuffers::uoffset_t ModelWriter::writeQuantization(const QuantParams &q, const TablePtr &tensorRest)
{
    const bool exists = !q.min.empty() || !q.max.empty() || !q.scale.empty() || !q.zeroPoint.empty() || q.details
        || q.quantizedDimension != 0 || q.present != 0;
    if (!exists)
        return 0;
    Fields fields(*this, "QuantizationParameters");
    if (!q.min.empty() || (q.present & kEmptyMin))
        fields.offset(id::QuantMin, vector<float>(q.min));
    if (!q.max.empty() || (q.present & kEmptyMax))
        fields.offset(id::QuantMax, vector<float>(q.max));
    if (!q.scale.empty() || (q.present & kEmptyScale))
        fields.offset(id::QuantScale, vector<float>(q.scale));
    if (!q.zeroPoint.empty() || (q.present & kEmptyZeroPoint))
        fields.offset(id::QuantZeroPoint, vector<std::int64_t>(q.zeroPoint));
    addUnion(fields, id::QuantDetails, q.details);
    const bool asRead = (q.present & kHasSourceDimension) && q.isPerChannel() && q.quantizedDimension == 0 && tensorRest;
    fields.integer(id::QuantDimension, asRead ? tensorRest->integer(kSourceDimension) : q.quantizedDimension);
    return fields.finish();
}

flatbuffers::uoffset_t ModelWriter::writeTensor(const Tensor &t)
{
    Fields fields(*this, "Tensor");
    if (wanted(t.rest, fields.schema, id::TensorShape, t.shape.empty(), true))
        fields.offset(id::TensorShape, vector<std::int32_t>(t.shape));
    if (wanted(t.rest, fields.schema, id::TensorName, t.name.empty(), false))
        fields.offset(id::TensorName, string(t.name));
    fields.offset(id::TensorQuantization, writeQuantization(t.quant, t.rest));
    if (t.shapeSignature)
        fields.offset(id::TensorShapeSignature, vector<std::int32_t>(*t.shapeSignature));
    fields.integer(id::TensorType, static_cast<std::int64_t>(t.type));
    fields.integer(id::TensorBuffer, std::max(t.buffer.value, 0));
    fields.integer(id::TensorIsVariable, t.isVariable);
    addRest(fields, t.rest);
    return fields.finish();
}

flatbuffers::uoffset_t ModelWriter::writeOperator(const Operator &op, std::size_t slot)
{
    Fields fields(*this, "Operator");
    const bool placed = op.rest && op.rest->integer(kExternalOptions) != 0;
    fields.integer(id::OpCodeIndex, static_cast<std::int64_t>(slot));
    if (wanted(op.rest, fields.schema, id::OpInputs, op.inputs.empty(), true))
        fields.offset(id::OpInputs, indices(op.inputs));
    if (wanted(op.rest, fields.schema, id::OpOutputs, op.outputs.empty(), true))
        fields.offset(id::OpOutputs, indices(op.outputs));
    if (wanted(op.rest, fields.schema, id::OpIntermediates, op.intermediates.empty(), false))
        fields.offset(id::OpIntermediates, indices(op.intermediates));
    addUnion(fields, id::OpOptions, op.options);
    addUnion(fields, id::OpOptions2, op.options2);
    if (!placed && wanted(op.rest, fields.schema, id::OpCustomOptions, op.customOptions.empty(), false))
        fields.offset(id::OpCustomOptions, vector<std::byte>(op.customOptions));
    if (placed) {
        fields.integer(id::OpLargeOffset, 0, true);
        fields.integer(id::OpLargeSize, 0, true);
    }
    addRest(fields, op.rest);
    const auto table = fields.finish();
    if (placed)
        m_external.push_back({op.customOptions, table, id::OpLargeOffset, id::OpLargeSize});
    return table;
}

flatbuffers::uoffset_t ModelWriter::writeSubgraph(const Subgraph &g, std::size_t index)
{
    Fields fields(*this, "SubGraph");
    std::vector<flatbuffers::uoffset_t> tensors, operators;
    for (const Tensor &t : g.tensors)
        tensors.push_back(writeTensor(t));
    for (std::size_t i = 0; i < g.operators.size(); ++i)
        operators.push_back(writeOperator(g.operators[i], m_slots[index][i]));
    if (wanted(g.rest, fields.schema, id::GraphTensors, tensors.empty(), true))
        fields.offset(id::GraphTensors, offsets(tensors));
    if (wanted(g.rest, fields.schema, id::GraphOperators, operators.empty(), true))
        fields.offset(id::GraphOperators, offsets(operators));
    if (wanted(g.rest, fields.schema, id::GraphInputs, g.inputs.empty(), true))
        fields.offset(id::GraphInputs, indices(g.inputs));
    if (wanted(g.rest, fields.schema, id::GraphOutputs, g.outputs.empty(), true))
        fields.offset(id::GraphOutputs, indices(g.outputs));
    if (wanted(g.rest, fields.schema, id::GraphName, g.name.empty(), false))
        fields.offset(id::GraphName, string(g.name));
    addRest(fields, g.rest);
    return fields.finish();
}

flatbuffers::uoffset_t ModelWriter::writeModel()
{
    Fields fields(*this, "Model");
    const Model &m = m_model;
    // The builder writes from the end, so what is made first lies last: weights at the end of the file.
    std::vector<flatbuffers::uoffset_t> buffers, codes, subgraphs, metadata;
    for (const Buffer &b : m.buffers)
        buffers.push_back(writeBuffer(b));
    for (const OperatorCode &c : m_codes)
        codes.push_back(writeCode(c));
    for (std::size_t i = 0; i < m.subgraphs.size(); ++i)
        subgraphs.push_back(writeSubgraph(m.subgraphs[i], i));
    for (std::size_t i = 0; i < m.metadata.size(); ++i) {
        Fields entry(*this, "Metadata");
        if (!m.metadata[i].name.empty() || !listed(m.rest, kAbsentFields, "metadata[" + std::to_string(i) + "].name"))
            entry.offset(id::MetadataName, string(m.metadata[i].name));
        entry.integer(id::MetadataBuffer, std::max(m.metadata[i].buffer.value, 0));
        metadata.push_back(entry.finish());
    }
    if (wanted(m.rest, fields.schema, id::ModelBuffers, buffers.empty(), true))
        fields.offset(id::ModelBuffers, offsets(buffers));
    if (wanted(m.rest, fields.schema, id::ModelOperatorCodes, codes.empty(), true))
        fields.offset(id::ModelOperatorCodes, offsets(codes));
    fields.offset(id::ModelSubgraphs, offsets(subgraphs));
    if (wanted(m.rest, fields.schema, id::ModelMetadata, metadata.empty(), false))
        fields.offset(id::ModelMetadata, offsets(metadata));
    if (wanted(m.rest, fields.schema, id::ModelDescription, m.description.empty(), false))
        fields.offset(id::ModelDescription, string(m.description));
    fields.integer(id::ModelVersion, m.version);
    addRest(fields, m.rest);
    return fields.finish();
}

std::vector<std::byte> ModelWriter::assemble()
{
    const auto alignUp = [](std::size_t n) { return (n + 15) / 16 * 16; };
    const std::size_t flat = m_out.GetSize();
    std::size_t total = flat;
    for (const External &e : m_external)
        total = alignUp(total) + e.bytes.size();
    std::string trailing;
    if (m_model.rest) {
        trailing = m_model.rest->string(kTrailingBytes);
        if (m_model.rest->flag(kTrailingMoves))
            trailing = movedArchive(trailing, total);
    }
    std::vector<std::byte> out;
    out.reserve(total + trailing.size());
    out.resize(total);
    std::memcpy(out.data(), m_out.GetBufferPointer(), flat);
    std::size_t at = flat;
    for (const External &e : m_external) {
        at = alignUp(at);
        if (!e.bytes.empty())
            std::memcpy(out.data() + at, e.bytes.data(), e.bytes.size());
        auto *table = reinterpret_cast<flatbuffers::Table *>(out.data() + flat - e.table);
        table->SetField<std::uint64_t>(slotOf(e.offsetId), at, 0);
        table->SetField<std::uint64_t>(slotOf(e.sizeId), e.bytes.size(), 0);
        at += e.bytes.size();
    }
    const auto tail = std::as_bytes(std::span(trailing.data(), trailing.size()));
    out.insert(out.end(), tail.begin(), tail.end());
    return out;
}

// An upper bound of what a value needs in the file.
std::size_t sizeOf(const TablePtr &t);

std::size_t sizeOf(const FieldValue &v)
{
    constexpr std::size_t kOverhead = 32;
    return kOverhead + std::visit([](const auto &x) -> std::size_t {
        using T = std::decay_t<decltype(x)>;
        if constexpr (std::is_same_v<T, std::string>) {
            return x.size();
        } else if constexpr (std::is_same_v<T, TablePtr>) {
            return sizeOf(x);
        } else if constexpr (std::is_arithmetic_v<T>) {
            return sizeof(T);
        } else if constexpr (std::is_same_v<T, FieldValue::Tables>) {
            std::size_t n = 0;
            for (const TablePtr &t : x)
                n += sizeOf(t);
            return n;
        } else if constexpr (std::is_same_v<T, FieldValue::Strings>) {
            std::size_t n = 0;
            for (const std::string &s : x)
                n += s.size() + kOverhead;
            return n;
        } else {
            return x.size() * 8;
        }
    }, v.data);
}

std::size_t sizeOf(const TablePtr &t)
{
    std::size_t n = 16;
    if (t) {
        for (const Field &f : t->fields)
            n += sizeOf(f.value);
    }
    return n;
}

std::size_t sizeWithoutBuffers(const Model &m)
{
    std::size_t n = 4096 + m.description.size() + sizeOf(m.rest) + m.buffers.size() * 64;
    for (const OperatorCode &c : m.operatorCodes)
        n += 64 + c.customCode.size();
    for (const MetadataEntry &e : m.metadata)
        n += 64 + e.name.size();
    for (const Subgraph &g : m.subgraphs) {
        n += 256 + g.name.size() + 4 * (g.inputs.size() + g.outputs.size()) + sizeOf(g.rest);
        for (const Tensor &t : g.tensors) {
            n += 256 + t.name.size() + 4 * t.shape.size() + (t.shapeSignature ? 4 * t.shapeSignature->size() : 0)
                + 4 * (t.quant.min.size() + t.quant.max.size() + t.quant.scale.size()) + 8 * t.quant.zeroPoint.size()
                + sizeOf(t.quant.details) + sizeOf(t.rest);
        }
        for (const Operator &op : g.operators) {
            n += 192 + 64 + op.customCode.size() + 4 * (op.inputs.size() + op.outputs.size() + op.intermediates.size())
                + op.customOptions.size() + sizeOf(op.options) + sizeOf(op.options2) + sizeOf(op.rest);
        }
    }
    return n;
}

Result<std::vector<std::byte>> ModelWriter::write()
{
    const std::size_t base = sizeWithoutBuffers(m_model);
    if (base > kMostFlatBytes)
        return makeError(kTooLarge, {std::to_string(base)});
    std::size_t inside = base;
    for (const Buffer &b : m_model.buffers)
        inside += b.external ? 0 : b.data.size() + 32;
    m_allExternal = inside > m_externalFrom;
    assignCodes();
    const auto root = writeModel();
    if (m_error)
        return *m_error;
    m_out.Finish(flatbuffers::Offset<flatbuffers::Table>(root), "TFL3");
    return assemble();
}

} // namespace

namespace tfliteformat {

Result<std::vector<std::byte>> writeTfliteWithLimit(const Model &model, const WriteOptions &options, std::size_t externalFrom)
{
    if (!model.unknownFields.empty() && !options.dropUnknownFields) {
        std::string all;
        for (const std::string &f : model.unknownFields)
            all += (all.empty() ? "" : "; ") + f;
        return makeError(kWouldLose, {all});
    }
    if (model.subgraphs.empty())
        return makeError(kNoSubgraph);
    // What could not be read again must not be written.
    Diagnostics ignored;
    if (auto status = checkModel(model, ignored); !status)
        return status.error();
    return ModelWriter(model, externalFrom).write();
}

Result<std::vector<std::byte>> writeTfliteUnchecked(const Model &model)
{
    return ModelWriter(model, kMostFlatBytes).write();
}

} // namespace tfliteformat

Result<std::vector<std::byte>> writeTflite(const Model &model, const WriteOptions &options)
{
    return writeTfliteWithLimit(model, options, kMostFlatBytes);
}

Status saveTflite(const Model &model, const std::filesystem::path &file, const WriteOptions &options)
{
    auto bytes = writeTflite(model, options);
    if (!bytes) {
        bytes.error().file = file.string();
        return bytes.error();
    }
    return writeFileAtomically(file, std::span<const std::byte>(*bytes));
}

} // namespace requant
