// Graphs come from the plug-in of the device.
#include "saccade/op/device_graph.h"

#include "saccade/op/cuda/cuda_plugin.h"

namespace saccade {

std::unique_ptr<DeviceGraph> make_device_graph(const c10::Device& device) {
  return device.is_cuda() ? cuda_plugin_table().make_graph(device) : nullptr;
}

}  // namespace saccade
