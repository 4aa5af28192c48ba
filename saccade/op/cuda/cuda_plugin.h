// What the program and its CUDA plug-in (libsaccade_cuda.so) say to each other. The program never links CUDA; it opens
// the plug-in where a device answers, and calls through this table.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <tuple>

#include "saccade/op/device_graph.h"

namespace saccade {

struct CudaPlugin {
  // Both sides must be of one build; a plug-in of another is refused.
  const char* version = nullptr;

  // ms_deform_attn.h's operator on CUDA tensors, checked by the caller, queued on the current stream.
  at::Tensor (*forward)(const at::Tensor& value, const at::Tensor& spatial_shapes,
                        const at::Tensor& sampling_locations, const at::Tensor& attention_weights);
  std::tuple<at::Tensor, at::Tensor, at::Tensor> (*backward)(const at::Tensor& grad_out,
                                                             const at::Tensor& value,
                                                             const at::Tensor& spatial_shapes,
                                                             const at::Tensor& sampling_locations,
                                                             const at::Tensor& attention_weights,
                                                             bool deterministic);
  at::Tensor (*predicted)(const at::Tensor& value, const at::Tensor& spatial_shapes,
                          const at::Tensor& reference_points, const at::Tensor& offsets,
                          const at::Tensor& logits);

  std::unique_ptr<DeviceGraph> (*make_graph)(const c10::Device& device);
};

// The name of the function in the plug-in, of type CudaPluginEntry.
constexpr const char* kCudaPluginEntry = "saccade_cuda_plugin";
using CudaPluginEntry = const CudaPlugin* (*)();

// Opens the plug-in, once. Empty: it is there; else what went wrong.
const std::string& load_cuda_plugin();

// The opened plug-in. Throws Error where there is none.
const CudaPlugin& cuda_plugin_table();

}  // namespace saccade
