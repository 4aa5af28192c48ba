// Which images go through the network together.
#include "saccade/data/batch_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace saccade {
namespace {

TEST(BatchPlan, BatchesShareOneInputSizeAndTheLargestComesFirst) {
  // 100 x 50 and 200 x 100 both become 80 x 40; 50 x 100 becomes 40 x 80; 50 x 50 becomes 40 x 40.
  const std::vector<int> images = {0, 1, 2, 3, 4};
  const std::vector<ImageSize> sizes = {{50, 50}, {100, 50}, {50, 100}, {200, 100}, {100, 50}};
  const auto batches = plan_batches(images, sizes, 2, {40, 100});
  ASSERT_EQ(batches.size(), 4u);
  EXPECT_EQ(batches[0].images, std::vector<int>{2});
  EXPECT_EQ(batches[0].input, (ImageSize{40, 80}));
  EXPECT_EQ(batches[1].images, (std::vector<int>{1, 3}));
  EXPECT_EQ(batches[1].input, (ImageSize{80, 40}));
  EXPECT_EQ(batches[2].images, std::vector<int>{4});
  EXPECT_EQ(batches[3].images, std::vector<int>{0});
}

TEST(BatchPlan, HoldsEveryImageOnceWhateverTheBatchSize) {
  std::vector<int> images;
  std::vector<ImageSize> sizes;
  for (int i = 0; i < 57; ++i) {
    images.push_back(3 * i);
    sizes.push_back({100 + i % 5, 80 + i % 3});
  }
  for (const int batch_size : {1, 2, 8, 100}) {
    std::set<int> seen;
    std::size_t count = 0;
    for (const PlannedBatch& batch : plan_batches(images, sizes, batch_size, {60, 90})) {
      EXPECT_LE(batch.images.size(), static_cast<std::size_t>(batch_size));
      seen.insert(batch.images.begin(), batch.images.end());
      count += batch.images.size();
    }
    EXPECT_EQ(count, 57u);
    EXPECT_EQ(seen.size(), 57u);
  }
}

}  // namespace
}  // namespace saccade
