// The float32 kernels once for all vector widths, forward here and backward in ms_deform_attn_simd_backward.h;
// cpu/ms_deform_attn_<set>.cpp names the intrinsics.
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

// What shifted_locations() needs of the levels: for every x and y of a query's samples, the level's width or height, and
// which number of the query's reference it starts from. None where a vector does not hold a reference.
template <class V>
struct ShiftTable {
  alignas(64) float side[2 * kMaxSimdSamples];
  alignas(64) std::int32_t from[2 * kMaxSimdSamples];
  int numbers = 0;  // in whole vectors

  explicit ShiftTable(const MsDeformAttnForward<float>& call) {
    const auto& sizes = call.sizes;
    if (call.locations != nullptr || 2 * sizes.num_levels > V::kLanes) return;
    for (int i = 0; i < 2 * sizes.samples(); ++i) {
      const std::int64_t l = i / (2 * sizes.points);
      side[i] = static_cast<float>(i % 2 == 0 ? sizes.levels[l].width : sizes.levels[l].height);
      from[i] = static_cast<std::int32_t>(2 * l) + i % 2;
    }
    numbers = static_cast<int>(2 * sizes.samples()) / V::kLanes * V::kLanes;
  }
};

// As locations_of(): the same bits.
template <class V>
[[gnu::always_inline]] inline const float* shifted_locations(const MsDeformAttnForward<float>& call,
                                                             const ShiftTable<V>& table,
                                                             std::int64_t image, std::int64_t query,
                                                             std::int64_t head, float* buffer) {
  const auto& s = call.sizes;
  if (table.numbers != 2 * s.samples()) return locations_of(call, image, query, head, buffer);
  const int references = static_cast<int>(2 * s.num_levels);
  const auto reference =
      V::load_first(call.references + (image * s.queries + query) * references, references);
  const std::int64_t place = offset_place(call, image, query, head);
  for (int i = 0; i < table.numbers; i += V::kLanes) {
    const auto offset = call.offset_bits == nullptr
                            ? V::loadu(call.offsets + place + i)
                            : V::load_bfloat16(call.offset_bits + place + i);
    const auto shift = V::div(offset, V::load(table.side + i));
    V::store(buffer + i, V::add(V::pick(reference, V::load_int(table.from + i)), shift));
  }
  return buffer;
}

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

[[gnu::always_inline]] inline void prefetch_places(const MsDeformAttnForward<float>& call,
                                                   std::int64_t image, std::int64_t query,
                                                   std::int64_t head) {
  const auto& s = call.sizes;
  const std::int64_t numbers = s.samples() * 2;
  if (call.locations != nullptr)
    return prefetch(call.locations + ((image * s.queries + query) * s.heads + head) * numbers,
                    numbers);
  const std::int64_t place = offset_place(call, image, query, head);
  if (call.offset_bits == nullptr) return prefetch(call.offsets + place, numbers);
  prefetch(reinterpret_cast<const float*>(call.offset_bits + place), (numbers + 1) / 2);
}

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
  const ShiftTable<V> shifts(call);
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
      prefetch_places(call, image, next, head);
      prefetch(call.weights + ahead * table.samples, table.samples);
      prefetch<1>(call.out + ahead * sizes.channels, sizes.channels);
      const float* locations = shifted_locations(call, shifts, image, query, head, places);
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

}  // namespace
}  // namespace saccade
