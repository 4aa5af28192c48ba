// A data set's numbers as a table and as JSON.
#pragma once

#include <string>

#include "saccade/data/dataset_stats.h"

namespace saccade {

// For people: a few lines, then a row per class that has a box.
std::string dataset_stats_text(const DatasetStats& stats);
// One JSON object on one line, all classes and histograms included.
std::string dataset_stats_json(const DatasetStats& stats);

}  // namespace saccade
