// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tflite/archive.h"

#include "handmade.h"

#include "core/tflite/schema.h"
#include "core/tflite/tflite.h"

#include <catch2/catch.hpp>

using namespace requant;
using namespace requant::tfliteformat;

namespace {

void put(std::string &out, std::size_t value, int bytes)
{
    for (int i = 0; i < bytes; ++i)
        out += static_cast<char>(value >> (8 * i) & 0xFF);
}

// Two stored files "a" and "bb", with offsets for a start at `start`.
std::string archiveAt(std::size_t start)
{
    std::string out, directory;
    for (const std::string name : {"a", "bb"}) {
        const std::size_t at = start + out.size();
        out += "PK\x03\x04";
        put(out, 10, 2), put(out, 0, 2), put(out, 0, 2), put(out, 0, 4), put(out, 0, 4), put(out, 3, 4), put(out, 3, 4);
        put(out, name.size(), 2), put(out, 0, 2);
        out += name + "xyz";
        directory += "PK\x01\x02";
        put(directory, 10, 2), put(directory, 10, 2), put(directory, 0, 2), put(directory, 0, 2), put(directory, 0, 4);
        put(directory, 0, 4), put(directory, 3, 4), put(directory, 3, 4), put(directory, name.size(), 2), put(directory, 0, 2);
        put(directory, 0, 2), put(directory, 0, 2), put(directory, 0, 2), put(directory, 0, 4), put(directory, at, 4);
        directory += name;
    }
    const std::size_t at = start + out.size();
    out += directory + "PK\x05\x06";
    put(out, 0, 2), put(out, 0, 2), put(out, 2, 2), put(out, 2, 2), put(out, directory.size(), 4), put(out, at, 4), put(out, 0, 2);
    return out;
}

std::vector<std::byte> withTail(std::vector<std::byte> bytes, const std::string &tail)
{
    const auto b = std::as_bytes(std::span(tail.data(), tail.size()));
    bytes.insert(bytes.end(), b.begin(), b.end());
    return bytes;
}

std::string tailOf(const std::vector<std::byte> &bytes, std::size_t size)
{
    return std::string(reinterpret_cast<const char *>(bytes.data()) + bytes.size() - size, size);
}

} // namespace

TEST_CASE("movedArchiveEqualsOneMadeForThePlace")
{
    CHECK(archiveStart(archiveAt(0)) == 0u);
    CHECK(archiveStart(archiveAt(1000)) == 1000u);
    CHECK(movedArchive(archiveAt(1000), 77) == archiveAt(77));
    CHECK(movedArchive(archiveAt(0), 123456) == archiveAt(123456));
    CHECK_FALSE(archiveStart("PK\x03\x04 and nothing more"));
    CHECK(movedArchive("no archive", 5) == "no archive");
}

TEST_CASE("labelArchiveFollowsAModelThatGrows")
{
    Model model = test::smallModel();
    const auto plain = writeTflite(model);
    REQUIRE(plain);
    model = test::reread(withTail(*plain, archiveAt(plain->size())));
    model.description += std::string(1000, 'x');
    const auto grown = writeTflite(model);
    REQUIRE(grown);
    const std::size_t size = archiveAt(0).size();
    CHECK(tailOf(*grown, size) == archiveAt(grown->size() - size));
    CHECK(modelDifferences(test::reread(*grown), model).empty());
}

TEST_CASE("archiveWithOwnOffsetsStaysAsItIs")
{
    const auto plain = writeTflite(test::smallModel());
    REQUIRE(plain);
    const auto again = writeTflite(test::reread(withTail(*plain, archiveAt(0))));
    REQUIRE(again);
    CHECK(tailOf(*again, archiveAt(0).size()) == archiveAt(0));
}

TEST_CASE("otherBytesAfterTheModelAreKeptUnlessAFew")
{
    const auto plain = writeTflite(test::smallModel());
    REQUIRE(plain);
    const std::string tail(100, 'q');
    CHECK(tailOf(*writeTflite(test::reread(withTail(*plain, tail))), tail.size()) == tail);
    CHECK(writeTflite(test::reread(withTail(*plain, "leftover")))->size() == plain->size());
}
