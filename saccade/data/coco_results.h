// Detections of a data set: COCO result files, or what a model has just found.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "saccade/data/coco.h"

namespace saccade {

// One detection; 48 bytes, because there are half a million of them for COCO's val2017.
struct CocoDetection {
  std::int32_t image = 0;     // index into the data set's images()
  std::int32_t category = 0;  // index into its categories()
  double score = 0;           // finite
  BoxXywh box;  // pixels of the original image, not clipped; zeros where there is none
};

struct CocoResults {
  std::vector<CocoDetection> detections;  // in the file's order
  // One per detection where any record of the file has a segmentation, else empty.
  std::vector<FileRange> segmentations;
  bool first_has_box = true;             // the first record has a bbox (evaluation.md 4.8)
  std::int64_t unknown_categories = 0;   // records left out: their category is not in the data set
  std::filesystem::path path;            // of the file; empty where there is none
  std::shared_ptr<const JsonFile> file;  // it, open; what segmentation_of reads from
};

// Reads a result file (a JSON array of {"image_id", "category_id", "bbox" and / or "segmentation",
// "score"}, other keys are passed over) in slices, with `threads` threads (< 1: all): memory beyond the
// result stays at a few MB. Throws Error that names file, index and field: no such array, an image that
// is not in `data`, a missing field, a record
// without bbox where the first has one, a score or box that is not finite, a negative size.
CocoResults read_coco_results(const std::filesystem::path& path, const CocoDataSet& data,
                              int threads = 0);

// The outline of detection `index` of a file, read now; empty where it has none. Throws Error.
Segmentation segmentation_of(const CocoResults& results, std::size_t index);

}  // namespace saccade
