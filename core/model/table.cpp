// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/table.h"

#include <algorithm>
#include <bit>

namespace requant {

namespace {

// Bit by bit, so that a NaN equals itself and 0 differs from -0.
bool sameReal(double a, double b)
{
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

bool sameValue(const FieldValue &a, const FieldValue &b)
{
    if (a.data.index() != b.data.index())
        return false;
    if (const auto *x = std::get_if<double>(&a.data))
        return sameReal(*x, std::get<double>(b.data));
    if (const auto *x = std::get_if<FieldValue::Reals>(&a.data)) {
        const auto &y = std::get<FieldValue::Reals>(b.data);
        return std::equal(x->begin(), x->end(), y.begin(), y.end(), sameReal);
    }
    if (const auto *x = std::get_if<TablePtr>(&a.data))
        return sameTable(*x, std::get<TablePtr>(b.data));
    if (const auto *x = std::get_if<FieldValue::Tables>(&a.data)) {
        const auto &y = std::get<FieldValue::Tables>(b.data);
        return std::equal(x->begin(), x->end(), y.begin(), y.end(), sameTable);
    }
    return a.data == b.data;
}

template <class T>
const T *valueAs(const Table &t, std::string_view name)
{
    const FieldValue *v = t.find(name);
    return v ? std::get_if<T>(&v->data) : nullptr;
}

} // namespace

const FieldValue *Table::find(std::string_view name) const
{
    for (const Field &f : fields) {
        if (f.name == name)
            return &f.value;
    }
    return nullptr;
}

std::int64_t Table::integer(std::string_view name, std::int64_t fallback) const
{
    const auto *v = valueAs<std::int64_t>(*this, name);
    return v ? *v : fallback;
}

double Table::real(std::string_view name, double fallback) const
{
    const auto *v = valueAs<double>(*this, name);
    return v ? *v : fallback;
}

std::string_view Table::string(std::string_view name) const
{
    const auto *v = valueAs<std::string>(*this, name);
    return v ? std::string_view(*v) : std::string_view();
}

const std::vector<std::int64_t> *Table::ints(std::string_view name) const
{
    return valueAs<FieldValue::Ints>(*this, name);
}

TablePtr Table::table(std::string_view name) const
{
    const auto *v = valueAs<TablePtr>(*this, name);
    return v ? *v : nullptr;
}

void Table::set(std::string_view name, FieldValue value)
{
    for (Field &f : fields) {
        if (f.name == name) {
            f.value = std::move(value);
            return;
        }
    }
    fields.push_back({std::string(name), std::move(value)});
}

bool operator==(const Table &a, const Table &b)
{
    return a.type == b.type
        && std::equal(a.fields.begin(), a.fields.end(), b.fields.begin(), b.fields.end(),
                      [](const Field &x, const Field &y) { return x.name == y.name && sameValue(x.value, y.value); });
}

bool sameTable(const TablePtr &a, const TablePtr &b)
{
    return a == b || (a && b && *a == *b);
}

} // namespace requant
