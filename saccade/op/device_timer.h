// How long a device computes, told by the device, so that nobody has to wait for it.
#pragma once

#include <c10/core/Device.h>
#include <c10/core/Event.h>

#include <optional>

namespace saccade {

// Seconds that a device took from the constructor to stop(). On the CPU, by the clock.
class DeviceTimer {
 public:
  explicit DeviceTimer(c10::Device device);  // starts
  void stop();
  double seconds() const;  // call it once what came before stop() has been waited for

 private:
  c10::Device device_;
  std::optional<c10::Event> start_, stop_;
  double begin_ = 0, end_ = 0;
};

}  // namespace saccade
