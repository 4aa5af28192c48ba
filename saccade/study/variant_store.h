// Detections of many variants of a model over a data set, in a file that grows image by image: a study that was cut
// off goes on where it was.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "saccade/data/coco_results.h"
#include "saccade/study/record_file.h"

namespace saccade {

// One detection; what an evaluation reads of it.
struct StoredDetection {
  float score = 0;
  float x = 0, y = 0, width = 0, height = 0;  // pixels of the original image
  std::int32_t category = 0;                  // index into the data set's categories
};

// What all variants found on one image.
struct VariantRecord {
  std::int32_t image = 0;                              // index into the data set's images
  std::vector<std::vector<StoredDetection>> variants;  // by falling score each
};

// As it lies in the file and travels between processes.
std::string to_bytes(const VariantRecord& record);

class VariantStore : public RecordFile {
 public:
  // Opens a file of this `description` (what decides the detections: weights, images, variants ...) and number of variants, as
  // RecordFile::open. `data` must outlive it.
  VariantStore(std::filesystem::path path, const std::string& description, int variants,
               const CocoDataSet& data, bool replace_other = false);

  // Images whose records are there, ascending.
  std::vector<int> images() const;
  // What one variant found, by image. Throws Error where the file has changed.
  CocoResults read(int variant) const;

 private:
  struct Entry {
    std::int32_t image = 0;
    std::uint64_t detections_at = 0;    // offset in the file
    std::vector<std::uint32_t> counts;  // per variant
  };

  std::size_t take(std::string_view bytes, std::uint64_t offset) override;
  bool has(int image) const;

  const int variants_;
  const CocoDataSet& data_;
  std::vector<Entry> entries_;  // by image
};

}  // namespace saccade
