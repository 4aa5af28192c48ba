// The forward pass in sixteen bits.
#include "saccade/op/autocast.h"

#include <ATen/autocast_mode.h>

namespace saccade {

Autocast::Autocast(at::DeviceType device, std::optional<at::ScalarType> type)
    : device_(device), enabled_(type.has_value()) {
  if (!enabled_) return;
  at::autocast::set_autocast_dtype(device_, *type);
  at::autocast::set_autocast_enabled(device_, true);
  at::autocast::set_autocast_cache_enabled(true);  // a trained weight is cast once per forward pass
}

Autocast::~Autocast() {
  if (!enabled_) return;
  at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(device_, false);
}

std::optional<at::ScalarType> autocast_type(const std::string& precision) {
  if (precision == "bf16") return at::kBFloat16;
  if (precision == "fp16") return at::kHalf;
  return std::nullopt;
}

NoAutocast::NoAutocast(at::DeviceType device)
    : device_(device), before_(at::autocast::is_autocast_enabled(device)) {
  if (before_) at::autocast::set_autocast_enabled(device_, false);
}

NoAutocast::~NoAutocast() {
  if (before_) at::autocast::set_autocast_enabled(device_, true);
}

}  // namespace saccade
