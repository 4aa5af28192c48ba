// Linear layers of training.
#pragma once

#include <ATen/core/Tensor.h>

namespace saccade {

// x W^T + b, as at::linear: x [..., K], weight [N, K], bias [N]. A weight that is trained on 2048 rows or more goes
// through oneDNN's matrix product, forward and backward, for float32 on the CPU outside autocast: at::linear takes
// MKL's, which uses AVX2 where a CPU of another maker has AVX-512, at half the speed. Its sums are in another
// order: 1.4 times as far from the exact ones as MKL's (3e-7 of the result's norm), enough for AdamW to turn
// weights whose gradient is all rounding the other way. Inference stays with MKL, whose rows do not depend on
// how many there are. Where a weight is trained the layer is one node of the graph, which casts x as autocast would.
// Differentiable once.
at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

}  // namespace saccade
