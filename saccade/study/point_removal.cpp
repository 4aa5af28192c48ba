// Deletion and insertion of sampling points.
#include "saccade/study/point_removal.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "saccade/core/error.h"
#include "saccade/explain/intervener.h"
#include "saccade/explain/intervention_reach.h"
#include "saccade/model/inference.h"
#include "saccade/op/transfer.h"
#include "saccade/explain/repeated_queries.h"

namespace saccade {
namespace {

constexpr std::int64_t kTogether = 32;

// Of one query of the decoder's cross-attention, the points that are not kept weigh nothing.
class PointMask : public AttentionHook {
 public:
  PointMask(int query, at::Tensor kept, bool renormalise)
      : query_(query), kept_(std::move(kept)), renormalise_(renormalise) {}

  void on_deformable(DeformableAttentionCall& call) override {
    if (call.site != AttentionSite::kDecoderCross) return;
    at::Tensor weights = call.attention_weights.clone();  // [N, Q, M, L, P]
    at::Tensor of_query = weights.select(1, query_);
    const at::Tensor kept = kept_.select(1, call.layer);
    at::Tensor left = at::where(kept, of_query, at::zeros({}, of_query.options()));
    if (renormalise_) {
      const at::Tensor sums = left.sum(std::vector<std::int64_t>{-2, -1}, /*keepdim=*/true);
      left = at::where(sums > 0, left / sums, at::zeros({}, left.options()));
      // With all of its points a head's weights stay as they are, to the bit.
      const at::Tensor whole = kept.flatten(-2).all(-1).unsqueeze(-1).unsqueeze(-1);
      left = at::where(whole, of_query, left);
    }
    of_query.copy_(left);
    call.attention_weights = weights;
  }

 private:
  const int query_;
  const at::Tensor kept_;
  const bool renormalise_;
};

// [shares, entries] bool.
at::Tensor kept_entries(PointRemoval kind, std::span<const std::int32_t> order,
                        std::span<const double> shares) {
  const auto entries = std::ssize(order);
  const bool inserts = kind == PointRemoval::kInsertion;
  at::Tensor kept = at::full({std::ssize(shares), entries}, !inserts, at::kBool);
  bool* const all = kept.mutable_data_ptr<bool>();
  for (std::size_t i = 0; i < shares.size(); ++i)
    for (const std::int32_t entry :
         order.first(static_cast<std::size_t>(removed_count(shares[i], entries))))
      all[static_cast<std::int64_t>(i) * entries + entry] = inserts;
  return kept;
}

}  // namespace

PointRemover::PointRemover(const LoadedModel& model, const at::Tensor& pixels,
                           const at::Tensor& mask, OriginalSize original,
                           const std::vector<Intervention>& interventions)
    : model_(model), original_(original), interventions_(interventions) {
  const Detector& detector = *model_.detector;
  if (detector.config().family != ModelFamily::kDeformableDetr)
    throw Error("plain DETR has no sampling points to remove");
  const InferenceScope scope(model_);
  Intervener intervener(interventions_);
  intervener.on_images({original_});
  memory_ = detector.encode(to_device(pixels, detector.device()), mask, &intervener);
  detector.keep_values(memory_);
  start_ = detector.decoder_start(memory_, before_);
  const Reach reach = reach_of(interventions_, detector.config().dec_layers);
  together_ = reach.alone ? 1 : kTogether;
}

std::int64_t PointRemover::points() const {
  const ModelConfig& c = model_.detector->config();
  return std::int64_t{c.dec_layers} * c.nheads * c.num_feature_levels * c.dec_n_points;
}

ModelOutput PointRemover::run_some(int query, const at::Tensor& kept, bool renormalise) const {
  const Detector& detector = *model_.detector;
  const std::int64_t variants = kept.size(0);
  PointMask mask(query, to_device(kept, detector.device()), renormalise);
  Intervener hook(interventions_, &mask);
  hook.on_images(std::vector<OriginalSize>(static_cast<std::size_t>(variants), original_));
  hook.on_levels(memory_.levels, memory_.valid_ratios.expand({variants, -1, -1}));
  ModelOutput output = before_;
  detector.decode_from(memory_, repeated_queries(start_, variants), &hook, output);
  bring_to_host({&output.pred_logits, &output.pred_boxes});
  return output;
}

ModelOutput PointRemover::run(int query, const at::Tensor& kept, bool renormalise) const {
  const InferenceScope scope(model_);
  ModelOutput all;
  std::vector<at::Tensor> logits, boxes;
  for (std::int64_t first = 0; first < kept.size(0); first += together_) {
    const std::int64_t some = std::min(together_, kept.size(0) - first);
    const ModelOutput output = run_some(query, kept.narrow(0, first, some), renormalise);
    logits.push_back(output.pred_logits), boxes.push_back(output.pred_boxes);
  }
  all.pred_logits = at::cat(logits, 1), all.pred_boxes = at::cat(boxes, 1);
  return all;
}

RemovalScores PointRemover::scores(int query, const ScoreTarget& target,
                                   std::span<const std::int32_t> order,
                                   std::span<const double> shares) const {
  const ModelConfig& c = model_.detector->config();
  RemovalScores all;
  for (int k = 0; k < kPointRemovals; ++k) {
    const auto kind = static_cast<PointRemoval>(k);
    const at::Tensor kept = kept_entries(kind, order, shares)
                                .view({std::ssize(shares), c.dec_layers, c.nheads,
                                       c.num_feature_levels, c.dec_n_points});
    const ModelOutput output = run(query, kept, kind != PointRemoval::kDeletionDrop);
    all.push_back(target_scores(c.family, output, target, query));
  }
  return all;
}

}  // namespace saccade
