// Whether ranks took the step that one process takes with all their images.
#pragma once

#include <ATen/ATen.h>

#include <cmath>

#include "saccade/train/train_step.h"

namespace saccade {

// Relative to the gradient. float32 sums in another order (2e-6 measured), and then a sample on the border
// of two cells may fall on either side (6e-5 measured).
constexpr double kStepTolerance = 2e-4;

inline bool is_near(double a, double b) { return std::abs(a - b) <= kStepTolerance * std::abs(b); }

// `ours` and `alone` have a report and a gradient (first_gradient).
template <typename Taken>
bool is_same_step(const Taken& ours, const Taken& alone) {
  const double norm = alone.gradient.norm().template item<double>();
  const double error = (ours.gradient - alone.gradient).norm().template item<double>();
  return norm > 1 && error <= kStepTolerance * norm &&
         is_near(ours.report.total, alone.report.total) &&
         is_near(ours.report.grad_norm, alone.report.grad_norm);
}

}  // namespace saccade
