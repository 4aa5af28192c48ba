// Linear layers of training.
#pragma once

#include <ATen/core/Tensor.h>

namespace saccade {

// x W^T + b, as at::linear: x [..., K], weight [N, K], bias [N]. A weight that is trained goes through oneDNN's
// matrix product, forward and backward, for float32 on the CPU outside autocast: at::linear takes MKL's, which
// uses AVX2 where a CPU of another maker has AVX-512, at half the speed. Inference stays with MKL, whose
// rows do not depend on how many there are. Differentiable once.
at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

}  // namespace saccade
