// Whole runs on a device: interrupted and resumed, with everything that a run has to remember.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "saccade/core/file_io.h"
#include "saccade/train/trainer.h"
#include "tests/data/temporary_folder.h"
#include "tests/support/strict_device.h"
#include "tests/train/tiny_photos.h"
#include "tests/train/tiny_training.h"

namespace saccade {
namespace {

class DeviceRun : public InTemporaryFolder {
 protected:
  void SetUp() override {
    InTemporaryFolder::SetUp();
    config_ = tiny_training();
    config_.model.num_classes = 4;
    config_.model.norm = BackboneNorm::kBatch;
    config_.model.dropout = 0;  // the CPU has a dropout of its own
    config_.lr_backbone = 0;
    config_.ema = 0.9;
    config_.epochs = 2;
    config_.batch_size = 1;
    config_.num_workers = 1;
    config_.size = {64, 107};
  }

  TrainJob job(at::Device device) {
    TrainJob job{.config = config_,
                 .device = device,
                 .data = &data_,
                 .images = kPhotos,
                 .train_images = {0, 1}};
    job.model.detector = random_detector(config_.model);
    job.model.size = config_.size;
    job.validation = ValidationSet{&data_, kPhotos, {{0, {640, 380}}, {1, {427, 640}}}};
    job.output_dir = folder_ / "run";
    job.quiet = true;
    return job;
  }
  TrainOutcome train(TrainJob job) {
    job.model.detector->to(job.device);
    RankGroup ranks(std::nullopt);
    return Trainer(std::move(job), ranks).run();
  }
  TrainJob resumed(at::Device device) {
    TrainJob resumed = job(device);
    resumed.resume = read_training_checkpoint(folder_ / "run/checkpoint.pth");
    load_state_dict(*resumed.model.detector, resumed.resume->weights, "test");
    return resumed;
  }
  // What the run leaves behind.
  TrainingCheckpoint whole_run(at::Device device) {
    std::filesystem::remove_all(folder_ / "run");
    EXPECT_EQ(train(job(device)).steps, 4);
    return read_training_checkpoint(folder_ / "run/checkpoint.pth");
  }

  CocoDataSet data_ = two_photos();
  TrainConfig config_;
};

TensorMap by_name(const NamedTensors& tensors) { return {tensors.begin(), tensors.end()}; }

// The log holds losses, norms and, of the averaged weights on the validation set, losses and AP.
TEST_F(DeviceRun, HasTheCpusWeightsAndLog) {
  const TrainingCheckpoint cpu = whole_run(at::kCPU);
  const std::string log = read_file(folder_ / "run/log.txt");
  const TrainingCheckpoint device = whole_run(strict_device());
  EXPECT_EQ(read_file(folder_ / "run/log.txt"), log);
  EXPECT_THAT(log, testing::HasSubstr("test_coco_eval_bbox"));
  EXPECT_TRUE(all_equal(by_name(device.weights), by_name(cpu.weights)));
  EXPECT_TRUE(
      all_equal(by_name(to_tensors(device.model.tensors)), by_name(to_tensors(cpu.model.tensors))));
}

// Three steps here, the last one there.
TEST_F(DeviceRun, GoesOnWhereARunOfTheCpuStopped) {
  const TrainingCheckpoint whole = whole_run(strict_device());
  std::filesystem::remove_all(folder_ / "run");
  config_.steps = 3;
  train(job(at::kCPU));
  config_.steps = 0;
  EXPECT_EQ(train(resumed(strict_device())).steps, 4);
  const TrainingCheckpoint parts = read_training_checkpoint(folder_ / "run/checkpoint.pth");
  EXPECT_TRUE(all_equal(by_name(parts.weights), by_name(whole.weights)));
}

// The scale of float16 and what it has counted are part of the run. Plain DETR: the CPU's ms_deform_attn, which the
// strict device runs, has no float16.
TEST_F(DeviceRun, InFloat16ItIsResumedWithItsLossScale) {
  config_.model = tiny_detr();
  config_.model.num_classes = 5;
  config_.model.norm = BackboneNorm::kGroup;
  config_.model.dropout = 0;
  config_.precision = "fp16";
  const TrainingCheckpoint whole = whole_run(strict_device());
  ASSERT_TRUE(whole.scale.has_value());
  std::filesystem::remove_all(folder_ / "run");
  config_.steps = 1;
  train(job(strict_device()));
  config_.steps = 0;
  EXPECT_EQ(train(resumed(strict_device())).steps, 4);
  const TrainingCheckpoint parts = read_training_checkpoint(folder_ / "run/checkpoint.pth");
  EXPECT_EQ(parts.scale->scale, whole.scale->scale);
  EXPECT_EQ(parts.scale->growth_tracker, whole.scale->growth_tracker);
  EXPECT_TRUE(all_equal(by_name(parts.weights), by_name(whole.weights)));
  EXPECT_THAT(read_file(folder_ / "run/log.txt"),
              testing::AllOf(testing::HasSubstr("train_loss_scale"),
                             testing::HasSubstr("train_skipped_steps")));
}

}  // namespace
}  // namespace saccade
