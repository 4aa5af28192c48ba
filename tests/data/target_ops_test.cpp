// Boxes under flips, resizes and crops.
#include "saccade/data/target_ops.h"

#include <gtest/gtest.h>

#include "saccade/core/error.h"

namespace saccade {
namespace {

Target target_of(ImageSize size, const std::vector<TargetBox>& boxes) {
  Target target{.orig_size = size, .size = size};
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    target.objects.push_back(
        {boxes[i], static_cast<std::int64_t>(i), 10, false, static_cast<std::int32_t>(i)});
  }
  return target;
}

TEST(TargetOps, AFlipMirrorsBoxesAndKeepsTheirArea) {
  Target target = target_of({100, 50}, {{10, 5, 30, 20}});
  flip_target(target);
  EXPECT_EQ(target.objects[0].box, (TargetBox{70, 5, 90, 20}));
  EXPECT_EQ(target.objects[0].area, 10);
  flip_target(target);
  EXPECT_EQ(target.objects[0].box, (TargetBox{10, 5, 30, 20}));
}

TEST(TargetOps, AResizeScalesEachAxisByItsOwnRatio) {
  Target target = target_of({100, 50}, {{10, 5, 30, 20}});
  resize_target(target, {200, 150});
  EXPECT_EQ(target.objects[0].box, (TargetBox{20, 15, 60, 60}));
  EXPECT_EQ(target.objects[0].area, 60);  // 10 * 2 * 3
  EXPECT_EQ(target.size, (ImageSize{200, 150}));
  EXPECT_EQ(target.orig_size, (ImageSize{100, 50}));
  EXPECT_THROW(resize_target(target, {0, 5}), Error);
}

// Inside, cut at the corner, touching the edge from outside, outside in one axis only.
TEST(TargetOps, ACropShiftsClipsAndRemoves) {
  Target target =
      target_of({100, 50}, {{22, 12, 25, 14}, {10, 5, 30, 20}, {5, 12, 20, 20}, {22, 41, 25, 48}});
  crop_target(target, {20, 10, 40, 30});
  ASSERT_EQ(target.objects.size(), 2u);
  EXPECT_EQ(target.objects[0].box, (TargetBox{2, 2, 5, 4}));
  EXPECT_EQ(target.objects[0].area, 6);
  EXPECT_EQ(target.objects[1].box, (TargetBox{0, 0, 10, 10}));
  EXPECT_EQ(target.objects[1].area, 100);
  EXPECT_EQ(target.objects[1].label, 1);
  EXPECT_EQ(target.size, (ImageSize{40, 30}));
}

TEST(TargetOps, ACropMayLeaveNothing) {
  Target target = target_of({100, 50}, {{0, 0, 5, 5}});
  crop_target(target, {20, 10, 40, 30});
  EXPECT_TRUE(target.objects.empty());
}

TEST(TargetOps, CropsOutsideThePictureAreErrors) {
  Target target = target_of({100, 50}, {});
  EXPECT_THROW(crop_target(target, {61, 0, 40, 10}), Error);
  EXPECT_THROW(crop_target(target, {0, 0, 0, 10}), Error);
}

TEST(TargetOps, NormalisedBoxesAreCentreAndSizeAsShares) {
  const BoxCxcywh box = normalised_box({20, 10, 60, 40}, {200, 100});
  EXPECT_FLOAT_EQ(box.cx, 0.2F);
  EXPECT_FLOAT_EQ(box.cy, 0.25F);
  EXPECT_FLOAT_EQ(box.width, 0.2F);
  EXPECT_FLOAT_EQ(box.height, 0.3F);
}

}  // namespace
}  // namespace saccade
