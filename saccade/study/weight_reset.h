// Models of which some weights are as before training: a map that stays the same on them does not show what the model has
// learned (Adebayo et al., "Sanity checks for saliency maps", NeurIPS 2018). explain.md 4.2.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "saccade/model/load_model.h"

namespace saccade {

// Weights that are drawn anew together.
struct WeightPart {
  std::string name;  // "heads", "dec.5", "enc.0"
  // Whether a tensor of this official name belongs to it.
  bool has(const std::string& tensor) const;

  std::vector<std::string> prefixes;
};

// All weights but the backbone's, from the outputs down to the image: the heads (of two stages: those of the decoder's layers
// alone, so that proposals stay where they were), the decoder's layers and the encoder's, the last first. `per_layer` false:
// all layers of the decoder are one part, "decoder", and those of the encoder another, "encoder". With the first layer of the
// decoder go its queries, reference points and proposals, with that of the encoder the input projections and level embeddings.
std::vector<WeightPart> weight_parts(const ModelConfig& config, bool per_layer);

// Whether these weights can be: those of a detector by its official names. The demo notebook's DETR has others.
bool can_reset_weights(const LoadedModel& model);

// The model with these parts drawn as a new detector's are (model/init_weights.h), everything else as it is. Shares
// nothing with `model`, which can_reset_weights().
LoadedModel with_reset_weights(const LoadedModel& model, const std::vector<WeightPart>& parts,
                               std::uint64_t seed);

}  // namespace saccade
