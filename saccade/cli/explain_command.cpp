// Runs the detector once, records its attention, and draws what was asked for.
#include "saccade/cli/explain_command.h"

#include <ATen/ATen.h>

#include <cstdio>
#include <filesystem>
#include <iostream>

#include "saccade/cli/attention_view.h"
#include "saccade/cli/explain_subject.h"
#include "saccade/cli/figure_provenance.h"
#include "saccade/core/error.h"
#include "saccade/core/json_writer.h"
#include "saccade/explain/trace_file.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

class Explain {
 public:
  explicit Explain(const ExplainOptions& options)
      : options_(options), encoder_(options.module == "encoder"), session_(options.model) {
    refuse_to_replace(options.out);
    refuse_to_replace(options.trace);
    figure_kind(options.out);
  }

  int run() {
    image_ = session_.prepare(options_.image, !options_.model.no_exif);
    choice_ = choose_attention(options_, session_.config(), encoder_);
    RecordOptions record{.decoder_cross = !encoder_};
    if (encoder_) record.encoder_place = place_ = choose_place(options_, image_.image);
    TraceRecorder recorder(record);
    output_ = session_.run(image_, &recorder);
    trace_ = recorder.trace();
    strides_ = level_strides(trace_.levels, image_);
    if (encoder_) {
      draw_token();
    } else {
      query_ = choose_query(options_, session_, output_, image_);
      for (const int layer : choice_.layers) draw_query(layer);
    }
    if (!options_.trace.empty()) save_trace();
    return 0;
  }

 private:
  void refuse_to_replace(const fs::path& path) const {
    if (!path.empty() && !options_.overwrite && fs::exists(path)) {
      throw UsageError(
          text_of(path.string(), ": exists already; add --overwrite or choose another name"));
    }
  }

  PointStyle style() const {
    return {.color = options_.color == "level"  ? PointColor::kLevel
                     : options_.color == "head" ? PointColor::kHead
                                                : PointColor::kWeight,
            .scale = options_.scale == "log" ? WeightScale::kLog : WeightScale::kLinear,
            .relative = options_.relative};
  }

  FigureRecord record() const { return figure_record(session_.model().sha256); }

  void draw_token() {
    TokenPointsFigure figure{.photo = figure_photo(image_, options_.image, session_),
                             .token = token_subject(trace_, image_, place_),
                             .selection = selection_of(choice_, session_.config(), true, strides_),
                             .style = style()};
    for (const int layer : choice_.layers) {
      figure.panels.push_back(
          {layer, sample_points(trace_.encoder[layer], 0, trace_, choice_, image_.image)});
    }
    draw_token_points_figure(figure, options_.out, record());
    wrote(options_.out);
  }

  void draw_query(int layer) {
    const PointTrace& points = trace_.decoder[layer];
    const int query = query_.detection.query;
    const Detection after = query_after_layer(session_, output_, layer, query, image_.image);
    const at::Tensor reference =
        unpadded_references(points.reference_points, trace_.valid_ratios)[query];
    PointsFigure figure{
        .photo = figure_photo(image_, options_.image, session_),
        .query = {.query = query,
                  .class_name = session_.model().classes.name(query_.detection.label),
                  .score = query_.detection.score,
                  .box = after.box,
                  .note = query_.note},
        .layer = layer,
        .selection = selection_of(choice_, session_.config(), false, strides_),
        .points = sample_points(points, query, trace_, choice_, image_.image),
        .reference_x = reference[0].item<double>() * image_.image.width,
        .reference_y = reference[1].item<double>() * image_.image.height,
        .style = style(),
        .off_image_share = off_image_share(points, query, trace_, choice_),
        .query_specific = points.query_specific};
    const fs::path out = out_for(layer);
    draw_points_figure(figure, out, record());
    wrote(out);
  }

  // One file per layer: explain.png for one, explain-dec.3.png for several.
  fs::path out_for(int layer) const {
    fs::path out = options_.out;
    if (choice_.layers.size() == 1) return out;
    const std::string name =
        out.stem().string() + (encoder_ ? "-enc." : "-dec.") + std::to_string(layer);
    out.replace_filename(name + out.extension().string());
    refuse_to_replace(out);
    return out;
  }

  void save_trace() {
    JsonWriter names;
    names.begin_object();
    for (const auto& [id, name] : session_.model().classes.names())
      names.member(std::to_string(id), name);
    const auto size = [](int w, int h) { return std::to_string(w) + "x" + std::to_string(h); };
    write_trace(options_.trace, trace_, output_,
                {.encoder = encoder_,
                 .layers = choice_.layers,
                 .image_width = static_cast<double>(image_.image.width),
                 .image_height = static_cast<double>(image_.image.height),
                 .metadata = {{"image", fs::path(options_.image).filename().string()},
                              {"original_size", size(image_.image.width, image_.image.height)},
                              {"input_size", size(image_.input_width(), image_.input_height())},
                              {"class_names", names.end_object().text()},
                              {"weights_sha256", session_.model().sha256},
                              {"interventions", "[]"},
                              {"command", command_text()},
                              {"version", SACCADE_VERSION}}});
    wrote(options_.trace);
  }

  void wrote(const fs::path& path) const {
    if (!options_.quiet && !options_.json) std::cout << "wrote " << path.string() << "\n";
  }

  ExplainOptions options_;
  bool encoder_;
  ModelSession session_;
  PreparedImage image_;
  AttentionChoice choice_;
  ImagePlace place_;
  ModelOutput output_;
  Trace trace_;
  std::vector<int> strides_;
  ExplainedQuery query_;
};

}  // namespace

int run_explain(const ExplainOptions& options) { return Explain(options).run(); }

}  // namespace saccade
