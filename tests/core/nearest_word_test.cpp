// The word that was probably meant.
#include "saccade/core/nearest_word.h"

#include <gtest/gtest.h>

namespace saccade {
namespace {

const std::vector<std::string> kCommands = {"detect", "explain", "doctor"};

TEST(NearestWord, FindsTheWordBehindATypo) {
  EXPECT_EQ(nearest_word("detetc", kCommands), "detect");
  EXPECT_EQ(nearest_word("explian", kCommands), "explain");
  EXPECT_EQ(nearest_word("explain", kCommands), "explain");
  EXPECT_EQ(nearest_word("docter", kCommands), "doctor");
  EXPECT_EQ(nearest_word("--wieghts", {"--weights", "--threads"}), "--weights");
}

TEST(NearestWord, IsEmptyWhereNothingIsNear) {
  EXPECT_EQ(nearest_word("photosynthesis", kCommands), "");
  EXPECT_EQ(nearest_word("xyz", kCommands), "");
  EXPECT_EQ(nearest_word("detect", {}), "");
}

// Of two as near as each other the first stands.
TEST(NearestWord, PrefersTheFirstOfEquals) {
  EXPECT_EQ(nearest_word("cat", {"car", "cap"}), "car");
}

}  // namespace
}  // namespace saccade
