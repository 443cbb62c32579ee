// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tflite/tflite.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>

namespace requant {

namespace {

std::string shown(std::int64_t v)
{
    return std::to_string(v);
}

std::string shown(double v)
{
    char text[32];
    return std::string(text, std::to_chars(text, text + sizeof text, v).ptr);
}

std::string shown(const std::string &v)
{
    return '"' + v + '"';
}

template <class Tag>
std::string shown(Index<Tag> v)
{
    return std::to_string(v.value);
}

class Comparison
{
public:
    explicit Comparison(std::size_t most) : m_most(most) {}

    void models(const Model &a, const Model &b);
    std::vector<std::string> lines;

private:
    bool full() const { return lines.size() >= m_most; }
    void differ(const std::string &place, const std::string &a, const std::string &b)
    {
        if (!full())
            lines.push_back(place + ": " + a + " and " + b);
    }
    void value(const std::string &place, std::int64_t a, std::int64_t b)
    {
        if (a != b)
            differ(place, shown(a), shown(b));
    }
    void value(const std::string &place, const std::string &a, const std::string &b)
    {
        if (a != b)
            differ(place, shown(a), shown(b));
    }
    // Sizes and the first different element; floats bit by bit.
    template <class T>
    void values(const std::string &place, const std::vector<T> &a, const std::vector<T> &b)
    {
        if (a.size() != b.size()) {
            differ(place + ".size", shown(static_cast<std::int64_t>(a.size())), shown(static_cast<std::int64_t>(b.size())));
            return;
        }
        for (std::size_t i = 0; i < a.size(); ++i) {
            bool same = false;
            if constexpr (std::is_same_v<T, float>)
                same = std::bit_cast<std::uint32_t>(a[i]) == std::bit_cast<std::uint32_t>(b[i]);
            else if constexpr (std::is_same_v<T, double>)
                same = std::bit_cast<std::uint64_t>(a[i]) == std::bit_cast<std::uint64_t>(b[i]);
            else
                same = a[i] == b[i];
            if (same)
                continue;
            const std::string at = place + '[' + std::to_string(i) + ']';
            if constexpr (std::is_same_v<T, std::byte>)
                differ(at, shown(std::to_integer<std::int64_t>(a[i])), shown(std::to_integer<std::int64_t>(b[i])));
            else if constexpr (std::is_floating_point_v<T>)
                differ(at, shown(static_cast<double>(a[i])), shown(static_cast<double>(b[i])));
            else if constexpr (std::is_integral_v<T>)
                differ(at, shown(static_cast<std::int64_t>(a[i])), shown(static_cast<std::int64_t>(b[i])));
            else
                differ(at, shown(a[i]), shown(b[i]));
            return;
        }
    }
    template <class T, class F>
    void each(const std::string &place, const std::vector<T> &a, const std::vector<T> &b, F &&f)
    {
        value(place + ".size", static_cast<std::int64_t>(a.size()), static_cast<std::int64_t>(b.size()));
        for (std::size_t i = 0; i < std::min(a.size(), b.size()) && !full(); ++i)
            f(place + '[' + std::to_string(i) + ']', a[i], b[i]);
    }
    void tables(const std::string &place, const TablePtr &a, const TablePtr &b);
    void fields(const std::string &place, const FieldValue &a, const FieldValue &b);
    void buffers(const std::string &place, const Buffer &a, const Buffer &b);
    void quants(const std::string &place, const QuantParams &a, const QuantParams &b);
    void tensors(const std::string &place, const Tensor &a, const Tensor &b);
    void operators(const std::string &place, const Operator &a, const Operator &b);
    void subgraphs(const std::string &place, const Subgraph &a, const Subgraph &b);

    std::size_t m_most;
};

void Comparison::fields(const std::string &place, const FieldValue &a, const FieldValue &b)
{
    if (a.data.index() != b.data.index()) {
        differ(place, "one kind of value", "another");
        return;
    }
    std::visit([&](const auto &x) {
        using T = std::decay_t<decltype(x)>;
        const T &y = std::get<T>(b.data);
        if constexpr (std::is_same_v<T, double>)
            values(place, std::vector<double>{x}, std::vector<double>{y});
        else if constexpr (std::is_same_v<T, std::int64_t> || std::is_same_v<T, std::string>)
            value(place, x, y);
        else if constexpr (std::is_same_v<T, TablePtr>)
            tables(place, x, y);
        else if constexpr (std::is_same_v<T, FieldValue::Tables>)
            each(place, x, y, [&](const std::string &p, const TablePtr &s, const TablePtr &t) { tables(p, s, t); });
        else
            values(place, x, y);
    }, a.data);
}

void Comparison::tables(const std::string &place, const TablePtr &a, const TablePtr &b)
{
    if (sameTable(a, b) || full())
        return;
    if (!a || !b) {
        differ(place, a ? a->type : "nothing", b ? b->type : "nothing");
        return;
    }
    value(place + ".type", a->type, b->type);
    for (const Field &f : a->fields) {
        const FieldValue *other = b->find(f.name);
        if (other)
            fields(place + '.' + f.name, f.value, *other);
        else
            differ(place + '.' + f.name, "present", "absent");
    }
    for (const Field &f : b->fields) {
        if (!a->find(f.name))
            differ(place + '.' + f.name, "absent", "present");
    }
}

void Comparison::buffers(const std::string &place, const Buffer &a, const Buffer &b)
{
    value(place + ".present", a.present, b.present);
    value(place + ".external", a.external, b.external);
    value(place + ".size", static_cast<std::int64_t>(a.data.size()), static_cast<std::int64_t>(b.data.size()));
    if (a.data.size() != b.data.size() || a.data.data() == b.data.data() || a.data.empty())
        return;
    if (std::memcmp(a.data.data(), b.data.data(), a.data.size()) == 0)
        return;
    const auto at = std::mismatch(a.data.begin(), a.data.end(), b.data.begin());
    differ(place + ".data[" + std::to_string(at.first - a.data.begin()) + ']', shown(std::to_integer<std::int64_t>(*at.first)),
           shown(std::to_integer<std::int64_t>(*at.second)));
}

void Comparison::quants(const std::string &place, const QuantParams &a, const QuantParams &b)
{
    values(place + ".scale", a.scale, b.scale);
    values(place + ".zero_point", a.zeroPoint, b.zeroPoint);
    values(place + ".min", a.min, b.min);
    values(place + ".max", a.max, b.max);
    value(place + ".quantized_dimension", a.quantizedDimension, b.quantizedDimension);
    value(place + ".present", a.present, b.present);
    tables(place + ".details", a.details, b.details);
}

void Comparison::tensors(const std::string &place, const Tensor &a, const Tensor &b)
{
    value(place + ".name", a.name, b.name);
    values(place + ".shape", a.shape, b.shape);
    value(place + ".shape_signature.present", a.shapeSignature.has_value(), b.shapeSignature.has_value());
    if (a.shapeSignature && b.shapeSignature)
        values(place + ".shape_signature", *a.shapeSignature, *b.shapeSignature);
    value(place + ".type", static_cast<std::int64_t>(a.type), static_cast<std::int64_t>(b.type));
    value(place + ".buffer", a.buffer.value, b.buffer.value);
    value(place + ".is_variable", a.isVariable, b.isVariable);
    quants(place + ".quantization", a.quant, b.quant);
    tables(place + ".rest", a.rest, b.rest);
}

void Comparison::operators(const std::string &place, const Operator &a, const Operator &b)
{
    value(place + ".code", opName(a.code), opName(b.code));
    value(place + ".version", a.version, b.version);
    value(place + ".custom_code", a.customCode, b.customCode);
    values(place + ".inputs", a.inputs, b.inputs);
    values(place + ".outputs", a.outputs, b.outputs);
    values(place + ".intermediates", a.intermediates, b.intermediates);
    tables(place + ".builtin_options", a.options, b.options);
    tables(place + ".builtin_options_2", a.options2, b.options2);
    values(place + ".custom_options", a.customOptions, b.customOptions);
    tables(place + ".rest", a.rest, b.rest);
    value(place + ".opcode_index", a.codeSlot, b.codeSlot);
}

void Comparison::subgraphs(const std::string &place, const Subgraph &a, const Subgraph &b)
{
    value(place + ".name", a.name, b.name);
    each(place + ".tensors", a.tensors, b.tensors,
         [&](const std::string &p, const Tensor &x, const Tensor &y) { tensors(p, x, y); });
    each(place + ".operators", a.operators, b.operators,
         [&](const std::string &p, const Operator &x, const Operator &y) { operators(p, x, y); });
    values(place + ".inputs", a.inputs, b.inputs);
    values(place + ".outputs", a.outputs, b.outputs);
    tables(place + ".rest", a.rest, b.rest);
}

void Comparison::models(const Model &a, const Model &b)
{
    value("version", a.version, b.version);
    value("description", a.description, b.description);
    each("operator_codes", a.operatorCodes, b.operatorCodes,
         [&](const std::string &p, const OperatorCode &x, const OperatorCode &y) {
             value(p + ".code", opName(x.code), opName(y.code));
             value(p + ".deprecated_builtin_code", x.deprecatedCode, y.deprecatedCode);
             value(p + ".builtin_code", x.builtinCode.value_or(static_cast<std::int32_t>(x.code)),
                   y.builtinCode.value_or(static_cast<std::int32_t>(y.code)));
             value(p + ".version", x.version, y.version);
             value(p + ".custom_code", x.customCode, y.customCode);
             value(p + ".custom_code.present", x.hasCustomCode, y.hasCustomCode);
         });
    each("subgraphs", a.subgraphs, b.subgraphs,
         [&](const std::string &p, const Subgraph &x, const Subgraph &y) { subgraphs(p, x, y); });
    each("buffers", a.buffers, b.buffers, [&](const std::string &p, const Buffer &x, const Buffer &y) { buffers(p, x, y); });
    each("metadata", a.metadata, b.metadata, [&](const std::string &p, const MetadataEntry &x, const MetadataEntry &y) {
        value(p + ".name", x.name, y.name);
        value(p + ".buffer", x.buffer.value, y.buffer.value);
    });
    tables("rest", a.rest, b.rest);
    values("unknown_fields", a.unknownFields, b.unknownFields);
}

} // namespace

std::vector<std::string> modelDifferences(const Model &a, const Model &b, std::size_t most)
{
    Comparison c(most);
    c.models(a, b);
    return std::move(c.lines);
}

} // namespace requant
