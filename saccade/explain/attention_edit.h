// Interventions as arithmetic on attention weights and sampling locations: docs/interventions.md 4.
#pragma once

#include <ATen/core/Tensor.h>

#include "saccade/explain/intervention.h"
#include "saccade/model/attention_hook.h"

namespace saccade {

// [size] bool, true for those in the set.
at::Tensor members(const IndexSet& set, std::int64_t size, at::Device device);

// True where a query stands for something: all but the tokens of an encoder's padding. [N, Q] bool.
at::Tensor real_tokens(const std::vector<LevelShape>& levels, const at::Tensor& valid_ratios);

// Weights over entries, the last axis: deformable attention's levels and points, dense attention's keys.
struct WeightsToEdit {
  at::Tensor weights;  // [N, Q, M, E]
  at::Tensor rows;     // [Q, M] bool: whose weights change
  at::Tensor entries;  // [E] bool: which of them
  at::Tensor queries;  // [N, Q] bool: those that a mean goes over
};
// The same weights with the named entries of the rows off. [N, Q, M, E].
at::Tensor without_entries(const WeightsToEdit& w, bool renormalise);
// With the named entries' share dealt out anew among them.
at::Tensor changed_weights(const WeightsToEdit& w, const WeightsChange& change);
// The mean over `queries` of `x` [N, Q, ..], 1 in the place of Q.
at::Tensor mean_over_queries(const at::Tensor& x, const at::Tensor& queries);

// Locations [N, Q, M, L, P, 2] of a call with its offsets changed, of all its queries, heads, levels and points.
at::Tensor changed_locations(const DeformableAttentionCall& call, const OffsetsChange& change);
// The same with moved references; `images` are the original sizes, valid_ratios [N, L, 2].
at::Tensor changed_locations(const DeformableAttentionCall& call, const ReferenceChange& change,
                             const std::vector<OriginalSize>& images,
                             const at::Tensor& valid_ratios);

// Places [N, .., L, P, 2] or [N, S, 2] as fractions of a padded level -> bool [..]: inside the polygon, in pixels of the image.
at::Tensor inside(const std::vector<std::array<double, 2>>& polygon, const at::Tensor& x,
                  const at::Tensor& y);

}  // namespace saccade
