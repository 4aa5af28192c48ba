// A data set in one picture: classes, object sizes and shapes, boxes per image, image sizes.
#pragma once

#include <filesystem>

#include "saccade/data/dataset_stats.h"
#include "saccade/render/figure_file.h"

namespace saccade {

enum class PageWidth { kColumn, kDouble };

// Throws UsageError for an unknown suffix, Error where the file cannot be written.
void draw_dataset_stats_figure(const DatasetStats& stats, PageWidth width,
                               const std::filesystem::path& out, const FigureRecord& record);

}  // namespace saccade
