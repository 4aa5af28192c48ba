// Work of a device recorded once and started again as one, without a launch of each of its kernels.
#pragma once

#include <c10/core/Device.h>

#include <functional>
#include <memory>

namespace saccade {

// Work must read and write the same memory each time, must not wait for the device, copy from the host or take random
// numbers. What it allocates belongs to the graph: a result holds until the next replay.
class DeviceGraph {
 public:
  virtual ~DeviceGraph() = default;
  // Runs `work` a few times, then records it; nothing has been computed when it returns but what the runs left. Throws
  // what `work` or the device throws; then the graph is of no use.
  virtual void record(const std::function<void()>& work) = 0;
  // Queues the recorded work on the current stream.
  virtual void replay() = 0;
};

// Null for a device without such a thing: the CPU.
std::unique_ptr<DeviceGraph> make_device_graph(const c10::Device& device);

}  // namespace saccade
