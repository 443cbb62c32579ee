// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/aimet/encodings.h"

#include "core/base/files.h"
#include "core/scheme/jsontree.h"

#include <cmath>

namespace requant {

namespace {

constexpr std::size_t kMostBytes = std::size_t{256} << 20;

struct Bad
{
    Error error;
};

[[noreturn]] void bad(const std::string &name, const std::string &why)
{
    throw Bad{makeError(kBadEncoding, {name, why})};
}

bool isNumber(const JsonValue &v)
{
    return v.kind == JsonValue::Kind::Integer || v.kind == JsonValue::Kind::Real;
}

double number(const JsonValue &v, const std::string &name, const char *what)
{
    if (!isNumber(v))
        bad(name, std::string(what) + " is " + std::string(kindName(v.kind)));
    return v.kind == JsonValue::Kind::Integer ? static_cast<double>(v.integer) : v.real;
}

// A number, or an array of numbers.
std::vector<double> numbers(const JsonValue &v, const std::string &name, const char *what)
{
    std::vector<double> out;
    if (v.kind != JsonValue::Kind::Array)
        return {number(v, name, what)};
    for (const JsonValue &i : v.items)
        out.push_back(number(i, name, what));
    return out;
}

// "True" of 0.6.1 and true of 1.0.0.
bool truth(const JsonValue &v)
{
    return v.kind == JsonValue::Kind::Bool
               ? v.flag
               : v.kind == JsonValue::Kind::String && (v.string == "True" || v.string == "true");
}

std::string lower(std::string s)
{
    for (char &c : s)
        c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    return s;
}

class Reader
{
public:
    Encodings run(const JsonValue &root)
    {
        if (root.kind != JsonValue::Kind::Object)
            throw Bad{
                makeError(kBadEncodings, {"the file is " + std::string(kindName(root.kind)) + ", not an object"})};
        const auto *version = root.find("version");
        m_out.version = !version                                         ? "0.4"
                        : version->value.kind == JsonValue::Kind::String ? version->value.string
                                                                         : std::string("?");
        const bool old = m_out.version.rfind("0.", 0) == 0, one = m_out.version.rfind("1.", 0) == 0,
                   two = m_out.version.rfind("2.", 0) == 0;
        if (!old && !one && !two)
            throw Bad{makeError(kBadEncodings, {"version " + m_out.version + " is not known (0.4 to 2.1.0 are)"})};
        bool any = false;
        const std::pair<const char *, std::map<std::string, Encoding> *> parts[]{
            {"activation_encodings", &m_out.activations},
            {"param_encodings", &m_out.parameters},
            {"encodings", &m_out.activations}};
        for (const auto &[key, into] : parts) {
            if (const auto *part = root.find(key)) {
                any = true;
                section(part->value, *into, key);
            }
        }
        if (!any)
            throw Bad{makeError(kBadEncodings, {"there are neither activation_encodings nor param_encodings"})};
        return std::move(m_out);
    }

private:
    void section(const JsonValue &v, std::map<std::string, Encoding> &into, const std::string &key)
    {
        if (v.kind == JsonValue::Kind::Object) { // by name; each a list, whose length is that of the channels
            for (const auto &m : v.members) {
                // AIMET for PyTorch writes inputs and outputs by number one level deeper; names are asked for here.
                if (m.value.kind == JsonValue::Kind::Array)
                    put(into, m.key, list(m.value, m.key));
                else if (m.value.kind == JsonValue::Kind::Object && m.value.find("scale"))
                    put(into, m.key, one(m.value, m.key));
                else
                    skip(m.key, "it is not a list");
            }
        } else if (v.kind == JsonValue::Kind::Array) {
            for (const JsonValue &e : v.items) {
                const auto *name = e.kind == JsonValue::Kind::Object ? e.find("name") : nullptr;
                if (!name || name->value.kind != JsonValue::Kind::String)
                    throw Bad{makeError(kBadEncodings, {"an entry of " + key + " has no name"})};
                put(into, name->value.string,
                    e.find("y_scale") || e.find("output_dtype") ? asOnnx(e, name->value.string)
                                                                : one(e, name->value.string));
            }
        } else {
            throw Bad{makeError(kBadEncodings, {key + " is " + std::string(kindName(v.kind))})};
        }
    }

    void put(std::map<std::string, Encoding> &into, const std::string &name, std::optional<Encoding> e)
    {
        if (e && !into.emplace(name, std::move(*e)).second)
            bad(name, "it is there twice");
    }

    void skip(const std::string &name, const std::string &why)
    {
        m_out.notes.push_back(makeWarning(kSkippedEncoding, {name, why}));
    }

    // 0.x: a list of entries, one per channel.
    std::optional<Encoding> list(const JsonValue &v, const std::string &name)
    {
        std::optional<Encoding> all;
        for (const JsonValue &item : v.items) {
            if (item.kind != JsonValue::Kind::Object)
                bad(name, "an entry is " + std::string(kindName(item.kind)));
            const auto e = one(item, name);
            if (!e)
                return std::nullopt;
            if (!all) {
                all = e;
                continue;
            }
            if (e->bits != all->bits || e->isFloat != all->isFloat)
                bad(name, "its channels have different types");
            all->scale.insert(all->scale.end(), e->scale.begin(), e->scale.end());
            all->zeroPoint.insert(all->zeroPoint.end(), e->zeroPoint.begin(), e->zeroPoint.end());
            all->isSymmetric &= e->isSymmetric;
        }
        if (!all)
            bad(name, "it is empty");
        return all;
    }

    void checkScales(const Encoding &e, const std::string &name) const
    {
        if (e.scale.empty())
            bad(name, "it has no scale");
        for (const double s : e.scale) {
            if (!(s > 0) || !std::isfinite(s) || !(static_cast<float>(s) > 0))
                bad(name, "a scale is not a positive number");
        }
        const std::int64_t most = (std::int64_t{1} << e.bits) - 1;
        for (const std::int64_t z : e.zeroPoint) {
            if (z < 0 || z > most)
                bad(name, "zero point " + std::to_string(z) + " is outside of 0 to " + std::to_string(most));
        }
    }

    // 0.x and 1.0.0: an entry.
    std::optional<Encoding> one(const JsonValue &v, const std::string &name)
    {
        Encoding e;
        const auto *type = v.find("dtype");
        e.isFloat = type && type->value.kind == JsonValue::Kind::String && lower(type->value.string) == "float";
        const auto *bits = v.find("bitwidth") ? v.find("bitwidth") : v.find("bw");
        if (bits) {
            const double b = number(bits->value, name, "bitwidth");
            if (!(b >= 2 && b <= 32) || b != std::floor(b))
                bad(name, "bitwidth is not a whole number from 2 to 32");
            e.bits = static_cast<int>(b);
        }
        if (e.isFloat)
            return e;
        if (const auto *kind = v.find("enc_type"); kind && kind->value.kind == JsonValue::Kind::String) {
            const std::string k = lower(kind->value.string);
            if (k != "per_tensor" && k != "per_channel") {
                skip(name, "scales of blocks (" + kind->value.string + ") are not supported");
                return std::nullopt;
            }
        }
        if (e.bits > 16) {
            skip(name, std::to_string(e.bits) + " bits are not supported");
            return std::nullopt;
        }
        const auto *symmetric = v.find("is_symmetric") ? v.find("is_symmetric") : v.find("is_sym");
        e.isSymmetric = symmetric && truth(symmetric->value);
        const auto *scale = v.find("scale"), *offset = v.find("offset"), *min = v.find("min");
        if (!scale)
            bad(name, "it has no scale");
        e.scale = numbers(scale->value, name, "scale");
        const std::vector<double> offsets = offset ? numbers(offset->value, name, "offset") : std::vector<double>();
        const std::vector<double> minima = min ? numbers(min->value, name, "min") : std::vector<double>();
        const std::int64_t half = std::int64_t{1} << (e.bits - 1);
        for (std::size_t c = 0; c < e.scale.size(); ++c) {
            if (!(e.scale[c] > 0) || !std::isfinite(e.scale[c]))
                bad(name, "a scale is not a positive number");
            double zero = static_cast<double>(half); // symmetric without an offset
            if (!offsets.empty())
                zero = -(offsets.size() == 1 ? offsets[0] : c < offsets.size() ? offsets[c] : NAN);
            if (!minima.empty() && (minima.size() == 1 || c < minima.size())) {
                const double steps = minima[minima.size() == 1 ? 0 : c] / e.scale[c], fromMin = -std::nearbyint(steps);
                if (offsets.empty()) {
                    zero = fromMin;
                } else if (std::abs(fromMin - zero) > 1 && std::isfinite(fromMin)) {
                    if (!m_saidSign)
                        m_out.notes.push_back(
                            makeWarning(kOffsetSign, {name, std::to_string(static_cast<std::int64_t>(-zero)),
                                                      std::to_string(static_cast<std::int64_t>(steps))}));
                    m_saidSign = true;
                    zero = fromMin;
                }
            }
            if (!std::isfinite(zero) || std::abs(zero) > 0x1p32)
                bad(name, "an offset is not a number, or there are not as many offsets as scales");
            e.zeroPoint.push_back(static_cast<std::int64_t>(std::nearbyint(zero)));
        }
        checkScales(e, name);
        return e;
    }

    // 2.x: an entry.
    std::optional<Encoding> asOnnx(const JsonValue &v, const std::string &name)
    {
        Encoding e;
        const auto *type = v.find("output_dtype"), *scale = v.find("y_scale"), *zero = v.find("y_zero_point");
        const std::string t = type && type->value.kind == JsonValue::Kind::String ? lower(type->value.string) : "int8";
        if (t.rfind("float", 0) == 0) {
            e.isFloat = true;
            return e;
        }
        const bool isUnsigned = t.rfind("uint", 0) == 0;
        const std::string width = t.substr(isUnsigned ? 4 : t.rfind("int", 0) == 0 ? 3 : 0);
        if (width != "2" && width != "4" && width != "8" && width != "16" && width != "32")
            bad(name, "output_dtype " + t + " is not known");
        e.bits = std::stoi(width);
        if (e.bits > 16) {
            skip(name, t + " is not supported");
            return std::nullopt;
        }
        if (const auto *block = v.find("block_size");
            block && isNumber(block->value) && number(block->value, name, "block_size") > 0) {
            skip(name, "scales of blocks are not supported");
            return std::nullopt;
        }
        if (!scale)
            bad(name, "it has no y_scale");
        if (scale->value.kind == JsonValue::Kind::Object) { // 2.1.0: a quantized scale
            const auto *x = scale->value.find("x"), *xs = scale->value.find("x_scale"),
                       *xz = scale->value.find("x_zero_point");
            if (!x || !xs)
                bad(name, "its y_scale has no x or no x_scale");
            const auto a = numbers(x->value, name, "y_scale.x"), s = numbers(xs->value, name, "y_scale.x_scale");
            const auto z = xz ? numbers(xz->value, name, "y_scale.x_zero_point") : std::vector<double>{0};
            for (std::size_t c = 0; c < a.size(); ++c) {
                if ((s.size() != 1 && c >= s.size()) || (z.size() != 1 && c >= z.size()))
                    bad(name, "the parts of its y_scale are not of one length");
                e.scale.push_back((a[c] - z[z.size() == 1 ? 0 : c]) * s[s.size() == 1 ? 0 : c]);
            }
        } else {
            for (const JsonValue &i : scale->value.items) {
                if (i.kind == JsonValue::Kind::Array) {
                    skip(name, "scales of blocks are not supported");
                    return std::nullopt;
                }
            }
            e.scale = numbers(scale->value, name, "y_scale");
        }
        const std::vector<double> zeros = zero ? numbers(zero->value, name, "y_zero_point") : std::vector<double>{0};
        const std::int64_t half = isUnsigned ? 0 : std::int64_t{1} << (e.bits - 1);
        e.isSymmetric = true;
        for (std::size_t c = 0; c < e.scale.size(); ++c) {
            if (zeros.size() != 1 && c >= zeros.size())
                bad(name, "there are not as many zero points as scales");
            const double z = zeros[zeros.size() == 1 ? 0 : c];
            if (z != std::floor(z) || std::abs(z) > 0x1p32) {
                skip(name, "its zero point is no integer");
                return std::nullopt;
            }
            e.zeroPoint.push_back(static_cast<std::int64_t>(z) + half);
            e.isSymmetric &= e.zeroPoint.back() == std::int64_t{1} << (e.bits - 1);
        }
        checkScales(e, name);
        return e;
    }

    Encodings m_out;
    bool m_saidSign = false;
};

} // namespace

const Encoding *Encodings::activation(const std::string &name) const
{
    if (const auto found = activations.find(name); found != activations.end())
        return &found->second;
    const auto found = parameters.find(name);
    return found == parameters.end() ? nullptr : &found->second;
}

const Encoding *Encodings::parameter(const std::string &name) const
{
    if (const auto found = parameters.find(name); found != parameters.end())
        return &found->second;
    const auto found = activations.find(name);
    return found == activations.end() ? nullptr : &found->second;
}

Result<Encodings> readEncodings(std::string_view json)
{
    if (json.size() > kMostBytes)
        return makeError(kBadEncodings, {"it is larger than 256 MB"});
    const auto root = parseJson(json);
    if (!root)
        return root.error();
    try {
        return Reader().run(*root);
    } catch (const Bad &b) {
        return b.error;
    }
}

Result<Encodings> loadEncodings(const std::filesystem::path &file)
{
    const auto mapped = mapFile(file);
    if (!mapped)
        return mapped.error();
    auto read = readEncodings({reinterpret_cast<const char *>(mapped->bytes.data()), mapped->bytes.size()});
    if (!read) {
        read.error().file = file.string();
        return read;
    }
    for (Diagnostic &d : read->notes)
        d.file = file.string();
    return read;
}

} // namespace requant
