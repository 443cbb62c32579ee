// SPDX-License-Identifier: GPL-3.0-or-later
// Reading and writing against each other, and both against flatc as a judge that shares no code with them.
#include "core/tflite/schema.h"
#include "core/tflite/tflite.h"
#include "core/tflite/writelimits.h"

#include "handmade.h"

#include "core/base/files.h"
#include "tests/core/temporaryfolder.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include <unistd.h>

using namespace requant;
using requant::test::TemporaryFolder;
using namespace requant::tfliteformat;
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

const fs::path kSchemaFile = fs::path(REQUANT_SOURCE_DIR) / "core/tflite/tflite_schema.fbs";

std::vector<fs::path> acceptanceModels()
{
    std::vector<fs::path> out;
    const fs::path folder = REQUANT_ACCEPTANCE_DIR;
    for (const char *sub : {"models", "aimet"}) {
        std::error_code none;
        for (const auto &e : fs::directory_iterator(folder / sub, none)) {
            if (!folder.empty() && e.path().extension() == ".tflite")
                out.push_back(e.path());
        }
    }
    std::sort(out.begin(), out.end());
    if (out.empty())
        std::cout << "skipped: no acceptance models\n";
    return out;
}

bool haveFlatc()
{
#ifdef REQUANT_FLATC
    return true;
#else
    std::cout << "skipped: flatc is not installed\n";
    return false;
#endif
}

void runFlatc([[maybe_unused]] const std::string &arguments)
{
#ifdef REQUANT_FLATC
    const std::string command = std::string(REQUANT_FLATC) + " " + arguments;
    INFO(command);
    REQUIRE(std::system(command.c_str()) == 0);
#endif
}

// What flatc reads from a binary, with all defaults.
std::string dumpText(const fs::path &binary, const fs::path &folder)
{
    runFlatc("--json --raw-binary --strict-json --defaults-json --natural-utf8 -o " + folder.string() + " " + kSchemaFile.string()
             + " -- " + binary.string());
    const auto text = readTextFile(folder / (binary.stem().string() + ".json"));
    REQUIRE(text);
    return *text;
}

json dump(const fs::path &binary, const fs::path &folder)
{
    return json::parse(dumpText(binary, folder));
}

// Where bytes lie behind the flatbuffer is the writer's affair.
json withoutPlaces(const std::string &text)
{
    json model = json::parse(text);
    for (json &b : model["buffers"])
        b.erase("offset");
    for (json &g : model["subgraphs"]) {
        for (json &op : g["operators"])
            op.erase("large_custom_options_offset");
    }
    return model;
}

std::string join(const std::vector<std::string> &lines)
{
    std::string out;
    for (const std::string &s : lines)
        out += s + "\n";
    return out;
}

// A value as flatc prints it: enums by name, bools as words, floats as numbers.
bool agrees(const json &j, const FieldValue &v, const SchemaField &f);

bool agreesTable(const json &j, const Table &t)
{
    const SchemaTable &schema = *Schema::instance().table(t.type);
    for (const Field &field : t.fields) {
        const SchemaField &f = *schema.field(field.name);
        if (!j.contains(field.name) || !agrees(j[field.name], field.value, f)) {
            UNSCOPED_INFO(t.type << "." << field.name << ": " << (j.contains(field.name) ? j[field.name].dump() : "absent"));
            return false;
        }
        if (f.kind == Kind::Union && j[field.name + "_type"] != std::get<TablePtr>(field.value.data)->type)
            return false;
    }
    return true;
}

bool agreesInteger(const json &j, std::int64_t v, const SchemaField &f, Kind kind)
{
    if (j.is_boolean())
        return j.get<bool>() == (v != 0);
    if (j.is_string())
        return Schema::instance().enums[static_cast<std::size_t>(f.enumeration)].byValue(v)->name == j.get<std::string>();
    return kind == Kind::UInt64 ? j.get<std::uint64_t>() == static_cast<std::uint64_t>(v) : j.get<std::int64_t>() == v;
}

bool agrees(const json &j, const FieldValue &v, const SchemaField &f)
{
    if (const auto *i = std::get_if<std::int64_t>(&v.data))
        return agreesInteger(j, *i, f, f.kind);
    if (const auto *d = std::get_if<double>(&v.data))
        return j.get<double>() == Approx(*d);
    if (const auto *s = std::get_if<std::string>(&v.data))
        return j.get<std::string>() == *s;
    if (const auto *t = std::get_if<TablePtr>(&v.data))
        return agreesTable(j, **t);
    if (const auto *all = std::get_if<FieldValue::Ints>(&v.data)) {
        if (j.size() != all->size())
            return false;
        for (std::size_t i = 0; i < all->size(); ++i) {
            if (!agreesInteger(j[i], (*all)[i], f, f.element))
                return false;
        }
        return true;
    }
    if (const auto *all = std::get_if<FieldValue::Reals>(&v.data)) {
        if (j.size() != all->size())
            return false;
        for (std::size_t i = 0; i < all->size(); ++i) {
            if (j[i].get<double>() != Approx((*all)[i]))
                return false;
        }
        return true;
    }
    if (const auto *all = std::get_if<FieldValue::Tables>(&v.data)) {
        if (j.size() != all->size())
            return false;
        for (std::size_t i = 0; i < all->size(); ++i) {
            if (!agreesTable(j[i], *(*all)[i]))
                return false;
        }
        return true;
    }
    return false;
}

// The IR with the operator codes that writing gave it, for comparison with what is read back.
Model settled(const Model &m)
{
    const auto bytes = writeTflite(m);
    INFO((bytes ? std::string() : text(bytes.error())));
    REQUIRE(bytes);
    Model out = m;
    const Model back = test::reread(*bytes);
    out.operatorCodes = back.operatorCodes;
    for (std::size_t g = 0; g < out.subgraphs.size(); ++g) {
        for (std::size_t i = 0; i < out.subgraphs[g].operators.size(); ++i)
            out.subgraphs[g].operators[i].codeSlot = back.subgraphs[g].operators[i].codeSlot;
    }
    return out;
}

} // namespace

TEST_CASE("realModelsAreEqualAfterWritingAndReading")
{
    for (const fs::path &file : acceptanceModels()) {
        INFO(file);
        const auto loaded = loadTflite(file);
        REQUIRE(loaded);
        CHECK(loaded->model->unknownFields.empty());
        const auto bytes = writeTflite(*loaded->model);
        REQUIRE(bytes);
        const Model back = test::reread(*bytes);
        const auto differences = modelDifferences(*loaded->model, back);
        INFO(join(differences));
        CHECK(differences.empty());
        // Writing is a fixed point.
        CHECK(*writeTflite(back) == *bytes);
    }
}

TEST_CASE("flatcReadsTheSameFromRealModelsBeforeAndAfter")
{
    if (!haveFlatc())
        return;
    const TemporaryFolder folder;
    for (const fs::path &file : acceptanceModels()) {
        INFO(file);
        const auto loaded = loadTflite(file);
        REQUIRE(loaded);
        const fs::path written = folder.path() / "written.tflite";
        REQUIRE(saveTflite(*loaded->model, written));
        const fs::path source = folder.path() / "source.tflite";
        fs::remove(source);
        fs::copy_file(file, source);
        const std::string before = dumpText(source, folder.path()), after = dumpText(written, folder.path());
        const bool same = before == after || withoutPlaces(before) == withoutPlaces(after);
        CHECK(same); // in two steps, because the macro would print megabytes
    }
}

TEST_CASE("everyOptionTableSurvivesWritingAndReading")
{
    const Model model = settled(test::everythingModel());
    const Model back = test::reread(*writeTflite(model));
    const auto differences = modelDifferences(model, back);
    INFO(join(differences));
    CHECK(differences.empty());
    CHECK(back.subgraphs[0].operators.size() == 126 + 23 + 3);
}

TEST_CASE("flatcReadsEveryOptionThatWasWritten")
{
    if (!haveFlatc())
        return;
    const TemporaryFolder folder;
    Model model = test::everythingModel();
    model.subgraphs[0].tensors[1].quant.max = {1.5f}; // JSON has no infinity
    const fs::path written = folder.path() / "everything.tflite";
    REQUIRE(saveTflite(model, written));
    const json j = dump(written, folder.path());
    const json &operators = j["subgraphs"][0]["operators"];
    REQUIRE(operators.size() == model.subgraphs[0].operators.size());
    for (std::size_t i = 0; i < operators.size(); ++i) {
        const Operator &op = model.subgraphs[0].operators[i];
        if (op.options) {
            CHECK(operators[i]["builtin_options_type"] == op.options->type);
            CHECK(agreesTable(operators[i]["builtin_options"], *op.options));
        }
        if (op.options2) {
            CHECK(operators[i]["builtin_options_2_type"] == op.options2->type);
            CHECK(agreesTable(operators[i]["builtin_options_2"], *op.options2));
        }
        const json &code = j["operator_codes"][operators[i]["opcode_index"].get<std::size_t>()];
        CHECK(code["builtin_code"] == opName(op.code));
        CHECK(code["version"] == op.version);
    }
    const json &tensors = j["subgraphs"][0]["tensors"];
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        const Tensor &t = model.subgraphs[0].tensors[i];
        if (t.quant.details) {
            CHECK(tensors[i]["quantization"]["details_type"] == t.quant.details->type);
            CHECK(agreesTable(tensors[i]["quantization"]["details"], *t.quant.details));
        }
    }
    CHECK(agreesTable(tensors[6]["sparsity"], *model.subgraphs[0].tensors[6].rest->table("sparsity")));
    CHECK(agreesTable(j, *model.rest));
    CHECK(tensors[2]["is_variable"] == true);
    CHECK(tensors[7]["variant_tensors"][0]["type"] == "FLOAT8_E5M2");
    CHECK_FALSE(tensors[13].contains("shape"));
    CHECK(tensors[13]["name"] == "");
}

TEST_CASE("whatFlatcWritesIsReadTheSame")
{
    if (!haveFlatc())
        return;
    const TemporaryFolder folder;
    Model model = test::everythingModel();
    // flatc knows no bytes behind the flatbuffer.
    for (Buffer &b : model.buffers) {
        b.present = b.present || b.external;
        b.external = false;
    }
    for (Operator &op : model.subgraphs[0].operators) {
        if (op.rest && op.rest->flag(kExternalOptions))
            op.rest = nullptr;
    }
    model.subgraphs[0].tensors[1].quant.max = {1.5f}; // JSON has no infinity
    model = settled(model);
    const fs::path written = folder.path() / "ours.tflite";
    REQUIRE(saveTflite(model, written));
    dump(written, folder.path());
    runFlatc("--binary --force-empty-vectors -o " + folder.path().string() + " " + kSchemaFile.string() + " "
             + (folder.path() / "ours.json").string());
    const auto loaded = loadTflite(folder.path() / "ours.tflite");
    INFO((loaded ? std::string() : text(loaded.error())));
    REQUIRE(loaded);
    const auto differences = modelDifferences(model, *loaded->model);
    INFO(join(differences));
    CHECK(differences.empty());
}

TEST_CASE("buffersGoBehindTheFlatbufferWhenItWouldBeTooLarge")
{
    const Model model = settled(test::smallModel());
    const auto bytes = writeTfliteWithLimit(model, {}, 100);
    REQUIRE(bytes);
    const auto loaded = readTflite(*bytes, nullptr);
    REQUIRE(loaded);
    const Model &back = *loaded->model;
    REQUIRE(back.buffers.size() == model.buffers.size());
    std::size_t moved = 0;
    for (std::size_t i = 0; i < back.buffers.size(); ++i) {
        CHECK(std::equal(back.buffers[i].data.begin(), back.buffers[i].data.end(), model.buffers[i].data.begin(),
                         model.buffers[i].data.end()));
        if (!back.buffers[i].external)
            continue;
        ++moved;
        CHECK((back.buffers[i].data.data() - bytes->data()) % 16 == 0);
    }
    CHECK(moved == 2);
    // And stay there.
    const Model again = test::reread(*writeTflite(back));
    CHECK(modelDifferences(back, again).empty());
}

TEST_CASE("weightsAreNotCopiedOnLoad")
{
    auto owner = std::make_shared<const std::vector<std::byte>>(*writeTflite(test::smallModel()));
    const auto loaded = readTflite(*owner, owner);
    REQUIRE(loaded);
    const auto data = loaded->model->data(loaded->model->subgraphs[0].tensors[1]);
    CHECK(data.data() >= owner->data());
    CHECK(data.data() < owner->data() + owner->size());
    CHECK((data.data() - owner->data()) % 16 == 0);
}

TEST_CASE("misalignedWordsAreCopiedToAnAlignedPlace")
{
    const auto bytes = *writeTflite(test::smallModel());
    auto shifted = std::make_shared<std::vector<std::byte>>(bytes.size() + 1);
    std::copy(bytes.begin(), bytes.end(), shifted->begin() + 1);
    const auto loaded = readTflite(std::span<const std::byte>(*shifted).subspan(1), shifted);
    REQUIRE(loaded);
    const Tensor &bias = loaded->model->subgraphs[0].tensors[2];
    CHECK(reinterpret_cast<std::uintptr_t>(loaded->model->data(bias).data()) % 4 == 0);
    CHECK(modelDifferences(*loaded->model, test::reread(bytes)).empty());
}

TEST_CASE("optionsThatTheFileOmitsHaveTheSchemasDefaults")
{
    const Model back = test::reread(*writeTflite(test::smallModel()));
    const TablePtr options = back.subgraphs[0].operators[0].options;
    REQUIRE(options);
    CHECK(options->type == "Conv2DOptions");
    CHECK(options->integer("dilation_w_factor", 99) == 1);
    CHECK(options->integer("fused_activation_function", 99) == 0);
    CHECK(options->fields.size() == 7);
}

TEST_CASE("newVersionOfAnOperatorMovesItsCodeAlong")
{
    Model model = settled(test::smallModel());
    REQUIRE(model.operatorCodes.size() == 1);
    model.subgraphs[0].operators[0].version = 5;
    Model back = test::reread(*writeTflite(model));
    REQUIRE(back.operatorCodes.size() == 1);
    CHECK(back.operatorCodes[0].version == 5);
    // Another operator that still needs the old one keeps it.
    model.subgraphs[0].operators.push_back(settled(test::smallModel()).subgraphs[0].operators[0]);
    back = test::reread(*writeTflite(model));
    REQUIRE(back.operatorCodes.size() == 2);
    CHECK(back.subgraphs[0].operators[0].version == 5);
    CHECK(back.subgraphs[0].operators[1].version == 3);
    // A new operator finds the entry or gets one.
    Operator relu;
    relu.code = Op::Relu;
    back.subgraphs[0].operators.push_back(relu);
    back.subgraphs[0].operators.push_back(relu);
    CHECK(test::reread(*writeTflite(back)).operatorCodes.size() == 3);
}

TEST_CASE("operatorNumbersAbove127UseTheNewerFieldOnly")
{
    Model model = test::smallModel();
    model.subgraphs[0].operators[0].code = static_cast<Op>(203);
    const Model back = test::reread(*writeTflite(model));
    CHECK(back.subgraphs[0].operators[0].code == static_cast<Op>(203));
    CHECK(back.operatorCodes[0].deprecatedCode == 127);
    CHECK_FALSE(back.operatorCodes[0].builtinCode);
}

TEST_CASE("oldFilesSayTheOperatorInTheOldFieldOnly")
{
    Model model = settled(test::smallModel());
    model.operatorCodes[0].builtinCode = 0;
    const Model back = test::reread(*writeTflite(model));
    CHECK(back.subgraphs[0].operators[0].code == Op::Conv2D);
    CHECK(back.operatorCodes[0].builtinCode == 0);
    CHECK(back.operatorCodes[0].deprecatedCode == 3);
    CHECK(modelDifferences(model, back).empty());
}

TEST_CASE("savedFileIsReadBackFromTheMap")
{
    const TemporaryFolder folder;
    REQUIRE(saveTflite(test::smallModel(), folder.path() / "m.tflite"));
    const auto loaded = loadTflite(folder.path() / "m.tflite");
    REQUIRE(loaded);
    CHECK(loaded->diagnostics.empty());
    CHECK(loaded->model->subgraphs[0].operators.size() == 1);
    const auto refused = saveTflite(test::smallModel(), folder.path() / "none" / "m.tflite");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().file == (folder.path() / "none" / "m.tflite").string());
}
