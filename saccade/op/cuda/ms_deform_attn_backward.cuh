// Backward in two kernels: one reads rows for the gradients of the samples, the other only adds rows to the gradient of
// the value. Apart each needs fewer registers, and the second can write where the first has yet to.
#pragma once

#include <type_traits>

#include "saccade/op/cuda/samples.cuh"

namespace saccade::cuda {

// ---- gradients of locations and weights ----

// A sample between its rows and its gradients. `dots`: grad_out times the row of each corner.
template <typename C>
struct alignas(4 * sizeof(C)) CornerDots {
  C at[4];
};

template <typename C>
struct Dots {
  CornerDots<C> dots[kPitch];
  Tokens tokens[kPitch];
};

template <typename T, int kVector, typename C>
__device__ __forceinline__ C dot(const C (&grad)[kVector], const Channels<T, kVector>& row) {
  C sum = 0;
#pragma unroll
  for (int c = 0; c < kVector; ++c) sum = fma(grad[c], widen(row.at[c]), sum);
  return sum;
}

template <typename T, int kVector>
__device__ __forceinline__ void read_corners(Channels<T, kVector> (&rows)[4], const T* value,
                                             std::int64_t step, const Tokens& tokens) {
#pragma unroll
  for (int corner = 0; corner < 4; ++corner)
    rows[corner] = load<T, kVector>(value + tokens.at[corner] * step);
}

// Adds this part of the channels to the dots of every sample of the chunk.
template <int kLanes, int kVector, typename T>
__device__ __forceinline__ void add_dots(const Sizes& s, const T* value, const T* grad_out,
                                         bool active, int lane, int count,
                                         Dots<Compute<T>>& shared) {
  using C = Compute<T>;
  const std::int64_t step = static_cast<std::int64_t>(s.heads) * s.channels;
  C grad[kVector] = {};
  if (active) load_widened<T, kVector>(grad_out, grad);
#pragma unroll 2
  for (int i = 0; i < count; ++i) {
    const Tokens tokens = shared.tokens[i];
    Channels<T, kVector> rows[4] = {};
    if (active) read_corners(rows, value, step, tokens);
    C sums[4] = {dot(grad, rows[0]), dot(grad, rows[1]), dot(grad, rows[2]), dot(grad, rows[3])};
    sum_over_lanes<kLanes>(sums, lane);
    if (lane < 4) shared.dots[i].at[lane] += sums[0];
  }
  sync_warp();
}

// op.md 3. What was read in place of a missing corner does not count.
template <typename C>
__device__ __forceinline__ void store_gradients(const Spot<C>& p, const CornerDots<C>& dots,
                                                C weight, const Level& level, C* grad_location,
                                                C* grad_weight) {
  const C left = C(1) - p.right, up = C(1) - p.down;
  C d[4];
#pragma unroll
  for (int corner = 0; corner < 4; ++corner)
    d[corner] = p.corners >> corner & 1U ? dots.at[corner] : C(0);
  *grad_weight = up * (left * d[0] + p.right * d[1]) + p.down * (left * d[2] + p.right * d[3]);
  const C across = up * (d[1] - d[0]) + p.down * (d[3] - d[2]);
  const C along = left * (d[2] - d[0]) + p.right * (d[3] - d[1]);
  Channels<C, 2> grad;
  grad.at[0] = static_cast<C>(level.width) * weight * across;
  grad.at[1] = static_cast<C>(level.height) * weight * along;
  *reinterpret_cast<Channels<C, 2>*>(grad_location) = grad;
}

// All samples of one query's head; `plane` is the head's value, `row` counts queries' heads.
template <int kLanes, int kVector, typename T>
__device__ __forceinline__ void sample_gradients(const SampleGradients<T>& call, const Tile& tile,
                                                 const T* plane, int query, int lane,
                                                 Dots<Compute<T>>& shared) {
  using C = Compute<T>;
  const Sizes& s = call.sizes;
  const int samples = s.num_levels * s.points;
  const auto head = GivenHead<C>::template of<kLanes>(call.samples, s, tile, query, lane);
  const std::int64_t row = row_of(s, tile, query < 0 ? 0 : query);
  const T* grad_out = call.grad_out + row * s.channels;
  for (int first = 0; first < samples; first += kChunk) {
    const int count = samples - first < kChunk ? samples - first : kChunk;
    for (int j = lane; j < count; j += kLanes) {
      const int level = level_of(s, first + j);
      const Level& at = s.levels[level];
      shared.tokens[j] = tokens_of(head.spot_of(first + j, level, at), at);
      shared.dots[j] = CornerDots<C>{};
    }
    sync_warp();
    for (int channel = lane * kVector; channel - lane * kVector < s.channels;
         channel += kLanes * kVector) {
      const bool active = query >= 0 && channel < s.channels;
      add_dots<kLanes, kVector>(s, plane + channel, grad_out + channel, active, lane, count,
                                shared);
    }
    for (int j = lane; query >= 0 && j < count; j += kLanes) {
      const std::int64_t sample = row * samples + first + j;
      const int level = level_of(s, first + j);
      const Level& at = s.levels[level];
      store_gradients(head.spot_of(first + j, level, at), shared.dots[j], head.weight_of(first + j),
                      at, call.grad_locations + 2 * sample, call.grad_weights + sample);
    }
    sync_warp();
  }
}

template <int kLanes, int kVector, typename T>
__global__ void __launch_bounds__(kThreads, kBlocks)
    sample_gradients_kernel(const SampleGradients<T> call) {
  static_assert(kLanes >= 4, "a lane per corner");
  __shared__ Dots<Compute<T>> shared[kThreads / kLanes];
  const int lane = static_cast<int>(threadIdx.x) % kLanes;
  for_each_query<kLanes>(call.sizes, [&](const Tile& tile, int query) {
    sample_gradients<kLanes, kVector>(call, tile, call.value + plane_of(call.sizes, tile), query,
                                      lane, shared[threadIdx.x / kLanes]);
  });
}

// The usual call, half types of 32 channels and four points a level: four lanes share a row and each ends with the dots
// of one of the four samples, which it placed itself.
constexpr int kLevelLanes = 4;

// The dots of two samples over this lane's channels: of one the lane keeps the sum with what the lane `apart` has, the
// other's sum is with that lane.
__device__ __forceinline__ CornerDots<float> shared_out(const CornerDots<float>& first,
                                                        const CornerDots<float>& second, int lane,
                                                        int apart) {
  const bool keeps_second = lane & apart;
  CornerDots<float> own;
#pragma unroll
  for (int c = 0; c < 4; ++c) {
    const float other = shuffle_xor(keeps_second ? first.at[c] : second.at[c], apart);
    own.at[c] = (keeps_second ? second.at[c] : first.at[c]) + other;
  }
  return own;
}

template <typename T, int kVector>
__device__ __forceinline__ CornerDots<float> dots_of(const float (&grad)[kVector], const T* value,
                                                     std::int64_t step, const Tokens& tokens) {
  Channels<T, kVector> rows[4];
  read_corners(rows, value, step, tokens);
  return {{dot(grad, rows[0]), dot(grad, rows[1]), dot(grad, rows[2]), dot(grad, rows[3])}};
}

template <typename T>
__global__ void __launch_bounds__(kThreads, kBlocks)
    level_gradients_kernel(const SampleGradients<T> call) {
  constexpr int kVector = 8;
  __shared__ Tokens shared[kThreads / kLevelLanes][kLevelLanes];
  const Sizes& s = call.sizes;
  const std::int64_t step = static_cast<std::int64_t>(s.heads) * s.channels;
  const int lane = static_cast<int>(threadIdx.x) % kLevelLanes;
  Tokens(&own)[kLevelLanes] = shared[threadIdx.x / kLevelLanes];
  for_each_query<kLevelLanes>(s, [&](const Tile& tile, int query) {
    const auto head =
        GivenHead<float>::template of<kLevelLanes>(call.samples, s, tile, query, lane);
    const T* value = call.value + plane_of(s, tile) + lane * kVector;
    const std::int64_t row = row_of(s, tile, query < 0 ? 0 : query);
    float grad[kVector];
    load_widened<T, kVector>(call.grad_out + row * s.channels + lane * kVector, grad);
    for (int l = 0; l < s.num_levels; ++l) {
      const int sample = l * kLevelLanes + lane;
      const Spot<float> at = head.spot_of(sample, l, s.levels[l]);
      own[lane] = tokens_of(at, s.levels[l]);
      sync_warp();
      CornerDots<float> half[2];
#pragma unroll
      for (int i = 0; i < 2; ++i) {
        const auto first = dots_of<T>(grad, value, step, own[i]);
        const auto second = dots_of<T>(grad, value, step, own[i + 2]);
        half[i] = shared_out(first, second, lane, 2);
      }
      sync_warp();  // before the next level's tokens are written
      const CornerDots<float> sums = shared_out(half[0], half[1], lane, 1);
      const std::int64_t index = row * s.num_levels * s.points + sample;
      if (query >= 0)
        store_gradients(at, sums, head.weight_of(sample), s.levels[l],
                        call.grad_locations + 2 * index, call.grad_weights + index);
    }
  });
}

// ---- gradient of the value ----

// to += weight * grad, kVector channels.
template <int kVector, typename C>
__device__ __forceinline__ void add_to_row(C* to, const C (&grad)[kVector], C weight) {
  if (weight == C(0)) return;
  if constexpr (kVector == 4) {
    add_four_to(to, weight * grad[0], weight * grad[1], weight * grad[2], weight * grad[3]);
  } else {
    static_assert(kVector == 1);
    add_to(to, weight * grad[0]);
  }
}

// In fixed point. Whole numbers wrap around, so a negative one is its two's complement.
template <int kVector, typename C>
__device__ __forceinline__ void add_exactly(unsigned long long* to, const C (&grad)[kVector],
                                            C weight, double scale) {
  if (weight == C(0)) return;
#pragma unroll
  for (int c = 0; c < kVector; ++c) {
    const double product = static_cast<double>(weight) * static_cast<double>(grad[c]) * scale;
    add_to(to + c, static_cast<unsigned long long>(llrint(product)));
  }
}

// Rows of one query's head: `add(row offset, weight)` for each corner of each sample.
template <int kLanes, typename C, typename Head, typename Add>
__device__ __forceinline__ void for_each_corner(const Head& head, const Sizes& s, bool active,
                                                int lane, Reads<C>& shared, const Add& add) {
  const std::int64_t step = static_cast<std::int64_t>(s.heads) * s.channels;
  const int samples = s.num_levels * s.points;
  for (int first = 0; first < samples; first += kChunk) {
    const int count = samples - first < kChunk ? samples - first : kChunk;
    place_reads<kLanes>(head, s, first, count, lane, shared);
    for (int i = 0; active && i < count; ++i) {
      const CornerWeights<C> w = shared.weights[i];
      const Tokens tokens = shared.tokens[i];
#pragma unroll
      for (int corner = 0; corner < 4; ++corner) add(tokens.at[corner] * step, w.at[corner]);
    }
    sync_warp();
  }
}

// With kVector 1 any number of channels, kLanes at a time; else D = kLanes * kVector.
template <int kLanes, int kVector, typename T, typename Sum>
__global__ void __launch_bounds__(kThreads)
    value_gradient_kernel(const ValueGradient<T, Sum> call) {
  using C = Compute<T>;
  constexpr bool kExact = std::is_same_v<Sum, unsigned long long>;
  __shared__ Reads<C> shared[kThreads / kLanes];
  const Sizes& s = call.sizes;
  const int lane = static_cast<int>(threadIdx.x) % kLanes;
  Reads<C>& own = shared[threadIdx.x / kLanes];
  const double scale = kExact ? *call.scale : 1;
  for_each_query<kLanes>(s, [&](const Tile& tile, int query) {
    const auto head = GivenHead<C>::template of<kLanes>(call.samples, s, tile, query, lane);
    const T* grad_out = call.grad_out + row_of(s, tile, query < 0 ? 0 : query) * s.channels;
    Sum* plane = call.sums + plane_of(s, tile);
    for (int channel = lane * kVector; channel - lane * kVector < s.channels;
         channel += kLanes * kVector) {
      const bool active = query >= 0 && channel < s.channels;
      C grad[kVector] = {};
      if (active) load_widened<T, kVector>(grad_out + channel, grad);
      for_each_corner<kLanes>(head, s, active, lane, own, [&](std::int64_t row, C weight) {
        if constexpr (kExact) {
          add_exactly<kVector>(plane + row + channel, grad, weight, scale);
        } else {
          add_to_row<kVector>(plane + row + channel, grad, weight);
        }
      });
    }
  });
}

}  // namespace saccade::cuda
