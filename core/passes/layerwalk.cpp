// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/passes/layerwalk.h"

#include "core/sim/simulator.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <thread>

namespace requant {

Model isolatedOperator(const Model &model, OperatorIndex o)
{
    const Subgraph &from = model.subgraphs.front();
    Model out;
    out.version = model.version;
    out.buffers.emplace_back();
    Subgraph &g = out.subgraphs.emplace_back();
    Operator op = from.op(o);
    op.codeSlot = -1;
    std::map<TensorIndex, TensorIndex> known;
    const auto place = [&](TensorIndex &t, bool input) {
        if (!t)
            return;
        if (const auto it = known.find(t); it != known.end()) {
            t = it->second;
            return;
        }
        Tensor copy = from.tensor(t);
        const bool constant = model.isConstant(copy);
        if (constant)
            copy.buffer = out.addBuffer(model.buffers[copy.buffer.pos()]);
        else
            copy.buffer = BufferIndex{0};
        g.tensors.push_back(std::move(copy));
        const TensorIndex made(g.tensors.size() - 1);
        known[t] = made;
        if (input && !constant)
            g.inputs.push_back(made);
        if (!input)
            g.outputs.push_back(made);
        t = made;
    };
    for (TensorIndex &t : op.inputs)
        place(t, true);
    for (TensorIndex &t : op.outputs)
        place(t, false);
    g.operators.push_back(std::move(op));
    return out;
}

std::span<const std::byte> LayerValues::value(std::size_t sample, TensorIndex t) const
{
    const auto it = m_values[sample].find(t);
    return it == m_values[sample].end() ? std::span<const std::byte>{} : std::span<const std::byte>(it->second);
}

Status LayerValues::run(const Model &model, OperatorIndex o, const RunControl &control)
{
    const auto alone = std::make_shared<const Model>(isolatedOperator(model, o));
    const Operator &op = model.subgraphs.front().op(o);
    std::vector<TensorIndex> inputs;
    for (TensorIndex t : op.inputs) {
        if (t && !model.isConstant(model.subgraphs.front().tensor(t)) && std::find(inputs.begin(), inputs.end(), t) == inputs.end())
            inputs.push_back(t);
    }
    const std::size_t threads = std::min<std::size_t>(std::max(1u, std::thread::hardware_concurrency()), std::max<std::size_t>(1, m_values.size()));
    std::mutex mutex;
    std::optional<Error> failure;
    const auto work = [&](std::size_t first) {
        const auto step = [&]() -> Status {
            SimOptions options;
            options.arithmetic = m_numerics.arithmetic;
            options.accumulator = m_numerics.accumulator;
            options.keepAllTensors = false;
            Result<Simulator> sim = Simulator::create(alone, options);
            if (!sim)
                return sim.error();
            if (const Status s = sim->supported(); !s)
                return s;
            for (std::size_t i = first; i < m_values.size(); i += threads) {
                if (control.isCancelled())
                    return cancelledError();
                for (std::size_t k = 0; k < inputs.size(); ++k) {
                    if (const Status s = sim->setInput(k, value(i, inputs[k])); !s)
                        return s;
                }
                if (const Status s = sim->run(control.silent()); !s)
                    return s;
                for (std::size_t k = 0; k < op.outputs.size(); ++k) {
                    const auto bytes = sim->output(k);
                    m_values[i][op.outputs[k]].assign(bytes.begin(), bytes.end());
                }
            }
            return success();
        };
        if (const Status s = step(); !s) {
            const std::lock_guard lock(mutex);
            failure = s.error();
        }
    };
    std::vector<std::thread> pool;
    for (std::size_t t = 1; t < threads; ++t)
        pool.emplace_back(work, t);
    work(0);
    for (std::thread &t : pool)
        t.join();
    if (failure)
        return *failure;
    return success();
}

void LayerValues::release(const Model &model, OperatorIndex o)
{
    const Subgraph &g = model.subgraphs.front();
    std::vector<bool> needed(g.tensors.size(), false);
    for (std::size_t i = o.pos() + 1; i < g.operators.size(); ++i) {
        for (TensorIndex t : g.operators[i].inputs) {
            if (t)
                needed[t.pos()] = true;
        }
    }
    for (auto &values : m_values)
        std::erase_if(values, [&](const auto &entry) { return entry.first.pos() >= needed.size() || !needed[entry.first.pos()]; });
}

std::size_t LayerValues::bytes() const
{
    std::size_t sum = 0;
    for (const auto &values : m_values) {
        for (const auto &[t, v] : values)
            sum += v.size();
    }
    return sum;
}

std::size_t largestCut(const Model &model)
{
    const Subgraph &g = model.subgraphs.front();
    const GraphIndex index(g);
    std::size_t now = 0, most = 0;
    const auto size = [&](TensorIndex t) {
        const Tensor &tensor = g.tensor(t);
        return byteSize(tensor.type, static_cast<std::size_t>(std::max<std::int64_t>(0, elementCount(tensor.shape))));
    };
    for (TensorIndex t : g.inputs)
        now += size(t);
    for (std::size_t o = 0; o < g.operators.size(); ++o) {
        for (TensorIndex t : g.operators[o].outputs)
            now += t ? size(t) : 0;
        most = std::max(most, now);
        std::vector<TensorIndex> seen;
        for (TensorIndex t : g.operators[o].inputs) {
            if (!t || model.isConstant(g.tensor(t)) || std::find(seen.begin(), seen.end(), t) != seen.end())
                continue;
            seen.push_back(t);
            const auto users = index.consumers(t);
            if (!users.empty() && users.back() == OperatorIndex(o))
                now -= std::min(now, size(t));
        }
    }
    return most;
}

} // namespace requant
