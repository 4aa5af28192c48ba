// The forward pass in a shorter type where that is as good: matrix products and convolutions.
#pragma once

#include <c10/core/DeviceType.h>
#include <c10/core/ScalarType.h>

#include <optional>
#include <string>

namespace saccade {

// While it lives, at::autocast casts for the device to `type`; without a type it changes nothing.
// Gradients are computed in the types of the forward pass and end as float32 in the parameters. Not for
// several threads at once.
class Autocast {
 public:
  Autocast(at::DeviceType device, std::optional<at::ScalarType> type);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  const at::DeviceType device_;
  const bool enabled_;
};

// What --precision fp32, bf16 or fp16 casts to; nothing for fp32.
std::optional<at::ScalarType> autocast_type(const std::string& precision);

}  // namespace saccade
