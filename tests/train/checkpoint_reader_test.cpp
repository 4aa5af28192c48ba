// Checkpoints of the original, and broken ones: each is refused with its name.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "saccade/checkpoint/pth_writer.h"
#include "saccade/checkpoint/tensors.h"
#include "saccade/train/training_checkpoint.h"
#include "tests/data/temporary_folder.h"

namespace saccade {
namespace {

using Entries = std::vector<std::pair<std::string, NodeId>>;

// A checkpoint in the original's layout, whose parts a test may change before it is written.
class CheckpointReader : public InTemporaryFolder {
 protected:
  void SetUp() override {
    InTemporaryFolder::SetUp();
    root_ = {{"model", make_.dict(Entries{{"class_embed.weight", tensor(weight_)}})},
             {"optimizer",
              optimizer(make_.dict({{make_.integer(1), state(make_.integer(12))}}), two_groups())},
             {"lr_scheduler", make_.dict(Entries{{"last_epoch", make_.integer(7)}})},
             {"epoch", make_.integer(6)},
             {"args", make_.dict(Entries{{"lr", make_.real(0.0002)}})}};
  }

  NodeId tensor(const at::Tensor& values) { return make_.tensor(to_raw(values)); }
  NodeId state(NodeId step) {
    return make_.dict(
        Entries{{"step", step}, {"exp_avg", tensor(mean_)}, {"exp_avg_sq", tensor(mean_ * mean_)}});
  }
  NodeId two_groups() {
    const auto group = [&](std::int64_t id) {
      return make_.dict(Entries{{"params", make_.list({make_.integer(id)})}});
    };
    return make_.list({group(0), group(1)});
  }
  NodeId optimizer(NodeId states, NodeId groups) {
    return make_.dict(Entries{{"state", states}, {"param_groups", groups}});
  }
  NodeId training(const Entries& changes = {}) {
    Entries entries{{"epoch", make_.integer(6)},        {"step_in_epoch", make_.integer(1)},
                    {"step", make_.integer(13)},        {"epoch_done", make_.boolean(false)},
                    {"batch_images", make_.integer(2)}, {"seed", make_.integer(42)}};
    for (const auto& [key, value] : changes) set(entries, key, value);
    return make_.dict(entries);
  }
  static void set(Entries& entries, const std::string& key, NodeId value) {
    for (auto& [name, node] : entries) {
      if (name == key) return void(node = value);
    }
    entries.emplace_back(key, value);
  }

  TrainingCheckpoint read_with(const Entries& changes) {
    Entries entries = root_;
    for (const auto& [key, value] : changes) set(entries, key, value);
    PickleBuilder copy = make_;
    const NodeId root = copy.dict(entries);
    write_pth(path(), std::move(copy).tree(root));
    return read_training_checkpoint(path());
  }
  // What is wrong, without the name of the file it must begin with.
  std::string fault_with(const Entries& changes) {
    const std::string text = refusal([&] { read_with(changes); });
    const std::string start = path().string() + ": this checkpoint cannot be resumed: ";
    return text.rfind(start, 0) == 0 ? text.substr(start.size()) : "(no such start) " + text;
  }
  std::filesystem::path path() const { return folder_ / "checkpoint.pth"; }

  const at::Tensor weight_ = at::tensor({1.0F, 2.0F}), mean_ = at::tensor({0.5F, -0.25F});
  PickleBuilder make_;
  Entries root_;
};

TEST_F(CheckpointReader, AnOfficialFileGoesOnWithTheNextEpoch) {
  const TrainingCheckpoint read = read_with({});
  EXPECT_EQ(read.at.epoch, 7);
  EXPECT_EQ(read.at.step_in_epoch, 0);
  EXPECT_FALSE(read.has_progress);
  EXPECT_TRUE(read.meters.all().empty());
  EXPECT_EQ(std::get<double>(read.model.args.at("lr")), 0.0002);
  ASSERT_EQ(read.weights.size(), 1u);
  EXPECT_TRUE(read.weights[0].second.equal(weight_));
}

// Old torch counted steps in plain numbers. A parameter that never got a gradient has no state.
TEST_F(CheckpointReader, AnOfficialOptimizerIsReadWhetherItsStepIsANumberOrATensor) {
  const NodeId as_tensor = tensor(at::full({}, 12, at::kFloat));
  for (const NodeId step : {make_.integer(12), make_.real(12), as_tensor}) {
    const NodeId states = make_.dict({{make_.integer(1), state(step)}});
    const auto read = read_with({{"optimizer", optimizer(states, two_groups())}}).optimizer;
    ASSERT_EQ(read.size(), 2u);
    EXPECT_FALSE(read[0].exp_avg.defined());
    EXPECT_TRUE(read[1].step.equal(at::full({}, 12, at::kFloat)));
    EXPECT_TRUE(read[1].exp_avg.equal(mean_));
    EXPECT_TRUE(read[1].exp_avg_sq.equal(mean_ * mean_));
  }
}

TEST_F(CheckpointReader, AModelAloneStartsAtEpochZero) {
  root_.resize(1);
  const TrainingCheckpoint read = read_with({});
  EXPECT_EQ(read.at.epoch, 0);
  EXPECT_TRUE(read.optimizer.empty());
}

TEST_F(CheckpointReader, AnEpochThatCannotBeIsRefused) {
  for (const std::int64_t epoch : {std::int64_t{-2}, std::int64_t{1} << 60, INT64_MAX, INT64_MIN})
    EXPECT_EQ(fault_with({{"epoch", make_.integer(epoch)}}), "its `epoch` is no number from 0");
  for (const char* key : {"epoch", "step_in_epoch", "step", "batch_images", "seed"}) {
    const std::string fault = text_of("its `", key, "` is no number from 0");
    for (const NodeId value : {make_.integer(-1), make_.text("1"), make_.none()})
      EXPECT_EQ(fault_with({{"training", training({{key, value}})}}), fault);
  }
}

TEST_F(CheckpointReader, AnOptimizerWithoutItsGroupsIsRefused) {
  const NodeId states = make_.dict({{make_.integer(0), state(make_.integer(1))}});
  EXPECT_EQ(fault_with({{"optimizer", make_.dict(Entries{{"state", states}})}}),
            "its optimizer has no param_groups");
  const NodeId no_params = make_.list({make_.dict(Entries{{"lr", make_.real(1)}})});
  EXPECT_EQ(fault_with({{"optimizer", optimizer(states, no_params)}}),
            "a group of its optimizer has no params");
  for (const NodeId group : {make_.integer(3), make_.list({})})
    EXPECT_EQ(fault_with({{"optimizer", optimizer(states, make_.list({group}))}}),
              "a group of its optimizer has no params");
}

TEST_F(CheckpointReader, AStateOfNoOptimizerIsRefused) {
  const auto fault_of = [&](NodeId of_parameter) {
    const NodeId states = make_.dict({{make_.integer(0), of_parameter}});
    return fault_with({{"optimizer", optimizer(states, two_groups())}});
  };
  const std::string neither = "its optimizer's state is neither AdamW's nor SGD's";
  EXPECT_EQ(fault_of(make_.list({})), "its optimizer's state is no dict");
  EXPECT_EQ(fault_of(state(tensor(at::ones({2})))), neither);  // a step of several elements
  EXPECT_EQ(fault_of(state(make_.text("12"))), neither);
  EXPECT_EQ(fault_of(make_.dict(Entries{{"step", make_.integer(1)}, {"exp_avg", tensor(mean_)}})),
            neither);
}

TEST_F(CheckpointReader, MetersThatAreNoSumsWithCountsAreRefused) {
  const auto fault_of = [&](NodeId meters) {
    return fault_with({{"training", training({{"meters", meters}})}});
  };
  const auto meter = [&](const std::vector<NodeId>& values) {
    return make_.dict(Entries{{"loss", make_.list(values)}});
  };
  const std::string fault = "its meters are no sums with counts";
  EXPECT_EQ(fault_of(meter({make_.real(1)})), fault);
  EXPECT_EQ(fault_of(meter({make_.real(1), make_.real(2)})), fault);
  EXPECT_EQ(fault_of(meter({make_.text("1"), make_.integer(2)})), fault);
  EXPECT_EQ(fault_of(make_.dict(Entries{{"loss", make_.real(1)}})), fault);
  EXPECT_EQ(fault_of(meter({make_.real(1), make_.integer(-2)})),
            "its `meters` is no number from 0");
}

// A part of another kind than expected is no missing part: the run would quietly begin anew.
TEST_F(CheckpointReader, APartOfAnotherKindIsRefused) {
  const NodeId list = make_.list({});
  for (const char* key : {"optimizer", "training"})
    EXPECT_EQ(fault_with({{key, list}}), text_of("its `", key, "` is no dict"));
  for (const char* key : {"meters", "weights"})
    EXPECT_EQ(fault_with({{"training", training({{key, list}})}}),
              text_of("its `", key, "` is no dict"));
  EXPECT_EQ(fault_with({{"optimizer", optimizer(list, two_groups())}}), "its `state` is no dict");
  EXPECT_TRUE(read_with({{"optimizer", make_.none()}}).optimizer.empty());
}

TEST_F(CheckpointReader, AFileThatIsNoCheckpointIsNamed) {
  const auto text = file("notes.pth", "not a pickle");
  EXPECT_THAT(refusal([&] { read_training_checkpoint(text); }), testing::StartsWith(text.string()));
  const auto gone = folder_ / "gone.pth";
  EXPECT_THAT(refusal([&] { read_training_checkpoint(gone); }), testing::StartsWith(gone.string()));
}

}  // namespace
}  // namespace saccade
