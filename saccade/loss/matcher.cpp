// The cheapest one-to-one matching of each image.
#include "saccade/loss/matcher.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <type_traits>

#include "saccade/checkpoint/raw_tensor.h"
#include "saccade/core/error.h"
#include "saccade/core/parallel.h"
#include "saccade/loss/assignment.h"
#include "saccade/loss/cpu/match_kernels.h"
#include "saccade/op/transfer.h"

namespace saccade {
namespace {

// Costs row by row. A vector would fill them with zeros first.
class Costs {
 public:
  Costs(std::int64_t rows, std::int64_t columns)
      : rows_(rows),
        columns_(columns),
        costs_(std::make_unique_for_overwrite<double[]>(rows * columns)) {}

  std::int64_t rows() const { return rows_; }
  std::int64_t columns() const { return columns_; }
  double* row(std::int64_t i) { return costs_.get() + i * columns_; }
  std::span<const double> all() const {
    return {costs_.get(), static_cast<std::size_t>(rows_ * columns_)};
  }

  Costs transposed() const {
    Costs turned(columns_, rows_);
    for (std::int64_t r = 0; r < rows_; ++r) {
      for (std::int64_t c = 0; c < columns_; ++c) turned.row(c)[r] = costs_[r * columns_ + c];
    }
    return turned;
  }

 private:
  std::int64_t rows_, columns_;
  std::unique_ptr<double[]> costs_;
};

template <typename T>
const CostKernels<T>& cost_kernels() {
  if constexpr (std::is_same_v<T, float>)
    return match_kernels().cost;
  else
    return cost_kernels_double();
}

// One image's predictions and objects.
template <typename T>
struct ImageCosts {
  const T* scores;  // [Q, K] logits; probabilities with ClassCost::kSoftmax
  const T* boxes;   // [Q, 4]
  const std::int64_t* labels;
  const T* target_boxes;
  std::int64_t queries, classes, targets;

  // [targets, Q]: objects are the few, the rows.
  Costs of(const MatcherOptions& o) const {
    const CostKernels<T>& kernels = cost_kernels<T>();
    std::vector<T> box_rows(kBoxRows * queries);
    kernels.box_rows(boxes, queries, box_rows.data());
    const std::vector<std::vector<T>> class_costs = costs_of_classes(o.class_cost);
    const PairWeights<T> weights{T(o.cost_class), T(o.cost_bbox), T(o.cost_giou)};
    Costs cost(targets, queries);
    for (std::int64_t t = 0; t < targets; ++t) {
      kernels.pair(box_rows.data(), class_costs[labels[t]].data(), queries, target_boxes + 4 * t,
                   weights, cost.row(t));
    }
    return cost;
  }

 private:
  // [classes][Q], empty for a class without an object: objects of an image are often of few classes.
  std::vector<std::vector<T>> costs_of_classes(ClassCost kind) const {
    std::vector<std::vector<T>> costs(classes);
    for (std::int64_t t = 0; t < targets; ++t) {
      std::vector<T>& cost = costs[labels[t]];
      if (!cost.empty()) continue;
      cost.resize(queries);
      const T* score = scores + labels[t];
      for (std::int64_t q = 0; q < queries; ++q, score += classes) cost[q] = *score;
      if (kind == ClassCost::kFocal)
        cost_kernels<T>().focal(cost.data(), queries);
      else
        for (T& probability : cost) probability = -probability;
    }
    return costs;
  }
};

// From [targets, Q] costs to pairs, ascending by prediction.
Match pairs_of(const Costs& cost) {
  Match match;
  // Each prediction gets an object. With as many of both scipy takes the predictions as rows too.
  if (cost.rows() >= cost.columns()) {
    const Costs turned = cost.transposed();
    match.target = assign(turned.all(), turned.rows(), turned.columns());
    match.pred.resize(match.target.size());
    std::iota(match.pred.begin(), match.pred.end(), 0);
    return match;
  }
  const std::vector<std::int64_t> query_of = assign(cost.all(), cost.rows(), cost.columns());
  match.target.resize(query_of.size());
  std::iota(match.target.begin(), match.target.end(), 0);
  std::sort(match.target.begin(), match.target.end(),
            [&](std::int64_t a, std::int64_t b) { return query_of[a] < query_of[b]; });
  for (const std::int64_t target : match.target) match.pred.push_back(query_of[target]);
  return match;
}

struct Inputs {
  at::Tensor logits, boxes;  // CPU, contiguous
  at::Tensor scores;         // what the class cost is made of
  std::vector<LossTarget> targets;
};

// Also where there is nothing to match: the losses would be not finite all the same.
template <typename T>
void check_finite(const char* what, const T* values, std::int64_t count, std::int64_t layer,
                  std::int64_t image, const MatcherOptions& options) {
  if (cost_kernels<T>().all_finite(values, count)) return;
  throw Error(text_of(what, " of ", options.layer_name, " ", layer, ", image ", image,
                      " of the batch: a value is not finite"));
}

template <typename T>
Match match_image(const Inputs& in, std::int64_t layer, std::int64_t image,
                  const MatcherOptions& options) {
  const LossTarget& target = in.targets[static_cast<std::size_t>(image)];
  const std::int64_t queries = in.logits.size(2), classes = in.logits.size(3);
  const std::int64_t row = (layer * in.logits.size(1) + image) * queries;
  const T* logits = in.logits.const_data_ptr<T>() + row * classes;
  const ImageCosts<T> costs{in.scores.const_data_ptr<T>() + row * classes,
                            in.boxes.const_data_ptr<T>() + row * 4,
                            target.labels.const_data_ptr<std::int64_t>(),
                            target.boxes.const_data_ptr<T>(),
                            queries,
                            classes,
                            target.labels.size(0)};
  check_finite("logits", logits, queries * classes, layer, image, options);
  check_finite("boxes", costs.boxes, queries * 4, layer, image, options);
  return pairs_of(costs.of(options));
}

bool is_finite(const at::Tensor& boxes) {
  return boxes.scalar_type() == at::kDouble
             ? cost_kernels_double().all_finite(boxes.const_data_ptr<double>(), boxes.numel())
             : match_kernels().cost.all_finite(boxes.const_data_ptr<float>(), boxes.numel());
}

void check_target(const LossTarget& target, std::size_t image, std::int64_t classes) {
  const std::int64_t count = target.labels.dim() == 1 ? target.labels.size(0) : -1;
  if (target.labels.scalar_type() != at::kLong || target.boxes.dim() != 2 ||
      target.boxes.size(0) != count || target.boxes.size(1) != 4) {
    throw Error(text_of("targets of image ", image, " of the batch: labels ",
                        shape_text(target.labels.sizes().vec()), " and boxes ",
                        shape_text(target.boxes.sizes().vec()),
                        ", expected [n] of type Long and [n, 4]"));
  }
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t label = target.labels.const_data_ptr<std::int64_t>()[i];
    if (label < 0 || label >= classes) {
      throw Error(text_of("targets of image ", image, " of the batch: class ", label,
                          ", the class head has ", classes, " outputs"));
    }
  }
  if (!is_finite(target.boxes))
    throw Error(text_of("targets of image ", image, " of the batch: a box is not finite"));
}

Inputs inputs_of(const at::Tensor& logits, const at::Tensor& boxes,
                 std::span<const LossTarget> targets, ClassCost class_cost) {
  Inputs in{.logits = logits, .boxes = boxes};
  bring_to_host({&in.logits, &in.boxes});
  in.scores = class_cost == ClassCost::kSoftmax ? at::softmax(in.logits, -1) : in.logits;
  for (const LossTarget& target : targets) {
    in.targets.push_back({target.labels.to(at::kCPU).contiguous(),
                          target.boxes.to(at::kCPU, in.boxes.scalar_type()).contiguous()});
    check_target(in.targets.back(), in.targets.size() - 1, logits.size(3));
  }
  return in;
}

}  // namespace

std::vector<std::vector<Match>> match(const at::Tensor& logits, const at::Tensor& boxes,
                                      std::span<const LossTarget> targets,
                                      const MatcherOptions& options) {
  if (options.cost_class == 0 && options.cost_bbox == 0 && options.cost_giou == 0)
    throw Error("matcher: all weights are 0, nothing decides who matches");
  const at::NoGradGuard no_gradients;
  const Inputs in = inputs_of(logits, boxes, targets, options.class_cost);
  const std::int64_t layers = logits.size(0), images = logits.size(1);
  if (images != std::ssize(targets))
    throw Error(text_of("matcher: ", images, " images but targets of ", targets.size()));
  std::vector<std::vector<Match>> matches(layers, std::vector<Match>(images));
  const bool is_double = logits.scalar_type() == at::kDouble;
  parallel_for(layers * images, at::get_num_threads(), [&](std::int64_t i) {
    Match& to = matches[i / images][i % images];
    to = is_double ? match_image<double>(in, i / images, i % images, options)
                   : match_image<float>(in, i / images, i % images, options);
  });
  return matches;
}

}  // namespace saccade
