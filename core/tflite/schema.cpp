// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tflite/schema.h"

#include <algorithm>

#include <flatbuffers/reflection_generated.h>

namespace requant::tfliteformat {

extern const unsigned char kSchemaBytes[];
extern const std::size_t kSchemaSize;

namespace {

Kind kindOf(reflection::BaseType t)
{
    switch (t) {
    case reflection::UType: return Kind::UnionType;
    case reflection::Bool: return Kind::Bool;
    case reflection::Byte: return Kind::Int8;
    case reflection::UByte: return Kind::UInt8;
    case reflection::Short: return Kind::Int16;
    case reflection::UShort: return Kind::UInt16;
    case reflection::Int: return Kind::Int32;
    case reflection::UInt: return Kind::UInt32;
    case reflection::Long: return Kind::Int64;
    case reflection::ULong: return Kind::UInt64;
    case reflection::Float: return Kind::Float32;
    case reflection::Double: return Kind::Float64;
    case reflection::String: return Kind::String;
    case reflection::Vector: return Kind::Vector;
    case reflection::Obj: return Kind::Table;
    case reflection::Union: return Kind::Union;
    default: return Kind::None;
    }
}

std::string withoutNamespace(const flatbuffers::String *name)
{
    const std::string s = name->str();
    return s.substr(s.rfind('.') + 1);
}

SchemaField fieldOf(const reflection::Field &f)
{
    SchemaField out;
    out.name = f.name()->str();
    out.id = f.id();
    out.kind = kindOf(f.type()->base_type());
    out.element = kindOf(f.type()->element());
    const bool ofTables = out.kind == Kind::Table || (out.kind == Kind::Vector && out.element == Kind::Table);
    (ofTables ? out.table : out.enumeration) = f.type()->index();
    out.defaultInt = f.default_integer();
    out.defaultReal = f.default_real();
    if (f.attributes()) {
        for (const auto *a : *f.attributes()) {
            if (a->key()->str() == "force_align")
                out.vectorAlignment = static_cast<std::size_t>(std::stoul(a->value()->str()));
        }
    }
    return out;
}

Schema build()
{
    const auto *binary = reflection::GetSchema(kSchemaBytes);
    Schema schema;
    for (const auto *object : *binary->objects()) {
        SchemaTable t;
        t.name = withoutNamespace(object->name());
        for (const auto *f : *object->fields()) {
            if (t.fields.size() <= f->id())
                t.fields.resize(f->id() + std::size_t{1});
            t.fields[f->id()] = fieldOf(*f);
        }
        schema.tables.push_back(std::move(t));
    }
    for (const auto *e : *binary->enums()) {
        SchemaEnum out;
        out.name = withoutNamespace(e->name());
        for (const auto *v : *e->values()) {
            SchemaEnum::Value value{v->name()->str(), v->value(), -1};
            if (e->is_union() && v->union_type() && v->union_type()->base_type() == reflection::Obj)
                value.table = v->union_type()->index();
            out.values.push_back(std::move(value));
        }
        schema.enums.push_back(std::move(out));
    }
    return schema;
}

template <class T>
const T *byName(const std::vector<T> &all, std::string_view name)
{
    const auto it = std::find_if(all.begin(), all.end(), [&](const T &t) { return t.name == name; });
    return it == all.end() ? nullptr : &*it;
}

} // namespace

std::size_t sizeInline(Kind k)
{
    switch (k) {
    case Kind::None: return 0;
    case Kind::Bool:
    case Kind::Int8:
    case Kind::UInt8:
    case Kind::UnionType: return 1;
    case Kind::Int16:
    case Kind::UInt16: return 2;
    case Kind::Int64:
    case Kind::UInt64:
    case Kind::Float64: return 8;
    default: return 4;
    }
}

const SchemaField *SchemaTable::field(std::string_view fieldName) const
{
    return byName(fields, fieldName);
}

const SchemaEnum::Value *SchemaEnum::byValue(std::int64_t v) const
{
    // Enums count up from 0 without gaps in this schema; the search is for the exception.
    if (v >= 0 && static_cast<std::size_t>(v) < values.size() && values[static_cast<std::size_t>(v)].value == v)
        return &values[static_cast<std::size_t>(v)];
    const auto it = std::find_if(values.begin(), values.end(), [&](const Value &x) { return x.value == v; });
    return it == values.end() ? nullptr : &*it;
}

const SchemaEnum::Value *SchemaEnum::byName(std::string_view n) const
{
    return tfliteformat::byName(values, n);
}

const SchemaTable *Schema::table(std::string_view name) const
{
    return byName(tables, name);
}

const SchemaEnum *Schema::enumeration(std::string_view name) const
{
    return byName(enums, name);
}

const Schema &Schema::instance()
{
    static const Schema schema = build();
    return schema;
}

} // namespace requant::tfliteformat
