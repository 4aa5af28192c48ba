// JSON text.
#include "saccade/core/json_writer.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <cstring>
#include <limits>
#include <random>

namespace saccade {
namespace {

TEST(JsonWriter, WritesNestedValuesInOrder) {
  JsonWriter json;
  json.begin_object()
      .member("name", "a\"b\n")
      .key("boxes")
      .begin_array()
      .value(1)
      .value(2.5)
      .null();
  json.end_array().member("ok", true).end_object();
  EXPECT_EQ(json.text(), R"({"name":"a\"b\n","boxes":[1,2.5,null],"ok":true})");
}

TEST(JsonWriter, IndentedTextHasOneMemberPerLine) {
  JsonWriter json(2);
  json.begin_object().member("a", 1).key("b").begin_array().end_array().end_object();
  EXPECT_EQ(json.text(), "{\n  \"a\": 1,\n  \"b\": []\n}");
}

// Every double comes back from its text with the same bits.
TEST(JsonWriter, NumbersReadBackToTheSameBits) {
  std::mt19937_64 random(7);
  simdjson::dom::parser parser;
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t bits = random();
    double number = 0;
    std::memcpy(&number, &bits, sizeof(number));
    if (!std::isfinite(number)) continue;
    JsonWriter json;
    json.begin_array().value(number).end_array();
    const double back = parser.parse(json.text()).at(0).get_double();
    ASSERT_EQ(std::memcmp(&back, &number, sizeof(number)), 0) << json.text();
  }
}

TEST(JsonWriter, NotANumberIsNull) {
  JsonWriter json;
  json.begin_array().value(std::numeric_limits<double>::quiet_NaN()).value(-INFINITY).end_array();
  EXPECT_EQ(json.text(), "[null,null]");
}

TEST(JsonWriter, BytesThatAreNoUtf8BecomeTheReplacementCharacter) {
  EXPECT_EQ(json_quote("a\xff\xc3"), "\"a\xEF\xBF\xBD\xEF\xBF\xBD\"");
  EXPECT_EQ(json_quote("\xc3\xa9\x01"), "\"\xc3\xa9\\u0001\"");
}

}  // namespace
}  // namespace saccade
