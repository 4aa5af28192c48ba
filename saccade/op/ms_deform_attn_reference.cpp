// The operator as plain tensor operations.
#include "saccade/op/ms_deform_attn_reference.h"

#include <ATen/ATen.h>

#include <vector>

namespace saccade {

at::Tensor ms_deform_attn_reference(const at::Tensor& value, const at::Tensor& spatial_shapes,
                                    const at::Tensor& sampling_locations,
                                    const at::Tensor& attention_weights) {
  constexpr int kBilinear = 0;
  constexpr int kZeros = 0;
  const auto batch = value.size(0);
  const auto heads = value.size(2);
  const auto channels = value.size(3);
  const auto queries = sampling_locations.size(1);
  const auto levels = sampling_locations.size(3);
  const auto points = sampling_locations.size(4);
  const auto shapes = spatial_shapes.accessor<std::int64_t, 2>();
  const at::Tensor grids = sampling_locations * 2 - 1;
  std::vector<std::int64_t> cells;
  for (std::int64_t l = 0; l < levels; ++l) cells.push_back(shapes[l][0] * shapes[l][1]);
  // One split, not a slice per level: a slice's gradient is as large as the whole value.
  const auto maps = value.split_with_sizes(cells, 1);
  std::vector<at::Tensor> samples;  // per level [N * M, D, Q, P]
  for (std::int64_t l = 0; l < levels; ++l) {
    const at::Tensor map = maps[static_cast<std::size_t>(l)]
                               .permute({0, 2, 3, 1})
                               .reshape({batch * heads, channels, shapes[l][0], shapes[l][1]});
    const at::Tensor grid =
        grids.select(3, l).transpose(1, 2).reshape({batch * heads, queries, points, 2});
    samples.push_back(at::grid_sampler(map, grid, kBilinear, kZeros, /*align_corners=*/false));
  }
  const at::Tensor weights =
      attention_weights.transpose(1, 2).reshape({batch * heads, 1, queries, levels * points});
  const at::Tensor out = (at::cat(samples, -1) * weights).sum(-1);
  return out.view({batch, heads * channels, queries}).transpose(1, 2);
}

}  // namespace saccade
