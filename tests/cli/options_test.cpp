// Lists and points as people type them.
#include "saccade/cli/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "saccade/core/error.h"

namespace saccade {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string refusal_of(const std::string& text) {
  try {
    parse_index_list(text, 6, "--layer");
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(IndexList, TakesNumbersRangesAndAll) {
  EXPECT_THAT(parse_index_list("3", 6, "--layer"), ElementsAre(3));
  EXPECT_THAT(parse_index_list("0,3", 6, "--layer"), ElementsAre(0, 3));
  EXPECT_THAT(parse_index_list("0-2", 6, "--layer"), ElementsAre(0, 1, 2));
  EXPECT_THAT(parse_index_list("4-4,0-1", 6, "--layer"), ElementsAre(0, 1, 4));
  EXPECT_THAT(parse_index_list("all", 3, "--layer"), ElementsAre(0, 1, 2));
}

TEST(IndexList, NamesEveryIndexOnceInAscendingOrder) {
  EXPECT_THAT(parse_index_list("5,1,1,0-2", 6, "--layer"), ElementsAre(0, 1, 2, 5));
  EXPECT_THAT(parse_index_list("2,all", 3, "--layer"), ElementsAre(0, 1, 2));
}

TEST(IndexList, RefusesWhatTheModelLacksAndSaysWhatItHas) {
  EXPECT_EQ(refusal_of("6"), "--layer 6: this model has 0 to 5");
  EXPECT_EQ(refusal_of("0-6"), "--layer 0-6: this model has 0 to 5");
  EXPECT_EQ(refusal_of("0-2000000000"), "--layer 0-2000000000: this model has 0 to 5");
}

TEST(IndexList, RefusesWhatIsNoList) {
  for (const char* text : {"x", "-1", "1-", "-", "2-1", "1.5", "0-1-2", "1,,2", " 1", "0x1",
                           "99999999999999999999", "ALL"}) {
    EXPECT_THAT(refusal_of(text), HasSubstr("expected a list such as 0,3 or 0-2 or all")) << text;
  }
  EXPECT_THAT(refusal_of(""), HasSubstr("--layer is empty"));
}

TEST(Point, TakesTwoNumbers) {
  EXPECT_EQ(parse_point("320,218", "--at"), std::pair(320.0, 218.0));
  EXPECT_EQ(parse_point("0.5,-3", "--at"), std::pair(0.5, -3.0));
}

TEST(Point, RefusesAnythingElse) {
  for (const char* text : {"", "320", "320,", ",218", "320,218,1", "320 218", "a,b", "320,218px",
                           "320x218", "nan,nan", "inf,0", "0,-inf", "1e999,0"}) {
    EXPECT_THROW(parse_point(text, "--at"), UsageError) << text;
  }
}

}  // namespace
}  // namespace saccade
