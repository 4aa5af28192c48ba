// An exponential moving average of a detector's weights (EMA).
#pragma once

#include <memory>

#include "saccade/model/detector.h"

namespace saccade {

class WeightAverage {
 public:
  // Starts as a copy of `detector`, on its device. `decay` in (0, 1).
  WeightAverage(Detector& detector, double decay);

  // After optimizer step number `step` (from 1): average = d * average + (1 - d) * weights with
  // d = min(decay, (1 + step) / (10 + step)), so that the first steps do not weigh for long.
  void update(std::int64_t step);
  Detector& detector() { return *average_; }
  std::shared_ptr<Detector> share() const { return average_; }

 private:
  Detector& detector_;
  double decay_;
  std::shared_ptr<Detector> average_;
  std::vector<at::Tensor> weights_, averages_;
};

// Copies every tensor of `from` into the memory of `to`, a detector of the same config.
void copy_weights(Detector& from, Detector& to);

}  // namespace saccade
