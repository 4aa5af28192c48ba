// A checkpoint brings back everything a run needs to go on.
#include "saccade/train/training_checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "saccade/checkpoint/pth_reader.h"
#include "saccade/train/weight_average.h"
#include "tests/data/temporary_folder.h"
#include "tests/train/tiny_training.h"
#include "tests/support/tell_fault.h"

namespace saccade {
namespace {

// A run after one optimizer step, in which one parameter got no gradient.
struct TrainedRun {
  TrainConfig config = tiny_training();
  std::unique_ptr<Detector> detector;
  std::unique_ptr<Optimizer> optimizer;
  LossMeters meters;
  CheckpointSource source;

  explicit TrainedRun(bool sgd = false) : detector(random_detector(config.model, 3)) {
    config.lr_backbone = 0;  // frozen: its states would be most of the file
    optimizer = std::make_unique<Optimizer>(make_param_groups(*detector, config),
                                            OptimizerOptions{.sgd = sgd});
    give_noise_gradients(*optimizer, 4);
    optimizer->groups()[0].parameters[1].tensor.mutable_grad().reset();
    optimizer->step(1);
    meters.restore("lr", 0.0004, 2);
    meters.restore("loss", 41.125, 2);
    source = {.weights = detector.get(),
              .optimizer = optimizer.get(),
              .lr_factor = 0.1,
              .lr_drop = 7,
              .at = {.epoch = 4,
                     .step_in_epoch = 2,
                     .step = 402,
                     .batch_images = 8,
                     .seed = std::int64_t{1} << 53},
              .meters = &meters,
              .args = {{"lr", 2e-4}, {"epochs", std::int64_t{50}}, {"sgd", sgd}},
              .metadata = {{"class_names", R"({"1":"car"})"}, {"size", "800,1333"}}};
  }
};

TensorMap by_name(const NamedTensors& tensors) { return {tensors.begin(), tensors.end()}; }

void expect_same(const at::Tensor& read, const at::Tensor& written, const std::string& what) {
  ASSERT_EQ(read.defined(), written.defined()) << what;
  if (!read.defined()) return;
  EXPECT_EQ(read.scalar_type(), written.scalar_type()) << what;
  EXPECT_TRUE(read.equal(written)) << what;
}

class TrainingCheckpointFile : public InTemporaryFolder {
 protected:
  void SetUp() override {
    InTemporaryFolder::SetUp();
    path_ = folder_ / "checkpoint.pth";
  }
  TrainingCheckpoint written(const CheckpointSource& source) const {
    write_training_checkpoint(path_, source);
    return read_training_checkpoint(path_);
  }
  std::filesystem::path path_;
};

TEST_F(TrainingCheckpointFile, BringsBackWeightsProgressAndMeters) {
  const TrainedRun run;
  const TrainingCheckpoint read = written(run.source);
  EXPECT_TRUE(all_equal(by_name(read.weights), weights_of(*run.detector)));
  EXPECT_TRUE(all_equal(by_name(to_tensors(read.model.tensors)), weights_of(*run.detector)));
  EXPECT_TRUE(read.has_progress);
  EXPECT_EQ(read.at.epoch, 4);
  EXPECT_EQ(read.at.step_in_epoch, 2);
  EXPECT_EQ(read.at.step, 402);
  EXPECT_FALSE(read.at.epoch_done);
  EXPECT_EQ(read.at.batch_images, 8);
  EXPECT_EQ(read.at.seed, std::int64_t{1} << 53);
  ASSERT_EQ(read.meters.all().size(), 2u);
  EXPECT_EQ(read.meters.all()[0].name, "lr");
  EXPECT_EQ(read.meters.find("loss")->sum, 41.125);
  EXPECT_EQ(read.meters.find("loss")->count, 2);
  EXPECT_EQ(read.model.args, run.source.args);
  EXPECT_EQ(read.model.metadata, run.source.metadata);
}

TEST_F(TrainingCheckpointFile, BringsBackTheStateOfEveryParameter) {
  for (const bool sgd : {false, true}) {
    const TrainedRun run(sgd);
    const auto read = written(run.source).optimizer;
    const auto& states = run.optimizer->states();
    ASSERT_EQ(read.size(), states.size());
    EXPECT_FALSE(read[1].exp_avg.defined() || read[1].momentum_buffer.defined());
    for (std::size_t i = 0; i < states.size(); ++i) {
      const std::string name = all_parameters(run.optimizer->groups())[i].name;
      expect_same(read[i].step, states[i].step, name);
      expect_same(read[i].exp_avg, states[i].exp_avg, name);
      expect_same(read[i].exp_avg_sq, states[i].exp_avg_sq, name);
      expect_same(read[i].momentum_buffer, states[i].momentum_buffer, name);
    }
  }
}

// What others load from the file is what was evaluated; what goes on learning lies beside it.
TEST_F(TrainingCheckpointFile, WithAnAverageTheModelIsTheAverage) {
  TrainedRun run;
  WeightAverage average(*run.detector, 0.9);
  {
    const at::NoGradGuard no_grad;
    run.detector->visit([](const std::string&, at::Tensor& tensor, TensorKind) { tensor.add_(1); });
  }
  average.update(1);
  run.source.average = &average.detector();
  const TrainingCheckpoint read = written(run.source);
  EXPECT_TRUE(all_equal(by_name(to_tensors(read.model.tensors)), weights_of(average.detector())));
  EXPECT_TRUE(all_equal(by_name(read.weights), weights_of(*run.detector)));
  EXPECT_FALSE(all_equal(weights_of(average.detector()), weights_of(*run.detector)));
}

// The original goes on from `epoch` + 1 and from these rates.
TEST_F(TrainingCheckpointFile, SpeaksTheOriginalsWords) {
  TrainedRun run;
  const auto number_at = [&](const PickleTree& tree, NodeId dict, const char* key) {
    const NodeId id = tree.find(dict, key);
    return id == kNoNode ? -99 : tree.at(id).number;
  };
  for (const bool done : {false, true}) {
    run.source.at.epoch_done = done;
    write_training_checkpoint(path_, run.source);
    const PickleTree tree = read_pth(path_);
    EXPECT_EQ(number_at(tree, tree.root, "epoch"), done ? 4 : 3);
    const NodeId scheduler = tree.find(tree.root, "lr_scheduler");
    EXPECT_EQ(number_at(tree, scheduler, "step_size"), 7);
    EXPECT_EQ(number_at(tree, scheduler, "last_epoch"), done ? 5 : 4);
    const NodeId groups = tree.find(tree.find(tree.root, "optimizer"), "param_groups");
    ASSERT_EQ(tree.at(groups).items.size(), 3u);
    const NodeId slow = tree.at(groups).items[2];
    EXPECT_DOUBLE_EQ(tree.at(tree.find(slow, "initial_lr")).real, 2e-5);
    EXPECT_NEAR(tree.at(tree.find(slow, "lr")).real, 2e-6, 1e-15);
    // Parameters are numbered through the groups.
    const NodeId first = tree.at(tree.find(slow, "params")).items.at(0);
    EXPECT_EQ(static_cast<std::size_t>(tree.at(first).number),
              run.optimizer->groups()[0].parameters.size());
  }
}

TEST_F(TrainingCheckpointFile, BeforeTheFirstEpochIsDoneTheOriginalsEpochIsMinusOne) {
  TrainedRun run;
  run.source.at.epoch = 0;
  write_training_checkpoint(path_, run.source);
  const PickleTree tree = read_pth(path_);
  EXPECT_EQ(tree.at(tree.find(tree.root, "epoch")).number, -1);
  EXPECT_EQ(read_training_checkpoint(path_).at.epoch, 0);
}

// The second file cannot be made: what should be its folder is a file, then its name is a folder.
TEST_F(TrainingCheckpointFile, AFailedWriteNamesTheFileAndLeavesTheOldOne) {
  const TrainedRun run;
  write_training_checkpoint(path_, run.source);
  const std::string before = read_file(path_);
  const auto below = path_ / "checkpoint.pth", taken = folder_ / "taken";
  std::filesystem::create_directories(taken / "by a folder");
  EXPECT_THAT(refusal([&] { write_training_checkpoint(below, run.source); }),
              testing::StartsWith(below.string()));
  EXPECT_THAT(refusal([&] { write_training_checkpoint(taken, run.source); }),
              testing::StartsWith(taken.string()));
  EXPECT_EQ(read_file(path_), before);
  tell_fault("a checkpoint that cannot be written", 2, "an error that names it; the old one whole");
}

// As torch.amp.GradScaler's state_dict: the names are the file's.
TEST_F(TrainingCheckpointFile, KeepsTheLossScale) {
  TrainedRun run;
  EXPECT_FALSE(written(run.source).scale.has_value());
  const LossScale scale{.scale = 1024, .growth_interval = 500, .growth_tracker = 33};
  run.source.scale = &scale;
  const auto read = written(run.source).scale;
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->scale, 1024);
  EXPECT_EQ(read->growth_factor, 2);
  EXPECT_EQ(read->backoff_factor, 0.5);
  EXPECT_EQ(read->growth_interval, 500);
  EXPECT_EQ(read->growth_tracker, 33);
  const PickleTree tree = read_pth(path_);
  const NodeId scaler = tree.find(tree.root, "scaler");
  ASSERT_NE(scaler, kNoNode);
  EXPECT_NE(tree.find(scaler, "_growth_tracker"), kNoNode);
}

TEST_F(TrainingCheckpointFile, ALossScaleOfNothingIsRefused) {
  TrainedRun run;
  const LossScale scale{.scale = 0};
  run.source.scale = &scale;
  EXPECT_THAT(error_of([&] { written(run.source); }),
              testing::HasSubstr("its scaler's `scale` is no number above 0"));
}

}  // namespace
}  // namespace saccade
