// A detector as an ONNX file.
#include "saccade/export/export_onnx.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include "saccade/core/error.h"
#include "saccade/core/json_writer.h"
#include "saccade/export/onnx_detector.h"

namespace saccade {
namespace {

std::string class_names_json(const LoadedModel& model) {
  JsonWriter json;
  json.begin_object();
  for (int label = 0; label < model.detector->config().num_classes; ++label)
    if (model.classes.has(label)) json.member(std::to_string(label), model.classes.name(label));
  return json.end_object().text();
}

std::map<std::string, at::Tensor> weights_of(Detector& detector) {
  std::map<std::string, at::Tensor> weights;
  for (const auto& [name, tensor] : state_dict(detector)) weights.emplace(name, tensor);
  return weights;
}

OnnxShapes shapes_of(const ModelConfig& config, const EncoderState& start, std::int64_t batch) {
  return {.batch = batch,
          .channels = config.hidden_dim,
          .heads = config.nheads,
          .levels = start.memory.levels};
}

OnnxGraph::ModelWords words_of(const LoadedModel& model, const OnnxOptions& options) {
  const bool is_detr = model.detector->config().family == ModelFamily::kDetr;
  OnnxGraph::ModelWords words{.producer_version = options.version,
                              .metadata = {{"class_names", class_names_json(model)},
                                           {"family", is_detr ? "detr" : "deformable_detr"},
                                           {"weights", model.name},
                                           {"weights_sha256", model.sha256},
                                           {"mean", "0.485,0.456,0.406"},
                                           {"std", "0.229,0.224,0.225"}}};
  if (!is_detr && options.form == OnnxOperator::kTensorRt) words.domains = {kTensorRtDomain};
  return words;
}

}  // namespace

void export_onnx(const LoadedModel& model, const OnnxOptions& options,
                 const std::filesystem::path& out) {
  const c10::InferenceMode no_gradients;
  Detector& detector = *model.detector;
  const ModelConfig& config = detector.config();
  const std::int64_t height = options.input.height, width = options.input.width;
  const EncoderState start = detector.encoder_start(at::zeros({1, 3, height, width}),
                                                    at::zeros({1, height, width}, at::kBool));
  if (config.two_stage && token_count(start.memory.levels) < config.num_queries)
    throw Error(text_of("the input of ", width, "x", height, " has ",
                        token_count(start.memory.levels), " tokens for ", config.num_queries,
                        " two-stage queries; make it larger"));
  const std::map<std::string, at::Tensor> weights = weights_of(detector);
  if (weights.contains("query_pos"))
    throw Error("the minimal DETR of the demo notebook is not exported; take a plain DETR");
  OnnxGraph graph;
  OnnxBuilder build(graph, weights);
  const OnnxSubject subject{.detector = detector,
                            .start = start,
                            .shapes = shapes_of(config, start, options.batch),
                            .form = options.form};
  const OnnxValue pixels = graph.input("pixels", {options.batch, 3, height, width});
  const OnnxResult result = config.family == ModelFamily::kDetr
                                ? onnx_detr(build, subject, pixels)
                                : onnx_deformable_detr(build, subject, pixels);
  graph.set_scope("");
  graph.output(result.logits, "pred_logits",
               {options.batch, config.num_queries, config.num_classes});
  graph.output(result.boxes, "pred_boxes", {options.batch, config.num_queries, 4});
  graph.write(out, words_of(model, options));
}

}  // namespace saccade
