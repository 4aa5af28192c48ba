// The forward pass in bfloat16.
#include "saccade/train/autocast.h"

#include <ATen/autocast_mode.h>

namespace saccade {

Autocast::Autocast(bool enabled) : enabled_(enabled) {
  if (!enabled_) return;
  at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
  at::autocast::set_autocast_enabled(at::kCPU, true);
  at::autocast::set_autocast_cache_enabled(true);  // each weight is cast once per forward pass
}

Autocast::~Autocast() {
  if (!enabled_) return;
  at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(at::kCPU, false);
}

}  // namespace saccade
