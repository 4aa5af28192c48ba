// NCCL, which sums tensors of GPUs across processes. Part of the plug-in libsaccade_cuda.so, the only file that
// sees ProcessGroupNCCL.hpp.
#ifndef USE_C10D_NCCL
#define USE_C10D_NCCL
#endif

#include <ATen/cuda/CUDAContext.h>
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

#include <chrono>

#include "saccade/core/hex_text.h"
#include "saccade/dist/device_backend.h"

// ProcessGroupNCCL's objects are laid out by NCCL's header and made here for LibTorch's code.
static_assert(
    NCCL_VERSION_CODE == NCCL_VERSION(2, 28, 9),
    "LibTorch 2.11 was built with NCCL 2.28.9: give its nccl.h (the wheel nvidia-nccl-cu13)");

namespace saccade {
namespace {

// The UUID, which CUDA_VISIBLE_DEVICES does not change and which a part of a divided GPU has of its own.
std::string identity(at::Device device) {
  const auto& uuid = at::cuda::getDeviceProperties(device.index())->uuid;
  return hex_text(std::as_bytes(std::span(uuid.bytes)));
}

// Where an operation takes longer, c10d ends the process from a thread of its own, with a page of text. The ranks meet
// over Gloo before they wait for one (ProcessGroup::meet), and Gloo names who is missing first.
constexpr std::chrono::seconds kLonger{60};

c10::intrusive_ptr<c10d::Backend> connect(const BackendRequest& request) {
  auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = request.timeout + kLonger;
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
