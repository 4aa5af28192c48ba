// Random numbers: recorded values, so that a seed means the same everywhere and for ever.
#include "saccade/core/random.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <set>

namespace saccade {
namespace {

// The first values for state 0, as published with the generator.
TEST(Random, Splitmix64GivesItsPublishedValues) {
  std::uint64_t state = 0;
  EXPECT_EQ(splitmix64(state), 0xE220A8397B1DCDAFULL);
  EXPECT_EQ(splitmix64(state), 0x6E789E6AA1B965F4ULL);
  EXPECT_EQ(splitmix64(state), 0x06C45D188009454FULL);
}

// Worked by a second implementation, in Python that gives the published values of xoshiro256**.
TEST(Random, ASeedGivesTheRecordedStream) {
  Random random(42);
  for (const std::uint64_t expected :
       {0x15780B2E0C2EC716ULL, 0x6104D9866D113A7EULL, 0xAE17533239E499A1ULL, 0xECB8AD4703B360A1ULL})
    EXPECT_EQ(random.next(), expected);
  Random keyed{7, 3, 1000};
  for (const std::uint64_t expected :
       {0x1563B41D8ED3C276ULL, 0xB662705BDA68FA14ULL, 0xEC12C48928F279C4ULL, 0x2B5F55F9B49CDACBULL})
    EXPECT_EQ(keyed.next(), expected);
}

TEST(Random, BoundsAreIncludedAndEachValueIsAsLikely) {
  Random random(1);
  std::array<int, 7> counts{};
  for (int i = 0; i < 70'000; ++i) ++counts.at(static_cast<std::size_t>(random.between(-3, 3) + 3));
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 400);  // over four deviations
}

TEST(Random, RangesOfOneAndOfAllNumbersWork) {
  Random random(2);
  EXPECT_EQ(random.between(5, 5), 5);
  std::set<std::int64_t> seen;
  for (int i = 0; i < 100; ++i) {
    seen.insert(random.between(std::numeric_limits<std::int64_t>::min(),
                               std::numeric_limits<std::int64_t>::max()));
  }
  EXPECT_EQ(seen.size(), 100u);
  EXPECT_LT(*seen.begin(), 0);
  EXPECT_GT(*seen.rbegin(), 0);
}

// Three quarters of 2^64: without refusing draws the lowest third would come up twice as often as the rest.
TEST(Random, HugeRangesHaveNoBias) {
  Random random(3);
  const std::int64_t low = std::numeric_limits<std::int64_t>::min();
  const std::int64_t high = low + 0x3FFFFFFFFFFFFFFF + 0x7FFFFFFFFFFFFFFF;  // 0.75 * 2^64 values
  int lower = 0;
  for (int i = 0; i < 9'000; ++i) lower += random.between(low, high) < low + 0x3FFFFFFFFFFFFFFF;
  EXPECT_NEAR(lower, 3'000, 200);
}

TEST(Random, UniformLiesInTheHalfOpenUnitInterval) {
  Random random(4);
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double x = random.uniform();
    ASSERT_GE(x, 0.0);
    ASSERT_LT(x, 1.0);
    sum += x;
  }
  EXPECT_NEAR(sum / 10'000, 0.5, 0.012);
  EXPECT_FALSE(random.chance(0));
  EXPECT_TRUE(random.chance(1));
}

TEST(Random, KeysInAnotherOrderGiveAnotherStream) {
  std::set<std::uint64_t> firsts;
  for (std::uint64_t epoch = 0; epoch < 30; ++epoch) {
    for (std::uint64_t image = 0; image < 30; ++image)
      firsts.insert(Random{5, epoch, image}.next());
  }
  EXPECT_EQ(firsts.size(), 900u);
}

}  // namespace
}  // namespace saccade
