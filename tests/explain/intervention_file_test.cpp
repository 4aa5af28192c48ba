// Files of interventions.
#include "saccade/explain/intervention_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/explain/given_interventions.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string kHash(64, 'a');

class InterventionFileTest : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  InterventionFile read(const std::string& json) const {
    write_file(path_, json);
    return read_intervention_file(path_);
  }
  // What is said of a file; it begins with the path.
  std::string refusal(const std::string& json) const {
    try {
      read(json);
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), StartsWith(path_.string() + ": "));
      EXPECT_EQ(dynamic_cast<const UsageError*>(&error), nullptr);
      return error.what();
    }
    return "was read";
  }

  fs::path folder_ =
      fs::path(testing::TempDir()) / ("saccade_interventions_" + std::to_string(::getpid()));
  fs::path path_ = folder_ / "quiet.json";
};

TEST_F(InterventionFileTest, WhatWasWrittenIsRead) {
  const InterventionFile file{.name = "quiet \"heads\"",
                              .note = "two lines\nand Z\u00FCrich",
                              .author = "A",
                              .weights_sha256 = kHash,
                              .interventions = {"dec.3.cross.head5=off(mean)", "query[1] = off"}};
  write_intervention_file(path_, file);
  EXPECT_EQ(read_intervention_file(path_), file);
  write_intervention_file(path_, {});
  EXPECT_EQ(read_intervention_file(path_), InterventionFile{});
}

TEST_F(InterventionFileTest, OnlyTheListMustBeThere) {
  EXPECT_EQ(read(R"({"interventions": []})"), InterventionFile{});
  EXPECT_EQ(read(R"({"saccade_interventions": 1, "weights_sha256": null, "interventions": []})"),
            InterventionFile{});
}

TEST_F(InterventionFileTest, AnyOtherFormIsRefused) {
  const std::pair<const char*, const char*> faults[] = {
      {"", "is no JSON object"},
      {"[]", "is no JSON object"},
      {R"({"interventions": [])", "is no JSON object"},
      {"{}", "has no \"interventions\""},
      {R"({"interventions": [], "intervention": []})", "unknown \"intervention\""},
      {R"({"interventions": [], "interventions": []})", "\"interventions\" stands there twice"},
      {R"({"saccade_interventions": 2, "interventions": []})", "expected 1"},
      {R"({"saccade_interventions": "1", "interventions": []})", "expected 1"},
      {R"({"interventions": "query[1]=off"})", "\"interventions\" is no list"},
      {R"({"interventions": ["query[1]=off", 2]})", "\"interventions[1]\" is no text"},
      {R"({"name": 7, "interventions": []})", "\"name\" is no text"},
      {R"({"note": null, "interventions": []})", "\"note\" is no text"},
      {R"({"weights_sha256": "abc", "interventions": []})", "is no SHA-256"},
  };
  for (const auto& [json, says] : faults) EXPECT_THAT(refusal(json), HasSubstr(says)) << json;
}

TEST_F(InterventionFileTest, AFaultInsideIsShownWithItsPlace) {
  EXPECT_EQ(refusal(R"({"interventions": ["query[1]=off", "query[x]=off"]})"),
            path_.string() +
                ": interventions[1]: expected *, a number, a range or a list such as 1,3,5-7 after "
                "'query['\n  query[x]=off\n        ^");
}

TEST_F(InterventionFileTest, SizesAreBounded) {
  const std::string big(70'000, 'a');
  EXPECT_THAT(refusal(R"({"interventions": [], "note": ")" + big + "\"}"),
              HasSubstr("65536 bytes"));
  EXPECT_THAT(refusal(R"({"interventions": [")" + big + "\"]}"), HasSubstr("interventions[0]: an"));
  EXPECT_THAT(refusal(std::string(5'000'000, ' ')), HasSubstr("4194304"));
  std::string many = "\"query[1]=off\"";
  for (int i = 0; i < 10'000; ++i) many += ",\"query[1]=off\"";
  EXPECT_THAT(refusal("{\"interventions\": [" + many + "]}"), HasSubstr("at most 10000"));
}

TEST_F(InterventionFileTest, WhatWouldNotReadBackIsNotWritten) {
  write_intervention_file(path_, {.name = "old"});
  EXPECT_THROW(write_intervention_file(path_, {.interventions = {"query[1]"}}), Error);
  EXPECT_THROW(write_intervention_file(path_, {.weights_sha256 = "abc"}), Error);
  EXPECT_EQ(read_intervention_file(path_).name, "old");
}

TEST_F(InterventionFileTest, WordsAreTextsAndFilesInTheirOrder) {
  write_intervention_file(
      path_,
      {.name = "n", .weights_sha256 = kHash, .interventions = {"query[2]=off", "query[3]=off"}});
  const auto given = read_interventions({"query[1]=off", path_.string(), "query[4]=off"});
  std::vector<std::string> texts;
  for (const Intervention& one : given.interventions) texts.push_back(one.text);
  EXPECT_THAT(texts,
              testing::ElementsAre("query[1]=off", "query[2]=off", "query[3]=off", "query[4]=off"));
  ASSERT_EQ(given.files.size(), 1u);
  EXPECT_EQ(given.files[0].path, path_);
  EXPECT_EQ(given.files[0].file.weights_sha256, kHash);
}

TEST_F(InterventionFileTest, AFaultyWordNamesTheOption) {
  const auto refused = [](const std::string& word) -> std::string {
    try {
      read_interventions({word}, "--intervene");
    } catch (const UsageError& error) {
      return error.what();
    }
    return "was read";
  };
  EXPECT_EQ(refused("query=off"), "--intervene: expected '[' after 'query'\n  query=off\n       ^");
  EXPECT_THAT(refused("dec.3.cross.head5"),
              StartsWith("--intervene: dec.3.cross.head5 is no file"));
  EXPECT_THROW(read_interventions({folder_.string()}), Error);
}

}  // namespace
}  // namespace saccade
