// Dynamic loss scaling.
#include "saccade/train/loss_scaler.h"

#include <ATen/ATen.h>

#include <cmath>

namespace saccade {

at::Tensor LossScaler::scaled(const at::Tensor& loss) const { return loss * state_.scale; }

at::Tensor LossScaler::unscale(const std::vector<at::Tensor>& gradients) const {
  const at::NoGradGuard no_grad;
  if (gradients.empty()) return at::zeros({}, at::kFloat);
  const auto options = gradients.front().options().dtype(at::kFloat);
  at::Tensor found = at::zeros({}, options);
  // As the original: the inverse is rounded to float32 once.
  const at::Tensor inverse = at::full({}, 1.0 / state_.scale, options);
  at::_amp_foreach_non_finite_check_and_unscale_(gradients, found, inverse);
  return found;
}

void LossScaler::update(bool found_infinite) {
  if (found_infinite) {
    state_.scale = static_cast<float>(state_.scale * state_.backoff_factor);
    state_.growth_tracker = 0;
    return;
  }
  if (++state_.growth_tracker < state_.growth_interval) return;
  state_.growth_tracker = 0;
  const auto grown = static_cast<float>(state_.scale * state_.growth_factor);
  if (std::isfinite(grown)) state_.scale = grown;
}

}  // namespace saccade
