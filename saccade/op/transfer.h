// Tensors between the host's memory and a device's, without waiting where that is possible. On the CPU nothing
// is copied.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Event.h>

#include <optional>
#include <vector>

namespace saccade {

// Memory of the host that `device` copies from and to by itself: pinned, unless it is the CPU.
at::TensorOptions host_memory_for(at::Device device);

// The tensor on `device`; the host does not wait. A tensor in pinned memory must not be written to until the
// device has been waited for (it may go out of scope); of another one the device gets a copy made at once.
at::Tensor to_device(const at::Tensor& host, at::Device device);

// Copies on their way from a device to the host, contiguous and without gradient; undefined tensors stay so.
class Arriving {
 public:
  // The tensors lie on one device; those of the CPU are there already.
  explicit Arriving(const std::vector<at::Tensor>& tensors);
  // The tensors, once the device has computed and copied them; its later work is not waited for.
  const std::vector<at::Tensor>& wait();

 private:
  std::vector<at::Tensor> host_;
  std::optional<c10::Event> arrived_;
};

// Replaces tensors by what Arriving gives of them: one wait, however many they are.
void bring_to_host(const std::vector<at::Tensor*>& tensors);

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
  std::optional<c10::Stream> stream_;  // a queue of its own; none on the CPU
};

}  // namespace saccade
