// Times by the events of a device.
#include "saccade/op/device_timer.h"

#include <c10/core/impl/VirtualGuardImpl.h>

#include <chrono>

namespace saccade {
namespace {

void record(c10::Event& event, c10::Device device) {
  event.record(c10::impl::VirtualGuardImpl(device.type()).getStream(device));
}

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

DeviceTimer::DeviceTimer(c10::Device device) : device_(device), begin_(now()) {
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
