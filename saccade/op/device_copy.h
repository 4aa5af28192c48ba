// Tensors between the memory of the host and that of a device. On the CPU nothing is copied.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Event.h>

#include <optional>
#include <vector>

namespace saccade {

// A small tensor of the host, in the queue of what the calling thread has the device compute: the thread
// does not wait for it.
at::Tensor to_device(const at::Tensor& host, at::Device device);

// Tensors of one dtype and one device, brought to the host by one copy, contiguous and without gradient. Waits
// for the device once, however many they are.
std::vector<at::Tensor> to_host(const std::vector<at::Tensor>& tensors);

// Brings batches to a device from the threads that load them, beside what it computes.
class Shipper {
 public:
  explicit Shipper(at::Device device);

  struct Shipment {
    std::vector<at::Tensor> tensors;
    std::optional<c10::Event> sent;  // none where they are there already
  };
  // May be called from several threads at once. Returns before the copies are done.
  Shipment send(const std::vector<at::Tensor>& host) const;
  // The tensors for the calling thread: what it has the device compute waits for them, it does not.
  static std::vector<at::Tensor> receive(Shipment shipment);

 private:
  at::Device device_;
  std::optional<c10::Stream> stream_;  // a queue of its own: with CUDA
};

}  // namespace saccade
