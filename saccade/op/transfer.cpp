// Copies between the CPU and a device, and what they wait for.
#include "saccade/op/transfer.h"

#include <ATen/ATen.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <chrono>

namespace saccade {
namespace {

void record(c10::Event& event, at::Device device) {
  event.record(c10::impl::VirtualGuardImpl(device.type()).getStream(device));
}

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

at::TensorOptions host_memory_for(at::Device device) {
  const at::TensorOptions options(at::kCPU);
  return device.is_cpu() ? options : options.pinned_memory(true);
}

at::Tensor send_to(const at::Tensor& tensor, at::Device device) {
  return tensor.to(device, /*non_blocking=*/true);
}

Arriving::Arriving(const at::Tensor& tensor) : on_cpu_(tensor) {
  if (!tensor.defined() || tensor.is_cpu()) return;
  const at::Device device = tensor.device();
  const at::Tensor given = tensor.detach().contiguous();
  on_cpu_ = at::empty(given.sizes(), host_memory_for(device).dtype(given.scalar_type()));
  on_cpu_.copy_(given, /*non_blocking=*/true);
  event_.emplace(device.type());
  record(*event_, device);
}

const at::Tensor& Arriving::wait() {
  if (event_) event_->synchronize();
  event_.reset();
  return on_cpu_;
}

void bring_to_cpu(const std::vector<at::Tensor*>& tensors) {
  std::vector<Arriving> arriving;
  for (const at::Tensor* tensor : tensors)
    arriving.emplace_back(tensor->defined() ? *tensor : at::Tensor());
  for (std::size_t i = 0; i < tensors.size(); ++i) *tensors[i] = arriving[i].wait();
}

DeviceTimer::DeviceTimer(at::Device device) : device_(device), begin_(now()) {
  if (device_.is_cpu()) return;
  start_.emplace(device_.type(), c10::EventFlag::BACKEND_DEFAULT);  // those that tell the time
  stop_.emplace(device_.type(), c10::EventFlag::BACKEND_DEFAULT);
  record(*start_, device_);
}

void DeviceTimer::stop() {
  end_ = now();
  if (stop_) record(*stop_, device_);
}

double DeviceTimer::seconds() const {
  return stop_ ? start_->elapsedTime(*stop_) / 1000 : end_ - begin_;
}

}  // namespace saccade
