// Which images the steps of a training epoch see.
#include "saccade/data/train_sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "saccade/core/error.h"

namespace saccade {
namespace {

TEST(TrainSampler, SeesEachImageAtMostOnceAndFillsEveryBatch) {
  const TrainSampler sampler({.images = 23, .batch_size = 4}, 1, 0);
  EXPECT_EQ(sampler.steps(), 5);
  std::multiset<int> seen;
  for (std::int64_t step = 0; step < sampler.steps(); ++step) {
    const auto batch = sampler.batch(step);
    EXPECT_EQ(batch.size(), 4u);
    seen.insert(batch.begin(), batch.end());
  }
  EXPECT_EQ(seen.size(), 20u);
  for (const int image : seen) {
    EXPECT_EQ(seen.count(image), 1u);
    EXPECT_TRUE(image >= 0 && image < 23);
  }
}

TEST(TrainSampler, ProcessesSeeTogetherWhatOneWithTheirBatchesSees) {
  const TrainSampler one({.images = 50, .batch_size = 6}, 7, 3);
  for (std::int64_t step = 0; step < one.steps(); ++step) {
    std::vector<int> together;
    for (int rank = 0; rank < 3; ++rank) {
      const TrainSampler part({.images = 50, .batch_size = 2, .rank = rank, .world_size = 3}, 7, 3);
      EXPECT_EQ(part.steps(), one.steps());
      const auto batch = part.batch(step);
      together.insert(together.end(), batch.begin(), batch.end());
    }
    EXPECT_EQ(together, one.batch(step));
  }
}

TEST(TrainSampler, OrdersDifferByEpochAndSeedAndRepeatOtherwise) {
  const SamplerShape shape{.images = 40, .batch_size = 40};
  const auto order = [&](std::uint64_t seed, std::uint64_t epoch) {
    return TrainSampler(shape, seed, epoch).batch(0);
  };
  EXPECT_EQ(order(1, 2), order(1, 2));
  EXPECT_NE(order(1, 2), order(1, 3));
  EXPECT_NE(order(1, 2), order(2, 2));
}

TEST(TrainSampler, RefusesASetThatFillsNoStep) {
  EXPECT_THROW(TrainSampler({.images = 3, .batch_size = 4}, 1, 0), Error);
  EXPECT_THROW(TrainSampler({.images = 9, .rank = 2, .world_size = 2}, 1, 0), Error);
  EXPECT_THROW(TrainSampler({.images = 9}, 1, 0).batch(4), Error);
}

}  // namespace
}  // namespace saccade
