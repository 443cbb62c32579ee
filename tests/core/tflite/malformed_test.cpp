// SPDX-License-Identifier: GPL-3.0-or-later
// Damaged, foreign and hostile files: a clear error or a correct load.
#include "core/tflite/messages.h"
#include "core/tflite/tflite.h"

#include "handmade.h"

#include "core/base/files.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstring>
#include <iostream>
#include <random>

using namespace requant;
using namespace requant::tfliteformat;
namespace fs = std::filesystem;

namespace {

std::vector<std::byte> bytesOf(std::string_view s)
{
    const auto b = std::as_bytes(std::span(s.data(), s.size()));
    return {b.begin(), b.end()};
}

std::string_view idOf(std::string_view content)
{
    const auto bytes = bytesOf(content);
    const auto loaded = readTflite(bytes, nullptr);
    REQUIRE_FALSE(loaded);
    CHECK_FALSE(text(loaded.error()).empty());
    return loaded.error().message->id;
}

// Reads; if that works, everything that was read can be written and read again to the same.
bool survives(std::span<const std::byte> bytes)
{
    const auto loaded = readTflite(bytes, nullptr);
    if (!loaded) {
        CHECK_FALSE(text(loaded.error()).empty());
        return false;
    }
    const auto written = writeTflite(*loaded->model, {.dropUnknownFields = true});
    if (!written) {
        UNSCOPED_INFO(text(written.error()));
        return false;
    }
    Model expected = *loaded->model;
    expected.unknownFields.clear();
    const Model back = test::reread(*written);
    const auto differences = modelDifferences(expected, back);
    for (const std::string &s : differences)
        UNSCOPED_INFO(s);
    CHECK(differences.empty());
    return true;
}

} // namespace

TEST_CASE("foreignFilesAreNamed")
{
    const auto says = [](std::string_view content, const char *word) {
        const auto bytes = bytesOf(content);
        const auto loaded = readTflite(bytes, nullptr);
        REQUIRE_FALSE(loaded);
        INFO(text(loaded.error()));
        return text(loaded.error()).find(word) != std::string::npos;
    };
    CHECK(says("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "Git LFS"));
    CHECK(says("\n <!DOCTYPE html><html></html>", "web page"));
    CHECK(says(std::string_view("PK\x03\x04 some archive", 17), "ZIP"));
    CHECK(says(std::string_view("\x08\x07\x12\x07pytorch", 11), "ONNX"));
    CHECK(says("........................", "identifier"));
}

TEST_CASE("tooSmallAndOldFilesAreRejected")
{
    CHECK(idOf("") == kTooSmall.id);
    CHECK(idOf("TFL3") == kNotTflite.id);
    CHECK(idOf("1234567") == kTooSmall.id);
    CHECK(idOf(std::string_view("\x08\0\0\0TFL2", 8)) == kOldFormat.id);
    CHECK(idOf(std::string_view("\x08\0\0\0TFL3", 8)) == kPastEnd.id);
    CHECK(idOf(std::string_view("\xFF\xFF\xFF\xFFTFL3....", 12)) == kPastEnd.id);
}

TEST_CASE("everyTruncationIsAnErrorOrAWholeModel")
{
    const auto bytes = *writeTflite(test::smallModel());
    for (std::size_t n = 0; n < bytes.size(); ++n) {
        const std::vector<std::byte> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n));
        survives(cut);
    }
    CHECK(survives(bytes));
}

TEST_CASE("randomDamageNeverCrashes")
{
    // Fixed seed: a failure can be repeated. Bytes, words and whole offsets are damaged.
    std::mt19937 random(20240917);
    const std::vector<std::vector<std::byte>> sources = {*writeTflite(test::smallModel()), *writeTflite(test::everythingModel())};
    const int rounds[] = {6000, 600};
    int loaded = 0, refused = 0;
    for (std::size_t s = 0; s < sources.size(); ++s) {
        for (int round = 0; round < rounds[s]; ++round) {
            auto bytes = sources[s];
            const int hits = 1 + static_cast<int>(random() % 3);
            for (int h = 0; h < hits; ++h) {
                const std::size_t at = 8 + random() % (bytes.size() - 16);
                switch (random() % 4) {
                case 0: bytes[at] = static_cast<std::byte>(random()); break;
                case 1: bytes[at] ^= static_cast<std::byte>(1u << random() % 8); break;
                case 2: {
                    const std::uint32_t v = static_cast<std::uint32_t>(random() % (2 * bytes.size()));
                    std::memcpy(bytes.data() + at / 4 * 4, &v, 4);
                    break;
                }
                default: {
                    const std::uint32_t v = random() % 2 ? 0xFFFFFFFF : 0x7FFFFFFF;
                    std::memcpy(bytes.data() + at / 4 * 4, &v, 4);
                }
                }
            }
            INFO("source " << s << ", round " << round);
            ++(survives(bytes) ? loaded : refused);
        }
    }
    CHECK(loaded > 100);
    CHECK(refused > 100);
}

TEST_CASE("overlappingPartsCannotMakeASmallFileLarge")
{
    // A vector of subgraphs whose 20,000 entries are one subgraph with a name of 60,000 bytes.
    Model m = test::smallModel();
    m.subgraphs[0].name = std::string(60000, 'n');
    m.subgraphs.resize(20000, Subgraph());
    auto bytes = *writeTflite(m);
    // The vector's entries all point to the first subgraph.
    const auto load = [&](std::size_t at) {
        std::uint32_t v = 0;
        std::memcpy(&v, bytes.data() + at, 4);
        return std::size_t{v};
    };
    const std::size_t root = load(0);
    std::int32_t back = 0;
    std::memcpy(&back, bytes.data() + root, 4);
    std::uint16_t slot = 0;
    std::memcpy(&slot, bytes.data() + root - static_cast<std::size_t>(back) + 4 + 2 * 2, 2);
    const std::size_t vector = root + slot + load(root + slot);
    REQUIRE(load(vector) == 20000);
    const std::size_t first = vector + 4 + load(vector + 4);
    for (std::size_t i = 0; i < 20000; ++i) {
        const std::size_t at = vector + 4 + 4 * i;
        const auto offset = static_cast<std::uint32_t>(first - at);
        std::memcpy(bytes.data() + at, &offset, 4);
    }
    const auto loaded = readTflite(bytes, nullptr);
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().message->id == kRepeatedData.id);
}

TEST_CASE("badAcceptanceFilesGiveAClearErrorOrLoad")
{
    const fs::path folder = fs::path(REQUANT_ACCEPTANCE_DIR) / "bad";
    std::error_code none;
    std::size_t count = 0, errors = 0;
    for (const auto &e : fs::recursive_directory_iterator(folder, none)) {
        if (std::string(REQUANT_ACCEPTANCE_DIR).empty() || !e.is_regular_file())
            continue;
        ++count;
        INFO(e.path());
        const auto loaded = loadTflite(e.path());
        if (!loaded) {
            ++errors;
            CHECK(text(loaded.error()).starts_with(e.path().string() + ": "));
            CHECK(text(loaded.error()).size() > e.path().string().size() + 10);
            continue;
        }
        const auto mapped = mapFile(e.path());
        REQUIRE(mapped);
        CHECK(survives(mapped->bytes));
    }
    if (count == 0)
        std::cout << "skipped: no acceptance data\n";
    else
        CHECK(errors > 20);
}
