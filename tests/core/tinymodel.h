// SPDX-License-Identifier: GPL-3.0-or-later
// Builds small quantized models by hand for tests.
#pragma once

#include "core/model/model.h"

#include <cstring>

namespace requant::test {

class TinyModel
{
public:
    TinyModel()
    {
        m_model.buffers.emplace_back();
        m_model.subgraphs.emplace_back();
        graph().name = "main";
    }

    Model &model() { return m_model; }
    Subgraph &graph() { return m_model.subgraphs.front(); }

    TensorIndex activation(std::string name, Shape shape, ElementType type, float scale, std::int64_t zeroPoint)
    {
        Tensor t;
        t.name = std::move(name);
        t.shape = std::move(shape);
        t.type = type;
        t.quant = QuantParams::perTensor(scale, zeroPoint);
        graph().tensors.push_back(std::move(t));
        return TensorIndex(graph().tensors.size() - 1);
    }

    TensorIndex plain(std::string name, Shape shape, ElementType type)
    {
        Tensor t;
        t.name = std::move(name);
        t.shape = std::move(shape);
        t.type = type;
        graph().tensors.push_back(std::move(t));
        return TensorIndex(graph().tensors.size() - 1);
    }

    template <class T>
    TensorIndex constant(std::string name, Shape shape, ElementType type, QuantParams quant, const std::vector<T> &values)
    {
        const TensorIndex t = plain(std::move(name), std::move(shape), type);
        graph().tensor(t).quant = std::move(quant);
        Buffer b = Buffer::fromValues(std::span<const T>(values));
        b.present = true;
        graph().tensor(t).buffer = m_model.addBuffer(std::move(b));
        return t;
    }

    OperatorIndex add(Op code, std::vector<TensorIndex> inputs, std::vector<TensorIndex> outputs, TablePtr options = nullptr)
    {
        Operator op;
        op.code = code;
        op.inputs = std::move(inputs);
        op.outputs = std::move(outputs);
        op.options = std::move(options);
        graph().operators.push_back(std::move(op));
        return OperatorIndex(graph().operators.size() - 1);
    }

    // A 1x1 convolution with per-tensor weights; bias scale input x weight.
    template <class W>
    OperatorIndex conv(TensorIndex in, TensorIndex out, ElementType type, QuantParams quant, const std::vector<W> &weights,
                       const std::vector<std::int32_t> &bias, int fused = 0)
    {
        const std::int32_t inputs = graph().tensor(in).shape.back();
        const std::int32_t outputs = graph().tensor(out).shape.back();
        const std::string name = graph().tensor(out).name;
        QuantParams biasQuant;
        for (float s : quant.scale)
            biasQuant.scale.push_back(s * graph().tensor(in).quant.scale[0]);
        biasQuant.zeroPoint.assign(biasQuant.scale.size(), 0);
        const TensorIndex w = constant(name + "/weights", {outputs, 1, 1, inputs}, type, std::move(quant), weights);
        const TensorIndex b = constant(name + "/bias", {outputs}, ElementType::Int32, std::move(biasQuant), bias);
        return add(Op::Conv2D, {in, w, b}, {out}, options("Conv2DOptions", fused));
    }

    static TablePtr options(std::string type, int fused = 0)
    {
        auto t = std::make_shared<Table>();
        t->type = std::move(type);
        t->set("fused_activation_function", FieldValue{std::int64_t{fused}});
        t->set("stride_w", FieldValue{std::int64_t{1}});
        t->set("stride_h", FieldValue{std::int64_t{1}});
        t->set("dilation_w_factor", FieldValue{std::int64_t{1}});
        t->set("dilation_h_factor", FieldValue{std::int64_t{1}});
        return t;
    }

    void io(std::vector<TensorIndex> inputs, std::vector<TensorIndex> outputs)
    {
        graph().inputs = std::move(inputs);
        graph().outputs = std::move(outputs);
    }

private:
    Model m_model;
};

template <class T>
std::vector<T> values(const Model &m, const Tensor &t)
{
    const auto bytes = m.data(t);
    std::vector<T> out(bytes.size() / sizeof(T));
    if (!out.empty())
        std::memcpy(out.data(), bytes.data(), out.size() * sizeof(T));
    return out;
}

} // namespace requant::test
