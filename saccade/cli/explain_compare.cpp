// saccade explain --weights-b: what two models looked at for the same object.
#include "saccade/cli/explain_compare.h"

#include <ATen/ATen.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "saccade/cli/explain_kind.h"
#include "saccade/cli/explain_views.h"
#include "saccade/cli/figure_provenance.h"
#include "saccade/cli/output_files.h"
#include "saccade/cli/template_note.h"
#include "saccade/core/error.h"
#include "saccade/core/json_array.h"
#include "saccade/render/compared_pages.h"
#include "saccade/render/figure_text.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

// One of the two models and what it made of the image.
class Side {
 public:
  Side(const ExplainOptions& options, char letter)
      : letter_(letter), options_(with_preset(options)), session_(options.model, options.quiet) {
    told([&] { check_kind(options_, session_.config().family == ModelFamily::kDetr); });
  }

  void run() {
    image_ = session_.prepare(options_.image, !options_.model.no_exif);
    told([&] {
      choice_ = choose_attention(options_, session_.config(), draws_all_layers(options_));
    });
    RecordOptions record = recorded(options_);
    if (is_encoder()) {
      place_ = choose_place(options_, image_.image);
      told([&] { check_level(); });
      record.encoder_place = place_;
    }
    TraceRecorder recorder(record);
    output_ = session_.run(image_, &recorder);
    trace_ = recorder.trace();
    choice_.layers = layers_seen(options_, session_.config().family == ModelFamily::kDetr, trace_,
                                 choice_.layers, text_of(letter_, ": "));
  }

  void choose() { query_ = choose_query(options_, session_, output_, image_); }
  // Throws Error where nothing overlaps.
  double match(const Side& other) {
    const QueryMatch match = match_query(other.query_.detection, session_, output_, image_.image);
    query_ = match.query;
    if (match.iou >= kMatchedIou) return match.iou;
    throw Error(text_of(weights_name(), ": no query's box overlaps that of query ",
                        other.query_.detection.query, " (", other.class_name(), ", score ",
                        number_text(other.query_.detection.score, 2), ") of A with an IoU of ",
                        kMatchedIou, " or more; the nearest is query ", query_.detection.query,
                        " with ", number_text(match.iou, 2),
                        ": choose another object (--detection, --class, --at)"));
  }

  ExplainedImage explained() const {
    return {.options = options_,
            .session = session_,
            .image = image_,
            .output = output_,
            .trace = trace_,
            .choice = choice_,
            .strides = level_strides(trace_.levels, image_),
            .place = place_,
            .query = query_};
  }

  bool is_encoder() const { return options_.module == "encoder"; }
  const ExplainOptions& options() const { return options_; }
  const ModelSession& session() const { return session_; }
  const std::vector<int>& layers() const { return choice_.layers; }
  std::string weights_name() const {
    return options_.model.weights.empty() ? session_.plain_name() : options_.model.weights;
  }
  std::string class_name() const { return session_.model().classes.name(query_.detection.label); }
  const Detection& detection() const { return query_.detection; }
  const std::string& note() const { return query_.note; }

 private:
  // Says of which model a fault is.
  template <typename Work>
  void told(const Work& work) const {
    try {
      work();
    } catch (const UsageError& error) {
      throw UsageError(text_of(letter_, " (", weights_name(), "): ", error.what()));
    }
  }

  void check_level() const {
    const int levels = session_.config().num_feature_levels;
    if (place_.level >= levels)
      throw UsageError(
          text_of("--from-level ", place_.level, ": this model has levels 0 to ", levels - 1));
  }

  const char letter_;
  const ExplainOptions options_;
  const ModelSession session_;
  PreparedImage image_;
  ModelOutput output_;
  Trace trace_;
  AttentionChoice choice_;
  ImagePlace place_;
  ExplainedQuery query_;
};

ExplainOptions with_weights(ExplainOptions options, const std::string& weights) {
  options.model.weights = weights;
  return options;
}

void check_options(const ExplainOptions& o) {
  if (!o.trace.empty())
    throw UsageError("--trace: is of one model; run explain once for each, without --weights-b");
  if (o.preset == "queries" || o.preset == "ref-to-box")
    throw UsageError(text_of("--preset ", o.preset,
                             ": shows all queries, which have no counterpart in another model; "
                             "leave --weights-b out"));
  if (o.kind == "map") throw UsageError("--kind map: is of one model; leave --weights-b out");
  figure_kind(o.out);
  if (!draws_layer_by_layer(with_preset(o))) refuse_to_replace(o.out, o.overwrite);
}

class Comparison {
 public:
  explicit Comparison(const ExplainOptions& options)
      : options_(options), a_(options, 'A'), b_(with_weights(options, options.weights_b), 'B') {}

  void run() {
    a_.run();
    b_.run();
    check_layers();
    for (std::size_t i = 0; i < figures(); ++i) refuse_to_replace(out_for(i), options_.overwrite);
    if (!a_.is_encoder()) {
      a_.choose();
      iou_ = b_.match(a_);
    }
    for (std::size_t i = 0; i < figures(); ++i) draw(i);
    if (!options_.quiet && draws_weights(a_.options())) tell_templates();
    if (options_.json) print_json();
  }

  const std::vector<std::string>& files() const { return files_; }

 private:
  bool layer_by_layer() const { return draws_layer_by_layer(a_.options()); }
  std::size_t figures() const { return layer_by_layer() ? a_.layers().size() : 1; }

  void check_layers() const {
    if (layer_by_layer() && a_.layers().size() != b_.layers().size())
      throw UsageError(text_of("--layer ", options_.layer, ": A has ", a_.layers().size(),
                               " such layers and B ", b_.layers().size(),
                               "; name layers that both have"));
  }

  fs::path out_for(std::size_t i) const {
    return file_of_layer(a_.options(), a_.layers()[i], figures() > 1);
  }

  void tell_templates() const {
    for (const auto& [letter, side] : {std::pair("A: ", &a_), std::pair("B: ", &b_)}) {
      const std::string note = template_note(side->explained());
      if (!note.empty()) std::cerr << "saccade: note: " << letter << note << "\n";
    }
  }

  std::vector<FigurePage> pages(std::size_t i) const {
    const ExplainedImage a = a_.explained(), b = b_.explained();
    const std::string& kind = a_.options().kind;
    if (kind == "references")
      return {references_page(tracks_view(a, true)), references_page(tracks_view(b, true))};
    if (kind == "drift")
      return {query_drift_page(tracks_view(a, true)), query_drift_page(tracks_view(b, true))};
    if (kind == "grid") return grid_pages({grid_view(a), grid_view(b)});
    if (kind == "flow") return heat_pages({flow_view(a), flow_view(b)});
    if (kind == "points" && a_.is_encoder())
      return token_points_pages({token_points_view(a), token_points_view(b)});
    const int of_a = a_.layers()[i], of_b = b_.layers()[i];
    if (kind == "heat") return heat_pages({heat_view(a, of_a), heat_view(b, of_b)});
    if (kind == "self-attention")
      return self_attention_pages({self_attention_view(a, of_a), self_attention_view(b, of_b)});
    return points_pages({points_view(a, of_a), points_view(b, of_b)});
  }

  // Stems alone where they differ: two checkpoint.pth are told apart by their folders.
  std::pair<std::string, std::string> names() const {
    const auto pair = std::pair(a_.session().caption_name(), b_.session().caption_name());
    if (pair.first != pair.second) return pair;
    const auto with_folder = [](const Side& side) {
      const fs::path path = fs::absolute(side.weights_name());
      return text_of(path.parent_path().filename().string(), "/", side.session().caption_name());
    };
    return {with_folder(a_), with_folder(b_)};
  }

  std::string caption() const {
    const auto [name_a, name_b] = names();
    std::string text = text_of("The same image in A (", name_a, ") and B (", name_b, "). ");
    if (a_.is_encoder()) {
      text += "The token under the same pixel in both. ";
    } else {
      const auto words = [](const Side& side) {
        return text_of("query ", side.detection().query, " (", side.class_name(), ", score ",
                       number_text(side.detection().score, 2), ")");
      };
      text += text_of("A: ", words(a_), "; B: ", words(b_),
                      ", of the queries whose final box has an IoU of ", kMatchedIou,
                      " or more with that of A the one with the largest IoU x score; IoU ",
                      number_text(iou_, 2), ". ");
      if (a_.class_name() != b_.class_name()) text += "The two name different classes. ";
    }
    return text + (draws_tracks(a_.options()) ? "" : "Colours have one range in both.");
  }

  void draw(std::size_t i) {
    std::vector<FigurePage> both = pages(i);
    const auto [name_a, name_b] = names();
    const ComparedPages compared{.title_a = "A \u00B7 " + name_a,
                                 .title_b = "B \u00B7 " + name_b,
                                 .a = std::move(both[0]),
                                 .b = std::move(both[1]),
                                 .caption = caption()};
    const fs::path out = out_for(i);
    write_compared_pages(compared, out,
                         figure_record(text_of(a_.session().model().sha256, " (A), ",
                                               b_.session().model().sha256, " (B)")));
    files_.push_back(out.string());
  }

  void add_side(JsonWriter& json, const char* key, const Side& side) const {
    json.key(key).begin_object();
    json.member("model", side.session().caption_name());
    json.member("weights_sha256", side.session().model().sha256);
    add_subject_json(json, side.explained());
    json.key("layers").begin_array();
    for (const int layer : side.layers()) add_layer_json(json, side.explained(), layer);
    json.end_array().end_object();
  }

  void print_json() const {
    JsonWriter json(2);
    json.begin_object().member("image", options_.image);
    json.member("module", a_.options().module).member("kind", a_.options().kind);
    if (!a_.is_encoder()) json.member("iou", iou_);
    add_side(json, "a", a_);
    add_side(json, "b", b_);
    std::printf("%s\n", add_array(json, "files", files_).end_object().text().c_str());
  }

  const ExplainOptions& options_;
  Side a_, b_;
  double iou_ = 0;
  std::vector<std::string> files_;
};

}  // namespace

int run_explain_compare(const ExplainOptions& options) {
  check_options(options);
  Comparison comparison(options);
  comparison.run();
  if (!options.quiet && !options.json)
    for (const std::string& file : comparison.files()) std::cout << "wrote " << file << "\n";
  return 0;
}

}  // namespace saccade
