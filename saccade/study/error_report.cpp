// Mined errors as text, JSON, CSV and a picture.
#include "saccade/study/error_report.h"

#include <cmath>

#include "saccade/core/error.h"
#include "saccade/core/json_array.h"
#include "saccade/study/study_json.h"
#include "saccade/study/study_text.h"

namespace saccade {
namespace {

const char* words_of(int outcome) {
  constexpr const char* kWords[kNumOutcomes] = {"hit",           "wrong class", "badly placed",
                                                "both of these", "duplicate",   "background",
                                                "missed truth"};
  return kWords[outcome];
}

int numbers_of(const ErrorReport& report) { return kNumAttentionNumbers + report.study.levels; }

const std::string& category_name(const ErrorReport& report, int category) {
  return report.data->categories()[static_cast<std::size_t>(category)].name;
}

const CocoDetection* detection_of(const ErrorReport& report, const MinedRow& row) {
  return row.detection < 0 ? nullptr
                           : &report.results->detections[static_cast<std::size_t>(row.detection)];
}

std::string csv_row(const ErrorReport& report, const MinedRow& row) {
  const CocoDetection* found = detection_of(report, row);
  const CocoAnnotation* truth =
      row.truth < 0 ? nullptr : &report.data->annotations()[static_cast<std::size_t>(row.truth)];
  const BoxXywh& box = found != nullptr ? found->box : truth->box;
  std::string text = outcome_name(row.outcome);
  text += "," + csv_field(report.data->images()[static_cast<std::size_t>(row.image)].file_name);
  text += "," + (found == nullptr ? "" : csv_field(category_name(report, found->category)));
  text +=
      "," + (found == nullptr ? "" : csv_number(found->score) + "," + std::to_string(row.query));
  if (found == nullptr) text += ",";
  text += "," + (truth == nullptr ? ","
                                  : csv_number(row.iou) + "," +
                                        csv_field(category_name(report, truth->category)));
  for (const double side : {box.x, box.y, box.width, box.height}) text += "," + csv_number(side);
  for (int n = 0; n < numbers_of(report); ++n) text += "," + csv_number(row.attention.of(n));
  return text + "\n";
}

void add_numbers(JsonWriter& json, const ErrorReport& report, const Outcome& outcome) {
  json.key("attention").begin_object();
  for (int n = 0; n < numbers_of(report); ++n) {
    const NumberSummary& s = outcome.numbers[static_cast<std::size_t>(n)];
    json.key(attention_number_name(n)).begin_object();
    json.member("count", s.count).member("mean", s.mean).member("p5", s.low);
    json.member("quartile1", s.quartile1).member("median", s.median);
    json.member("quartile3", s.quartile3).member("p95", s.high);
    if (!outcome.effects.empty()) {
      const NumberEffect& e = outcome.effects[static_cast<std::size_t>(n)];
      json.key("against_true_positives").begin_object();
      json.member("cliffs_delta", e.delta.value).member("low", e.delta.low);
      json.member("high", e.delta.high);
      json.member("p", e.is_tested() ? e.p : std::nan(""));
      json.member("q", e.is_tested() ? e.q : std::nan(""));
      json.member("significant", e.q <= kSignificantQ).end_object();
    }
    json.end_object();
  }
  json.end_object();
}

void add_images(JsonWriter& json, const ErrorReport& report, const Outcome& outcome) {
  json.key("images").begin_array();
  for (const MinedImage& image : outcome.images) {
    json.begin_object();
    json.member("file_name",
                report.data->images()[static_cast<std::size_t>(image.image)].file_name);
    json.member("count", image.rows.size()).member("weight", image.weight);
    add_array(json, "rows", image.rows).end_object();
  }
  json.end_array();
}

ErrorsCell cell_of(const Outcome& outcome, int n) {
  const NumberSummary& s = outcome.numbers[static_cast<std::size_t>(n)];
  ErrorsCell cell{.is_known = s.count > 0,
                  .low = s.low,
                  .quartile1 = s.quartile1,
                  .median = s.median,
                  .quartile3 = s.quartile3,
                  .high = s.high};
  if (outcome.effects.empty()) return cell;
  const NumberEffect& e = outcome.effects[static_cast<std::size_t>(n)];
  cell.has_effect = !std::isnan(e.delta.value);
  cell.is_significant = e.q <= kSignificantQ;
  cell.effect = e.delta.value;
  cell.effect_low = e.delta.low;
  cell.effect_high = e.delta.high;
  return cell;
}

std::string difference_words(const ErrorReport& report, const Outcome& outcome) {
  std::string words;
  bool any_tested = false;
  for (std::size_t n = 0; n < outcome.effects.size(); ++n) {
    const NumberEffect& e = outcome.effects[n];
    any_tested = any_tested || e.is_tested();
    if (e.q > kSignificantQ) continue;
    words += text_of(words.empty() ? "" : ", ", attention_number_name(static_cast<int>(n)), " ",
                     decimals(e.delta.value, 2, Sign::kAlways));
  }
  if (!words.empty()) return words;
  if (report.study.outcomes[kTruePositive].shown == 0 || outcome.shown == 0)
    return "nothing to compare";
  return any_tested ? "no significant difference" : "on too few images to be tested";
}

std::string caption_of(const ErrorReport& report) {
  std::string caption = text_of(
      "TIDE's types of errors: number of results of any score and how many are looked at (score "
      "of ",
      decimals(report.options.threshold, 2),
      " or more; missed truths: the result that overlaps them most), AP50 to gain by repairing the "
      "type alone. Right: attention of the last decoder layer's cross-attention of these results' "
      "queries, mean of the heads: 5 to 95 %, quartiles and median; dashed: median of true "
      "positives. Radius: weighted distance from the reference point in half diagonals of the box. "
      "\u03B4: Cliff's delta against true positives with its 95 % interval, ",
      report.options.bootstrap.resamples, " resamples of images, seed ",
      report.options.bootstrap.seed, " (where either is on fewer than ", kFewestTestedImages,
      " images: no interval); bold: q \u2264 ", kSignificantQ,
      " (Benjamini-Hochberg). Weight is not importance: this is what goes with errors, not what "
      "causes them.");
  const std::string note = too_few_images(static_cast<std::size_t>(report.images));
  if (!note.empty()) caption += " Note: " + note + ".";
  return caption;
}

}  // namespace

std::string errors_text(const ErrorReport& report) {
  const ErrorStudy& study = report.study;
  std::string text =
      text_of("AP50 ", decimals(study.ap50, 4), " on ", report.images, " images of ",
              report.source.set, "\nattention of the last decoder layer, results with a score of ",
              decimals(report.options.threshold, 2),
              " or more, against true positives: Cliff's delta, q <= ", kSignificantQ, "\n");
  for (int outcome = 0; outcome < kNumOutcomes; ++outcome) {
    const Outcome& of = study.outcomes[static_cast<std::size_t>(outcome)];
    text += text_of("  ", outcome_name(outcome),
                    std::string(5 - std::string(outcome_name(outcome)).size(), ' '), of.all,
                    " in all, ", of.shown, " looked at");
    if (outcome != kTruePositive)
      text += text_of("; dAP50 ", decimals(of.dap, 4, Sign::kAlways), "; ",
                      difference_words(report, of));
    text += "\n";
  }
  const std::string note = too_few_images(static_cast<std::size_t>(report.images));
  return note.empty() ? text : text + "note: " + note + "\n";
}

std::string errors_json(const ErrorReport& report) {
  JsonWriter json(1);
  json.begin_object().member("saccade_errors", 1);
  add_study_source(json, report.source);
  json.member("images", report.images).member("threshold", report.options.threshold);
  json.member("AP50", report.study.ap50).member("levels", report.study.levels);
  add_bootstrap_options(json, report.options.bootstrap);
  json.member("correction", "Benjamini-Hochberg over types and numbers");
  json.key("types").begin_object();
  for (int outcome = 0; outcome < kNumOutcomes; ++outcome) {
    const Outcome& of = report.study.outcomes[static_cast<std::size_t>(outcome)];
    json.key(outcome_name(outcome)).begin_object();
    json.member("count", of.all).member("looked_at", of.shown);
    if (outcome != kTruePositive) json.member("dAP50", of.dap);
    add_numbers(json, report, of);
    if (outcome != kTruePositive) add_images(json, report, of);
    json.end_object();
  }
  return json.end_object().end_object().text() + "\n";
}

std::string errors_csv(const ErrorReport& report) {
  std::string csv = "type,file_name,category,score,query,iou,truth_category,x,y,width,height";
  for (int n = 0; n < numbers_of(report); ++n) csv += "," + attention_number_name(n);
  csv += "\n";
  for (const MinedRow& row : report.study.rows) csv += csv_row(report, row);
  return csv;
}

ErrorsFigure errors_figure(const ErrorReport& report) {
  ErrorsFigure figure{
      .subtitle = text_of(report.images, " images of ", report.source.set, " \u00B7 score \u2265 ",
                          decimals(report.options.threshold, 2)),
      .columns = {"radius, half boxes", "entropy", "weight in the box"},
      .caption = caption_of(report),
      .model = report.source.model};
  const int columns[] = {kRadius, kEntropy, kInBox};
  for (int outcome = 0; outcome < kNumOutcomes; ++outcome) {
    const Outcome& of = report.study.outcomes[static_cast<std::size_t>(outcome)];
    ErrorsRow row{.name = outcome_name(outcome),
                  .words = words_of(outcome),
                  .all = of.all,
                  .shown = of.shown,
                  .dap = 100 * of.dap};
    for (const int n : columns) row.cells.push_back(cell_of(of, n));
    for (int level = 0; level < report.study.levels && of.shown > 0; ++level)
      row.levels.push_back(of.numbers[static_cast<std::size_t>(kNumAttentionNumbers + level)].mean);
    if (!row.levels.empty() && std::isnan(row.levels.front())) row.levels.clear();
    figure.rows.push_back(std::move(row));
  }
  return figure;
}

}  // namespace saccade
