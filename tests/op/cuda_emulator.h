// CUDA's threads on the CPU: the kernels of saccade/op/cuda compiled as C++ and run block by block, each thread a fiber.
//
// Proves what a machine without a GPU can prove: indices, arithmetic (the device code is compiled without contraction, so
// a float here is the float there), who waits for whom. Lanes run in a random order, so that a missing barrier shows;
// one that not every lane of a warp reaches is an error. It says nothing of speed or of the memory model.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>

#include "saccade/op/cuda/ms_deform_attn_call.h"

#define __device__
#define __global__
#define __forceinline__ inline
#define __shared__ static
#define __launch_bounds__(...)

namespace saccade::cuda {

struct EmulatedIndex {
  unsigned x = 0;
};
extern EmulatedIndex threadIdx, blockIdx, gridDim;

// How the next kernels run; a test sets it.
struct Emulation {
  unsigned seed = 0;            // of the order of the lanes
  unsigned most_blocks = ~0U;   // fewer than were asked for: as on a GPU that has no room for more
  const char* error = nullptr;  // that starting a kernel fails with
  int started = 0;              // kernels since the test began
};
Emulation& emulation();

using std::floor;
using std::fma;
using std::max;
using std::memcpy;
using std::min;

float half_bits_to_float(std::uint16_t bits);
std::uint16_t float_to_half_bits(float x);
float bits_to_float(std::uint32_t bits);
std::uint16_t float_to_bfloat16_bits(float x);

// Returns once every lane of the warp has come.
void sync_warp();
// What lane (own ^ mask) gave.
void exchange(const void* own, void* other, std::size_t bytes, int mask);
template <typename C>
C shuffle_xor(C x, int mask) {
  C other;
  exchange(&x, &other, sizeof(C), mask);
  return other;
}

// Returns once every thread of the block has come.
void sync_block();
int least_of_warp(int x);

// The tensor cores (PTX ISA, ldmatrix and mma.m16n8k16).
void load_four_matrices(const void* row, bool transposed, std::uint32_t (&to)[4]);
template <bool kTransposed>
void load_matrices(const void* row, std::uint32_t (&to)[4]) {
  load_four_matrices(row, kTransposed, to);
}
void multiply_add(Half, float (&sums)[4], const std::uint32_t (&left)[4],
                  const std::uint32_t (&right)[2]);
void multiply_add(BFloat16, float (&sums)[4], const std::uint32_t (&left)[4],
                  const std::uint32_t (&right)[2]);

struct Bytes16 {
  std::uint32_t at[4];
};
inline Bytes16 load_16_bytes_if(bool wanted, const void* from) {
  return wanted ? *static_cast<const Bytes16*>(from) : Bytes16{};
}

template <typename C>
void add_to(C* to, C x) {
  *to += x;
}
inline void add_four_to(float* to, float a, float b, float c, float d) {
  to[0] += a;
  to[1] += b;
  to[2] += c;
  to[3] += d;
}

void run_blocks(unsigned blocks, unsigned threads, const std::function<void()>& thread);
template <typename Call>
const char* start(void (*kernel)(Call), unsigned blocks, unsigned threads, void*,
                  const Call& call) {
  if (emulation().error == nullptr) run_blocks(blocks, threads, [&] { kernel(call); });
  return emulation().error;
}

}  // namespace saccade::cuda
