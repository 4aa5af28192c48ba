// Slices of a JSON array hold the records that a whole parse finds, wherever they are cut.
#include "saccade/data/json_records.h"

#include <gtest/gtest.h>

#include <vector>

#include "saccade/data/json_scanner.h"
#include "saccade/data/record_fields.h"
#include "tests/data/data_files.h"
#include "tests/data/nasty_json.h"
#include "tests/support/tell_fault.h"

namespace saccade {
namespace {

// Keeps the text of each record, and where the file has it.
class TextSink : public RecordSink {
 public:
  simdjson::error_code record(JsonValue& value, const SlicePlace& place, std::int64_t) override {
    simdjson::ondemand::object object;
    if (const auto e = value.get_object().get(object)) return e;
    std::string_view raw;
    if (const auto e = object.raw_json().get(raw)) return e;
    while (!raw.empty() && raw.back() != '}') raw.remove_suffix(1);
    texts.emplace_back(raw);
    offsets.push_back(place.file_offset(raw.data()));
    return simdjson::SUCCESS;
  }
  std::vector<std::string> texts;
  std::vector<std::int64_t> offsets;
};

struct ReadBack {
  std::vector<std::string> texts;
  std::vector<std::int64_t> offsets;
  std::int64_t end = 0;  // what read_records returned
};

// Reads the array that begins at byte `begin` of `text`.
ReadBack read_array(const std::string& text, std::int64_t begin, SliceOptions options) {
  const JsonFile file(write_test_file("array.json", text));
  ReadBack all;
  all.end = read_records({file, "list", begin + 1}, options,
                         {.make_sink = [] { return std::make_unique<TextSink>(); },
                          .take =
                              [&](std::unique_ptr<RecordSink> sink, std::int64_t first, auto) {
                                auto& slice = static_cast<TextSink&>(*sink);
                                EXPECT_EQ(first, static_cast<std::int64_t>(all.texts.size()));
                                for (auto& t : slice.texts) all.texts.push_back(std::move(t));
                                for (const auto o : slice.offsets) all.offsets.push_back(o);
                              }});
  return all;
}

// The records of the array as simdjson's other parser finds them, in its shortest spelling.
std::vector<std::string> whole_parse(const std::string& array) {
  simdjson::dom::parser parser;
  std::vector<std::string> texts;
  for (const auto record : simdjson::dom::array(parser.parse(array)))
    texts.push_back(simdjson::minify(record));
  return texts;
}

std::string shortest(const std::string& record) {
  simdjson::dom::parser parser;
  return simdjson::minify(parser.parse(record).value());
}

void expect_same_records(const std::string& array, const std::string& before,
                         const std::string& behind, SliceOptions options) {
  const std::string text = before + array + behind;
  const auto expected = whole_parse(array);
  const ReadBack found = read_array(text, static_cast<std::int64_t>(before.size()), options);
  ASSERT_EQ(found.texts.size(), expected.size()) << text;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(shortest(found.texts[i]), expected[i]);
    EXPECT_EQ(text.substr(static_cast<std::size_t>(found.offsets[i]), found.texts[i].size()),
              found.texts[i]);
  }
  // What follows the array is the next thing to read.
  const JsonFile file(test_file("array.json"));
  JsonScanner scanner(file, found.end);
  EXPECT_EQ(scanner.peek(), behind.empty() ? -1 : behind[0]);
}

TEST(JsonRecords, SlicesOfAnySizeHoldTheRecordsOfAWholeParse) {
  for (unsigned seed = 0; seed < 12; ++seed) {
    NastyJson json(seed);
    const std::string array = json.array(json.below(30));
    for (std::int64_t bytes : {1, 2, 7, 16, 17, 31, 40, 64, 100, 150, 200, 1000, 100'000}) {
      for (const int threads : {1, 3}) {
        SCOPED_TRACE(text_of("seed ", seed, ", slices of ", bytes, ", threads ", threads));
        expect_same_records(array, "", "", {threads, bytes});
      }
    }
  }
}

TEST(JsonRecords, WhatFollowsTheArrayIsLeftAlone) {
  for (unsigned seed = 0; seed < 8; ++seed) {
    NastyJson json(seed + 100);
    const std::string array = json.array(json.below(12));
    const std::string before = R"({"info": {"a": [1]}, "list": )";
    const std::string behind = R"(, "other": )" + json.array(20) + R"(, "text": "},{"})";
    for (std::int64_t bytes : {16, 33, 90, 200, 5000}) {
      for (const int threads : {1, 4}) {
        SCOPED_TRACE(text_of("seed ", seed, ", slices of ", bytes, ", threads ", threads));
        expect_same_records(array, before, behind, {threads, bytes});
      }
    }
  }
}

TEST(JsonRecords, ARecordMayBeLargerThanASlice) {
  const std::string large = R"({"text": ")" + std::string(300'000, 'x') + R"("})";
  expect_same_records("[" + large + ", {}, " + large + "]", "", "", {2, 64});
}

TEST(JsonRecords, AnEmptyListHasNoRecords) {
  for (const char* array : {"[]", "[ ]", "[\n\n]"}) {
    expect_same_records(array, "", "", {1, 16});
    expect_same_records(array, R"({"a": )", R"(, "b": [{"c": 1}, {"d": 2}]})", {1, 16});
  }
}

TEST(JsonRecords, AFileCutOffAnywhereIsAnError) {
  NastyJson json(5);
  const std::string array = json.array(6);
  std::int64_t tries = 0;
  for (std::size_t size = 1; size < array.size(); ++size) {
    for (std::int64_t bytes : {16, 100, 10'000}) {
      ++tries;
      const std::string message = error_of([&] {
        read_array(array.substr(0, size), 0, {1, bytes});
      });
      EXPECT_NE(message, "") << size << " bytes of " << array;
      EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    }
  }
  tell_fault("annotations cut off at every byte, read in slices of three sizes", tries,
             "each an error of one line");
}

TEST(JsonRecords, BrokenRecordsAreNamedByIndexAndByte) {
  struct Case {
    const char* text;
    const char* expected;
  };
  const Case cases[] = {
      {R"([{"a": 1}, {"a": 2}, {"a" 3}, {"a": 4}])", "list[2] (byte"},
      {R"([{"a": 1}, {"a": 2}, {"a": 3} {"a": 4}])", "list[3] (byte"},
      {R"([{"a": 1}, {"a": 2}, {"a": 3, {"a": 4}])", "']' closes nothing (byte 39)"},
      {R"([{"a": 1}, {"a": 2}, {"a": [3}, {"a": 4}])", "array.json: "},
      {R"([{"a": 1}, {"a": 2},])", "list[2] (byte"},
      {R"([{"a": 1}, {"a": 2}, ])", "list[2] (byte"},
      {R"([,{"a": 1}])", "list[0] (byte"},
      {R"([{"a": 1},, {"a": 2}])", "list[1] (byte"},
      {"[{\"a\": \"\xFF\xFE\"}, {\"a\": 2}]", "a text is not UTF-8"},
      {"[{\"a\": \"b\nc\"}, {\"a\": 2}]", "line break"},
  };
  for (const Case& c : cases) {
    for (std::int64_t bytes : {12, 16, 1000}) {
      const std::string message = error_of([&] { read_array(c.text, 0, {1, bytes}); });
      EXPECT_NE(message.find(c.expected), std::string::npos) << c.text << bytes << ": " << message;
      EXPECT_NE(message.find("byte"), std::string::npos) << message;
    }
  }
}

TEST(JsonRecords, DeepNestingThatNeverClosesIsAnError) {
  const std::string text = R"([{"a": 1}, {"a": )" + std::string(10'000, '[');
  const std::string message = error_of([&] { read_array(text, 0, {1, 64}); });
  EXPECT_NE(message.find("nested more than 1000 deep"), std::string::npos) << message;
}

}  // namespace
}  // namespace saccade
