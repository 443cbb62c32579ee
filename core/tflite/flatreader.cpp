// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tflite/flatreader.h"

#include "core/tflite/messages.h"

#include <algorithm>

namespace requant::tfliteformat {

namespace {

// A honest file is copied about once (vectors and strings); sharing of strings and vectors is allowed for.
constexpr std::size_t kMostCopies = 16;
constexpr std::size_t kFreeBytes = 1 << 20;
// What a table costs in memory, as far as it is not paid by its own bytes in the file (12 at least, unless it is shared).
constexpr std::size_t kTableCost = 128;

} // namespace

FlatReader::FlatReader(std::span<const std::byte> bytes, std::size_t maxTables) : m_bytes(bytes), m_maxTables(maxTables) {}

std::string FlatReader::placeText(std::string_view field) const
{
    std::string out;
    const auto append = [&](std::string_view name, std::ptrdiff_t index) {
        if (name.empty())
            return;
        if (!out.empty())
            out += '.';
        out += name;
        if (index >= 0)
            out += '[' + std::to_string(index) + ']';
    };
    for (const Part &p : m_place)
        append(p.field, p.index);
    append(field, -1);
    return out.empty() ? std::string("model") : out;
}

void FlatReader::fail(const Message &message, std::vector<std::string> args)
{
    if (!m_error)
        m_error = makeError(message, std::move(args));
}

bool FlatReader::charge(std::size_t bytes)
{
    m_charged += bytes;
    if (m_charged / kMostCopies > m_bytes.size() + kFreeBytes)
        fail(kRepeatedData, {placeText(), std::to_string(kMostCopies)});
    return ok();
}

void FlatReader::noteUnknown(std::string what)
{
    Finding &f = m_unknown[std::move(what)];
    if (f.count++ == 0)
        f.first = placeText();
}

bool FlatReader::openRoot(const SchemaTable &schema, TableView &out)
{
    if (!fits(0, 4)) {
        fail(kTooSmall, {std::to_string(m_bytes.size())});
        return false;
    }
    return openTable(load<std::uint32_t>(0), schema, out);
}

bool FlatReader::openTable(std::size_t at, const SchemaTable &schema, TableView &out)
{
    if (!ok())
        return false;
    if (++m_tables > m_maxTables) {
        fail(kTooManyTables, {placeText(), std::to_string(m_maxTables)});
        return false;
    }
    if (!charge(kTableCost))
        return false;
    if (!fits(at, 4)) {
        fail(kPastEnd, {placeText(), "the table"});
        return false;
    }
    const std::int64_t vtable = static_cast<std::int64_t>(at) - load<std::int32_t>(at);
    if (vtable < 0 || !fits(static_cast<std::size_t>(vtable), 4)) {
        fail(kPastEnd, {placeText(), "the list of fields"});
        return false;
    }
    const auto v = static_cast<std::size_t>(vtable);
    const std::size_t vtableSize = load<std::uint16_t>(v);
    const std::size_t tableSize = load<std::uint16_t>(v + 2);
    if (vtableSize < 4 || vtableSize % 2 != 0 || tableSize < 4) {
        fail(kBadTable, {placeText(), "sizes"});
        return false;
    }
    if (!fits(v, vtableSize) || !fits(at, tableSize)) {
        fail(kPastEnd, {placeText(), "the table"});
        return false;
    }
    visit(v + vtableSize);
    visit(at + tableSize);
    out.schema = &schema;
    out.at = at;
    out.slots.assign(schema.fields.size(), 0);
    const std::size_t entries = (vtableSize - 4) / 2;
    for (std::size_t i = 0; i < entries; ++i) {
        const std::uint16_t slot = load<std::uint16_t>(v + 4 + 2 * i);
        if (slot == 0)
            continue;
        if (i >= schema.fields.size() || schema.fields[i].kind == Kind::None) {
            noteUnknown("field " + std::to_string(i) + " of table " + schema.name);
            continue;
        }
        if (slot < 4 || slot + sizeInline(schema.fields[i].kind) > tableSize) {
            fail(kBadTable, {placeText(), schema.name + "." + schema.fields[i].name});
            return false;
        }
        out.slots[i] = slot;
    }
    return true;
}

std::optional<std::size_t> FlatReader::follow(const TableView &view, std::uint16_t id)
{
    if (!ok() || !view.has(id))
        return std::nullopt;
    const std::size_t at = view.at + view.slots[id];
    const std::size_t target = at + load<std::uint32_t>(at);
    if (target == at || !fits(target, 4)) {
        fail(kPastEnd, {placeText(view.schema->at(id).name), "its offset"});
        return std::nullopt;
    }
    return target;
}

bool FlatReader::child(const TableView &view, std::uint16_t id, TableView &out)
{
    const auto at = follow(view, id);
    return at && openTable(*at, Schema::instance().tables[static_cast<std::size_t>(view.schema->at(id).table)], out);
}

VectorView FlatReader::vector(const TableView &view, std::uint16_t id)
{
    const auto at = follow(view, id);
    if (!at)
        return {};
    const SchemaField &f = view.schema->at(id);
    const std::size_t size = sizeInline(f.kind == Kind::String ? Kind::UInt8 : f.element);
    const std::size_t count = load<std::uint32_t>(*at);
    if (!fits(*at + 4, count * size)) {
        fail(kPastEnd, {placeText(f.name), std::to_string(count * size) + " bytes"});
        return {};
    }
    visit(*at + 4 + count * size + (f.kind == Kind::String && fits(*at + 4, count + 1) ? 1 : 0));
    return {true, *at + 4, count};
}

bool FlatReader::element(const VectorView &v, std::size_t i, const SchemaTable &schema, TableView &out)
{
    if (!ok())
        return false;
    const std::size_t at = v.at + 4 * i;
    return openTable(at + load<std::uint32_t>(at), schema, out);
}

std::int64_t FlatReader::loadInteger(Kind kind, std::size_t at) const
{
    switch (kind) {
    case Kind::Bool: return load<std::uint8_t>(at) != 0;
    case Kind::UInt8:
    case Kind::UnionType: return load<std::uint8_t>(at);
    case Kind::Int8: return load<std::int8_t>(at);
    case Kind::Int16: return load<std::int16_t>(at);
    case Kind::UInt16: return load<std::uint16_t>(at);
    case Kind::Int32: return load<std::int32_t>(at);
    case Kind::UInt32: return load<std::uint32_t>(at);
    case Kind::Int64:
    case Kind::UInt64: return load<std::int64_t>(at);
    default: return 0;
    }
}

void FlatReader::checkEnum(const TableView &view, const SchemaField &f, std::int64_t value)
{
    if (f.enumeration < 0 || f.kind == Kind::UnionType)
        return;
    const SchemaEnum &e = Schema::instance().enums[static_cast<std::size_t>(f.enumeration)];
    if (e.byValue(value))
        return;
    m_unknownValues.try_emplace(view.schema->name + '.' + f.name + '=' + std::to_string(value),
                                UnknownValue{placeText(f.name), e.name, value});
}

std::int64_t FlatReader::integer(const TableView &view, std::uint16_t id)
{
    const SchemaField &f = view.schema->at(id);
    if (!ok() || !view.has(id))
        return f.defaultInt;
    const std::int64_t value = loadInteger(f.kind, view.at + view.slots[id]);
    checkEnum(view, f, value);
    return value;
}

double FlatReader::real(const TableView &view, std::uint16_t id)
{
    const SchemaField &f = view.schema->at(id);
    if (!ok() || !view.has(id))
        return f.defaultReal;
    const std::size_t at = view.at + view.slots[id];
    return f.kind == Kind::Float32 ? static_cast<double>(load<float>(at)) : load<double>(at);
}

std::string FlatReader::string(const TableView &view, std::uint16_t id)
{
    const VectorView v = vector(view, id);
    if (!v.present || !charge(v.count))
        return {};
    return std::string(reinterpret_cast<const char *>(m_bytes.data() + v.at), v.count);
}

std::vector<std::int64_t> FlatReader::ints(const TableView &view, std::uint16_t id)
{
    const VectorView v = vector(view, id);
    const Kind kind = view.schema->at(id).element;
    const std::size_t size = sizeInline(kind);
    std::vector<std::int64_t> out;
    if (!v.present || !charge(v.count * size))
        return out;
    out.reserve(v.count);
    for (std::size_t i = 0; i < v.count; ++i)
        out.push_back(loadInteger(kind, v.at + i * size));
    return out;
}

FieldValue FlatReader::fieldValue(const TableView &view, const SchemaField &f)
{
    switch (f.kind) {
    case Kind::String: return {string(view, f.id)};
    case Kind::Table: {
        TableView sub;
        const Place place(*this, f.name);
        return {child(view, f.id, sub) ? table(sub) : TablePtr()};
    }
    case Kind::Union: return {unionMember(view, f.id)};
    case Kind::Vector: break;
    default:
        if (isReal(f.kind))
            return {real(view, f.id)};
        return {integer(view, f.id)};
    }
    const VectorView v = vector(view, f.id);
    if (f.element == Kind::Table) {
        FieldValue::Tables out;
        const SchemaTable &schema = Schema::instance().tables[static_cast<std::size_t>(f.table)];
        for (std::size_t i = 0; i < v.count && ok(); ++i) {
            const Place place(*this, f.name, static_cast<std::ptrdiff_t>(i));
            TableView sub;
            if (element(v, i, schema, sub))
                out.push_back(table(sub));
        }
        return {std::move(out)};
    }
    if (isReal(f.element)) {
        FieldValue::Reals out;
        if (charge(v.count * sizeInline(f.element))) {
            for (std::size_t i = 0; i < v.count; ++i) {
                out.push_back(f.element == Kind::Float32 ? static_cast<double>(load<float>(v.at + 4 * i))
                                                         : load<double>(v.at + 8 * i));
            }
        }
        return {std::move(out)};
    }
    return {ints(view, f.id)};
}

TablePtr FlatReader::table(const TableView &view)
{
    auto out = std::make_shared<Table>();
    out->type = view.schema->name;
    for (const SchemaField &f : view.schema->fields) {
        if (f.kind == Kind::None || f.kind == Kind::UnionType || (!isScalar(f.kind) && !view.has(f.id)))
            continue;
        FieldValue value = fieldValue(view, f);
        const auto *member = std::get_if<TablePtr>(&value.data);
        if (member && !*member) // a union whose member is not known, or an error
            continue;
        out->fields.push_back({f.name, std::move(value)});
    }
    return ok() ? out : nullptr;
}

TablePtr FlatReader::unionMember(const TableView &view, std::uint16_t id)
{
    const SchemaField &f = view.schema->at(id);
    const std::int64_t type = integer(view, static_cast<std::uint16_t>(id - 1));
    const SchemaEnum &e = Schema::instance().enums[static_cast<std::size_t>(f.enumeration)];
    const SchemaEnum::Value *member = e.byValue(type);
    if (type == 0 && !view.has(id))
        return nullptr;
    if (!member || member->table < 0) {
        noteUnknown("member " + std::to_string(type) + " of union " + e.name);
        return nullptr;
    }
    if (!view.has(id)) {
        warnings.push_back(makeWarning(kMissingOptions, {placeText(f.name), member->name}));
        return nullptr;
    }
    const Place place(*this, f.name);
    const auto at = follow(view, id);
    TableView sub;
    if (!at || !openTable(*at, Schema::instance().tables[static_cast<std::size_t>(member->table)], sub))
        return nullptr;
    return table(sub);
}

void FlatReader::rest(const TableView &view, std::span<const std::uint16_t> known, Table &into)
{
    for (const SchemaField &f : view.schema->fields) {
        if (!view.has(f.id) || f.kind == Kind::UnionType || std::find(known.begin(), known.end(), f.id) != known.end())
            continue;
        FieldValue value = fieldValue(view, f);
        if (!ok())
            return;
        const auto *i = std::get_if<std::int64_t>(&value.data);
        const auto *r = std::get_if<double>(&value.data);
        const auto *t = std::get_if<TablePtr>(&value.data);
        if ((i && *i == f.defaultInt) || (r && *r == f.defaultReal) || (t && !*t))
            continue;
        into.fields.push_back({f.name, std::move(value)});
    }
}

} // namespace requant::tfliteformat
