// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sim/npy.h"

#include "core/base/files.h"
#include "core/sim/samples.h"

#include <array>
#include <charconv>
#include <cstring>

namespace requant {
namespace {

constexpr std::string_view kMagic{"\x93NUMPY", 6};

struct TypeCode
{
    std::string_view code;
    ElementType type;
};
constexpr std::array<TypeCode, 13> kTypes{{{"|u1", ElementType::UInt8}, {"|i1", ElementType::Int8}, {"|b1", ElementType::Bool},
                                           {"<i2", ElementType::Int16}, {"<u2", ElementType::UInt16}, {"<i4", ElementType::Int32},
                                           {"<u4", ElementType::UInt32}, {"<i8", ElementType::Int64}, {"<u8", ElementType::UInt64},
                                           {"<f4", ElementType::Float32}, {"<f8", ElementType::Float64}, {"<f2", ElementType::Float16},
                                           {"<u1", ElementType::UInt8}}};

// The text after 'key': in the header's Python dictionary.
std::string_view valueOf(std::string_view header, std::string_view key)
{
    for (const char quote : {'\'', '"'}) {
        const std::string quoted = quote + std::string(key) + quote;
        const std::size_t at = header.find(quoted);
        if (at == std::string_view::npos)
            continue;
        std::string_view rest = header.substr(at + quoted.size());
        const std::size_t colon = rest.find(':');
        if (colon == std::string_view::npos)
            return {};
        rest.remove_prefix(colon + 1);
        const std::size_t start = rest.find_first_not_of(" \t");
        return start == std::string_view::npos ? std::string_view{} : rest.substr(start);
    }
    return {};
}

} // namespace

Result<NpyArray> loadNpy(const std::filesystem::path &path)
{
    auto fail = [&](const Message &m, std::vector<std::string> args) {
        Error e = makeError(m, std::move(args));
        e.file = path.string();
        return e;
    };
    auto mapped = mapFile(path);
    if (!mapped)
        return mapped.error();
    const std::span<const std::byte> bytes = mapped->bytes;
    const std::string_view text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
    if (bytes.size() < 10 || text.substr(0, 6) != kMagic)
        return fail(kNotNpy, {"the first bytes are not those of the format"});
    const int major = std::to_integer<int>(bytes[6]);
    if (major < 1 || major > 3)
        return fail(kNpyUnsupported, {"format version " + std::to_string(major)});
    const std::size_t lengthBytes = major == 1 ? 2 : 4;
    if (bytes.size() < 8 + lengthBytes)
        return fail(kNotNpy, {"the header is cut off"});
    std::size_t headerSize = 0;
    for (std::size_t i = 0; i < lengthBytes; ++i)
        headerSize |= std::to_integer<std::size_t>(bytes[8 + i]) << (8 * i);
    const std::size_t dataAt = 8 + lengthBytes + headerSize;
    if (dataAt > bytes.size())
        return fail(kNotNpy, {"the header is cut off"});
    const std::string_view header = text.substr(8 + lengthBytes, headerSize);

    NpyArray array;
    const std::string_view descr = valueOf(header, "descr");
    bool known = false;
    if (descr.size() > 4)
        for (const TypeCode &t : kTypes)
            if (descr.substr(1, 3) == t.code && descr[0] == descr[4]) {
                array.type = t.type;
                known = true;
            }
    if (!known)
        return fail(kNpyUnsupported, {"element type " + std::string(descr.substr(0, descr.find(',')))});
    if (!valueOf(header, "fortran_order").starts_with("False"))
        return fail(kNpyUnsupported, {"Fortran order"});
    std::string_view shape = valueOf(header, "shape");
    if (!shape.starts_with('('))
        return fail(kNotNpy, {"the header has no shape"});
    shape = shape.substr(1, shape.find(')') - 1);
    std::size_t count = 1;
    while (!shape.empty()) {
        const std::size_t start = shape.find_first_of("0123456789");
        if (start == std::string_view::npos)
            break;
        shape.remove_prefix(start);
        std::int64_t dim = 0;
        const auto [end, error] = std::from_chars(shape.data(), shape.data() + shape.size(), dim);
        if (error != std::errc{} || dim < 0 || (dim > 0 && count > bytes.size() / static_cast<std::size_t>(dim)))
            return fail(kNpyTruncated, {"more", std::to_string(bytes.size())});
        array.shape.push_back(dim);
        count *= static_cast<std::size_t>(dim);
        shape.remove_prefix(static_cast<std::size_t>(end - shape.data()));
    }
    const std::size_t need = byteSize(array.type, count);
    if (bytes.size() - dataAt < need)
        return fail(kNpyTruncated, {std::to_string(need), std::to_string(bytes.size() - dataAt)});
    array.data = bytes.subspan(dataAt, need);
    array.owner = mapped->owner;
    return array;
}

Status saveNpy(const std::filesystem::path &path, ElementType type, const std::vector<std::int64_t> &shape, std::span<const std::byte> data)
{
    std::string code;
    for (const TypeCode &t : kTypes)
        if (t.type == type && code.empty())
            code = t.code;
    if (code.empty()) {
        Error e = makeError(kNpyUnsupported, {"element type " + std::string(typeName(type))});
        e.file = path.string();
        return e;
    }
    std::string dims;
    for (const std::int64_t d : shape)
        dims += std::to_string(d) + ", ";
    if (shape.size() > 1)
        dims.resize(dims.size() - 2);
    else if (shape.size() == 1)
        dims.resize(dims.size() - 1);
    std::string header = "{'descr': '" + code + "', 'fortran_order': False, 'shape': (" + dims + "), }";
    while ((10 + header.size() + 1) % 64 != 0)
        header += ' ';
    header += '\n';
    std::string file(kMagic);
    file += '\x01';
    file += '\x00';
    file += static_cast<char>(header.size() & 0xFF);
    file += static_cast<char>(header.size() >> 8);
    file += header;
    file.append(reinterpret_cast<const char *>(data.data()), data.size());
    return writeFileAtomically(path, std::string_view(file));
}

} // namespace requant
