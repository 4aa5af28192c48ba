// The words of a map's figure: what each panel is about, its unit, and what is drawn.
#pragma once

#include <string>
#include <vector>

#include "saccade/explain/attribution_method.h"

namespace saccade {

// "class vehicle", "box side x0"; "class and box alike" of a method without target.
std::string map_heading(AttributionMethod method, TargetOutput output,
                        const std::string& class_name);

// Figures give a density per 10 000 pixels: what a map's values are multiplied by, and their unit then.
double map_scale(AttributionMethod method);
std::string map_unit(AttributionMethod method, TargetOutput output);

// What is drawn, in sentences; `options.layers` are those that are fused.
std::string map_meaning(AttributionMethod method, const AttributionOptions& options, bool is_plain);

}  // namespace saccade
