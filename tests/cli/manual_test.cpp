// SPDX-License-Identifier: GPL-3.0-or-later
// The manual page and the completion name what the help names.
#include "program.h"

#include <catch2/catch.hpp>

#include <regex>
#include <set>
#include <sstream>

using clitest::runRequant;

namespace {

std::set<std::string> commandsOfHelp()
{
    std::set<std::string> out;
    std::istringstream help(runRequant({"--help"}).out);
    bool listed = false;
    for (std::string line; std::getline(help, line);) {
        if (line == "Subcommands:")
            listed = true;
        else if (listed && line.empty())
            break;
        else if (listed)
            out.insert(line.substr(2, line.find(' ', 2) - 2));
    }
    return out;
}

std::set<std::string> longOptions(const std::string &command)
{
    std::set<std::string> out;
    std::istringstream help(runRequant({command, "--help"}).out);
    const std::regex option("^  (-[a-z],)?(--[a-z0-9-]+)");
    for (std::string line; std::getline(help, line);) {
        std::smatch m;
        if (std::regex_search(line, m, option))
            out.insert(m[2]);
    }
    return out;
}

std::string escaped(std::string name) // as the page writes it
{
    return std::regex_replace(name, std::regex("-"), "\\-");
}

} // namespace

TEST_CASE("manualPageAndCompletionNameEveryCommandAndOption")
{
    const auto man = runRequant({"generate", "man"}), bash = runRequant({"generate", "bash"});
    REQUIRE(man.exitCode == 0);
    REQUIRE(bash.exitCode == 0);
    const auto commands = commandsOfHelp();
    CHECK(commands.size() >= 8);
    CHECK(commands.count("generate") == 0);
    for (const std::string &command : commands) {
        INFO(command);
        const std::size_t begin = man.out.find(".SS requant " + command + " "), end = man.out.find("\n.S", begin + 1);
        const bool bare = man.out.find(".SS requant " + command + "\n") != std::string::npos;
        REQUIRE((begin != std::string::npos || bare));
        const std::string page = man.out.substr(bare ? man.out.find(".SS requant " + command + "\n") : begin, bare ? std::string::npos : end - begin);
        const std::size_t at = bash.out.find("    " + command + ")\n");
        REQUIRE(at != std::string::npos);
        const std::string words = bash.out.substr(at, bash.out.find(";;\n    ", at) - at);
        const auto options = longOptions(command);
        CHECK(options.size() >= 2);
        for (const std::string &option : options) {
            INFO(option);
            CHECK(page.find(escaped(option)) != std::string::npos);
            CHECK(words.find(option + " ") != std::string::npos);
        }
    }
    CHECK(runRequant({"generate", "poem"}).exitCode == 2);
}
