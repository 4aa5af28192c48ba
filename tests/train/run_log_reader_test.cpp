// Logs as the original program writes them, as crashes leave them, and what is no log.
#include "saccade/train/run_log_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/data/temporary_folder.h"

namespace saccade {
namespace {

class RunLogReader : public InTemporaryFolder {
 protected:
  RunLog read(const std::string& text) const { return read_run_log(file("log.txt", text)); }
  std::string refused(const std::string& text) const {
    return refusal([&] { read(text); });
  }
};

std::vector<std::int64_t> epochs_of(const RunLog& log) {
  std::vector<std::int64_t> epochs;
  for (const LoggedEpoch& logged : log.epochs) epochs.push_back(logged.epoch);
  return epochs;
}

TEST_F(RunLogReader, AnEpochOfTheOriginalHasItsNumbersAndTheElementsOfItsLists) {
  const RunLog log = read(
      R"({"train_lr": 0.0002, "train_loss": 21.5, "test_loss": 20.25, "test_coco_eval_bbox": [0.125, 0.25], )"
      R"("test_PQ_all": {"pq": 1.0}, "note": "a \"NaN\" in a text", "epoch": 0, "n_parameters": 39847265})"
      "\n");
  ASSERT_EQ(log.epochs.size(), 1u);
  const auto& values = log.epochs[0].values;
  EXPECT_DOUBLE_EQ(values.at("train_lr"), 0.0002);
  EXPECT_DOUBLE_EQ(values.at("test_loss"), 20.25);
  EXPECT_DOUBLE_EQ(values.at("test_coco_eval_bbox[0]"), 0.125);
  EXPECT_DOUBLE_EQ(values.at("test_coco_eval_bbox[1]"), 0.25);
  EXPECT_DOUBLE_EQ(values.at("n_parameters"), 39847265);
  EXPECT_EQ(values.count("test_PQ_all") + values.count("note"), 0u);
}

TEST_F(RunLogReader, AFolderStandsForTheLogInIt) {
  file("log.txt", "{\"epoch\": 3}\n");
  EXPECT_EQ(read_run_log(folder_).epochs[0].epoch, 3);
  EXPECT_EQ(read_run_log(folder_).file, folder_ / "log.txt");
}

TEST_F(RunLogReader, NumbersThatAreNotFiniteAreKeptAsNaN) {
  const RunLog log = read(
      "{\"a\": NaN, \"b\": Infinity, \"c\": [-Infinity, 1], \"d\": null, \"epoch\": 0}\r\n\r\n");
  const auto& values = log.epochs[0].values;
  for (const char* key : {"a", "b", "c[0]", "d"}) EXPECT_TRUE(std::isnan(values.at(key))) << key;
  EXPECT_DOUBLE_EQ(values.at("c[1]"), 1);
}

TEST_F(RunLogReader, ALastLineThatIsBeingWrittenIsLeftOutAtAnyLength) {
  const std::string line = "{\"train_loss\": 2.5, \"epoch\": 1}";
  for (std::size_t length = 0; length < line.size(); ++length)
    EXPECT_EQ(epochs_of(read("{\"epoch\": 0}\n" + line.substr(0, length))),
              (std::vector<std::int64_t>{0}))
        << length;
  EXPECT_EQ(epochs_of(read("{\"epoch\": 0}\n" + line)), (std::vector<std::int64_t>{0, 1}));
}

TEST_F(RunLogReader, AResumedRunSupersedesWhatAnEarlierStartLogged) {
  std::string text;
  for (const int epoch : {0, 1, 2, 3, 2, 3}) {
    const int line = static_cast<int>(std::count(text.begin(), text.end(), '\n'));
    text += text_of("{\"epoch\": ", epoch, ", \"line\": ", line, "}\n");
  }
  const RunLog resumed = read(text);
  EXPECT_EQ(epochs_of(resumed), (std::vector<std::int64_t>{0, 1, 2, 3}));
  EXPECT_DOUBLE_EQ(resumed.epochs[2].values.at("line"), 4);
  EXPECT_DOUBLE_EQ(resumed.epochs[3].values.at("line"), 5);
  EXPECT_EQ(resumed.superseded, 2u);
  // Epochs 1 to 3 tell of weights that the new start gave up, also before it gets that far.
  const RunLog again = read(text + "{\"epoch\": 1, \"line\": 6}\n");
  EXPECT_EQ(epochs_of(again), (std::vector<std::int64_t>{0, 1}));
  EXPECT_DOUBLE_EQ(again.epochs[1].values.at("line"), 6);
}

TEST_F(RunLogReader, WhatIsNoLogIsRefusedWithFileAndLine) {
  const std::string good = "{\"epoch\": 0}\n";
  EXPECT_EQ(refused(good + "{\"epoch\": 1, \"tr{\"epoch\": 1}\n" + good)
                .find((folder_ / "log.txt").string() + ": line 2: is not one JSON object"),
            0u);
  for (const char* line : {"{} {}\n", "[1]\n", "3\n", "{\"a\": NaNs}\n", "{\"a\": 1e}\n", "\xFF\n",
                           "not a log, without a line break"})
    EXPECT_NE(refused(good + line).find("line 2: is not one JSON object"), std::string::npos)
        << line;
  EXPECT_NE(refused(good + "{\"train_loss\": 1}\n").find("line 2: has no number \"epoch\""),
            std::string::npos);
  for (const char* epoch : {"-1", "0.5", "NaN", "1e300"})
    EXPECT_NE(refused(text_of("{\"epoch\": ", epoch, "}\n")).find("line 1: epoch is"),
              std::string::npos)
        << epoch;
}

TEST_F(RunLogReader, ALogThatHasNotBegunIsToldFromABrokenOne) {
  EXPECT_THROW(read_run_log(folder_), LogNotReady);
  EXPECT_THROW(read_run_log(folder_ / "later" / "log.txt"), LogNotReady);
  EXPECT_THROW(read(""), LogNotReady);
  EXPECT_THROW(read("\n{\"epoch\": 0"), LogNotReady);
  EXPECT_NE(refused("").find("no epoch has been logged yet"), std::string::npos);
}

}  // namespace
}  // namespace saccade
