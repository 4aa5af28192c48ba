// 3x3 convolutions of float32 on the CPU with a quarter of the multiplications, which neither oneDNN nor LibTorch has for
// these processors. Not differentiable.
#pragma once

#include <ATen/core/Tensor.h>

#include "saccade/op/one_dnn.h"

namespace saccade {

// Whether winograd_convolution() takes a convolution and is the fastest: in inference as fuses_layers(x) means it, 3x3 of
// stride, padding and dilation 1, channels in whole 64s, on a processor with AVX2, a map that does not leave most of its
// tiles of 4x4 empty, and float32, or bfloat16 where the processor has no AMX. x [N, in, H, W], weight [out, in, 3, 3].
bool takes_winograd(const at::Tensor& x, const at::Tensor& weight, const ConvolutionShape& shape);

// The weight (float32) as winograd_convolution() wants it, four times its numbers: [36, out / 16, in, 16]. In the type of
// fused_type(): rounded to bfloat16 it takes half the memory and, where maps are small, half the time to read. On a
// processor that multiplies pairs of bfloat16 [36, out / 16, in / 2, 16, 2]: the numbers of the map are rounded too then,
// once they are turned, and the products take half the time.
at::Tensor winograd_weight(const at::Tensor& weight);

// conv(x) + bias, plus `added` where it is defined (its memory may become the result's), then ReLU where it is wanted,
// in float32 whatever the types of x and `added`. Channels of a pixel together, image by image, and the same bits on any
// number of threads. Against a convolution in float64 of results about 1 it errs by up to 2e-5 and by 1e-6 on average.
at::Tensor winograd_convolution(const at::Tensor& x, const at::Tensor& turned_weight,
                                const at::Tensor& bias, bool relu, const at::Tensor& added = {});

}  // namespace saccade
