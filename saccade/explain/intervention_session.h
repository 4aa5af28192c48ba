// One image and its detections, again and again with other interventions: the encoder's memory and what decoder layers
// sample of it are kept, and only layers from the first changed one on run again (explain.md 4.6); of the encoder too,
// where that is asked for.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <vector>

#include "saccade/explain/intervention.h"
#include "saccade/model/load_model.h"

namespace saccade {

using Interventions = std::vector<Intervention>;

class InterventionSession {
 public:
  // What is kept besides the memory and its values: each encoder layer's output, of the memory's size.
  enum class Keep { kDecoder, kEncoderToo };

  // Runs the baseline. `model` must outlive the session; pixels [1, 3, H, W] and mask [1, H, W] as Detector::encode takes
  // them; `original` is the image's size. Everything is computed in the model's precision, where the detector is. `watch`
  // may see the baseline's layers.
  InterventionSession(const LoadedModel& model, const at::Tensor& pixels, const at::Tensor& mask,
                      OriginalSize original, Keep keep = Keep::kDecoder,
                      AttentionHook* watch = nullptr);

  // Without interventions. Its bits are those of a whole pass whose values are kept (Detector::keep_values).
  const ModelOutput& baseline() const { return baseline_; }
  // With some; alone the bits of such a pass with them, and equal to any other (boxes and scores to 1e-5: matrices of other
  // sizes, or a projection after the sampling, may round differently). The interventions fit the model (check_interventions). `hook` may watch.
  ModelOutput run(const Interventions& interventions, AttentionHook* hook = nullptr) const;
  // Several sets, of which those that leave the memory alone run together as one batch.
  std::vector<ModelOutput> run_all(std::span<const Interventions> variants) const;

  // All decoder layers of the baseline once more, for `hook` to watch.
  void watch_decoder(AttentionHook& hook) const;
  // All encoder layers with these interventions, for `hook` to watch. The encoder was kept.
  void watch_encoder(const Interventions& interventions, AttentionHook& hook) const;

  const ModelConfig& config() const { return model_.detector->config(); }
  const std::vector<LevelShape>& levels() const { return memory_.levels; }
  const at::Tensor& pixels() const { return pixels_; }
  const at::Tensor& mask() const { return mask_; }
  // Of the tensors that are kept.
  std::size_t bytes() const;

 private:
  ModelOutput rerun(const Interventions& interventions, AttentionHook& hook) const;
  ModelOutput rerun_encoder(int layer, AttentionHook& hook) const;
  void run_batch(std::span<const Interventions> variants, const std::vector<std::size_t>& which,
                 int layer, std::vector<ModelOutput>& outputs) const;

  const LoadedModel& model_;
  const at::Tensor pixels_, mask_;
  const OriginalSize original_;
  EncoderState encoder_start_;  // these two where the encoder is kept
  EncoderProbe encoder_;
  Memory memory_;  // with its values
  DecoderState start_;
  ModelOutput baseline_;
};

}  // namespace saccade
