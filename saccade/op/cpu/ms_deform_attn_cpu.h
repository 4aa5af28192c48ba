// ms_deform_attn on the CPU: from tensors to the kernels' pointers, and the work shared by threads.
#pragma once

#include <ATen/core/Tensor.h>

#include <tuple>

namespace saccade {

// Arguments as ms_deform_attn; they must have been checked.
at::Tensor ms_deform_attn_cpu(const at::Tensor& value, const at::Tensor& spatial_shapes,
                              const at::Tensor& sampling_locations,
                              const at::Tensor& attention_weights);

// The same at locations references + offsets / (W_l, H_l), which are never written down. references [N, Q, L, 2], offsets
// [N, Q, M, L, P, 2] whose samples of a query lie together, weights; all of them float32, value of any type but float64.
at::Tensor ms_deform_attn_shifted_cpu(const at::Tensor& value, const at::Tensor& spatial_shapes,
                                      const at::Tensor& references, const at::Tensor& offsets,
                                      const at::Tensor& attention_weights);

// The gradients of value, sampling_locations and attention_weights, each with its tensor's dtype.
// Same bits on every run and for every number of threads: a head's gradient plane has one writer.
std::tuple<at::Tensor, at::Tensor, at::Tensor> ms_deform_attn_backward_cpu(
    const at::Tensor& grad_out, const at::Tensor& value, const at::Tensor& spatial_shapes,
    const at::Tensor& sampling_locations, const at::Tensor& attention_weights);

}  // namespace saccade
