// Truths and detections in the order of evaluation: by category, by image, as in the file.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "saccade/data/coco.h"
#include "saccade/data/coco_results.h"

namespace saccade {

// Indices into annotations() and detections, ascending by image; within an image in the file's order.
struct CategoryRecords {
  std::span<const std::int32_t> truths;
  std::span<const std::int32_t> detections;

  std::size_t size() const { return truths.size() + detections.size(); }
};

// Keeps indices only, 4 bytes a record. `data` and `results` must outlive it.
class RecordsByCategory {
 public:
  // `images` are indices into data.images(); empty: all of them. Throws Error when one is out of range.
  RecordsByCategory(const CocoDataSet& data, const CocoResults& results,
                    std::span<const int> images);

  CategoryRecords of(int category) const;
  int num_categories() const { return static_cast<int>(truth_begin_.size()) - 1; }
  std::size_t num_detections() const { return detections_.size(); }
  const std::vector<int>& images() const { return images_; }  // chosen, ascending

 private:
  std::vector<int> images_;
  std::vector<std::int32_t> truths_, detections_;
  std::vector<std::size_t> truth_begin_, detection_begin_;  // per category, and the end
};

// Cuts `records` at changes of image into at most `parts` pieces of about equal work.
std::vector<CategoryRecords> split_by_image(const CocoDataSet& data, const CocoResults& results,
                                            const CategoryRecords& records, int parts);

}  // namespace saccade
