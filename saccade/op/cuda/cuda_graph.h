// CUDA graphs.
#pragma once

#include <memory>

#include "saccade/op/device_graph.h"

namespace saccade {

std::unique_ptr<DeviceGraph> make_cuda_graph(const c10::Device& device);

}  // namespace saccade
