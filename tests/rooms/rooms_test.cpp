// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/rooms/roomcheck.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <unistd.h>

using namespace requant;

namespace {

std::string join(const std::vector<std::string> &lines)
{
    std::string out;
    for (const std::string &l : lines)
        out += l + "\n";
    return out;
}

// A source tree made for one test.
class Tree
{
public:
    Tree() : m_root(std::filesystem::temp_directory_path() / ("requant_rooms_" + std::to_string(::getpid())))
    {
        std::filesystem::remove_all(m_root);
    }
    ~Tree() { std::filesystem::remove_all(m_root); }
    void add(const std::string &name, const std::string &content) const
    {
        const std::filesystem::path file = m_root / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << content;
    }
    std::string violations() const { return join(roomViolations(m_root)); }
    const std::filesystem::path &root() const { return m_root; }

private:
    std::filesystem::path m_root;
};

} // namespace

TEST_CASE("roomsDependDownwardsOnly")
{
    const std::string found = join(roomViolations(REQUANT_SOURCE_DIR));
    INFO(found);
    CHECK(found.empty());
}

TEST_CASE("everySourceHasItsLicenceLine")
{
    const std::string found = join(filesWithoutLicence(REQUANT_SOURCE_DIR));
    INFO(found);
    CHECK(found.empty());
}

TEST_CASE("everyFolderOfCoreIsInTheList")
{
    for (const auto &entry : std::filesystem::directory_iterator(REQUANT_SOURCE_DIR "/core")) {
        if (!entry.is_directory())
            continue;
        INFO(entry.path());
        CHECK(std::find(kCoreRooms.begin(), kCoreRooms.end(), entry.path().filename().string()) != kCoreRooms.end());
    }
}

TEST_CASE("aCleanTreePasses")
{
    const Tree t;
    t.add("core/scheme/a.h",
          "#include \"core/model/model.h\"\n#include \"core/scheme/b.h\"\n#include <queue>\n#include <vector>\n");
    t.add("core/tflite/a.cpp", "#include <flatbuffers/flatbuffers.h>\n#include \"schema_generated.h\"\n");
    t.add("core/CMakeLists.txt", "# no Qt6 here\nadd_library(requant_core)\n");
    t.add("ui/logic/a.h", "#include <QObject>\n#include \"core/convert/convert.h\"\n");
    t.add("ui/widgets/a.h", "#include <QWidget>\n#include \"ui/logic/a.h\"\n");
    t.add("app/requant_main.cpp", "#include \"core/convert/convert.h\"\n#include <CLI/CLI.hpp>\n");
    t.add("app/studio_main.cpp", "#include <QApplication>\n#include \"ui/widgets/a.h\"\n");
    t.add("app/CMakeLists.txt", "target_link_libraries(requant PRIVATE "
                                "requant_core)\ntarget_link_libraries(requant-studio PRIVATE Qt6::Widgets)\n");
    CHECK(t.violations() == "");
}

TEST_CASE("eachForbiddenDependencyIsFoundWithFileAndLine")
{
    struct Row
    {
        const char *file, *content, *found;
    };
    const Row rows[] = {
        {"core/model/a.h", "\n#include \"core/scheme/recipe.h\"\n",
         "core/model/a.h:2: may not include core/scheme/recipe.h: dependencies point down the list only\n"},
        {"core/metrics/a.cpp", "#include \"core/convert/convert.h\"\n",
         "core/metrics/a.cpp:1: may not include core/convert/convert.h: dependencies point down the list only\n"},
        {"core/sim/kernels/a.cpp", "#  include \"core/passes/passes.h\"\n",
         "core/sim/kernels/a.cpp:1: may not include core/passes/passes.h: dependencies point down the list only\n"},
        {"core/cellar/a.h", "#include \"core/base/result.h\"\n",
         "core/cellar/a.h:1: may not include core/base/result.h: a room that is not in the list\n"},
        {"core/base/a.h", "#include <QString>\n", "core/base/a.h:1: may not include QString: core has no Qt\n"},
        {"core/base/b.h", "#include <QtCore/qglobal.h>\n",
         "core/base/b.h:1: may not include QtCore/qglobal.h: core has no Qt\n"},
        {"core/base/c.h", "#include <qstring.h>\n", "core/base/c.h:1: may not include qstring.h: core has no Qt\n"},
        {"core/base/d.h", "#include \"ui/logic/document.h\"\n",
         "core/base/d.h:1: may not include ui/logic/document.h: core knows no user interface\n"},
        {"core/sim/b.cpp", "#include \"../passes/passes.h\"\n",
         "core/sim/b.cpp:1: may not include ../passes/passes.h: paths are given from the root\n"},
        {"core/sim/c.cpp", "#include <flatbuffers/flatbuffers.h>\n",
         "core/sim/c.cpp:1: may not include flatbuffers/flatbuffers.h: only core/tflite knows the file format's "
         "generated "
         "code\n"},
        {"core/CMakeLists.txt", "find_package(X)\ntarget_link_libraries(requant_core Qt6::Core)\n",
         "core/CMakeLists.txt:2: may not name Qt6: core has no Qt\n"},
        {"ui/logic/a.cpp", "#include \"ui/widgets/mainwindow.h\"\n",
         "ui/logic/a.cpp:1: may not include ui/widgets/mainwindow.h: ui/logic stands below ui/widgets\n"},
        {"ui/logic/b.cpp", "#include <QtWidgets/QWidget>\n",
         "ui/logic/b.cpp:1: may not include QtWidgets/QWidget: ui/logic has no widgets\n"},
        {"ui/logic/CMakeLists.txt", "target_link_libraries(requant_ui_logic PUBLIC Qt6::Widgets)\n",
         "ui/logic/CMakeLists.txt:1: may not name Widgets: ui/logic has no widgets\n"},
        {"ui/widgets/a.cpp", "#include \"app/studio.h\"\n",
         "ui/widgets/a.cpp:1: may not include app/studio.h: the programs stand above ui\n"},
        {"app/requant_main.cpp", "#include <QCoreApplication>\n",
         "app/requant_main.cpp:1: may not include QCoreApplication: the command line has core only\n"},
        {"app/common.cpp", "#include \"ui/logic/session.h\"\n",
         "app/common.cpp:1: may not include ui/logic/session.h: the command line has core only\n"},
        {"app/CMakeLists.txt", "\ntarget_link_libraries(requant PRIVATE\n    requant_core Qt6::Core)\n",
         "app/CMakeLists.txt:2: the command line links core only\n"},
        {"app/studio_main.cpp", "#include \"tests/rooms/roomcheck.h\"\n",
         "app/studio_main.cpp:1: may not include tests/rooms/roomcheck.h: programs do not depend on tests\n"},
    };
    for (const Row &r : rows) {
        const Tree t;
        t.add(r.file, r.content);
        CHECK(t.violations() == r.found);
    }
}

TEST_CASE("aMissingLicenceLineIsFound")
{
    const Tree t;
    t.add("core/base/a.h", "#pragma once\n");
    t.add("core/base/b.h", "// SPDX-License-Identifier: GPL-3.0-or-later\n");
    t.add("packaging/c.sh", "#!/bin/sh\n# SPDX-License-Identifier: GPL-3.0-or-later\n");
    t.add("tests/runtime/node_modules/x/d.js", "x\n");
    CHECK(join(filesWithoutLicence(t.root())) == "core/base/a.h: no SPDX line\n");
}
