// Multi-scale deformable attention: each query sums a few bilinear samples of every pyramid level.
#pragma once

#include <ATen/core/Tensor.h>

namespace saccade {

// Returns what each query attended to: [N, Q, M * D], with the dtype and device of `value`.
//
//   value               [N, S, M, D]        features of all levels, one after another
//   spatial_shapes      [L, 2] int64, CPU   (H_l, W_l) in cells, finest level first
//   sampling_locations  [N, Q, M, L, P, 2]  (x, y) as a fraction of the level: 0 is the left or top
//                                           edge, 1 the right or bottom; cell i has its centre at
//                                           (i + 0.5) / W_l. Outside, a sample reads zeros.
//   attention_weights   [N, Q, M, L, P]     used as given; callers pass a softmax over L * P
//
// Differentiable in value, sampling_locations and attention_weights.
// float32, float64, bfloat16, float16 (sums of the last two are kept in float32; locations and weights may be
// float32 with them). On CUDA, at::Context::setDeterministicAlgorithms makes the gradients the same on every run.
// Throws c10::Error when a shape, dtype or device does not fit; the text names the argument.
// Source: Zhu et al., "Deformable DETR", arXiv 2010.04159, equation 3.
at::Tensor ms_deform_attn(const at::Tensor& value, const at::Tensor& spatial_shapes,
                          const at::Tensor& sampling_locations,
                          const at::Tensor& attention_weights);

// The same at locations reference_points + offsets / (W_l, H_l), which are never written down: the bits of
// ms_deform_attn at the sums. reference_points [N, Q, L, 2] and attention_weights float32, offsets [N, Q, M, L, P, 2], those
// of a query together, float32 or bfloat16, which is widened before it is divided. On the CPU, for any value but float64. Not differentiable. Throws c10::Error as above.
at::Tensor ms_deform_attn_shifted(const at::Tensor& value, const at::Tensor& spatial_shapes,
                                  const at::Tensor& reference_points, const at::Tensor& offsets,
                                  const at::Tensor& attention_weights);

// The same with the arithmetic before it, in one kernel: locations from what a module's linear layers say, and the
// softmax of its logits. Locations and weights are never written down, so nobody can look at them.
//
//   reference_points    [N, Q, L, 2 or 4]   float32; (x, y) or (x, y, w, h), fraction of the level
//   offsets             [N, Q, M, L, P, 2]  in cells of the level; with 4-d references in halves of the box's sides
//                                           over P (model.md 5.3)
//   logits              [N, Q, M, L, P]
//
// value, offsets and logits of one type: float32, bfloat16 or float16. Without gradients, where
// predicts_samples(value). Throws c10::Error as above.
at::Tensor ms_deform_attn_predicted(const at::Tensor& value, const at::Tensor& spatial_shapes,
                                    const at::Tensor& reference_points, const at::Tensor& offsets,
                                    const at::Tensor& logits);

// Whether value's device has such a kernel for its type, and no gradient is wanted.
bool predicts_samples(const at::Tensor& value);

}  // namespace saccade
