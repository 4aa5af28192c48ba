// One object through the frames of a sequence.
#include "saccade/explain/object_track.h"

#include <gtest/gtest.h>

namespace saccade {
namespace {

// A box of 10 x 10 pixels; overlaps another `dx` to its right with an IoU of (10 - dx) / (10 + dx).
BoxXyxy box_at(double x) { return {x, 0, x + 10, 10}; }

Detection seen(int query, int label, double score, double x) {
  return {.query = query, .label = label, .score = score, .box = box_at(x)};
}

const Detection kElsewhere = seen(9, 0, 0.9, 500);

TEST(FindAgain, TakesTheDetectionOfTheClassThatOverlapsMost) {
  const std::vector<Detection> detections = {seen(0, 1, 0.9, 0), seen(1, 0, 0.8, 4),
                                             seen(2, 0, 0.06, 1)};
  const auto found = find_again(detections, kElsewhere, {7, 0, box_at(0)}, {});
  // The class is another one, and the faint one is a duplicate of the better one.
  ASSERT_TRUE(found);
  EXPECT_EQ(found->query, 1);
}

TEST(FindAgain, SeesADipOfTheScoreAndNotLess) {
  const SoughtObject sought{7, 0, box_at(0)};
  EXPECT_TRUE(find_again({seen(2, 0, 0.05, 1)}, kElsewhere, sought, {}));
  EXPECT_FALSE(find_again({seen(2, 0, 0.049, 1)}, kElsewhere, sought, {}));
}

TEST(FindAgain, WantsTheOverlapThatTheRuleSays) {
  const SoughtObject sought{7, 0, box_at(0)};  // 5 pixels on: IoU 1/3
  EXPECT_TRUE(find_again({seen(2, 0, 0.9, 5)}, kElsewhere, sought, {.least_iou = 0.33}));
  EXPECT_FALSE(find_again({seen(2, 0, 0.9, 5)}, kElsewhere, sought, {.least_iou = 0.34}));
}

TEST(FindAgain, FallsBackOnTheSameQueryWhereItsClassAgrees) {
  const SoughtObject sought{7, 0, box_at(0)};
  EXPECT_EQ(find_again({}, seen(7, 0, 0.01, 8), sought, {})->query, 7);  // IoU 1/9
  EXPECT_FALSE(find_again({}, seen(7, 1, 0.01, 8), sought, {}));
  EXPECT_FALSE(find_again({}, seen(7, 0, 0.01, 9), sought, {}));  // IoU 1/19
}

TEST(ObjectTrack, MovesThePlaceOnAtTheLastPace) {
  ObjectTrack track(seen(3, 1, 0.9, 0), 0, {});
  EXPECT_EQ(track.next(1)->at, 1);
  EXPECT_EQ(track.next(1)->sought.box.x0, 0);  // no pace is known yet
  track.put(1, seen(4, 1, 0.9, 6));
  EXPECT_EQ(track.next(1)->sought.box.x0, 12);
  EXPECT_EQ(track.next(1)->sought.query, 4);
  track.put(2, std::nullopt);
  const auto step = track.next(1);
  EXPECT_EQ(step->at, 3);
  EXPECT_EQ(step->sought.box.x0, 18);  // two frames on
}

TEST(ObjectTrack, GivesUpAfterTheGapAndNotBefore) {
  ObjectTrack track(seen(3, 1, 0.9, 0), 5, {.most_gaps = 2});
  track.put(6, std::nullopt);
  ASSERT_TRUE(track.next(1));
  track.put(7, std::nullopt);
  EXPECT_FALSE(track.next(1));
  // The other direction has a patience of its own.
  EXPECT_EQ(track.next(-1)->at, 4);
}

TEST(ObjectTrack, GoesOnAfterAFrameWithoutTheObject) {
  ObjectTrack track(seen(3, 1, 0.9, 0), 0, {.most_gaps = 1});
  track.put(1, std::nullopt);
  EXPECT_FALSE(track.next(1));
  ObjectTrack patient(seen(3, 1, 0.9, 0), 0, {.most_gaps = 2});
  patient.put(1, std::nullopt);
  patient.put(2, seen(3, 1, 0.8, 8));
  EXPECT_EQ(patient.next(1)->sought.box.x0, 12);  // 4 pixels a frame
}

TEST(ObjectTrack, ReadsThePaceBackwardsAcrossTheStart) {
  ObjectTrack track(seen(3, 1, 0.9, 0), 2, {});
  track.put(3, seen(3, 1, 0.9, 5));
  EXPECT_EQ(track.next(-1)->at, 1);
  EXPECT_EQ(track.next(-1)->sought.box.x0, -5);
}

}  // namespace
}  // namespace saccade
