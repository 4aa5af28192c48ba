// The operator's own check passes, and says so line by line.
#include "saccade/op/selftest.h"

#include <gmock/gmock.h>

#include <sstream>

namespace saccade {
namespace {

TEST(OpSelftest, PrintsNineTrueLinesAndTheClosingLine) {
  std::ostringstream out;

  EXPECT_TRUE(run_op_selftest(out));

  std::istringstream lines(out.str());
  std::string line;
  for (int i = 0; i < 9; ++i) {
    std::getline(lines, line);
    EXPECT_THAT(line, testing::StartsWith("True  "));
    EXPECT_THAT(line, testing::ContainsRegex("max abs error .*, max relative error"));
  }
  std::getline(lines, line);
  EXPECT_EQ(line, "all checking is True");
}

}  // namespace
}  // namespace saccade
