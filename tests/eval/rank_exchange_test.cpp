// What the ranks of an evaluation tell each other.
#include "saccade/eval/rank_exchange.h"

#include <gtest/gtest.h>

#include "saccade/core/error.h"

namespace saccade {
namespace {

CocoDataSet two_images() {
  return CocoDataSet("set.json", {{.id = {1}}, {.id = {2}}}, {{.id = {5}}}, {});
}

TEST(RankExchange, RowsComeBackAsTheyWere) {
  const FoundRow row{.detection = {.image = 1, .category = 0, .score = 0.25, .box = {1, 2, 3, 4}},
                     .query = 17};
  std::vector<FoundRow> rows;
  append_rows(rows, to_bytes(std::vector<FoundRow>{row, row}), two_images());
  append_rows(rows, "", two_images());
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1].detection.image, 1);
  EXPECT_EQ(rows[1].detection.score, 0.25);
  EXPECT_EQ(rows[1].detection.box.height, 4);
  EXPECT_EQ(rows[1].query, 17);
}

TEST(RankExchange, ProblemsComeBackAsTheyWere) {
  std::vector<ImageProblem> problems;
  append_problems(problems,
                  to_bytes(std::vector<ImageProblem>{{1, {"a.jpg", "cut\toff\n", true}},
                                                     {0, {"b.jpg", "turned", false}}}),
                  two_images());
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].image, 1);
  EXPECT_EQ(problems[0].problem.where, "a.jpg");
  EXPECT_EQ(problems[0].problem.what, "cut\toff\n");
  EXPECT_TRUE(problems[0].problem.breaks);
  EXPECT_FALSE(problems[1].problem.breaks);
}

TEST(RankExchange, IndicesOfTheFirstRankAreItsOwn) {
  RankGroup alone(std::nullopt);
  EXPECT_EQ(indices_of_first({3, 1, 70000}, "some", alone),
            (std::vector<std::int32_t>{3, 1, 70000}));
  EXPECT_TRUE(indices_of_first({}, "none", alone).empty());
}

TEST(RankExchange, WhatDoesNotFitTheDataSetIsRefused) {
  const FoundRow other_image{.detection = {.image = 2}};
  const FoundRow other_category{.detection = {.category = -1}};
  std::vector<FoundRow> rows;
  EXPECT_THROW(append_rows(rows, to_bytes(std::vector<FoundRow>{other_image}), two_images()),
               Error);
  EXPECT_THROW(append_rows(rows, to_bytes(std::vector<FoundRow>{other_category}), two_images()),
               Error);
  EXPECT_THROW(append_rows(rows, "half", two_images()), Error);
  std::vector<ImageProblem> problems;
  EXPECT_THROW(append_problems(problems, "no separators", two_images()), Error);
  EXPECT_THROW(
      append_problems(problems, to_bytes(std::vector<ImageProblem>{{9, {"a", "b"}}}), two_images()),
      Error);
}

}  // namespace
}  // namespace saccade
