// Which prediction answers for which object: the cheapest one-to-one matching of each image.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace saccade {

// The objects of one image.
struct LossTarget {
  at::Tensor labels;  // [n] int64, class indices
  at::Tensor boxes;   // [n, 4] cxcywh, fractions of the image; type of the predictions
};

enum class ClassCost { kFocal, kSoftmax };  // Deformable DETR's, plain DETR's

struct MatcherOptions {
  ClassCost class_cost = ClassCost::kFocal;
  double cost_class = 2, cost_bbox = 5, cost_giou = 2;
  std::string layer_name = "layer";  // for errors: what the first axis counts
};

// Of one image: prediction pred[i] answers for object target[i]; pred ascending, min(Q, n) long.
struct Match {
  std::vector<std::int64_t> pred, target;
};

// Matches every layer's predictions: logits [layers, N, Q, K], boxes [layers, N, Q, 4] cxcywh, float32
// or float64. Returns [layers][N]. Costs are computed within each image only, images and layers in
// parallel; tensors of other devices are brought to the CPU once.
// Throws Error: all weights zero, targets of another shape, a label out of range, a value that is not
// finite (names layer and image). Source: Carion et al. 2020, section 3.1; Zhu et al. 2021, A.3 (focal cost).
std::vector<std::vector<Match>> match(const at::Tensor& logits, const at::Tensor& boxes,
                                      std::span<const LossTarget> targets,
                                      const MatcherOptions& options);

}  // namespace saccade
