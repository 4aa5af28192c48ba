// The backward kernel of ms_deform_attn_simd.h, which says what holds for both.
#pragma once

#include "saccade/op/cpu/ms_deform_attn_simd.h"

namespace saccade {
namespace {

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
