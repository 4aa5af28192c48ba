// Contributions of sampling points.
#include "saccade/explain/contribution.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "saccade/core/error.h"
#include "saccade/explain/bilinear_cells.h"

namespace saccade {
namespace {

at::Tensor on_host(const at::Tensor& tensor) {
  return tensor.detach().to(at::kCPU, at::kDouble).contiguous();
}

// The cells that points read, a list each: rows of value.flatten(0, 1), the share of each, and the point it is of.
struct CellReads {
  std::vector<std::int64_t> rows, points;
  std::vector<double> shares;
};

// locations [Q, M, L, P, 2].
CellReads cells_read(const at::Tensor& locations, const std::vector<LevelShape>& levels) {
  const std::int64_t heads = locations.size(1), points = locations.size(3);
  const double* place = locations.const_data_ptr<double>();
  CellReads reads;
  std::int64_t point = 0;
  for (std::int64_t i = 0; i < locations.size(0) * heads; ++i) {
    std::int64_t start = 0;
    for (const LevelShape& level : levels) {
      for (std::int64_t p = 0; p < points; ++p, ++point) {
        visit_cells(level, place[2 * point], place[2 * point + 1],
                    [&](std::int64_t row, std::int64_t column, double share) {
                      const std::int64_t token = start + row * level.width + column;
                      reads.rows.push_back(token * heads + i % heads);
                      reads.points.push_back(point);
                      reads.shares.push_back(share);
                    });
      }
      start += level.cells();
    }
  }
  return reads;
}

// value [S, M, D] at locations [Q, M, L, P, 2]: [Q, M, L, P, D].
at::Tensor sample(const at::Tensor& value, const at::Tensor& locations,
                  const std::vector<LevelShape>& levels) {
  const CellReads reads = cells_read(locations, levels);
  std::vector<std::int64_t> shape = locations.sizes().vec();
  shape.back() = value.size(2);
  const at::Tensor rows = at::tensor(reads.rows, at::kLong).to(value.device());
  const at::Tensor cells = on_host(value.flatten(0, 1).index_select(0, rows)) *
                           at::tensor(reads.shares, at::kDouble).unsqueeze(1);
  return at::zeros({locations.numel() / 2, value.size(2)}, at::kDouble)
      .index_add(0, at::tensor(reads.points, at::kLong), cells)
      .view(shape);
}

std::string projection_name(AttentionSite site, int layer) {
  const bool encoder = site == AttentionSite::kEncoderSelf;
  return text_of("transformer.", encoder ? "encoder" : "decoder", ".layers.", layer,
                 encoder ? ".self_attn" : ".cross_attn", ".output_proj.weight");
}

// The heads whose outputs a change replaces, or null.
const AttentionUnit* replaced_unit(const AttentionChange& change) {
  if (const auto* off = std::get_if<HeadsOff>(&change)) return &off->unit;
  const auto* const patch = std::get_if<Patch>(&change);
  return patch != nullptr && patch->part == PatchPart::kHeads ? &patch->unit : nullptr;
}

}  // namespace

bool replaces_head(const std::vector<Intervention>& interventions, AttentionSite site, int layer,
                   std::int64_t query, std::int64_t head) {
  return std::any_of(interventions.begin(), interventions.end(),
                     [&](const Intervention& intervention) {
                       const AttentionUnit* const unit = replaced_unit(intervention.change);
                       return unit != nullptr && unit->module == site && unit->layers.has(layer) &&
                              unit->queries.has(static_cast<int>(query)) &&
                              unit->heads.has(static_cast<int>(head));
                     });
}

bool PointSampler::wants(const DeformableAttentionCall& call) const {
  return call.site == site_ && (layers_.empty() || std::find(layers_.begin(), layers_.end(),
                                                             call.layer) != layers_.end());
}

void PointSampler::on_levels(const std::vector<LevelShape>& levels, const at::Tensor& ratios) {
  if (ratios.size(0) != 1)
    throw Error(text_of("points are sampled from one image, this batch has ", ratios.size(0)));
  levels_ = levels;
  sampled_.clear();
  addends_.clear();
}

void PointSampler::on_deformable(DeformableAttentionCall& call) {
  if (!wants(call)) return;
  const at::Tensor chosen = at::tensor(queries_, at::kLong).to(call.value.device());
  const at::Tensor locations = on_host(call.sampling_locations[0].index_select(0, chosen));
  sampled_.push_back(
      {.layer = call.layer,
       .sampling_locations = locations,
       .attention_weights = on_host(call.attention_weights[0].index_select(0, chosen)),
       .sampled = sample(call.value[0].detach(), locations, levels_)});
}

void PointSampler::on_deformable_output(const DeformableAttentionCall& call, at::Tensor& output) {
  if (!probes_ || !wants(call)) return;
  addends_.push_back(at::zeros_like(output.detach()).requires_grad_(true));
  output = output + addends_.back();
}

void PointSampler::leave_out_replaced_heads(const std::vector<Intervention>& interventions) {
  for (SampledPoints& points : sampled_)
    for (std::size_t q = 0; q < queries_.size(); ++q)
      for (std::int64_t m = 0; m < points.attention_weights.size(1); ++m)
        if (replaces_head(interventions, site_, points.layer, queries_[q], m))
          points.attention_weights[static_cast<std::int64_t>(q)][m].zero_();
}

at::Tensor PointSampler::gradient(std::size_t i) const {
  const at::Tensor& addend = addends_.at(i);
  const at::Tensor gradient = addend.grad();
  if (!gradient.defined()) return at::zeros({std::ssize(queries_), addend.size(2)}, at::kDouble);
  const at::Tensor chosen = at::tensor(queries_, at::kLong).to(gradient.device());
  return on_host(gradient[0].index_select(0, chosen));
}

at::Tensor output_projection(Detector& detector, AttentionSite site, int layer) {
  const std::string wanted = projection_name(site, layer);
  at::Tensor found;
  detector.visit([&](const std::string& name, at::Tensor& tensor, TensorKind) {
    if (name == wanted) found = tensor;
  });
  if (!found.defined()) throw Error("this model has no deformable attention " + wanted);
  return on_host(found);
}

at::Tensor contribution_vectors(const SampledPoints& points, const at::Tensor& projection) {
  const std::int64_t heads = points.sampled.size(1);
  const at::Tensor of_head = projection.unflatten(1, {heads, -1}).permute({1, 2, 0});  // [M, D, C]
  const at::Tensor weighted = points.sampled * points.attention_weights.unsqueeze(-1);
  return at::matmul(weighted.flatten(2, 3), of_head)  // [Q, M, L * P, D] x [M, D, C]
      .unflatten(2, {weighted.size(2), weighted.size(3)});
}

at::Tensor contribution_norms(const SampledPoints& points, const at::Tensor& projection) {
  std::vector<at::Tensor> norms;
  for (std::int64_t q = 0; q < points.sampled.size(0); ++q) {
    const auto of_query = [&](const at::Tensor& all) { return all.narrow(0, q, 1); };
    const SampledPoints one{points.layer, of_query(points.sampling_locations),
                            of_query(points.attention_weights), of_query(points.sampled)};
    norms.push_back(contribution_vectors(one, projection).square().sum(-1).sqrt());
  }
  return at::cat(norms);
}

at::Tensor directed_contributions(const SampledPoints& points, const at::Tensor& head_gradient) {
  const std::int64_t heads = points.sampled.size(1);
  const at::Tensor along = head_gradient.view({head_gradient.size(0), heads, 1, 1, -1});
  return points.attention_weights * (points.sampled * along).sum(-1);
}

}  // namespace saccade
