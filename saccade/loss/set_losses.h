// The losses of one or several layers' predictions whose matching is known.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <vector>

#include "saccade/loss/criterion.h"

namespace saccade {

// Predictions of some layers with the same targets: everything is computed for all layers at once.
struct LayerPredictions {
  at::Tensor logits;  // [layers, N, Q, K]
  at::Tensor boxes;   // [layers, N, Q, 4] cxcywh
};

// Per layer, [layers]; not yet weighted.
struct LayerLosses {
  at::Tensor classes;            // loss_ce
  at::Tensor boxes, giou;        // loss_bbox, loss_giou
  at::Tensor cardinality_error;  // no gradient
  at::Tensor class_error;        // percent; no gradient
};

// `matches` is [layers][N].
LayerLosses layer_losses(const LayerPredictions& predictions, std::span<const LossTarget> targets,
                         std::span<const std::vector<Match>> matches, double num_boxes,
                         const CriterionOptions& options);

}  // namespace saccade
