// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/rooms/roomcheck.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <optional>

namespace requant {

namespace fs = std::filesystem;

const std::vector<std::string> kCoreRooms{"base",        "model", "tflite", "layout",  "scheme",
                                          "constraints", "onnx",  "aimet", "sim",    "passes", "metrics", "convert"};

namespace {

struct Include
{
    std::string path;
    bool quoted = false;
};

std::optional<Include> includeIn(const std::string &line)
{
    std::size_t i = line.find_first_not_of(" \t");
    if (i == std::string::npos || line[i] != '#')
        return std::nullopt;
    i = line.find_first_not_of(" \t", i + 1);
    if (i == std::string::npos || line.compare(i, 7, "include") != 0)
        return std::nullopt;
    i = line.find_first_of("<\"", i + 7);
    if (i == std::string::npos)
        return std::nullopt;
    const char close = line[i] == '<' ? '>' : '"';
    const std::size_t end = line.find(close, i + 1);
    if (end == std::string::npos)
        return std::nullopt;
    return Include{line.substr(i + 1, end - i - 1), close == '"'};
}

bool startsWith(const std::string &s, const std::string &front)
{
    return s.rfind(front, 0) == 0;
}

// Qt's headers: <QString>, <QtCore/qglobal.h>, <qnamespace.h>.
bool isQt(const Include &include)
{
    const std::string &p = include.path;
    if (include.quoted)
        return false;
    return (p.size() > 1 && p[0] == 'Q' && p[1] >= 'A' && p[1] <= 'Z') || startsWith(p, "Qt")
           || (startsWith(p, "q") && p.size() > 2 && p.find(".h") == p.size() - 2 && p != "queue");
}

// Position of core/<room>/... in the list; the number of rooms if it is not there.
std::size_t roomRank(const std::string &path)
{
    const std::size_t end = path.find('/', 5);
    const auto it = std::find(kCoreRooms.begin(), kCoreRooms.end(), path.substr(5, end - 5));
    return static_cast<std::size_t>(it - kCoreRooms.begin());
}

// Why `file` may not include this, or nothing.
std::string objection(const std::string &file, const Include &include)
{
    const std::string &p = include.path;
    if (include.quoted && p.find("..") != std::string::npos)
        return "paths are given from the root";
    const bool intoUi = startsWith(p, "ui/"), intoApp = startsWith(p, "app/"), intoTests = startsWith(p, "tests/");
    if (intoTests)
        return "programs do not depend on tests";
    if (startsWith(file, "core/")) {
        if (isQt(include))
            return "core has no Qt";
        if (intoUi || intoApp)
            return "core knows no user interface";
        if (startsWith(p, "core/")) {
            const std::size_t own = roomRank(file), other = roomRank(p);
            if (own == kCoreRooms.size() || other == kCoreRooms.size())
                return "a room that is not in the list";
            if (other > own)
                return "dependencies point down the list only";
        }
        const bool schema = startsWith(p, "flatbuffers/") || p.find("_generated.h") != std::string::npos;
        if (schema && !startsWith(file, "core/tflite/"))
            return "only core/tflite knows the file format's generated code";
        const bool protobuf = startsWith(p, "google/protobuf/") || startsWith(p, "onnx/");
        if (protobuf && !startsWith(file, "core/onnx/"))
            return "only core/onnx knows ONNX's protobuf messages";
    }
    if (startsWith(file, "ui/") && intoApp)
        return "the programs stand above ui";
    if (startsWith(file, "ui/logic/")) {
        if (startsWith(p, "ui/widgets/"))
            return "ui/logic stands below ui/widgets";
        for (const char *module : {"QtWidgets", "QtCharts", "QtOpenGLWidgets", "QtSvgWidgets"}) {
            if (startsWith(p, module))
                return "ui/logic has no widgets";
        }
    }
    // In app/, the files of the window's program are named studio*; all others belong to the command line.
    if (startsWith(file, "app/") && !startsWith(file, "app/studio")) {
        if (isQt(include) || intoUi)
            return "the command line has core only";
    }
    return {};
}

// Words that a folder's CMake file may not hold: what is not linked cannot be included either.
std::vector<std::pair<std::string, std::string>> forbiddenLinks(const std::string &file)
{
    if (startsWith(file, "core/"))
        return {{"Qt5", "core has no Qt"}, {"Qt6", "core has no Qt"}, {"requant_ui", "core knows no user interface"}};
    if (startsWith(file, "ui/logic/"))
        return {{"Widgets", "ui/logic has no widgets"}, {"Qt6::Charts", "ui/logic has no widgets"}};
    return {};
}

// The command line is one target of a shared CMake file: the arguments of its target_link_libraries calls.
std::vector<std::string> linkViolations(const std::string &file, const std::string &text)
{
    std::vector<std::string> out;
    const std::string call = "target_link_libraries(";
    for (std::size_t at = text.find(call); at != std::string::npos; at = text.find(call, at + 1)) {
        const std::size_t begin = at + call.size();
        const std::string arguments = text.substr(begin, std::min(text.find(')', begin), text.size()) - begin);
        const std::string target = arguments.substr(0, arguments.find_first_of(" \t\n"));
        if (target != "requant"
            || (arguments.find("Qt6") == std::string::npos && arguments.find("requant_ui") == std::string::npos))
            continue;
        const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n') + 1;
        out.push_back(file + ":" + std::to_string(line) + ": the command line links core only");
    }
    return out;
}

void forEachFile(const fs::path &root, const std::vector<std::string> &folders,
                 const std::function<void(const fs::path &, const std::string &)> &visit)
{
    std::vector<fs::path> files;
    for (const std::string &folder : folders) {
        if (!fs::is_directory(root / folder))
            continue;
        for (auto it = fs::recursive_directory_iterator(root / folder); it != fs::recursive_directory_iterator();
             ++it) {
            if (it->is_directory() && it->path().filename() == "node_modules")
                it.disable_recursion_pending();
            else if (it->is_regular_file())
                files.push_back(it->path());
        }
    }
    std::sort(files.begin(), files.end());
    for (const fs::path &f : files)
        visit(f, f.lexically_relative(root).generic_string());
}

} // namespace

std::vector<std::string> roomViolations(const fs::path &root)
{
    std::vector<std::string> out;
    forEachFile(root, {"core", "ui", "app"}, [&](const fs::path &path, const std::string &name) {
        const std::string extension = path.extension().string();
        const bool source = extension == ".h" || extension == ".cpp" || extension == ".inl";
        const bool cmake = path.filename() == "CMakeLists.txt" || extension == ".cmake";
        if (!source && !cmake)
            return;
        std::ifstream in(path);
        std::string line, all;
        for (std::size_t number = 1; std::getline(in, line); ++number) {
            const std::string place = name + ":" + std::to_string(number) + ": ";
            if (source) {
                if (const std::optional<Include> include = includeIn(line)) {
                    if (const std::string why = objection(name, *include); !why.empty())
                        out.push_back(place + "may not include " + include->path + ": " + why);
                }
            } else {
                line = line.substr(0, line.find('#'));
                for (const auto &[word, why] : forbiddenLinks(name)) {
                    if (line.find(word) != std::string::npos)
                        out.push_back(place + "may not name " + word + ": " + why);
                }
            }
            all += line + "\n";
        }
        if (cmake) {
            const std::vector<std::string> links = linkViolations(name, all);
            out.insert(out.end(), links.begin(), links.end());
        }
    });
    return out;
}

std::vector<std::string> filesWithoutLicence(const fs::path &root)
{
    std::vector<std::string> out;
    forEachFile(root, {"core", "ui", "app", "tests", "packaging", "resources"},
                [&](const fs::path &path, const std::string &name) {
                    const std::string extension = path.extension().string();
                    static const std::vector<std::string> kExtensions{".h",  ".cpp", ".inl", ".cmake",
                                                                      ".sh", ".py",  ".js"};
                    if (path.filename() != "CMakeLists.txt"
                        && std::find(kExtensions.begin(), kExtensions.end(), extension) == kExtensions.end())
                        return;
                    std::ifstream in(path);
                    std::string line;
                    for (int i = 0; i < 2 && std::getline(in, line); ++i) {
                        if (line.find("SPDX-License-Identifier: GPL-3.0-or-later") != std::string::npos)
                            return;
                    }
                    out.push_back(name + ": no SPDX line");
                });
    return out;
}

} // namespace requant
