// SPDX-License-Identifier: GPL-3.0-or-later
// Operators that trade space for batch or depth against index arithmetic straight from their definitions.
#include "core/sim/kernels/shapeops.h"

#include "moving.h"

using namespace testing;

TEST_CASE("spaceAndBatchEqualTheirDefinitions")
{
    replayable(200, [](Random &random) {
        const std::size_t space = static_cast<std::size_t>(random.integer(1, 3));
        const bool toBatch = random.chance();
        // The wide tensor from its blocks, so that everything divides.
        Shape wide{random.integer(0, 2)}, deep;
        std::vector<std::int64_t> block, edges;
        std::int32_t cells = 1;
        for (std::size_t d = 0; d < space; ++d) {
            block.push_back(random.integer(1, 3));
            cells *= static_cast<std::int32_t>(block.back());
            const auto n = static_cast<std::int32_t>(random.integer(1, 3) * block.back());
            const std::int32_t before = random.integer(0, std::min(n, 3)), after = random.integer(0, std::min(n - before, 3));
            edges.insert(edges.end(), {before, after});
            wide.push_back(n - before - after);
            deep.push_back(n / static_cast<std::int32_t>(block.back()));
        }
        deep.insert(deep.begin(), wide[0] * cells);
        for (int k = random.integer(0, 2); k > 0; --k) {
            wide.push_back(random.integer(1, 4));
            deep.push_back(wide.back());
        }
        const ElementType type = randomType(random);
        const bool quantized = requant::isQuantizedActivation(type);
        const std::int64_t zero = quantized ? (type == ElementType::Int8 ? -7 : 7) : 0;
        Bytes fill(16, std::byte{0});
        std::memcpy(fill.data(), &zero, 8);
        const Tensor in = randomTensor(random, toBatch ? wide : deep, type);
        Mover m(toBatch ? Op::SpaceToBatchNd : Op::BatchToSpaceNd, random);
        m.input(in, quantized ? 0.1f : 0, zero);
        m.ints(block);
        m.ints({static_cast<std::int32_t>(space), 2}, edges);
        m.output(toBatch ? deep : wide, type, quantized ? 0.1f : 0, zero);
        REQUIRE(m.run() == moved(in, toBatch ? deep : wide, [&](const Index &o, Index &i) {
            i = o;
            if (toBatch) {
                std::int64_t cell = o[0] / wide[0];
                i[0] = o[0] % wide[0];
                for (std::size_t d = space; d-- > 0;) {
                    i[d + 1] = o[d + 1] * block[d] + cell % block[d] - edges[2 * d];
                    cell /= block[d];
                }
                for (std::size_t d = 1; d <= space; ++d)
                    if (i[d] < 0 || i[d] >= wide[d])
                        return false;
            } else {
                std::int64_t cell = 0;
                for (std::size_t d = 0; d < space; ++d) {
                    const std::int64_t at = o[d + 1] + edges[2 * d];
                    i[d + 1] = at / block[d];
                    cell = cell * block[d] + at % block[d];
                }
                i[0] = cell * wide[0] + o[0];
            }
            return true;
        }, fill).bytes);
    });
}

TEST_CASE("depthAndSpaceEqualTheirDefinitions")
{
    replayable(100, [](Random &random) {
        const bool toSpace = random.chance();
        const std::int32_t b = random.integer(1, 4), c = random.integer(0, 5);
        const Shape deep{random.integer(1, 2), random.integer(1, 4), random.integer(0, 4), c * b * b}, flat{deep[0], deep[1] * b, deep[2] * b, c};
        const Tensor in = randomTensor(random, toSpace ? deep : flat, randomType(random));
        Mover m(toSpace ? Op::DepthToSpace : Op::SpaceToDepth, random);
        m.input(in);
        m.output(toSpace ? flat : deep, in.type);
        m.one().option("block_size", b);
        REQUIRE(m.run() == moved(in, toSpace ? flat : deep, [&](const Index &o, Index &i) {
            if (toSpace)
                i = {o[0], o[1] / b, o[2] / b, ((o[1] % b) * b + o[2] % b) * c + o[3]};
            else
                i = {o[0], o[1] * b + o[3] / c / b, o[2] * b + o[3] / c % b, o[3] % c};
            return true;
        }).bytes);
    });
}
