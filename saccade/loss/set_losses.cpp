// The losses of one or several layers' predictions whose matching is known.
#include "saccade/loss/set_losses.h"

#include <ATen/ATen.h>

#include "saccade/op/box_ops.h"
#include "saccade/op/transfer.h"

namespace saccade {
namespace {

constexpr double kFocalGamma = 2;

// The matched pairs of all layers, one after another; each layer has as many.
struct Pairs {
  at::Tensor rows;    // [layers * M] into predictions seen as [layers * N * Q, ...]
  at::Tensor labels;  // [layers * M]
  at::Tensor boxes;   // [layers * M, 4]
};

Pairs gather_pairs(const LayerPredictions& p, std::span<const LossTarget> targets,
                   std::span<const std::vector<Match>> matches) {
  std::vector<std::int64_t> rows, objects;
  const std::int64_t images = p.logits.size(1), queries = p.logits.size(2);
  for (std::size_t layer = 0; layer < matches.size(); ++layer) {
    std::int64_t first_object = 0;
    for (std::int64_t image = 0; image < images; ++image) {
      const Match& match = matches[layer][static_cast<std::size_t>(image)];
      for (std::size_t i = 0; i < match.pred.size(); ++i) {
        rows.push_back((static_cast<std::int64_t>(layer) * images + image) * queries +
                       match.pred[i]);
        objects.push_back(first_object + match.target[i]);
      }
      first_object += targets[static_cast<std::size_t>(image)].labels.size(0);
    }
  }
  std::vector<at::Tensor> labels, boxes;
  for (const LossTarget& target : targets) {
    labels.push_back(target.labels.to(at::kCPU));
    boxes.push_back(target.boxes.to(at::kCPU));
  }
  // Chosen on the host, which knows them all: three copies to a device, and nothing is waited for.
  const at::Tensor chosen = at::tensor(objects, at::kLong);
  const auto brought = [&](const at::Tensor& host) { return to_device(host, p.logits.device()); };
  return {brought(at::tensor(rows, at::kLong)), brought(at::cat(labels).index_select(0, chosen)),
          brought(at::cat(boxes).to(p.boxes.scalar_type()).index_select(0, chosen))};
}

// Sum over everything but the layer.
at::Tensor per_layer(const at::Tensor& x, std::int64_t layers) {
  return x.reshape({layers, -1}).sum(1);
}

at::Tensor focal_loss(const LayerPredictions& p, const Pairs& pairs, double alpha) {
  const std::int64_t layers = p.logits.size(0), classes = p.logits.size(3);
  const at::Tensor logits = p.logits.reshape({-1, classes});
  at::Tensor wanted = at::zeros_like(logits);
  wanted.index_put_({pairs.rows, pairs.labels}, at::ones({}, wanted.options()));
  const at::Tensor entropy =
      at::binary_cross_entropy_with_logits(logits, wanted, {}, {}, at::Reduction::None);
  const at::Tensor chance = at::sigmoid(logits);
  const at::Tensor missed = chance + wanted - 2 * chance * wanted;  // 1 - p_t
  const at::Tensor alphas = (1 - alpha) + (2 * alpha - 1) * wanted;
  return per_layer(alphas * entropy * missed.pow(kFocalGamma), layers);
}

// The mean over queries, each weighted by its class.
at::Tensor cross_entropy(const LayerPredictions& p, const Pairs& pairs, double eos_coef) {
  const std::int64_t layers = p.logits.size(0), classes = p.logits.size(3);
  const at::Tensor logits = p.logits.reshape({-1, classes});
  at::Tensor wanted = at::full({logits.size(0)}, classes - 1, pairs.labels.options());
  wanted.index_copy_(0, pairs.rows, pairs.labels);
  at::Tensor weights = at::ones({classes}, logits.options());
  weights[classes - 1] = eos_coef;
  const at::Tensor losses =
      at::nll_loss(at::log_softmax(logits, 1), wanted, weights, at::Reduction::None);
  return per_layer(losses, layers) / per_layer(weights.index_select(0, wanted), layers);
}

// How far the number of predictions that name an object is from the number of objects.
at::Tensor cardinality_error(const at::Tensor& logits, std::span<const LossTarget> targets) {
  std::vector<double> counts;
  for (const LossTarget& target : targets)
    counts.push_back(static_cast<double>(target.labels.size(0)));
  const at::Tensor named =
      (logits.argmax(-1) != logits.size(3) - 1).sum(-1).to(logits.scalar_type());  // [layers, N]
  const at::Tensor wanted = to_device(at::tensor(counts).to(named.scalar_type()), named.device());
  return (named - wanted).abs().mean(1);
}

at::Tensor class_error(const LayerPredictions& p, const Pairs& pairs) {
  const std::int64_t layers = p.logits.size(0);
  if (pairs.rows.numel() == 0) return at::full({layers}, 100, p.logits.options());
  const at::Tensor best =
      p.logits.reshape({-1, p.logits.size(3)}).index_select(0, pairs.rows).argmax(1);
  const at::Tensor right = (best == pairs.labels).to(p.logits.scalar_type());
  return 100 - right.view({layers, -1}).mean(1) * 100;
}

}  // namespace

LayerLosses layer_losses(const LayerPredictions& p, std::span<const LossTarget> targets,
                         std::span<const std::vector<Match>> matches, double num_boxes,
                         const CriterionOptions& options) {
  const std::int64_t layers = p.logits.size(0);
  const Pairs pairs = gather_pairs(p, targets, matches);
  LayerLosses losses;
  losses.classes = options.family == ModelFamily::kDeformableDetr
                       ? focal_loss(p, pairs, options.focal_alpha) / num_boxes
                       : cross_entropy(p, pairs, options.eos_coef);
  const at::Tensor found = p.boxes.reshape({-1, 4}).index_select(0, pairs.rows);
  losses.boxes = per_layer((found - pairs.boxes).abs(), layers) / num_boxes;
  const at::Tensor overlap =
      generalised_box_iou(box_cxcywh_to_xyxy(found), box_cxcywh_to_xyxy(pairs.boxes));
  losses.giou = per_layer(1 - overlap, layers) / num_boxes;
  const at::NoGradGuard no_gradients;
  losses.cardinality_error = cardinality_error(p.logits, targets);
  losses.class_error = class_error(p, pairs);
  return losses;
}

}  // namespace saccade
