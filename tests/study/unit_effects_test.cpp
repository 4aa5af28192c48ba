// What switching units off does to the numbers.
#include "saccade/study/unit_effects.h"

#include <gtest/gtest.h>

#include <cmath>

#include "saccade/core/error.h"
#include "tests/eval/tiny_sets.h"

namespace saccade {
namespace {

constexpr BoxXywh kBox{10, 10, 50, 50};

// Four images with one truth each, found by the baseline.
class UnitEffectsTest : public testing::Test {
 protected:
  UnitEffectsTest()
      : data_(tiny_set(4, 1,
                       {truth(1, 0, 0, kBox), truth(2, 1, 0, kBox), truth(3, 2, 0, kBox),
                        truth(4, 3, 0, kBox)})) {}

  static CocoDetection found(int image, double score, BoxXywh box = kBox) {
    return {.image = image, .category = 0, .score = score, .box = box};
  }
  static CocoResults baseline() {
    return detections({found(0, 0.9), found(1, 0.9), found(2, 0.9), found(3, 0.9)});
  }

  UnitEffects measure(std::vector<CocoResults> variants, const EffectOptions& options = {}) const {
    return measure_effects(data_, {0, 1, 2, 3}, static_cast<int>(variants.size()) - 1,
                           [&](int v) { return variants[static_cast<std::size_t>(v)]; }, options,
                           {});
  }

  const CocoDataSet data_;
};

TEST_F(UnitEffectsTest, AVariantLikeTheBaselineChangesNothing) {
  const UnitEffects effects = measure({baseline(), baseline()});
  EXPECT_EQ(effects.baseline.stats[0], 1);
  const UnitEffect& unit = effects.units[0];
  EXPECT_EQ(unit.change.stats[0], 0);
  EXPECT_EQ(unit.ap.difference.low, 0);
  EXPECT_EQ(unit.ap.p, 1);
  EXPECT_EQ(unit.q, 1);
  EXPECT_EQ(unit.detections.kept, 4);
  EXPECT_EQ(unit.detections.lost + unit.detections.gained + unit.detections.moved, 0);
  EXPECT_TRUE(std::isnan(unit.change.stats[5])) << "there is no large truth";
}

// Image 1 loses its detection, image 2 gets a false one, that of image 3 moves by a tenth of the box.
TEST_F(UnitEffectsTest, CountsWhatIsLostGainedAndMoved) {
  const CocoResults variant =
      detections({found(0, 0.9), found(1, 0.4), found(2, 0.9), found(2, 0.8, {300, 300, 50, 50}),
                  found(3, 0.9, {15, 10, 50, 50})});
  const UnitEffect unit = measure({baseline(), variant}).units[0];
  EXPECT_EQ(unit.detections.kept, 3);
  EXPECT_EQ(unit.detections.lost, 1);
  EXPECT_EQ(unit.detections.gained, 1);
  EXPECT_EQ(unit.detections.moved, 1);
  EXPECT_EQ(unit.images.better, 0);
  EXPECT_EQ(unit.images.worst, (std::vector<int>{1, 2}));
  EXPECT_LT(unit.change.stats[0], 0);
  EXPECT_NEAR(unit.ap.difference.value, unit.change.stats[0], 1e-12);
  EXPECT_LE(unit.ap.difference.low, unit.ap.difference.value);
  EXPECT_NEAR(unit.change.class_ap[0], unit.change.stats[0], 1e-12);
  EXPECT_GT(unit.change.tide[static_cast<int>(TideType::kBkg)], 0);
}

// All images lose everything: as sure as 1000 resamples can be, with two units half as sure.
TEST_F(UnitEffectsTest, AdjustsPForTheNumberOfUnits) {
  const UnitEffects effects = measure({baseline(), detections({}), baseline()});
  EXPECT_EQ(effects.units[0].change.stats[0], -1);
  EXPECT_NEAR(effects.units[0].ap.p, 2.0 / 1001, 1e-12);
  EXPECT_NEAR(effects.units[0].q, 4.0 / 1001, 1e-12);
  EXPECT_EQ(effects.units[1].q, 1);
}

TEST_F(UnitEffectsTest, MeasuresAnObjectiveToo) {
  EffectOptions options;
  options.objective = parse_objective("AP50", data_);
  const UnitEffect unit = measure({baseline(), detections({found(0, 0.9)})}, options).units[0];
  ASSERT_TRUE(unit.objective);
  EXPECT_EQ(unit.objective->difference.value, unit.change.stats[1]);
}

TEST_F(UnitEffectsTest, WithoutImagesThereIsNothingToMeasure) {
  EXPECT_THROW(measure_effects(data_, {}, 0, [](int) { return CocoResults{}; }, {}, {}), Error);
}

}  // namespace
}  // namespace saccade
