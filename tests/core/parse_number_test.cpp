// A number is the whole text or none.
#include "saccade/core/parse_number.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace saccade {
namespace {

TEST(ParseNumber, TakesTheWholeText) {
  EXPECT_EQ(parse_number<int>("-12"), -12);
  EXPECT_EQ(parse_number<std::uint64_t>("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(parse_number<double>("2.5e-1"), 0.25);
}

TEST(ParseNumber, IsNothingForAnythingElse) {
  for (const char* text : {"", " 1", "1 ", "1,", "+1", "0x1", "1.0", "x", "99999999999"})
    EXPECT_EQ(parse_number<int>(text), std::nullopt) << text;
  EXPECT_EQ(parse_number<unsigned>("-1"), std::nullopt);
  EXPECT_EQ(parse_number<double>("1e999"), std::nullopt);
}

}  // namespace
}  // namespace saccade
