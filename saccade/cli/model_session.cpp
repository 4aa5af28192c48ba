// A loaded model and what it takes to run one image through it.
#include "saccade/cli/model_session.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <cstdlib>
#include <string_view>

#include "saccade/cli/program_files.h"
#include "saccade/explain/intervener.h"
#include "saccade/explain/text_cursor.h"
#include "saccade/image/decode.h"
#include "saccade/image/input_size.h"
#include "saccade/image/preprocess.h"
#include "saccade/image/resize.h"
#include "saccade/model/inference.h"
#include "saccade/op/autocast.h"
#include "saccade/op/tensor_memory.h"

namespace saccade {
namespace {

void refuse_draws(const std::vector<Intervention>& interventions) {
  constexpr std::string_view kWord = "resample";
  for (const Intervention& one : interventions) {
    const auto* const patch = std::get_if<Patch>(&one.change);
    if (patch == nullptr || !patch->drawn) continue;
    throw UsageError(caret_message(
        "another image of a data set cannot be drawn without one: eval, sweep and search take it; "
        "here patch(FILE) says which image",
        one.text, one.text.find(kWord)));
  }
}

}  // namespace

LoadedModel load_session_model(const ModelOptions& options, at::Device device) {
  keep_tensor_memory();
  LoadedModel model = load_model(options.weights.empty() ? shared_file("street_r18.safetensors")
                                                         : std::filesystem::path(options.weights));
  if (!options.size.empty()) model.size = parse_size(options.size, model.size.multiple);
  model.detector->to(device);
  model.autocast = autocast_type(options.precision);
  const char* const graphs = std::getenv("SACCADE_CUDA_GRAPHS");
  if (device.is_cuda() && (graphs == nullptr || std::string_view(graphs) != "off"))
    model.graphs = std::make_shared<GraphedDetector>(*model.detector);
  return model;
}

ModelSession::ModelSession(const ModelOptions& options)
    : ModelSession(options, open_model_device(options)) {
  refuse_draws(interventions());
}

ModelSession::ModelSession(const ModelOptions& options, at::Device device) {
  if (options.threads > 0) at::set_num_threads(options.threads);
  const GivenInterventions given = read_interventions(options.interventions);
  model_ = load_session_model(options, device);
  plain_name_ = model_.name;
  interventions_ = ModelInterventions(given, model_, !options.no_exif);
  if (!interventions_.empty()) model_.name += ", " + interventions_.words();
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
  interventions_.run_donors(image.pixels, image.mask);
  Intervener intervener(interventions_.all(), hook);
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
