// A loaded model and what it takes to run one image through it.
#include "saccade/cli/model_session.h"

#include <ATen/Parallel.h>

#include <cstdlib>
#include <iostream>
#include <string_view>

#include "saccade/cli/program_files.h"
#include "saccade/explain/image_run.h"
#include "saccade/image/decode.h"
#include "saccade/model/placed_model.h"
#include "saccade/op/tensor_memory.h"

namespace saccade {

LoadedModel load_session_model(const ModelOptions& options, at::Device device) {
  keep_tensor_memory();
  LoadedModel model =
      load_model(weights_file(options.weights),
                 {.device = device, .precision = options.precision, .size = options.size});
  const char* const graphs = std::getenv("SACCADE_CUDA_GRAPHS");
  if (device.is_cuda() && (graphs == nullptr || std::string_view(graphs) != "off"))
    model.graphs = std::make_shared<GraphedDetector>(*model.detector);
  return model;
}

void say_notes(const ModelInterventions& changes) {
  for (const std::string& note : changes.notes()) std::cerr << "saccade: note: " << note << "\n";
}

ModelSession::ModelSession(const ModelOptions& options, bool quiet)
    : ModelSession(options, open_model_device(options), quiet) {
  refuse_draws(interventions());
}

ModelSession::ModelSession(const ModelOptions& options, at::Device device, bool quiet) {
  if (options.threads > 0) at::set_num_threads(options.threads);
  const GivenInterventions given = read_interventions(options.interventions);
  model_ = load_session_model(options, device);
  plain_name_ = model_.name;
  interventions_ = ModelInterventions(given, model_, !options.no_exif);
  if (!quiet) say_notes(interventions_);
  if (!interventions_.empty()) model_.name += ", " + interventions_.words();
}

PreparedImage ModelSession::prepare(const std::filesystem::path& path, bool apply_exif) const {
  return prepare_image(read_image(path, apply_exif), model_.size);
}

ModelOutput ModelSession::run(const PreparedImage& image, AttentionHook* hook) const {
  return run_image(model_, image, interventions_, hook);
}

ModelOutput ModelSession::run_baseline(const PreparedImage& image, AttentionHook* hook) const {
  return run_image(model_, image, {}, hook);
}

std::vector<Detection> ModelSession::detections(const ModelOutput& output,
                                                const PreparedImage& image) const {
  return best_detections(model_, output, image.original());
}

}  // namespace saccade
