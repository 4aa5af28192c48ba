// Casts between float types.
#include "saccade/checkpoint/cast_tensor.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "saccade/core/error.h"

namespace saccade {
namespace {

RawTensor floats(std::vector<float> values) {
  auto kept = std::make_shared<std::vector<float>>(std::move(values));
  const auto bytes = std::as_bytes(std::span<const float>(*kept));
  return {.shape = {static_cast<std::int64_t>(kept->size())},
          .strides = {1},
          .storage = std::make_shared<Storage>(Storage{bytes, kept})};
}

// Values of IEEE 754: 65504 is the largest half, 65520 lies half way to the next power of two.
TEST(CastTensor, KnownHalves) {
  EXPECT_EQ(float16_bits(1.0f), 0x3C00);
  EXPECT_EQ(float16_bits(-2.0f), 0xC000);
  EXPECT_EQ(float16_bits(65504.0f), 0x7BFF);
  EXPECT_EQ(float16_bits(65519.0f), 0x7BFF);
  EXPECT_EQ(float16_bits(65520.0f), 0x7C00);
  EXPECT_EQ(float16_bits(0x1p-24f), 0x0001);
  EXPECT_EQ(float16_bits(0x1p-25f), 0x0000);  // a tie: the even neighbour is 0
  EXPECT_EQ(float16_bits(0x1.8p-24f), 0x0002);
  EXPECT_EQ(float16_bits(1.0f + 0x1p-11f), 0x3C00);  // ties to even
  EXPECT_EQ(float16_bits(1.0f + 0x3p-11f), 0x3C02);
  EXPECT_EQ(float16_bits(-0.0f), 0x8000);
  EXPECT_EQ(bfloat16_bits(1.0f), 0x3F80);
  EXPECT_EQ(bfloat16_bits(std::bit_cast<float>(0x3F808000u)), 0x3F80);  // ties to even
  EXPECT_EQ(bfloat16_bits(std::bit_cast<float>(0x3F818000u)), 0x3F82);
  EXPECT_EQ(bfloat16_bits(std::numeric_limits<float>::quiet_NaN()), 0x7FC0);
}

TEST(CastTensor, EveryHalfAndBfloat16SurvivesTheWayThroughFloat) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    if (!std::isnan(float_of_float16(half))) {
      ASSERT_EQ(float16_bits(float_of_float16(half)), half);
    }
    if (!std::isnan(float_of_bfloat16(half))) {
      ASSERT_EQ(bfloat16_bits(float_of_bfloat16(half)), half);
    }
  }
}

TEST(CastTensor, RoundingPicksTheNearestHalf) {
  std::mt19937 random(5);
  for (int i = 0; i < 100'000; ++i) {
    const float number = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (!(std::abs(number) < 65504.0f)) continue;
    const std::uint16_t half = float16_bits(number);
    const double error = std::abs(float_of_float16(half) - static_cast<double>(number));
    for (const int step : {-1, 1}) {
      const auto neighbour = static_cast<std::uint16_t>(half + step);
      const double other = std::abs(float_of_float16(neighbour) - static_cast<double>(number));
      if (!std::isnan(other)) {
        ASSERT_LE(error, other) << number;
      }
    }
  }
}

TEST(CastTensor, SharedStoragesStaySharedAndIntegersStayThemselves) {
  RawTensor a = floats({1, 2, 3, 4});
  RawTensor b = a;
  b.shape = {2};
  b.offset = 2;
  RawTensor whole = a;
  whole.dtype = DType::kInt32;
  const NamedRawTensors cast = cast_floats({{"a", a}, {"b", b}, {"whole", whole}}, DType::kFloat16);
  EXPECT_EQ(cast[0].second.storage, cast[1].second.storage);
  EXPECT_EQ(contiguous_bytes(cast[1].second), std::string("\x00\x42\x00\x44", 4));  // 3 and 4
  EXPECT_EQ(cast[2].second.dtype, DType::kInt32);
}

TEST(CastTensor, ANumberThatIsTooLargeIsAnErrorThatNamesItsTensor) {
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_NO_THROW(cast_floats({{"inf", floats({infinity})}}, DType::kFloat16));
  EXPECT_NO_THROW(cast_floats({{"big", floats({1e5f})}}, DType::kBFloat16));
  try {
    cast_floats({{"big", floats({1, 1e5f})}}, DType::kFloat16);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).rfind("big: ", 0), 0u) << error.what();
  }
}

}  // namespace
}  // namespace saccade
