// Which image stands in for which: off(resample).
#include "saccade/study/set_donors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

namespace saccade {
namespace {

std::vector<int> numbers(int count) {
  std::vector<int> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), 10);
  return all;
}

TEST(SetDonors, AreAllOthersInAnOrderThatTheSeedGives) {
  const std::vector<int> group = numbers(9);
  for (const int image : group) {
    std::vector<int> order = donor_order(7, image, group);
    EXPECT_EQ(order, donor_order(7, image, group));
    order.push_back(image);
    std::sort(order.begin(), order.end());
    EXPECT_EQ(order, group);
  }
}

// Not one image for all: each other one is drawn about as often.
TEST(SetDonors, AreDrawnEvenly) {
  const std::vector<int> group = numbers(21);
  std::vector<int> drawn(40, 0);
  for (std::uint64_t seed = 0; seed < 1000; ++seed)
    ++drawn[static_cast<std::size_t>(donor_order(seed, 10, group)[0])];
  EXPECT_EQ(drawn[10], 0);
  for (int other = 11; other < 31; ++other) {
    EXPECT_GT(drawn[static_cast<std::size_t>(other)], 20) << other;  // 50 expected, 7 its deviation
    EXPECT_LT(drawn[static_cast<std::size_t>(other)], 85) << other;
  }
  std::set<int> of_images;
  for (const int image : group) of_images.insert(donor_order(0, image, group)[0]);
  EXPECT_GT(of_images.size(), 8U);
}

TEST(SetDonors, AnImageAloneHasNone) { EXPECT_TRUE(donor_order(0, 4, std::vector{4}).empty()); }

}  // namespace
}  // namespace saccade
