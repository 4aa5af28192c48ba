// Sixteen bits where that is as good: matrix products and convolutions (docs/precision.md).
#pragma once

#include <c10/core/DeviceType.h>
#include <c10/core/ScalarType.h>

#include <optional>
#include <string>

namespace saccade {

// While it lives, at::autocast casts to `type` for this kind of device, on this thread; without a type it
// changes nothing. Gradients are computed in the types of the forward pass and end as float32 in the parameters.
// They do not nest.
class Autocast {
 public:
  Autocast(at::DeviceType device, std::optional<at::ScalarType> type);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  at::DeviceType device_;
  bool enabled_;
};

// What --precision fp32, bf16 or fp16 casts to; nothing for fp32.
std::optional<at::ScalarType> autocast_type(const std::string& precision);

// While it lives, at::autocast leaves this kind of device alone: what is computed keeps the types of
// its tensors.
class NoAutocast {
 public:
  explicit NoAutocast(at::DeviceType device);
  ~NoAutocast();
  NoAutocast(const NoAutocast&) = delete;
  NoAutocast& operator=(const NoAutocast&) = delete;

 private:
  at::DeviceType device_;
  bool before_;
};

}  // namespace saccade
