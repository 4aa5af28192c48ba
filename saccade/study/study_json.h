// What the JSON files of studies have in common.
#pragma once

#include <string>

#include "saccade/core/json_writer.h"
#include "saccade/study/sweep_report.h"

namespace saccade {

// Members command, version, model, weights_sha256, set, interventions ...
void add_study_source(JsonWriter& json, const StudySource& source);
// Member "bootstrap".
void add_bootstrap_options(JsonWriter& json, const BootstrapOptions& options);
// Members AP, AP50 ..., per_class and tide, null where there is nothing to measure; `prefix` stands before the twelve
// names, as in dAP.
void add_effect_numbers(JsonWriter& json, const EffectNumbers& numbers, const CocoDataSet& data,
                        const std::string& prefix);

}  // namespace saccade
