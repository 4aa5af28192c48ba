// Names of numbered files.
#include "saccade/core/natural_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace saccade {
namespace {

TEST(NaturalOrder, CountsNumbersByTheirValue) {
  std::vector<std::string> names = {"f10.png", "f2.png", "g1.png", "f2b.png", "f1.png", "f.png"};
  std::sort(names.begin(), names.end(), natural_less);
  EXPECT_EQ(names, (std::vector<std::string>{"f.png", "f1.png", "f2.png", "f2b.png", "f10.png",
                                             "g1.png"}));
}

TEST(NaturalOrder, ComparesNumbersThatNoIntegerHolds) {
  EXPECT_TRUE(natural_less("f99999999999999999999999.png", "f100000000000000000000000.png"));
  EXPECT_FALSE(natural_less("f100000000000000000000000.png", "f99999999999999999999999.png"));
}

TEST(NaturalOrder, CountsTheFirstNumberFirst) {
  EXPECT_TRUE(natural_less("a2/f10", "a10/f2"));
  EXPECT_TRUE(natural_less("clip1_f10", "clip1_f11"));
}

// A sort needs that one of two different names comes first, and that no name comes before itself.
TEST(NaturalOrder, IsStrict) {
  EXPECT_TRUE(natural_less("f7", "f07"));
  EXPECT_FALSE(natural_less("f07", "f7"));
  EXPECT_TRUE(natural_less("f07a1", "f7a01") != natural_less("f7a01", "f07a1"));
  EXPECT_FALSE(natural_less("f07", "f07"));
  EXPECT_FALSE(natural_less("", ""));
  EXPECT_TRUE(natural_less("", "0"));
}

TEST(EndingNumber, IsWrittenAsInTheName) {
  EXPECT_EQ(ending_number("Town02_008280.jpg"), "008280");
  EXPECT_EQ(ending_number("clip.7/f12"), "12");
  EXPECT_EQ(ending_number("2024/7.png"), "7");
  EXPECT_EQ(ending_number("f12b.png"), "");
  EXPECT_EQ(ending_number("street.jpg"), "");
}

}  // namespace
}  // namespace saccade
