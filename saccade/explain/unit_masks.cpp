// What an intervention names, as masks.
#include "saccade/explain/unit_masks.h"

#include <ATen/ATen.h>

#include "saccade/op/transfer.h"

namespace saccade {

at::Tensor members(const IndexSet& set, std::int64_t size, at::Device device) {
  if (set.all) return at::ones({size}, at::TensorOptions(device).dtype(at::kBool));
  const at::Tensor mask = at::zeros({size}, at::kBool);
  bool* const at = mask.mutable_data_ptr<bool>();
  for (const int index : set.some) {
    if (index < size) at[index] = true;
  }
  return to_device(mask, device);
}

at::Tensor rows_of(const AttentionUnit& unit, std::int64_t queries, std::int64_t heads,
                   at::Device device) {
  return members(unit.queries, queries, device)
      .unsqueeze(1)
      .logical_and(members(unit.heads, heads, device).unsqueeze(0));
}

at::Tensor entries_of(const AttentionUnit& unit, const at::Tensor& weights) {
  return members(unit.levels, weights.size(3), weights.device())
      .unsqueeze(1)
      .logical_and(members(unit.points, weights.size(4), weights.device()).unsqueeze(0));
}

at::Tensor places_of(const AttentionUnit& unit, const at::Tensor& weights) {
  return rows_of(unit, weights.size(1), weights.size(2), weights.device())
      .unsqueeze(-1)
      .unsqueeze(-1)
      .logical_and(entries_of(unit, weights))
      .unsqueeze(-1);
}

at::Tensor real_tokens(const std::vector<LevelShape>& levels, const at::Tensor& valid_ratios) {
  std::vector<at::Tensor> all;
  for (std::size_t l = 0; l < levels.size(); ++l) {
    const at::Tensor ratio = valid_ratios.select(1, static_cast<std::int64_t>(l));  // (w, h)
    const auto within = [&](std::int64_t cells, std::int64_t axis) {
      const at::Tensor count = ratio.select(1, axis) * static_cast<double>(cells);
      return at::arange(cells, ratio.options()) + 0.5 < count.unsqueeze(1);  // [N, cells]
    };
    all.push_back(within(levels[l].height, 1)
                      .unsqueeze(2)
                      .logical_and(within(levels[l].width, 0).unsqueeze(1))
                      .flatten(1));
  }
  return at::cat(all, 1);
}

at::Tensor counted(AttentionSite site, const PassImages& images, std::int64_t batch,
                   std::int64_t queries, at::Device device) {
  if (site == AttentionSite::kEncoderSelf) return real_tokens(images.levels, images.valid_ratios);
  return at::ones({batch, queries}, at::TensorOptions(device).dtype(at::kBool));
}

at::Tensor image_sizes(const PassImages& images) {
  std::vector<double> sizes;
  for (const OriginalSize& size : images.sizes)
    sizes.insert(sizes.end(), {size.width, size.height});
  return at::tensor(sizes, at::kDouble).view({-1, 2});
}

// In the frame of the picture: cells' centres are fractions of padded levels.
at::Tensor cells_inside(const MemoryRegion& region, const PassImages& images) {
  std::vector<at::Tensor> all;
  for (std::size_t n = 0; n < images.sizes.size(); ++n) {
    std::vector<at::Tensor> cells;
    for (std::size_t l = 0; l < images.levels.size(); ++l) {
      const LevelShape& level = images.levels[l];
      const at::Tensor ratio =
          images.valid_ratios[static_cast<std::int64_t>(n)][static_cast<std::int64_t>(l)];
      const auto centres = [&](std::int64_t count, std::int64_t axis, double pixels) {
        return (at::arange(count, ratio.options()) + 0.5) /
               (ratio.select(0, axis) * static_cast<double>(count)) * pixels;
      };
      const auto grid = at::meshgrid({centres(level.height, 1, images.sizes[n].height),
                                      centres(level.width, 0, images.sizes[n].width)},
                                     "ij");
      cells.push_back(inside(region.polygon, grid[1], grid[0]).flatten());
    }
    all.push_back(at::cat(cells));
  }
  return at::stack(all);
}

// Even-odd rule: a ray to the right crosses the border an odd number of times.
at::Tensor inside(const std::vector<std::array<double, 2>>& polygon, const at::Tensor& x,
                  const at::Tensor& y) {
  at::Tensor in = at::zeros_like(x, at::kBool);
  for (std::size_t i = 0; i < polygon.size(); ++i) {
    const auto& a = polygon[i];
    const auto& b = polygon[i == 0 ? polygon.size() - 1 : i - 1];
    if (a[1] == b[1]) continue;
    const at::Tensor spans = (y < a[1]).logical_xor(y < b[1]);
    const at::Tensor crossing = (y - a[1]) * ((b[0] - a[0]) / (b[1] - a[1])) + a[0];
    in = in.logical_xor(spans.logical_and(x < crossing));
  }
  return in;
}

}  // namespace saccade
