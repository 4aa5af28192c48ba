// Runs the detector once, records its attention, and draws what was asked for.
#include "saccade/cli/explain_command.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "saccade/cli/attention_view.h"
#include "saccade/cli/explain_compare.h"
#include "saccade/cli/explain_kind.h"
#include "saccade/cli/explain_subject.h"
#include "saccade/cli/explain_views.h"
#include "saccade/cli/figure_provenance.h"
#include "saccade/cli/map_view.h"
#include "saccade/cli/output_files.h"
#include "saccade/cli/template_note.h"
#include "saccade/core/error.h"
#include "saccade/core/json_array.h"
#include "saccade/explain/trace_file.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

class Explain {
 public:
  explicit Explain(const ExplainOptions& options)
      : options_(with_preset(options)), session_(options.model, options.quiet) {
    check_kind(options_, session_.config().family == ModelFamily::kDetr);
    figure_kind(options_.out);
    refuse_to_replace(options_.trace, options_.overwrite);
  }

  int run() {
    image_ = session_.prepare(options_.image, !options_.model.no_exif);
    const bool encoder = options_.module == "encoder";
    AttentionChoice choice =
        choose_attention(options_, session_.config(), draws_all_layers(options_));
    has_several_ = choice.layers.size() > 1;
    for (const int layer : choice.layers) refuse_to_replace(out_for(layer), options_.overwrite);
    RecordOptions record = recorded(options_);
    ImagePlace place;
    if (encoder) record.encoder_place = place = choose_place(options_, image_.image);
    TraceRecorder recorder(record);
    output_ = session_.run(image_, &recorder);
    trace_ = recorder.trace();
    choice.layers = layers_seen(options_, session_.config().family == ModelFamily::kDetr, trace_,
                                choice.layers);
    ExplainedImage explained{.options = options_,
                             .session = session_,
                             .image = image_,
                             .output = output_,
                             .trace = trace_,
                             .choice = std::move(choice),
                             .strides = level_strides(trace_.levels, image_),
                             .place = place};
    if (!encoder) explained.query = choose_query(options_, session_, output_, image_);
    if (draws_map(options_)) maps_ = explained_maps(explained);
    draw(explained);
    if (!options_.quiet && (draws_weights(options_) || shows_points_alone(options_)))
      tell_template(explained);
    if (!options_.trace.empty()) save_trace(explained);
    if (options_.json) print_json(explained);
    return 0;
  }

 private:
  void draw(const ExplainedImage& e) {
    const fs::path out = options_.out;
    const bool is_drawn = draws_map(options_) && map_method(options_) == AttributionMethod::kDrise;
    const FigureRecord record =
        figure_record(session_.model().sha256,
                      is_drawn ? std::to_string(std::max<std::int64_t>(0, options_.seed)) : "");
    if (options_.preset == "queries") {
      draw_queries_figure(tracks_view(e, false), wrote(out), record);
    } else if (options_.preset == "ref-to-box") {
      draw_ref_to_box_figure(tracks_view(e, false), wrote(out), record);
    } else if (options_.kind == "references") {
      draw_references_figure(tracks_view(e, true), wrote(out), record);
    } else if (options_.kind == "drift") {
      draw_query_drift_figure(tracks_view(e, true), wrote(out), record);
    } else if (options_.kind == "grid") {
      draw_grid_figure(grid_view(e), wrote(out), record);
    } else if (options_.kind == "flow") {
      draw_heat_figure(flow_view(e), wrote(out), record);
    } else if (draws_map(options_)) {
      draw_map_figure(map_view(e, maps_), wrote(out), record);
    } else if (options_.kind == "points" && e.encoder()) {
      draw_token_points_figure(token_points_view(e), wrote(out), record);
    } else {
      for (const int layer : e.choice.layers) draw_layer(e, layer, record);
    }
  }

  void draw_layer(const ExplainedImage& e, int layer, const FigureRecord& record) {
    const fs::path out = out_for(layer);
    if (options_.kind == "heat") {
      draw_heat_figure(heat_view(e, layer), wrote(out), record);
    } else if (options_.kind == "self-attention") {
      draw_self_attention_figure(self_attention_view(e, layer), wrote(out), record);
    } else {
      draw_points_figure(points_view(e, layer), wrote(out), record);
    }
  }

  static void tell_template(const ExplainedImage& e) {
    const std::string note = template_note(e);
    if (!note.empty()) std::cerr << "saccade: note: " << note << "\n";
  }

  fs::path out_for(int layer) const { return file_of_layer(options_, layer, has_several_); }

  void save_trace(const ExplainedImage& e) {
    JsonWriter names;
    names.begin_object();
    for (const auto& [id, name] : session_.model().classes.names())
      names.member(std::to_string(id), name);
    JsonWriter changes;
    changes.begin_array();
    for (const Intervention& one : session_.interventions()) changes.value(one.text);
    const auto size = [](int w, int h) { return std::to_string(w) + "x" + std::to_string(h); };
    write_trace(options_.trace, trace_, output_,
                {.encoder = e.encoder(),
                 .layers = e.choice.layers,
                 .image_width = static_cast<double>(image_.image.width),
                 .image_height = static_cast<double>(image_.image.height),
                 .metadata = {{"image", fs::path(options_.image).filename().string()},
                              {"original_size", size(image_.image.width, image_.image.height)},
                              {"input_size", size(image_.input_width(), image_.input_height())},
                              {"class_names", names.end_object().text()},
                              {"weights_sha256", session_.model().sha256},
                              {"interventions", changes.end_array().text()},
                              {"command", command_text()},
                              {"version", SACCADE_VERSION}}});
    wrote(options_.trace);
  }

  void print_json(const ExplainedImage& e) const {
    JsonWriter json(2);
    json.begin_object()
        .member("image", options_.image)
        .member("module", options_.module)
        .member("kind", options_.kind);
    add_subject_json(json, e);
    if (draws_map(options_)) add_maps(json, e, maps_);
    json.key("layers").begin_array();
    for (const int layer : e.choice.layers) add_layer_json(json, e, layer);
    json.end_array();
    std::printf("%s\n", add_array(json, "files", files_).end_object().text().c_str());
  }

  // Says what is written; returns the path so that it can stand where the path is used.
  const fs::path& wrote(const fs::path& path) {
    files_.push_back(path.string());
    return path;
  }

  ExplainOptions options_;
  ModelSession session_;
  PreparedImage image_;
  ModelOutput output_;
  Trace trace_;
  std::vector<ExplainedMap> maps_;  // --kind map
  bool has_several_ = false;        // layers were chosen
  std::vector<std::string> files_;

 public:
  const std::vector<std::string>& files() const { return files_; }
};

}  // namespace

int run_explain(const ExplainOptions& options) {
  if (!options.weights_b.empty()) return run_explain_compare(options);
  Explain explain(options);
  const int code = explain.run();
  for (const std::string& file : explain.files()) {
    if (!options.quiet && !options.json) std::cout << "wrote " << file << "\n";
  }
  return code;
}

}  // namespace saccade
