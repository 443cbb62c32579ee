// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/files.h"
#include "tests/core/temporaryfolder.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstring>

#include <sys/stat.h>
#include <unistd.h>

using namespace requant;
using requant::test::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

std::size_t entryCount(const fs::path &folder)
{
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

} // namespace

TEST_CASE("whatIsWrittenIsMappedAndReadBack")
{
    const TemporaryFolder folder;
    const std::string content("one\0two\n", 8);
    REQUIRE(writeFileAtomically(folder / "a", content));
    const auto read = readTextFile(folder / "a");
    REQUIRE(read);
    CHECK(*read == content);
    const auto mapped = mapFile(folder / "a");
    REQUIRE(mapped);
    REQUIRE(mapped->bytes.size() == content.size());
    CHECK(std::memcmp(mapped->bytes.data(), content.data(), content.size()) == 0);
}

TEST_CASE("mappedBytesOutliveTheReplacedFile")
{
    const TemporaryFolder folder;
    REQUIRE(writeFileAtomically(folder / "a", std::string_view("old")));
    const auto mapped = mapFile(folder / "a");
    REQUIRE(mapped);
    REQUIRE(writeFileAtomically(folder / "a", std::string_view("newer")));
    CHECK(std::memcmp(mapped->bytes.data(), "old", 3) == 0);
    CHECK(*readTextFile(folder / "a") == "newer");
}

TEST_CASE("emptyFileMapsToNoBytes")
{
    const TemporaryFolder folder;
    REQUIRE(writeFileAtomically(folder / "empty", std::string_view()));
    const auto mapped = mapFile(folder / "empty");
    REQUIRE(mapped);
    CHECK(mapped->bytes.empty());
}

TEST_CASE("missingFileAndFolderAreErrorsThatNameTheFile")
{
    const TemporaryFolder folder;
    const auto missing = mapFile(folder / "none");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().message->id == kCannotOpen.id);
    CHECK(missing.error().file == (folder / "none").string());
    CHECK_FALSE(mapFile(folder.path()));
    CHECK_FALSE(readTextFile(folder.path()));
}

TEST_CASE("failedWriteLeavesTargetAndFolderUnchanged")
{
    const TemporaryFolder folder;
    fs::create_directory(folder / "target");
    const auto status = writeFileAtomically(folder / "target", std::string_view("x"));
    REQUIRE_FALSE(status);
    CHECK(status.error().message->id == kCannotWrite.id);
    CHECK(entryCount(folder.path()) == 1);
    CHECK_FALSE(writeFileAtomically(folder / "no-such-folder" / "a", std::string_view("x")));
}

TEST_CASE("writingKeepsModeAndSymbolicLink")
{
    const TemporaryFolder folder;
    REQUIRE(writeFileAtomically(folder / "real", std::string_view("1")));
    REQUIRE(::chmod((folder / "real").c_str(), 0640) == 0);
    fs::create_symlink("real", folder / "link");
    REQUIRE(writeFileAtomically(folder / "link", std::string_view("2")));
    CHECK(fs::is_symlink(folder / "link"));
    CHECK(*readTextFile(folder / "real") == "2");
    struct stat info = {};
    REQUIRE(::stat((folder / "real").c_str(), &info) == 0);
    CHECK((info.st_mode & 07777) == 0640);
    CHECK(entryCount(folder.path()) == 2);
}

TEST_CASE("fileThatGrowsAppearsWhenItIsComplete")
{
    const TemporaryFolder folder;
    REQUIRE(writeFileAtomically(folder / "a", std::string_view("old")));
    {
        auto file = AtomicFile::create(folder / "a");
        REQUIRE(file);
        REQUIRE(file->append(std::as_bytes(std::span("one", 3))));
        CHECK(*readTextFile(folder / "a") == "old");
        REQUIRE(file->append(std::as_bytes(std::span(" two", 4))));
        REQUIRE(file->append({}));
        REQUIRE(file->commit());
        CHECK(*readTextFile(folder / "a") == "one two");
    }
    {
        auto file = AtomicFile::create(folder / "a"); // and is given up
        REQUIRE(file);
        REQUIRE(file->append(std::as_bytes(std::span("three", 5))));
        const AtomicFile moved = std::move(*file);
        CHECK(entryCount(folder.path()) == 2);
    }
    CHECK(*readTextFile(folder / "a") == "one two");
    CHECK(entryCount(folder.path()) == 1);
}

TEST_CASE("droppedPagesComeBack")
{
    const TemporaryFolder folder;
    std::string content(100'000, '\0');
    for (std::size_t i = 0; i < content.size(); ++i)
        content[i] = static_cast<char>(i * 31 + i / 256);
    REQUIRE(writeFileAtomically(folder / "a", content));
    const auto mapped = mapFile(folder / "a");
    REQUIRE(mapped);
    dropPages(mapped->bytes.subspan(5000, 60'000));
    dropPages(mapped->bytes.last(1));
    dropPages({});
    CHECK(std::memcmp(mapped->bytes.data(), content.data(), content.size()) == 0);
}
