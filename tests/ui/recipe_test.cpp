// SPDX-License-Identifier: GPL-3.0-or-later
// Rules, their counts, edits of the list, and what an edit does to the plan.
#include "core/scheme/recipejson.h"
#include "core/scheme/scheme.h"
#include "tests/ui/fixtures.h"
#include "ui/logic/recipeeffect.h"
#include "ui/logic/ruleedit.h"
#include "ui/logic/rulesmodel.h"
#include "ui/logic/schemefields.h"

#include <QAbstractItemModelTester>
#include <QMimeData>
#include <QSignalSpy>
#include <QTest>

#include <memory>
#include <random>

using namespace requant;
using namespace requant::test;

namespace {

Rule activations(ElementType type, const char *name = "")
{
    Rule r;
    r.name = name;
    r.activations.type = type;
    r.activations.symmetry = Symmetry::Symmetric;
    return r;
}

// a, b -> CONCATENATION -> c
std::shared_ptr<const Model> joined()
{
    Model m;
    m.buffers.emplace_back();
    Subgraph g;
    for (const char *name : {"in", "a", "b", "c"}) {
        Tensor t;
        t.name = name;
        t.shape = {1, 4};
        t.type = ElementType::Int8;
        t.quant = QuantParams::perTensor(0.5f, 3);
        g.tensors.push_back(t);
    }
    const auto op = [&](Op code, std::vector<TensorIndex> in, int out) {
        Operator o;
        o.code = code;
        o.inputs = std::move(in);
        o.outputs = {TensorIndex{out}};
        g.operators.push_back(std::move(o));
    };
    op(Op::Add, {TensorIndex{0}, TensorIndex{0}}, 1);
    op(Op::Add, {TensorIndex{0}, TensorIndex{0}}, 2);
    op(Op::Concatenation, {TensorIndex{1}, TensorIndex{2}}, 3);
    g.inputs = {TensorIndex{0}};
    g.outputs = {TensorIndex{3}};
    m.subgraphs.push_back(std::move(g));
    return std::make_shared<const Model>(std::move(m));
}

// With a seed that is printed and can be replayed: REQUANT_SEED=n.
class Random
{
public:
    Random()
        : m_seed(qEnvironmentVariableIsSet("REQUANT_SEED") ? qEnvironmentVariable("REQUANT_SEED").toUInt()
                                                           : std::random_device{}())
    {
        qInfo("REQUANT_SEED=%u", m_seed);
        m_engine.seed(m_seed);
    }
    int between(int low, int high) { return std::uniform_int_distribution<int>(low, high)(m_engine); }

private:
    unsigned m_seed;
    std::mt19937 m_engine;
};

const ChoiceVerdict *verdict(const std::vector<ChoiceVerdict> &all, SchemeField f, int value)
{
    for (const auto &v : all) {
        if (v.field == f && v.value == value)
            return &v;
    }
    return nullptr;
}

} // namespace

class RecipeTest : public QObject
{
    Q_OBJECT
private slots:
    void everyFieldIsWrittenAndReadBack()
    {
        for (const ConfigPart part : {ConfigPart::Activations, ConfigPart::Weights}) {
            for (const FieldInfo &f : fieldsOf(part)) {
                QVERIFY(!f.label.isEmpty() && !f.toolTip.isEmpty() && f.choices.size() >= 2);
                for (const FieldChoice &c : f.choices) {
                    const TensorConfig config = configWith(f.field, c.value);
                    QVERIFY(!config.empty());
                    QCOMPARE(valueOf(config, f.field), std::optional<int>(c.value));
                    QVERIFY(!configText(config).isEmpty());
                    // A recipe file takes it.
                    Recipe r;
                    r.rules.emplace_back();
                    (part == ConfigPart::Weights ? r.rules[0].weights : r.rules[0].activations) = config;
                    const auto back = parseRecipe(recipeToJson(r));
                    QVERIFY2(back, back ? "" : text(back.error()).c_str());
                    QVERIFY(*back == r);
                }
            }
        }
    }
    void algorithmsOfLayersAreRulesOfTheirOwn()
    {
        const auto m = joined();
        FieldEdit edit;
        edit.algorithms.scaleSearch = false;
        const Recipe r = withFields(*m, {}, {1}, edit);
        QCOMPARE(r.rules.size(), std::size_t{1});
        QCOMPARE(r.rules[0].name, std::string("b"));
        const auto infos = algorithmInfos();
        const auto one = commonAlgorithms(*m, r, {1}), both = commonAlgorithms(*m, r, {0, 1});
        for (std::size_t i = 0; i < infos.size(); ++i) {
            const bool search = std::string(infos[i].name) == "scale_search";
            QCOMPARE(one.on[i].value, std::optional<bool>(!search));
            QCOMPARE(both.on[i].mixed, search);
        }
        // On for all again: the rule of the one layer has nothing left to say.
        edit.algorithms.scaleSearch = true;
        const Recipe all = withFields(*m, r, {0, 1, 2}, edit);
        QCOMPARE(all.rules.size(), std::size_t{1});
        QVERIFY(all.rules[0].name.empty());
    }

    // Against the definition: a rule decides an operator if, without what later rules say, a field has its value from
    // it.
    void countsAreThoseOfASlowTwin()
    {
        const auto m = joined();
        const Subgraph &g = m->subgraphs.front();
        Random random;
        const char *names[] = {"", "a", "b", "c", "[ab]", "nothing"};
        for (int round = 0; round < 200; ++round) {
            Recipe r;
            for (int n = random.between(1, 5); n > 0; --n) {
                Rule rule;
                rule.name = names[random.between(0, 5)];
                if (random.between(0, 1))
                    rule.activations.type = random.between(0, 1) ? ElementType::Int8 : ElementType::Int16;
                if (random.between(0, 2) == 0)
                    rule.activations.symmetry = Symmetry::Symmetric;
                if (random.between(0, 3) == 0)
                    rule.activations.keep = random.between(0, 1) != 0;
                if (random.between(0, 3) == 0)
                    rule.algorithms.equalization = random.between(0, 1) != 0;
                if (random.between(0, 3) == 0)
                    rule.weights.bits = 4; // no operator has weights: never decides
                r.rules.push_back(rule);
            }
            // Whether rule `me` is the last that speaks of a field, among those that match; a keep in force makes the fields of
            // activations idle.
            const auto decidesOf = [&r](int me, const auto &matches, bool algorithms) {
                int type = -1, symmetry = -1, keep = -1, equalization = -1, keptBy = -1;
                for (int k = 0; k < int(r.rules.size()); ++k) {
                    const Rule &rule = r.rules[std::size_t(k)];
                    if (!matches(rule))
                        continue;
                    if (rule.activations.type)
                        type = k;
                    if (rule.activations.symmetry)
                        symmetry = k;
                    if (!rule.activations.empty()) {
                        keep = k;
                        keptBy = rule.activations.keep == true ? k : -1;
                    }
                    if (rule.algorithms.equalization && algorithms)
                        equalization = k;
                }
                const bool idle = keptBy >= 0 && me < keptBy;
                return (!idle && (type == me || symmetry == me)) || keep == me || equalization == me;
            };
            const auto counts = ruleCounts(*m, r);
            for (std::size_t i = 0; i < r.rules.size(); ++i) {
                int hits = 0, decides = 0;
                for (std::size_t o = 0; o < g.operators.size(); ++o) {
                    const auto matches = [&](const Rule &rule) { return ruleMatches(rule, g, OperatorIndex{o}); };
                    hits += matches(r.rules[i]);
                    decides += matches(r.rules[i]) && decidesOf(int(i), matches, true);
                }
                for (const TensorIndex t : g.inputs) {
                    const auto matches = [&](const Rule &rule) { return ruleMatchesInput(rule, g, t); };
                    hits += matches(r.rules[i]);
                    decides += matches(r.rules[i]) && decidesOf(int(i), matches, false);
                }
                QVERIFY2(counts[i].hits == hits, qPrintable(QString::number(round)));
                QCOMPARE(counts[i].decides, decides);
            }
        }
    }
    void badConditionsAreNamedAndMatchNothing()
    {
        const auto m = joined();
        Recipe r;
        r.rules = {Rule{}, Rule{}, Rule{}};
        r.rules[0].regex = "(";
        r.rules[1].range = {{2, 1}};
        r.rules[2].name = "nowhere";
        const auto counts = ruleCounts(*m, r);
        QVERIFY(counts[0].problem.contains(QStringLiteral("regular expression")) && counts[0].hits == 0);
        QVERIFY(counts[1].problem.contains(QStringLiteral("range")));
        QVERIFY(counts[2].problem.contains(QStringLiteral("no layer")));
        QVERIFY(matchedLayers(*m, r.rules[0]).empty());
    }

    void rulesMoveAndOthersKeepTheirOrder()
    {
        for (std::size_t from = 0; from < 5; ++from) {
            for (std::size_t to = 0; to < 5; ++to) {
                Recipe r;
                for (const char *n : {"0", "1", "2", "3", "4"})
                    r.rules.push_back(activations(ElementType::Int8, n));
                auto names = [](const Recipe &x) {
                    std::string s;
                    for (const Rule &rule : x.rules)
                        s += rule.name;
                    return s;
                };
                std::string wanted = "01234";
                const char moved = wanted[from];
                wanted.erase(from, 1);
                wanted.insert(to, 1, moved);
                QCOMPARE(names(withRuleMoved(r, from, to)), wanted);
                QCOMPARE(names(withRuleMoved(withRuleMoved(r, from, to), to, from)), std::string("01234"));
            }
        }
        Recipe r;
        r.rules = {activations(ElementType::Int8, "x")};
        QVERIFY(withRuleMoved(r, 0, 1) == r && withRuleMoved(r, 7, 0) == r && withRuleRemoved(r, 1) == r);
        QCOMPARE(withRuleDuplicated(r, 0).rules.size(), std::size_t{2});
        QVERIFY(withRuleRemoved(withRuleDuplicated(r, 0), 1) == r);
    }

    void theTableFollowsTheRulesAndAsksForMoves()
    {
        RulesModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        const std::vector<Rule> three{activations(ElementType::Int8), activations(ElementType::Int16, "a"),
                                      activations(ElementType::UInt8, "b")};
        model.setRules(three, 1);
        QCOMPARE(model.rowCount(), 3);
        QCOMPARE(model.index(1, RulesModel::ConditionColumn).data().toString(), QStringLiteral("a"));
        QVERIFY(model.index(1, RulesModel::ActivationsColumn).data().toString().contains(QStringLiteral("int16")));
        QCOMPARE(model.index(1, RulesModel::HitsColumn).data().toString(), QStringLiteral("\u2026"));
        Recipe r;
        r.rules = three;
        model.setCounts(ruleCounts(*joined(), r));
        QCOMPARE(model.index(1, RulesModel::HitsColumn).data().toString(), QStringLiteral("1"));
        QSignalSpy moves(&model, &RulesModel::moveRequested);
        const auto drop = [&](int from, int row, const QModelIndex &on = {}) {
            const std::unique_ptr<QMimeData> data(model.mimeData({model.index(from, 0)}));
            return model.dropMimeData(data.get(), Qt::MoveAction, row, 0, on);
        };
        QVERIFY(!drop(0, 3)); // to the end; the document moves it
        QCOMPARE(moves.takeFirst(), (QList<QVariant>{0, 2}));
        drop(2, 0);
        QCOMPARE(moves.takeFirst(), (QList<QVariant>{2, 0}));
        drop(0, -1, model.index(1, 0)); // onto the second row: before it, where it is
        QCOMPARE(moves.count(), 0);
        drop(1, 1);
        drop(1, 2);
        QCOMPARE(moves.count(), 0);
        model.setRules({three[0]}, 1);
        QCOMPARE(model.rowCount(), 1);
        model.setRules({}, 0);
        model.setRules(three, 0);
    }

    void choicesThatAreNotGrantedSayWhy()
    {
        const auto m = fourLayers(); // RELU, RELU, ADD, SOFTMAX in int8
        Recipe r;
        r.rules = {activations(ElementType::Int8)};
        const auto relu = checkChoices(*m, r, {0}, ConfigPart::Activations);
        const auto *wide = verdict(relu, SchemeField::Type, int(ElementType::Int16));
        QVERIFY(wide && wide->tensors == 1);
        const auto softmax = checkChoices(*m, r, {3}, ConfigPart::Activations);
        const auto *symmetric = verdict(softmax, SchemeField::ZeroPoint, int(Symmetry::Symmetric));
        QVERIFY(symmetric && !symmetric->possible());
        QVERIFY2(symmetric->reason.contains(QStringLiteral("SOFTMAX")), qPrintable(symmetric->reason));
        const auto *none = verdict(checkChoices(*m, r, {0}, ConfigPart::Weights), SchemeField::Bits, 7);
        QVERIFY(none && none->tensors == 0 && none->possible());
        // Of two layers one can: possible, and the reason of the other is there.
        const auto both = checkChoices(*m, r, {0, 3}, ConfigPart::Activations);
        const auto *mixed = verdict(both, SchemeField::ZeroPoint, int(Symmetry::Symmetric));
        QVERIFY(mixed->possible() && mixed->granted == 1 && mixed->tensors == 2 && !mixed->reason.isEmpty());
    }
    void effectsNameTheLayersThatFollow()
    {
        const auto m = joined();
        Recipe r;
        r.rules = {activations(ElementType::Int8)};
        r.rules[0].activations.symmetry = Symmetry::Asymmetric;
        const Plan before = planOf(*m, r);
        QCOMPARE(tiedGroup(*m, before, {0}).layers, (std::vector<int>{1, 2}));
        QCOMPARE(tiedGroup(*m, before, {0}).because, std::vector<int>{2});
        FieldEdit edit{ConfigPart::Activations, configWith(SchemeField::ZeroPoint, int(Symmetry::Symmetric))};
        const RecipeEffect tied = recipeEffect(*m, before, planOf(*m, withFields(*m, r, {0}, edit)), {0});
        QCOMPARE(tied.edited.size(), std::size_t{1});
        QCOMPARE(tied.others.size(), std::size_t{2});
        QVERIFY(tied.others[0].why.contains(QStringLiteral("CONCATENATION")));
        QVERIFY(effectText(*m, tied).startsWith(QStringLiteral("2 other layers change")));
        // Cut: a requantize operator more, and then the others stay as they are.
        FieldEdit cut{ConfigPart::Activations, configWith(SchemeField::Grid, 1)};
        const Recipe apart = withFields(*m, r, {0}, cut);
        const Plan cutPlan = planOf(*m, apart);
        const RecipeEffect one = recipeEffect(*m, before, cutPlan, {0});
        QCOMPARE(one.requantizeAfter - one.requantizeBefore, 1);
        QVERIFY(tiedGroup(*m, cutPlan, {0}).layers.empty());
        const RecipeEffect alone = recipeEffect(*m, cutPlan, planOf(*m, withFields(*m, apart, {0}, edit)), {0});
        QVERIFY(alone.others.empty() && !alone.edited.empty());
        QVERIFY(recipeEffect(*m, before, before, {0}).empty());
        QCOMPARE(effectText(*m, recipeEffect(*m, before, before, {0})), QStringLiteral("Nothing changes"));
    }
    void similarLayersHaveTheSameOperator()
    {
        QCOMPARE(similarLayers(*fourLayers(), {0}), (std::vector<int>{0, 1}));
        QCOMPARE(similarLayers(*fourLayers(), {2, 3}), (std::vector<int>{2, 3}));
        QVERIFY(similarLayers(*fourLayers(), {}).empty());
    }
};

QTEST_APPLESS_MAIN(RecipeTest)
#include "recipe_test.moc"
