// Pictures of the worst errors of each type.
#include "saccade/cli/error_pictures.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <iostream>

#include "saccade/cli/explain_views.h"
#include "saccade/cli/figure_provenance.h"
#include "saccade/core/boxes.h"
#include "saccade/core/error.h"
#include "saccade/core/progress.h"
#include "saccade/eval/model_run.h"
#include "saccade/render/figure_text.h"

namespace saccade {
namespace {

constexpr double kSameBox = 0.99;  // IoU of one query in two passes, at least

namespace fs = std::filesystem;

// Images of a data set that off(resample) draws are not at hand outside the evaluation.
bool draws_images(const ModelSession& session) {
  return std::any_of(session.interventions().begin(), session.interventions().end(),
                     [](const Intervention& one) {
                       const auto* const patch = std::get_if<Patch>(&one.change);
                       return patch != nullptr && patch->drawn;
                     });
}

const char* sentence_of(int outcome) {
  constexpr const char* kSentences[kNumOutcomes] = {
      "",
      "overlaps a truth of another class by half or more",
      "overlaps a truth of its class, but by less than half",
      "has the wrong class and is badly placed",
      "overlaps a truth that a better result has taken",
      "overlaps no truth",
      "is the result that overlaps a missed truth most"};
  return kSentences[outcome];
}

class PictureMaker {
 public:
  PictureMaker(const EvalOptions& options, const EvaluatedSet& set, const ModelSession& session,
               const ErrorReport& report)
      : o_(options),
        set_(set),
        session_(session),
        report_(report),
        category_of_(categories_of_model(session.model(), set.truth.data)) {}

  std::string draw(int outcome, std::size_t rank) {
    const Outcome& of = report_.study.outcomes[static_cast<std::size_t>(outcome)];
    const MinedRow& row =
        report_.study.rows[static_cast<std::size_t>(of.images[rank].rows.front())];
    const fs::path file = image_name(row);
    PreparedImage image = session_.prepare(set_.place.images / file, /*apply_exif=*/false);
    TraceRecorder recorder({});
    const ModelOutput output = session_.run(image, &recorder);
    ExplainOptions options;
    options.image = file.string();
    options.kind = is_plain() ? "heat" : "points";
    const Trace& trace = recorder.trace();
    const ExplainedImage e{.options = options,
                           .session = session_,
                           .image = image,
                           .output = output,
                           .trace = trace,
                           .choice = choose_attention(options, session_.config(), false),
                           .strides = level_strides(trace.levels, image),
                           .query = query_of(row, output, image, note_of(row, of.images[rank]))};
    const std::string name =
        text_of(outcome_name(outcome), "-", rank + 1, "-", file.stem().string(), ".png");
    draw_to(e, row, fs::path(o_.errors) / name);
    return name;
  }

 private:
  bool is_plain() const { return session_.config().family == ModelFamily::kDetr; }

  const std::string& image_name(const MinedRow& row) const {
    return report_.data->images()[static_cast<std::size_t>(row.image)].file_name;
  }

  const CocoAnnotation* truth_of(const MinedRow& row) const {
    if (row.truth < 0) return nullptr;
    return &report_.data->annotations()[static_cast<std::size_t>(row.truth)];
  }

  ExplainedQuery query_of(const MinedRow& row, const ModelOutput& output,
                          const PreparedImage& image, std::string note) const {
    const CocoDetection& found =
        report_.results->detections[static_cast<std::size_t>(row.detection)];
    const int last = session_.config().dec_layers - 1;
    Detection d = query_after_layer(session_, output, last, row.query, image.image);
    // The image runs alone here. Of two stages the queries are ranks of proposals, of which two may then have changed
    // places: the box tells which query it was.
    const BoxXyxy box = corners(found.box);
    for (int q = 0; q < session_.config().num_queries && box_iou(d.box, box) < kSameBox; ++q) {
      const Detection other = query_after_layer(session_, output, last, q, image.image);
      if (box_iou(other.box, box) > box_iou(d.box, box)) d = other;
    }
    const auto label = std::find(category_of_.begin(), category_of_.end(), found.category);
    d.label = static_cast<int>(label - category_of_.begin());
    d.score = found.score;
    return {d, std::move(note)};
  }

  std::string note_of(const MinedRow& row, const MinedImage& image) const {
    std::string text = text_of(outcome_name(row.outcome), ": this ", sentence_of(row.outcome));
    if (const CocoAnnotation* truth = truth_of(row)) {
      const auto& category = report_.data->categories()[static_cast<std::size_t>(truth->category)];
      text += text_of("; dashed: the truth (", category.name, "), IoU ", number_text(row.iou, 2));
    }
    text += image.rows.size() == 1
                ? ". The only one of its type on this image."
                : text_of(". The first of ", image.rows.size(), " of its type on this image.");
    const auto& hits = report_.study.outcomes[kTruePositive].numbers;
    for (const auto& [number, words] :
         {std::pair<int, const char*>(kRadius, "Radius in half boxes"),
          std::pair<int, const char*>(kEntropy, "entropy")}) {
      const double value = row.attention.of(number);
      if (std::isnan(value)) continue;
      text += text_of(number == kRadius ? " " : ", ", words, " ", number_text(value, 2),
                      " (true positives: median ",
                      number_text(hits[static_cast<std::size_t>(number)].median, 2), ")");
    }
    return text + ".";
  }

  void draw_to(const ExplainedImage& e, const MinedRow& row, const fs::path& out) const {
    std::vector<BoxXyxy> truths;
    if (const CocoAnnotation* truth = truth_of(row)) truths.push_back(corners(truth->box));
    const int last = session_.config().dec_layers - 1;
    const FigureRecord record = figure_record(session_.model().sha256);
    if (is_plain()) {
      HeatFigure figure = heat_view(e, last);
      figure.query->truths = truths;
      return draw_heat_figure(figure, out, record);
    }
    PointsFigure figure = points_view(e, last);
    figure.query.truths = truths;
    draw_points_figure(figure, out, record);
  }

  const EvalOptions& o_;
  const EvaluatedSet& set_;
  const ModelSession& session_;
  const ErrorReport& report_;
  const std::vector<int> category_of_;
};

// Errors of which there is a query to show: (outcome, rank of the image).
std::vector<std::pair<int, std::size_t>> chosen_errors(const EvalOptions& o,
                                                       const ErrorReport& report) {
  std::vector<std::pair<int, std::size_t>> chosen;
  for (int outcome = 1; outcome < kNumOutcomes; ++outcome) {
    const auto& images = report.study.outcomes[static_cast<std::size_t>(outcome)].images;
    int drawn = 0;
    for (std::size_t rank = 0; rank < images.size() && drawn < o.pictures; ++rank) {
      const auto first = static_cast<std::size_t>(images[rank].rows.front());
      if (report.study.rows[first].detection < 0) continue;
      chosen.emplace_back(outcome, rank);
      ++drawn;
    }
  }
  return chosen;
}

bool skips_last_layer(const ModelSession& session) {
  const int last = session.config().dec_layers - 1;
  return std::any_of(
      session.interventions().begin(), session.interventions().end(),
      [last](const Intervention& one) {
        const auto* const off = std::get_if<BranchOff>(&one.change);
        return off != nullptr && off->layers.has(last) &&
               (off->branch == Branch::kDecoderCross || off->branch == Branch::kDecoderLayer);
      });
}

}  // namespace

std::vector<std::string> draw_error_pictures(const EvalOptions& o, const EvaluatedSet& set,
                                             const ModelSession& session,
                                             const ErrorReport& report) {
  const auto chosen = chosen_errors(o, report);
  if (chosen.empty()) return {};
  const char* const why = draws_images(session)       ? "off(resample) draws images of the set"
                          : skips_last_layer(session) ? "an intervention skips the last layer"
                                                      : nullptr;
  if (why != nullptr) {
    if (!o.quiet) std::cerr << "saccade: note: " << why << ": no pictures of single errors\n";
    return {};
  }
  PictureMaker maker(o, set, session, report);
  Progress progress("pictures", std::ssize(chosen), o.quiet);
  std::vector<std::string> names;
  for (const auto& [outcome, rank] : chosen) {
    names.push_back(maker.draw(outcome, rank));
    progress.step();
  }
  return names;
}

}  // namespace saccade
