// Interventions as arithmetic on attention weights and sampling locations: docs/interventions.md 4.
#pragma once

#include <ATen/core/Tensor.h>

#include "saccade/explain/intervention.h"
#include "saccade/explain/pass_images.h"
#include "saccade/model/attention_hook.h"

namespace saccade {

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
// w * exp(bias) where `wanted`, over the last axis summing to what they summed to.
at::Tensor preferring(const at::Tensor& weights, const at::Tensor& wanted, double bias);
// The mean over `queries` of `x` [N, Q, ..], 1 in the place of Q.
at::Tensor mean_over_queries(const at::Tensor& x, const at::Tensor& queries);

// Locations [N, Q, M, L, P, 2], or what broadcasts to them, of a call with its offsets changed, of all its queries, heads,
// levels and points.
at::Tensor changed_locations(const DeformableAttentionCall& call, const OffsetsChange& change,
                             const PassImages& images);
// The same with moved references.
at::Tensor changed_locations(const DeformableAttentionCall& call, const ReferenceChange& change,
                             const PassImages& images);
// These references, [N, Q, L, 2 or 4], of all its queries.
at::Tensor changed_references(const DeformableAttentionCall& call, const ReferenceChange& change,
                              const PassImages& images);

}  // namespace saccade
