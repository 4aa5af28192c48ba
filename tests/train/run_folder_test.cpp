// The files of a run: its log, checkpoints that stay, evaluations.
#include "saccade/train/run_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "saccade/checkpoint/safetensors.h"
#include "tests/data/temporary_folder.h"
#include "tests/train/tiny_training.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

std::string line_of(int epoch, const std::string& start) {
  return text_of(R"({"start": ")", start, R"(", "epoch": )", epoch, "}");
}

class RunFolderFiles : public InTemporaryFolder {
 protected:
  RunFolder run() const { return RunFolder(folder_ / "run"); }
  std::string text(const std::string& name) const { return read_file(folder_ / "run" / name); }
  // Everything below the run's folder, sorted.
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "run"))
      if (entry.is_regular_file())
        names.push_back(entry.path().lexically_relative(folder_ / "run").string());
    std::sort(names.begin(), names.end());
    return names;
  }
};

TEST_F(RunFolderFiles, WithoutAFolderNothingIsWritten) {
  const RunFolder none{fs::path()};
  EXPECT_FALSE(none.exists());
  none.prepare();
  none.write_config("{}");
  none.append_log(0, "{}");
  none.save_checkpoint({}, true);
  EXPECT_FALSE(none.has_log(0));
  EXPECT_FALSE(fs::exists("log.txt") || fs::exists("config.json") || fs::exists("checkpoint.pth"));
}

TEST_F(RunFolderFiles, PrepareMakesTheFolderAndLeavesNothingInIt) {
  run().prepare();
  EXPECT_TRUE(fs::is_directory(folder_ / "run"));
  EXPECT_TRUE(files().empty());
  file("taken", "");
  EXPECT_THAT(refusal([&] { RunFolder(folder_ / "taken").prepare(); }),
              testing::StartsWith((folder_ / "taken").string()));
}

TEST_F(RunFolderFiles, ALogLineTakesThePlaceOfThisAndLaterEpochs) {
  for (const int epoch : {0, 1, 2, 3}) run().append_log(epoch, line_of(epoch, "first"));
  EXPECT_TRUE(run().has_log(3));
  run().append_log(2, line_of(2, "second"));
  EXPECT_EQ(text("log.txt"),
            line_of(0, "first") + "\n" + line_of(1, "first") + "\n" + line_of(2, "second") + "\n");
  EXPECT_TRUE(run().has_log(2));
  EXPECT_FALSE(run().has_log(3));
}

// Notes by hand and a last line without its break are the owner's: they stay.
TEST_F(RunFolderFiles, LinesWithoutAnEpochStay) {
  file("run/log.txt", "# lr was halved here\n" + line_of(5, "first"));
  run().append_log(6, line_of(6, "first"));
  EXPECT_EQ(text("log.txt"),
            "# lr was halved here\n" + line_of(5, "first") + "\n" + line_of(6, "first") + "\n");
  EXPECT_TRUE(run().has_log(5));
}

TEST_F(RunFolderFiles, AKeptCheckpointHasASecondNameAndOutlivesTheNext) {
  const TrainConfig config = tiny_training();
  const auto detector = random_detector(config.model);
  const Optimizer optimizer(make_param_groups(*detector, config), {});
  const LossMeters meters;
  CheckpointSource source{.weights = detector.get(), .optimizer = &optimizer, .meters = &meters};
  source.at = {.epoch = 4, .step = 10, .epoch_done = true};
  run().save_checkpoint(source, /*keep=*/true);
  EXPECT_EQ(files(), (std::vector<std::string>{"checkpoint.pth", "checkpoint0004.pth"}));
  EXPECT_TRUE(fs::equivalent(run().checkpoint(), folder_ / "run/checkpoint0004.pth"));
  source.at = {.epoch = 5, .step = 12, .epoch_done = true};
  run().save_checkpoint(source, /*keep=*/false);
  EXPECT_EQ(read_training_checkpoint(run().checkpoint()).at.epoch, 5);
  EXPECT_EQ(read_training_checkpoint(folder_ / "run/checkpoint0004.pth").at.epoch, 4);
  EXPECT_EQ(files().size(), 2u);
}

TEST_F(RunFolderFiles, EvaluationsAreKeptUnderTheirEpoch) {
  const CocoDataSet data("set.json", {{.id = {1, {}}, .width = 64, .height = 64}},
                         {{.id = {1, {}}, .name = "car"}},
                         {{.id = {1, {}}, .box = {8, 8, 16, 16}, .area = 256}});
  const CocoEvaluation evaluation = evaluate_coco(data, {});
  run().write_evaluation(49, R"({"AP": 0.25})", data, evaluation, {{"command", "train"}}, false);
  EXPECT_EQ(files(), (std::vector<std::string>{"eval/latest.json", "eval/latest.safetensors"}));
  run().write_evaluation(50, R"({"AP": 0.5})", data, evaluation, {{"command", "train"}}, true);
  run().write_evaluation(51, R"({"AP": 0.75})", data, evaluation, {{"command", "train"}}, false);
  EXPECT_EQ(files(), (std::vector<std::string>{"eval/050.json", "eval/050.safetensors",
                                               "eval/latest.json", "eval/latest.safetensors"}));
  EXPECT_EQ(text("eval/050.json"), "{\"AP\": 0.5}\n");
  EXPECT_EQ(text("eval/latest.json"), "{\"AP\": 0.75}\n");
  EXPECT_EQ(read_safetensors(folder_ / "run/eval/050.safetensors").metadata.at("command"), "train");
}

TEST_F(RunFolderFiles, TheConfigIsALineOfJson) {
  run().write_config(R"({"lr": 1})");
  EXPECT_EQ(text("config.json"), "{\"lr\": 1}\n");
}

}  // namespace
}  // namespace saccade
