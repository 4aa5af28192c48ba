// The cheapest one-to-one matching of each image.
#include "saccade/loss/matcher.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "saccade/checkpoint/raw_tensor.h"
#include "saccade/core/error.h"
#include "saccade/core/parallel.h"
#include "saccade/loss/assignment.h"

namespace saccade {
namespace {

constexpr double kFocalAlpha = 0.25,
                 kLogEpsilon = 1e-8;  // of the cost, whatever --focal_alpha says

template <typename T>
struct Corners {
  T x0, y0, x1, y1;
  explicit Corners(const T* cxcywh)
      : x0(cxcywh[0] - T(0.5) * cxcywh[2]),
        y0(cxcywh[1] - T(0.5) * cxcywh[3]),
        x1(cxcywh[0] + T(0.5) * cxcywh[2]),
        y1(cxcywh[1] + T(0.5) * cxcywh[3]) {}
  T area() const { return (x1 - x0) * (y1 - y0); }
};

template <typename T>
T generalised_iou(const Corners<T>& a, const Corners<T>& b) {
  const T width = std::max(T(0), std::min(a.x1, b.x1) - std::max(a.x0, b.x0));
  const T height = std::max(T(0), std::min(a.y1, b.y1) - std::max(a.y0, b.y0));
  const T inter = width * height, joint = a.area() + b.area() - inter;
  const T outer_width = std::max(T(0), std::max(a.x1, b.x1) - std::min(a.x0, b.x0));
  const T outer_height = std::max(T(0), std::max(a.y1, b.y1) - std::min(a.y0, b.y0));
  const T outer = outer_width * outer_height;
  return inter / joint - (outer - joint) / outer;
}

template <typename T>
T focal_cost(T logit) {
  const T p = T(1) / (T(1) + std::exp(-logit));
  const T negative = T(1 - kFocalAlpha) * (p * p) * -std::log(T(1) - p + T(kLogEpsilon));
  const T positive = T(kFocalAlpha) * ((T(1) - p) * (T(1) - p)) * -std::log(p + T(kLogEpsilon));
  return positive - negative;
}

// One image's predictions and objects.
template <typename T>
struct ImageCosts {
  const T* logits;  // [Q, K]
  const T* boxes;   // [Q, 4]
  const std::int64_t* labels;
  const T* target_boxes;
  std::int64_t queries, classes, targets;

  // [targets, Q]: objects are the few, the rows.
  std::vector<double> of(const MatcherOptions& o) const {
    std::vector<double> cost(static_cast<std::size_t>(targets * queries));
    for (std::int64_t q = 0; q < queries; ++q) {
      const T* row = logits + q * classes;
      const Softmax softmax(o.class_cost == ClassCost::kSoftmax ? row : nullptr, classes);
      const Corners<T> predicted(boxes + 4 * q);
      for (std::int64_t t = 0; t < targets; ++t) {
        const T logit = row[labels[t]];
        const T of_class = o.class_cost == ClassCost::kFocal ? focal_cost(logit) : -softmax(logit);
        T distance = 0;
        for (int i = 0; i < 4; ++i)
          distance += std::abs(boxes[4 * q + i] - target_boxes[4 * t + i]);
        const T overlap = generalised_iou(predicted, Corners<T>(target_boxes + 4 * t));
        cost[static_cast<std::size_t>(t * queries + q)] =
            T(o.cost_bbox) * distance + T(o.cost_class) * of_class + T(o.cost_giou) * -overlap;
      }
    }
    return cost;
  }

 private:
  struct Softmax {
    Softmax(const T* row, std::int64_t count) {
      if (row == nullptr) return;
      highest = *std::max_element(row, row + count);
      for (std::int64_t k = 0; k < count; ++k) sum += std::exp(row[k] - highest);
    }
    T operator()(T logit) const { return std::exp(logit - highest) / sum; }
    T highest = 0, sum = 0;
  };
};

std::vector<double> transposed(const std::vector<double>& cost, std::int64_t rows,
                               std::int64_t columns) {
  std::vector<double> turned(cost.size());
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < columns; ++c) turned[c * rows + r] = cost[r * columns + c];
  }
  return turned;
}

// From [targets, Q] costs to pairs, ascending by prediction.
Match pairs_of(const std::vector<double>& cost, std::int64_t targets, std::int64_t queries) {
  Match match;
  // Each prediction gets an object. With as many of both scipy takes the predictions as rows too.
  if (targets >= queries) {
    match.target = assign(transposed(cost, targets, queries), queries, targets);
    match.pred.resize(match.target.size());
    std::iota(match.pred.begin(), match.pred.end(), 0);
    return match;
  }
  const std::vector<std::int64_t> query_of = assign(cost, targets, queries);
  match.target.resize(query_of.size());
  std::iota(match.target.begin(), match.target.end(), 0);
  std::sort(match.target.begin(), match.target.end(),
            [&](std::int64_t a, std::int64_t b) { return query_of[a] < query_of[b]; });
  for (const std::int64_t target : match.target) match.pred.push_back(query_of[target]);
  return match;
}

struct Inputs {
  at::Tensor logits, boxes;  // CPU, contiguous
  std::vector<LossTarget> targets;
};

template <typename T>
Match match_image(const Inputs& in, std::int64_t layer, std::int64_t image,
                  const MatcherOptions& options) {
  const LossTarget& target = in.targets[static_cast<std::size_t>(image)];
  const std::int64_t queries = in.logits.size(2), classes = in.logits.size(3);
  const std::int64_t row = (layer * in.logits.size(1) + image) * queries;
  const ImageCosts<T> costs{in.logits.const_data_ptr<T>() + row * classes,
                            in.boxes.const_data_ptr<T>() + row * 4,
                            target.labels.const_data_ptr<std::int64_t>(),
                            target.boxes.const_data_ptr<T>(),
                            queries,
                            classes,
                            target.labels.size(0)};
  return pairs_of(costs.of(options), costs.targets, queries);
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
  if (!at::isfinite(target.boxes).all().item<bool>())
    throw Error(text_of("targets of image ", image, " of the batch: a box is not finite"));
}

// Also where there is nothing to match: the losses would be not finite all the same.
void check_predictions(const char* what, const at::Tensor& values, const std::string& layer_name) {
  const at::Tensor finite = at::isfinite(values).flatten(2).all(2);  // [layers, N]
  if (finite.all().item<bool>()) return;
  const at::Tensor first = finite.logical_not().nonzero()[0];
  throw Error(text_of(what, " of ", layer_name, " ", first[0].item<std::int64_t>(), ", image ",
                      first[1].item<std::int64_t>(), " of the batch: a value is not finite"));
}

Inputs inputs_of(const at::Tensor& logits, const at::Tensor& boxes,
                 std::span<const LossTarget> targets, const std::string& layer_name) {
  Inputs in{
      logits.detach().to(at::kCPU).contiguous(), boxes.detach().to(at::kCPU).contiguous(), {}};
  check_predictions("logits", in.logits, layer_name);
  check_predictions("boxes", in.boxes, layer_name);
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
  const Inputs in = inputs_of(logits, boxes, targets, options.layer_name);
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
