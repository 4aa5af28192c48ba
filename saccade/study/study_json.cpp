// What the JSON files of studies have in common.
#include "saccade/study/study_json.h"

#include "saccade/core/json_array.h"
#include "saccade/eval/class_names.h"

namespace saccade {
void add_study_source(JsonWriter& json, const StudySource& source) {
  json.member("command", source.command).member("version", source.version);
  json.member("model", source.model).member("weights_sha256", source.weights_sha256);
  json.member("set", source.set);
  add_array(json, "interventions", source.interventions);
  json.member("left_out_images", source.left_out_images);
  json.member("seconds", source.seconds).member("processes", source.processes);
}

void add_bootstrap_options(JsonWriter& json, const BootstrapOptions& options) {
  json.key("bootstrap").begin_object();
  json.member("resamples", options.resamples).member("seed", options.seed);
  json.member("confidence", options.confidence).end_object();
}

void add_effect_numbers(JsonWriter& json, const EffectNumbers& numbers, const CocoDataSet& data,
                        const std::string& prefix) {
  for (int i = 0; i < kNumCocoStats; ++i) json.member(prefix + kCocoStatNames[i], numbers.stats[i]);
  json.key("per_class").begin_object();
  const std::vector<std::string> names = class_names(data);
  for (std::size_t k = 0; k < numbers.class_ap.size(); ++k)
    json.member(names[k], numbers.class_ap[k]);
  json.end_object();
  json.key("tide").begin_object();
  for (int type = 0; type < kNumTideTypes; ++type)
    json.member(kTideNames[type], numbers.tide[type]);
  json.end_object();
}

}  // namespace saccade
