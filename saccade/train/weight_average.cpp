// An exponential moving average of weights.
#include "saccade/train/weight_average.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <unordered_set>

namespace saccade {
namespace {

// Every tensor once, in the order of visit.
std::vector<at::Tensor> tensors_of(Detector& detector) {
  std::vector<at::Tensor> tensors;
  std::unordered_set<const at::Tensor*> seen;
  detector.visit([&](const std::string&, at::Tensor& tensor, TensorKind) {
    if (seen.insert(&tensor).second) tensors.push_back(tensor);
  });
  return tensors;
}

}  // namespace

void copy_weights(Detector& from, Detector& to) {
  const at::NoGradGuard no_grad;
  const auto sources = tensors_of(from);
  auto targets = tensors_of(to);
  for (std::size_t i = 0; i < sources.size(); ++i) targets[i].copy_(sources[i]);
}

WeightAverage::WeightAverage(Detector& detector, double decay)
    : detector_(detector), decay_(decay), average_(make_detector(detector.config())) {
  average_->to(tensors_of(detector_).front().device());
  copy_weights(detector_, *average_);
  weights_ = tensors_of(detector_);
  averages_ = tensors_of(*average_);
}

void WeightAverage::update(std::int64_t step) {
  const at::NoGradGuard no_grad;
  const double warm = static_cast<double>(1 + step) / static_cast<double>(10 + step);
  at::_foreach_lerp_(averages_, weights_, 1 - std::min(decay_, warm));
}

}  // namespace saccade
