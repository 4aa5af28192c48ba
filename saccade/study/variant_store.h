// Detections of many variants of a model over a data set, in a file that grows image by image: a study that was cut
// off goes on where it was.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "saccade/data/coco_results.h"

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

class VariantStore {
 public:
  // Begins a file, or goes on with one of the same `description` (what decides the detections: weights, images,
  // variants ...) and number of variants. An image whose record is cut off or damaged counts as not there, with
  // those behind it. Throws Error for a file of something else, unless that may be replaced, and for one that cannot be
  // written. `data` must outlive it.
  VariantStore(std::filesystem::path path, const std::string& description, int variants,
               const CocoDataSet& data, bool replace_other = false);

  // Images whose records are there, ascending.
  std::vector<int> images() const;
  // Appends records as to_bytes gave them, one or several, and flushes. Throws Error: a record that is none, an
  // image that is there already, a full disk.
  void append(std::string_view records);
  // What one variant found, by image. Throws Error where the file has changed.
  CocoResults read(int variant) const;

 private:
  struct Entry {
    std::int32_t image = 0;
    std::uint64_t detections_at = 0;    // offset in the file
    std::vector<std::uint32_t> counts;  // per variant
  };

  void begin(const std::string& header);
  // False where the file is of something else.
  bool go_on(const std::string& header);
  // Takes the record at the front of `bytes`, which lies at `offset`; returns its size, 0 where there is no whole one.
  std::size_t take_record(std::string_view bytes, std::uint64_t offset);
  bool has(int image) const;

  const std::filesystem::path path_;
  const int variants_;
  const CocoDataSet& data_;
  std::vector<Entry> entries_;  // by image
  std::uint64_t size_ = 0;      // of the file
  std::ofstream out_;
};

}  // namespace saccade
