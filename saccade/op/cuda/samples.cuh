// Where a query's samples lie. The lanes that share a query's head divide its samples among them, place each once and
// leave it in shared memory for all.
#pragma once

#include "saccade/op/cuda/lanes.cuh"
#include "saccade/op/cuda/ms_deform_attn_call.h"
#include "saccade/op/cuda/platform.cuh"

namespace saccade::cuda {

constexpr int kThreads = 256;  // of a block
// Blocks that share a multiprocessor where rows are read: leaves 80 registers a thread, so that the four rows of a
// sample are on their way at once.
constexpr int kBlocks = 3;
constexpr int kTileWidth =
    16;  // cells of a map that a block takes of one head: 16 x Sizes::tile_height
constexpr int kChunk = 16;          // samples that are placed together
constexpr int kPitch = kChunk + 1;  // records of a group: groups start in different banks

// The cell that a sample lies in, left of and above it, and how far into it. Outside, `corners` is 0.
// Without initialisers: shared memory has no constructors.
template <typename C>
struct Spot {
  C right, down;     // 0 to 1
  int left, top;     // column and row of the upper left corner, which may lie outside
  unsigned corners;  // bits: which of the four corners exist
};

// (x, y) as a fraction of the level. Strict comparisons, as NaN must fail them (op.md 2).
template <typename C>
__device__ __forceinline__ Spot<C> spot(C x, C y, const Level& level) {
  Spot<C> p{};
  const C column = x * static_cast<C>(level.width) - C(0.5);
  const C row = y * static_cast<C>(level.height) - C(0.5);
  const bool inside = row > C(-1) && column > C(-1) && row < static_cast<C>(level.height) &&
                      column < static_cast<C>(level.width);
  if (!inside) return p;
  const C floor_row = floor(row), floor_column = floor(column);
  p.top = static_cast<int>(floor_row);
  p.left = static_cast<int>(floor_column);
  p.right = column - floor_column;
  p.down = row - floor_row;
  const unsigned columns = (p.left >= 0 ? 1U : 0U) | (p.left + 1 < level.width ? 2U : 0U);
  p.corners = (p.top >= 0 ? columns : 0U) | (p.top + 1 < level.height ? columns << 2 : 0U);
  return p;
}

// Tokens of the corners (upper left, upper right, lower left, lower right). In place of one that does not exist stands
// its neighbour: what is read there counts nothing, and a read that needs no condition does not wait for one.
struct alignas(16) Tokens {
  int at[4];
};

template <typename C>
__device__ __forceinline__ Tokens tokens_of(const Spot<C>& p, const Level& level) {
  const int left = max(p.left, 0), right = min(p.left + 1, level.width - 1);
  const int top = level.start + max(p.top, 0) * level.width;
  const int bottom = level.start + min(p.top + 1, level.height - 1) * level.width;
  return {{top + left, top + right, bottom + left, bottom + right}};
}

// Weights of the corners (upper left, upper right, lower left, lower right), 0 where one does not exist.
template <typename C>
struct alignas(4 * sizeof(C)) CornerWeights {
  C at[4];
};

template <typename C>
__device__ __forceinline__ CornerWeights<C> corner_weights(const Spot<C>& p, C weight) {
  const C left = C(1) - p.right, up = C(1) - p.down;
  CornerWeights<C> w;
  w.at[0] = p.corners & 1U ? up * left * weight : C(0);
  w.at[1] = p.corners & 2U ? up * p.right * weight : C(0);
  w.at[2] = p.corners & 4U ? p.down * left * weight : C(0);
  w.at[3] = p.corners & 8U ? p.down * p.right * weight : C(0);
  return w;
}

// The work of a block: a tile of queries, one head of one image.
struct Tile {
  std::int64_t image = 0;
  int head = 0;
  int first = 0;              // its first query
  int columns = 0, rows = 0;  // of the map, or a run: one row
  int stride = 0;             // queries to the next row
  // Query of place i of the tile; -1 where the tile reaches over the edge.
  __device__ __forceinline__ int query(int i) const {
    const int row = i / kTileWidth, column = i % kTileWidth;
    if (stride == 0) return i < columns ? first + i : -1;
    return row < rows && column < columns ? first + row * stride + column : -1;
  }
};

__device__ inline Tile tile_of(const Sizes& s, std::int64_t block) {
  Tile tile;
  tile.head = static_cast<int>(block % s.heads);
  block /= s.heads;
  int number = static_cast<int>(block % s.tiles);
  tile.image = block / s.tiles;
  if (!s.is_map) {
    tile.first = number * s.tile_queries;
    tile.columns = s.queries - tile.first;
    return tile;
  }
  int l = 0;
  while (l + 1 < s.num_levels && s.levels[l + 1].first_tile <= number) ++l;
  const Level& level = s.levels[l];
  number -= level.first_tile;
  const int across = (level.width + kTileWidth - 1) / kTileWidth;
  const int row = number / across * s.tile_height, column = number % across * kTileWidth;
  tile.first = level.start + row * level.width + column;
  tile.columns = level.width - column;
  tile.rows = level.height - row;
  tile.stride = level.width;
  if (tile.columns > kTileWidth) tile.columns = kTileWidth;
  return tile;
}

// The work of this block, tile by tile: `work(tile, query)` for each place that the thread's group of kLanes lanes takes; every
// group as often, with query -1 where there is none.
template <int kLanes, typename Work>
__device__ __forceinline__ void for_each_query(const Sizes& s, const Work& work) {
  constexpr int kGroups = kThreads / kLanes;
  const int group = static_cast<int>(threadIdx.x) / kLanes;
  const std::int64_t blocks = s.batch * s.tiles * s.heads;
  for (std::int64_t block = blockIdx.x; block < blocks; block += gridDim.x) {
    const Tile tile = tile_of(s, block);
    for (int i = group; i < s.tile_queries; i += kGroups) work(tile, tile.query(i));
  }
}

// First channel of the tile's head in [N, S, M, D].
__device__ __forceinline__ std::int64_t plane_of(const Sizes& s, const Tile& tile) {
  return (tile.image * s.tokens * s.heads + tile.head) * s.channels;
}

// Index of (image, query, head) among all of them; in rows of L * P samples or D channels.
__device__ __forceinline__ std::int64_t row_of(const Sizes& s, const Tile& tile, int query) {
  return (tile.image * s.queries + query) * s.heads + tile.head;
}

// ---- samples given outright ----

// What a group of lanes knows of one query's head before it looks at its samples.
template <typename C>
struct GivenHead {
  const C* locations;
  const C* weights;

  template <int kLanes>
  __device__ __forceinline__ static GivenHead of(const GivenSamples<C>& samples, const Sizes& s,
                                                 const Tile& tile, int query, int /*lane*/) {
    const std::int64_t first = row_of(s, tile, query < 0 ? 0 : query) * s.num_levels * s.points;
    return {samples.locations + 2 * first, samples.weights + first};
  }
  __device__ __forceinline__ Spot<C> spot_of(int sample, int /*level*/, const Level& at) const {
    const Channels<C, 2> xy = load<C, 2>(locations + 2 * sample);
    return spot(xy.at[0], xy.at[1], at);
  }
  __device__ __forceinline__ C weight_of(int sample) const { return weights[sample]; }
};

// ---- samples as the linear layers predict them ----

template <typename T>
struct PredictedHead {
  const T* offsets;
  const T* logits;
  const float* reference;
  int reference_size;
  float share;  // of the box that an offset of 1 is
  float largest, scale;

  // The softmax needs the largest logit and the sum first: each lane looks at its own samples, then all share.
  template <int kLanes>
  __device__ __forceinline__ static PredictedHead of(const PredictedSamples<T>& samples,
                                                     const Sizes& s, const Tile& tile, int query,
                                                     int lane) {
    const int count = s.num_levels * s.points;
    const int any = query < 0 ? 0 : query;
    const std::int64_t first = row_of(s, tile, any) * count;
    PredictedHead head{samples.offsets + 2 * first,
                       samples.logits + first,
                       samples.reference_points +
                           (tile.image * s.queries + any) * s.num_levels * samples.reference_size,
                       samples.reference_size,
                       0.5F / static_cast<float>(s.points),
                       widen(samples.logits[first]),
                       0};
    for (int i = lane; i < count; i += kLanes)
      head.largest = fmaxf(head.largest, widen(head.logits[i]));
#pragma unroll
    for (int step = 1; step < kLanes; step *= 2)
      head.largest = fmaxf(head.largest, shuffle_xor(head.largest, step));
    float sum = 0;
    for (int i = lane; i < count; i += kLanes) sum += expf(widen(head.logits[i]) - head.largest);
#pragma unroll
    for (int step = 1; step < kLanes; step *= 2) sum += shuffle_xor(sum, step);
    head.scale = 1.0F / sum;
    return head;
  }
  __device__ __forceinline__ Spot<float> spot_of(int sample, int level, const Level& at) const {
    const Channels<T, 2> xy = load<T, 2>(offsets + 2 * sample);
    const float* from = reference + level * reference_size;
    float x = widen(xy.at[0]), y = widen(xy.at[1]);
    if (reference_size == 2) {
      x = x / static_cast<float>(at.width);
      y = y / static_cast<float>(at.height);
    } else {
      x = x * share * from[2];
      y = y * share * from[3];
    }
    return spot(from[0] + x, from[1] + y, at);
  }
  __device__ __forceinline__ float weight_of(int sample) const {
    return expf(widen(logits[sample]) - largest) * scale;
  }
};

template <typename Samples>
struct HeadOf;
template <typename C>
struct HeadOf<GivenSamples<C>> {
  using Type = GivenHead<C>;
};
template <typename T>
struct HeadOf<PredictedSamples<T>> {
  using Type = PredictedHead<T>;
};

// Samples as a row-reading loop wants them: 32 bytes each that the lanes of a group read at once.
template <typename C>
struct Reads {
  CornerWeights<C> weights[kPitch];
  Tokens tokens[kPitch];
};

__device__ __forceinline__ int level_of(const Sizes& s, int sample) {
  return s.points == 4 ? sample >> 2 : sample / s.points;  // a division takes as long as the rest
}

// Places samples first to first + count of one query's head. Every lane of the warp must come.
template <int kLanes, typename C, typename Head>
__device__ __forceinline__ void place_reads(const Head& head, const Sizes& s, int first, int count,
                                            int lane, Reads<C>& to) {
  for (int i = lane; i < count; i += kLanes) {
    const int level = level_of(s, first + i);
    const Spot<C> at = head.spot_of(first + i, level, s.levels[level]);
    to.weights[i] = corner_weights(at, head.weight_of(first + i));
    to.tokens[i] = tokens_of(at, s.levels[level]);
    // Outside: nothing is read, whatever the weights are.
    if (at.corners == 0) to.tokens[i].at[0] = -1;
  }
  sync_warp();
}

}  // namespace saccade::cuda
