// Whole runs: one that is interrupted ends as one that is not.
#include "saccade/train/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/data/temporary_folder.h"
#include "tests/train/tiny_photos.h"
#include "tests/train/tiny_training.h"

namespace saccade {
namespace {

class TrainerRun : public InTemporaryFolder {
 protected:
  // Two epochs of two steps, with everything that a run has to remember: momentum, dropout, augmentation,
  // batch statistics, averaged weights, a drop of the rate. The backbone is frozen: its files are large.
  void SetUp() override {
    InTemporaryFolder::SetUp();
    config_ = tiny_training();
    config_.model.num_classes = 4;
    config_.model.norm = BackboneNorm::kBatch;
    config_.model.dropout = 0.1;
    config_.lr_backbone = 0;
    config_.ema = 0.9;
    config_.epochs = 2;
    config_.lr_drop = 1;
    config_.warmup_steps = 2;
    config_.batch_size = 1;
    config_.num_workers = 0;
    config_.size = {64, 107};
  }

  TrainJob job() {
    TrainJob job{.config = config_, .data = &data_, .images = kPhotos, .train_images = {0, 1}};
    job.model.detector = random_detector(config_.model);
    job.output_dir = folder_ / "run";
    job.quiet = true;
    return job;
  }
  std::filesystem::path checkpoint() const { return folder_ / "run/checkpoint.pth"; }
  TrainOutcome train(TrainJob job) {
    RankGroup ranks(std::nullopt);
    return Trainer(std::move(job), ranks).run();
  }
  // With the weights as the command line puts them into a new detector.
  TrainJob resumed() {
    TrainJob resumed = job();
    resumed.resume = read_training_checkpoint(checkpoint());
    load_state_dict(*resumed.model.detector, resumed.resume->weights, "test");
    return resumed;
  }

  CocoDataSet data_ = two_photos();
  TrainConfig config_;
};

TensorMap by_name(const NamedTensors& tensors) { return {tensors.begin(), tensors.end()}; }

TEST_F(TrainerRun, InterruptedInTheMiddleOfAnEpochItEndsAsOneThatWasNot) {
  EXPECT_EQ(train(job()).steps, 4);
  const TrainingCheckpoint whole = read_training_checkpoint(checkpoint());
  const std::string log = read_file(folder_ / "run/log.txt");
  std::filesystem::remove_all(folder_ / "run");
  config_.steps = 1;
  EXPECT_EQ(train(job()).steps, 1);
  config_.steps = 3;
  EXPECT_EQ(train(resumed()).steps, 3);
  config_.steps = 0;
  EXPECT_EQ(train(resumed()).steps, 4);
  const TrainingCheckpoint parts = read_training_checkpoint(checkpoint());
  EXPECT_TRUE(all_equal(by_name(parts.weights), by_name(whole.weights)));
  EXPECT_TRUE(all_equal(by_name(to_tensors(parts.model.tensors)),
                        by_name(to_tensors(whole.model.tensors))));
  EXPECT_FALSE(all_equal(by_name(whole.weights), by_name(to_tensors(whole.model.tensors))));
  EXPECT_FALSE(all_equal(by_name(whole.weights), weights_of(*job().model.detector)));
  EXPECT_EQ(parts.at.step, 4);
  EXPECT_TRUE(parts.at.epoch_done);
  EXPECT_EQ(read_file(folder_ / "run/log.txt"), log);
}

TEST_F(TrainerRun, ACompleteRunHasNothingLeftToDo) {
  config_.epochs = 1;
  train(job());
  const std::string before = read_file(folder_ / "run/log.txt");
  RankGroup ranks(std::nullopt);
  Trainer again(resumed(), ranks);
  EXPECT_TRUE(again.is_complete());
  EXPECT_EQ(again.run().steps, 2);
  EXPECT_EQ(read_file(folder_ / "run/log.txt"), before);
}

// The log's line comes after the checkpoint: a run that was killed between them makes up for it.
TEST_F(TrainerRun, ALogLineThatIsMissingIsWrittenWhenTheRunGoesOn) {
  config_.epochs = 1;
  train(job());
  const std::string before = read_file(folder_ / "run/log.txt");
  std::filesystem::remove(folder_ / "run/log.txt");
  train(resumed());
  EXPECT_EQ(read_file(folder_ / "run/log.txt"), before);
}

TEST_F(TrainerRun, TheStateOfAnotherModelIsRefusedWithItsFile) {
  config_.steps = 1;
  train(job());
  TrainJob other = resumed();
  other.config.lr_backbone = 1e-5;  // trains more than the file has states for
  RankGroup ranks(std::nullopt);
  EXPECT_THAT(refusal([&] { Trainer(std::move(other), ranks); }),
              testing::AllOf(testing::StartsWith(checkpoint().string() + ": "),
                             testing::HasSubstr("parameters, this model trains")));
}

TEST_F(TrainerRun, WithoutAFolderItTrainsAndWritesNothing) {
  TrainJob nowhere = job();
  nowhere.output_dir.clear();
  const auto detector = nowhere.model.detector;
  const TensorMap before = weights_of(*detector);
  config_.epochs = 1;
  nowhere.config = config_;
  EXPECT_EQ(train(std::move(nowhere)).steps, 2);
  EXPECT_FALSE(all_equal(weights_of(*detector), before));
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

}  // namespace
}  // namespace saccade
