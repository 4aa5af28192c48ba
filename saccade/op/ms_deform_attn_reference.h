// The operator as plain tensor operations: the formula that kernels are tested against.
#pragma once

#include <ATen/core/Tensor.h>

namespace saccade {

// Arguments and result as ms_deform_attn: per level a bilinear grid sample with zero padding and
// align_corners = false, then the weighted sum (op.md 5). Differentiable through ATen.
at::Tensor ms_deform_attn_reference(const at::Tensor& value, const at::Tensor& spatial_shapes,
                                    const at::Tensor& sampling_locations,
                                    const at::Tensor& attention_weights);

}  // namespace saccade
