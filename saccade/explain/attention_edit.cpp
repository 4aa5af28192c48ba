// Interventions as arithmetic on attention weights and sampling locations.
#include "saccade/explain/attention_edit.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <numbers>

#include "saccade/core/random.h"
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

at::Tensor centres_of(const at::Tensor& reference_points) {
  return reference_points.narrow(-1, 0, 2).unsqueeze(2).unsqueeze(4);  // [N, Q, 1, L, 1, 2]
}

at::Tensor sizes_of(const DeformableAttentionCall& call) {
  return call.level_sizes.to(call.sampling_locations.scalar_type()).view({1, 1, 1, -1, 1, 2});
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

at::Tensor members(const IndexSet& set, std::int64_t size, at::Device device) {
  if (set.all) return at::ones({size}, at::TensorOptions(device).dtype(at::kBool));
  const at::Tensor mask = at::zeros({size}, at::kBool);
  bool* const at = mask.mutable_data_ptr<bool>();
  for (const int index : set.some) {
    if (index < size) at[index] = true;
  }
  return to_device(mask, device);
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

at::Tensor mean_over_queries(const at::Tensor& x, const at::Tensor& queries) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(x.dim()), 1);
  shape[0] = queries.size(0);
  shape[1] = queries.size(1);
  const at::Tensor counted = queries.to(x.scalar_type()).view(shape);
  return (x * counted).sum(1, true) / counted.sum(1, true);
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

at::Tensor changed_locations(const DeformableAttentionCall& call, const OffsetsChange& change) {
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
  }
  return call.sampling_locations;
}

at::Tensor changed_locations(const DeformableAttentionCall& call, const ReferenceChange& change,
                             const std::vector<OriginalSize>& images,
                             const at::Tensor& valid_ratios) {
  std::vector<double> fractions;
  for (const OriginalSize& image : images) {
    fractions.push_back(change.point[0] / image.width);
    fractions.push_back(change.point[1] / image.height);
  }
  const at::Tensor of_image = to_device(at::tensor(fractions, at::kDouble), valid_ratios.device())
                                  .to(call.sampling_locations.scalar_type())
                                  .view({-1, 1, 2});
  const at::Tensor of_level =
      (of_image * valid_ratios).view({valid_ratios.size(0), 1, 1, valid_ratios.size(1), 1, 2});
  if (change.kind == ReferenceChange::Kind::kMove) return call.sampling_locations + of_level;
  return call.sampling_locations + (of_level - centres_of(call.reference_points));
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
