// SPDX-License-Identifier: GPL-3.0-or-later
// A format's table as a value: named fields in schema order. Operator options, signatures, sparsity and everything else
// that Requant carries without interpreting all of it is kept in this form, so that writing loses nothing and an
// inspector can list every option without code per operator.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace requant {

struct Table;
using TablePtr = std::shared_ptr<const Table>;

// A field's value. Integers of all widths, enums and bools are int64 (uint64 keeps its bit pattern); floats are double.
struct FieldValue
{
    using Ints = std::vector<std::int64_t>;
    using Reals = std::vector<double>;
    using Strings = std::vector<std::string>;
    using Tables = std::vector<TablePtr>;
    std::variant<std::int64_t, double, std::string, Ints, Reals, Strings, TablePtr, Tables> data;
};

struct Field
{
    std::string name; // as in the schema: "stride_w"
    FieldValue value;
};

struct Table
{
    std::string type;          // the schema's table name: "Conv2DOptions"
    std::vector<Field> fields; // in schema order; scalar fields are always present (with the schema's default where the
                               // file had none), vectors, strings and tables only where the file has them

    const FieldValue *find(std::string_view name) const;
    // Value of a field, or the fallback if the field is absent or of another kind.
    std::int64_t integer(std::string_view name, std::int64_t fallback = 0) const;
    double real(std::string_view name, double fallback = 0) const;
    bool flag(std::string_view name, bool fallback = false) const { return integer(name, fallback ? 1 : 0) != 0; }
    std::string_view string(std::string_view name) const;
    const std::vector<std::int64_t> *ints(std::string_view name) const;
    TablePtr table(std::string_view name) const;
    void set(std::string_view name, FieldValue value);
};

bool operator==(const Table &, const Table &);      // deep
bool sameTable(const TablePtr &, const TablePtr &); // deep, null equals null only

} // namespace requant
