// Ids to indices, by either spelling.
#include "saccade/data/id_index.h"

#include <gtest/gtest.h>

#include <ctime>

namespace saccade {
namespace {

IdIndex index_of(std::vector<RecordId> ids) {
  IdIndex index;
  index.build(std::move(ids));
  return index;
}

TEST(IdIndex, FindsNumbersThatLieCloseAndFarApart) {
  for (const std::int64_t far : {std::int64_t{9}, INT64_MAX}) {
    const IdIndex index = index_of({{-3, ""}, {far, ""}, {0, ""}});
    EXPECT_EQ(index.find(-3), 0);
    EXPECT_EQ(index.find(far), 1);
    EXPECT_EQ(index.find(0), 2);
    EXPECT_EQ(index.find(1), -1);
    EXPECT_EQ(index.find(-4), -1);
    EXPECT_EQ(index.find(INT64_MIN), -1);
  }
  const IdIndex ends = index_of({{INT64_MIN, ""}, {INT64_MAX, ""}});
  EXPECT_EQ(ends.find(INT64_MIN), 0);
  EXPECT_EQ(ends.find(INT64_MAX), 1);
  EXPECT_EQ(index_of({}).find(0), -1);
}

TEST(IdIndex, ANumberAndItsTextFindEachOther) {
  const IdIndex index = index_of({{42, ""}, {0, "7"}, {0, "a"}});
  EXPECT_EQ(index.find("42"), 0);
  EXPECT_EQ(index.find(7), 1);
  EXPECT_EQ(index.find("a"), 2);
  EXPECT_EQ(index.find("042"), -1);
  EXPECT_EQ(index.find("42.0"), -1);
  EXPECT_EQ(index.find(""), -1);
}

TEST(IdIndex, TheExactSpellingComesFirst) {
  const IdIndex index = index_of({{0, "42"}, {42, ""}});
  EXPECT_EQ(index.find(42), 1);
  EXPECT_EQ(index.find("42"), 0);
}

TEST(IdIndex, OfEqualIdsTheFirstCounts) {
  EXPECT_EQ(index_of({{5, ""}, {5, ""}}).find(5), 0);
  EXPECT_EQ(index_of({{0, "a"}, {0, "a"}}).find("a"), 0);
}

// 712697 and 1447153 are sizes a table of the standard library grows to: were the number its own hash,
// all of these ids would share one bucket and the test would take minutes.
TEST(IdIndex, IdsWithACommonFactorAreFoundInAMoment) {
  constexpr std::int64_t kStep = std::int64_t{712'697} * 1'447'153;
  std::vector<RecordId> ids;
  for (std::int64_t i = 0; i < 1'000'000; ++i) ids.push_back({i * kStep, ""});
  const std::clock_t begin = std::clock();
  const IdIndex index = index_of(std::move(ids));
  EXPECT_EQ(index.find(999'999 * kStep), 999'999);
  EXPECT_EQ(index.find(kStep + 1), -1);
  EXPECT_LT(std::clock() - begin, 20 * CLOCKS_PER_SEC);
}

}  // namespace
}  // namespace saccade
