// SPDX-License-Identifier: GPL-3.0-or-later
// Runs the built requant program as a user would.
#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace clitest {

struct Outcome
{
    int exitCode = -1; // -1 if it ended by a signal
    std::string out, err;
    nlohmann::json json() const { return nlohmann::json::parse(out); } // throws where it is not valid
};

// `interruptAfterMs` > 0 sends SIGINT after that time.
Outcome runRequant(const std::vector<std::string> &args, int interruptAfterMs = 0);

// A new folder that goes away with the object.
class Folder
{
public:
    Folder();
    ~Folder();
    std::string path(const std::string &name = {}) const;
    std::set<std::string> files() const;

private:
    std::filesystem::path m_path;
};

std::string sampleFile(const std::string &name); // in resources/sample
void writeText(const std::string &file, const std::string &text);
std::string readAll(const std::string &file);

} // namespace clitest
