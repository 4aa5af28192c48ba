// The float32 kernels once for all vector widths; cpu/ms_deform_attn_<set>.cpp names the intrinsics.
//
// Per query and head, the samples' positions and weights are computed for a whole vector of samples
// at a time and stored as four row addresses and four weights each. The channel loop then only
// loads rows and multiplies: no gather, no test, no shuffle. A corner outside its level reads (and
// writes) a row of its own, so that nothing in the value, not even an infinity, can leak in.
//
// Everything here has internal linkage and no standard library code is called: a function compiled
// for AVX-512 must never be the one the linker keeps for files that run everywhere.
#pragma once

#include "saccade/op/cpu/ms_deform_attn_kernels.h"
#include "saccade/op/cpu/ms_deform_attn_places.h"

namespace saccade {
namespace {

constexpr int kCorners = 4;  // top left, top right, bottom left, bottom right

// What the samples of one query have in common for all queries and heads: their levels.
template <class V>
struct LevelTable {
  alignas(64) float width[kMaxSimdSamples];
  alignas(64) float height[kMaxSimdSamples];
  alignas(64) std::int32_t start[kMaxSimdSamples];
  int samples = 0;

  explicit LevelTable(const MsDeformAttnSizes& sizes) : samples(static_cast<int>(sizes.samples())) {
    for (int i = 0; i < kMaxSimdSamples; ++i) {
      // Lanes beyond the last sample repeat it; their weight is 0.
      const auto& level = sizes.levels[(i < samples ? i : samples - 1) / sizes.points];
      width[i] = static_cast<float>(level.width);
      height[i] = static_cast<float>(level.height);
      start[i] = static_cast<std::int32_t>(level.start);
    }
  }
  int lanes_from(int first) const {
    return samples - first < V::kLanes ? samples - first : V::kLanes;
  }
};

// One vector of samples.
template <class V>
struct Samples {
  typename V::F right, below;  // fraction of a cell beyond the upper left corner
  typename V::F weight[kCorners];
  typename V::I offset[kCorners];  // elements from the head's first row
  typename V::Mask inside;
  typename V::Mask exists[kCorners];
};

template <class V>
[[gnu::always_inline]] inline Samples<V> locate(const LevelTable<V>& table, int first,
                                                const float* locations, std::int32_t token_stride) {
  const auto width = V::load(table.width + first);
  const auto height = V::load(table.height + first);
  const auto one = V::set1(1.0F);
  const auto zero = V::zero();
  typename V::F x, y;
  V::load_pairs(locations + 2 * first, table.lanes_from(first), x, y);
  const auto column = V::sub(V::mul(x, width), V::set1(0.5F));
  const auto row = V::sub(V::mul(y, height), V::set1(0.5F));
  const auto left = V::floor(column);
  const auto top = V::floor(row);

  Samples<V> s;
  const auto minus_one = V::set1(-1.0F);
  s.inside = V::both(V::both(V::less(minus_one, column), V::less(column, width)),
                     V::both(V::less(minus_one, row), V::less(row, height)));
  s.right = V::only(s.inside, V::sub(column, left));
  s.below = V::only(s.inside, V::sub(row, top));
  const auto has_left = V::both(s.inside, V::less_equal(zero, left));
  const auto has_top = V::both(s.inside, V::less_equal(zero, top));
  const auto has_right = V::both(s.inside, V::less(V::add(left, one), width));
  const auto has_bottom = V::both(s.inside, V::less(V::add(top, one), height));
  s.exists[0] = V::both(has_top, has_left);
  s.exists[1] = V::both(has_top, has_right);
  s.exists[2] = V::both(has_bottom, has_left);
  s.exists[3] = V::both(has_bottom, has_right);

  const auto not_right = V::sub(one, s.right);
  const auto not_below = V::sub(one, s.below);
  s.weight[0] = V::only(s.inside, V::mul(not_below, not_right));
  s.weight[1] = V::mul(not_below, s.right);
  s.weight[2] = V::mul(s.below, not_right);
  s.weight[3] = V::mul(s.below, s.right);

  const auto stride = V::set1_int(token_stride);
  const auto line = V::mul_int(V::to_int(width), stride);
  const auto cell = V::add_int(V::mul_int(V::to_int(top), V::to_int(width)), V::to_int(left));
  s.offset[0] = V::mul_int(V::add_int(V::load_int(table.start + first), cell), stride);
  s.offset[1] = V::add_int(s.offset[0], stride);
  s.offset[2] = V::add_int(s.offset[0], line);
  s.offset[3] = V::add_int(s.offset[2], stride);
  return s;
}

// Rows and weights of one vector of samples, as the channel loops read them.
template <class V>
struct Rows {
  alignas(64) float weight[kCorners][V::kLanes];
  alignas(64) const float* value[kCorners][V::kLanes];
  alignas(64) float* grad[kCorners][V::kLanes];
};

template <class V>
[[gnu::always_inline]] inline void store_weights(const Samples<V>& s, typename V::F attention,
                                                 Rows<V>& rows) {
  attention = V::only(s.inside, attention);  // a NaN there must not count
  for (int c = 0; c < kCorners; ++c) V::store(rows.weight[c], V::mul(attention, s.weight[c]));
}

// A query's own numbers come from memory one row of heads after another, a pattern that hardware
// does not foresee. This is the slot to ask for now, a few queries ahead within the block.
constexpr std::int64_t kQueriesAhead = 4;

inline std::int64_t query_ahead(const QueryBlock& block, std::int64_t row, std::int64_t column) {
  const std::int64_t ahead = column + kQueriesAhead;
  const bool in_row = ahead < block.columns;
  return block.first + (in_row ? row : row + 1) * block.row_stride +
         (in_row ? ahead : ahead - block.columns);
}

template <int kForWriting = 0>
inline void prefetch(const float* p, std::int64_t count) {
  constexpr std::int64_t kLine = 16;
  for (std::int64_t i = 0; i < count; i += kLine) __builtin_prefetch(p + i, kForWriting);
}

// ---- forward ----

template <class V, int kVectors>
[[gnu::always_inline]] inline void add_rows(const Rows<V>& rows, int count, std::int64_t channel,
                                            float* out) {
  constexpr int kChains = V::kRegisters / (2 * kVectors) >= kCorners ? kCorners : 2;
  typename V::F sum[kChains][kVectors];
  for (auto& chain : sum)
    for (auto& v : chain) v = V::zero();
  for (int i = 0; i < count; ++i) {
    for (int c = 0; c < kCorners; ++c) {
      const auto weight = V::set1(rows.weight[c][i]);
      const float* row = rows.value[c][i] + channel;
      for (int v = 0; v < kVectors; ++v) {
        auto& to = sum[c % kChains][v];
        to = V::fma(weight, V::loadu(row + v * V::kLanes), to);
      }
    }
  }
  for (int v = 0; v < kVectors; ++v) {
    auto total = V::add(sum[0][v], sum[1][v]);
    if constexpr (kChains == kCorners) total = V::add(total, V::add(sum[2][v], sum[3][v]));
    float* to = out + channel + v * V::kLanes;
    V::storeu(to, V::add(V::loadu(to), total));
  }
}

template <class V>
[[gnu::always_inline]] inline void add_rows(const Rows<V>& rows, int count, std::int64_t channels,
                                            float* out) {
  std::int64_t channel = 0;
  for (; channels - channel >= 4 * V::kLanes; channel += 4 * V::kLanes)
    add_rows<V, 4>(rows, count, channel, out);
  for (; channels - channel >= 2 * V::kLanes; channel += 2 * V::kLanes)
    add_rows<V, 2>(rows, count, channel, out);
  for (; channel < channels; channel += V::kLanes) add_rows<V, 1>(rows, count, channel, out);
}

alignas(64) constexpr float kZeroRow[kMaxSimdChannels] = {};

template <class V>
void forward(const MsDeformAttnForward<float>& call, std::int64_t image, std::int64_t head,
             const QueryBlock& block) {
  const auto& sizes = call.sizes;
  const LevelTable<V> table(sizes);
  const auto stride = static_cast<std::int32_t>(call.strides.token);
  const float* value = call.value + image * call.strides.batch + head * call.strides.head;
  Rows<V> rows;
  alignas(64) float places[2 * kMaxSimdSamples];
  for (std::int64_t i = 0; i < block.rows; ++i) {
    for (std::int64_t j = 0; j < block.columns; ++j) {
      const std::int64_t query = block.first + i * block.row_stride + j;
      const std::int64_t slot = (image * sizes.queries + query) * sizes.heads + head;
      const std::int64_t next = query_ahead(block, i, j);
      const std::int64_t ahead = (image * sizes.queries + next) * sizes.heads + head;
      prefetch(call.locations != nullptr ? call.locations + ahead * table.samples * 2
                                         : offsets_of(call, image, next, head),
               table.samples * 2);
      prefetch(call.weights + ahead * table.samples, table.samples);
      prefetch<1>(call.out + ahead * sizes.channels, sizes.channels);
      const float* locations = locations_of(call, image, query, head, places);
      const float* weights = call.weights + slot * table.samples;
      float* out = call.out + slot * sizes.channels;
      for (std::int64_t d = 0; d < sizes.channels; d += V::kLanes) V::storeu(out + d, V::zero());
      for (int k = 0; k < table.samples; k += V::kLanes) {
        const int count = table.lanes_from(k);
        const auto samples = locate<V>(table, k, locations, stride);
        store_weights<V>(samples, V::load_first(weights + k, count), rows);
        for (int c = 0; c < kCorners; ++c)
          V::store_addresses(value, samples.offset[c], samples.exists[c], kZeroRow, rows.value[c]);
        add_rows<V>(rows, count, sizes.channels, out);
      }
    }
  }
}

// ---- backward ----

// One corner of one sample: the vector whose lanes sum to grad_out . value there; the gradient's row gets its share of
// grad_out. kVectors of them are grad_out in registers (`grad`), or, with 0, it is read again for every corner. Where rows
// of value and gradient alternate, rows.grad has those of the value.
template <class V, bool kAlternate, int kVectors>
[[gnu::always_inline]] inline typename V::F visit_row(const Rows<V>& rows, int c, int i,
                                                      std::int64_t channels, const float* grad_out,
                                                      const typename V::F* grad) {
  const auto weight = V::set1(rows.weight[c][i]);
  float* const place = rows.grad[c][i];
  const float* row = kAlternate ? place : rows.value[c][i];
  float* to = kAlternate ? place + channels : place;
  const std::int64_t vectors = kVectors > 0 ? kVectors : channels / V::kLanes;
  auto product = V::zero();
  for (std::int64_t v = 0; v < vectors; ++v, row += V::kLanes, to += V::kLanes) {
    const auto of_out = kVectors > 0 ? grad[v] : V::loadu(grad_out + v * V::kLanes);
    product = V::fma(of_out, V::loadu(row), product);
    V::storeu(to, V::fma(weight, of_out, V::loadu(to)));
  }
  return product;
}

// folded[i] gets the products of grad_out with the corners of sample i, folded as V::sum_corners reads them. Samples of a
// level lie close together: those of different levels take turns, since a sum of a row waits for the row's last one.
template <class V, bool kAlternate, int kVectors>
[[gnu::always_inline]] inline void visit_rows(const Rows<V>& rows, int count, int points,
                                              std::int64_t channels, const float* grad_out,
                                              typename V::F* folded) {
  typename V::F grad[kVectors > 0 ? kVectors : 1];
  for (int v = 0; v < kVectors; ++v) grad[v] = V::loadu(grad_out + v * V::kLanes);
  if constexpr (kVectors > 0) channels = kVectors * V::kLanes;
  for (int first = 0; first < points && first < count; ++first) {
    for (int i = first; i < count; i += points) {
      typename V::F product[kCorners];
      for (int c = 0; c < kCorners; ++c)
        product[c] = visit_row<V, kAlternate, kVectors>(rows, c, i, channels, grad_out, grad);
      folded[i] = V::fold_corners(product);
    }
  }
}

template <class V, bool kAlternate>
[[gnu::always_inline]] inline void visit_rows(const Rows<V>& rows, int count, int points,
                                              std::int64_t channels, const float* grad_out,
                                              typename V::F* folded) {
  const std::int64_t vectors = channels / V::kLanes;
  if (vectors == 1) {
    visit_rows<V, kAlternate, 1>(rows, count, points, channels, grad_out, folded);
  } else if (vectors == 2) {
    visit_rows<V, kAlternate, 2>(rows, count, points, channels, grad_out, folded);
  } else if (vectors == 4) {
    visit_rows<V, kAlternate, 4>(rows, count, points, channels, grad_out, folded);
  } else {
    visit_rows<V, kAlternate, 0>(rows, count, points, channels, grad_out, folded);
  }
}

// The gradients of one vector of samples from the folded products of grad_out with their corners.
template <class V>
[[gnu::always_inline]] inline void store_gradients(const LevelTable<V>& table, int first,
                                                   const Samples<V>& s, typename V::F attention,
                                                   const typename V::F* folded,
                                                   float* grad_locations, float* grad_weights) {
  const int count = table.lanes_from(first);
  typename V::F p[kCorners];
  V::sum_corners(folded, p);
  for (auto& corner : p) corner = V::only(s.inside, corner);
  const auto top = V::sub(p[1], p[0]);
  const auto bottom = V::sub(p[3], p[2]);
  const auto left = V::sub(p[2], p[0]);
  const auto right = V::sub(p[3], p[1]);
  auto in_weight = V::mul(s.weight[0], p[0]);
  for (int c = 1; c < kCorners; ++c) in_weight = V::fma(s.weight[c], p[c], in_weight);
  const auto in_x = V::fma(s.below, V::sub(bottom, top), top);
  const auto in_y = V::fma(s.right, V::sub(right, left), left);
  attention = V::only(s.inside, attention);
  V::store_first(grad_weights + first, count, in_weight);
  V::store_pairs(grad_locations + 2 * first, count,
                 V::mul(V::mul(V::load(table.width + first), attention), in_x),
                 V::mul(V::mul(V::load(table.height + first), attention), in_y));
}

// What backward reads and writes of one slot, for the processor to fetch.
[[gnu::always_inline]] inline void prefetch_slot(const MsDeformAttnBackward<float>& call,
                                                 std::int64_t slot) {
  const std::int64_t samples = call.sizes.samples();
  prefetch(call.grad_out + slot * call.sizes.channels, call.sizes.channels);
  prefetch(call.locations + slot * samples * 2, samples * 2);
  prefetch(call.weights + slot * samples, samples);
  prefetch<1>(call.grad_locations + slot * samples * 2, samples * 2);
  prefetch<1>(call.grad_weights + slot * samples, samples);
}

// `missing` is what corners outside their level read, zeros, and write, what nobody wants: as many of both as a row has,
// for each corner. Of one row alone every sum would wait for the last one's, and at the edges of small levels many do.
template <class V, bool kAlternate>
[[gnu::always_inline]] inline void store_rows(const MsDeformAttnBackward<float>& call,
                                              std::int64_t start, const Samples<V>& samples,
                                              float* missing, Rows<V>& rows) {
  const std::int64_t channels = call.sizes.channels;
  for (int c = 0; c < kCorners; ++c, missing += 2 * channels) {
    if constexpr (kAlternate) {
      V::store_addresses(call.grad_value - channels + start, samples.offset[c], samples.exists[c],
                         missing, rows.grad[c]);
    } else {
      V::store_addresses(call.value + start, samples.offset[c], samples.exists[c], kZeroRow,
                         rows.value[c]);
      V::store_addresses(call.grad_value + start, samples.offset[c], samples.exists[c],
                         missing + channels, rows.grad[c]);
    }
  }
}

template <class V, bool kAlternate>
void backward_of_block(const MsDeformAttnBackward<float>& call, std::int64_t image,
                       std::int64_t head, const QueryBlock& block) {
  const auto& sizes = call.sizes;
  const LevelTable<V> table(sizes);
  const auto stride = static_cast<std::int32_t>(call.strides.token);
  const std::int64_t start = image * call.strides.batch + head * call.strides.head;
  alignas(64) float missing[kCorners * 2 * kMaxSimdChannels];
  for (std::int64_t x = 0; x < kCorners * 2 * sizes.channels; ++x) missing[x] = 0;
  Rows<V> rows;
  typename V::F folded[V::kLanes];
  for (auto& sample : folded) sample = V::zero();
  for (std::int64_t i = 0; i < block.rows; ++i) {
    for (std::int64_t j = 0; j < block.columns; ++j) {
      const std::int64_t query = block.first + i * block.row_stride + j;
      const std::int64_t slot = (image * sizes.queries + query) * sizes.heads + head;
      prefetch_slot(call, (image * sizes.queries + query_ahead(block, i, j)) * sizes.heads + head);
      const float* grad_out = call.grad_out + slot * sizes.channels;
      const float* locations = call.locations + slot * table.samples * 2;
      const float* weights = call.weights + slot * table.samples;
      for (int k = 0; k < table.samples; k += V::kLanes) {
        const int count = table.lanes_from(k);
        const auto samples = locate<V>(table, k, locations, stride);
        const auto attention = V::load_first(weights + k, count);
        store_weights<V>(samples, attention, rows);
        store_rows<V, kAlternate>(call, start, samples, missing, rows);
        visit_rows<V, kAlternate>(rows, count, static_cast<int>(sizes.points), sizes.channels,
                                  grad_out, folded);
        store_gradients<V>(table, k, samples, attention, folded,
                           call.grad_locations + slot * table.samples * 2,
                           call.grad_weights + slot * table.samples);
      }
    }
  }
}

// Where the gradient of each row of the value lies right behind it, one address serves both.
template <class V>
void backward(const MsDeformAttnBackward<float>& call, std::int64_t image, std::int64_t head,
              const QueryBlock& block) {
  const bool alternate = call.strides.token == 2 * call.sizes.channels &&
                         call.grad_value == call.value + call.sizes.channels;
  if (alternate) {
    backward_of_block<V, true>(call, image, head, block);
  } else {
    backward_of_block<V, false>(call, image, head, block);
  }
}

}  // namespace
}  // namespace saccade
