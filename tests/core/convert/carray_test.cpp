// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/convert/carray.h"

#include "core/base/files.h"
#include "tests/core/sim/random.h"
#include "tests/core/temporaryfolder.h"
#include "tests/core/tinymodel.h"

#include <catch2/catch.hpp>

#include <cctype>
#include <cstdlib>
#include <fstream>

#include <unistd.h>

using namespace requant;
using requant::test::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

CArrayNames names()
{
    return {"net_model", "net.tflite", "net.h", "00ff"};
}

std::vector<std::byte> bytes(testing::Random &random, std::size_t n)
{
    std::vector<std::byte> out(n);
    for (std::byte &b : out)
        b = static_cast<std::byte>(random.integer(0, 255));
    return out;
}

} // namespace

TEST_CASE("identifiersAreNoKeywordsAndNotReserved")
{
    CHECK(cIdentifier("net-v1.0") == "net_v1_0_model");
    CHECK(cIdentifier("person_model") == "person_model");
    CHECK(cIdentifier("class") == "class_model");
    CHECK(cIdentifier("__x__y__") == "x_y_model");
    CHECK(cIdentifier("1x1") == "model_1x1_model");
    CHECK(cIdentifier("") == "model");
    CHECK(cIdentifier("\xc3\xa4\xc3\xb6") == "model");
}

TEST_CASE("arraysReadBackAsTheyWereWritten")
{
    testing::Random random(testing::baseSeed());
    INFO("seed " << testing::baseSeed());
    const TemporaryFolder folder;
    for (const std::size_t n : {0u, 1u, 11u, 12u, 13u, 255u, 100'000u}) {
        INFO(n << " bytes");
        const auto model = bytes(random, n);
        REQUIRE(writeCArraySource(folder.path() / "net.cc", model, names()));
        const auto source = readTextFile(folder.path() / "net.cc");
        REQUIRE(source);
        const auto back = readCArray(*source);
        REQUIRE(back);
        CHECK(*back == model);
    }
}

TEST_CASE("brokenArraysAreRefusedWithTheirLine")
{
    const auto problem = [](const std::string &source) {
        const auto r = readCArray(source);
        return r ? std::string("none") : text(r.error());
    };
    CHECK(problem("const int x;") == "line 1: there is no array");
    CHECK(problem("x[1] = {\n 0x1g,\n};\nx_len = 1u;") == "line 2: not a byte in hexadecimal");
    CHECK(problem("x[1] = {\n 0x11,\n") == "line 3: the array does not end");
    CHECK(problem("x[1] = {\n 0x11,\n};\nx_len = 2u;") == "line 3: the length is not that of the array");
    CHECK(problem("x[1] = {\n 0x11,\n};\n") == "line 3: the length is missing");
    CHECK(problem("x[1] = {\n 0x1") == "line 2: not a byte in hexadecimal");
}

TEST_CASE("namesFromTheModelCannotLeaveTheComment")
{
    test::TinyModel m;
    const auto in = m.activation("evil */ int x; /*\n#error\\", {1, 2}, ElementType::Int8, 0.5f, -3);
    m.io({in}, {in});
    const std::string header = cArrayHeader(m.model(), 16, names());
    CHECK(header.find("*/") == header.find(" */\n#ifndef") + 1);
    CHECK(header.find("\n#error") == std::string::npos);
    CHECK(header.find("int8 1x2, real = 0.5 * (q - (-3))") != std::string::npos);
}

// The compilers of the build, on both languages: aligned, of the stated length, and byte for byte the model.
TEST_CASE("arraysCompileAsCAndAsCpp")
{
    testing::Random random(testing::baseSeed());
    INFO("seed " << testing::baseSeed());
    const TemporaryFolder folder;
    test::TinyModel m;
    const auto in = m.activation("in", {1, 2}, ElementType::UInt8, 0.5f, 128);
    m.add(Op::Relu, {in}, {m.activation("out", {1, 2}, ElementType::UInt8, 0.5f, 128)});
    m.io({in}, {TensorIndex(1)});
    const auto model = bytes(random, 1001);
    REQUIRE(writeFileAtomically(folder.path() / "net.h", cArrayHeader(m.model(), model.size(), names())));
    unsigned long sum = 0;
    for (std::size_t i = 0; i < model.size(); ++i)
        sum += std::to_integer<unsigned long>(model[i]) * (i + 1);
    std::ofstream(folder.path() / "main.inc") << R"(#include "net.h"
#include <stdint.h>
#include <stdio.h>
int main(void)
{
    unsigned long sum = 0;
    unsigned int i;
    for (i = 0; i < net_model_len; ++i)
        sum += (unsigned long)net_model[i] * (i + 1);
    printf("%lu %u %u %d\n", sum, net_model_len, NET_MODEL_LENGTH, (int)((uintptr_t)net_model % 16));
    return 0;
}
)";
    const struct
    {
        const char *compiler, *ending;
    } languages[] = {{"cc -std=c11 -pedantic", ".c"}, {"c++ -std=c++11 -pedantic", ".cc"}};
    for (const auto &language : languages) {
        INFO(language.compiler);
        REQUIRE(writeCArraySource(folder.path() / (std::string("net") + language.ending), model, names()));
        const std::string main = std::string("main") + language.ending;
        fs::copy_file(folder.path() / "main.inc", folder.path() / main);
        const std::string command = "cd '" + folder.path().string() + "' && " + language.compiler
                                    + " -Wall -Wextra -Werror net" + language.ending + " " + main
                                    + " -o program && ./program > out.txt";
        REQUIRE(std::system(command.c_str()) == 0);
        CHECK(*readTextFile(folder.path() / "out.txt") == std::to_string(sum) + " 1001 1001 0\n");
    }
}
