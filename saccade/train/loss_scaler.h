// Dynamic loss scaling: gradients of float16 that would be 0 are computed larger, and divided again.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace saccade {

// The fields of torch.amp.GradScaler's state_dict, with its defaults.
struct LossScale {
  double scale = 65536;  // a float32
  double growth_factor = 2, backoff_factor = 0.5;
  std::int64_t growth_interval = 2000;  // good steps in a row before it grows
  std::int64_t growth_tracker = 0;      // of them so far
};

// A step: backward of scaled(loss), unscale(gradients), and unless that found one that is not finite the
// optimizer's step; update() whatever was found. Source: torch.amp.GradScaler; Micikevicius et al.
// 2018, 3.2.
class LossScaler {
 public:
  explicit LossScaler(const LossScale& state = {}) : state_(state) {}

  const LossScale& state() const { return state_; }
  void restore(const LossScale& state) { state_ = state; }

  at::Tensor scaled(const at::Tensor& loss) const;
  // Divides the gradients by the scale. 0-dim float32 where they are: 1 where a value of one is not
  // finite, else 0. Reading it waits for a GPU.
  at::Tensor unscale(const std::vector<at::Tensor>& gradients) const;
  // Backs off after a step whose gradients were not all finite; grows after enough that were.
  void update(bool found_infinite);

 private:
  LossScale state_;
};

}  // namespace saccade
