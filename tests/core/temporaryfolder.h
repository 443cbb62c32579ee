// SPDX-License-Identifier: GPL-3.0-or-later
// A folder of a test's own, gone with all that is in it at the end.
#pragma once

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>

namespace requant::test {

class TemporaryFolder
{
public:
    TemporaryFolder()
    {
        std::string name = (std::filesystem::temp_directory_path() / "requant-test-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        m_path = name;
    }
    ~TemporaryFolder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(m_path, ignored);
    }
    TemporaryFolder(const TemporaryFolder &) = delete;
    TemporaryFolder &operator=(const TemporaryFolder &) = delete;
    const std::filesystem::path &path() const { return m_path; }
    std::filesystem::path operator/(const char *name) const { return m_path / name; }
    std::set<std::string> names() const // of its entries
    {
        std::set<std::string> out;
        for (const auto &e : std::filesystem::directory_iterator(m_path))
            out.insert(e.path().filename().string());
        return out;
    }

private:
    std::filesystem::path m_path;
};

} // namespace requant::test
