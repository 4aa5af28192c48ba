// What ms_deform_attn takes; the text of a refusal names the argument.
#pragma once

#include <ATen/core/Tensor.h>

namespace saccade {

// Each throws c10::Error where a shape, type or device does not fit; arguments are those of ms_deform_attn.h.

void check_operands(const at::Tensor& value, const at::Tensor& spatial_shapes,
                    const at::Tensor& sampling_locations, const at::Tensor& attention_weights);
void check_grad_out(const at::Tensor& grad_out, const at::Tensor& value,
                    const at::Tensor& sampling_locations);
void check_shifted(const at::Tensor& value, const at::Tensor& spatial_shapes,
                   const at::Tensor& reference_points, const at::Tensor& offsets,
                   const at::Tensor& attention_weights);
void check_predicted(const at::Tensor& value, const at::Tensor& spatial_shapes,
                     const at::Tensor& reference_points, const at::Tensor& offsets,
                     const at::Tensor& logits);

}  // namespace saccade
