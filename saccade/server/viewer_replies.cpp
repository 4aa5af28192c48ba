// The replies of docs/http-api.md, written out.
#include "saccade/server/viewer_replies.h"

#include <algorithm>

#include "saccade/checkpoint/tensors.h"
#include "saccade/core/error.h"
#include "saccade/core/json_array.h"
#include "saccade/core/level_strides.h"
#include "saccade/data/class_index.h"
#include "saccade/eval/image_matches.h"
#include "saccade/explain/intervention_words.h"

namespace saccade {
namespace {

void write_box(JsonWriter& json, const BoxXyxy& box) {
  json.begin_array().value(box.x0).value(box.y0).value(box.x1).value(box.y1).end_array();
}

void write_model(JsonWriter& json, const LoadedModel& model) {
  const ModelConfig& c = model.detector->config();
  const bool is_deformable = c.family == ModelFamily::kDeformableDetr;
  json.begin_object().member("name", model.name).member("sha256", model.sha256);
  json.member("family", is_deformable ? "deformable_detr" : "detr").member("backbone", c.backbone);
  json.member("queries", c.num_queries).member("enc_layers", c.enc_layers);
  json.member("dec_layers", c.dec_layers).member("heads", c.nheads);
  json.member("levels", is_deformable ? c.num_feature_levels : 1);
  json.member("enc_points", is_deformable ? c.enc_n_points : 0);
  json.member("dec_points", is_deformable ? c.dec_n_points : 0);
  json.member("with_box_refine", c.with_box_refine).member("two_stage", c.two_stage);
  json.member("size",
              text_of(model.size.short_side, ",", model.size.max_side, ",", model.size.multiple));
  json.key("classes").begin_array();
  for (int label = 0; label < c.num_classes; ++label)
    model.classes.has(label) ? json.value(model.classes.name(label)) : json.null();
  json.end_array().end_object();
}

void write_levels(JsonWriter& json, const OpenImage& open) {
  json.key("levels").begin_array();
  const std::vector<int> strides =
      level_strides(open.levels(), open.input_width(), open.input_height());
  for (std::size_t l = 0; l < strides.size(); ++l) {
    const LevelShape& level = open.levels()[l];
    json.begin_object().member("height", level.height).member("width", level.width);
    json.member("stride", strides[l]).end_object();
  }
  json.end_array();
}

// Layers whose picture shows mostly what all queries share. `parts` [layers, M + 1, 2] as specific_parts; undefined: none.
void write_mostly_template(JsonWriter& json, const at::Tensor& parts) {
  json.key("mostly_template").begin_array();
  for (std::int64_t layer = 0; parts.defined() && layer < parts.size(0); ++layer)
    if (QuerySpecific{.weights = parts[layer][-1][0].item<double>()}.is_mostly_template())
      json.value(layer);
  json.end_array();
}

void write_cell(JsonWriter& json, const TokenCell& cell) {
  json.member("token", cell.token).member("level", cell.level);
  json.member("column", cell.column).member("row", cell.row).key("cell");
  write_box(json, cell.box);
}

// Of the last layer's results, sizes as an evaluation takes them: differences in float32.
at::Tensor matches_of(const DecoderView& view, const CocoDataSet& truth, int image) {
  const std::vector<int> category_of = category_of_class(truth);
  const auto scores = view.scores[-1], boxes = view.boxes[-1].contiguous();
  std::vector<CocoDetection> counted;
  std::vector<std::int64_t> place;  // of each of them among the results
  const std::int64_t found = view.detections.size(0);
  const auto* const row = view.detections.const_data_ptr<std::int32_t>();
  for (std::int64_t i = 0; i < found; ++i) {
    const std::int32_t query = row[2 * i], label = row[2 * i + 1];
    const int category =
        label < std::ssize(category_of) ? category_of[static_cast<std::size_t>(label)] : -1;
    if (category < 0) continue;
    const float* const box = boxes.const_data_ptr<float>() + 4 * query;
    counted.push_back({.image = image,
                       .category = category,
                       .score = scores[query][label].item<double>(),
                       .box = {box[0], box[1], box[2] - box[0], box[3] - box[1]}});
    place.push_back(i);
  }
  at::Tensor matches = at::full({found, 2}, -1, at::kInt);
  auto* const out = matches.mutable_data_ptr<std::int32_t>();
  const std::vector<ImageMatch> all = match_image(truth, image, std::move(counted));
  for (std::size_t i = 0; i < all.size(); ++i) {
    out[2 * place[i]] = all[i].kind;
    out[2 * place[i] + 1] = all[i].truth;
  }
  return matches;
}

HttpReply binary_reply(const NamedRawTensors& tensors, const char* key, const std::string& json) {
  return text_reply(200, "application/octet-stream", safetensors_bytes(tensors, {{key, json}}));
}

void write_faith(JsonWriter& json, const FaithWords& faith) {
  json.key("faith");
  if (faith.of.empty()) {
    json.null();
    return;
  }
  json.begin_object().member("of", faith.of);
  add_array(json, "interventions", faith.interventions);
  json.key("methods").begin_object();
  for (const auto& [method, words] : faith.methods) json.member(method, words);
  json.end_object().end_object();
}

}  // namespace

std::string model_json(const LoadedModel& a, const LoadedModel* b, const ServerWords& words) {
  JsonWriter json;
  json.begin_object().member("version", words.version).member("device", words.device);
  json.member("threads", words.threads).member("precision", words.precision);
  json.member("exif", words.exif).member("memory_budget_mb", words.memory_budget_mb);
  json.member("upload_limit_mb", words.upload_limit_mb).member("command", words.command);
  json.key("models").begin_object().key("a");
  write_model(json, a);
  json.key("b");
  if (b != nullptr)
    write_model(json, *b);
  else
    json.null();
  add_array(json.end_object(), "interventions", words.interventions);
  add_array(json, "sweeps", words.sweeps);
  json.member("runs", words.has_runs);
  write_faith(json, words.faith);
  return json.end_object().text();
}

std::string truth_json(const CocoDataSet& data, int image, const ClassMap& classes) {
  const std::vector<int> category_of = category_of_class(data);
  JsonWriter json;
  json.begin_object().key("boxes").begin_array();
  for (const CocoAnnotation& one : data.annotations_of(image)) {
    const auto label = std::find(category_of.begin(), category_of.end(), one.category);
    const std::int64_t index = label == category_of.end() ? -1 : label - category_of.begin();
    json.begin_object().member("class", classes.has(index) ? index : -1);
    json.member("name", data.categories()[static_cast<std::size_t>(one.category)].name);
    json.key("box");
    write_box(json, corners(one.box));
    json.member("crowd", one.is_crowd).end_object();
  }
  return json.end_array().end_object().text();
}

HttpReply run_reply(const RunReplyOf& of, const RunSubject& subject, const DecoderRun& run) {
  const OpenImage& open = subject.image;
  JsonWriter json;
  json.begin_object().key("image").begin_object().member("id", of.image.id);
  json.member("name", of.image.name).member("width", open.width()).member("height", open.height());
  json.member("input_width", open.input_width()).member("input_height", open.input_height());
  json.end_object().member("model", of.request.model);
  if (of.request.checkpoint) {
    json.key("of");
    write_model(json, subject.model);
  }
  if (of.request.longest_side > 0) json.member("longest_side", of.request.longest_side);
  json.key("interventions").begin_array();
  for (const Intervention& one : subject.interventions) json.value(one.text);
  json.end_array().key("words").begin_array();
  for (const Intervention& one : subject.interventions) json.value(intervention_words(one.change));
  json.end_array().member("encoder", run.encoder).member("first_layer", run.first_layer);
  json.member("ms", subject.ms + run.ms);
  write_mostly_template(json, run.view.query_specific);
  write_levels(json, open);
  json.end_object();
  NamedRawTensors tensors = named_tensors(run.view);
  if (of.truth != nullptr && of.image.truth >= 0)
    tensors.emplace_back("matches", to_raw(matches_of(run.view, *of.truth, of.image.truth)));
  return binary_reply(tensors, "run", json.text());
}

HttpReply detections_reply(const LoadedModel& model, const std::vector<Detection>& detections,
                           double threshold) {
  JsonWriter json;
  json.begin_object().key("detections").begin_array();
  for (const Detection& one : detections) {
    if (one.score < threshold) continue;
    json.begin_object().member("query", one.query).member("class", one.label);
    json.member("name", model.classes.name(one.label)).member("score", one.score).key("box");
    write_box(json, one.box);
    json.end_object();
  }
  return json_reply(json.end_array().end_object().text());
}

HttpReply token_reply(const TokenView& token) {
  JsonWriter json;
  json.begin_object();
  write_cell(json, token.cell);
  write_mostly_template(json, token.query_specific);
  json.end_object();
  NamedRawTensors tensors = {{"points", raw_packed(token.points)},
                             {"weights", raw_packed(token.weights)},
                             {"query_specific", to_raw(token.query_specific)}};
  for (std::size_t level = 0; level < token.read_by.size(); ++level)
    tensors.emplace_back(text_of("read_by.", level), to_raw(token.read_by[level]));
  return binary_reply(tensors, "token", json.text());
}

HttpReply heard_reply(int query, int layer, const at::Tensor& weights) {
  JsonWriter json;
  json.begin_object().member("method", "self-attention").member("query", query);
  json.member("layer", layer).end_object();
  return binary_reply({{"weights", to_raw(weights)}}, "map", json.text());
}

HttpReply flow_reply(const FlowView& flow, int layer, const OpenImage& open) {
  JsonWriter json;
  json.begin_object().member("method", "flow").member("layer", layer);
  write_cell(json, flow.cell);
  write_levels(json, open);
  json.end_object();
  NamedRawTensors tensors;
  for (std::size_t level = 0; level < flow.share.size(); ++level)
    tensors.emplace_back(text_of("level.", level), to_raw(flow.share[level]));
  return binary_reply(tensors, "map", json.text());
}

HttpReply attribution_reply(const AttributionView& view, const OpenImage& open) {
  JsonWriter json;
  json.begin_object().member("method", method_name(view.method));
  json.member("query", view.target.query);
  if (has_target(view.method)) {
    json.member("target", output_name(view.target.output)).member("class", view.target.label);
    json.member("value", view.value);
  }
  json.member("signed", view.map.is_signed).member("outside", view.map.outside);
  if (!view.map.levels.empty()) write_levels(json, open);
  json.end_object();
  NamedRawTensors tensors;
  if (view.map.levels.empty()) tensors.emplace_back("pixels", to_raw(view.map.map));
  for (std::size_t level = 0; level < view.map.levels.size(); ++level)
    tensors.emplace_back(text_of("level.", level), to_raw(view.map.levels[level].to(at::kFloat)));
  return binary_reply(tensors, "map", json.text());
}

}  // namespace saccade
