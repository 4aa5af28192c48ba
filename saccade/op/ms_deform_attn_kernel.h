// One call of multi-scale deformable attention as kernels see it: pointers and sizes, no tensors.
#pragma once

#include <cstdint>

namespace saccade {

struct MsDeformAttnLevel {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t start = 0;  // token of the level's first cell
};

struct MsDeformAttnSizes {
  std::int64_t batch = 0;     // N
  std::int64_t tokens = 0;    // S, the cells of all levels
  std::int64_t heads = 0;     // M
  std::int64_t channels = 0;  // D
  std::int64_t queries = 0;   // Q
  std::int64_t points = 0;    // P
  std::int64_t num_levels = 0;
  const MsDeformAttnLevel* levels = nullptr;

  std::int64_t samples() const { return num_levels * points; }
};

// Where the rows of D channels lie: row (n, s, m) starts at n * batch + s * token + m * head.
struct MsDeformAttnStrides {
  std::int64_t batch = 0;
  std::int64_t token = 0;
  std::int64_t head = 0;
};

// locations [N, Q, M, L, P, 2], weights [N, Q, M, L, P] and out [N, Q, M, D] are contiguous.
template <typename T>
struct MsDeformAttnForward {
  MsDeformAttnSizes sizes;
  MsDeformAttnStrides strides;  // of value
  const T* value = nullptr;
  const T* locations = nullptr;
  const T* weights = nullptr;
  T* out = nullptr;
  // Where locations is null: references [N, Q, L, 2], contiguous, which offsets in cells shift; those of a query,
  // [M, L, P, 2], lie `offset_stride` elements before the next query's.
  const T* references = nullptr;
  const T* offsets = nullptr;
  const std::uint16_t* offset_bits = nullptr;  // of bfloat16, in the place of offsets
  std::int64_t offset_stride = 0;
};

// grad_out is laid out as out, grad_locations as locations, grad_weights as weights.
template <typename T>
struct MsDeformAttnBackward {
  MsDeformAttnSizes sizes;
  MsDeformAttnStrides strides;  // of value and of grad_value
  const T* grad_out = nullptr;
  const T* value = nullptr;
  const T* locations = nullptr;
  const T* weights = nullptr;
  T* grad_value = nullptr;  // added to: the caller fills it with zeros
  T* grad_locations = nullptr;
  T* grad_weights = nullptr;
};

// Queries first + i * row_stride + j for i < rows, j < columns: a run (one row), or, where queries
// are the cells of a map, a rectangle of it, whose samples share more of the cache.
struct QueryBlock {
  std::int64_t first = 0;
  std::int64_t rows = 1;
  std::int64_t columns = 0;
  std::int64_t row_stride = 0;
};

// A backend. Calls for other images and heads may run at the same time, of forward also calls for
// other blocks: backward adds to the gradients of its head, in the order of the queries.
template <typename T>
struct MsDeformAttnKernels {
  void (*forward)(const MsDeformAttnForward<T>&, std::int64_t image, std::int64_t head,
                  const QueryBlock&) = nullptr;
  void (*backward)(const MsDeformAttnBackward<T>&, std::int64_t image, std::int64_t head,
                   const QueryBlock&) = nullptr;
};

}  // namespace saccade
