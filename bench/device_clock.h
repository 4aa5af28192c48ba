// Time and memory of work on a device. On a GPU work is queued: the clock is the device's own.
#pragma once

#include <ATen/DeviceAccelerator.h>
#include <c10/core/Device.h>
#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <chrono>
#include <functional>

namespace saccade::bench {

// Milliseconds from the first job's start to the end of the last, per job.
inline double time_jobs(const c10::Device& device, const std::function<void()>& job, int count) {
  if (device.is_cpu()) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < count; ++i) job();
    const auto end = std::chrono::steady_clock::now();
    return std::chrono::duration<double, std::milli>(end - start).count() / count;
  }
  const c10::impl::VirtualGuardImpl guard(device.type());
  const auto stream = guard.getStream(device);
  c10::Event start(device.type(), c10::EventFlag::BACKEND_DEFAULT);
  c10::Event end(device.type(), c10::EventFlag::BACKEND_DEFAULT);
  guard.synchronizeDevice(device.index());
  start.record(stream);
  for (int i = 0; i < count; ++i) job();
  end.record(stream);
  end.synchronize();
  return start.elapsedTime(end) / count;
}

// Device memory in use, MB; 0 for the CPU.
inline double megabytes_in_use(const c10::Device& device) {
  if (device.is_cpu()) return 0;
  const auto stats = at::getDeviceAllocator(device.type())->getDeviceStats(device.index());
  return static_cast<double>(stats.allocated_bytes[0].current) / (1 << 20);
}

// That was in use at most since the last call.
inline double take_peak_megabytes(const c10::Device& device) {
  if (device.is_cpu()) return 0;
  auto* const allocator = at::getDeviceAllocator(device.type());
  const double peak =
      static_cast<double>(allocator->getDeviceStats(device.index()).allocated_bytes[0].peak);
  allocator->resetPeakStats(device.index());
  return peak / (1 << 20);
}

}  // namespace saccade::bench
