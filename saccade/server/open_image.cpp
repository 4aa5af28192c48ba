// One image in a model, kept between requests.
#include "saccade/server/open_image.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <chrono>

#include "saccade/core/error.h"
#include "saccade/explain/intervention_reach.h"
#include "saccade/image/decode.h"
#include "saccade/model/prepared_image.h"
#include "saccade/server/token_readers.h"

namespace saccade {
namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

void check_layer(int layer, int layers, const char* module) {
  if (layer < 0 || layer >= layers)
    throw UsageError(
        text_of("layer ", layer, ": this model has ", module, " layers 0 to ", layers - 1));
}

}  // namespace

OpenImage::OpenImage(const LoadedModel& model, std::span<const std::byte> bytes,
                     const std::string& name, bool apply_exif, int longest_side,
                     const StopFlag& stop, const TellProgress& tell)
    : model_(model) {
  const c10::InferenceMode no_gradients;
  InputSize wanted = model.size;
  if (longest_side > 0) wanted.short_side = wanted.max_side = longest_side;
  const PreparedImage image = prepare_image(decode_image(bytes, name, apply_exif), wanted);
  width_ = image.image.width;
  height_ = image.image.height;
  RunWatch watch(model.detector->config(), stop, tell);
  session_.emplace(model_, image.pixels, image.mask, original(),
                   InterventionSession::Keep::kEncoderToo, &watch);
  TraceRecorder recorder({});
  session_->watch_decoder(recorder);
  baseline_ = decoder_view(model_, session_->baseline(), recorder.trace(), 0, {}, width_, height_);
}

DecoderRun OpenImage::run(const Interventions& interventions, const StopFlag& stop,
                          const TellProgress& tell) const {
  const auto start = Clock::now();
  const c10::InferenceMode no_gradients;
  const int layers = session_->config().dec_layers;
  const Reach reach = reach_of(interventions, layers);
  DecoderRun run{.view = baseline_,
                 .encoder = reach.encoder,
                 .first_layer = reach.encoder ? 0 : reach.decoder_layer};
  if (!interventions.empty()) {
    TraceRecorder recorder({});
    RunWatch watch(session_->config(), stop, tell, &recorder);
    const ModelOutput output = session_->run(interventions, &watch);
    run.view =
        decoder_view(model_, output, recorder.trace(), run.first_layer, baseline_, width_, height_);
  }
  run.ms = ms_since(start);
  return run;
}

std::vector<Detection> OpenImage::detections(const Interventions& interventions,
                                             const StopFlag& stop) const {
  const c10::InferenceMode no_gradients;
  RunWatch watch(session_->config(), stop, nullptr);
  return detections_of(model_, session_->run(interventions, &watch), width_, height_);
}

ImagePlace OpenImage::token_place(double x, double y, int level) const {
  if (session_->config().family != ModelFamily::kDeformableDetr)
    throw UsageError("this model is a plain DETR: its encoder's tokens have no sampling points");
  if (level < 0 || level >= std::ssize(levels()))
    throw UsageError(
        text_of("level ", level, ": this model has levels 0 to ", levels().size() - 1));
  if (!(x >= 0 && x <= width_ && y >= 0 && y <= height_))
    throw UsageError(text_of("at: ", x, ",", y, " is outside the image of ", width_, "x", height_));
  return {.x = x / width_, .y = y / height_, .level = level};
}

TokenView OpenImage::token(double x, double y, int level, const Interventions& interventions,
                           const StopFlag& stop, const TellProgress& tell) const {
  const c10::InferenceMode no_gradients;
  TokenReaders readers(token_place(x, y, level), session_->config());
  RunWatch watch(session_->config(), stop, tell, &readers);
  session_->watch_encoder(interventions, watch);
  return readers.view(width_, height_);
}

FlowView OpenImage::flow(double x, double y, int level, int layer,
                         const Interventions& interventions, const StopFlag& stop,
                         const TellProgress& tell) const {
  const ImagePlace place = token_place(x, y, level);
  check_layer(layer, session_->config().enc_layers, "encoder");
  const c10::InferenceMode no_gradients;
  TokenFlow flow(place, layer);
  RunWatch watch(session_->config(), stop, tell, &flow);
  session_->watch_encoder(interventions, watch);
  return flow.view(width_, height_);
}

at::Tensor OpenImage::heard(int query, int layer, const Interventions& interventions,
                            const StopFlag& stop, const TellProgress& tell) const {
  const ModelConfig& config = session_->config();
  check_layer(layer, config.dec_layers, "decoder");
  if (query < 0 || query >= config.num_queries)
    throw UsageError(
        text_of("query ", query, ": this model has queries 0 to ", config.num_queries - 1));
  const c10::InferenceMode no_gradients;
  TraceRecorder recorder({.decoder_cross = false, .decoder_self = true});
  RunWatch watch(config, stop, tell, &recorder);
  // Layers before the first changed one are the baseline's, and are not run with the interventions.
  const Reach reach = reach_of(interventions, config.dec_layers);
  if (reach.encoder || layer >= reach.decoder_layer)
    session_->run(interventions, &watch);
  else
    session_->watch_decoder(watch);
  for (const DenseTrace& one : recorder.trace().decoder_self)
    if (one.layer == layer) return one.weights.select(1, query).to(at::kFloat).contiguous();
  throw Error(text_of("decoder layer ", layer, " was not seen"));
}

// Gradients take no part in tensors of inference mode: the session's serve the rest.
AttributionView OpenImage::attribution(AttributionMethod method, const AttributionTarget& target,
                                       AttributionOptions options,
                                       const Interventions& interventions, const StopFlag& stop,
                                       const TellProgress& tell) const {
  // "Query 12" of the page would be another proposal in the float32 that maps are computed in.
  if (model_.autocast && model_.detector->config().two_stage)
    throw UsageError(
        "maps of a two-stage model are of float32's proposals: view it with --precision fp32");
  std::vector<std::string> texts;
  for (const Intervention& one : interventions) texts.push_back(one.text);
  if (!attributed_ || attributed_with_ != texts) {
    if (tell) tell("Image once more", 0);
    attributed_ = std::make_unique<const Attributor>(model_, session_->pixels(), session_->mask(),
                                                     original(), interventions);
    attributed_with_ = texts;
  }
  stop.check();
  int done = 0;
  options.on_step = [&] {
    stop.check();
    ++done;
    if (tell)
      tell(text_of("Mask ", done, " of ", options.drise_masks),
           static_cast<double>(done) / options.drise_masks);
  };
  AttributionView view{.method = method, .target = target};
  view.value = attributed_->image().value_of(target, attributed_->output()).item<double>();
  view.map = attributed_->map(method, target, options);
  return view;
}

}  // namespace saccade
