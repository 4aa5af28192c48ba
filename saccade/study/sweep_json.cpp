// A sweep's numbers as JSON.
#include <algorithm>

#include "saccade/core/json_array.h"
#include "saccade/study/study_json.h"
#include "saccade/study/sweep_report.h"

namespace saccade {
namespace {

void add_files(JsonWriter& json, const char* key, const CocoDataSet& data,
               const std::vector<int>& images) {
  json.key(key).begin_array();
  for (const int image : images)
    json.value(data.images()[static_cast<std::size_t>(image)].file_name);
  json.end_array();
}

void add_interval(JsonWriter& json, const char* key, const BootstrapDifference& of) {
  json.key(key).begin_object();
  json.member("low", of.difference.low).member("high", of.difference.high).member("p", of.p);
  json.end_object();
}

void add_unit(JsonWriter& json, const SweepReport& report, std::size_t u) {
  const UnitEffect& e = report.effects.units[u];
  json.begin_object();
  json.member("unit", report.grid.units[u].text);
  json.member("row", report.grid.units[u].row).member("column", report.grid.units[u].column);
  add_effect_numbers(json, e.change, *report.data, "d");
  add_interval(json, "AP_interval", e.ap);
  add_interval(json, "AP50_interval", e.ap50);
  json.member("q", e.q).member("significant", e.q <= kSignificantQ);
  json.key("detections").begin_object();
  json.member("kept", e.detections.kept).member("lost", e.detections.lost);
  json.member("gained", e.detections.gained).member("moved", e.detections.moved).end_object();
  json.key("images").begin_object();
  json.member("better", e.images.better).member("worse", e.images.worse);
  add_files(json, "best", *report.data, e.images.best);
  add_files(json, "worst", *report.data, e.images.worst);
  json.end_object().end_object();
}

void add_importance(JsonWriter& json, const UnitImportance& importance) {
  json.key("importance").begin_object();
  json.member("rank_correlation_with_abs_dAP", importance.correlation);
  json.key("units").begin_object();
  for (std::size_t u = 0; u < importance.units.size(); ++u)
    json.member(importance.units[u], importance.of_unit[u]);
  json.end_object().end_object();
}

}  // namespace

std::string sweep_json(const SweepReport& report) {
  JsonWriter json(1);
  json.begin_object().member("saccade_sweep", 1);
  json.member("unit", report.grid.choice.kind).member("manner", report.grid.manner);
  add_study_source(json, report.source);
  json.member("images", report.effects.images.size());
  json.member("threshold", report.options.threshold);
  add_bootstrap_options(json, report.options.bootstrap);
  json.member("correction", "Benjamini-Hochberg over the units");
  json.key("baseline").begin_object();
  add_effect_numbers(json, report.effects.baseline, *report.data, "");
  json.end_object();
  add_array(json, "rows", report.grid.rows);
  add_array(json, "columns", report.grid.columns);
  if (report.importance) add_importance(json, *report.importance);
  if (!report.query_specific.empty()) add_template_json(json, report.query_specific);
  json.key("units").begin_array();
  for (std::size_t u = 0; u < report.effects.units.size(); ++u) add_unit(json, report, u);
  json.end_array();
  return json.end_object().text() + "\n";
}

}  // namespace saccade
