// The forward pass in bfloat16 where that is as good: matrix products and convolutions.
#pragma once

namespace saccade {

// While it lives, at::autocast casts for the CPU; without `enabled` it changes nothing. Gradients are
// computed in the types of the forward pass and end as float32 in the parameters. Not for several
// threads at once.
class Autocast {
 public:
  explicit Autocast(bool enabled);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  bool enabled_;
};

}  // namespace saccade
