// A loaded model and what it takes to run one image through it.
#include "saccade/cli/model_session.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <cstdlib>
#include <iostream>
#include <string_view>

#include "saccade/cli/program_files.h"
#include "saccade/core/one_line.h"
#include "saccade/explain/given_interventions.h"
#include "saccade/explain/intervener.h"
#include "saccade/explain/intervention_check.h"
#include "saccade/explain/model_limits.h"
#include "saccade/image/decode.h"
#include "saccade/image/input_size.h"
#include "saccade/image/preprocess.h"
#include "saccade/image/resize.h"
#include "saccade/model/inference.h"
#include "saccade/op/autocast.h"

namespace saccade {
namespace {

// A file may have been made for other weights: its units are there, and do something else.
void warn_of_other_weights(const GivenInterventions& given, const LoadedModel& model) {
  for (const auto& [path, file] : given.files) {
    if (file.weights_sha256 && *file.weights_sha256 != model.sha256)
      std::cerr << "saccade: note: " << one_line(path.string())
                << ": was made for other weights than " << one_line(model.name) << "\n";
  }
}

// For captions: the interventions themselves, or how many.
std::string words_for(const std::vector<Intervention>& interventions) {
  constexpr std::size_t kShort = 60;
  std::string words;
  for (const Intervention& intervention : interventions)
    words += (words.empty() ? "" : ", ") + one_line(intervention.text);
  return words.size() <= kShort ? words : std::to_string(interventions.size()) + " interventions";
}

}  // namespace

ModelSession::ModelSession(const ModelOptions& options, at::Device device) {
  if (options.threads > 0) at::set_num_threads(options.threads);
  const GivenInterventions given = read_interventions(options.interventions);
  model_ = load_model(options.weights.empty() ? shared_file("street_r18.safetensors")
                                              : std::filesystem::path(options.weights));
  check_interventions(given.interventions, limits_of(model_.detector->config()));
  warn_of_other_weights(given, model_);
  interventions_ = given.interventions;
  plain_name_ = model_.name;
  if (!interventions_.empty()) model_.name += ", " + words_for(interventions_);
  if (!options.size.empty()) model_.size = parse_size(options.size, model_.size.multiple);
  model_.detector->to(device);
  model_.autocast = autocast_type(options.precision);
  const char* const graphs = std::getenv("SACCADE_CUDA_GRAPHS");
  if (device.is_cuda() && (graphs == nullptr || std::string_view(graphs) != "off"))
    model_.graphs = std::make_shared<GraphedDetector>(*model_.detector);
}

PreparedImage ModelSession::prepare(const std::filesystem::path& path, bool apply_exif) const {
  PreparedImage prepared{.image = read_image(path, apply_exif)};
  const ImageSize original{prepared.image.width, prepared.image.height};
  const ImageSize size = resized_size(original, model_.size);
  ImageBatch batch = batch_of_one(resize_to_normalised(prepared.image, size));
  prepared.pixels = std::move(batch.pixels);
  prepared.mask = std::move(batch.mask);
  return prepared;
}

ModelOutput ModelSession::run(const PreparedImage& image, AttentionHook* hook) const {
  if (interventions_.empty()) return run_baseline(image, hook);
  Intervener intervener(interventions_, hook);
  intervener.on_images(
      {{static_cast<double>(image.image.width), static_cast<double>(image.image.height)}});
  return on_cpu(infer(model_, image.pixels, image.mask, &intervener));
}

ModelOutput ModelSession::run_baseline(const PreparedImage& image, AttentionHook* hook) const {
  return on_cpu(infer(model_, image.pixels, image.mask, hook));
}

std::vector<Detection> ModelSession::detections(const ModelOutput& output,
                                                const PreparedImage& image) const {
  const c10::InferenceMode no_gradients;
  return to_detections(postprocess(config().family, output.pred_logits[-1][0],
                                   output.pred_boxes[-1][0], image.image.width, image.image.height),
                       model_.classes);
}

}  // namespace saccade
