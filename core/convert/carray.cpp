// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/convert/carray.h"

#include "core/base/files.h"
#include "core/model/summary.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <map>

namespace requant {

namespace {

constexpr std::size_t kPerLine = 12;

std::string number(double v)
{
    std::array<char, 40> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), static_cast<float>(v)).ptr;
    return {text.data(), end};
}

// A name from a model file in a comment: nothing may end the comment or the line. A backslash would continue the line,
// and
// "??/" is a backslash to old compilers.
std::string inComment(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        const auto u = static_cast<unsigned char>(c);
        out += u < 0x20 || u == 0x7f || c == '*' || c == '\\' || c == '?' ? '_' : c;
    }
    return out;
}

std::string portText(const Tensor &t)
{
    std::string out = std::string(typeName(t.type)) + " " + shapeText(t.shape);
    if (t.quant.scale.size() == 1)
        out += ", real = " + number(static_cast<double>(t.quant.scale[0])) + " * (q - ("
               + std::to_string(t.quant.zeroPointAt(0)) + "))";
    else if (t.quant.isPerChannel())
        out += ", per channel";
    else
        out += ", not quantized";
    return out + "  " + inComment(t.name);
}

bool isIdentifierCharacter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

} // namespace

std::string cIdentifier(std::string_view name)
{
    std::string out;
    for (const char c : name) {
        const char use = isIdentifierCharacter(c) ? c : '_';
        if (use != '_' || (!out.empty() && out.back() != '_')) // no leading and no double underscore: reserved in C++
            out += use;
    }
    while (!out.empty() && out.back() == '_')
        out.pop_back();
    if (out.empty())
        return "model";
    if (std::isdigit(static_cast<unsigned char>(out.front())))
        out.insert(0, "model_");
    return out.ends_with("model") ? out : out + "_model"; // no keyword ends so
}

std::string cArrayHeader(const Model &model, std::size_t bytes, const CArrayNames &names)
{
    std::string guard = names.variable + "_H";
    std::transform(guard.begin(), guard.end(), guard.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    std::string out = "/* " + inComment(names.modelFile) + ", " + std::to_string(bytes)
                      + " bytes, written by Requant.\n * sha256 " + names.sha256 + "\n *\n";
    if (!model.subgraphs.empty()) {
        const Subgraph &g = model.subgraphs.front();
        for (std::size_t k = 0; k < g.inputs.size(); ++k)
            out += " * input " + std::to_string(k) + ": " + portText(g.tensor(g.inputs[k])) + "\n";
        for (std::size_t k = 0; k < g.outputs.size(); ++k)
            out += " * output " + std::to_string(k) + ": " + portText(g.tensor(g.outputs[k])) + "\n";
        std::map<std::string, std::pair<std::size_t, std::int32_t>> kinds; // count, newest version
        for (const Subgraph &each : model.subgraphs)
            for (const Operator &op : each.operators) {
                auto &[count, version] = kinds[operatorTypeText(op)];
                ++count;
                version = std::max(version, op.version);
            }
        out += " * operators to register: " + std::to_string(kinds.size()) + "\n";
        for (const auto &[name, kind] : kinds)
            out += " *   " + inComment(name) + " version " + std::to_string(kind.second) + " ("
                   + std::to_string(kind.first) + ")\n";
    }
    out += " */\n#ifndef " + guard + "\n#define " + guard + "\n\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
           + "#define " + guard.substr(0, guard.size() - 2) + "_LENGTH " + std::to_string(bytes) + "u\n"
           + "extern const unsigned char " + names.variable + "[]; /* aligned to " + std::to_string(kArrayAlignment)
           + " bytes */\n" + "extern const unsigned int " + names.variable
           + "_len;\n\n#ifdef __cplusplus\n}\n#endif\n\n#endif /* " + guard + " */\n";
    return out;
}

Status writeCArraySource(const std::filesystem::path &path, std::span<const std::byte> model, const CArrayNames &names,
                         const RunControl &run)
{
    auto file = AtomicFile::create(path);
    if (!file)
        return file.error();
    const auto append = [&](std::string_view text) {
        return file->append(std::as_bytes(std::span(text.data(), text.size())));
    };
    // C11's alignas is a macro of stdalign.h; in C++ it is a keyword. extern before const: C++ would hide the array
    // otherwise, and the header says it already.
    std::string part = "/* " + inComment(names.modelFile) + " as an array; see " + inComment(names.headerFile)
                       + ". */\n#include \"" + names.headerFile
                       + "\"\n\n#ifndef __cplusplus\n#include <stdalign.h>\n#endif\n\nalignas("
                       + std::to_string(kArrayAlignment) + ") const unsigned char " + names.variable + "["
                       + std::to_string(std::max<std::size_t>(model.size(), 1)) + "] = {\n";
    constexpr std::size_t kPart = std::size_t{1} << 16;
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (std::size_t i = 0; i < model.size(); ++i) {
        const auto b = std::to_integer<unsigned>(model[i]);
        part += i % kPerLine == 0 ? "    0x" : " 0x";
        part += kDigits[b >> 4];
        part += kDigits[b & 15];
        part += i % kPerLine == kPerLine - 1 || i + 1 == model.size() ? ",\n" : ",";
        if (part.size() >= kPart) {
            if (!run.step(i, model.size(), "writing the C array"))
                return cancelledError();
            if (auto s = append(part); !s)
                return s;
            part.clear();
        }
    }
    if (model.empty())
        part += "    0x00,\n";
    part += "};\n\nconst unsigned int " + names.variable + "_len = " + std::to_string(model.size()) + "u;\n";
    if (auto s = append(part); !s)
        return s;
    return file->commit();
}

Result<std::vector<std::byte>> readCArray(std::string_view source)
{
    std::size_t at = 0, line = 1;
    const auto fail = [&](const char *why) { return makeError(kNotCArray, {std::to_string(line), why}); };
    const auto advance = [&](std::size_t n) {
        line += static_cast<std::size_t>(std::count(source.begin() + static_cast<std::ptrdiff_t>(at),
                                                    source.begin() + static_cast<std::ptrdiff_t>(at + n), '\n'));
        at += n;
    };
    const std::size_t open = source.find("= {");
    if (open == std::string_view::npos)
        return fail("there is no array");
    advance(open + 3);
    std::vector<std::byte> out;
    out.reserve((source.size() - at) / 6);
    for (;;) {
        while (at < source.size()
               && (source[at] == ' ' || source[at] == '\n' || source[at] == '\r' || source[at] == '\t')) {
            line += source[at] == '\n';
            ++at;
        }
        if (at >= source.size())
            return fail("the array does not end");
        if (source[at] == '}')
            break;
        unsigned value = 0;
        const char *begin = source.data() + at, *end = source.data() + source.size();
        if (end - begin < 5 || begin[0] != '0' || begin[1] != 'x')
            return fail("not a byte in hexadecimal");
        const auto parsed = std::from_chars(begin + 2, std::min(begin + 4, end), value, 16);
        if (parsed.ptr != begin + 4 || begin[4] != ',')
            return fail("not a byte in hexadecimal");
        out.push_back(static_cast<std::byte>(value));
        at += 5;
    }
    const std::size_t said = source.find("_len = ", at);
    std::size_t length = 0;
    if (said == std::string_view::npos
        || std::from_chars(source.data() + said + 7, source.data() + source.size(), length).ec != std::errc{})
        return fail("the length is missing");
    if (length == 0 && out.size() == 1)
        out.clear(); // C has no empty arrays
    if (length != out.size())
        return fail("the length is not that of the array");
    return out;
}

} // namespace requant
