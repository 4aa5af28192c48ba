// Gradient of the value where queries are the cells of the maps: the queries of a tile look at the same cells, so their
// rows are summed before they leave the multiprocessor. The sums of a tile are a product of matrices,
//   sums [cells, D] = shares [cells, queries] x grad_out [queries, D],
// where a share is the weight with which the samples of a query touch a cell: shares are scattered, rows never are.
// Shares are rounded to the half type, as grad_out is; the sums are float32.
#pragma once

#include <climits>

#include "saccade/op/cuda/ms_deform_attn_backward.cuh"
#include "saccade/op/cuda/tensor_cores.cuh"

namespace saccade::cuda {

constexpr int kTileThreads = kTileWidth * 8;        // one per query of the tile
constexpr int kTileBlocks = 4;                      // that share a multiprocessor
constexpr int kTileChannels = 32, kTilePoints = 4;  // of the calls that this kernel takes
constexpr int kTileCells = 128;                     // whose shares are kept at a time
// Where a tile's samples lie further apart, hardly two touch the same cell.
constexpr int kMostCells = 12 * kTileCells;
// Rows start in different banks.
constexpr int kSharesPitch = kTileThreads + 8, kGradPitch = kTileChannels + 8;

// Cells of a level that samples touch: columns left to right, rows top to bottom, inclusive; at first none.
struct Box {
  int left = INT_MAX, right = INT_MIN, top = INT_MAX, bottom = INT_MIN;

  __device__ __forceinline__ int columns() const { return right - left + 1; }
  __device__ __forceinline__ std::int64_t cells() const {
    return right < left ? 0 : static_cast<std::int64_t>(columns()) * (bottom - top + 1);
  }
};

// A sample: its corner's cell and what it adds to each of the four.
struct Sample {
  int left, top;
  CornerWeights<float> weights;
};

template <typename T>
struct TileMemory {
  alignas(16) T shares[kTileCells * kSharesPitch];  // or samples, where they lie far apart
  alignas(16) T grads[kTileThreads * kGradPitch];
  int tokens[kTileCells];  // of the cells whose shares are kept
  int bounds[kTileThreads / 32][4];
};

template <typename T>
struct TileGrads {
  Right16x8 at[kTileThreads / 16][kTileChannels / 8];
};

// ---- what the tile has in common ----

// grad_out of the tile's queries as the right side of the product; zeros where there is no query.
template <typename T>
__device__ __forceinline__ TileGrads<T> load_grads(const T* grad_out, int query,
                                                   TileMemory<T>& memory) {
  constexpr int kVector = 8;
  const int place = static_cast<int>(threadIdx.x), lane = place % 32;
#pragma unroll
  for (int c = 0; c < kTileChannels; c += kVector) {
    *reinterpret_cast<Channels<T, kVector>*>(memory.grads + place * kGradPitch + c) =
        load_if<T, kVector>(query >= 0, grad_out + c);
  }
  sync_block();
  TileGrads<T> grads;
#pragma unroll
  for (int k = 0; k < kTileThreads / 16; ++k) {
#pragma unroll
    for (int n = 0; n < kTileChannels / 8; n += 2) {
      load_right(memory.grads + k * 16 * kGradPitch + n * 8, kGradPitch, lane, grads.at[k][n],
                 grads.at[k][n + 1]);
    }
  }
  return grads;
}

// The thread's samples of a level, and the cells that they touch.
__device__ __forceinline__ Box place_samples(const GivenHead<float>& head, int first, bool exists,
                                             const Level& level, Sample (&samples)[kTilePoints]) {
  Box box;
  const float* const from = head.locations + 2 * first;
  const Channels<float, 4> places[2] = {load<float, 4>(from), load<float, 4>(from + 4)};
  const Channels<float, 4> weights = load<float, 4>(head.weights + first);
#pragma unroll
  for (int i = 0; i < kTilePoints; ++i) {
    const Channels<float, 4>& xy = places[i / 2];
    Spot<float> at{};
    if (exists) at = spot(xy.at[i % 2 * 2], xy.at[i % 2 * 2 + 1], level);
    samples[i] = {at.left, at.top, corner_weights(at, weights.at[i])};
    if (at.corners == 0) continue;
    box.left = min(box.left, max(at.left, 0));
    box.right = max(box.right, min(at.left + 1, level.width - 1));
    box.top = min(box.top, max(at.top, 0));
    box.bottom = max(box.bottom, min(at.top + 1, level.height - 1));
  }
  return box;
}

// Of all threads of the block. Ends with a barrier before and after which `bounds` may be written.
__device__ __forceinline__ Box box_of_block(const Box& own, int (&bounds)[kTileThreads / 32][4]) {
  const int least[4] = {own.left, own.top, -own.right - 1, -own.bottom - 1};
  const int warp = static_cast<int>(threadIdx.x) / 32;
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const int of_warp = least_of_warp(least[i]);
    if (threadIdx.x % 32 == 0) bounds[warp][i] = of_warp;
  }
  sync_block();
  int all[4] = {bounds[0][0], bounds[0][1], bounds[0][2], bounds[0][3]};
#pragma unroll
  for (int w = 1; w < kTileThreads / 32; ++w) {
#pragma unroll
    for (int i = 0; i < 4; ++i) all[i] = min(all[i], bounds[w][i]);
  }
  Box box;
  box.left = all[0];
  box.top = all[1];
  box.right = -(all[2] + 1);
  box.bottom = -(all[3] + 1);
  return box;
}

// ---- samples that lie together: a product of matrices, kTileCells cells at a time ----

// Adds the samples of the thread's query to its column of the shares, cells `first` and on of the box.
template <typename T>
__device__ __forceinline__ void scatter_shares(const Sample (&samples)[kTilePoints], const Box& box,
                                               int first, T* shares) {
  T* const own = shares + threadIdx.x;
#pragma unroll
  for (int i = 0; i < kTilePoints; ++i) {
    const int corner =
        (samples[i].top - box.top) * box.columns() + samples[i].left - box.left - first;
#pragma unroll
    for (int c = 0; c < 4; ++c) {
      const float weight = samples[i].weights.at[c];
      const int cell = corner + c / 2 * box.columns() + c % 2;
      if (weight == 0 || cell < 0 || cell >= kTileCells) continue;
      T& share = own[cell * kSharesPitch];
      narrow(widen(share) + weight, share);
    }
  }
}

// Adds 16 rows of sums to the gradient. They take the way over `room`, so that eight lanes add the whole row of a cell.
template <int kColumns>
__device__ __forceinline__ void add_sums(const Sums16x8 (&sums)[kColumns], const int* tokens,
                                         int count, std::int64_t step, float* room, float* plane) {
  constexpr int kPitchOfRow = kColumns * 8 + 4;
  const int lane = static_cast<int>(threadIdx.x) % 32;
  sync_warp();  // the shares that lay there have been read by all
#pragma unroll
  for (int n = 0; n < kColumns; ++n) {
    float* const to = room + lane / 4 * kPitchOfRow + n * 8 + lane % 4 * 2;
    store<float, 2>(to, sums[n].at);
    store<float, 2>(to + 8 * kPitchOfRow, sums[n].at + 2);
  }
  sync_warp();
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const int row = i * 4 + lane / 8;
    const Channels<float, 4> sum = load<float, 4>(room + row * kPitchOfRow + lane % 8 * 4);
    const bool any = sum.at[0] != 0 || sum.at[1] != 0 || sum.at[2] != 0 || sum.at[3] != 0;
    if (any && row < count) {
      add_four_to(plane + tokens[row] * step + lane % 8 * 4, sum.at[0], sum.at[1], sum.at[2],
                  sum.at[3]);
    }
  }
}

// Cells `first` to `first` + `count` of the box.
template <typename T>
__device__ __forceinline__ void add_products(const TileGrads<T>& grads, int count,
                                             std::int64_t step, TileMemory<T>& memory,
                                             float* plane) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  for (int m = static_cast<int>(threadIdx.x) / 32 * 16; m < count; m += kTileThreads / 2) {
    T* const shares = memory.shares + m * kSharesPitch;
    Sums16x8 sums[kTileChannels / 8] = {};
#pragma unroll
    for (int k = 0; k < kTileThreads / 16; ++k) {
      const Left16x16 left = load_left(shares + k * 16, kSharesPitch, lane);
#pragma unroll
      for (int n = 0; n < kTileChannels / 8; ++n) add_product<T>(sums[n], left, grads.at[k][n]);
    }
    add_sums(sums, memory.tokens + m, count - m, step, reinterpret_cast<float*>(shares), plane);
  }
}

// No shares yet, and where the sums of each cell go.
template <typename T>
__device__ __forceinline__ void clear_shares(const Box& box, int first, int count,
                                             const Level& level, TileMemory<T>& memory) {
  constexpr int kVector = 8;
  const int rows = (count + 15) / 16 * 16;
  for (int i = static_cast<int>(threadIdx.x) * kVector; i < rows * kSharesPitch;
       i += kTileThreads * kVector)
    *reinterpret_cast<Channels<T, kVector>*>(memory.shares + i) = {};
  const int cell = first + static_cast<int>(threadIdx.x), row = cell / box.columns();
  memory.tokens[threadIdx.x] =
      level.start + (box.top + row) * level.width + box.left + cell - row * box.columns();
}

template <typename T>
__device__ __forceinline__ void add_near(const TileGrads<T>& grads,
                                         const Sample (&samples)[kTilePoints], const Box& box,
                                         const Level& level, std::int64_t step,
                                         TileMemory<T>& memory, float* plane) {
  static_assert(kTileCells == kTileThreads, "a thread per cell");
  const int cells = static_cast<int>(box.cells());
  for (int first = 0; first < cells; first += kTileCells) {
    const int count = min(cells - first, kTileCells);
    clear_shares(box, first, count, level, memory);
    sync_block();
    scatter_shares(samples, box, first, memory.shares);
    sync_block();
    add_products(grads, count, step, memory, plane);
    sync_block();
  }
}

// ---- samples that lie far apart: each row alone ----

template <typename T>
__device__ __forceinline__ void add_far(const Sample (&samples)[kTilePoints], const Level& level,
                                        std::int64_t step, TileMemory<T>& memory, float* plane) {
  constexpr int kLanes = kTileChannels / 4;
  Sample* const all = reinterpret_cast<Sample*>(memory.shares);
  static_assert(sizeof(Sample) * kTileThreads * kTilePoints <= sizeof(memory.shares));
#pragma unroll
  for (int i = 0; i < kTilePoints; ++i) all[threadIdx.x * kTilePoints + i] = samples[i];
  sync_block();
  const int channel = static_cast<int>(threadIdx.x) % kLanes * 4;
  for (int i = static_cast<int>(threadIdx.x) / kLanes; i < kTileThreads * kTilePoints;
       i += kTileThreads / kLanes) {
    const Sample sample = all[i];
    float grad[4];
    load_widened<T, 4>(memory.grads + i / kTilePoints * kGradPitch + channel, grad);
    float* const to =
        plane + (level.start + sample.top * level.width + sample.left) * step + channel;
    add_to_row<4>(to, grad, sample.weights.at[0]);
    add_to_row<4>(to + step, grad, sample.weights.at[1]);
    add_to_row<4>(to + level.width * step, grad, sample.weights.at[2]);
    add_to_row<4>(to + (level.width + 1) * step, grad, sample.weights.at[3]);
  }
  sync_block();
}

// Queries are the cells of the maps, D = 32, P = 4.
template <typename T>
__global__ void __launch_bounds__(kTileThreads, kTileBlocks)
    tile_gradient_kernel(const ValueGradient<T> call) {
  __shared__ TileMemory<T> memory;
  const Sizes& s = call.sizes;
  const std::int64_t step = static_cast<std::int64_t>(s.heads) * s.channels;
  const std::int64_t blocks = s.batch * s.tiles * s.heads;
  for (std::int64_t block = blockIdx.x; block < blocks; block += gridDim.x) {
    const Tile tile = tile_of(s, block);
    const int query = tile.query(static_cast<int>(threadIdx.x));
    const std::int64_t row = row_of(s, tile, query < 0 ? 0 : query);
    const auto grads = load_grads(call.grad_out + row * s.channels, query, memory);
    const auto head = GivenHead<float>::template of<1>(call.samples, s, tile, query, 0);
    float* const plane = call.sums + plane_of(s, tile);
    for (int l = 0; l < s.num_levels; ++l) {
      Sample samples[kTilePoints];
      const Box own = place_samples(head, l * kTilePoints, query >= 0, s.levels[l], samples);
      const Box box = box_of_block(own, memory.bounds);
      if (box.cells() > kMostCells) {
        add_far(samples, s.levels[l], step, memory, plane);
      } else {
        add_near(grads, samples, box, s.levels[l], step, memory, plane);
      }
      sync_block();  // before `bounds` and `grads` are written again
    }
  }
}

}  // namespace saccade::cuda
