// What a viewer may ask to be run.
#include "saccade/server/run_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace saccade {
namespace {

using ::testing::HasSubstr;

const InterventionLimits kStreet{.enc_layers = 3, .dec_layers = 6, .queries = 100};

TEST(RunRequest, IsReadFromJson) {
  const RunRequest request = run_request_of(
      R"({"model": "b", "interventions": ["dec.3.cross.head5=off", "query[17]=off"], "viewer": "w7"})");
  EXPECT_EQ(request.model, "b");
  EXPECT_EQ(request.viewer, "w7");
  EXPECT_EQ(request.texts.size(), 2U);
  EXPECT_TRUE(run_request_of(std::string("{}")).texts.empty());
}

TEST(RunRequest, NamesCheckpointsAndSizes) {
  const RunRequest request =
      run_request_of(std::string(R"({"model": "r@18@4", "longest_side": 480})"));
  EXPECT_EQ(request.checkpoint, (RunCheckpoint{.run = "r@18", .epoch = 4}));
  EXPECT_EQ(request.longest_side, 480);
  EXPECT_FALSE(run_request_of(std::string("{}")).checkpoint.has_value());
  HttpRequest http;
  http.query = {{"model", "r18@0"}, {"longest_side", "64"}};
  EXPECT_EQ(run_request_of(http).checkpoint, (RunCheckpoint{.run = "r18"}));
  EXPECT_EQ(run_request_of(http).longest_side, 64);
}

TEST(RunRequest, WrongJsonIsRefused) {
  for (const char* wrong :
       {"", "[]", "{", "null", R"({"model": "c"})", R"({"interventions": "x"})",
        R"({"interventions": [1]})", R"({"viewer": "a b"})", R"({"viewer": 1})", R"({"other": 1})",
        R"({"model": "r@"})", R"({"model": "r@-1"})", R"({"model": "r@4x"})", R"({"model": "@4"})",
        R"({"model": "r@99999999999999999999"})", R"({"longest_side": 63})",
        R"({"longest_side": 4097})", R"({"longest_side": "480"})", R"({"longest_side": -480})"})
    EXPECT_THROW(run_request_of(std::string(wrong)), UsageError) << wrong;
}

WrongIntervention fault_of(const std::vector<std::string>& texts) {
  try {
    read_interventions(texts, kStreet);
  } catch (const WrongIntervention& fault) {
    return fault;
  }
  return {"accepted", -1, -1};
}

TEST(RunRequest, AFaultSaysWhichTextAndWhere) {
  const WrongIntervention typo = fault_of({"query[1]=off", "dec.3.cross.haed5=off"});
  EXPECT_EQ(typo.index, 1);
  EXPECT_EQ(typo.at, 12);
  EXPECT_THAT(typo.what(), HasSubstr("did you mean head?"));
  const WrongIntervention missing = fault_of({"dec.9.cross.head5=off"});
  EXPECT_EQ(missing.index, 0);
  EXPECT_EQ(missing.at, 4);
  EXPECT_THAT(missing.what(), HasSubstr("decoder layers 0 to 5"));
}

// Nobody at the page may open files of the machine that serves it.
TEST(RunRequest, TextsThatOpenFilesAreRefused) {
  for (const char* text : {"dec.3.cross=patch(/etc/street.jpg)", "dec.3.cross.weights=patch(a.pth)",
                           "dec.3.cross.head5=off(mean,/tmp/means.safetensors)"})
    EXPECT_THAT(fault_of({text}).what(), HasSubstr("opens no files")) << text;
  EXPECT_THAT(fault_of({"dec.3.cross.head5=off(resample)"}).what(), HasSubstr("data set"));
  EXPECT_EQ(fault_of({"dec.3.cross.head5=off(mean)"}).index, -1);
}

}  // namespace
}  // namespace saccade
