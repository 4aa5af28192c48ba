// Units of a kind, laid out as a matrix.
#include "saccade/study/unit_grid.h"

#include <gtest/gtest.h>

#include <set>

#include "saccade/core/error.h"
#include "saccade/explain/intervention_text.h"

namespace saccade {
namespace {

const InterventionLimits kStreet{.enc_layers = 3, .dec_layers = 6, .queries = 100};

UnitGrid grid(const std::string& kind, const InterventionLimits& limits = kStreet) {
  return unit_grid({.kind = kind}, limits);
}

// explain.md 4.6: single-unit spaces.
TEST(UnitGrid, HasEveryUnitOfTheModelOnce) {
  const std::vector<std::pair<std::string, std::size_t>> sizes = {
      {"dec.cross.head", 48}, {"dec.cross.level", 24}, {"dec.cross.point", 768},
      {"dec.cross.layer", 6}, {"dec.self.head", 48},   {"enc.head", 24},
      {"enc.level", 12},      {"enc.point", 384},      {"query", 100}};
  ASSERT_EQ(sizes.size(), unit_kinds().size());
  for (const auto& [kind, size] : sizes) {
    const UnitGrid of = grid(kind);
    std::set<std::string> texts;
    std::set<std::pair<int, int>> places;
    for (const GridUnit& unit : of.units) {
      texts.insert(unit.text);
      places.emplace(unit.row, unit.column);
      EXPECT_LT(unit.row, std::ssize(of.rows)) << kind;
      EXPECT_LT(unit.column, std::ssize(of.columns)) << kind;
      EXPECT_NO_THROW(check_interventions({parse_intervention(unit.text)}, kStreet)) << unit.text;
    }
    EXPECT_EQ(texts.size(), size) << kind;
    EXPECT_EQ(places.size(), size) << kind;
  }
}

TEST(UnitGrid, TextsAreWhatAPersonWouldWrite) {
  EXPECT_EQ(grid("dec.cross.head").units[8 + 3].text, "dec.1.cross.head3=off(zero)");
  EXPECT_EQ(unit_grid({.kind = "dec.cross.head", .mode = "mean"}, kStreet).units[0].text,
            "dec.0.cross.head0=off(mean)");
  EXPECT_EQ(unit_grid({.kind = "enc.head", .mode = "resample", .seed = 4}, kStreet).units[0].text,
            "enc.0.self.head0=off(resample,4)");
  EXPECT_EQ(unit_grid({.mode = "mean", .means_file = "a b.safetensors"}, kStreet).units[0].text,
            "dec.0.cross.head0=off(mean,a b.safetensors)");
  EXPECT_EQ(grid("dec.cross.level").units[1].text, "dec.0.cross.level1=off(renorm)");
  EXPECT_EQ(unit_grid({.kind = "enc.level", .renormalise = false}, kStreet).units[0].text,
            "enc.0.self.level0=off(drop)");
  EXPECT_EQ(grid("dec.cross.point").units[16 + 5].text,
            "dec.0.cross.head1.level1.point1=off(renorm)");
  EXPECT_EQ(grid("dec.cross.layer").units[4].text, "dec.4.cross=off");
  EXPECT_EQ(grid("query").units[17].text, "query[17]=off");
}

UnitGrid template_grid(const std::string& kind, const InterventionLimits& limits = kStreet) {
  return unit_grid({.kind = kind, .as_template = true}, limits);
}

TEST(UnitGrid, TheTemplateTakesThePlaceOfEachHeadOfALayerAndOfAll) {
  const UnitGrid of = template_grid("dec.cross.head");
  ASSERT_EQ(of.rows.size(), 14u);  // six layers and all, weights and offsets
  EXPECT_EQ(of.rows[6], "all weights");
  EXPECT_EQ(of.rows[7], "dec.0 offsets");
  EXPECT_EQ(of.columns.size(), 9u);
  ASSERT_EQ(of.units.size(), 14u * 9);
  EXPECT_EQ(of.units[0].text, "dec.0.cross.head0.weights=mean");
  EXPECT_EQ(of.units[8].text, "dec.0.cross.weights=mean");
  EXPECT_EQ(of.units.back().text, "dec.*.cross.offset=mean");
  for (const GridUnit& unit : of.units)
    EXPECT_NO_THROW(check_interventions({parse_intervention(unit.text)}, kStreet)) << unit.text;
}

// What stands for all layers and heads of a kind at once, of the weights and of the offsets.
TEST(UnitGrid, TheTemplateOfEverythingIsMarked) {
  for (const char* kind : {"dec.cross.head", "dec.cross.layer"}) {
    std::vector<std::string> all;
    for (const GridUnit& unit : template_grid(kind).units)
      if (unit.is_all) all.push_back(unit.text);
    EXPECT_EQ(all,
              (std::vector<std::string>{"dec.*.cross.weights=mean", "dec.*.cross.offset=mean"}))
        << kind;
  }
}

TEST(UnitGrid, TheTemplateOfLayersAloneIsOneColumn) {
  const UnitGrid of = template_grid("dec.cross.layer");
  EXPECT_EQ(of.columns, std::vector<std::string>{"all"});
  EXPECT_EQ(of.units.size(), 14u);
  EXPECT_EQ(template_grid("enc.head").units.front().text, "enc.0.self.head0.weights=mean");
}

// Dense attention has no offsets.
TEST(UnitGrid, TheTemplateOfDenseAttentionIsOfWeights) {
  EXPECT_EQ(template_grid("dec.self.head").units.size(), 7u * 9);
  const InterventionLimits detr{.is_deformable = false};
  const UnitGrid of = template_grid("dec.cross.head", detr);
  EXPECT_EQ(of.units.size(), 7u * 9);
  for (const GridUnit& unit : of.units)
    EXPECT_NO_THROW(check_interventions({parse_intervention(unit.text)}, detr)) << unit.text;
  EXPECT_TRUE(has_template("enc.head"));
  EXPECT_FALSE(has_template("dec.cross.level"));
}

TEST(UnitGrid, QueriesStandTwentyToARow) {
  const UnitGrid of = grid("query", {.queries = 47});
  EXPECT_EQ(of.rows, (std::vector<std::string>{"q0", "q20", "q40"}));
  EXPECT_EQ(of.units[46].row, 2);
  EXPECT_EQ(of.units[46].column, 6);
}

TEST(UnitGrid, WhatTheModelLacksIsSaid) {
  const InterventionLimits detr{.is_deformable = false};
  EXPECT_NO_THROW(grid("dec.cross.head", detr));
  EXPECT_THROW(grid("dec.cross.level", detr), UsageError);
  EXPECT_THROW(grid("enc.point", detr), UsageError);
  EXPECT_THROW(grid("dec.cross.haed"), UsageError);
  EXPECT_THROW(unit_grid({.kind = "dec.cross.head", .mode = "half"}, kStreet), UsageError);
}

}  // namespace
}  // namespace saccade
