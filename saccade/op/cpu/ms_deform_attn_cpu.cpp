// ms_deform_attn on the CPU: from tensors to the kernels' pointers, and the work shared by threads.
#include "saccade/op/cpu/ms_deform_attn_cpu.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <vector>

#include "saccade/op/cpu/ms_deform_attn_kernels.h"

namespace saccade {
namespace {

constexpr std::int64_t kBlockSide = 16;       // cells; a block of queries in the encoder
constexpr std::int64_t kBlockQueries = 256;   // a block of any other queries
constexpr std::int64_t kTokensPerTask = 512;  // when rows are rearranged

std::vector<MsDeformAttnLevel> levels_of(const at::Tensor& spatial_shapes) {
  const auto shapes = spatial_shapes.accessor<std::int64_t, 2>();
  std::vector<MsDeformAttnLevel> levels;
  std::int64_t start = 0;
  for (std::int64_t l = 0; l < shapes.size(0); ++l) {
    levels.push_back({shapes[l][0], shapes[l][1], start});
    start += shapes[l][0] * shapes[l][1];
  }
  return levels;
}

MsDeformAttnSizes sizes_of(const at::Tensor& value, const at::Tensor& locations,
                           const std::vector<MsDeformAttnLevel>& levels) {
  return {.batch = value.size(0),
          .tokens = value.size(1),
          .heads = value.size(2),
          .channels = value.size(3),
          .queries = locations.size(1),
          .points = locations.size(4),
          .num_levels = static_cast<std::int64_t>(levels.size()),
          .levels = levels.data()};
}

// As published: the heads of a token lie side by side.
MsDeformAttnStrides token_major(const MsDeformAttnSizes& s) {
  return {
      .batch = s.tokens * s.heads * s.channels, .token = s.heads * s.channels, .head = s.channels};
}

// One plane per head: neighbouring cells lie side by side, so the rows of a query's samples share
// cache lines and pages.
MsDeformAttnStrides head_major(const MsDeformAttnSizes& s) {
  return {
      .batch = s.tokens * s.heads * s.channels, .token = s.channels, .head = s.tokens * s.channels};
}

// Turning the value into planes reads and writes each row once; it pays off where rows are read
// often (an encoder reads each 4 * L * P times, a decoder most of them never).
bool planes_pay_off(const MsDeformAttnSizes& s) { return s.queries * s.samples() >= 4 * s.tokens; }

// Queries that are the cells of the maps are taken by squares, others as they come. The order has
// no effect on the result of forward, and is the same on every run for backward.
std::vector<QueryBlock> query_blocks(const MsDeformAttnSizes& s) {
  std::vector<QueryBlock> blocks;
  if (s.queries != s.tokens) {
    for (std::int64_t q = 0; q < s.queries; q += kBlockQueries)
      blocks.push_back({.first = q, .columns = std::min(kBlockQueries, s.queries - q)});
    return blocks;
  }
  for (std::int64_t l = 0; l < s.num_levels; ++l) {
    const auto& level = s.levels[l];
    for (std::int64_t row = 0; row < level.height; row += kBlockSide) {
      for (std::int64_t column = 0; column < level.width; column += kBlockSide) {
        blocks.push_back({.first = level.start + row * level.width + column,
                          .rows = std::min(kBlockSide, level.height - row),
                          .columns = std::min(kBlockSide, level.width - column),
                          .row_stride = level.width});
      }
    }
  }
  return blocks;
}

// Copies every row of D channels from one layout to the other.
template <typename T>
void copy_rows(const MsDeformAttnSizes& s, const T* from, const MsDeformAttnStrides& from_strides,
               T* to, const MsDeformAttnStrides& to_strides) {
  const std::int64_t tasks = (s.tokens + kTokensPerTask - 1) / kTokensPerTask;
  at::parallel_for(0, s.batch * tasks, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t task = begin; task < end; ++task) {
      const std::int64_t n = task / tasks;
      const std::int64_t first = task % tasks * kTokensPerTask;
      const std::int64_t last = std::min(first + kTokensPerTask, s.tokens);
      for (std::int64_t m = 0; m < s.heads; ++m) {
        const T* a = from + n * from_strides.batch + m * from_strides.head;
        T* b = to + n * to_strides.batch + m * to_strides.head;
        for (std::int64_t t = first; t < last; ++t)
          std::copy_n(a + t * from_strides.token, s.channels, b + t * to_strides.token);
      }
    }
  });
}

template <typename T>
MsDeformAttnKernels<T> kernels_for(const MsDeformAttnSizes& sizes, std::int64_t token_stride) {
  if constexpr (std::is_same_v<T, float>) {
    return ms_deform_attn_kernels(sizes, token_stride);
  } else {
    return ms_deform_attn_generic_double();
  }
}

template <typename T>
void run_forward(MsDeformAttnForward<T> call) {
  const auto& s = call.sizes;
  call.strides = token_major(s);
  at::Tensor planes;
  if (planes_pay_off(s)) {
    planes =
        at::empty({s.batch * s.heads * s.tokens * s.channels}, at::CppTypeToScalarType<T>::value);
    copy_rows(s, call.value, call.strides, planes.data_ptr<T>(), head_major(s));
    call.value = planes.data_ptr<T>();
    call.strides = head_major(s);
  }
  const auto kernels = kernels_for<T>(s, call.strides.token);
  const auto blocks = query_blocks(s);
  const auto count = static_cast<std::int64_t>(blocks.size());
  at::parallel_for(0, s.batch * count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t task = begin; task < end; ++task)
      kernels.forward(call, task / count, blocks[static_cast<std::size_t>(task % count)]);
  });
}

template <typename T>
void run_backward(MsDeformAttnBackward<T> call) {
  const auto& s = call.sizes;
  call.strides = token_major(s);
  T* grad_value = call.grad_value;
  at::Tensor planes;
  if (planes_pay_off(s)) {
    const std::int64_t count = s.batch * s.heads * s.tokens * s.channels;
    planes = at::empty({2, count}, at::CppTypeToScalarType<T>::value);
    T* value = planes.data_ptr<T>();
    planes[1].zero_();
    copy_rows(s, call.value, call.strides, value, head_major(s));
    call.value = value;
    call.grad_value = value + count;
    call.strides = head_major(s);
  }
  const auto kernels = kernels_for<T>(s, call.strides.token);
  const auto blocks = query_blocks(s);
  at::parallel_for(0, s.batch * s.heads, 1, [&](std::int64_t begin, std::int64_t end) {
    for (const QueryBlock& block : blocks) {
      for (std::int64_t task = begin; task < end; ++task)
        kernels.backward(call, task / s.heads, task % s.heads, block);
    }
  });
  if (planes.defined()) copy_rows(s, call.grad_value, call.strides, grad_value, token_major(s));
}

// float32 for bfloat16: widened once, summed in float32 and rounded once.
at::ScalarType type_of_sums(const at::Tensor& value) {
  return value.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
}

template <typename T>
at::Tensor forward_as(const at::Tensor& value, const at::Tensor& shapes,
                      const at::Tensor& locations, const at::Tensor& weights) {
  const auto levels = levels_of(shapes);
  const auto sizes = sizes_of(value, locations, levels);
  at::Tensor out =
      at::empty({sizes.batch, sizes.queries, sizes.heads * sizes.channels}, value.options());
  if (out.numel() == 0) return out;
  run_forward<T>({.sizes = sizes,
                  .value = value.const_data_ptr<T>(),
                  .locations = locations.const_data_ptr<T>(),
                  .weights = weights.const_data_ptr<T>(),
                  .out = out.data_ptr<T>()});
  return out;
}

using Gradients = std::tuple<at::Tensor, at::Tensor, at::Tensor>;

template <typename T>
Gradients backward_as(const at::Tensor& grad_out, const at::Tensor& value, const at::Tensor& shapes,
                      const at::Tensor& locations, const at::Tensor& weights) {
  const auto levels = levels_of(shapes);
  const auto sizes = sizes_of(value, locations, levels);
  Gradients grads{at::zeros_like(value), at::empty_like(locations), at::empty_like(weights)};
  if (weights.numel() == 0) return grads;
  run_backward<T>({.sizes = sizes,
                   .grad_out = grad_out.const_data_ptr<T>(),
                   .value = value.const_data_ptr<T>(),
                   .locations = locations.const_data_ptr<T>(),
                   .weights = weights.const_data_ptr<T>(),
                   .grad_value = std::get<0>(grads).data_ptr<T>(),
                   .grad_locations = std::get<1>(grads).data_ptr<T>(),
                   .grad_weights = std::get<2>(grads).data_ptr<T>()});
  return grads;
}

}  // namespace

at::Tensor ms_deform_attn_cpu(const at::Tensor& value, const at::Tensor& spatial_shapes,
                              const at::Tensor& sampling_locations,
                              const at::Tensor& attention_weights) {
  const auto type = type_of_sums(value);
  const auto as_sums = [type](const at::Tensor& t) { return t.to(type).contiguous(); };
  const auto run = type == at::kDouble ? &forward_as<double> : &forward_as<float>;
  return run(as_sums(value), spatial_shapes, as_sums(sampling_locations),
             as_sums(attention_weights))
      .to(value.scalar_type());
}

Gradients ms_deform_attn_backward_cpu(const at::Tensor& grad_out, const at::Tensor& value,
                                      const at::Tensor& spatial_shapes,
                                      const at::Tensor& sampling_locations,
                                      const at::Tensor& attention_weights) {
  const auto type = type_of_sums(value);
  const auto as_sums = [type](const at::Tensor& t) { return t.to(type).contiguous(); };
  const auto run = type == at::kDouble ? &backward_as<double> : &backward_as<float>;
  const auto [grad_value, grad_locations, grad_weights] =
      run(as_sums(grad_out), as_sums(value), spatial_shapes, as_sums(sampling_locations),
          as_sums(attention_weights));
  return {grad_value.to(value.scalar_type()), grad_locations.to(sampling_locations.scalar_type()),
          grad_weights.to(attention_weights.scalar_type())};
}

}  // namespace saccade
