// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/graphfixtures.h"

#include <string>
#include <vector>

namespace requant::test {

std::shared_ptr<const Model> residualModel(int blocks)
{
    auto model = std::make_shared<Model>();
    model->buffers.emplace_back();
    model->subgraphs.emplace_back();
    auto &g = model->subgraphs.front();
    const auto tensor = [&](const std::string &name) {
        Tensor t;
        t.name = name;
        t.shape = {1, 8, 8, 16};
        t.type = ElementType::UInt8;
        t.quant = QuantParams::perTensor(0.1f, 128);
        g.tensors.push_back(t);
        return TensorIndex(g.tensors.size() - 1);
    };
    const auto constant = [&](const std::string &name) {
        const auto index = tensor(name);
        g.tensor(index).buffer = model->addBuffer(Buffer::fromBytes(std::vector<std::byte>(16)));
        return index;
    };
    auto last = tensor("input");
    g.inputs = {last};
    for (int b = 0; b < blocks; ++b) {
        const auto start = last;
        const std::string name = "block_" + std::to_string(b);
        for (const char *part : {"/expand", "/project"}) {
            Operator conv;
            conv.code = Op::Conv2D;
            conv.inputs = {last, constant(name + part + "/weights")};
            last = tensor(name + part);
            conv.outputs = {last};
            g.operators.push_back(conv);
        }
        Operator add;
        add.code = Op::Add;
        add.inputs = {start, last};
        last = tensor(name + "/add");
        add.outputs = {last};
        g.operators.push_back(add);
    }
    g.outputs = {last};
    return model;
}

std::shared_ptr<const Conversion> conversionTo(const std::shared_ptr<const Model> &source)
{
    auto target = std::make_shared<Model>(*source);
    for (auto &t : target->subgraphs.front().tensors) {
        t.type = ElementType::Int8;
        t.quant = QuantParams::perTensor(0.125f, 0);
    }
    auto conversion = std::make_shared<Conversion>();
    conversion->source = source;
    conversion->model = target;
    Boundary between; // operator 0 -> operator 1, its first input
    between.tensor = source->subgraphs[0].operators[0].outputs[0];
    between.consumer = OperatorIndex(1);
    between.input = 0;
    between.reason = "requantize operator inserted because <of> a test";
    Boundary atOutput;
    atOutput.tensor = source->subgraphs[0].outputs[0];
    atOutput.input = 0;
    conversion->resolution.boundaries = {between, atOutput};
    return conversion;
}

} // namespace requant::test
