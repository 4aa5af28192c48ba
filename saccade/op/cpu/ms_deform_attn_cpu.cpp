// ms_deform_attn on the CPU: from tensors to the kernels' pointers, and the work shared by threads.
#include "saccade/op/cpu/ms_deform_attn_cpu.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <c10/core/CPUAllocator.h>

#include <algorithm>
#include <vector>

#include "saccade/op/cpu/ms_deform_attn_kernels.h"
#include "saccade/op/parallel_parts.h"

namespace saccade {
namespace {

constexpr std::int64_t kBlockSide = 16;           // cells; a block of queries in the encoder
constexpr std::int64_t kBlockQueries = 256;       // a block of any other queries
constexpr std::int64_t kWorkPerThread = 1 << 18;  // multiplications worth waking a thread for

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

// Rows of one head next to each other share cache lines and pages with those of neighbouring cells,
// and the plane nearly fits the second-level cache. Copying it reads and writes each row once, which
// pays off where rows are read often: an encoder reads each 4 * L * P times, a decoder few at all.
bool planes_pay_off(const MsDeformAttnSizes& s) {
  return s.heads > 1 && s.queries * s.samples() >= 4 * s.tokens;
}

// The strides of a plane that stands for the whole value while its head is worked on.
MsDeformAttnStrides strides_of_plane(const MsDeformAttnSizes& s) {
  return {.batch = 0, .token = s.channels, .head = 0};
}

// From the allocator of tensors, which may give what was used before: new pages would cost a fault each.
template <typename T>
c10::DataPtr room_for(std::int64_t count) {
  return c10::GetCPUAllocator()->allocate(static_cast<std::size_t>(count) * sizeof(T));
}

template <typename From, typename T>
void copy_rows(const MsDeformAttnSizes& s, const From* from, std::int64_t from_stride, T* to,
               std::int64_t to_stride) {
  for (std::int64_t t = 0; t < s.tokens; ++t)
    std::copy_n(from + t * from_stride, s.channels, to + t * to_stride);
}

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

template <typename T>
MsDeformAttnKernels<T> kernels_for(const MsDeformAttnSizes& sizes, std::int64_t token_stride) {
  if constexpr (std::is_same_v<T, float>) {
    return ms_deform_attn_kernels(sizes, token_stride);
  } else {
    return ms_deform_attn_generic_double();
  }
}

// How many of `tasks` equal parts of a call a thread should take at least.
std::int64_t grain_of(const MsDeformAttnSizes& s, std::int64_t tasks) {
  const std::int64_t work = 4 * s.batch * s.heads * s.queries * s.samples() * s.channels;
  return std::max<std::int64_t>(1, tasks * kWorkPerThread / std::max<std::int64_t>(1, work));
}

// Tasks are heads, cut into parts of their queries where heads are fewer than threads. How they are
// cut has no effect on the result. A value of another type than the sums is widened into the planes.
template <typename T, typename Value>
void run_forward(MsDeformAttnForward<T> call, const Value* value) {
  const auto& s = call.sizes;
  const auto strides = token_major(s);
  const bool in_planes = planes_pay_off(s);
  const auto blocks = query_blocks(s);
  const auto num_blocks = static_cast<std::int64_t>(blocks.size());
  const std::int64_t heads = s.batch * s.heads;
  const std::int64_t parts = std::min(num_blocks, (at::get_num_threads() + heads - 1) / heads);
  call.strides = in_planes ? strides_of_plane(s) : strides;
  const auto kernels = kernels_for<T>(s, call.strides.token);
  const std::int64_t tasks = heads * parts;
  parallel_parts(tasks, grain_of(s, tasks), [&](std::int64_t begin, std::int64_t end) {
    const auto plane = room_for<T>(in_planes ? s.tokens * s.channels : 0);
    auto mine = call;
    if (in_planes) mine.value = static_cast<T*>(plane.get());
    for (std::int64_t task = begin; task < end; ++task) {
      const std::int64_t image = task / parts / s.heads;
      const std::int64_t head = task / parts % s.heads;
      const std::int64_t part = task % parts;
      if (in_planes && (task == begin || part == 0)) {
        copy_rows(s, value + image * strides.batch + head * strides.head, strides.token,
                  static_cast<T*>(plane.get()), s.channels);
      }
      for (auto b = num_blocks * part / parts; b < num_blocks * (part + 1) / parts; ++b)
        kernels.forward(mine, image, head, blocks[static_cast<std::size_t>(b)]);
    }
  });
}

// One head in a plane of which rows of the value and of its gradient alternate; the gradient is then copied back.
template <typename T>
void backward_in_plane(MsDeformAttnBackward<T> call, const MsDeformAttnKernels<T>& kernels,
                       const std::vector<QueryBlock>& blocks, std::int64_t image, std::int64_t head,
                       T* plane) {
  const auto& s = call.sizes;
  const auto strides = token_major(s);
  const std::int64_t start = image * strides.batch + head * strides.head;
  T* grad_value = call.grad_value + start;
  call.strides = {.batch = 0, .token = 2 * s.channels, .head = 0};
  for (std::int64_t t = 0; t < s.tokens; ++t) {
    T* row = std::copy_n(call.value + start + t * strides.token, s.channels,
                         plane + t * call.strides.token);
    std::fill_n(row, s.channels, T(0));
  }
  call.value = plane;
  call.grad_value = plane + s.channels;
  for (const QueryBlock& block : blocks) kernels.backward(call, image, head, block);
  copy_rows(s, call.grad_value, call.strides.token, grad_value, strides.token);
}

// Tasks are heads: a gradient plane has one writer, so there are no atomics and the sums are the
// same on every run.
template <typename T>
void run_backward(MsDeformAttnBackward<T> call) {
  const auto& s = call.sizes;
  const bool in_planes = planes_pay_off(s);
  call.strides = token_major(s);
  if (!in_planes) std::fill_n(call.grad_value, s.batch * call.strides.batch, T(0));
  const auto kernels = kernels_for<T>(s, in_planes ? 2 * s.channels : call.strides.token);
  const auto blocks = query_blocks(s);
  const std::int64_t heads = s.batch * s.heads;
  parallel_parts(heads, grain_of(s, heads), [&](std::int64_t begin, std::int64_t end) {
    const auto plane = room_for<T>(in_planes ? 2 * s.tokens * s.channels : 0);
    for (std::int64_t task = begin; task < end; ++task) {
      const std::int64_t image = task / s.heads;
      const std::int64_t head = task % s.heads;
      if (in_planes) {
        backward_in_plane(call, kernels, blocks, image, head, static_cast<T*>(plane.get()));
      } else {
        for (const QueryBlock& block : blocks) kernels.backward(call, image, head, block);
      }
    }
  });
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
                  .out = out.data_ptr<T>()},
                 value.const_data_ptr<T>());
  return out;
}

using Gradients = std::tuple<at::Tensor, at::Tensor, at::Tensor>;

template <typename T>
Gradients backward_as(const at::Tensor& grad_out, const at::Tensor& value, const at::Tensor& shapes,
                      const at::Tensor& locations, const at::Tensor& weights) {
  const auto levels = levels_of(shapes);
  const auto sizes = sizes_of(value, locations, levels);
  Gradients grads{at::empty_like(value), at::empty_like(locations), at::empty_like(weights)};
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

at::Tensor ms_deform_attn_shifted_cpu(const at::Tensor& value, const at::Tensor& spatial_shapes,
                                      const at::Tensor& references, const at::Tensor& offsets,
                                      const at::Tensor& attention_weights) {
  const auto levels = levels_of(spatial_shapes);
  const auto sizes = sizes_of(value, offsets, levels);
  const at::Tensor weights = attention_weights.contiguous(), from = references.contiguous();
  at::Tensor out =
      at::empty({sizes.batch, sizes.queries, sizes.heads * sizes.channels}, at::kFloat);
  if (out.numel() == 0) return out.to(value.scalar_type());
  MsDeformAttnForward<float> call{.sizes = sizes,
                                  .weights = weights.const_data_ptr<float>(),
                                  .out = out.data_ptr<float>(),
                                  .references = from.const_data_ptr<float>(),
                                  .offset_stride = offsets.stride(1)};
  if (offsets.scalar_type() == at::kFloat) {
    call.offsets = offsets.const_data_ptr<float>();
  } else {
    call.offset_bits = static_cast<const std::uint16_t*>(offsets.const_data_ptr());
  }
  if (value.scalar_type() == at::kBFloat16 && planes_pay_off(sizes)) {
    const at::Tensor rows = value.contiguous();
    run_forward(call, rows.const_data_ptr<at::BFloat16>());
  } else {
    const at::Tensor rows = value.to(at::kFloat).contiguous();
    call.value = rows.const_data_ptr<float>();
    run_forward(call, call.value);
  }
  return out.to(value.scalar_type());
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
