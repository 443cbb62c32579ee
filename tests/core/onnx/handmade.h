// SPDX-License-Identifier: GPL-3.0-or-later
// Small ONNX models, written through ONNX's own protobuf classes.
#pragma once

#include "core/onnx/onnx.h"
#include "core/onnx/proto.h"
#include "core/sim/simulator.h"

#include <catch2/catch.hpp>

#include <cstring>
#include <string>
#include <vector>

namespace handmade {

constexpr int kF32 = 1, kU8 = 2, kI8 = 3, kU16 = 4, kI16 = 5, kI32 = 6, kI64 = 7, kU4 = 21, kI4 = 22;

inline std::size_t bytesOf(int type)
{
    return type == kF32 || type == kI32 ? 4 : type == kI64 ? 8 : type == kI16 || type == kU16 ? 2 : 1;
}

class OnnxModel
{
public:
    explicit OnnxModel(int opset = 13)
    {
        m_model.set_ir_version(8);
        m_model.mutable_graph()->set_name("g");
        m_model.add_opset_import()->set_version(opset);
    }

    onnx::ModelProto &proto() { return m_model; }
    onnx::GraphProto &graph() { return *m_model.mutable_graph(); }
    void domain(const std::string &name)
    {
        auto *o = m_model.add_opset_import();
        o->set_domain(name);
        o->set_version(1);
    }

    void input(const std::string &name, int type, const std::vector<int> &dims)
    {
        declare(*graph().add_input(), name, type, dims);
    }
    void output(const std::string &name, int type, const std::vector<int> &dims)
    {
        declare(*graph().add_output(), name, type, dims);
    }

    template <class T>
    onnx::TensorProto &constant(const std::string &name, int type, const std::vector<int> &dims,
                                const std::vector<T> &values)
    {
        auto &t = *graph().add_initializer();
        t.set_name(name);
        t.set_data_type(type);
        for (const int d : dims)
            t.add_dims(d);
        std::string raw;
        for (const T v : values)
            raw.append(reinterpret_cast<const char *>(&v), sizeof v); // T is as wide as the type, little endian
        t.set_raw_data(raw);
        return t;
    }
    // One value of an integer type.
    void zeroPoint(const std::string &name, int type, const std::vector<std::int64_t> &values)
    {
        auto &t = *graph().add_initializer();
        t.set_name(name);
        t.set_data_type(type);
        if (values.size() > 1)
            t.add_dims(static_cast<std::int64_t>(values.size()));
        for (const std::int64_t v : values)
            type == kI64 ? t.add_int64_data(v) : t.add_int32_data(static_cast<std::int32_t>(v));
    }
    void scale(const std::string &name, const std::vector<float> &values)
    {
        auto &t = *graph().add_initializer();
        t.set_name(name);
        t.set_data_type(kF32);
        if (values.size() > 1)
            t.add_dims(static_cast<std::int64_t>(values.size()));
        for (const float v : values)
            t.add_float_data(v);
    }

    onnx::NodeProto &node(const std::string &op, const std::vector<std::string> &in,
                          const std::vector<std::string> &out)
    {
        auto &n = *graph().add_node();
        n.set_op_type(op);
        n.set_name(op + "_" + out.front());
        for (const auto &i : in)
            n.add_input(i);
        for (const auto &o : out)
            n.add_output(o);
        return n;
    }
    // DequantizeLinear and QuantizeLinear with their parameters `from`_s and `from`_z.
    void dequantize(const std::string &from, const std::string &to, std::int64_t axis = -1)
    {
        auto &n = node("DequantizeLinear", {from, from + "_s", from + "_z"}, {to});
        if (axis >= 0)
            integer(n, "axis", axis);
    }
    void quantize(const std::string &from, const std::string &to)
    {
        node("QuantizeLinear", {from, to + "_s", to + "_z"}, {to});
    }
    void grid(const std::string &of, float s, std::int64_t z, int type)
    {
        scale(of + "_s", {s});
        zeroPoint(of + "_z", type, {z});
    }

    static void integer(onnx::NodeProto &n, const std::string &name, std::int64_t v)
    {
        auto &a = *n.add_attribute();
        a.set_name(name);
        a.set_type(onnx::AttributeProto::INT);
        a.set_i(v);
    }
    static void integers(onnx::NodeProto &n, const std::string &name, const std::vector<std::int64_t> &v)
    {
        auto &a = *n.add_attribute();
        a.set_name(name);
        a.set_type(onnx::AttributeProto::INTS);
        for (const std::int64_t x : v)
            a.add_ints(x);
    }
    static void string(onnx::NodeProto &n, const std::string &name, const std::string &v)
    {
        auto &a = *n.add_attribute();
        a.set_name(name);
        a.set_type(onnx::AttributeProto::STRING);
        a.set_s(v);
    }

    std::string bytes() const { return m_model.SerializeAsString(); }
    requant::Result<requant::LoadedModel> read(const std::filesystem::path &folder = {}) const
    {
        const std::string b = bytes();
        return requant::readOnnx(std::as_bytes(std::span<const char>(b)), folder);
    }
    requant::LoadedModel mustRead(const std::filesystem::path &folder = {}) const
    {
        auto loaded = read(folder);
        if (!loaded)
            FAIL(requant::text(loaded.error()));
        return *loaded;
    }

private:
    static void declare(onnx::ValueInfoProto &v, const std::string &name, int type, const std::vector<int> &dims)
    {
        v.set_name(name);
        auto &t = *v.mutable_type()->mutable_tensor_type();
        t.set_elem_type(type);
        t.mutable_shape();
        for (const int d : dims) {
            auto &dim = *t.mutable_shape()->add_dim();
            if (d >= 0)
                dim.set_dim_value(d);
            else
                dim.set_dim_param("N");
        }
    }
    onnx::ModelProto m_model;
};

template <class T>
std::vector<T> run(const std::shared_ptr<const requant::Model> &model,
                   const std::vector<std::vector<std::byte>> &inputs)
{
    auto sim = requant::Simulator::create(model, requant::SimOptions{requant::Arithmetic::Xnnpack, true});
    if (!sim)
        FAIL(requant::text(sim.error()));
    if (const auto ok = sim->supported(); !ok)
        FAIL(requant::text(ok.error()));
    for (std::size_t k = 0; k < inputs.size(); ++k) {
        if (const auto ok = sim->setInput(k, inputs[k]); !ok)
            FAIL(requant::text(ok.error()));
    }
    REQUIRE(sim->run());
    const auto bytes = sim->output(0);
    std::vector<T> out(bytes.size() / sizeof(T));
    if (!out.empty())
        std::memcpy(out.data(), bytes.data(), bytes.size());
    return out;
}

template <class T>
std::vector<std::byte> asBytes(const std::vector<T> &values)
{
    const auto b = std::as_bytes(std::span<const T>(values));
    return {b.begin(), b.end()};
}

inline std::size_t countOf(const requant::Model &m, requant::Op op)
{
    std::size_t n = 0;
    for (const auto &o : m.subgraphs[0].operators)
        n += o.code == op;
    return n;
}

} // namespace handmade
