// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/splitother.h"

#include "core/sim/floatreference.h"
#include "core/sim/kernels/kernel.h"

#include <cstring>

namespace requant {

std::optional<RealLayer> RealLayer::make(const Model &source, OperatorIndex o)
{
    const Subgraph &g = source.subgraphs.front();
    const Operator &op = g.op(o);
    if (op.outputs.empty() || !op.outputs[0] || !g.tensor(op.outputs[0]).quant.isQuantized()
        || g.tensor(op.outputs[0]).quant.isPerChannel())
        return {};
    const auto reals = floatReference(isolatedOperator(source, o));
    if (!reals)
        return {};
    auto simulator = Simulator::create(*reals);
    if (!simulator || !simulator->supported())
        return {};
    RealLayer l;
    l.m_simulator.emplace(std::move(*simulator));
    for (const TensorIndex t : op.inputs) {
        if (!t || source.isConstant(g.tensor(t))
            || std::find(l.m_inputs.begin(), l.m_inputs.end(), t) != l.m_inputs.end())
            continue;
        l.m_inputs.push_back(t);
        l.m_tensors.push_back(g.tensor(t));
    }
    l.m_outputIndex = op.outputs[0];
    l.m_output = g.tensor(op.outputs[0]);
    const std::int64_t fused = op.options ? op.options->integer("fused_activation_function") : 0;
    const ActivationRange range = activationRange(static_cast<Activation>(fused), l.m_output);
    const auto scale = static_cast<double>(l.m_output.quant.scale[0]),
               zero = static_cast<double>(l.m_output.quant.zeroPointAt(0));
    l.m_range = {scale * (range.min - zero), scale * (range.max - zero), scale};
    return l;
}

std::vector<float> RealLayer::evaluate(const LayerValues &values, std::size_t sample, const InsteadOf &instead,
                                       const RunControl &control)
{
    const Subgraph &g = m_simulator->model().subgraphs.front();
    std::vector<float> x;
    for (std::size_t k = 0; k < m_inputs.size(); ++k) {
        const auto bytes = values.value(sample, m_inputs[k]);
        if (g.tensor(g.inputs[k]).type != ElementType::Float32 || m_tensors[k].type == ElementType::Float32) {
            if (!m_simulator->setInput(k, bytes))
                return {};
            continue;
        }
        const auto other = instead.find(m_inputs[k]);
        const Elements reals = other != instead.end() ? other->second : Elements(bytes, m_tensors[k]);
        x.resize(reals.size());
        for (std::size_t i = 0; i < x.size(); ++i)
            x[i] = static_cast<float>(reals[i]);
        if (!m_simulator->setInput(k, std::as_bytes(std::span<const float>(x))))
            return {};
    }
    if (!m_simulator->run(control.silent()) || g.tensor(g.outputs[0]).type != ElementType::Float32)
        return {};
    const auto bytes = m_simulator->output(0);
    x.resize(bytes.size() / sizeof(float));
    std::memcpy(x.data(), bytes.data(), x.size() * sizeof(float));
    return x;
}

bool RealLayer::add(const LayerValues &source, std::size_t sample, const InsteadOf &fed, const InsteadOf &read,
                    const Elements &converted, const SplitRange &range, const EffectiveGrid &output,
                    const RunControl &control, SplitSums &sums)
{
    const Elements y(source.value(sample, m_outputIndex), m_output);
    std::vector<float> f0 = evaluate(source, sample, {}, control), f1, f2;
    if (!fed.empty())
        f1 = evaluate(source, sample, fed, control);
    if (!read.empty())
        f2 = evaluate(source, sample, read, control);
    const std::vector<float> &g1 = fed.empty() ? f0 : f1, &g2 = read.empty() ? g1 : f2;
    if (y.size() == 0 || f0.size() != y.size() || g1.size() != y.size() || g2.size() != y.size()
        || converted.size() != y.size())
        return false;
    SplitChain c;
    for (std::size_t i = 0; i < y.size(); ++i) {
        const auto clamped = [&](float v) { return m_range.clamp(static_cast<double>(v)); };
        const SplitRange own = range.times(output.factor(i));
        const double v = clamped(g2[i]), now = own.clamp(v);
        c.v = {clamped(f0[i]), clamped(g1[i]), v, v, v, v, v, v, v, now, now, now};
        c.source = y[i];
        c.converted = converted[i];
        sums.add(c, own, 1e-3); // float kernels are exact to about 2^-24 of the value
    }
    return true;
}

} // namespace requant
