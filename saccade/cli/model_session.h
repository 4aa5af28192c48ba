// A loaded model and what it takes to run one image through it.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <vector>

#include "saccade/cli/model_device.h"
#include "saccade/cli/options.h"
#include "saccade/explain/model_interventions.h"
#include "saccade/model/load_model.h"
#include "saccade/model/postprocess.h"
#include "saccade/model/prepared_image.h"

namespace saccade {

// The weights of `options` as they are to run: size, device, precision. Throws Error or UsageError.
LoadedModel load_session_model(const ModelOptions& options, at::Device device);

// Tells on stderr which files of interventions were made for other weights.
void say_notes(const ModelInterventions& changes);

class ModelSession {
 public:
  // For images that are of no data set: refuses off(resample), which draws others from one.
  ModelSession(const ModelOptions& options, bool quiet);
  // Loads the weights onto the device, reads the interventions, of which it says notes unless `quiet`, and sets threads.
  // Throws Error or UsageError.
  ModelSession(const ModelOptions& options, at::Device device, bool quiet);

  const LoadedModel& model() const { return model_; }
  const ModelConfig& config() const { return model_.detector->config(); }
  // What -x changes; empty: nothing.
  const std::vector<Intervention>& interventions() const { return interventions_.all(); }
  const ModelInterventions& changes() const { return interventions_; }
  PreparedImage prepare(const std::filesystem::path& path, bool apply_exif) const;
  // The output on the CPU; a hook sees tensors of the device.
  ModelOutput run(const PreparedImage& image, AttentionHook* hook = nullptr) const;
  // The same without interventions.
  ModelOutput run_baseline(const PreparedImage& image, AttentionHook* hook = nullptr) const;
  // The last layer's results in pixels of the original image, by falling score.
  std::vector<Detection> detections(const ModelOutput& output, const PreparedImage& image) const;
  // Name of the model for captions, with what -x changes.
  const std::string& caption_name() const { return model_.name; }
  const std::string& plain_name() const { return plain_name_; }

 private:
  LoadedModel model_;
  ModelInterventions interventions_;
  std::string plain_name_;
};

}  // namespace saccade
