// Forward: a group of kLanes lanes reads the rows of one query's head, each lane kVector channels at a time.
#pragma once

#include "saccade/op/cuda/samples.cuh"

namespace saccade::cuda {

// sums += the four corners' rows times their weights.
template <typename T, int kVector, typename C>
__device__ __forceinline__ void add_corners(C (&sums)[kVector], const T* value, std::int64_t step,
                                            const Tokens& tokens, const CornerWeights<C>& w) {
  const Channels<T, kVector> rows[4] = {
      load<T, kVector>(value + tokens.at[0] * step), load<T, kVector>(value + tokens.at[1] * step),
      load<T, kVector>(value + tokens.at[2] * step), load<T, kVector>(value + tokens.at[3] * step)};
#pragma unroll
  for (int corner = 0; corner < 4; ++corner) {
#pragma unroll
    for (int c = 0; c < kVector; ++c)
      sums[c] = fma(widen(rows[corner].at[c]), w.at[corner], sums[c]);
  }
}

// All samples of one query's head over kLanes * kVector channels from `value` on.
template <int kLanes, int kVector, typename T, typename Head>
__device__ __forceinline__ void sum_samples(const Head& head, const Sizes& s, const T* value,
                                            bool reads, int lane, Reads<Compute<T>>& shared,
                                            Compute<T> (&sums)[kVector]) {
  const std::int64_t step = static_cast<std::int64_t>(s.heads) * s.channels;
  const int samples = s.num_levels * s.points;
  for (int first = 0; first < samples; first += kChunk) {
    const int count = samples - first < kChunk ? samples - first : kChunk;
    place_reads<kLanes>(head, s, first, count, lane, shared);
#pragma unroll 2
    for (int i = 0; reads && i < count; ++i) {
      const Tokens tokens = shared.tokens[i];
      if (tokens.at[0] >= 0) add_corners(sums, value, step, tokens, shared.weights[i]);
    }
    sync_warp();  // before the next chunk overwrites this one
  }
}

// With kVector 1 any number of channels, kLanes at a time; else D = kLanes * kVector.
template <int kLanes, int kVector, typename T, typename Samples>
__global__ void __launch_bounds__(kThreads, kBlocks)
    forward_kernel(const Forward<T, Samples> call) {
  using C = Compute<T>;
  __shared__ Reads<C> shared[kThreads / kLanes];
  const Sizes& s = call.sizes;
  const int lane = static_cast<int>(threadIdx.x) % kLanes;
  Reads<C>& own = shared[threadIdx.x / kLanes];
  for_each_query<kLanes>(s, [&](const Tile& tile, int query) {
    const auto head =
        HeadOf<Samples>::Type::template of<kLanes>(call.samples, s, tile, query, lane);
    const T* plane = call.value + plane_of(s, tile);
    T* out = call.out + row_of(s, tile, query) * s.channels;
    for (int channel = lane * kVector; channel - lane * kVector < s.channels;
         channel += kLanes * kVector) {
      const bool active = query >= 0 && channel < s.channels;
      C sums[kVector] = {};
      sum_samples<kLanes, kVector>(head, s, plane + channel, active, lane, own, sums);
      if (active) store<T, kVector>(out + channel, sums);
    }
  });
}

}  // namespace saccade::cuda
