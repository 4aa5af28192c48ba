// One call of the CUDA kernels: device pointers and sizes. Plain types, passed to a kernel by value.
#pragma once

#include <cstdint>

namespace saccade::cuda {

// Bits of a half type. The kernels compute in float.
struct Half {
  std::uint16_t bits;
};
struct BFloat16 {
  std::uint16_t bits;
};

// float for a half type, else T itself: positions, weights, sums and their gradients.
template <typename T>
struct ComputeOf {
  using Type = float;
};
template <>
struct ComputeOf<double> {
  using Type = double;
};
template <typename T>
using Compute = typename ComputeOf<T>::Type;

constexpr int kMaxLevels = 64;

struct Level {
  int height = 0;
  int width = 0;
  int start = 0;       // token of its first cell
  int first_tile = 0;  // where queries are the cells of the maps: tiles of the levels before
};

// Sizes of a call, in the letters of ms_deform_attn.h. value, grad_value: [N, S, M, D]; out, grad_out: [N, Q, M, D]; all
// contiguous. Products of sizes may pass 2^31, each of S, Q and L * P may not.
struct Sizes {
  std::int64_t batch = 0;  // N
  int tokens = 0;          // S
  int heads = 0;           // M
  int channels = 0;        // D
  int queries = 0;         // Q
  int points = 0;          // P
  int num_levels = 0;      // L
  bool is_map = false;     // queries are the tokens: a block takes a tile of a map
  int tiles = 0;           // of queries, per image and head
  int tile_queries = 0;    // places of a tile
  int tile_height = 0;     // rows of a map in a tile
  Level levels[kMaxLevels];

  int samples() const { return num_levels * points; }
};

// Where the samples lie, given outright: locations [N, Q, M, L, P, 2], weights [N, Q, M, L, P].
template <typename C>
struct GivenSamples {
  const C* locations = nullptr;
  const C* weights = nullptr;
};

// Where the samples lie, as the module's linear layers say it: offsets [N, Q, M, L, P, 2] in cells (2-d references) or
// shares of the box (4-d), logits [N, Q, M, L, P] before the softmax, reference_points [N, Q, L, 2 or 4].
template <typename T>
struct PredictedSamples {
  const T* offsets = nullptr;
  const T* logits = nullptr;
  const float* reference_points = nullptr;
  int reference_size = 2;
};

template <typename T, typename Samples>
struct Forward {
  Sizes sizes;
  Samples samples;
  const T* value = nullptr;
  T* out = nullptr;
};

// Gradients of the samples: where each looked and how much it counted.
template <typename T>
struct SampleGradients {
  Sizes sizes;
  GivenSamples<Compute<T>> samples;
  const T* value = nullptr;
  const T* grad_out = nullptr;
  Compute<T>* grad_locations = nullptr;
  Compute<T>* grad_weights = nullptr;
};

// Gradient of the value, added to `sums` [N, S, M, D], which the caller fills with zeros. Sum is Compute<T>; or a whole
// number, whose sum does not depend on the order: contributions are multiplied by *scale (on the device) and rounded.
template <typename T, typename Sum = Compute<T>>
struct ValueGradient {
  Sizes sizes;
  GivenSamples<Compute<T>> samples;
  const T* grad_out = nullptr;
  const double* scale = nullptr;  // of whole numbers
  Sum* sums = nullptr;
};
template <typename T>
using ExactValueGradient = ValueGradient<T, unsigned long long>;

}  // namespace saccade::cuda
