// Products of 16 x 16 by 16 x 8 values of half types on the tensor cores, summed in float32 (PTX ISA, mma.m16n8k16).
#pragma once

#include "saccade/op/cuda/platform.cuh"

namespace saccade::cuda {

// A lane's part of 16 x 16 values, row by row; of two blocks of 16 x 8 values, column by column; of 16 x 8 sums: rows
// lane / 4 (first two) and lane / 4 + 8, columns 2 * (lane % 4) and the next.
struct Left16x16 {
  std::uint32_t at[4];
};
struct Right16x8 {
  std::uint32_t at[2];
};
struct Sums16x8 {
  float at[4];
};

// Rows of `from` are `pitch` values apart, each row at 16 bytes.
template <typename T>
__device__ __forceinline__ Left16x16 load_left(const T* from, int pitch, int lane) {
  const int row = lane % 16, column = lane / 16 * 8;
  Left16x16 values;
  load_matrices<false>(from + row * pitch + column, values.at);
  return values;
}

// Two neighbouring blocks of 16 x 8.
template <typename T>
__device__ __forceinline__ void load_right(const T* from, int pitch, int lane, Right16x8& first,
                                           Right16x8& second) {
  const int row = lane % 16, column = lane / 16 * 8;
  std::uint32_t values[4];
  load_matrices<true>(from + row * pitch + column, values);
  first = {values[0], values[1]};
  second = {values[2], values[3]};
}

template <typename T>
__device__ __forceinline__ void add_product(Sums16x8& sums, const Left16x16& left,
                                            const Right16x8& right) {
  multiply_add(T{}, sums.at, left.at, right.at);
}

}  // namespace saccade::cuda
