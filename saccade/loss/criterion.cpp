// The losses of every decoder layer, and of the proposals.
#include "saccade/loss/criterion.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "saccade/loss/set_losses.h"
#include "saccade/op/transfer.h"

namespace saccade {
namespace {

// Puts the losses of one set of predictions under their names.
class Collector {
 public:
  Collector(const CriterionOptions& options, const LayerLosses& of, Losses& losses)
      : o_(options),
        classes_(of.classes.detach().unbind()),
        boxes_(of.boxes.detach().unbind()),
        giou_(of.giou.detach().unbind()),
        cardinality_error_(of.cardinality_error.unbind()),
        class_error_(of.class_error.unbind()),
        losses_(losses) {
    add_to_total(of.classes, o_.cls_loss_coef);
    add_to_total(of.boxes, o_.bbox_loss_coef);
    add_to_total(of.giou, o_.giou_loss_coef);
  }

  void add(std::int64_t layer, const std::string& suffix, bool with_error) {
    const auto put = [&](const char* name, const std::vector<at::Tensor>& values, double weight) {
      losses_.values.push_back({name + suffix, values[layer], weight});
    };
    put("loss_ce", classes_, o_.cls_loss_coef);
    if (with_error) put("class_error", class_error_, 0);
    put("loss_bbox", boxes_, o_.bbox_loss_coef);
    put("loss_giou", giou_, o_.giou_loss_coef);
    put("cardinality_error", cardinality_error_, 0);
  }

 private:
  // All layers at once: one by one they would leave some hundred nodes for backward.
  void add_to_total(const at::Tensor& of_layers, double weight) {
    if (weight != 0) losses_.total = losses_.total + of_layers.sum() * weight;
  }

  const CriterionOptions& o_;
  const std::vector<at::Tensor> classes_, boxes_, giou_, cardinality_error_, class_error_;
  Losses& losses_;
};

// A proposal is right where any object is: all objects get class 0.
std::vector<LossTarget> without_classes(std::span<const LossTarget> targets) {
  std::vector<LossTarget> all;
  for (const LossTarget& target : targets)
    all.push_back({at::zeros_like(target.labels), target.boxes});
  return all;
}

// What the losses are computed of, and what the matcher reads of it on the host.
struct Sets {
  LayerPredictions decoder, proposals;  // proposals: undefined tensors with one stage
  LayerPredictions decoder_host, proposals_host;
};

// Of a proposal the matcher reads the first class alone, as all objects have it: a ninetieth of what a GPU would
// have to send. On the CPU it looks at all of them, for what is not finite.
at::Tensor matched_logits(const at::Tensor& proposals) {
  return proposals.device().is_cpu() ? proposals : proposals.narrow(-1, 0, 1);
}

// The decoder layers that count, in their order. The host waits once for everything it reads.
Sets sets_of(const ModelOutput& output, bool aux_loss) {
  const std::int64_t all = output.pred_logits.size(0), first = aux_loss ? 0 : all - 1;
  Sets sets;
  sets.decoder = {output.pred_logits.narrow(0, first, all - first),
                  output.pred_boxes.narrow(0, first, all - first)};
  sets.decoder_host = sets.decoder;
  if (output.enc_logits.defined()) {
    TORCH_CHECK(
        output.enc_boxes_unact.defined(),
        "proposals without boxes: in inference mode Detector::set_all_proposals() keeps them");
    sets.proposals = {output.enc_logits.unsqueeze(0),
                      at::sigmoid(output.enc_boxes_unact).unsqueeze(0)};
    sets.proposals_host = {matched_logits(sets.proposals.logits), sets.proposals.boxes};
  }
  bring_to_host({&sets.decoder_host.logits, &sets.decoder_host.boxes, &sets.proposals_host.logits,
                 &sets.proposals_host.boxes});
  return sets;
}

// The last layer comes first in the dictionary.
void add_decoder(const Sets& sets, std::span<const LossTarget> targets, double num_boxes,
                 const CriterionOptions& options, Losses& losses) {
  MatcherOptions matcher = options.matcher;
  matcher.layer_name = options.aux_loss ? "decoder layer" : "last decoder layer, set";
  auto matches = match(sets.decoder_host.logits, sets.decoder_host.boxes, targets, matcher);
  const LayerLosses of = layer_losses(sets.decoder, targets, matches, num_boxes, options);
  const std::int64_t last = sets.decoder.logits.size(0) - 1;
  Collector collect(options, of, losses);
  collect.add(last, "", true);
  for (std::int64_t layer = 0; layer < last; ++layer)
    collect.add(layer, "_" + std::to_string(layer), false);
  std::rotate(matches.begin(), matches.end() - 1, matches.end());
  losses.matches = std::move(matches);
}

void add_proposals(const Sets& sets, std::span<const LossTarget> targets, double num_boxes,
                   const CriterionOptions& options, Losses& losses) {
  const auto objects = without_classes(targets);
  MatcherOptions matcher = options.matcher;
  matcher.layer_name = "encoder proposals, set";
  auto matches = match(sets.proposals_host.logits, sets.proposals_host.boxes, objects, matcher);
  const LayerLosses of = layer_losses(sets.proposals, objects, matches, num_boxes, options);
  Collector(options, of, losses).add(0, "_enc", false);
  losses.matches.push_back(std::move(matches.front()));
}

}  // namespace

CriterionOptions CriterionOptions::defaults(ModelFamily family) {
  CriterionOptions options;
  options.family = family;
  if (family == ModelFamily::kDeformableDetr) return options;
  options.matcher.class_cost = ClassCost::kSoftmax;
  options.matcher.cost_class = 1;
  options.cls_loss_coef = 1;
  return options;
}

double count_boxes(std::span<const LossTarget> targets) {
  double count = 0;
  for (const LossTarget& target : targets) count += static_cast<double>(target.labels.size(0));
  return count;
}

Losses compute_losses(const ModelOutput& output, std::span<const LossTarget> targets,
                      double num_boxes, const CriterionOptions& options) {
  Losses losses;
  num_boxes = std::max(num_boxes, 1.0);
  losses.total = at::zeros({}, output.pred_logits.options());  // with all weights 0 it stays so
  const Sets sets = sets_of(output, options.aux_loss);
  add_decoder(sets, targets, num_boxes, options, losses);
  if (output.enc_logits.defined()) add_proposals(sets, targets, num_boxes, options, losses);
  return losses;
}

}  // namespace saccade
