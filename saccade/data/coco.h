// COCO annotation files (instances_*.json): images, categories, boxes; outlines are read when asked for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "saccade/core/boxes.h"
#include "saccade/data/data_problem.h"
#include "saccade/data/id_index.h"
#include "saccade/data/record_id.h"
#include "saccade/data/segmentation.h"

namespace saccade {

// As COCO writes boxes: top left corner and size in pixels of the original image.
struct BoxXywh {
  double x = 0, y = 0, width = 0, height = 0;

  double area() const { return width * height; }
};

inline BoxXyxy corners(const BoxXywh& box) {
  return {box.x, box.y, box.x + box.width, box.y + box.height};
}

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
  // Puts the records in order; `image` and `category` of the annotations are indices into the vectors
  // as they are given. `file` is what segmentation() reads from; without it, `path` is opened then.
  // Throws Error where two images or categories have the same id or an index is out of range.
  CocoDataSet(std::filesystem::path path, std::vector<CocoImage> images,
              std::vector<CocoCategory> categories, std::vector<CocoAnnotation> annotations,
              std::shared_ptr<const JsonFile> file = nullptr);
  CocoDataSet(CocoDataSet&&) noexcept = default;
  CocoDataSet& operator=(CocoDataSet&&) noexcept = default;
  CocoDataSet(const CocoDataSet&) = delete;
  CocoDataSet& operator=(const CocoDataSet&) = delete;

  const std::filesystem::path& path() const { return path_; }
  // Ascending by id.
  const std::vector<CocoImage>& images() const { return images_; }
  // Ascending by id.
  const std::vector<CocoCategory>& categories() const { return categories_; }
  // By image, within an image in the file's order.
  const std::vector<CocoAnnotation>& annotations() const { return annotations_; }
  std::span<const CocoAnnotation> annotations_of(int image) const;

  // Index of the image or category with this id; -1 where there is none. An id is looked up as it is,
  // then as the number or text that is written the same way: 42 finds "42".
  int find_image(const RecordId& id) const { return image_index_.find(id); }
  int find_category(const RecordId& id) const { return category_index_.find(id); }
  const IdIndex& image_index() const { return image_index_; }
  const IdIndex& category_index() const { return category_index_; }

  // The outline of an annotation, read from the file now. Throws Error that names file and annotation.
  Segmentation segmentation(const CocoAnnotation& annotation) const;

 private:
  friend class CocoLoader;  // places millions of annotations without holding them twice
  CocoDataSet() = default;

  std::filesystem::path path_;
  std::shared_ptr<const JsonFile> file_;
  std::vector<CocoImage> images_;
  std::vector<CocoCategory> categories_;
  std::vector<CocoAnnotation> annotations_;
  std::vector<std::int64_t> first_of_image_;  // [images + 1], into annotations_
  IdIndex image_index_, category_index_;
};

// What a file holds and everything that is wrong with it.
struct CocoFile {
  CocoDataSet data;
  std::vector<DataProblem> problems;  // at most kMaxKeptProblems of either kind
  std::int64_t problem_count = 0;     // all of them
  std::int64_t breaking_count = 0;    // those that break
};

// Reads a file of any size with `threads` threads (< 1: all). Tolerates what real files miss: `area`,
// `iscrowd`, `segmentation`, `supercategory`; ids may be 64-bit numbers or text. Reports as problems:
// an annotation of no image or category, NaN, a negative size, ids that occur twice, a missing or wrong
// field. Throws Error where the file cannot be read or is no COCO annotation file at all.
//
// Annotations with a fault that breaks are left out of `data`, as are images and categories without a
// usable id and the later one of two with the same id. An image whose name or size is at fault stays,
// with an empty name or size 0, so that its annotations are still checked.
CocoFile load_coco(const std::filesystem::path& path, int threads = 0);

// load_coco for those who want a faultless file: throws Error with the first problem that breaks
// (DataProblem::breaks) and the number of others.
CocoDataSet load_whole_coco(const std::filesystem::path& path, int threads = 0);

}  // namespace saccade
