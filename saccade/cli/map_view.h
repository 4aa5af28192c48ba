// `explain --kind map`: what a detection is due to, as a figure and as numbers.
#pragma once

#include <vector>

#include "saccade/cli/explain_views.h"
#include "saccade/core/json_writer.h"
#include "saccade/explain/attribution.h"
#include "saccade/render/map_figure.h"

namespace saccade {

// Refuses, before the model runs, settings of a map that mean nothing together, or without one. Throws UsageError.
void check_map_options(const ExplainOptions& options);

// The method of the options.
AttributionMethod map_method(const ExplainOptions& options);

// Whether the map says no more than where the query's sampling points lie and what they carry: a template shows there too.
bool shows_points_alone(const ExplainOptions& options);

// One map and the output it is about.
struct ExplainedMap {
  AttributionTarget target;
  double value = 0;  // of that output: logit, or pixels of the original image
  AttributionMap map;
};

// Of the chosen query, one for each target. Throws as Attributor::map.
std::vector<ExplainedMap> explained_maps(const ExplainedImage& e);

// What `faith` found of maps by this method; empty where --faith was not given. Throws Error as trust_sentence.
std::string map_trust(const ExplainedImage& e);
MapFigure map_view(const ExplainedImage& e, const std::vector<ExplainedMap>& maps);
// As an array under "maps".
void add_maps(JsonWriter& json, const ExplainedImage& e, const std::vector<ExplainedMap>& maps);

}  // namespace saccade
