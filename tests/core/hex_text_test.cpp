// Bytes as digits.
#include "saccade/core/hex_text.h"

#include <gtest/gtest.h>

#include <array>

namespace saccade {
namespace {

TEST(HexText, HasTwoDigitsForEveryByte) {
  constexpr std::array<unsigned char, 4> kBytes = {0x00, 0x0F, 0xA5, 0xFF};
  EXPECT_EQ(hex_text(std::as_bytes(std::span(kBytes))), "000fa5ff");
  EXPECT_EQ(hex_text({}), "");
}

}  // namespace
}  // namespace saccade
