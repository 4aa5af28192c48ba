// A forward pass of a loaded model.
#include "saccade/model/inference.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include "saccade/model/output_tensors.h"
#include "saccade/op/autocast.h"
#include "saccade/op/transfer.h"

namespace saccade {

InferenceScope::InferenceScope(const LoadedModel& model)
    : autocast_(model.detector->device().type(), model.autocast) {
  if (model.casts != nullptr) casts_.emplace(*model.casts);
}

ModelOutput infer(const LoadedModel& model, const at::Tensor& pixels, const at::Tensor& mask,
                  AttentionHook* hook) {
  const InferenceScope scope(model);
  const at::Device device = model.detector->device();
  if (hook == nullptr && model.graphs != nullptr)
    return model.graphs->forward(to_device(pixels, device), to_device(mask, device));
  return model.detector->forward(to_device(pixels, device), mask, hook);
}

ModelOutput on_cpu(ModelOutput output) {
  const c10::InferenceMode no_gradients;
  const auto tensors = output_tensors(output);
  bring_to_host({tensors.begin(), tensors.end()});
  return output;
}

}  // namespace saccade
