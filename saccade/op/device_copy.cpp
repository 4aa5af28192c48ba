// Tensors between the host and a device.
#include "saccade/op/device_copy.h"

#include <ATen/ATen.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>

namespace saccade {
namespace {

// Only from pinned memory does a copy to a GPU go on by itself. The allocator keeps the memory until the copy
// is done, even if the tensor is gone.
at::Tensor without_waiting(const at::Tensor& host, at::Device device) {
  return (device.is_cuda() ? host.pin_memory() : host).to(device, /*non_blocking=*/true);
}

}  // namespace

at::Tensor to_device(const at::Tensor& host, at::Device device) {
  return host.device() == device ? host : without_waiting(host, device);
}

std::vector<at::Tensor> to_host(const std::vector<at::Tensor>& tensors) {
  const at::NoGradGuard no_gradients;
  std::vector<at::Tensor> host;
  const auto lies_here = [](const at::Tensor& tensor) { return tensor.device().is_cpu(); };
  if (std::all_of(tensors.begin(), tensors.end(), lies_here)) {
    for (const at::Tensor& tensor : tensors) host.push_back(tensor.detach().contiguous());
    return host;
  }
  std::vector<at::Tensor> flat;
  for (const at::Tensor& tensor : tensors) flat.push_back(tensor.detach().reshape({-1}));
  const at::Tensor all = at::cat(flat).to(at::kCPU);
  std::int64_t first = 0;
  for (const at::Tensor& tensor : tensors) {
    host.push_back(all.narrow(0, first, tensor.numel()).view(tensor.sizes()));
    first += tensor.numel();
  }
  return host;
}

Shipper::Shipper(at::Device device) : device_(device) {
  if (!device.is_cuda()) return;
  stream_ = c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device);
}

Shipper::Shipment Shipper::send(const std::vector<at::Tensor>& host) const {
  Shipment shipment;
  std::optional<c10::StreamGuard> guard;
  if (stream_) guard.emplace(*stream_);
  for (const at::Tensor& tensor : host) {
    shipment.tensors.push_back(tensor.device() == device_ ? tensor
                                                          : without_waiting(tensor, device_));
  }
  if (stream_) {
    shipment.sent.emplace(device_.type());
    shipment.sent->record(*stream_);
  }
  return shipment;
}

std::vector<at::Tensor> Shipper::receive(Shipment shipment) {
  if (!shipment.sent) return std::move(shipment.tensors);
  const at::Device device = shipment.tensors.front().device();
  const c10::Stream current = c10::impl::VirtualGuardImpl(device.type()).getStream(device);
  shipment.sent->block(current);
  // Their memory belongs to the shipper's queue, which must not take it back before this one is done.
  for (const at::Tensor& tensor : shipment.tensors) tensor.record_stream(current);
  return std::move(shipment.tensors);
}

}  // namespace saccade
