// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/splitother.h"

#include "core/metrics/values.h"
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

std::vector<double> RealLayer::evaluate(const LayerValues &values, std::size_t sample,
                                        const std::map<TensorIndex, std::vector<double>> *instead,
                                        const RunControl &control)
{
    const Subgraph &g = m_simulator->model().subgraphs.front();
    std::vector<double> x;
    for (std::size_t k = 0; k < m_inputs.size(); ++k) {
        const auto bytes = values.value(sample, m_inputs[k]);
        if (g.tensor(g.inputs[k]).type != ElementType::Float32 || m_tensors[k].type == ElementType::Float32) {
            if (!m_simulator->setInput(k, bytes))
                return {};
            continue;
        }
        const auto other =
            instead ? instead->find(m_inputs[k]) : std::map<TensorIndex, std::vector<double>>::const_iterator{};
        if (instead && other != instead->end())
            x = other->second;
        else
            ValueReader(m_tensors[k]).read(bytes, x);
        std::vector<std::byte> floats(x.size() * sizeof(float));
        for (std::size_t i = 0; i < x.size(); ++i) {
            const auto v = static_cast<float>(x[i]);
            std::memcpy(floats.data() + i * sizeof v, &v, sizeof v);
        }
        if (!m_simulator->setInput(k, floats))
            return {};
    }
    if (!m_simulator->run(control.silent()) || g.tensor(g.outputs[0]).type != ElementType::Float32)
        return {};
    ValueReader(g.tensor(g.outputs[0])).read(m_simulator->output(0), x);
    for (double &v : x)
        v = m_range.clamp(v);
    return x;
}

bool RealLayer::add(const LayerValues &source, std::size_t sample, const FedReals &reals,
                    std::span<const double> converted, const SplitRange &range, const RunControl &control,
                    SplitSums &sums)
{
    std::vector<double> y;
    ValueReader(m_output).read(source.value(sample, m_outputIndex), y);
    const auto differs = [](const auto &a, const auto &b) { return a != b; };
    const std::vector<double> v0 = evaluate(source, sample, nullptr, control);
    const std::vector<double> v1 = evaluate(source, sample, &reals.fed, control);
    const std::vector<double> v2 = differs(reals.fed, reals.read) ? evaluate(source, sample, &reals.read, control) : v1;
    if (y.empty() || v0.size() != y.size() || v1.size() != y.size() || v2.size() != y.size()
        || converted.size() != y.size())
        return false;
    SplitChain c;
    for (std::size_t i = 0; i < y.size(); ++i) {
        const double v = v2[i], now = range.clamp(v);
        c.v = {v0[i], v1[i], v, v, v, v, v, now, now};
        c.source = y[i];
        c.converted = converted[i];
        sums.add(c, range, 1e-3); // float kernels are exact to about 2^-24 of the value
    }
    return true;
}

} // namespace requant
