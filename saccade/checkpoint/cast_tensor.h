// Numbers of a tensor in another float type, without LibTorch.
#pragma once

#include <cstdint>

#include "saccade/checkpoint/raw_tensor.h"
#include "saccade/checkpoint/safetensors.h"

namespace saccade {

bool is_float(DType dtype);

// IEEE 754 binary16 and bfloat16, rounded to the nearest, ties to even, as PyTorch rounds.
std::uint16_t float16_bits(float number);
std::uint16_t bfloat16_bits(float number);
float float_of_float16(std::uint16_t bits);
float float_of_bfloat16(std::uint16_t bits);

// Reads one number at `bytes`, which need not be aligned; exact for every type where long double
// has 64 bits of mantissa.
long double number_at(const std::byte* bytes, DType dtype);

// The float tensors with `dtype`, the others as they are. Tensors that shared a storage share one
// again. Throws Error where a finite number is too large for `dtype`, naming the tensor.
NamedRawTensors cast_floats(const NamedRawTensors& tensors, DType dtype);

}  // namespace saccade
