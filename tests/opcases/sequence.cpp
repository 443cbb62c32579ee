// SPDX-License-Identifier: GPL-3.0-or-later
#include "casebuilder.h"

namespace opcases {
namespace {

using namespace requant;

constexpr ElementType kI8 = ElementType::Int8, kI16 = ElementType::Int16, kI32 = ElementType::Int32;

// The 8x8_16 form: 24 inputs in the schema's order, states as variables, five intermediate grids.
void lstm(CaseBuilder &b)
{
    Dice &d = b.dice();
    const bool coupled = d.chance(3), peepholes = d.chance(3), norm = d.chance(3), projection = d.chance(3), timeMajor = d.chance();
    const int batches = d.integer(1, 3), steps = d.integer(1, 4), inputs = d.integer(1, 12), cells = d.integer(1, 12);
    const int outputs = projection ? d.integer(1, cells) : cells;
    const Grid in = b.grid(kI8, 0.01, 0.05), hidden{d.scale(0.005, 0.01), d.integer(-20, 20)};
    const Grid state = projection ? Grid{d.scale(0.005, 0.02), d.integer(-20, 20)} : hidden;
    const auto constants = [&](Shape shape, ElementType type, double low, double high) { b.randomConstant(std::move(shape), type, {d.scale(low, high), 0}); };
    const auto absentIf = [&](bool absent, auto make) {
        if (absent)
            b.absent();
        else
            make();
    };
    const auto bias = [&](int n, int size) {
        std::vector<std::int32_t> v;
        for (int i = 0; i < n; ++i)
            v.push_back(d.integer(-size, size));
        b.constant({n}, kI32, v);
    };
    b.input(timeMajor ? Shape{steps, batches, inputs} : Shape{batches, steps, inputs}, kI8, in);
    for (int g = 0; g < 4; ++g)
        absentIf(coupled && g == 0, [&] { constants({cells, inputs}, kI8, 0.002, 0.02); });
    for (int g = 0; g < 4; ++g)
        absentIf(coupled && g == 0, [&] { constants({cells, outputs}, kI8, 0.002, 0.02); });
    for (int g = 0; g < 3; ++g)
        absentIf(!peepholes || (coupled && g == 0), [&] { constants({cells}, kI16, 2e-5, 1e-4); });
    for (int g = 0; g < 4; ++g)
        absentIf(coupled && g == 0, [&] { bias(cells, 4000); });
    absentIf(!projection, [&] { constants({outputs, cells}, kI8, 0.002, 0.02); });
    absentIf(!projection || d.chance(), [&] { bias(outputs, 2000); });
    b.state({batches, outputs}, kI8, state);
    b.state({batches, cells}, kI16, {std::exp2(static_cast<float>(-d.integer(9, 15))), 0});
    for (int g = 0; g < 4; ++g)
        absentIf(!norm || (coupled && g == 0), [&] { constants({cells}, kI16, 2e-5, 1e-4); });
    b.output(timeMajor ? Shape{steps, batches, outputs} : Shape{batches, steps, outputs}, kI8, state);
    b.add(Op::UnidirectionalSequenceLstm, "UnidirectionalSequenceLSTMOptions",
          {{"fused_activation_function", 4}, {"cell_clip", d.chance(3) ? d.real(0.5, 4) : 0}, {"proj_clip", projection && d.chance(3) ? d.real(0.2, 1) : 0},
           {"time_major", timeMajor ? 1 : 0}, {"asymmetric_quantize_inputs", 0}});
    auto &tiny = b.tiny();
    for (int k = 0; k < 5; ++k) {
        const Grid g = k < 4 ? Grid{d.scale(0.0005, 0.002), 0} : hidden;
        const TensorIndex t = tiny.activation("intermediate" + std::to_string(k), {}, k < 4 ? kI16 : kI8, g.scale, g.zeroPoint);
        tiny.graph().operators.front().intermediates.push_back(t);
    }
}

} // namespace

void addSequence(std::vector<Generator> &all) { all.push_back({"UNIDIRECTIONAL_SEQUENCE_LSTM int8", lstm}); }

} // namespace opcases
