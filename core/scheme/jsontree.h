// SPDX-License-Identifier: GPL-3.0-or-later
// A JSON text as a tree in which every value and key knows where it stands, so that messages can say so. Comments are
// allowed; a key given twice is an error.
#pragma once

#include "core/base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace requant {

struct JsonPosition
{
    std::size_t line = 1, column = 1; // both from 1; columns count bytes
};

struct JsonValue
{
    enum class Kind : std::uint8_t { Null, Bool, Integer, Real, String, Array, Object };
    struct Member;

    Kind kind = Kind::Null;
    bool flag = false;
    std::int64_t integer = 0;
    double real = 0;
    std::string string;
    std::vector<JsonValue> items;
    std::vector<Member> members; // in the order of the text
    std::size_t offset = 0;      // of the value's first byte

    const Member *find(std::string_view key) const;
};

struct JsonValue::Member
{
    std::string key;
    std::size_t keyOffset = 0;
    JsonValue value;
};

std::string_view kindName(JsonValue::Kind); // "a number", "an object" ...
JsonPosition positionOf(std::string_view text, std::size_t offset);
std::string positionText(JsonPosition); // "line 3, column 7"

// Errors carry their place in the text: "line 3, column 7: ...".
Result<JsonValue> parseJson(std::string_view text);

} // namespace requant
