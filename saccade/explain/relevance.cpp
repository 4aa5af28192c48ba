// Relevance over tokens.
#include "saccade/explain/relevance.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "saccade/core/error.h"
#include "saccade/explain/flow.h"
#include "saccade/explain/token_map.h"
#include "saccade/explain/trace.h"

namespace saccade {
namespace {

// Of plain DETR's decoder: the weights of one query, and an addend of zeros that takes their gradient.
class DenseProbe : public AttentionHook {
 public:
  DenseProbe(std::int64_t query, std::vector<int> layers)
      : query_(query), layers_(std::move(layers)) {}
  bool wants_dense(AttentionSite site, int layer) const override {
    return site == AttentionSite::kDecoderCross &&
           std::find(layers_.begin(), layers_.end(), layer) != layers_.end();
  }
  void on_dense(DenseAttentionCall& call) override {
    weights_.push_back(call.weights[0].select(1, query_).detach());
    addends_.push_back(at::zeros_like(call.weights.detach()).requires_grad_(true));
    call.weights = call.weights + addends_.back();
  }
  bool saw_nothing() const { return weights_.empty(); }
  // [S], of all layers, once the gradients are there.
  at::Tensor start() const {
    at::Tensor sum = at::zeros({weights_.at(0).size(1)}, at::kDouble);
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      if (!addends_[i].grad().defined()) continue;
      const at::Tensor gradient = addends_[i].grad()[0].select(1, query_);
      sum += (gradient * weights_[i]).to(at::kCPU, at::kDouble).clamp_min(0).mean(0);
    }
    return sum;
  }

 private:
  const std::int64_t query_;
  const std::vector<int> layers_;
  std::vector<at::Tensor> weights_, addends_;
};

// Of plain DETR's encoder: each layer's mean over the heads, [S, S].
class DenseReads : public AttentionHook {
 public:
  bool wants_dense(AttentionSite site, int) const override {
    return site == AttentionSite::kEncoderSelf;
  }
  void on_dense(DenseAttentionCall& call) override {
    layers.push_back(call.weights[0].detach().mean(0).to(at::kCPU, at::kDouble));
  }
  std::vector<at::Tensor> layers;
};

std::vector<at::Tensor> dense_relevance(const AttributedImage& image,
                                        const AttributionTarget& target,
                                        const AttributionOptions& options) {
  image.value_of(target, image.output());  // throws for a query that does not exist
  DenseProbe probe(target.query, fused_layers(image, options));
  {
    const at::AutoGradMode with_graph(true);
    const ModelOutput output = image.decode(image.memory(), &probe);
    if (probe.saw_nothing()) throw Error(nothing_looked_at());
    take_gradient(image.value_of(target, output));
  }
  const at::AutoGradMode no_graph(false);
  DenseReads reads;
  image.encode_again(&reads);
  at::Tensor relevance = probe.start();
  for (auto layer = reads.layers.rbegin(); layer != reads.layers.rend(); ++layer)
    relevance = (relevance + at::matmul(layer->t(), relevance)) / 2;
  const LevelShape& level = image.memory().levels[0];
  return {relevance.view({level.height, level.width})};
}

// The flow of flow.h, which halves what stays and what goes, from a start of more than one token.
std::vector<at::Tensor> sparse_relevance(const AttributedImage& image,
                                         const AttributionTarget& target,
                                         const AttributionOptions& options) {
  std::vector<double> share(static_cast<std::size_t>(token_count(image.memory().levels)), 0.0);
  for (const PointScores& layer :
       point_scores(image, AttributionMethod::kDirected, target, options)) {
    const at::Tensor positive =
        layer.scores.clamp_min(0) / static_cast<double>(layer.scores.size(0));
    double* cells = share.data();
    for (const at::Tensor& map :
         scatter_points(layer.sampling_locations, positive, image.memory().levels)) {
      const double* of_map = map.const_data_ptr<double>();
      for (std::int64_t i = 0; i < map.numel(); ++i) *cells++ += of_map[i];
    }
  }
  return roll_out(image.encoder_reads(), std::move(share), image.memory().levels);
}

}  // namespace

AttributionMap relevance_map(const AttributedImage& image, const AttributionTarget& target,
                             const AttributionOptions& options) {
  AttributionMap map;
  map.levels = image.is_plain() ? dense_relevance(image, target, options)
                                : sparse_relevance(image, target, options);
  double sum = 0;
  for (const at::Tensor& level : map.levels) sum += level.sum().item<double>();
  if (sum > 0)
    for (at::Tensor& level : map.levels) level /= sum;
  map.map = image.on_photo(map.levels);
  return map;
}

}  // namespace saccade
