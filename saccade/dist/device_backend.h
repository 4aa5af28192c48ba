// How ranks exchange tensors that lie on a device: a backend of c10d for each kind of device, from its
// plug-in.
#pragma once

#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>

#include <chrono>
#include <string>

namespace saccade {

struct BackendRequest {
  c10::intrusive_ptr<c10d::Store> store;  // with a prefix of its own
  int rank = 0, size = 1;
  at::Device device{at::kCPU};
  std::chrono::milliseconds timeout{0};  // of one operation
};

struct DeviceBackend {
  c10d::ProcessGroup::BackendType type = c10d::ProcessGroup::BackendType::CUSTOM;
  // Tells a device from all others, of other machines too.
  std::string (*identity)(at::Device device) = nullptr;
  // Returns when all ranks are connected with each other.
  c10::intrusive_ptr<c10d::Backend> (*connect)(const BackendRequest& request) = nullptr;
};

// For tests, and for backends that are part of the program.
void register_device_backend(at::DeviceType type, const DeviceBackend& backend);

// What was registered, else what a plug-in loaded by open_device brings along: it is found under the
// C name saccade_device_backend_cuda (for CUDA), so that a plug-in needs nothing of the program. Null: none.
const DeviceBackend* find_device_backend(at::DeviceType type);

}  // namespace saccade
