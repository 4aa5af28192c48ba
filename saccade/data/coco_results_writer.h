// Detections as a COCO result file.
#pragma once

#include <filesystem>
#include <span>

#include "saccade/data/coco_results.h"

namespace saccade {

// Writes [{"image_id", "category_id", "bbox": [x, y, width, height], "score", "query"}, ...], one
// record a line, with the ids of `data`'s file and numbers that read back to the same bits.
// `queries` has one decoder query per detection, or is empty (then no "query" is written).
// Throws Error when the file cannot be written.
void write_coco_results(const std::filesystem::path& path, const CocoDataSet& data,
                        std::span<const CocoDetection> detections, std::span<const int> queries);

}  // namespace saccade
