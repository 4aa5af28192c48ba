// Tensors from the CPU to a device and back, without waiting where that is possible.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Event.h>

#include <optional>
#include <vector>

namespace saccade {

// Memory that a device can copy from while the host goes on: pinned, unless `device` is the CPU.
at::TensorOptions host_memory_for(at::Device device);

// The tensor on `device`. The host does not wait; `tensor` must stay as it is until the device has been
// waited for, unless its memory is pageable, which the driver copies first.
at::Tensor send_to(const at::Tensor& tensor, at::Device device);

// A copy on its way from a device to the CPU. Of a CPU tensor it is that tensor.
class Arriving {
 public:
  explicit Arriving(const at::Tensor& tensor);
  // The tensor on the CPU, once the device has computed and copied it; later work of the device is not
  // waited for.
  const at::Tensor& wait();

 private:
  at::Tensor on_cpu_;
  std::optional<c10::Event> event_;
};

// Replaces the tensors by copies on the CPU, and waits for the device once. Undefined ones stay so.
void bring_to_cpu(const std::vector<at::Tensor*>& tensors);

// Seconds that a device took between start() and stop(). On the CPU, by the clock.
class DeviceTimer {
 public:
  explicit DeviceTimer(at::Device device);  // starts
  void stop();
  double seconds() const;  // call it once what came before stop() has been waited for

 private:
  at::Device device_;
  std::optional<c10::Event> start_, stop_;
  double begin_ = 0, end_ = 0;
};

}  // namespace saccade
