// COCO annotation files (instances_*.json): images, categories, boxes; outlines are read when asked for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "saccade/data/data_problem.h"
#include "saccade/data/record_id.h"
#include "saccade/data/segmentation.h"

namespace saccade {

// As COCO writes boxes: top left corner and size in pixels of the original image.
struct BoxXywh {
  double x = 0, y = 0, width = 0, height = 0;

  double area() const { return width * height; }
};

struct CocoImage {
  RecordId id;
  std::string file_name;      // relative to the folder of images; may begin with sub-folders
  int width = 0, height = 0;  // pixels; 0 where the file does not say
};

struct CocoCategory {
  RecordId id;
  std::string name;
  std::string supercategory;
};

struct CocoAnnotation {
  RecordId id;
  std::int32_t image = 0;     // index into images()
  std::int32_t category = 0;  // index into categories()
  bool is_crowd = false;
  BoxXywh box;             // as in the file, neither clipped nor rounded
  double area = 0;         // the file's `area` (of the outline); width * height where it has none
  FileRange segmentation;  // where its outline lies in the file; empty where it has none
};

// An annotation file in memory. Not copied: a set may be large.
class CocoDataSet {
 public:
  CocoDataSet(std::filesystem::path path, std::vector<CocoImage> images,
              std::vector<CocoCategory> categories, std::vector<CocoAnnotation> annotations);

  const std::filesystem::path& path() const { return path_; }
  // Ascending by id.
  const std::vector<CocoImage>& images() const { return images_; }
  const std::vector<CocoCategory>& categories() const { return categories_; }
  // By image, within an image in the file's order.
  const std::vector<CocoAnnotation>& annotations() const { return annotations_; }
  std::span<const CocoAnnotation> annotations_of(int image) const;

  // Index of the image or category with this id; -1 where there is none.
  int find_image(const RecordId& id) const;
  int find_category(const RecordId& id) const;

  // The outline of an annotation, read from the file now. Throws Error that names file and annotation.
  Segmentation segmentation(const CocoAnnotation& annotation) const;

 private:
  std::filesystem::path path_;
  std::vector<CocoImage> images_;
  std::vector<CocoCategory> categories_;
  std::vector<CocoAnnotation> annotations_;
};

// What a file holds and everything that is wrong with it. Records with a fault are left out of `data`.
struct CocoFile {
  CocoDataSet data;
  std::vector<DataProblem> problems;
};

// Reads a file of any size with `threads` threads (< 1: all). Tolerates what real files miss: `area`,
// `iscrowd`, `segmentation`, `supercategory`; ids may be 64-bit numbers or text. Reports as problems:
// an annotation of no image or category, NaN, a negative size, ids that occur twice, a missing or wrong
// field. Throws Error where the file cannot be read or is no COCO annotation file at all.
CocoFile load_coco(const std::filesystem::path& path, int threads = 0);

// load_coco for those who want a faultless file: throws Error with the first problem that breaks
// (DataProblem::breaks) and the number of others.
CocoDataSet load_whole_coco(const std::filesystem::path& path, int threads = 0);

}  // namespace saccade
