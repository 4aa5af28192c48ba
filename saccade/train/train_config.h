// Everything that decides a training run. Names are the official options (training.md 4.1).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "saccade/data/augmentation.h"
#include "saccade/model/model_config.h"

namespace saccade {

struct TrainConfig {
  ModelConfig model;

  // Optimisation (training.md 3)
  double lr = 2e-4;
  double lr_backbone = 2e-5;  // not above 0: the backbone is frozen
  double lr_linear_proj_mult = 0.1;
  std::vector<std::string> lr_backbone_names{"backbone.0"};
  std::vector<std::string> lr_linear_proj_names{"reference_points", "sampling_offsets"};
  bool sgd = false;
  double weight_decay = 1e-4;
  double clip_max_norm = 0.1;        // 0: gradients are not clipped
  std::string lr_schedule = "step";  // step or cosine
  int lr_drop = 40;                  // epochs between two drops by 10
  int warmup_steps = 0;              // optimizer steps from 0 to the full rates
  int epochs = 50;
  int steps = 0;       // end after this many optimizer steps; 0: after `epochs`
  int batch_size = 2;  // per process and forward pass
  int accumulate = 1;  // forward passes per optimizer step
  double ema = 0;      // decay of the averaged weights; 0: none are kept
  std::string precision =
      "fp32";  // of the forward pass: fp32, or bf16 or fp16 where that is as good
  bool activation_checkpointing = false;  // encoder and decoder layers are computed twice, not kept

  // Matcher and losses (training.md 1, 2)
  double set_cost_class = 2, set_cost_bbox = 5, set_cost_giou = 2;
  double cls_loss_coef = 2, bbox_loss_coef = 5, giou_loss_coef = 2;
  double focal_alpha = 0.25;  // Deformable DETR
  double eos_coef = 0.1;      // plain DETR: weight of "no object"
  bool aux_loss = true;

  // Data
  InputSize size;  // of evaluation; training draws around it
  bool augment = true;
  AugmentationChange augmentation;
  bool cache_mode = false;
  int num_workers = 2;
  int overfit = 0;  // train and evaluate on this many images, nothing drawn; 0: off

  std::uint64_t seed = 42;
  int threads = 0;     // 0: all cores
  int eval_every = 1;  // epochs between two evaluations
  int save_steps = 0;  // optimizer steps between checkpoints within an epoch; 0: none

  // The official defaults of a family.
  static TrainConfig defaults(ModelFamily family);
  void check() const;  // throws Error and names the field

 private:
  void check_optimisation() const;
  void check_losses() const;
};

}  // namespace saccade
