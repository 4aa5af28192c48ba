// One image with its encoder memory kept, decoded as often as attribution asks, with a graph where gradients are wanted.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <vector>

#include "saccade/core/heat_level.h"
#include "saccade/explain/attribution_method.h"
#include "saccade/explain/flow.h"
#include "saccade/explain/intervention.h"
#include "saccade/model/attention_hook.h"
#include "saccade/model/load_model.h"

namespace saccade {

// Everything is computed in the type of the weights, float32 as they are loaded, whatever infer() casts to: gradients are.
class AttributedImage {
 public:
  // Runs the baseline: encoder and decoder with these interventions (they fit the model, and what they patch from has been
  // run). `model` must outlive this; pixels [1, 3, h, w] and mask [1, h, w] as Detector::encode takes them; `original` is the
  // size of the image before resizing. Not within c10::InferenceMode, whose tensors take no part in a graph.
  AttributedImage(const LoadedModel& model, const at::Tensor& pixels, const at::Tensor& mask,
                  OriginalSize original, std::vector<Intervention> interventions);

  Detector& detector() const { return *model_.detector; }
  const ModelConfig& config() const { return model_.detector->config(); }
  bool is_plain() const { return config().family == ModelFamily::kDetr; }
  const at::Tensor& pixels() const { return pixels_; }
  const std::vector<Intervention>& interventions() const { return interventions_; }
  // On the CPU.
  const ModelOutput& output() const { return output_; }
  // With the values that decoder layers sample; without a graph.
  const Memory& memory() const { return memory_; }

  // The encoder layers, or encoder and backbone of other pixels; the decoder. `watch` may be null. A graph is made where the
  // caller has gradients on and an input takes one; it passes through the boxes that layers hand on as well.
  Memory encode_again(AttentionHook* watch) const;
  Memory encode(const at::Tensor& pixels, AttentionHook* watch) const;
  ModelOutput decode(const Memory& memory, AttentionHook* watch) const;
  // A whole pass over other pixels without a graph, as infer() runs it; on the CPU.
  ModelOutput infer(const at::Tensor& pixels) const;
  // What every token of every encoder layer read, recorded by the first call (which runs the encoder again) and
  // kept: 12 * M * L * P bytes a token and layer, 34 MB a layer of R50 at 800 x 1333. Deformable only.
  const std::vector<TokenReads>& encoder_reads() const;
  // Of the tensors that are kept.
  std::size_t bytes() const;

  // The target as a tensor without dimensions. Throws UsageError for a query or class that does not exist.
  at::Tensor value_of(const AttributionTarget& target, const ModelOutput& output) const;
  // Maps [H_l, W_l] of all levels as density on the photograph: [H, W] float32 (heat_density).
  at::Tensor on_photo(const std::vector<at::Tensor>& levels) const;
  // Values of the pixels of the network's input, [h, w], interpolated between their centres: [H, W] float32.
  at::Tensor input_on_photo(const at::Tensor& values) const;

 private:
  template <typename Encode>
  Memory encoded(AttentionHook* watch, const Encode& run) const;
  at::Tensor density(const std::vector<HeatLevel>& levels) const;

  const LoadedModel& model_;
  const at::Tensor pixels_, mask_;
  const OriginalSize original_;
  const std::vector<Intervention> interventions_;
  EncoderState start_;
  Memory memory_;
  ModelOutput output_;
  mutable std::optional<std::vector<TokenReads>> encoder_reads_;
};

// Back through a target's graph, to what takes a gradient. Interventions may leave a target that depends on none of it: then
// nothing is done, and there is no gradient.
void take_gradient(const at::Tensor& target);

}  // namespace saccade
