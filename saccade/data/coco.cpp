// A COCO annotation file in memory.
#include "saccade/data/coco.h"

#include <algorithm>
#include <numeric>

#include "saccade/core/error.h"
#include "saccade/data/coco_records.h"
#include "saccade/data/json_file.h"

namespace saccade {
namespace {

// Sorts by id; returns the new index of each old one. Throws Error for an id that occurs twice.
template <typename Record>
std::vector<std::int32_t> sort_by_id(std::vector<Record>& records, const char* kind) {
  std::vector<std::int32_t> order(records.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](auto a, auto b) { return records[a].id < records[b].id; });
  std::vector<Record> sorted;
  std::vector<std::int32_t> place(records.size());
  sorted.reserve(records.size());
  for (const std::int32_t old : order) {
    if (!sorted.empty() && sorted.back().id == records[old].id)
      throw Error(text_of("two ", kind, " have the id ", id_text(records[old].id)));
    place[old] = static_cast<std::int32_t>(sorted.size());
    sorted.push_back(std::move(records[old]));
  }
  records = std::move(sorted);
  return place;
}

std::int32_t new_place(const std::vector<std::int32_t>& places, std::int32_t old,
                       const CocoAnnotation& annotation, const char* kind) {
  if (old < 0 || old >= static_cast<std::int32_t>(places.size()))
    throw Error(text_of("annotation ", id_text(annotation.id), " is of ", kind, " ", old,
                        ", there are ", places.size()));
  return places[static_cast<std::size_t>(old)];
}

}  // namespace

CocoDataSet::CocoDataSet(std::filesystem::path path, std::vector<CocoImage> images,
                         std::vector<CocoCategory> categories,
                         std::vector<CocoAnnotation> annotations,
                         std::shared_ptr<const JsonFile> file)
    : path_(std::move(path)),
      file_(std::move(file)),
      images_(std::move(images)),
      categories_(std::move(categories)),
      annotations_(std::move(annotations)) {
  const auto image_places = sort_by_id(images_, "images");
  const auto category_places = sort_by_id(categories_, "categories");
  for (CocoAnnotation& annotation : annotations_) {
    annotation.image = new_place(image_places, annotation.image, annotation, "image");
    annotation.category = new_place(category_places, annotation.category, annotation, "category");
  }
  image_index_.build(ids_of(images_));
  category_index_.build(ids_of(categories_));
  std::stable_sort(annotations_.begin(), annotations_.end(),
                   [](const auto& a, const auto& b) { return a.image < b.image; });
  first_of_image_.assign(images_.size() + 1, 0);
  for (const CocoAnnotation& annotation : annotations_) ++first_of_image_[annotation.image + 1];
  std::partial_sum(first_of_image_.begin(), first_of_image_.end(), first_of_image_.begin());
}

std::span<const CocoAnnotation> CocoDataSet::annotations_of(int image) const {
  const std::int64_t first = first_of_image_.at(static_cast<std::size_t>(image));
  const std::int64_t end = first_of_image_.at(static_cast<std::size_t>(image) + 1);
  return std::span(annotations_).subspan(first, end - first);
}

Segmentation CocoDataSet::segmentation(const CocoAnnotation& annotation) const {
  if (annotation.segmentation.empty()) return {};
  const std::string where = text_of(path_.string(), ": annotation ", id_text(annotation.id));
  if (file_) return read_segmentation(*file_, annotation.segmentation, where);
  return read_segmentation(JsonFile(path_), annotation.segmentation, where);
}

}  // namespace saccade
