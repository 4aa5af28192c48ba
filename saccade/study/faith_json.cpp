// The faithfulness of maps as JSON.
#include "saccade/core/json_array.h"
#include "saccade/study/faith_report.h"
#include "saccade/study/study_json.h"

namespace saccade {
namespace {

void add_interval(JsonWriter& json, const char* key, const BootstrapInterval& of) {
  json.key(key).begin_object();
  json.member("value", of.value).member("low", of.low).member("high", of.high).end_object();
}

void add_difference(JsonWriter& json, const char* key, const std::optional<FaithDifference>& d) {
  json.key(key);
  if (!d) {
    json.null();
    return;
  }
  json.begin_object().member("value", d->interval.value).member("low", d->interval.low);
  json.member("high", d->interval.high).member("p", d->p).end_object();
}

void add_statistic(JsonWriter& json, const FaithStatistic& one) {
  json.begin_object().member("method", one.method).member("measure", one.measure);
  json.member("n", one.n);
  add_interval(json, "mean", one.mean);
  add_difference(json, "to_random", one.to_random);
  add_difference(json, "to_control", one.to_control);
  if (one.q) {
    json.member("q", *one.q);
    json.member("edge", one.edge == Edge::kBetter  ? "better"
                        : one.edge == Edge::kWorse ? "worse"
                                                   : "none");
  }
  json.end_object();
}

void add_similarity(JsonWriter& json, const FaithSimilarity& one) {
  json.begin_object().member("method", one.method).member("part", one.part);
  json.member("drawn_anew", one.cascades ? "heads to part" : "part").member("n", one.n);
  add_interval(json, "rank_correlation", one.rank_correlation);
  add_interval(json, "ssim", one.structure);
  json.end_object();
}

void add_verdict(JsonWriter& json, const FaithVerdict& verdict) {
  json.begin_object().member("method", verdict.method);
  add_array(json, "edge", verdict.better);
  add_array(json, "none", verdict.none);
  add_array(json, "worse", verdict.worse);
  json.member("beats_box", verdict.beats_box);
  json.key("alike_on_new_weights");
  if (verdict.alike) {
    json.value(*verdict.alike);
  } else {
    json.null();
  }
  json.end_object();
}

void add_scores(JsonWriter& json, const char* key, const RemovalScores& scores,
                const std::vector<FaithMeasure>& measures) {
  json.key(key).begin_object();
  for (std::size_t kind = 0; kind < scores.size(); ++kind) {
    json.key(measures[kind].name).begin_array();
    for (const TargetScore& score : scores[kind])
      json.begin_array().value(score.iou_cos).value(score.same_class).end_array();
    json.end_array();
  }
  json.end_object();
}

void add_values(JsonWriter& json, const std::vector<double>& values,
                const std::vector<FaithMeasure>& measures) {
  for (std::size_t i = 0; i < values.size(); ++i) json.member(measures[i].name, values[i]);
}

void add_detection(JsonWriter& json, const FaithReport& report, std::size_t i) {
  const FaithTarget& t = report.targets[i];
  const FaithRecord& record = report.records[i];
  const auto category = report.category_of[static_cast<std::size_t>(t.label)];
  json.begin_object();
  json.member("file_name", report.data->images()[static_cast<std::size_t>(t.image)].file_name);
  json.member("query", t.query).member("score", t.score);
  json.member("class", report.data->categories()[static_cast<std::size_t>(category)].name);
  add_array(json, "bbox", {t.box.x0, t.box.y0, t.box.width(), t.box.height()});
  add_array(json, "shares_of_image", record.shares);
  json.key("maps").begin_object();
  for (std::size_t m = 0; m < report.plan.maps.size(); ++m) {
    json.key(report.plan.maps[m]).begin_object();
    add_values(json, map_values(record, m), map_measures());
    add_scores(json, "scores", record.pixels[m], map_measures());
    json.end_object();
  }
  json.end_object();
  json.key("points").begin_object();
  for (std::size_t o = 0; o < report.plan.point_orders.size(); ++o) {
    json.key(report.plan.point_orders[o]).begin_object();
    add_values(json, point_values(record, o, report.plan), point_measures());
    add_scores(json, "scores", record.points[o], point_measures());
    json.end_object();
  }
  json.end_object().end_object();
}

void add_plan(JsonWriter& json, const FaithReport& report) {
  const FaithPlan& plan = report.plan;
  add_array(json, "maps", plan.maps);
  add_array(json, "point_orders", plan.point_orders);
  add_array(json, "weight_parts", plan.parts);
  json.member("steps_within_box", plan.steps.within).member("steps_beyond", plan.steps.beyond);
  json.member("point_steps", plan.point_steps);
  json.member("sanity_detections", plan.sanity_detections);
  json.member("least_edge", report.options.least_edge).member("edge_q", kEdgeQ);
  json.member("correction", "Benjamini-Hochberg over the tests");
  json.member("tests", report.results.tests);
}

template <typename Items, typename Add>
void add_all(JsonWriter& json, const char* key, const Items& items, const Add& add) {
  json.key(key).begin_array();
  for (const auto& item : items) add(json, item);
  json.end_array();
}

}  // namespace

std::string faith_json(const FaithReport& report) {
  JsonWriter json(1);
  json.begin_object().member("saccade_faith", 1);
  add_study_source(json, report.source);
  json.member("images", report.images()).member("found", report.found);
  json.member("threshold", report.threshold).member("seed", report.seed);
  add_plan(json, report);
  add_bootstrap_options(json, report.options.bootstrap);
  add_all(json, "verdicts", faith_verdicts(report), add_verdict);
  add_all(json, "map_statistics", report.results.maps, add_statistic);
  add_all(json, "point_statistics", report.results.points, add_statistic);
  add_all(json, "similarities", report.results.similarities, add_similarity);
  json.key("detections").begin_array();
  for (std::size_t i = 0; i < report.targets.size(); ++i) add_detection(json, report, i);
  json.end_array();
  return json.end_object().text() + "\n";
}

}  // namespace saccade
