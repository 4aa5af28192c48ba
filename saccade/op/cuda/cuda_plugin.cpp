// The CUDA plug-in: the operator's kernels on the current stream of their tensors' device.
#include "saccade/op/cuda/cuda_plugin.h"

#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include "saccade/op/cuda/cuda_graph.h"
#include "saccade/op/cuda/ms_deform_attn_tensors.h"

namespace saccade {
namespace {

void* stream_of_current_device() { return c10::cuda::getCurrentCUDAStream().stream(); }

at::Tensor forward(const at::Tensor& value, const at::Tensor& spatial_shapes,
                   const at::Tensor& sampling_locations, const at::Tensor& attention_weights) {
  const c10::cuda::CUDAGuard guard(value.device());
  return cuda::ms_deform_attn(value, spatial_shapes, sampling_locations, attention_weights,
                              stream_of_current_device());
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> backward(
    const at::Tensor& grad_out, const at::Tensor& value, const at::Tensor& spatial_shapes,
    const at::Tensor& sampling_locations, const at::Tensor& attention_weights, bool deterministic) {
  const c10::cuda::CUDAGuard guard(value.device());
  return cuda::ms_deform_attn_backward(grad_out, value, spatial_shapes, sampling_locations,
                                       attention_weights, deterministic,
                                       stream_of_current_device());
}

at::Tensor predicted(const at::Tensor& value, const at::Tensor& spatial_shapes,
                     const at::Tensor& reference_points, const at::Tensor& offsets,
                     const at::Tensor& logits) {
  const c10::cuda::CUDAGuard guard(value.device());
  return cuda::ms_deform_attn_predicted(value, spatial_shapes, reference_points, offsets, logits,
                                        stream_of_current_device());
}

}  // namespace
}  // namespace saccade

extern "C" __attribute__((visibility("default"))) const saccade::CudaPlugin* saccade_cuda_plugin() {
  static const saccade::CudaPlugin kPlugin{.version = SACCADE_VERSION,
                                           .forward = &saccade::forward,
                                           .backward = &saccade::backward,
                                           .predicted = &saccade::predicted,
                                           .make_graph = &saccade::make_cuda_graph};
  return &kPlugin;
}
