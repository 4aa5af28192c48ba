// Token maps of a decoder query.
#include "saccade/explain/token_map.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <numeric>

#include "saccade/core/error.h"
#include "saccade/explain/contribution.h"
#include "saccade/explain/intervention_reach.h"
#include "saccade/explain/trace.h"

namespace saccade {
namespace {

// Runs the decoder; with a graph where the target's gradient is wanted, and back through it.
PointSampler sampled_points(const AttributedImage& image, AttributionMethod method,
                            const AttributionTarget& target, const AttributionOptions& options) {
  const bool is_directed = method == AttributionMethod::kDirected;
  PointSampler sampler(AttentionSite::kDecoderCross, {target.query}, fused_layers(image, options),
                       is_directed);
  image.value_of(target, image.output());  // throws for a query that does not exist
  const at::AutoGradMode with_graph(is_directed);
  const ModelOutput output = image.decode(image.memory(), &sampler);
  if (sampler.layers().empty()) throw Error(nothing_looked_at());
  if (is_directed) take_gradient(image.value_of(target, output));
  sampler.leave_out_replaced_heads(image.interventions());
  return sampler;
}

at::Tensor scores_of(const AttributedImage& image, AttributionMethod method,
                     const PointSampler& sampler, std::size_t i) {
  const SampledPoints& points = sampler.layers()[i];
  switch (method) {
    case AttributionMethod::kWeights:
      return points.attention_weights;
    case AttributionMethod::kContribution:
      return contribution_norms(
          points, output_projection(image.detector(), AttentionSite::kDecoderCross, points.layer));
    case AttributionMethod::kDirected:
      return directed_contributions(points, sampler.gradient(i));
    default:
      throw Error("a method that scores no sampling points");
  }
}

void add_to(std::vector<at::Tensor>& sum, const std::vector<at::Tensor>& maps) {
  if (sum.empty()) {
    sum = maps;
    return;
  }
  for (std::size_t l = 0; l < maps.size(); ++l) sum[l] += maps[l];
}

double total_of(const std::vector<at::Tensor>& maps) {
  return std::accumulate(maps.begin(), maps.end(), 0.0, [](double sum, const at::Tensor& map) {
    return sum + map.sum().item<double>();
  });
}

// [cells] of one layer, a share of 1; not defined where all of its heads give nothing.
at::Tensor dense_share(const AttributedImage& image, const DenseTrace& dense, int query) {
  at::Tensor of_heads = dense.weights.select(1, query).to(at::kDouble).clone();  // [M, cells]
  for (std::int64_t m = 0; m < of_heads.size(0); ++m)
    if (replaces_head(image.interventions(), AttentionSite::kDecoderCross, dense.layer, query, m))
      of_heads[m].zero_();
  const at::Tensor cells = of_heads.sum(0);
  const double sum = cells.sum().item<double>();
  return sum > 0 ? cells / sum : at::Tensor();
}

std::vector<at::Tensor> dense_levels(const AttributedImage& image, const AttributionTarget& target,
                                     const AttributionOptions& options) {
  image.value_of(target, image.output());  // throws for a query that does not exist
  const std::vector<int> layers = fused_layers(image, options);
  TraceRecorder recorder({});
  const at::AutoGradMode no_graph(false);
  image.decode(image.memory(), &recorder);
  const LevelShape& level = image.memory().levels[0];
  bool looked = false;
  std::vector<at::Tensor> maps;
  for (const int layer : layers) {
    const DenseTrace* const dense = Trace::find(recorder.trace().decoder_dense, layer);
    if (dense == nullptr) continue;  // an intervention skips it
    looked = true;
    const at::Tensor share = dense_share(image, *dense, target.query);
    if (share.defined()) maps.push_back(share);
  }
  if (!looked) throw Error(nothing_looked_at());
  if (maps.empty()) return {at::zeros({level.height, level.width}, at::kDouble)};
  return {at::stack(maps).mean(0).view({level.height, level.width})};
}

// Of the methods that score points; `map.outside` too.
void add_point_levels(AttributionMap& map, const AttributedImage& image,
                      const std::vector<PointScores>& layers) {
  // A layer whose points all gave nothing has no share to hand out.
  const auto gave = std::count_if(layers.begin(), layers.end(), [](const PointScores& layer) {
    return layer.scores.sum().item<double>() > 0;
  });
  for (const PointScores& layer : layers) {
    const double sum = layer.scores.sum().item<double>();
    const double scale = map.is_signed ? 1 : sum > 0 ? 1 / (sum * static_cast<double>(gave)) : 0;
    add_to(map.levels,
           scatter_points(layer.sampling_locations, layer.scores * scale, image.memory().levels));
  }
  if (!map.is_signed && gave > 0) map.outside = std::max(0.0, 1 - total_of(map.levels));
}

}  // namespace

const char* nothing_looked_at() {
  return "interventions switch off every decoder layer that was chosen: nothing was looked at";
}

std::vector<int> fused_layers(const AttributedImage& image, const AttributionOptions& options) {
  const int count = image.config().dec_layers;
  std::vector<int> layers = options.layers;
  for (const int layer : layers) {
    if (layer < 0 || layer >= count)
      throw UsageError(text_of("decoder layer ", layer, ": there are 0 to ", count - 1));
  }
  if (layers.empty()) {
    layers.resize(static_cast<std::size_t>(answering_layers(image.interventions(), count)));
    std::iota(layers.begin(), layers.end(), 0);
  }
  return layers;
}

std::vector<PointScores> point_scores(const AttributedImage& image, AttributionMethod method,
                                      const AttributionTarget& target,
                                      const AttributionOptions& options) {
  if (!has_points(method))
    throw UsageError(
        text_of("the method ", method_name(method), " does not score sampling points"));
  if (image.is_plain()) throw UsageError("plain DETR has no sampling points to score");
  const PointSampler sampler = sampled_points(image, method, target, options);
  std::vector<PointScores> scores;
  for (std::size_t i = 0; i < sampler.layers().size(); ++i) {
    const SampledPoints& points = sampler.layers()[i];
    scores.push_back(
        {points.layer, points.sampling_locations[0], scores_of(image, method, sampler, i)[0]});
  }
  return scores;
}

AttributionMap token_map(const AttributedImage& image, AttributionMethod method,
                         const AttributionTarget& target, const AttributionOptions& options) {
  AttributionMap map{.is_signed = method == AttributionMethod::kDirected};
  if (image.is_plain() && method == AttributionMethod::kWeights) {
    map.levels = dense_levels(image, target, options);
  } else {
    add_point_levels(map, image, point_scores(image, method, target, options));
  }
  map.map = image.on_photo(map.levels);
  return map;
}

}  // namespace saccade
