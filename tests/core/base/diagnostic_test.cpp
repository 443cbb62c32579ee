// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/diagnostic.h"

#include <catch2/catch.hpp>

using namespace requant;

namespace {
constexpr Message kSample{"test.sample", "%2 before %1, 100 %, and nothing for %3"};
}

TEST_CASE("fillReplacesArgumentsInAnyOrderAndDropsMissingOnes")
{
    CHECK(fill(kSample.text, {"one", "two"}) == "two before one, 100 %, and nothing for ");
}

TEST_CASE("textNamesTheFileFirst")
{
    Diagnostic d = makeWarning(kSample, {"a", "b", "c"});
    d.file = "net.tflite";
    CHECK(text(d) == "net.tflite: b before a, 100 %, and nothing for c");
    CHECK(severityName(d.severity) == "warning");
}

TEST_CASE("onlyErrorsCountAsErrors")
{
    CHECK_FALSE(hasErrors({makeWarning(kSample), makeNote(kSample)}));
    CHECK(hasErrors({makeNote(kSample), makeError(kSample)}));
}
