// Text made fit for a terminal.
#include "saccade/core/one_line.h"

#include <gtest/gtest.h>

namespace saccade {
namespace {

TEST(OneLine, ControlCharactersBecomeQuestionMarks) {
  EXPECT_EQ(one_line("a\x1b[31mb\r\nc\x7f"), "a?[31mb??c?");
  EXPECT_EQ(one_line(std::string_view("a\0b\t", 4)), "a?b?");
  EXPECT_EQ(one_line("\xC2\x9B"
                     "31m\xC2\x80\xC2\x9F"),
            "?31m??");
}

TEST(OneLine, NamesInAnyScriptStay) {
  for (const char* name :
       {"", "Straße 7", "猫", "\xC2\xA0\xC2\xBD", "broken \xC2", "\xF0\x9F\x9A\xB2"})
    EXPECT_EQ(one_line(name), name);
}

TEST(FirstLine, LeavesOutWhatFollowsALineBreak) {
  EXPECT_EQ(first_line("wrong\nframe #0"), "wrong");
  EXPECT_EQ(first_line("wrong"), "wrong");
}

}  // namespace
}  // namespace saccade
