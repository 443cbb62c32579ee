// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scheme/jsontree.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <limits>

namespace requant {
namespace {

constexpr Message kSyntax{"scheme.json-syntax", "%1: not valid JSON: %2"};
constexpr Message kTwice{"scheme.json-key-twice", "%1, %2: the key is given twice"};
constexpr Message kTooDeep{"scheme.json-too-deep", "%1: nested more than %2 levels deep"};
constexpr Message kTooLarge{"scheme.json-integer", "%1: the integer is out of range"};

constexpr std::size_t kMaxDepth = 64; // far above any recipe; bounds recursion over the tree

// nlohmann's parser tells no positions, but it takes one character after the other: this iterator reports how far it
// got.
struct CountingIterator
{
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char *;
    using reference = const char &;

    const char *at = nullptr;
    const char **reached = nullptr;

    reference operator*() const { return *at; }
    CountingIterator &operator++()
    {
        ++at;
        *reached = at;
        return *this;
    }
    CountingIterator operator++(int)
    {
        CountingIterator old = *this;
        ++*this;
        return old;
    }
    friend bool operator==(const CountingIterator &a, const CountingIterator &b) { return a.at == b.at; }
    friend bool operator!=(const CountingIterator &a, const CountingIterator &b) { return a.at != b.at; }
};

// Builds the tree. A token begins where the last one ended, behind white space, comments, commas and colons.
class Builder : public nlohmann::json_sax<nlohmann::json>
{
public:
    Builder(std::string_view text, const char *const *reached) : m_text(text), m_reached(reached)
    {
        if (text.starts_with("\xEF\xBB\xBF"))
            m_end = 3;
    }

    bool null() override { return add(JsonValue{}); }
    bool boolean(bool v) override
    {
        JsonValue value;
        value.kind = JsonValue::Kind::Bool;
        value.flag = v;
        return add(std::move(value));
    }
    bool number_integer(std::int64_t v) override { return addInteger(v); }
    bool number_unsigned(std::uint64_t v) override
    {
        if (v > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
            return fail(kTooLarge, {positionText(positionOf(m_text, nextToken()))});
        return addInteger(static_cast<std::int64_t>(v));
    }
    bool number_float(double v, const std::string &) override
    {
        JsonValue value;
        value.kind = JsonValue::Kind::Real;
        value.real = v;
        return add(std::move(value), true);
    }
    bool string(std::string &v) override
    {
        JsonValue value;
        value.kind = JsonValue::Kind::String;
        value.string = std::move(v);
        return add(std::move(value));
    }
    bool binary(nlohmann::json::binary_t &) override { return false; } // not in JSON text
    bool start_object(std::size_t) override { return open(JsonValue::Kind::Object); }
    bool start_array(std::size_t) override { return open(JsonValue::Kind::Array); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(std::string &v) override
    {
        const std::size_t start = nextToken();
        endToken(false);
        JsonValue &object = *m_open.back();
        if (object.find(v))
            return fail(kTwice, {positionText(positionOf(m_text, start)), v});
        object.members.push_back({std::move(v), start, {}});
        return true;
    }
    bool parse_error(std::size_t position, const std::string &, const nlohmann::json::exception &e) override
    {
        // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while parsing ..."
        std::string_view what = e.what();
        if (const auto behind = what.find("] "); behind != std::string_view::npos)
            what.remove_prefix(behind + 2);
        if (what.starts_with("parse error")) {
            if (const auto colon = what.find(": "); colon != std::string_view::npos)
                what.remove_prefix(colon + 2);
        }
        const std::size_t offset = std::min(position == 0 ? 0 : position - 1, m_text.size());
        return fail(kSyntax, {positionText(positionOf(m_text, offset)), std::string(what)});
    }

    std::optional<Error> error;
    JsonValue root;

private:
    bool fail(const Message &m, std::vector<std::string> args)
    {
        error = makeError(m, std::move(args));
        return false;
    }
    std::size_t nextToken() const
    {
        std::size_t i = m_end;
        while (i < m_text.size()) {
            if (std::string_view(" \t\r\n,:").find(m_text[i]) != std::string_view::npos) {
                ++i;
            } else if (m_text.substr(i, 2) == "//") {
                i = std::min(m_text.find('\n', i), m_text.size());
            } else if (m_text.substr(i, 2) == "/*") {
                const std::size_t close = m_text.find("*/", i + 2);
                i = close == std::string_view::npos ? m_text.size() : close + 2;
            } else {
                break;
            }
        }
        return i;
    }
    // The lexer has read exactly the token; of a number also the character that ended it.
    void endToken(bool isNumber)
    {
        if (isNumber)
            m_end = std::min(m_text.find_first_not_of("+-.0123456789eE", nextToken()), m_text.size());
        else
            m_end = static_cast<std::size_t>(*m_reached - m_text.data());
    }
    JsonValue *place(JsonValue value)
    {
        if (m_open.empty()) {
            root = std::move(value);
            return &root;
        }
        JsonValue &parent = *m_open.back();
        if (parent.kind == JsonValue::Kind::Array)
            return &parent.items.emplace_back(std::move(value));
        parent.members.back().value = std::move(value);
        return &parent.members.back().value;
    }
    bool add(JsonValue value, bool isNumber = false)
    {
        value.offset = nextToken();
        endToken(isNumber);
        place(std::move(value));
        return true;
    }
    bool addInteger(std::int64_t v)
    {
        JsonValue value;
        value.kind = JsonValue::Kind::Integer;
        value.integer = v;
        value.real = static_cast<double>(v);
        return add(std::move(value), true);
    }
    bool open(JsonValue::Kind kind)
    {
        JsonValue value;
        value.kind = kind;
        value.offset = nextToken();
        endToken(false);
        if (m_open.size() >= kMaxDepth)
            return fail(kTooDeep, {positionText(positionOf(m_text, value.offset)), std::to_string(kMaxDepth)});
        m_open.push_back(place(std::move(value)));
        return true;
    }
    bool close()
    {
        endToken(false);
        m_open.pop_back();
        return true;
    }

    std::string_view m_text;
    const char *const *m_reached;
    std::size_t m_end = 0;           // behind the last token
    std::vector<JsonValue *> m_open; // stays valid: a parent's list does not grow while a child is open
};

} // namespace

const JsonValue::Member *JsonValue::find(std::string_view key) const
{
    const auto it = std::find_if(members.begin(), members.end(), [&](const Member &m) { return m.key == key; });
    return it == members.end() ? nullptr : &*it;
}

std::string_view kindName(JsonValue::Kind kind)
{
    switch (kind) {
    case JsonValue::Kind::Null: return "null";
    case JsonValue::Kind::Bool: return "true or false";
    case JsonValue::Kind::Integer: return "an integer";
    case JsonValue::Kind::Real: return "a number with a fraction";
    case JsonValue::Kind::String: return "a text";
    case JsonValue::Kind::Array: return "a list";
    case JsonValue::Kind::Object: return "an object";
    }
    return "null";
}

JsonPosition positionOf(std::string_view text, std::size_t offset)
{
    const std::string_view before = text.substr(0, std::min(offset, text.size()));
    const auto lines = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
    const std::size_t lineStart = before.rfind('\n');
    return {lines + 1, before.size() - (lineStart == std::string_view::npos ? 0 : lineStart + 1) + 1};
}

std::string positionText(JsonPosition p)
{
    return "line " + std::to_string(p.line) + ", column " + std::to_string(p.column);
}

Result<JsonValue> parseJson(std::string_view text)
{
    const char *reached = text.data();
    Builder builder(text, &reached);
    const CountingIterator first{text.data(), &reached}, last{text.data() + text.size(), &reached};
    const bool ok = nlohmann::json::sax_parse(first, last, &builder, nlohmann::json::input_format_t::json, true, true);
    if (builder.error)
        return *builder.error;
    if (!ok)
        return makeError(kSyntax, {positionText({}), "unreadable"});
    return std::move(builder.root);
}

} // namespace requant
