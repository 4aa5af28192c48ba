// Starts the kernels of ms_deform_attn.
#include "saccade/op/cuda/ms_deform_attn_launch.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <string>

#include "saccade/op/cuda/ms_deform_attn_backward.cuh"
#include "saccade/op/cuda/ms_deform_attn_forward.cuh"
#include "saccade/op/cuda/ms_deform_attn_tile_gradient.cuh"

namespace saccade::cuda {
namespace {

constexpr int kMapQueries = 4 * kTileWidth;  // of a block, where queries are the cells of the maps

// Queries that are the cells of the maps are taken by tiles, whose samples share the cache; others in runs that keep
// every group of the block busy once.
void plan_tiles(Sizes& s, int groups, int queries) {
  if (!s.is_map) {
    s.tile_queries = groups;
    s.tiles = (s.queries + s.tile_queries - 1) / s.tile_queries;
    return;
  }
  s.tile_height = queries / kTileWidth;
  s.tile_queries = queries;
  s.tiles = 0;
  for (int l = 0; l < s.num_levels; ++l) {
    s.levels[l].first_tile = s.tiles;
    const int across = (s.levels[l].width + kTileWidth - 1) / kTileWidth;
    s.tiles += across * ((s.levels[l].height + s.tile_height - 1) / s.tile_height);
  }
}

[[noreturn]] void fail(const char* kernel, const Sizes& s, unsigned blocks, unsigned threads,
                       const char* error) {
  std::ostringstream text;
  text << "ms_deform_attn: " << kernel << " cannot be started (N " << s.batch << ", S " << s.tokens
       << ", M " << s.heads << ", D " << s.channels << ", Q " << s.queries << ", L " << s.num_levels
       << ", P " << s.points << "; " << blocks << " blocks of " << threads
       << " threads): " << error;
  throw std::runtime_error(text.str());
}

template <typename Call>
void run(const char* name, void (*kernel)(Call), int lanes, Call& call, void* stream,
         unsigned threads = kThreads, int tile_queries = kMapQueries) {
  plan_tiles(call.sizes, static_cast<int>(threads) / lanes, tile_queries);
  const std::int64_t tiles = call.sizes.batch * call.sizes.tiles * call.sizes.heads;
  if (tiles == 0) return;
  const auto blocks = static_cast<unsigned>(std::min(tiles, kMostBlocks));
  const char* const error = start(kernel, blocks, threads, stream, call);
  if (error != nullptr) fail(name, call.sizes, blocks, threads, error);
}

// ---- which kernel for how many channels ----

// Lanes that share a row, and what each loads of it: 16 bytes (8 where a row is short).
template <int kLanes, int kVector>
struct Shape {
  static constexpr int lanes = kLanes, vector = kVector;
};

// Calls `use` with the shape for rows of `channels` values of type T.
template <typename T, typename Use>
void with_row_shape(int channels, const Use& use) {
  constexpr int kVector = sizeof(T) == 2 ? 8 : 4;
  if constexpr (sizeof(T) <= 4) {
    if (channels == 16) return use(Shape<4, 4>());
    if (channels == 32) return use(Shape<32 / kVector, kVector>());
    if (channels == 64) return use(Shape<64 / kVector, kVector>());
  }
  use(Shape<32, 1>());
}

// The same for rows of sums, which are float for half types.
template <typename T, typename Use>
void with_sum_shape(int channels, const Use& use) {
  if constexpr (sizeof(T) <= 4) {
    if (channels == 16) return use(Shape<4, 4>());
    if (channels == 32) return use(Shape<8, 4>());
    if (channels == 64) return use(Shape<16, 4>());
  }
  use(Shape<32, 1>());
}

template <typename T, typename Samples>
void start_any_forward(const char* name, Forward<T, Samples> call, void* stream) {
  with_row_shape<T>(call.sizes.channels, [&](auto shape) {
    using S = decltype(shape);
    run(name, &forward_kernel<S::lanes, S::vector, T, Samples>, S::lanes, call, stream);
  });
}

template <typename T, typename Sum>
void start_any_value_gradient(const char* name, ValueGradient<T, Sum> call, void* stream) {
  with_sum_shape<T>(call.sizes.channels, [&](auto shape) {
    using S = decltype(shape);
    run(name, &value_gradient_kernel<S::lanes, S::vector, T, Sum>, S::lanes, call, stream);
  });
}

}  // namespace

template <typename T>
void start_forward(Forward<T, GivenSamples<Compute<T>>> call, void* stream) {
  start_any_forward("forward_kernel", call, stream);
}

template <typename T>
void start_predicted_forward(Forward<T, PredictedSamples<T>> call, void* stream) {
  start_any_forward("forward_kernel (predicted samples)", call, stream);
}

template <typename T>
void start_sample_gradients(SampleGradients<T> call, void* stream) {
  if constexpr (sizeof(T) == 2) {
    if (call.sizes.channels == 32 && call.sizes.points == kLevelLanes) {
      run("level_gradients_kernel", &level_gradients_kernel<T>, kLevelLanes, call, stream);
      return;
    }
  }
  with_row_shape<T>(call.sizes.channels, [&](auto shape) {
    using S = decltype(shape);
    run("sample_gradients_kernel", &sample_gradients_kernel<S::lanes, S::vector, T>, S::lanes, call,
        stream);
  });
}

template <typename T>
void start_value_gradient(ValueGradient<T> call, void* stream) {
  if constexpr (sizeof(T) == 2) {
    const Sizes& s = call.sizes;
    if (s.is_map && s.channels == kTileChannels && s.points == kTilePoints) {
      run("tile_gradient_kernel", &tile_gradient_kernel<T>, 1, call, stream, kTileThreads,
          kTileThreads);
      return;
    }
  }
  start_any_value_gradient("value_gradient_kernel", call, stream);
}

template <typename T>
void start_exact_value_gradient(ExactValueGradient<T> call, void* stream) {
  start_any_value_gradient("value_gradient_kernel (exact)", call, stream);
}

#define SACCADE_INSTANTIATE(T)                                                 \
  template void start_forward<T>(Forward<T, GivenSamples<Compute<T>>>, void*); \
  template void start_sample_gradients<T>(SampleGradients<T>, void*);          \
  template void start_value_gradient<T>(ValueGradient<T>, void*);              \
  template void start_exact_value_gradient<T>(ExactValueGradient<T>, void*);
SACCADE_INSTANTIATE(float)
SACCADE_INSTANTIATE(double)
SACCADE_INSTANTIATE(Half)
SACCADE_INSTANTIATE(BFloat16)
#undef SACCADE_INSTANTIATE

template void start_predicted_forward<float>(Forward<float, PredictedSamples<float>>, void*);
template void start_predicted_forward<Half>(Forward<Half, PredictedSamples<Half>>, void*);
template void start_predicted_forward<BFloat16>(Forward<BFloat16, PredictedSamples<BFloat16>>,
                                                void*);

}  // namespace saccade::cuda
