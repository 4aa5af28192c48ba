// What an evaluation found, as JSON.
#include "saccade/eval/eval_report.h"
#include "saccade/core/json_writer.h"
#include "saccade/eval/class_names.h"

namespace saccade {
namespace {

void add_stats(JsonWriter& json, const CocoStats& stats) {
  for (int i = 0; i < kNumCocoStats; ++i) json.member(kCocoStatNames[i], stats[i]);
}

void add_classes(JsonWriter& json, const EvalReport& report) {
  const std::vector<std::string> names = class_names(*report.data);
  json.key("per_class").begin_object();
  for (std::size_t k = 0; k < report.evaluation->classes.size(); ++k)
    json.member(names[k], report.evaluation->classes[k].ap);
  json.end_object();
}

void add_interval(JsonWriter& json, const char* name, const BootstrapInterval& of) {
  json.key(name).begin_object();
  json.member("value", of.value).member("low", of.low).member("high", of.high).end_object();
}

void add_difference(JsonWriter& json, const char* name, const BootstrapDifference& of) {
  json.key(name).begin_object();
  add_interval(json, "this", of.first);
  add_interval(json, "other", of.second);
  add_interval(json, "difference", of.difference);
  json.member("p", of.p).end_object();
}

void add_comparison(JsonWriter& json, const EvalReport& report) {
  const EvalComparison& other = *report.compare;
  json.key("compare").begin_object().member("file", other.name);
  add_stats(json, other.stats);
  json.key("bootstrap").begin_object();
  json.member("resamples", other.bootstrap.resamples).member("seed", other.bootstrap.seed);
  json.member("confidence", BootstrapOptions().confidence);
  add_difference(json, "AP", other.bootstrap.ap);
  add_difference(json, "AP50", other.bootstrap.ap50);
  json.end_object().end_object();
}

void add_tide(JsonWriter& json, const TideResult& tide) {
  json.key("tide").begin_object().member("AP50", tide.ap50);
  json.key("counts").begin_object();
  for (int type = 0; type < kNumTideTypes; ++type) json.member(kTideNames[type], tide.counts[type]);
  json.end_object().key("dAP50").begin_object();
  for (int type = 0; type < kNumTideTypes; ++type) json.member(kTideNames[type], tide.dap[type]);
  json.member("FP", tide.dap_false_positives).member("FN", tide.dap_false_negatives);
  json.end_object().end_object();
}

void add_source(JsonWriter& json, const EvalSource& of) {
  json.member("left_out_images", of.left_out_images);
  json.member("left_out_records", of.left_out_records);
  if (of.model.empty()) return;
  json.member("model", of.model).member("weights_sha256", of.weights_sha256);
  json.member("processes", of.processes).member("seconds", of.seconds);
  json.member("images_per_second", of.images_per_second);
  json.member("forward_images_per_second", of.forward_images_per_second);
}

}  // namespace

std::string eval_json(const EvalReport& report) {
  JsonWriter json(1);
  json.begin_object();
  add_stats(json, report.evaluation->stats);
  json.member("images", report.evaluation->images.size());
  add_classes(json, report);
  add_source(json, report.source);
  if (report.compare) add_comparison(json, report);
  if (report.tide) add_tide(json, *report.tide);
  return json.end_object().text();
}

}  // namespace saccade
