// Everything that decides a training run.
#include "saccade/train/train_config.h"

#include <cmath>

#include "saccade/core/error.h"

namespace saccade {
namespace {

void want(bool good, const char* field, double value, const char* expected) {
  if (!good) throw Error(text_of("--", field, " ", value, ": expected ", expected));
}

void not_negative(const char* field, double value) {
  want(std::isfinite(value) && value >= 0, field, value, "a number from 0");
}

void at_least_one(const char* field, int value) {
  want(value >= 1, field, value, "a whole number from 1");
}

void one_of(const char* field, const std::string& value, const char* a, const char* b) {
  if (value != a && value != b)
    throw Error(text_of("--", field, " ", value, ": expected ", a, " or ", b));
}

}  // namespace

TrainConfig TrainConfig::defaults(ModelFamily family) {
  TrainConfig config;
  if (family == ModelFamily::kDeformableDetr) return config;
  config.model.family = ModelFamily::kDetr;
  config.model.num_classes = 92;
  config.model.num_queries = 100;
  config.model.num_feature_levels = 1;
  config.model.dim_feedforward = 2048;
  config.lr = 1e-4;
  config.lr_backbone = 1e-5;
  config.lr_backbone_names = {"backbone"};
  config.lr_linear_proj_names = {};
  config.lr_linear_proj_mult = 1;
  config.lr_drop = 200;
  config.epochs = 300;
  config.set_cost_class = 1;
  config.cls_loss_coef = 1;
  return config;
}

void TrainConfig::check() const {
  check_optimisation();
  check_losses();
  at_least_one("short_side", size.short_side);
  at_least_one("max_side", size.max_side);
  at_least_one("size_multiple", size.multiple);
  AugmentationOptions::scaled_to(size, augmentation).check();
  want(num_workers >= 0 && num_workers <= 256, "num_workers", num_workers, "0 to 256");
  want(overfit >= 0, "overfit", overfit, "a number of images");
  at_least_one("eval_every", eval_every);
  not_negative("save_steps", save_steps);
  model.check();
}

void TrainConfig::check_optimisation() const {
  want(std::isfinite(lr) && lr > 0, "lr", lr, "a number above 0");
  want(std::isfinite(lr_backbone), "lr_backbone", lr_backbone, "a number; 0 freezes the backbone");
  not_negative("lr_linear_proj_mult", lr_linear_proj_mult);
  not_negative("weight_decay", weight_decay);
  want(std::isfinite(clip_max_norm), "clip_max_norm", clip_max_norm, "a number; 0 clips nothing");
  one_of("lr_schedule", lr_schedule, "step", "cosine");
  at_least_one("lr_drop", lr_drop);
  not_negative("warmup_steps", warmup_steps);
  at_least_one("epochs", epochs);
  want(steps >= 0, "steps", steps, "a whole number from 1");
  at_least_one("batch_size", batch_size);
  at_least_one("accumulate", accumulate);
  want(ema >= 0 && ema < 1, "ema", ema, "a decay from 0 (off) to below 1");
  if (precision != "fp32" && precision != "bf16" && precision != "fp16")
    throw Error(text_of("--precision ", precision, ": expected fp32, bf16 or fp16"));
}

void TrainConfig::check_losses() const {
  not_negative("set_cost_class", set_cost_class);
  not_negative("set_cost_bbox", set_cost_bbox);
  not_negative("set_cost_giou", set_cost_giou);
  not_negative("cls_loss_coef", cls_loss_coef);
  not_negative("bbox_loss_coef", bbox_loss_coef);
  not_negative("giou_loss_coef", giou_loss_coef);
  want(std::isfinite(focal_alpha), "focal_alpha", focal_alpha, "a number");
  not_negative("eos_coef", eos_coef);
}

}  // namespace saccade
