// What a training configuration may hold.
#include "saccade/train/train_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/model/tiny_models.h"

namespace saccade {
namespace {

template <typename T>
std::string refusal_of(T TrainConfig::*field, T value) {
  TrainConfig config;
  config.*field = value;
  return error_of([&] { config.check(); });
}

TEST(TrainConfig, TheDefaultsOfBothFamiliesAreFine) {
  for (const ModelFamily family : {ModelFamily::kDeformableDetr, ModelFamily::kDetr})
    EXPECT_EQ(error_of([&] { TrainConfig::defaults(family).check(); }), "");
}

TEST(TrainConfig, NumbersOutOfRangeAreRefusedByTheirName) {
  const double nan = std::nan(""), infinity = HUGE_VAL;
  const std::vector<std::pair<const char*, double TrainConfig::*>> reals{
      {"lr", &TrainConfig::lr},
      {"lr_linear_proj_mult", &TrainConfig::lr_linear_proj_mult},
      {"weight_decay", &TrainConfig::weight_decay},
      {"set_cost_class", &TrainConfig::set_cost_class},
      {"set_cost_bbox", &TrainConfig::set_cost_bbox},
      {"set_cost_giou", &TrainConfig::set_cost_giou},
      {"cls_loss_coef", &TrainConfig::cls_loss_coef},
      {"bbox_loss_coef", &TrainConfig::bbox_loss_coef},
      {"giou_loss_coef", &TrainConfig::giou_loss_coef},
      {"eos_coef", &TrainConfig::eos_coef},
      {"ema", &TrainConfig::ema}};
  for (const auto& [name, field] : reals) {
    for (const double value : {-1.0, nan, infinity})
      EXPECT_THAT(refusal_of(field, value), testing::StartsWith(text_of("--", name, " ")));
  }
  const std::vector<std::pair<const char*, double TrainConfig::*>> any_sign{
      {"lr_backbone", &TrainConfig::lr_backbone},
      {"clip_max_norm", &TrainConfig::clip_max_norm},
      {"focal_alpha", &TrainConfig::focal_alpha}};
  for (const auto& [name, field] : any_sign) {
    EXPECT_EQ(refusal_of(field, -1.0), "");
    for (const double value : {nan, infinity})
      EXPECT_THAT(refusal_of(field, value), testing::StartsWith(text_of("--", name, " ")));
  }
  const std::vector<std::pair<const char*, int TrainConfig::*>> counts{
      {"num_workers", &TrainConfig::num_workers},   {"save_steps", &TrainConfig::save_steps},
      {"warmup_steps", &TrainConfig::warmup_steps}, {"steps", &TrainConfig::steps},
      {"overfit", &TrainConfig::overfit},           {"epochs", &TrainConfig::epochs},
      {"batch_size", &TrainConfig::batch_size},     {"accumulate", &TrainConfig::accumulate},
      {"lr_drop", &TrainConfig::lr_drop},           {"eval_every", &TrainConfig::eval_every}};
  for (const auto& [name, field] : counts)
    EXPECT_THAT(refusal_of(field, -1), testing::StartsWith(text_of("--", name, " -1: expected")));
}

TEST(TrainConfig, SizesOutOfRangeAreRefused) {
  const auto refusal = [](const InputSize& size, const AugmentationChange& change) {
    TrainConfig config;
    config.size = size;
    config.augmentation = change;
    return error_of([&] { config.check(); });
  };
  EXPECT_EQ(refusal({288, 1333, 32}, {244, 324, 0.6}), "");
  EXPECT_THAT(refusal({0, 1333}, {}), testing::StartsWith("--short_side 0: expected"));
  EXPECT_THAT(refusal({288, -1}, {}), testing::StartsWith("--max_side -1: expected"));
  EXPECT_THAT(refusal({288, 1333, 0}, {}), testing::StartsWith("--size_multiple 0: expected"));
  EXPECT_THAT(refusal({}, {324, 244}), testing::HasSubstr("324"));
  EXPECT_THAT(refusal({}, {0, 0, 2}), testing::HasSubstr("min_crop_part"));
}

TEST(TrainConfig, WhatMayBeZeroAndWhatMayNot) {
  for (const auto field : {&TrainConfig::weight_decay, &TrainConfig::clip_max_norm,
                           &TrainConfig::ema, &TrainConfig::lr_backbone})
    EXPECT_EQ(refusal_of(field, 0.0), "");
  for (const auto field : {&TrainConfig::warmup_steps, &TrainConfig::steps, &TrainConfig::overfit})
    EXPECT_EQ(refusal_of(field, 0), "");
  for (const auto field : {&TrainConfig::epochs, &TrainConfig::batch_size, &TrainConfig::accumulate,
                           &TrainConfig::lr_drop, &TrainConfig::eval_every})
    EXPECT_THAT(refusal_of(field, 0), testing::HasSubstr("expected a whole number from 1"));
  EXPECT_THAT(refusal_of(&TrainConfig::lr, 0.0), testing::HasSubstr("a number above 0"));
  EXPECT_THAT(refusal_of(&TrainConfig::ema, 1.0), testing::HasSubstr("below 1"));
}

// They may come from a checkpoint, whose words no option parser has seen.
TEST(TrainConfig, WordsNobodyKnowsAreRefused) {
  EXPECT_EQ(refusal_of(&TrainConfig::lr_schedule, std::string("linear")),
            "--lr_schedule linear: expected step or cosine");
  EXPECT_EQ(refusal_of(&TrainConfig::precision, std::string("fp8")),
            "--precision fp8: expected fp32, bf16 or fp16");
  for (const char* precision : {"bf16", "fp16"})
    EXPECT_EQ(refusal_of(&TrainConfig::precision, std::string(precision)), "");
}

TEST(TrainConfig, TheArchitectureIsLookedAtToo) {
  TrainConfig config;
  config.model.nheads = 7;
  EXPECT_THAT(error_of([&] { config.check(); }), testing::HasSubstr("nheads 7"));
}

}  // namespace
}  // namespace saccade
