// The faithfulness of maps as a picture.
#include <algorithm>
#include <cmath>
#include <limits>

#include "saccade/core/error.h"
#include "saccade/render/figure_text.h"
#include "saccade/study/faith_report.h"
#include "saccade/study/study_text.h"

namespace saccade {
namespace {

IntervalMark mark_of(const BootstrapInterval& of, Edge edge) {
  const IntervalKind kind = edge == Edge::kBetter  ? IntervalKind::kBetter
                            : edge == Edge::kWorse ? IntervalKind::kWorse
                                                   : IntervalKind::kNone;
  return {of.value, of.low, of.high, kind};
}

// Differences to random of one measure.
IntervalPanel panel_of(const std::vector<FaithStatistic>& all, const FaithMeasure& measure) {
  IntervalPanel panel{.name = measure.words,
                      .note = measure.higher_is_better ? "\u2192" : "\u2190"};
  for (const FaithStatistic& one : all) {
    if (one.measure != measure.name || one.method == kRandomMap) continue;
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    panel.marks.push_back(one.to_random ? mark_of(one.to_random->interval, one.edge)
                                        : IntervalMark{kNone, kNone, kNone});
  }
  return panel;
}

bool is_known(const IntervalPanel& panel) {
  return std::any_of(panel.marks.begin(), panel.marks.end(),
                     [](const IntervalMark& mark) { return std::isfinite(mark.value); });
}

std::vector<std::string> compared(const std::vector<std::string>& names) {
  std::vector<std::string> rows;
  std::copy_if(names.begin(), names.end(), std::back_inserter(rows),
               [](const std::string& name) { return name != kRandomMap; });
  return rows;
}

// Three panels of what decides, then those that say where maps lie, four side by side.
void add_map_bands(IntervalFigure& figure, const FaithReport& report) {
  constexpr std::size_t kSideBySide = 4;
  IntervalBand deciding{.rows = compared(report.plan.maps)}, places = deciding;
  for (const FaithMeasure& measure : map_measures()) {
    if (measure.is_form) continue;
    IntervalPanel panel = panel_of(report.results.maps, measure);
    if (measure.decides) {
      deciding.panels.push_back(std::move(panel));
    } else if (is_known(panel)) {
      places.panels.push_back(std::move(panel));
    }
  }
  figure.bands.push_back(std::move(deciding));
  for (std::size_t first = 0; first < places.panels.size(); first += kSideBySide) {
    IntervalBand band{.rows = places.rows};
    const auto end = std::min(first + kSideBySide, places.panels.size());
    band.panels.assign(places.panels.begin() + static_cast<std::ptrdiff_t>(first),
                       places.panels.begin() + static_cast<std::ptrdiff_t>(end));
    figure.bands.push_back(std::move(band));
  }
}

void add_point_band(IntervalFigure& figure, const FaithReport& report) {
  if (report.plan.point_orders.empty()) return;
  IntervalBand band{.rows = compared(report.plan.point_orders)};
  for (const FaithMeasure& measure : point_measures())
    if (!measure.is_form) band.panels.push_back(panel_of(report.results.points, measure));
  figure.bands.push_back(std::move(band));
}

// What is drawn of sanity checks: all weights but the backbone's drawn anew.
void add_similarity_band(IntervalFigure& figure, const FaithReport& report) {
  if (report.plan.parts.empty()) return;
  IntervalBand band;
  IntervalPanel ranks{.name = "rank correlation, weights drawn anew", .note = "\u2190"};
  IntervalPanel structures{.name = "SSIM, weights drawn anew", .note = "\u2190"};
  for (const FaithSimilarity& one : report.results.similarities) {
    if (!one.cascades || one.part != report.plan.parts.back()) continue;
    band.rows.push_back(one.method);
    ranks.marks.push_back(mark_of(one.rank_correlation, Edge::kNone));
    structures.marks.push_back(mark_of(one.structure, Edge::kNone));
  }
  band.panels = {ranks, structures};
  figure.bands.push_back(std::move(band));
}

std::string caption_of(const FaithReport& report) {
  const FaithStatisticsOptions& o = report.options;
  std::string text = text_of(
      "Difference to cells in random order, mean over ", report.targets.size(), " detections of ",
      report.images(), " images of ", report.source.set, "; 95 % intervals from ",
      o.bootstrap.resamples, " resamples of whole images, seed ", o.bootstrap.seed,
      ". Arrows point to the better side. First row: area under IoU x cosine while pixels are "
      "hidden or shown, up to the area of "
      "the "
      "detection's box. Filled: an edge, at least ",
      o.least_edge, " in the right direction with q \u2264\u00a0", kEdgeQ,
      " (Benjamini-Hochberg over ", report.results.tests,
      " tests). Where a map lies is not tested: it may lie in the box on random weights too. box: "
      "a "
      "Gaussian on the detection's box, which knows nothing of the attention.");
  if (!report.plan.point_orders.empty())
    text += " Points: the query's own sampling points removed or kept in that order.";
  if (!report.plan.parts.empty())
    text +=
        text_of(" Last row: maps against those on weights drawn anew from the heads to ",
                report.plan.parts.back(), " (all but the backbone's), ",
                count_text(static_cast<std::size_t>(report.plan.sanity_detections), "detection"),
                "; not a difference.");
  const std::string note = too_few_images(report.images());
  return note.empty() ? text : text + " Note: " + note + ".";
}

}  // namespace

IntervalFigure faith_figure(const FaithReport& report) {
  IntervalFigure figure{
      .title = "Faithfulness of maps",
      .subtitle = text_of("difference to random \u00b7 ", report.targets.size(), " detections"),
      .caption = caption_of(report),
      .model = report.source.model};
  add_map_bands(figure, report);
  add_point_band(figure, report);
  add_similarity_band(figure, report);
  return figure;
}

}  // namespace saccade
