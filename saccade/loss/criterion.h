// What a detector's output costs: the losses of every decoder layer against the matched objects.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "saccade/loss/matcher.h"
#include "saccade/model/detector.h"

namespace saccade {

struct CriterionOptions {
  ModelFamily family =
      ModelFamily::kDeformableDetr;  // focal loss, or cross entropy with "no object"
  MatcherOptions matcher;
  double cls_loss_coef = 2, bbox_loss_coef = 5, giou_loss_coef = 2;
  double focal_alpha = 0.25;  // focal loss
  double eos_coef = 0.1;      // cross entropy: weight of "no object", the last class
  bool aux_loss = true;       // also of the earlier decoder layers

  // The official weights of a family.
  static CriterionOptions defaults(ModelFamily family);
};

// One value of the loss dictionary, before its weight.
struct LossValue {
  std::string name;   // official: loss_ce, class_error, loss_bbox_0, loss_giou_enc, ...
  at::Tensor value;   // 0-dim, without a graph
  double weight = 0;  // in the total; 0 for what is only logged
};

struct Losses {
  std::vector<LossValue> values;  // in the official order
  at::Tensor total;               // 0-dim, differentiable
  // Of the last layer first, then of the earlier ones, then of the proposals: [sets][N].
  std::vector<std::vector<Match>> matches;
};

// Number of objects that the losses are divided by, before it is averaged over processes; the average
// counts as 1 at least.
double count_boxes(std::span<const LossTarget> targets);

// Differentiable in the output's logits and boxes. `num_boxes` is count_boxes averaged over processes.
// Throws Error as match().
// Source: training.md 2; Carion et al. 2020, section 3; Lin et al. 2017 (focal loss).
Losses compute_losses(const ModelOutput& output, std::span<const LossTarget> targets,
                      double num_boxes, const CriterionOptions& options);

}  // namespace saccade
