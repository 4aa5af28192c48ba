// What an intervention names, as masks over the tensors of a call.
#pragma once

#include <ATen/core/Tensor.h>

#include "saccade/explain/intervention.h"
#include "saccade/explain/pass_images.h"

namespace saccade {

// [size] bool, true for those in the set.
at::Tensor members(const IndexSet& set, std::int64_t size, at::Device device);

// [Q, M] bool: the heads of the queries that a unit names.
at::Tensor rows_of(const AttentionUnit& unit, std::int64_t queries, std::int64_t heads,
                   at::Device device);

// [L, P] bool; `weights` are of deformable attention.
at::Tensor entries_of(const AttentionUnit& unit, const at::Tensor& weights);

// [Q, M, L, P, 1] bool: the locations that a unit names.
at::Tensor places_of(const AttentionUnit& unit, const at::Tensor& weights);

// True where a query stands for something: all but the tokens of an encoder's padding. [N, Q] bool.
at::Tensor real_tokens(const std::vector<LevelShape>& levels, const at::Tensor& valid_ratios);

// [N, Q] bool: queries that a mean goes over.
at::Tensor counted(AttentionSite site, const PassImages& images, std::int64_t batch,
                   std::int64_t queries, at::Device device);

// [N, 2] float64, on the CPU: width and height of the images, pixels.
at::Tensor image_sizes(const PassImages& images);

// [N, S] bool: cells of the memory whose centre lies in the region.
at::Tensor cells_inside(const MemoryRegion& region, const PassImages& images);

// Whether places, x and y in pixels of the image, lie in the polygon.
at::Tensor inside(const std::vector<std::array<double, 2>>& polygon, const at::Tensor& x,
                  const at::Tensor& y);

template <typename Call>
bool concerns(const AttentionUnit& unit, const Call& call) {
  return unit.module == call.site && unit.layers.has(call.layer);
}

}  // namespace saccade
