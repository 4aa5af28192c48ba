// Boxes as plain numbers.
#include "saccade/core/boxes.h"

#include <gtest/gtest.h>

namespace saccade {
namespace {

// Two 2 x 2 boxes that share one cell: 1 of 7.
TEST(Boxes, IouOfOverlappingBoxesIsSharedOverUnion) {
  EXPECT_DOUBLE_EQ(box_iou({0, 0, 2, 2}, {1, 1, 3, 3}), 1.0 / 7.0);
}

TEST(Boxes, IouOfDisjointOrEmptyBoxesIsZero) {
  EXPECT_EQ(box_iou({0, 0, 1, 1}, {2, 2, 3, 3}), 0.0);
  EXPECT_EQ(box_iou({1, 1, 1, 1}, {1, 1, 1, 1}), 0.0);
}

TEST(Boxes, ClipKeepsWhatIsInsideTheImage) {
  const BoxXyxy clipped = clip_box({-5, 3, 700, 400}, 640, 380);
  EXPECT_EQ(clipped.x0, 0);
  EXPECT_EQ(clipped.y0, 3);
  EXPECT_EQ(clipped.x1, 640);
  EXPECT_EQ(clipped.y1, 380);
}

}  // namespace
}  // namespace saccade
