// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/weightmemo.h"

#include <catch2/catch.hpp>

using namespace requant;

namespace {

QuantizedWeights weightsOf(std::int64_t value, std::size_t count = 4)
{
    QuantizedWeights q;
    q.params = QuantParams::perTensor(0.5f, 0);
    q.values.assign(count, value);
    q.bias = {value, -value};
    q.factors = {1, 2};
    q.biasesCut = 3;
    q.error = 0.25;
    return q;
}

} // namespace

TEST_CASE("weightsAreFoundByEverythingThatTheyDependOn")
{
    WeightMemo memo;
    const auto key = [](int op, const std::vector<double> &factors) { return (MemoKey() << op << factors << std::optional<int>()).bytes(); };
    CHECK(!memo.find(key(1, {})));
    memo.keep(key(1, {}), weightsOf(-7));
    memo.keep(key(1, {2.0}), weightsOf(9));
    const auto found = memo.find(key(1, {}));
    REQUIRE(found);
    const QuantizedWeights kept = weightsOf(-7);
    CHECK(found->values == kept.values);
    CHECK(found->bias == kept.bias);
    CHECK(found->factors == kept.factors);
    CHECK(found->params.scale == kept.params.scale);
    CHECK(found->biasesCut == kept.biasesCut);
    CHECK(found->error == kept.error);
    CHECK(memo.find(key(1, {2.0}))->values[0] == 9);
    CHECK(!memo.find(key(2, {})));
    CHECK(!memo.find(key(1, {2.5})));
    // Values side by side are told apart from one longer list.
    CHECK((MemoKey() << std::vector<double>{1} << std::vector<double>{}).bytes() != (MemoKey() << std::vector<double>{} << std::vector<double>{1}).bytes());
}

TEST_CASE("weightsNotAskedForTheLongestMakeRoom")
{
    WeightMemo memo(64'000);
    for (int i = 0; i < 5; ++i)
        memo.keep(std::to_string(i), weightsOf(i, 5'000)); // about 10 kB each
    REQUIRE(memo.find("0"));
    for (int i = 5; i < 8; ++i)
        memo.keep(std::to_string(i), weightsOf(i, 5'000));
    CHECK(memo.bytes() <= 64'000);
    CHECK(memo.find("0"));
    CHECK(!memo.find("1"));
    CHECK(memo.find("7"));
    memo.keep("large", weightsOf(1, 50'000)); // more than all there is
    CHECK(!memo.find("large"));
    memo.keep("wide", weightsOf(40'000)); // no weight is that wide
    CHECK(!memo.find("wide"));
}
