// SPDX-License-Identifier: GPL-3.0-or-later
// Reading recipes and profiles from a JSON tree. The first finding ends the reading.
#pragma once

#include "core/scheme/jsontree.h"
#include "core/scheme/recipejson.h"

#include <initializer_list>
#include <optional>
#include <utility>

namespace requant {

class RecipeReader
{
public:
    RecipeReader(std::string_view text, std::string_view source) : m_text(text), m_source(source) {}

    Result<Recipe> readRecipe();
    Result<Profile> readProfile();

private:
    // A value and the key path that led to it.
    struct Node
    {
        const JsonValue *value = nullptr;
        std::string path;
        explicit operator bool() const { return value != nullptr; }
    };

    Result<JsonValue> parse(std::string_view versionKey, int newest);
    void fail(const Message &, const Node &, std::vector<std::string> more = {});
    void failAt(const Message &, std::size_t offset, const std::string &path, std::vector<std::string> more = {});
    // False when something was already found or the value is of another kind (which is then the finding).
    bool is(const Node &, JsonValue::Kind);
    bool checkKeys(const Node &object, std::initializer_list<std::string_view> known);
    Node child(const Node &object, std::string_view key) const;
    static Node item(const Node &array, std::size_t i);

    void readString(const Node &object, std::string_view key, std::string &out);
    void readStrings(const Node &object, std::string_view key, std::vector<std::string> &out);
    void readFlag(const Node &object, std::string_view key, bool &out);
    std::optional<bool> readOptionalFlag(const Node &object, std::string_view key);
    std::optional<std::pair<std::int32_t, std::int32_t>> readPair(const Node &object, std::string_view key,
                                                                  std::int64_t lowest);
    template <class T, std::size_t N>
    std::optional<T> readName(const Node &object, std::string_view key,
                              const std::pair<std::string_view, T> (&names)[N]);

    void readRecipeInto(const Node &, Recipe &, bool inProfile);
    AlgorithmChoice readAlgorithms(const Node &);
    void readLimits(const Node &, Limits &);
    void readAccumulator(const Node &, Accumulator &);
    std::optional<int> readWidth(const Node &object, std::string_view key, int fewest, int most);
    Rule readRule(const Node &);
    TensorConfig readConfig(const Node &, bool weights);

    std::string_view m_text;
    std::string m_source;
    std::optional<Error> m_error;
};

} // namespace requant
