// ms_deform_attn in portable C++: the formula of op.md 2 and 3, sample by sample.
#include <cmath>

#include <vector>

#include "saccade/op/cpu/ms_deform_attn_kernels.h"
#include "saccade/op/cpu/ms_deform_attn_places.h"

namespace saccade {
namespace {

constexpr int kCorners = 4;  // top left, top right, bottom left, bottom right

// One sample inside its level: where its four corners lie and how much each counts.
template <typename T>
struct Sample {
  T right = 0;  // fraction of a cell right of the left corners
  T below = 0;  // fraction of a cell below the upper corners
  T corner_weight[kCorners] = {};
  bool exists[kCorners] = {};
  std::int64_t offset[kCorners] = {};  // elements from the head's first row
};

// Returns false where the sample lies outside or its location is NaN: it then counts for nothing.
template <typename T>
bool locate(const MsDeformAttnLevel& level, T x, T y, std::int64_t token_stride, Sample<T>& s) {
  const T column = x * static_cast<T>(level.width) - T(0.5);
  const T row = y * static_cast<T>(level.height) - T(0.5);
  if (!(row > T(-1) && column > T(-1) && row < static_cast<T>(level.height) &&
        column < static_cast<T>(level.width))) {
    return false;
  }
  const T left = std::floor(column);
  const T top = std::floor(row);
  s.right = column - left;
  s.below = row - top;
  for (int k = 0; k < kCorners; ++k) {
    const auto c = static_cast<std::int64_t>(left) + (k & 1);
    const auto r = static_cast<std::int64_t>(top) + (k >> 1);
    s.exists[k] = r >= 0 && c >= 0 && r < level.height && c < level.width;
    s.offset[k] = (level.start + r * level.width + c) * token_stride;
    s.corner_weight[k] = ((k & 1) != 0 ? s.right : 1 - s.right) * (k > 1 ? s.below : 1 - s.below);
  }
  return true;
}

template <typename T>
void add_samples(const MsDeformAttnForward<T>& call, const T* value, const T* locations,
                 std::int64_t slot, T* out) {
  const auto& sizes = call.sizes;
  Sample<T> sample;
  for (std::int64_t d = 0; d < sizes.channels; ++d) out[d] = 0;
  for (std::int64_t i = 0; i < sizes.samples(); ++i) {
    const std::int64_t k = slot * sizes.samples() + i;
    if (!locate(sizes.levels[i / sizes.points], locations[2 * i], locations[2 * i + 1],
                call.strides.token, sample)) {
      continue;
    }
    for (int c = 0; c < kCorners; ++c) {
      if (!sample.exists[c]) continue;
      const T weight = call.weights[k] * sample.corner_weight[c];
      const T* row = value + sample.offset[c];
      for (std::int64_t d = 0; d < sizes.channels; ++d) out[d] += weight * row[d];
    }
  }
}

template <typename T>
void forward(const MsDeformAttnForward<T>& call, std::int64_t image, std::int64_t head,
             const QueryBlock& block) {
  const auto& sizes = call.sizes;
  const T* value = call.value + image * call.strides.batch + head * call.strides.head;
  std::vector<T> places(static_cast<std::size_t>(2 * sizes.samples()));
  for (std::int64_t i = 0; i < block.rows; ++i) {
    for (std::int64_t j = 0; j < block.columns; ++j) {
      const std::int64_t query = block.first + i * block.row_stride + j;
      const std::int64_t slot = (image * sizes.queries + query) * sizes.heads + head;
      const T* locations = locations_of(call, image, query, head, places.data());
      add_samples(call, value, locations, slot, call.out + slot * sizes.channels);
    }
  }
}

// In several sums, which compilers turn into vectors: one sum would wait for each of its additions.
template <typename T>
T dot(const T* a, const T* b, std::int64_t count) {
  constexpr std::int64_t kSums = 8;
  T sums[kSums] = {};
  std::int64_t i = 0;
  for (; i + kSums <= count; i += kSums)
    for (std::int64_t j = 0; j < kSums; ++j) sums[j] += a[i + j] * b[i + j];
  for (; i < count; ++i) sums[i % kSums] += a[i] * b[i];
  T total = 0;
  for (const T sum : sums) total += sum;
  return total;
}

// Scatters into grad_value and returns per corner the product of grad_out with the value there.
template <typename T>
void visit_corners(const MsDeformAttnBackward<T>& call, const Sample<T>& sample, T weight,
                   const T* grad_out, const T* value, T* grad_value, T* product) {
  for (int c = 0; c < kCorners; ++c) {
    product[c] = 0;
    if (!sample.exists[c]) continue;
    const T* row = value + sample.offset[c];
    T* grad_row = grad_value + sample.offset[c];
    const T share = weight * sample.corner_weight[c];
    for (std::int64_t d = 0; d < call.sizes.channels; ++d) grad_row[d] += share * grad_out[d];
    product[c] = dot(grad_out, row, call.sizes.channels);
  }
}

template <typename T>
void backward_slot(const MsDeformAttnBackward<T>& call, const T* value, T* grad_value,
                   std::int64_t slot) {
  const auto& sizes = call.sizes;
  const T* grad_out = call.grad_out + slot * sizes.channels;
  Sample<T> s;
  T p[kCorners];
  for (std::int64_t i = 0; i < sizes.samples(); ++i) {
    const std::int64_t k = slot * sizes.samples() + i;
    const auto& level = sizes.levels[i / sizes.points];
    T* grad_xy = call.grad_locations + 2 * k;
    grad_xy[0] = grad_xy[1] = call.grad_weights[k] = 0;
    const T weight = call.weights[k];
    if (!locate(level, call.locations[2 * k], call.locations[2 * k + 1], call.strides.token, s)) {
      continue;
    }
    visit_corners(call, s, weight, grad_out, value, grad_value, p);
    for (int c = 0; c < kCorners; ++c) call.grad_weights[k] += s.corner_weight[c] * p[c];
    grad_xy[0] = static_cast<T>(level.width) * weight *
                 ((1 - s.below) * (p[1] - p[0]) + s.below * (p[3] - p[2]));
    grad_xy[1] = static_cast<T>(level.height) * weight *
                 ((1 - s.right) * (p[2] - p[0]) + s.right * (p[3] - p[1]));
  }
}

template <typename T>
void backward(const MsDeformAttnBackward<T>& call, std::int64_t image, std::int64_t head,
              const QueryBlock& block) {
  const auto& sizes = call.sizes;
  const std::int64_t start = image * call.strides.batch + head * call.strides.head;
  for (std::int64_t i = 0; i < block.rows; ++i) {
    for (std::int64_t j = 0; j < block.columns; ++j) {
      const std::int64_t query = block.first + i * block.row_stride + j;
      const std::int64_t slot = (image * sizes.queries + query) * sizes.heads + head;
      backward_slot(call, call.value + start, call.grad_value + start, slot);
    }
  }
}

}  // namespace

MsDeformAttnKernels<float> ms_deform_attn_generic_float() {
  return {&forward<float>, &backward<float>};
}
MsDeformAttnKernels<double> ms_deform_attn_generic_double() {
  return {&forward<double>, &backward<double>};
}

}  // namespace saccade
