// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logic/projectfile.h"

#include "core/base/files.h"
#include "core/base/sha256.h"
#include "core/scheme/jsontree.h"
#include "core/scheme/recipejson.h"

#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <limits>

namespace requant {

namespace {

constexpr Message kBadProject{"ui.bad-project", "%1, %2"};
constexpr Message kNoProject{"ui.no-project", "not a project file: \"requant_project\" is missing"};
constexpr Message kNewerProject{
    "ui.newer-project", "made by a newer Requant: version %1 of the project format; this program reads up to %2"};

std::filesystem::path toPath(const QString &s)
{
    return std::filesystem::path(s.toStdU16String());
}

QJsonObject pathObject(const QString &path, const QString &file)
{
    return {{QStringLiteral("path"), QFileInfo(file).absoluteDir().relativeFilePath(path)},
            {QStringLiteral("absolute"), path}};
}

class Reader
{
public:
    Reader(std::string_view text, const QString &file) : m_text(text), m_file(file) {}

    Result<Project> read()
    {
        auto tree = parseJson(m_text);
        if (!tree)
            return named(tree.error());
        const JsonValue &root = *tree;
        if (root.kind != JsonValue::Kind::Object || !root.find("requant_project"))
            return named(makeError(kNoProject));
        const std::int64_t version = integer(root, "requant_project", 1, std::numeric_limits<std::int64_t>::max());
        if (!m_error && version > kProjectVersion)
            return named(makeError(kNewerProject, {std::to_string(version), std::to_string(kProjectVersion)}));
        Project p;
        if (const JsonValue *model = object(root, "model", true)) {
            p.model = path(*model, "model");
            p.modelSha256 = string(*model, "sha256", "model.");
            p.modelBytes = integer(*model, "bytes", 0, std::numeric_limits<std::int64_t>::max(), "model.");
        }
        readVariants(root, p);
        if (const JsonValue *samples = object(root, "samples", false)) {
            p.samples = samples->find("path") ? path(*samples, "samples") : QString();
            if (const JsonValue *labels = object(*samples, "labels", false))
                p.labels = path(*labels, "samples.labels");
            p.sampleLimit = int(integer(*samples, "limit", 0, std::numeric_limits<int>::max(), "samples."));
        }
        p.layout = QByteArray::fromBase64(string(root, "layout", "").toLatin1());
        p.savedAs = string(root, "saved_as", "");
        if (m_error)
            return *m_error;
        return p;
    }

private:
    Error named(Error e) const
    {
        e.file = m_file.toStdString();
        return e;
    }
    void fail(std::size_t offset, const std::string &what)
    {
        if (!m_error)
            m_error = named(makeError(kBadProject, {positionText(positionOf(m_text, offset)), what}));
    }
    // The value of a key if it has the kind; otherwise, unless it may be missing, that is the finding.
    const JsonValue *value(const JsonValue &in, std::string_view key, JsonValue::Kind kind, bool needed,
                           const std::string &where)
    {
        const auto *m = in.find(key);
        if (!m) {
            if (needed)
                fail(in.offset, where + std::string(key) + " is missing");
            return nullptr;
        }
        if (m->value.kind != kind) {
            fail(m->value.offset, where + std::string(key) + ": expected " + std::string(kindName(kind)) + ", found "
                                      + std::string(kindName(m->value.kind)));
            return nullptr;
        }
        return &m->value;
    }
    const JsonValue *object(const JsonValue &in, std::string_view key, bool needed)
    {
        return value(in, key, JsonValue::Kind::Object, needed, {});
    }
    QString string(const JsonValue &in, std::string_view key, const std::string &where, bool needed = false)
    {
        const JsonValue *v = value(in, key, JsonValue::Kind::String, needed, where);
        return v ? QString::fromStdString(v->string) : QString();
    }
    std::int64_t integer(const JsonValue &in, std::string_view key, std::int64_t low, std::int64_t high,
                         const std::string &where = {})
    {
        const JsonValue *v = value(in, key, JsonValue::Kind::Integer, false, where);
        if (!v)
            return 0;
        if (v->integer < low || v->integer > high)
            fail(v->offset, where + std::string(key) + ": " + std::to_string(v->integer) + " is out of range");
        return v->integer;
    }
    QString path(const JsonValue &in, const std::string &where)
    {
        const QString relative = string(in, "path", where + ".", true), absolute = string(in, "absolute", where + ".");
        const QString beside = QDir::cleanPath(QFileInfo(m_file).absoluteDir().absoluteFilePath(relative));
        return !QFileInfo::exists(beside) && !absolute.isEmpty() && QFileInfo::exists(absolute) ? absolute : beside;
    }
    // Where the object that begins at `from` ends: behind its brace. The text has been parsed, so it is well formed.
    std::size_t endOfObject(std::size_t from) const
    {
        int depth = 0;
        for (std::size_t i = from; i < m_text.size(); ++i) {
            const char c = m_text[i];
            if (c == '"') {
                for (++i; i < m_text.size() && m_text[i] != '"'; ++i)
                    i += m_text[i] == '\\';
            } else if (c == '/' && i + 1 < m_text.size() && m_text[i + 1] == '/') {
                i = std::min(m_text.find('\n', i), m_text.size());
            } else if (c == '/' && i + 1 < m_text.size() && m_text[i + 1] == '*') {
                i = std::min(m_text.find("*/", i + 2), m_text.size() - 1);
            } else if (c == '{') {
                ++depth;
            } else if (c == '}' && --depth == 0) {
                return i + 1;
            }
        }
        return m_text.size();
    }
    void readVariants(const JsonValue &root, Project &p)
    {
        const JsonValue *all = value(root, "variants", JsonValue::Kind::Array, true, {});
        if (!all)
            return;
        if (all->items.empty())
            fail(all->offset, "variants: at least one is needed");
        for (std::size_t i = 0; i < all->items.size() && !m_error; ++i) {
            const JsonValue &v = all->items[i];
            const std::string where = "variants[" + std::to_string(i) + "].";
            if (v.kind != JsonValue::Kind::Object) {
                fail(v.offset, where.substr(0, where.size() - 1) + ": expected an object, found "
                                   + std::string(kindName(v.kind)));
                return;
            }
            NamedRecipe r;
            r.name = string(v, "name", where, true);
            const JsonValue *recipe = value(v, "recipe", JsonValue::Kind::Object, true, where);
            if (!recipe)
                return;
            // The recipe's reader gets the recipe alone, at the place where it stands in this file.
            std::string alone(recipe->offset, ' ');
            for (std::size_t k = 0; k < recipe->offset; ++k) {
                if (m_text[k] == '\n')
                    alone[k] = '\n';
            }
            alone += m_text.substr(recipe->offset, endOfObject(recipe->offset) - recipe->offset);
            auto read = parseRecipe(alone, m_file.toStdString());
            if (!read) {
                m_error = read.error();
                return;
            }
            r.recipe = std::move(*read);
            p.variants.push_back(std::move(r));
        }
        p.active = int(integer(root, "active", 0, std::max<std::int64_t>(0, std::int64_t(all->items.size()) - 1)));
    }

    std::string_view m_text;
    QString m_file;
    std::optional<Error> m_error;
};

} // namespace

std::string projectToJson(const Project &p, const QString &file)
{
    QJsonObject root{{QStringLiteral("requant_project"), kProjectVersion}};
    QJsonObject model = pathObject(p.model, file);
    if (!p.modelSha256.isEmpty())
        model[QStringLiteral("sha256")] = p.modelSha256;
    if (p.modelBytes > 0)
        model[QStringLiteral("bytes")] = p.modelBytes;
    root[QStringLiteral("model")] = model;
    QJsonArray variants;
    for (const NamedRecipe &v : p.variants)
        variants.append(
            QJsonObject{{QStringLiteral("name"), v.name},
                        {QStringLiteral("recipe"),
                         QJsonDocument::fromJson(QByteArray::fromStdString(recipeToJson(v.recipe))).object()}});
    root[QStringLiteral("variants")] = variants;
    root[QStringLiteral("active")] = p.active;
    if (!p.samples.isEmpty() || !p.labels.isEmpty() || p.sampleLimit > 0) {
        QJsonObject samples = p.samples.isEmpty() ? QJsonObject() : pathObject(p.samples, file);
        if (!p.labels.isEmpty())
            samples[QStringLiteral("labels")] = pathObject(p.labels, file);
        if (p.sampleLimit > 0)
            samples[QStringLiteral("limit")] = p.sampleLimit;
        root[QStringLiteral("samples")] = samples;
    }
    if (!p.layout.isEmpty())
        root[QStringLiteral("layout")] = QString::fromLatin1(p.layout.toBase64());
    if (!p.savedAs.isEmpty())
        root[QStringLiteral("saved_as")] = p.savedAs;
    return QJsonDocument(root).toJson(QJsonDocument::Indented).toStdString();
}

Result<Project> parseProject(std::string_view json, const QString &file)
{
    return Reader(json, file).read();
}

Result<Project> loadProject(const QString &file)
{
    const auto text = readTextFile(toPath(file));
    if (!text)
        return text.error();
    return parseProject(*text, file);
}

Status saveProject(const Project &p, const QString &file)
{
    return writeFileAtomically(toPath(file), projectToJson(p, file));
}

Result<std::string> fileSha256(const QString &file)
{
    const auto mapped = mapFile(toPath(file));
    if (!mapped)
        return mapped.error();
    return sha256Hex(mapped->bytes);
}

} // namespace requant
