// SPDX-License-Identifier: GPL-3.0-or-later
// Checked access to a flatbuffer: every offset is tested against the file before it is followed, so no separate verifier
// pass is needed and an error can name the place. The first error is kept; after it every access answers "absent".
#pragma once

#include "core/base/result.h"
#include "core/model/table.h"
#include "core/tflite/schema.h"

#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace requant::tfliteformat {

struct TableView
{
    const SchemaTable *schema = nullptr;
    std::size_t at = 0;               // of the table
    std::vector<std::uint16_t> slots; // offset of each schema field within the table, 0 if absent

    bool has(std::uint16_t id) const { return id < slots.size() && slots[id] != 0; }
};

struct VectorView
{
    bool present = false;
    std::size_t at = 0, count = 0;
};

class FlatReader
{
public:
    FlatReader(std::span<const std::byte> bytes, std::size_t maxTables);

    // Where we are, for messages: "subgraphs[0].tensors[3].quantization".
    class Place
    {
    public:
        Place(FlatReader &r, std::string_view field, std::ptrdiff_t index = -1) : m_reader(r)
        {
            r.m_place.push_back({field, index});
        }
        ~Place() { m_reader.m_place.pop_back(); }
        Place(const Place &) = delete;
        Place &operator=(const Place &) = delete;

    private:
        FlatReader &m_reader;
    };
    std::string placeText(std::string_view field = {}) const;

    bool ok() const { return !m_error; }
    const Error &error() const { return *m_error; }
    void fail(const Message &, std::vector<std::string> args);

    std::span<const std::byte> bytes() const { return m_bytes; }
    std::size_t end() const { return m_end; } // of everything that was visited
    void visit(std::size_t end) { m_end = std::max(m_end, end); }

    bool openRoot(const SchemaTable &, TableView &);
    bool openTable(std::size_t at, const SchemaTable &, TableView &);
    bool child(const TableView &, std::uint16_t id, TableView &);                           // false if absent or an error
    bool element(const VectorView &, std::size_t i, const SchemaTable &, TableView &);      // of a vector of tables
    VectorView vector(const TableView &, std::uint16_t id);

    std::int64_t integer(const TableView &, std::uint16_t id); // the schema's default if absent
    double real(const TableView &, std::uint16_t id);
    std::string string(const TableView &, std::uint16_t id);   // empty if absent
    std::vector<std::int64_t> ints(const TableView &, std::uint16_t id);
    template <class T>
    std::vector<T> values(const TableView &v, std::uint16_t id) // T must be the schema's element type
    {
        const VectorView view = vector(v, id);
        std::vector<T> out;
        if (view.present && charge(view.count * sizeof(T)) && view.count > 0) {
            out.resize(view.count);
            std::memcpy(out.data(), m_bytes.data() + view.at, view.count * sizeof(T));
        }
        return out;
    }

    // A whole table as a value.
    TablePtr table(const TableView &);
    // The member of a union field; null if none. An unknown member is noted.
    TablePtr unionMember(const TableView &, std::uint16_t id);
    // The present fields whose ids are not `known`; scalars only where they differ from the default.
    void rest(const TableView &, std::span<const std::uint16_t> known, Table &into);

    // Counts bytes that are copied out of the file: overlapping parts must not make a small file large.
    bool charge(std::size_t bytes);

    struct Finding
    {
        std::string first; // place
        std::size_t count = 0;
    };
    // Findings about kinds of things, one entry each however often they occur.
    const std::map<std::string, Finding> &unknownFields() const { return m_unknown; }
    struct UnknownValue
    {
        std::string place, enumName;
        std::int64_t value = 0;
    };
    const std::map<std::string, UnknownValue> &unknownValues() const { return m_unknownValues; }
    void noteUnknown(std::string what);
    Diagnostics warnings; // others

private:
    template <class T>
    T load(std::size_t at) const
    {
        T v;
        std::memcpy(&v, m_bytes.data() + at, sizeof v);
        return v;
    }
    bool fits(std::size_t at, std::size_t size) const { return at <= m_bytes.size() && size <= m_bytes.size() - at; }
    std::optional<std::size_t> follow(const TableView &, std::uint16_t id); // a field stored by offset
    std::int64_t loadInteger(Kind, std::size_t at) const;
    FieldValue fieldValue(const TableView &, const SchemaField &);
    void checkEnum(const TableView &, const SchemaField &, std::int64_t value);

    std::span<const std::byte> m_bytes;
    std::size_t m_maxTables, m_tables = 0, m_charged = 0, m_end = 0;
    std::optional<Error> m_error;
    struct Part
    {
        std::string_view field;
        std::ptrdiff_t index;
    };
    std::vector<Part> m_place;
    std::map<std::string, Finding> m_unknown;
    std::map<std::string, UnknownValue> m_unknownValues;
};

} // namespace requant::tfliteformat
