// Token indices and places.
#include "saccade/core/levels.h"

#include <gtest/gtest.h>

#include "saccade/core/error.h"

namespace saccade {
namespace {

const std::vector<LevelShape> kLevels = {{100, 134}, {50, 67}, {25, 34}, {13, 17}};

// The worked example of the specification: an 800 x 1066 image.
TEST(Levels, Token6930IsLevel0Row51Column96) {
  EXPECT_EQ(token_count(kLevels), 17821);
  const TokenPlace place = place_of_token(kLevels, 6930);
  EXPECT_EQ(place.level, 0);
  EXPECT_EQ(place.row, 51);
  EXPECT_EQ(place.column, 96);
}

TEST(Levels, EveryTokenComesBackFromItsPlace) {
  for (std::int64_t t = 0; t < token_count(kLevels); ++t) {
    ASSERT_EQ(token_at(kLevels, place_of_token(kLevels, t)), t);
  }
}

TEST(Levels, OutsideThePyramidIsAnError) {
  EXPECT_THROW(place_of_token(kLevels, 17821), Error);
  EXPECT_THROW(place_of_token(kLevels, -1), Error);
  EXPECT_THROW(token_at(kLevels, {0, 0, 134}), Error);
  EXPECT_THROW(token_at(kLevels, {4, 0, 0}), Error);
}

}  // namespace
}  // namespace saccade
