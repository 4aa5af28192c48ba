// Decoding one memory with interventions.
#include "saccade/explain/intervention_session.h"

#include <ATen/ATen.h>

#include <map>

#include "saccade/explain/intervener.h"
#include "saccade/explain/intervention_reach.h"
#include "saccade/explain/repeated_queries.h"
#include "saccade/explain/variants_hook.h"
#include "saccade/model/inference.h"
#include "saccade/op/transfer.h"

namespace saccade {
namespace {

// Part v of a batch of variants.
ModelOutput part_of(const ModelOutput& batch, const ModelOutput& baseline, std::int64_t v) {
  ModelOutput part = baseline;  // what precedes the layers
  const auto take = [&](at::Tensor& to, const at::Tensor& from) {
    if (from.defined()) to = from.narrow(1, v, 1);
  };
  take(part.pred_logits, batch.pred_logits);
  take(part.pred_boxes, batch.pred_boxes);
  take(part.hidden, batch.hidden);
  take(part.unnormed, batch.unnormed);
  take(part.inter_references, batch.inter_references);
  return part;
}

}  // namespace

InterventionSession::InterventionSession(const LoadedModel& model, const at::Tensor& pixels,
                                         const at::Tensor& mask, OriginalSize original, Keep keep,
                                         AttentionHook* watch)
    : model_(model),
      pixels_(to_device(pixels, model.detector->device())),
      mask_(mask),
      original_(original) {
  const InferenceScope scope(model_);
  const Detector& detector = *model_.detector;
  if (keep == Keep::kEncoderToo) {
    encoder_start_ = detector.encoder_start(pixels_, mask_);
    memory_ = detector.encode_from(encoder_start_, watch, &encoder_);
  } else {
    memory_ = detector.encode(pixels_, mask_, watch);
  }
  detector.keep_values(memory_);
  start_ = detector.decoder_start(memory_, baseline_);
  detector.decode_from(memory_, start_, watch, baseline_);
}

// The hook learns of the levels as in a forward pass, where encoding tells it.
ModelOutput InterventionSession::rerun(const Interventions& interventions,
                                       AttentionHook& hook) const {
  const Detector& detector = *model_.detector;
  const Reach reach = reach_of(interventions, detector.config().dec_layers);
  if (reach.encoder) return rerun_encoder(reach.encoder_layer, hook);
  hook.on_levels(memory_.levels, memory_.valid_ratios);
  ModelOutput output = baseline_;
  detector.decode_from(memory_, detector.state_before(reach.decoder_layer, start_, baseline_),
                       &hook, output);
  return output;
}

ModelOutput InterventionSession::rerun_encoder(int layer, AttentionHook& hook) const {
  const Detector& detector = *model_.detector;
  Memory memory =
      encoder_.layers.empty()
          ? detector.encode(pixels_, mask_, &hook)
          : detector.encode_from(Detector::state_before(layer, encoder_start_, encoder_), &hook);
  detector.keep_values(memory);  // as for the baseline, so that its bits compare
  return detector.decode(memory, &hook);
}

ModelOutput InterventionSession::run(const Interventions& interventions,
                                     AttentionHook* hook) const {
  if (interventions.empty() && hook == nullptr) return baseline_;
  const InferenceScope scope(model_);
  Intervener intervener(interventions, hook);
  intervener.on_images({original_});
  return rerun(interventions, intervener);
}

void InterventionSession::watch_decoder(AttentionHook& hook) const {
  const InferenceScope scope(model_);
  hook.on_images({original_});
  hook.on_levels(memory_.levels, memory_.valid_ratios);
  ModelOutput output = baseline_;
  model_.detector->decode_from(memory_, start_, &hook, output);
}

void InterventionSession::watch_encoder(const Interventions& interventions,
                                        AttentionHook& hook) const {
  const InferenceScope scope(model_);
  Intervener intervener(interventions, &hook);
  intervener.on_images({original_});
  model_.detector->encode_from(encoder_start_, &intervener);
}

std::size_t InterventionSession::bytes() const {
  std::size_t bytes = 0;
  const auto add = [&](const at::Tensor& tensor) {
    if (tensor.defined()) bytes += tensor.nbytes();
  };
  add(pixels_);
  for (const Memory* memory : {&memory_, &encoder_start_.memory}) {
    add(memory->tokens);
    add(memory->positions);
    for (const at::Tensor& value : memory->values) add(value);
  }
  add(encoder_start_.positions);
  for (const at::Tensor& layer : encoder_.layers) add(layer);
  for (const at::Tensor* tensor :
       {&baseline_.pred_logits, &baseline_.pred_boxes, &baseline_.hidden, &baseline_.unnormed})
    add(*tensor);
  return bytes;
}

void InterventionSession::run_batch(std::span<const Interventions> variants,
                                    const std::vector<std::size_t>& which, int layer,
                                    std::vector<ModelOutput>& outputs) const {
  const Detector& detector = *model_.detector;
  std::vector<const Interventions*> chosen;
  for (const std::size_t v : which) chosen.push_back(&variants[v]);
  VariantsHook hook(chosen, original_);
  hook.on_levels(memory_.levels, memory_.valid_ratios);
  ModelOutput batch = baseline_;
  const DecoderState state = detector.state_before(layer, start_, baseline_);
  detector.decode_from(memory_, repeated_queries(state, static_cast<std::int64_t>(which.size())),
                       &hook, batch);
  for (std::size_t i = 0; i < which.size(); ++i) {
    ModelOutput& output = outputs[which[i]];
    output = part_of(batch, baseline_, static_cast<std::int64_t>(i));
    Intervener(*chosen[i]).on_output(output);
  }
}

// Variants that begin at the same layer run together: none computes what it need not.
std::vector<ModelOutput> InterventionSession::run_all(
    std::span<const Interventions> variants) const {
  const InferenceScope scope(model_);
  const int layers = model_.detector->config().dec_layers;
  std::vector<ModelOutput> outputs(variants.size());
  std::map<int, std::vector<std::size_t>> by_layer;
  for (std::size_t v = 0; v < variants.size(); ++v) {
    const Reach reach = reach_of(variants[v], layers);
    if (reach.encoder || reach.alone || reach.decoder_layer == layers) {
      outputs[v] = run(variants[v]);
    } else {
      by_layer[reach.decoder_layer].push_back(v);
    }
  }
  for (const auto& [layer, which] : by_layer) run_batch(variants, which, layer, outputs);
  return outputs;
}

}  // namespace saccade
