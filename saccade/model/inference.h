// A forward pass of a loaded model.
#pragma once

#include "saccade/model/load_model.h"

namespace saccade {

// Without gradients, where the detector is, in the model's precision. Pixels and mask (Detector::encode) may
// lie there or on the CPU; the output lies there, and the host does not wait for it.
ModelOutput infer(const LoadedModel& model, const at::Tensor& pixels, const at::Tensor& mask,
                  AttentionHook* hook = nullptr);

// The same output on the CPU, once it has been computed.
ModelOutput on_cpu(ModelOutput output);

}  // namespace saccade
