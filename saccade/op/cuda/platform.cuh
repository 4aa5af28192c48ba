// What the kernels take from CUDA, so that a test can stand in for it: tests/op/cuda_emulator.h runs the
// very same kernels on the CPU, thread by thread, where there is no GPU.
#pragma once

#ifndef __CUDACC__
#include SACCADE_CUDA_STAND_IN
#else

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include "saccade/op/cuda/ms_deform_attn_call.h"

namespace saccade::cuda {

constexpr unsigned kWholeWarp = 0xFFFFFFFFU;

__device__ __forceinline__ float half_bits_to_float(std::uint16_t bits) {
  return __half2float(__ushort_as_half(bits));
}
__device__ __forceinline__ std::uint16_t float_to_half_bits(float x) {
  return __half_as_ushort(__float2half_rn(x));
}
__device__ __forceinline__ float bits_to_float(std::uint32_t bits) { return __uint_as_float(bits); }
__device__ __forceinline__ std::uint16_t float_to_bfloat16_bits(float x) {
  return __bfloat16_as_ushort(__float2bfloat16_rn(x));
}

template <typename C>
__device__ __forceinline__ C shuffle_xor(C x, int mask) {
  return __shfl_xor_sync(kWholeWarp, x, mask);
}
__device__ __forceinline__ void sync_warp() { __syncwarp(); }
__device__ __forceinline__ void sync_block() { __syncthreads(); }
__device__ __forceinline__ int least_of_warp(int x) { return __reduce_min_sync(kWholeWarp, x); }

// Four matrices of 8 x 8 values of 16 bits in shared memory, whose rows the lanes point at, eight lanes a matrix.
template <bool kTransposed>
__device__ __forceinline__ void load_matrices(const void* row, std::uint32_t (&to)[4]) {
  const auto at = static_cast<unsigned>(__cvta_generic_to_shared(row));
  if constexpr (kTransposed) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(at)
                 : "memory");
  } else {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(at)
                 : "memory");
  }
}

#define SACCADE_MMA(TYPE)                                          \
  asm("mma.sync.aligned.m16n8k16.row.col.f32." TYPE "." TYPE       \
      ".f32 {%0, %1, %2, %3}, {%4, %5, "                           \
      "%6, %7}, {%8, %9}, {%0, %1, %2, %3};"                       \
      : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3]) \
      : "r"(left[0]), "r"(left[1]), "r"(left[2]), "r"(left[3]), "r"(right[0]), "r"(right[1]))
__device__ __forceinline__ void multiply_add(Half, float (&sums)[4], const std::uint32_t (&left)[4],
                                             const std::uint32_t (&right)[2]) {
  SACCADE_MMA("f16");
}
__device__ __forceinline__ void multiply_add(BFloat16, float (&sums)[4],
                                             const std::uint32_t (&left)[4],
                                             const std::uint32_t (&right)[2]) {
  SACCADE_MMA("bf16");
}
#undef SACCADE_MMA

// 16 bytes, or zeros. In PTX, because the compiler makes a branch of it, and loads that wait for each other.
__device__ __forceinline__ uint4 load_16_bytes_if(bool wanted, const void* from) {
  uint4 bytes;
  asm("{\n .reg .pred p;\n setp.ne.u32 p, %5, 0;\n mov.u32 %0, 0;\n mov.u32 %1, 0;\n mov.u32 %2, "
      "0;\n"
      " mov.u32 %3, 0;\n @p ld.global.nc.v4.u32 {%0, %1, %2, %3}, [%4];\n}"
      : "=&r"(bytes.x), "=&r"(bytes.y), "=&r"(bytes.z), "=&r"(bytes.w)
      : "l"(from), "r"(static_cast<unsigned>(wanted)));
  return bytes;
}

// The L2 adds, nothing comes back.
__device__ __forceinline__ void add_to(float* to, float x) { atomicAdd(to, x); }
__device__ __forceinline__ void add_to(double* to, double x) { atomicAdd(to, x); }
__device__ __forceinline__ void add_to(unsigned long long* to, unsigned long long x) {
  atomicAdd(to, x);
}
__device__ __forceinline__ void add_four_to(float* to, float a, float b, float c, float d) {
#if __CUDA_ARCH__ >= 900
  asm volatile("red.global.add.v4.f32 [%0], {%1, %2, %3, %4};" ::"l"(to), "f"(a), "f"(b), "f"(c),
               "f"(d)
               : "memory");
#else
  atomicAdd(to, a);
  atomicAdd(to + 1, b);
  atomicAdd(to + 2, c);
  atomicAdd(to + 3, d);
#endif
}

// Queues `kernel` on the stream. Null, or what went wrong.
template <typename Call>
const char* start(void (*kernel)(Call), unsigned blocks, unsigned threads, void* stream,
                  const Call& call) {
  void* arguments[] = {const_cast<Call*>(&call)};
  const cudaError_t error =
      cudaLaunchKernel(reinterpret_cast<const void*>(kernel), dim3(blocks), dim3(threads),
                       arguments, 0, static_cast<cudaStream_t>(stream));
  return error == cudaSuccess ? nullptr : cudaGetErrorString(error);
}

}  // namespace saccade::cuda

#endif  // __CUDACC__
