// The walk through a file byte by byte.
#include "saccade/data/json_scanner.h"

#include <gtest/gtest.h>

#include "tests/data/data_files.h"
#include "tests/data/nasty_json.h"

namespace saccade {
namespace {

TEST(JsonScanner, PassesOverValuesOfAnyKind) {
  NastyJson json(3);
  for (const std::string& value :
       {std::string("12.5"), std::string("null"), std::string(R"("a\"]}")"), json.array(40)}) {
    const JsonFile file(write_test_file("value.json", " " + value + "  ,rest"));
    JsonScanner scanner(file, 0);
    scanner.skip_value();
    EXPECT_EQ(scanner.peek(), ',') << value;
    EXPECT_EQ(scanner.offset(), static_cast<std::int64_t>(value.size()) + 3);
  }
}

TEST(JsonScanner, WalksOverTheEdgesOfItsWindow) {
  const std::string text = R"("\")" + std::string(200'000, 'x') + R"(\\" : 1)";
  const JsonFile file(write_test_file("long.json", text));
  JsonScanner scanner(file, 0);
  scanner.skip_value();
  EXPECT_EQ(scanner.peek(), ':');
}

TEST(JsonScanner, CutsBehindTheLastRecordBeforeTheLimit) {
  const JsonFile file(write_test_file("cut.json", R"({"a":[{},{}]},{"b":"},{"},{"c":1}] )"));
  //                                                 0            13 ^         ^25       ^33
  const auto cut_at = [&](std::int64_t limit) { return JsonScanner(file, 0).find_cut(limit); };
  EXPECT_EQ(cut_at(20).next, 14);
  EXPECT_EQ(cut_at(20).end, 13);
  EXPECT_EQ(cut_at(30).next, 26);
  EXPECT_FALSE(cut_at(30).last);
  EXPECT_EQ(cut_at(3).next, 14) << "a record longer than the limit";
  EXPECT_EQ(cut_at(100).end, 33);
  EXPECT_TRUE(cut_at(100).last);
}

TEST(JsonScanner, RefusesWhatIsNoJson) {
  const auto message = [](const std::string& text) {
    const JsonFile file(write_test_file("broken.json", text));
    return error_of([&] { JsonScanner(file, 0).skip_value(); });
  };
  EXPECT_NE(message("[1, 2").find("cut off"), std::string::npos);
  EXPECT_NE(message(R"("abc)").find("cut off"), std::string::npos);
  EXPECT_NE(message("").find("cut off"), std::string::npos);
  EXPECT_NE(message("[1}").find("closes nothing (byte 3)"), std::string::npos) << message("[1}");
  EXPECT_NE(message(", 1").find("a value is missing"), std::string::npos);
  EXPECT_NE(message(std::string(10'000, '[')).find("nested more than"), std::string::npos);
}

TEST(JsonFile, SaysWhyItCannotBeRead) {
  const auto message = [](const std::filesystem::path& path) {
    return error_of([&] { JsonFile file(path); });
  };
  EXPECT_NE(message(test_file("nowhere.json")).find("cannot be opened"), std::string::npos);
  EXPECT_NE(message(::testing::TempDir()).find("is a folder"), std::string::npos);
}

}  // namespace
}  // namespace saccade
