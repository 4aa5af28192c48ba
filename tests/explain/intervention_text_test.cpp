// Interventions as text: every form that is read, and that what is written reads back.
#include "saccade/explain/intervention_text.h"

#include <gtest/gtest.h>

#include "saccade/core/error.h"
#include "tests/explain/random_changes.h"

namespace saccade {
namespace {

using Module = AttentionModule;

IndexSet only(std::vector<int> numbers) { return {.all = false, .some = std::move(numbers)}; }

AttentionUnit unit(Module module, std::vector<int> layers) {
  return {.module = module, .layers = only(std::move(layers))};
}

AttentionUnit cross(int layer) { return unit(Module::kDecoderCross, {layer}); }

AttentionChange change_of(std::string_view text) { return parse_intervention(text).change; }

TEST(InterventionText, HeadsAreOff) {
  AttentionUnit heads = cross(3);
  heads.heads = only({5});
  const AttentionChange zero = HeadsOff{heads, HeadsOff::Fill::kZero};
  EXPECT_EQ(change_of("dec.3.cross.head5=off"), zero);
  EXPECT_EQ(change_of("dec.3.cross.head5=off(zero)"), zero);
  EXPECT_EQ(change_of("dec.3.cross.head5=off(mean)"),
            AttentionChange(HeadsOff{heads, HeadsOff::Fill::kMean}));
}

TEST(InterventionText, HeadsGiveWhatADataSetGives) {
  AttentionUnit heads = cross(3);
  heads.heads = only({5});
  const auto text = [](std::string_view of) { return canonical_text(change_of(of)); };
  EXPECT_EQ(change_of("dec.3.cross.head5=off(mean,m.safetensors)"),
            AttentionChange(HeadsOff{heads, HeadsOff::Fill::kMean, "m.safetensors"}));
  EXPECT_EQ(text("dec.3.cross.head5=off( mean , \"a (1).safetensors\" )"),
            "dec.3.cross.head5=off(mean,\"a (1).safetensors\")");
  EXPECT_EQ(change_of("dec.3.cross.head5=off(resample)"),
            AttentionChange(Patch{.unit = heads, .drawn = 0}));
  EXPECT_EQ(text("dec.3.cross.head5=off(resample, 12)"), "dec.3.cross.head5=off(resample,12)");
  EXPECT_EQ(text("dec.*.self=off(resample)"), "dec.*.self.head*=off(resample)");
}

// The whole branch is off where no head is named; head* leaves the output projection's bias.
TEST(InterventionText, AllHeadsOffIsNotTheBranchOff) {
  EXPECT_EQ(change_of("dec.3.cross=off"),
            AttentionChange(BranchOff{Branch::kDecoderCross, only({3})}));
  const AttentionChange all = HeadsOff{cross(3), HeadsOff::Fill::kZero};
  EXPECT_EQ(change_of("dec.3.cross.head*=off"), all);
  EXPECT_EQ(change_of("dec.3.cross=off(zero)"), all);
  EXPECT_EQ(change_of("dec.3.cross.query[*]=off"), change_of("dec.3.cross=off"));
}

TEST(InterventionText, BranchesAndLayersAreOff) {
  const auto off = [](Branch branch) { return AttentionChange(BranchOff{branch, only({2})}); };
  EXPECT_EQ(change_of("enc.2=off"), off(Branch::kEncoderLayer));
  EXPECT_EQ(change_of("enc.2.self=off"), off(Branch::kEncoderSelf));
  EXPECT_EQ(change_of("enc.2.ffn=off"), off(Branch::kEncoderFfn));
  EXPECT_EQ(change_of("dec.2=off"), off(Branch::kDecoderLayer));
  EXPECT_EQ(change_of("dec.2.self=off"), off(Branch::kDecoderSelf));
  EXPECT_EQ(change_of("dec.2.cross=off"), off(Branch::kDecoderCross));
  EXPECT_EQ(change_of("dec.2.ffn=off"), off(Branch::kDecoderFfn));
}

TEST(InterventionText, LevelsAndPointsAreOff) {
  AttentionUnit level = unit(Module::kDecoderCross, {});
  level.layers = {};
  level.levels = only({0});
  EXPECT_EQ(change_of("dec.*.cross.level0=off(renorm)"), AttentionChange(EntriesOff{level, true}));
  EXPECT_EQ(change_of("dec.*.cross.level0=off"), AttentionChange(EntriesOff{level, true}));
  AttentionUnit point = unit(Module::kEncoderSelf, {2});
  point.heads = only({1});
  point.levels = only({3});
  point.points = only({2});
  EXPECT_EQ(change_of("enc.2.head1.level3.point2=off(drop)"),
            AttentionChange(EntriesOff{point, false}));
  EXPECT_EQ(change_of("enc.2.self.head1.level3.point2=off"),
            AttentionChange(EntriesOff{point, true}));
  EXPECT_EQ(change_of("dec.3.cross.level*=off"), AttentionChange(EntriesOff{cross(3), true}));
  EXPECT_EQ(change_of("dec.3.cross.point*=off"), AttentionChange(EntriesOff{cross(3), true}));
}

TEST(InterventionText, OnlySomeQueriesAreMeant) {
  AttentionUnit some = cross(3);
  some.heads = only({5});
  some.queries = only({3, 4, 5, 9});
  EXPECT_EQ(change_of("dec.3.cross.head5.query[3-5,9]=off"),
            AttentionChange(HeadsOff{some, HeadsOff::Fill::kZero}));
  some.heads = {};
  EXPECT_EQ(change_of("dec.3.cross.query[3-5,9].weights=mean"),
            AttentionChange(WeightsChange{.unit = some, .kind = WeightsChange::Kind::kMean}));
}

TEST(InterventionText, WeightsAreChanged) {
  using Kind = WeightsChange::Kind;
  const auto change = [](Kind kind, double temperature = 1, std::vector<double> values = {}) {
    return AttentionChange(WeightsChange{cross(5), kind, temperature, std::move(values)});
  };
  EXPECT_EQ(change_of("dec.5.cross.weights=uniform"), change(Kind::kUniform));
  EXPECT_EQ(change_of("dec.5.cross.weights=mean"), change(Kind::kMean));
  EXPECT_EQ(change_of("dec.5.cross.weights=argmax"), change(Kind::kArgmax));
  EXPECT_EQ(change_of("dec.5.cross.weights=temperature(0.5)"), change(Kind::kTemperature, 0.5));
  EXPECT_EQ(change_of("dec.5.cross.weights=values(0 0.25  .75 1)"),
            change(Kind::kValues, 1, {0, 0.25, 0.75, 1}));
}

TEST(InterventionText, OffsetsAreChanged) {
  using Kind = OffsetsChange::Kind;
  AttentionUnit level = cross(5);
  level.levels = only({1});
  const auto change = [&](Kind kind, double amount, std::uint64_t seed = 0) {
    return AttentionChange(OffsetsChange{level, kind, amount, seed});
  };
  EXPECT_EQ(change_of("dec.5.cross.level1.offset=scale(-0.5)"), change(Kind::kScale, -0.5));
  EXPECT_EQ(change_of("dec.5.cross.level1.offset=rotate(90)"), change(Kind::kRotate, 90));
  EXPECT_EQ(change_of("dec.5.cross.level1.offset=jitter(2)"), change(Kind::kJitter, 2));
  EXPECT_EQ(change_of("dec.5.cross.level1.offset=jitter(2,18446744073709551615)"),
            change(Kind::kJitter, 2, ~std::uint64_t{0}));
  EXPECT_EQ(change_of("dec.5.cross.level1.offset=freeze"), change(Kind::kFreeze, 1));
  EXPECT_EQ(change_of("dec.5.cross.level1.offset=mean"), change(Kind::kMean, 1));
  OffsetsChange at{.unit = level, .kind = Kind::kAt, .places = {{320, 24.5}}};
  EXPECT_EQ(change_of("dec.5.cross.level1.offset=at( 320 , 24.5 )"), AttentionChange(at));
  EXPECT_EQ(change_of("dec.5.cross.level1.offset=at(320 24.5)"), AttentionChange(at));
  at.places = {{1, 2}, {-3, 4}};
  EXPECT_EQ(change_of("dec.5.cross.level1.offset=at(1 2; -3  4)"), AttentionChange(at));
}

TEST(InterventionText, UnitsAreCopiedFromAnotherRun) {
  const auto patch = [](const AttentionUnit& unit, PatchPart part, const std::string& file) {
    return AttentionChange(Patch{.unit = unit, .part = part, .file = file});
  };
  AttentionUnit heads = cross(3);
  EXPECT_EQ(change_of("dec.3.cross=patch(night.jpg)"),
            patch(heads, PatchPart::kHeads, "night.jpg"));
  heads.heads = only({5});
  EXPECT_EQ(change_of("dec.3.cross.head5 = patch( my night.JPG )"),
            patch(heads, PatchPart::kHeads, "my night.JPG"));
  EXPECT_EQ(change_of("dec.3.cross.head5.weights=patch(exps/r50.pth)"),
            patch(heads, PatchPart::kWeights, "exps/r50.pth"));
  EXPECT_EQ(change_of("enc.2.offset=patch(\"a (2) \\\"b\\\".safetensors\")"),
            patch(unit(Module::kEncoderSelf, {2}), PatchPart::kOffsets, "a (2) \"b\".safetensors"));
  EXPECT_EQ(change_of("dec.1.self.weights=patch(C:\\x.png)"),
            patch(unit(Module::kDecoderSelf, {1}), PatchPart::kWeights, "C:\\x.png"));
}

TEST(InterventionText, ReferencePointsAreChanged) {
  using Kind = ReferenceChange::Kind;
  EXPECT_EQ(change_of("dec.5.cross.reference=move(-10,2.5)"),
            AttentionChange(ReferenceChange{cross(5), Kind::kMove, {-10, 2.5}}));
  AttentionUnit query = cross(5);
  query.queries = only({17});
  EXPECT_EQ(change_of("dec.5.cross.query[17].reference=set(320 , 240)"),
            AttentionChange(ReferenceChange{query, Kind::kSet, {320, 240}}));
}

TEST(InterventionText, QueriesAreOff) {
  EXPECT_EQ(change_of("query[17]=off"), AttentionChange(QueriesOff{only({17}), true, true}));
  EXPECT_EQ(change_of("query[1,3]=off(key)"),
            AttentionChange(QueriesOff{only({1, 3}), true, false}));
  EXPECT_EQ(change_of("query[*]=off(output)"), AttentionChange(QueriesOff{{}, false, true}));
}

TEST(InterventionText, RegionsAreRectanglesAndPolygons) {
  EXPECT_EQ(change_of("memory.region(10,20,100,50.5)=forbid"),
            AttentionChange(MemoryRegion{{{10, 20}, {110, 20}, {110, 70.5}, {10, 70.5}}, true, 0}));
  EXPECT_EQ(change_of("memory.region(10 20;200 20;90 150)=prefer(2)"),
            AttentionChange(MemoryRegion{{{10, 20}, {200, 20}, {90, 150}}, false, 2}));
}

TEST(InterventionText, OutputIsThatOfAnEarlierLayer) {
  EXPECT_EQ(change_of("output=layer(2)"), AttentionChange(EarlyExit{2}));
}

TEST(InterventionText, SetsAscendAndHaveEachNumberOnce) {
  const auto set = [](std::string_view text) {
    return std::get<QueriesOff>(change_of("query[" + std::string(text) + "]=off")).queries;
  };
  EXPECT_EQ(set("*"), IndexSet());
  EXPECT_EQ(set("9,1,3-5,4,007"), only({1, 3, 4, 5, 7, 9}));
  EXPECT_EQ(set("2-2"), only({2}));
  EXPECT_EQ(set("1000000"), only({1'000'000}));
  EXPECT_EQ(set("0-99999").some.size(), 100'000u);
  EXPECT_TRUE(set("3-5").has(4));
  EXPECT_FALSE(set("3-5").has(6));
  EXPECT_TRUE(set("*").has(6));
}

TEST(InterventionText, SpacesMayStandAroundSignsAndAtBothEnds) {
  EXPECT_EQ(change_of(" dec.1 , 3.cross.head0 , 2 = off "), change_of("dec.1,3.cross.head0,2=off"));
  EXPECT_EQ(change_of("memory.region( 1 , 2 , 3 , 4 ) = prefer( 5 )"),
            change_of("memory.region(1,2,3,4)=prefer(5)"));
  EXPECT_EQ(change_of("memory.region(1 2 ; 3 4 ; 5  7)=forbid"),
            change_of("memory.region(1 2;3 4;5 7)=forbid"));
}

TEST(InterventionText, IsKeptAsGiven) {
  EXPECT_EQ(parse_intervention(" query[1] = off").text, " query[1] = off");
}

TEST(InterventionText, AWholeLayerHoldsItsBranches) {
  const BranchOff layer{Branch::kDecoderLayer, only({2})}, ffn{Branch::kEncoderFfn, {}};
  EXPECT_TRUE(layer.has(Branch::kDecoderSelf, 2) && layer.has(Branch::kDecoderCross, 2) &&
              layer.has(Branch::kDecoderFfn, 2));
  EXPECT_FALSE(layer.has(Branch::kDecoderFfn, 3));
  EXPECT_FALSE(layer.has(Branch::kEncoderFfn, 2));
  EXPECT_TRUE(ffn.has(Branch::kEncoderFfn, 7));
  EXPECT_FALSE(ffn.has(Branch::kEncoderSelf, 7));
}

TEST(CanonicalText, IsTheShortestWithoutSpaces) {
  const auto canonical = [](std::string_view text) { return canonical_text(change_of(text)); };
  EXPECT_EQ(canonical("enc.2.head1=off( zero )"), "enc.2.self.head1=off");
  EXPECT_EQ(canonical("dec.5,4,3,1 , 0.cross.point0=off(renorm)"), "dec.0,1,3-5.cross.point0=off");
  EXPECT_EQ(canonical("dec.3.cross.point*=off"), "dec.3.cross.level*=off");
  EXPECT_EQ(canonical("dec.3.cross.offset=jitter(0.10)"), "dec.3.cross.offset=jitter(0.1,0)");
  EXPECT_EQ(canonical("dec.*.cross.head2.offset = mean"), "dec.*.cross.head2.offset=mean");
  EXPECT_EQ(canonical("memory.region(0,0,2,1)=forbid"), "memory.region(0 0;2 0;2 1;0 1)=forbid");
  EXPECT_EQ(canonical("enc.1.offset=at(10 20.50)"), "enc.1.self.offset=at(10,20.5)");
  EXPECT_EQ(canonical("enc.1.offset=at(1 2 ; 3 4)"), "enc.1.self.offset=at(1 2;3 4)");
  EXPECT_EQ(canonical("dec.1.cross.head* = patch(\"a.png\")"), "dec.1.cross=patch(a.png)");
  EXPECT_EQ(canonical("dec.1.cross=patch(\"(a).png\")"), "dec.1.cross=patch(\"(a).png\")");
  EXPECT_EQ(canonical("output = layer(04)"), "output=layer(4)");
}

TEST(CanonicalText, ReadsBackToTheSameChange) {
  RandomChanges changes(17);
  for (int i = 0; i < 5'000; ++i) {
    const AttentionChange change = changes.next();
    const std::string text = canonical_text(change);
    ASSERT_EQ(change_of(text), change) << text;
    ASSERT_EQ(canonical_text(change_of(text)), text);
  }
}

}  // namespace
}  // namespace saccade
