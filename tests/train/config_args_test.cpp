// The options of a run survive the way through a checkpoint; what a file says in another type does not.
#include "saccade/train/config_args.h"

#include <gtest/gtest.h>

#include "saccade/model/config_from_weights.h"

namespace saccade {
namespace {

// Every option other than its default.
TrainConfig unusual() {
  TrainConfig c;
  c.lr = 0.0123;
  c.lr_backbone = 0.5;
  c.lr_linear_proj_mult = 0.75;
  c.lr_backbone_names = {"backbone.0", "input_proj"};
  c.lr_linear_proj_names = {};
  c.sgd = true;
  c.weight_decay = 0.25;
  c.clip_max_norm = 7;
  c.lr_schedule = "cosine";
  c.lr_drop = 11;
  c.warmup_steps = 12;
  c.epochs = 13;
  c.steps = 14;
  c.batch_size = 15;
  c.accumulate = 16;
  c.ema = 0.875;
  c.precision = "bf16";
  c.activation_checkpointing = true;
  c.set_cost_class = 17;
  c.set_cost_bbox = 18;
  c.set_cost_giou = 19;
  c.cls_loss_coef = 20;
  c.bbox_loss_coef = 21;
  c.giou_loss_coef = 22;
  c.focal_alpha = 0.375;
  c.eos_coef = 0.625;
  c.aux_loss = false;
  c.size = {23, 24, 2};
  c.augment = false;
  c.augmentation = {29, 30, 0.25};
  c.cache_mode = true;
  c.num_workers = 25;
  c.overfit = 26;
  c.seed = 0xFEDCBA9876543210;
  c.eval_every = 27;
  c.save_steps = 28;
  return c;
}

// What is not of this start of the program alone: steps and overfit end a run, they are not its nature.
TEST(ConfigArgs, EveryOptionComesBack) {
  const Args args = args_of(unusual());
  TrainConfig back;
  apply_args(args, back);
  Args read = args_of(back);
  EXPECT_EQ(std::get<std::int64_t>(read.at("steps")), 0);
  EXPECT_EQ(std::get<std::int64_t>(read.at("overfit")), 0);
  read["steps"] = std::int64_t{14};
  read["overfit"] = std::int64_t{26};
  EXPECT_EQ(read, args);
  // args_of could forget an option both ways: each differs from its default.
  const Args defaults = args_of(TrainConfig{}), model = args_of(ModelConfig{});
  EXPECT_EQ(args.size(), defaults.size());
  EXPECT_GE(args.size(), model.size() + 36);
  for (const auto& [name, value] : args)
    EXPECT_TRUE(model.count(name) == 1 || value != defaults.at(name)) << name;
}

TEST(ConfigArgs, ListsAndTheSeedComeBackWhole) {
  TrainConfig back;
  apply_args(args_of(unusual()), back);
  EXPECT_EQ(back.seed, 0xFEDCBA9876543210);
  EXPECT_EQ(back.lr_backbone_names, (std::vector<std::string>{"backbone.0", "input_proj"}));
  EXPECT_TRUE(back.lr_linear_proj_names.empty());
  EXPECT_EQ(back.precision, "bf16");
  EXPECT_FALSE(back.aux_loss);
}

TEST(ConfigArgs, TheArchitectureIsWrittenButNotTaken) {
  TrainConfig config;
  config.model.num_queries = 17;
  const Args args = args_of(config);
  EXPECT_EQ(std::get<std::int64_t>(args.at("num_queries")), 17);
  TrainConfig back;
  apply_args(args, back);
  EXPECT_EQ(back.model.num_queries, 300);
}

// An official file has what the original has, None included.
TEST(ConfigArgs, OptionsThatAreNotThereStayAsTheyAre) {
  TrainConfig config = unusual();
  apply_args({{"lr", 0.5}, {"epochs", std::monostate{}}, {"frozen_weights", std::monostate{}}},
             config);
  EXPECT_EQ(config.lr, 0.5);
  EXPECT_EQ(config.epochs, 13);
  EXPECT_EQ(config.seed, 0xFEDCBA9876543210);
}

TEST(ConfigArgs, ValuesOfAnotherTypeAreLeftAlone) {
  const TrainConfig before = unusual();
  TrainConfig config = before;
  apply_args({{"lr", std::string("0.1")},
              {"weight_decay", true},
              {"epochs", 3.5},
              {"lr_drop", std::string("3")},
              {"batch_size", true},
              {"seed", 1.0},
              {"sgd", std::int64_t{0}},
              {"aux_loss", std::string("true")},
              {"precision", std::int64_t{16}},
              {"lr_backbone_names", std::int64_t{1}},
              {"accumulate", std::int64_t{1} << 40}},  // no int
             config);
  EXPECT_EQ(args_of(config), args_of(before));
}

TEST(ConfigArgs, AWholeNumberIsANumberToo) {
  TrainConfig config;
  apply_args({{"clip_max_norm", std::int64_t{0}}, {"set_cost_bbox", std::int64_t{5}}}, config);
  EXPECT_EQ(config.clip_max_norm, 0);
  EXPECT_EQ(config.set_cost_bbox, 5);
}

}  // namespace
}  // namespace saccade
