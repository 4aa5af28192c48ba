// Copies between the host and a device, and what they wait for.
#include "saccade/op/transfer.h"

#include <ATen/ATen.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>

namespace saccade {
namespace {

c10::Stream current_stream(at::Device device) {
  return c10::impl::VirtualGuardImpl(device.type()).getStream(device);
}

bool is_on_device(const at::Tensor& tensor) { return tensor.defined() && !tensor.is_cpu(); }

at::Tensor start_copy(const at::Tensor& tensor) {
  const at::Tensor plain = tensor.detach().contiguous();
  const auto memory = host_memory_for(tensor.device()).dtype(tensor.scalar_type());
  return at::empty(tensor.sizes(), memory).copy_(plain, /*non_blocking=*/true);
}

}  // namespace

at::TensorOptions host_memory_for(at::Device device) {
  const at::TensorOptions options(at::kCPU);
  return device.is_cpu() ? options : options.pinned_memory(true);
}

// Of pageable memory the driver may wait for all that the device has to do. What allocates pinned memory keeps
// it until the copy is done, even if the tensor is gone.
at::Tensor to_device(const at::Tensor& host, at::Device device) {
  if (host.device() == device) return host;
  if (device.is_cpu()) return host.to(device);
  return (host.is_cpu() ? host.pin_memory() : host).to(device, /*non_blocking=*/true);
}

Arriving::Arriving(const std::vector<at::Tensor>& tensors) {
  const at::NoGradGuard no_gradients;
  for (const at::Tensor& tensor : tensors) {
    host_.push_back(!tensor.defined()      ? tensor
                    : is_on_device(tensor) ? start_copy(tensor)
                                           : tensor.detach().contiguous());
  }
  const auto away = std::find_if(tensors.begin(), tensors.end(), is_on_device);
  if (away == tensors.end()) return;
  arrived_.emplace(away->device().type());
  arrived_->record(current_stream(away->device()));
}

const std::vector<at::Tensor>& Arriving::wait() {
  if (arrived_) arrived_->synchronize();
  arrived_.reset();
  return host_;
}

void bring_to_host(const std::vector<at::Tensor*>& tensors) {
  std::vector<at::Tensor> all;
  for (const at::Tensor* tensor : tensors) all.push_back(*tensor);
  Arriving arriving(all);
  const auto& host = arriving.wait();
  for (std::size_t i = 0; i < tensors.size(); ++i) *tensors[i] = host[i];
}

Shipper::Shipper(at::Device device) : device_(device) {
  if (device.is_cpu()) return;
  stream_ = c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device);
}

Shipper::Shipment Shipper::send(const std::vector<at::Tensor>& host) const {
  Shipment shipment;
  std::optional<c10::StreamGuard> guard;
  if (stream_) guard.emplace(*stream_);
  for (const at::Tensor& tensor : host) shipment.tensors.push_back(to_device(tensor, device_));
  if (stream_) {
    shipment.sent.emplace(device_.type());
    shipment.sent->record(*stream_);
  }
  return shipment;
}

std::vector<at::Tensor> Shipper::receive(Shipment shipment) {
  if (!shipment.sent) return std::move(shipment.tensors);
  for (const at::Tensor& tensor : shipment.tensors) {
    const c10::Stream current = current_stream(tensor.device());
    shipment.sent->block(current);
    // Its memory belongs to the shipper's queue, which must not take it back before this one is done.
    tensor.record_stream(current);
  }
  return std::move(shipment.tensors);
}

}  // namespace saccade
