// NCCL, which sums tensors of GPUs across processes. Part of the plug-in libsaccade_cuda.so, the only file that
// sees ProcessGroupNCCL.hpp.
#ifndef USE_C10D_NCCL
#define USE_C10D_NCCL
#endif

#include <ATen/cuda/CUDAContext.h>
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

#include <cstdlib>

#include "saccade/dist/device_backend.h"

namespace saccade {
namespace {

// The UUID, which CUDA_VISIBLE_DEVICES does not change and which a part of a divided GPU has of its own.
std::string identity(at::Device device) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  for (const char byte : at::cuda::getDeviceProperties(device.index())->uuid.bytes) {
    const auto value = static_cast<unsigned char>(byte);
    text += kDigits[value >> 4];
    text += kDigits[value & 15];
  }
  return text;
}

// By itself c10d ends the process from a thread of its own when a rank is missing. Waiting for operations where
// they are awaited makes that an exception, which ProcessGroup::run turns into who is missing. A training step
// waits for the gradients' numbers right after its last operation, so it loses next to nothing.
void wait_where_awaited() { ::setenv("TORCH_NCCL_BLOCKING_WAIT", "1", /*overwrite=*/0); }

c10::intrusive_ptr<c10d::Backend> connect(const BackendRequest& request) {
  wait_where_awaited();
  auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = request.timeout;
  auto backend = c10::make_intrusive<c10d::ProcessGroupNCCL>(request.store, request.rank,
                                                             request.size, options);
  // Now, while errors speak of connecting, rather than in the first step.
  backend->eagerConnectSingleDevice(request.device);
  return backend;
}

}  // namespace
}  // namespace saccade

extern "C" __attribute__((visibility("default"))) const saccade::DeviceBackend*
saccade_device_backend_cuda() {
  static const saccade::DeviceBackend backend{.type = c10d::ProcessGroup::BackendType::NCCL,
                                              .identity = &saccade::identity,
                                              .connect = &saccade::connect};
  return &backend;
}
