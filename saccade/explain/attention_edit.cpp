// Interventions as arithmetic on attention weights and sampling locations.
#include "saccade/explain/attention_edit.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <numbers>

#include "saccade/core/random.h"
#include "saccade/explain/query_variation.h"
#include "saccade/explain/unit_masks.h"
#include "saccade/model/deformable_attention.h"
#include "saccade/op/transfer.h"

namespace saccade {
namespace {

// x / total where there is a total, else 0.
at::Tensor share_of(const at::Tensor& x, const at::Tensor& total) {
  return at::where(total > 0, x / total, at::zeros({}, x.options()));
}

// Shares of the named entries among themselves, changed. [N, Q, M, E], or something that broadcasts to it.
at::Tensor changed_shares(const WeightsToEdit& w, const at::Tensor& shares,
                          const WeightsChange& change) {
  // Keys that a mask hides have weight 0 and stay hidden.
  const at::Tensor open = (w.weights != 0).logical_and(w.entries).to(shares.scalar_type());
  switch (change.kind) {
    case WeightsChange::Kind::kUniform:
      return share_of(open, open.sum(-1, /*keepdim=*/true));
    case WeightsChange::Kind::kMean:
      return mean_over_queries(shares, w.queries);
    case WeightsChange::Kind::kArgmax:
      return at::zeros_like(shares).scatter_(-1, shares.argmax(-1, true), 1);
    case WeightsChange::Kind::kTemperature: {
      const at::Tensor powers = shares.pow(1 / change.temperature) * open;
      return share_of(powers, powers.sum(-1, true));
    }
    case WeightsChange::Kind::kValues:
      return at::tensor(change.values, at::kDouble).to(shares.options());
  }
  return shares;
}

at::Tensor sizes_of(const DeformableAttentionCall& call) {
  return call.level_sizes.to(call.sampling_locations.scalar_type()).view({1, 1, 1, -1, 1, 2});
}

// Pixels of the original image, [L or 1, P or 1, 2] -> [N, 1, 1, L, P or 1, 2] as fractions of the padded levels.
at::Tensor on_levels(const at::Tensor& pixels, const DeformableAttentionCall& call,
                     const PassImages& images) {
  const at::Tensor of_images = pixels.unsqueeze(0) / image_sizes(images).view({-1, 1, 1, 2});
  const at::Tensor& ratios = images.valid_ratios;
  const at::Tensor fractions =
      to_device(of_images, ratios.device()).to(call.sampling_locations.scalar_type()) *
      ratios.unsqueeze(2);  // [N, L, P or 1, 2]
  return fractions.unsqueeze(1).unsqueeze(1);
}

// The point of a change, [N, 1, 1, L, 1, 2].
at::Tensor point_on_levels(const ReferenceChange& change, const DeformableAttentionCall& call,
                           const PassImages& images) {
  return on_levels(at::tensor({change.point[0], change.point[1]}, at::kDouble).view({1, 1, 2}),
                   call, images);
}

// The places of the samples that are named, pixels, [L, P, 2]; 0 elsewhere.
at::Tensor places_grid(const OffsetsChange& change, const at::Tensor& weights) {
  const std::int64_t levels = weights.size(3), points = weights.size(4);
  at::Tensor grid = at::zeros({levels, points, 2}, at::kDouble);
  auto at = grid.accessor<double, 3>();
  std::size_t sample = 0;  // fewer places than samples begin again
  for (int l = 0; l < levels; ++l) {
    for (int p = 0; p < points; ++p) {
      if (!change.unit.levels.has(l) || !change.unit.points.has(p)) continue;
      const auto& place = change.places[sample++ % change.places.size()];
      at[l][p][0] = place[0];
      at[l][p][1] = place[1];
    }
  }
  return grid;
}

// Cells of a level are as high as they are wide, to within a cell: angles are those of the picture.
at::Tensor rotated(const at::Tensor& offsets, double degrees) {
  const double angle = degrees * std::numbers::pi / 180;
  const double cosine = std::cos(angle), sine = std::sin(angle);
  const at::Tensor x = offsets.select(-1, 0), y = offsets.select(-1, 1);
  return at::stack({x * cosine - y * sine, x * sine + y * cosine}, -1);
}

// The same for every image of a batch, whatever the device.
at::Tensor noise_of(const DeformableAttentionCall& call, unsigned long long seed) {
  const auto site = static_cast<std::uint64_t>(call.site);
  const auto layer = static_cast<std::uint64_t>(call.layer);
  auto generator = at::make_generator<at::CPUGeneratorImpl>(Random({seed, site, layer}).next());
  const auto shape = call.sampling_locations.sizes().slice(1);
  return to_device(at::randn(shape, generator, at::kFloat), call.sampling_locations.device())
      .to(call.sampling_locations.scalar_type());
}

}  // namespace

at::Tensor mean_over_queries(const at::Tensor& x, const at::Tensor& queries) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(x.dim()), 1);
  shape[0] = queries.size(0);
  shape[1] = queries.size(1);
  const at::Tensor counted = queries.to(x.scalar_type()).view(shape);
  return (x * counted).sum(1, true) / counted.sum(1, true);
}

at::Tensor preferring(const at::Tensor& weights, const at::Tensor& wanted, double bias) {
  const at::Tensor more = at::where(wanted, weights * std::exp(bias), weights);
  return more * (weights.sum(-1, true) / more.sum(-1, true)).nan_to_num(0, 0, 0);
}

at::Tensor without_entries(const WeightsToEdit& w, bool renormalise) {
  at::Tensor rest = w.weights.masked_fill(w.entries, 0);
  if (renormalise) rest = share_of(rest, rest.sum(-1, true));
  return at::where(w.rows.unsqueeze(-1), rest, w.weights);
}

at::Tensor changed_weights(const WeightsToEdit& w, const WeightsChange& change) {
  const at::Tensor named = w.weights.masked_fill(w.entries.logical_not(), 0);
  const at::Tensor total = named.sum(-1, true);
  const at::Tensor shares = changed_shares(w, share_of(named, total), change);
  // Explicit values are the weights themselves.
  const at::Tensor changed = change.kind == WeightsChange::Kind::kValues ? shares : shares * total;
  const at::Tensor whose = w.rows.unsqueeze(-1).logical_and(w.entries);
  return at::where(whose, changed, w.weights);
}

at::Tensor changed_locations(const DeformableAttentionCall& call, const OffsetsChange& change,
                             const PassImages& images) {
  const at::Tensor centre = centres_of(call.reference_points);
  const at::Tensor offsets = call.sampling_locations - centre;
  const at::Tensor sizes = sizes_of(call);
  switch (change.kind) {
    case OffsetsChange::Kind::kScale:
      return centre + offsets * change.amount;
    case OffsetsChange::Kind::kRotate:
      return centre + rotated(offsets * sizes, change.amount) / sizes;
    case OffsetsChange::Kind::kJitter:
      return call.sampling_locations + noise_of(call, change.seed) * change.amount / sizes;
    case OffsetsChange::Kind::kFreeze: {
      const at::Tensor bias = call.offset_bias.to(call.sampling_locations.scalar_type());
      return sampling_locations_of(call.reference_points, bias.unsqueeze(0).unsqueeze(0),
                                   call.level_sizes);
    }
    case OffsetsChange::Kind::kMean: {
      const at::Tensor queries =
          counted(call.site, images, offsets.size(0), offsets.size(1), offsets.device());
      return at_template_offsets(call, mean_over_queries(template_offsets(call), queries));
    }
    case OffsetsChange::Kind::kAt:
      return on_levels(places_grid(change, call.attention_weights), call, images);
  }
  return call.sampling_locations;
}

at::Tensor changed_locations(const DeformableAttentionCall& call, const ReferenceChange& change,
                             const PassImages& images) {
  const at::Tensor of_level = point_on_levels(change, call, images);
  if (change.kind == ReferenceChange::Kind::kMove) return call.sampling_locations + of_level;
  return call.sampling_locations + (of_level - centres_of(call.reference_points));
}

at::Tensor changed_references(const DeformableAttentionCall& call, const ReferenceChange& change,
                              const PassImages& images) {
  const at::Tensor& old = call.reference_points;
  const at::Tensor of_level = point_on_levels(change, call, images).squeeze(4).squeeze(2);
  const at::Tensor centre = old.narrow(-1, 0, 2);
  const at::Tensor moved =
      change.kind == ReferenceChange::Kind::kMove ? centre + of_level : of_level.expand_as(centre);
  return old.size(-1) == 2 ? moved : at::cat({moved, old.narrow(-1, 2, 2)}, -1);
}

}  // namespace saccade
