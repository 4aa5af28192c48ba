// A forward pass of a loaded model.
#pragma once

#include <c10/core/InferenceMode.h>

#include <optional>

#include "saccade/model/load_model.h"
#include "saccade/op/autocast.h"
#include "saccade/op/weight_casts.h"

namespace saccade {

// While it lives, this thread computes as infer() does: without gradients, in the model's precision, with the weights
// that were cast before. One thread at a time for a model.
class InferenceScope {
 public:
  explicit InferenceScope(const LoadedModel& model);

 private:
  const c10::InferenceMode no_gradients_;
  const Autocast autocast_;
  std::optional<WeightCasts::Pass> casts_;
};

// Without gradients, where the detector is, in the model's precision. Pixels and mask (Detector::encode) may
// lie there or on the CPU; the output lies there, and the host does not wait for it.
ModelOutput infer(const LoadedModel& model, const at::Tensor& pixels, const at::Tensor& mask,
                  AttentionHook* hook = nullptr);

// The same output on the CPU, once it has been computed.
ModelOutput on_cpu(ModelOutput output);

}  // namespace saccade
