// SPDX-License-Identifier: GPL-3.0-or-later
#include "program.h"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace clitest {

namespace fs = std::filesystem;

Folder::Folder()
{
    std::string pattern = (fs::temp_directory_path() / "requant-cli-XXXXXX").string();
    if (!mkdtemp(pattern.data()))
        throw std::runtime_error("no temporary folder");
    m_path = pattern;
}

Folder::~Folder()
{
    std::error_code ec;
    fs::remove_all(m_path, ec);
}

std::string Folder::path(const std::string &name) const
{
    return name.empty() ? m_path.string() : (m_path / name).string();
}

std::set<std::string> Folder::files() const
{
    std::set<std::string> out;
    for (const auto &e : fs::recursive_directory_iterator(m_path))
        if (e.is_regular_file())
            out.insert(fs::relative(e.path(), m_path).string());
    return out;
}

std::string sampleFile(const std::string &name)
{
    return std::string(REQUANT_SOURCE_DIR) + "/resources/sample/" + name;
}

void writeText(const std::string &file, const std::string &text)
{
    std::ofstream(file, std::ios::binary) << text;
}

std::string readAll(const std::string &file)
{
    std::ifstream in(file, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

Outcome runRequant(const std::vector<std::string> &args, int interruptAfterMs)
{
    const Folder folder;
    const std::string out = folder.path("out"), err = folder.path("err");
    const pid_t child = fork();
    if (child == 0) {
        const auto redirect = [](const std::string &file, int fd) {
            const int f = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
            dup2(f, fd);
        };
        redirect(out, 1);
        redirect(err, 2);
        std::vector<char *> argv{const_cast<char *>("requant")};
        for (const std::string &a : args)
            argv.push_back(const_cast<char *>(a.c_str()));
        argv.push_back(nullptr);
        execv(REQUANT_PROGRAM, argv.data());
        _exit(127);
    }
    if (interruptAfterMs > 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(interruptAfterMs));
        kill(child, SIGINT);
    }
    int status = 0;
    waitpid(child, &status, 0);
    Outcome o;
    o.exitCode = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    o.out = readAll(out);
    o.err = readAll(err);
    return o;
}

} // namespace clitest
