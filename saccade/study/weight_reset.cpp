// Models of which some weights are as before training.
#include "saccade/study/weight_reset.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "saccade/core/error.h"
#include "saccade/model/init_weights.h"

namespace saccade {
namespace {

WeightPart heads_of(const ModelConfig& config) {
  WeightPart part{.name = "heads"};
  for (const char* const head : {"class_embed.", "bbox_embed."}) {
    if (!config.two_stage) {
      part.prefixes.push_back(head);
      part.prefixes.push_back(text_of("transformer.decoder.", head));
      continue;
    }
    // The last one scores proposals.
    for (int layer = 0; layer < config.dec_layers; ++layer) {
      part.prefixes.push_back(text_of(head, layer, "."));
      part.prefixes.push_back(text_of("transformer.decoder.", head, layer, "."));
    }
  }
  return part;
}

void add_layers(std::vector<WeightPart>& parts, const std::string& module, int layers,
                bool per_layer) {
  const std::string prefix = text_of("transformer.", module, ".layers.");
  if (!per_layer) {
    if (layers > 0) parts.push_back({.name = module, .prefixes = {prefix}});
    return;
  }
  for (int layer = layers - 1; layer >= 0; --layer)
    parts.push_back({.name = text_of(module.substr(0, 3), ".", layer),
                     .prefixes = {text_of(prefix, layer, ".")}});
}

void add_prefixes(WeightPart& part, std::vector<std::string> prefixes) {
  part.prefixes.insert(part.prefixes.end(), prefixes.begin(), prefixes.end());
}

// What the decoder starts from and ends with: queries, reference points and, of two stages, proposals and what scores them.
std::vector<std::string> around_decoder(const ModelConfig& config) {
  std::vector<std::string> prefixes = {"query_embed.", "transformer.reference_points.",
                                       "transformer.enc_output", "transformer.pos_trans",
                                       "transformer.decoder.norm."};
  if (!config.two_stage) return prefixes;
  for (const char* const head : {"class_embed.", "bbox_embed."})
    for (const char* const where : {"", "transformer.decoder."})
      prefixes.push_back(text_of(where, head, config.dec_layers, "."));
  return prefixes;
}

}  // namespace

bool WeightPart::has(const std::string& tensor) const {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const std::string& prefix) { return tensor.starts_with(prefix); });
}

std::vector<WeightPart> weight_parts(const ModelConfig& config, bool per_layer) {
  std::vector<WeightPart> parts{heads_of(config)};
  add_layers(parts, "decoder", config.dec_layers, per_layer);
  add_prefixes(parts.back(), around_decoder(config));
  add_layers(parts, "encoder", config.enc_layers, per_layer);
  add_prefixes(parts.back(),
               {"input_proj.", "transformer.level_embed", "transformer.encoder.norm."});
  return parts;
}

bool can_reset_weights(const LoadedModel& model) {
  const auto same_name = [](const auto& a, const auto& b) { return a.first == b.first; };
  const NamedTensors names = state_dict(*model.detector);
  const NamedTensors official = state_dict(*make_detector(model.detector->config()));
  return std::equal(names.begin(), names.end(), official.begin(), official.end(), same_name);
}

LoadedModel with_reset_weights(const LoadedModel& model, const std::vector<WeightPart>& parts,
                               std::uint64_t seed) {
  LoadedModel reset = model;
  // What is kept is of the other weights.
  reset.casts = std::make_shared<WeightCasts>(/*adds_gradients=*/false);
  reset.graphs = nullptr;
  reset.detector = make_detector(model.detector->config());
  init_weights(*reset.detector, seed);
  const NamedTensors trained = state_dict(*model.detector);
  NamedTensors fresh = state_dict(*reset.detector);
  for (std::size_t i = 0; i < trained.size(); ++i) {
    const auto is_in = [&](const WeightPart& part) { return part.has(trained[i].first); };
    if (!std::any_of(parts.begin(), parts.end(), is_in)) fresh[i].second.copy_(trained[i].second);
  }
  reset.detector->to(model.detector->device());
  return reset;
}

}  // namespace saccade
