// Channels as lanes hold them: loads and stores of 16 bytes, sums over a group of lanes.
#pragma once

#include "saccade/op/cuda/ms_deform_attn_call.h"
#include "saccade/op/cuda/platform.cuh"

namespace saccade::cuda {

__device__ __forceinline__ float widen(float x) { return x; }
__device__ __forceinline__ double widen(double x) { return x; }
__device__ __forceinline__ float widen(Half x) { return half_bits_to_float(x.bits); }
__device__ __forceinline__ float widen(BFloat16 x) {
  return bits_to_float(static_cast<std::uint32_t>(x.bits) << 16);
}

__device__ __forceinline__ void narrow(float x, float& to) { to = x; }
__device__ __forceinline__ void narrow(double x, double& to) { to = x; }
__device__ __forceinline__ void narrow(float x, Half& to) { to.bits = float_to_half_bits(x); }
__device__ __forceinline__ void narrow(float x, BFloat16& to) {
  to.bits = float_to_bfloat16_bits(x);
}

// kCount neighbouring channels of one row, in the type of memory.
template <typename T, int kCount>
struct alignas(sizeof(T) * kCount) Channels {
  T at[kCount];
};

template <typename T, int kCount>
__device__ __forceinline__ Channels<T, kCount> load(const T* from) {
  return *reinterpret_cast<const Channels<T, kCount>*>(from);
}

template <typename T, int kCount>
__device__ __forceinline__ void load_widened(const T* from, Compute<T> (&to)[kCount]) {
  const Channels<T, kCount> channels = load<T, kCount>(from);
#pragma unroll
  for (int i = 0; i < kCount; ++i) to[i] = widen(channels.at[i]);
}

// The row where it is wanted, else zeros; without a branch, so that several are on their way at once.
template <typename T, int kCount>
__device__ __forceinline__ Channels<T, kCount> load_if(bool wanted, const T* from) {
  static_assert(sizeof(Channels<T, kCount>) == 16);
  Channels<T, kCount> row;
  const auto bytes = load_16_bytes_if(wanted, from);
  memcpy(&row, &bytes, sizeof(row));
  return row;
}

template <typename T, int kCount>
__device__ __forceinline__ void store(T* to, const Compute<T>* sums) {
  Channels<T, kCount> row;
#pragma unroll
  for (int i = 0; i < kCount; ++i) narrow(sums[i], row.at[i]);
  *reinterpret_cast<Channels<T, kCount>*>(to) = row;
}

// Four sums over kLanes neighbouring lanes: afterwards lane i of the group holds sum number i % 4 (with two
// lanes: i and i + 2, with one: all). Exchanging halves takes 3 shuffles where adding each alone takes 8.
template <int kLanes, typename C>
__device__ __forceinline__ void sum_over_lanes(C (&sums)[4], int lane) {
  if constexpr (kLanes >= 2) {
    const bool odd = lane & 1;
    const C other_0 = shuffle_xor(odd ? sums[0] : sums[1], 1);
    const C other_2 = shuffle_xor(odd ? sums[2] : sums[3], 1);
    sums[0] = (odd ? sums[1] : sums[0]) + other_0;
    sums[2] = (odd ? sums[3] : sums[2]) + other_2;
  }
  if constexpr (kLanes >= 4) {
    const bool upper = lane & 2;
    const C other = shuffle_xor(upper ? sums[0] : sums[2], 2);
    sums[0] = (upper ? sums[2] : sums[0]) + other;
#pragma unroll
    for (int step = 4; step < kLanes; step *= 2) sums[0] += shuffle_xor(sums[0], step);
  }
}

}  // namespace saccade::cuda
