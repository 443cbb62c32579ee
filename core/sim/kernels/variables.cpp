// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/kernels/variables.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

namespace requant {
namespace {

using Handle = std::pair<std::string, std::string>; // container, shared name

Handle handleOf(const Operator &op)
{
    return op.options ? Handle(op.options->string("container"), op.options->string("shared_name")) : Handle();
}

// The distinct handles of all subgraphs; the position is the id.
std::vector<Handle> handles(const Model &model)
{
    std::vector<Handle> list;
    for (const Subgraph &g : model.subgraphs)
        for (const Operator &op : g.operators)
            if (op.code == Op::VarHandle)
                if (Handle h = handleOf(op); std::find(list.begin(), list.end(), h) == list.end())
                    list.push_back(std::move(h));
    return list;
}

bool isHandle(const Tensor &t)
{
    return (t.type == ElementType::Resource || t.type == ElementType::Int32) && elementCount(t.shape) == 1;
}

// The variable that the first input names, or null after fail().
std::vector<std::byte> *variable(const KernelRun &r, std::size_t count)
{
    std::int32_t id;
    std::memcpy(&id, r.in[0], sizeof id);
    if (id < 0 || static_cast<std::size_t>(id) >= count) {
        r.fail("no variable has this handle");
        return nullptr;
    }
    auto &values = r.state.resources.values;
    if (values.size() < count)
        values.resize(count);
    return &values[static_cast<std::size_t>(id)];
}

} // namespace

Result<Kernel> makeVarHandle(const KernelSetup &s)
{
    if (!isHandle(s.output()))
        return s.unsupported("the output is no handle");
    const auto list = handles(s.model());
    const auto id = static_cast<std::int32_t>(std::find(list.begin(), list.end(), handleOf(s.op())) - list.begin());
    return Kernel([id](const KernelRun &r) { std::memcpy(r.out[0], &id, sizeof id); });
}

Result<Kernel> makeReadVariable(const KernelSetup &s)
{
    const Tensor &out = s.output();
    if (!isHandle(s.input(0)))
        return s.unsupported("the input is no handle");
    if (bitWidth(out.type) == 0)
        return s.unsupported("variables of type " + std::string(typeName(out.type)));
    const std::size_t bytes = byteSize(out.type, static_cast<std::size_t>(elementCount(out.shape)));
    // A zero point is a byte of 8-bit types; wider ones are symmetric.
    const auto zero = bitWidth(out.type) == 8 ? static_cast<unsigned char>(out.quant.zeroPointAt(0)) : static_cast<unsigned char>(0);
    return Kernel([bytes, zero, count = handles(s.model()).size()](const KernelRun &r) {
        const auto *value = variable(r, count);
        if (!value || bytes == 0)
            return;
        if (value->empty())
            std::memset(r.out[0], zero, bytes);
        else if (value->size() != bytes)
            r.fail("the variable has another size");
        else
            std::memcpy(r.out[0], value->data(), bytes);
    });
}

Result<Kernel> makeAssignVariable(const KernelSetup &s)
{
    const Tensor &value = s.input(1);
    if (!isHandle(s.input(0)))
        return s.unsupported("the input is no handle");
    if (bitWidth(value.type) == 0)
        return s.unsupported("variables of type " + std::string(typeName(value.type)));
    const std::size_t bytes = byteSize(value.type, static_cast<std::size_t>(elementCount(value.shape)));
    return Kernel([bytes, count = handles(s.model()).size()](const KernelRun &r) {
        if (auto *v = variable(r, count); v && bytes > 0)
            v->assign(r.in[1], r.in[1] + bytes);
    });
}

} // namespace requant
