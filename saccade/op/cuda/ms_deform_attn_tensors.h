// The CUDA kernels over tensors, whose pointers need not be a GPU's: tests run them in emulation.
#pragma once

#include <ATen/core/Tensor.h>

#include <tuple>

namespace saccade::cuda {

// Arguments as those of ms_deform_attn.h, checked by the caller; locations and weights may be of value's type
// or float. `stream` is a cudaStream_t. Each queues its kernels there and returns.

at::Tensor ms_deform_attn(const at::Tensor& value, const at::Tensor& spatial_shapes,
                          const at::Tensor& sampling_locations, const at::Tensor& attention_weights,
                          void* stream);

// Sums are kept in float (double for double), also where value is of a half type: its gradient is rounded once.
// `deterministic`: the gradient of the value is summed in whole numbers (64 bits), so that it has the same bits on every
// run; 2^-62 of the largest sum there could be is lost. Else the order of the sums is the GPU's.
std::tuple<at::Tensor, at::Tensor, at::Tensor> ms_deform_attn_backward(
    const at::Tensor& grad_out, const at::Tensor& value, const at::Tensor& spatial_shapes,
    const at::Tensor& sampling_locations, const at::Tensor& attention_weights, bool deterministic,
    void* stream);

// Softmax and locations inside the kernel: offsets [N, Q, M, L, P, 2] and logits [N, Q, M, L, P] of value's type as the
// linear layers give them, reference_points [N, Q, L, 2 or 4] float. value: float, bfloat16 or half.
at::Tensor ms_deform_attn_predicted(const at::Tensor& value, const at::Tensor& spatial_shapes,
                                    const at::Tensor& reference_points, const at::Tensor& offsets,
                                    const at::Tensor& logits, void* stream);

}  // namespace saccade::cuda
