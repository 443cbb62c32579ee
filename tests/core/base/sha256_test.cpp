// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/sha256.h"

#include <catch2/catch.hpp>

#include <string_view>

using namespace requant;

namespace {
std::string hashOf(std::string_view s)
{
    return sha256Hex(std::as_bytes(std::span(s.data(), s.size())));
}
} // namespace

TEST_CASE("sha256GivesTheStandardsExamples") // FIPS 180-4's published example values
{
    CHECK(hashOf("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(hashOf("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(hashOf("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
          == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(hashOf(std::string(1000000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
