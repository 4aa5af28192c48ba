// Strides of a pyramid from the sizes of its levels.
#include "saccade/core/level_strides.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace saccade {
namespace {

using ::testing::ElementsAre;

TEST(LevelStrides, AreThoseThatTheLevelsWereMadeBy) {
  EXPECT_THAT(level_strides({{100, 134}, {50, 67}, {25, 34}, {13, 17}}, 1066, 800),
              ElementsAre(8, 16, 32, 64));
}

// 33 pixels across are 3 columns at stride 16: by them alone it would be 8.
TEST(LevelStrides, AreTakenFromTheSideThatIsRoundedLess) {
  EXPECT_THAT(level_strides({{64, 5}, {32, 3}, {16, 2}, {8, 1}}, 33, 512),
              ElementsAre(8, 16, 32, 64));
}

}  // namespace
}  // namespace saccade
