// The annotations of all slices of a file.
#include "saccade/data/annotation_join.h"

#include <algorithm>
#include <span>
#include <unordered_set>
#include <utility>

#include "saccade/core/error.h"
#include "saccade/core/huge_pages.h"
#include "saccade/core/json_writer.h"
#include "saccade/core/parallel.h"

namespace saccade {
namespace {

// Outlines and boxes are allowed to stick out of the image by rounding.
constexpr double kOutsidePx = 1.0;

// Of chunks placed at the same time; each counts all images.
constexpr std::int64_t kMaxGroups = 8;

// Ids met so far. Small numbers are bits, so that a million ids cost little.
class SeenIds {
 public:
  explicit SeenIds(std::int64_t count) : bits_(static_cast<std::size_t>(count + 64)) {}

  bool is_new(std::int64_t number) {
    const auto at = static_cast<std::uint64_t>(number);
    if (at / 64 >= bits_.size()) return numbers_.insert(number).second;
    const std::uint64_t bit = std::uint64_t{1} << (at % 64);
    const bool fresh = (bits_[at / 64] & bit) == 0;
    bits_[at / 64] |= bit;
    return fresh;
  }
  bool is_new(const std::string& text) { return texts_.insert(text).second; }

 private:
  std::vector<std::uint64_t> bits_;
  std::unordered_set<std::int64_t, IdHash> numbers_;
  std::unordered_set<std::string> texts_;
};

RecordId staged_id(const StagedAnnotation& staged, StagedAnnotation::Field field,
                   std::int64_t number, const std::vector<std::string>& texts) {
  if ((staged.text_fields & field) == 0) return {number, {}};
  return {0, texts[static_cast<std::size_t>(number)]};
}

bool reaches_out(const BoxXywh& box, const CocoImage& image) {
  if (image.width == 0 || image.height == 0) return false;
  return box.x < -kOutsidePx || box.y < -kOutsidePx ||
         box.x + box.width > image.width + kOutsidePx ||
         box.y + box.height > image.height + kOutsidePx;
}

// Nothing of it is left once it is clipped to the image, as training does.
bool lies_outside(const BoxXywh& box, const CocoImage& image) {
  return box.x >= image.width || box.y >= image.height || box.x + box.width <= 0 ||
         box.y + box.height <= 0;
}

// `to` has its text from `texts`, which is needed no more.
void unstage(const StagedAnnotation& staged, std::vector<std::string>& texts, CocoAnnotation& to) {
  if ((staged.text_fields & StagedAnnotation::kId) == 0) {
    to.id.number = staged.id;
  } else {
    to.id.text = std::move(texts[static_cast<std::size_t>(staged.id)]);
  }
  to.image = static_cast<std::int32_t>(staged.image);
  to.category = static_cast<std::int32_t>(staged.category);
  to.is_crowd = staged.is_crowd;
  to.box = staged.box;
  to.area = staged.area;
  to.segmentation = staged.segmentation;
}

// An index by an id of a record, which is a number or one of the slice's texts.
int find(const IdIndex& index, const StagedAnnotation& staged, StagedAnnotation::Field field,
         std::int64_t number, const std::vector<std::string>& texts) {
  if ((staged.text_fields & field) == 0) return index.find(number);
  return index.find(std::string_view(texts[static_cast<std::size_t>(number)]));
}

}  // namespace

void AnnotationJoin::take(AnnotationSink& sink, std::int64_t first) {
  chunks_.push_back({first, std::move(sink.records), std::move(sink.texts), {}});
}

// Of annotations with one id the first in the file counts.
void AnnotationJoin::mark_twice() {
  std::int64_t count = 0;
  for (const Chunk& chunk : chunks_) count += static_cast<std::int64_t>(chunk.records.size());
  SeenIds seen(count);
  for (Chunk& chunk : chunks_) {
    for (StagedAnnotation& staged : chunk.records) {
      const bool is_text = (staged.text_fields & StagedAnnotation::kId) != 0;
      staged.is_twice = !(is_text ? seen.is_new(chunk.texts[static_cast<std::size_t>(staged.id)])
                                  : seen.is_new(staged.id));
    }
  }
}

void AnnotationJoin::look_up(const std::vector<CocoImage>& images, const IdIndex& image_index,
                             const IdIndex& category_index, ProblemList& problems) {
  // Turns image and category into indices; whether the annotation stays.
  const auto keep = [&](Chunk& chunk, StagedAnnotation& staged) {
    const int image =
        find(image_index, staged, StagedAnnotation::kImage, staged.image, chunk.texts);
    const int category =
        find(category_index, staged, StagedAnnotation::kCategory, staged.category, chunk.texts);
    if (staged.is_twice || image < 0 || category < 0) {
      chunk.faulty.push_back({staged, staged.is_twice ? Fault::kTwice
                                      : image < 0     ? Fault::kNoImage
                                                      : Fault::kNoCategory});
      return false;
    }
    staged.image = image;
    staged.category = category;
    if (reaches_out(staged.box, images[static_cast<std::size_t>(image)]))
      chunk.faulty.push_back({staged, Fault::kOutside});
    return true;
  };
  parallel_for(static_cast<std::int64_t>(chunks_.size()), threads_, [&](std::int64_t i) {
    std::erase_if(chunks_[i].records,
                  [&](StagedAnnotation& staged) { return !keep(chunks_[i], staged); });
  });
  report(images, problems);
}

std::string AnnotationJoin::text_of_fault(const Chunk& chunk, const FaultyAnnotation& faulty,
                                          const std::vector<CocoImage>& images) {
  const StagedAnnotation& staged = faulty.staged;
  const BoxXywh& box = staged.box;
  switch (faulty.fault) {
    case Fault::kTwice:
      return "an earlier annotation has the same id";
    case Fault::kNoImage:
      return text_of(
          "image_id ",
          id_text(staged_id(staged, StagedAnnotation::kImage, staged.image, chunk.texts)),
          " is not among the images");
    case Fault::kNoCategory:
      return text_of(
          "category_id ",
          id_text(staged_id(staged, StagedAnnotation::kCategory, staged.category, chunk.texts)),
          " is not among the categories");
    case Fault::kOutside:
      break;
  }
  const CocoImage& image = images[static_cast<std::size_t>(staged.image)];
  JsonWriter sides;  // quicker than a stream, and the numbers as the file has them
  sides.begin_array().value(box.x).value(box.y).value(box.width).value(box.height).end_array();
  const bool outside = lies_outside(box, image);
  return "bbox " + sides.text() +
         (outside ? " lies outside its image of " : " reaches out of its image of ") +
         std::to_string(image.width) + " x " + std::to_string(image.height) +
         (outside ? "; training drops it" : "");
}

void AnnotationJoin::report(const std::vector<CocoImage>& images, ProblemList& problems) const {
  for (const Chunk& chunk : chunks_) {
    for (const FaultyAnnotation& faulty : chunk.faulty) {
      const bool breaks = faulty.fault != Fault::kOutside;
      if (!problems.keeps(breaks)) {
        problems.count_only(1, breaks ? 1 : 0);
        continue;
      }
      const StagedAnnotation& staged = faulty.staged;
      const RecordId id = staged_id(staged, StagedAnnotation::kId, staged.id, chunk.texts);
      problems.add(record_where(file_name_, "annotations", chunk.first + staged.index, id_text(id)),
                   text_of_fault(chunk, faulty, images), breaks);
    }
  }
}

std::vector<CocoAnnotation> AnnotationJoin::place(std::size_t images,
                                                  std::vector<std::int64_t>& first) {
  // Each group of chunks, in the file's order, gets places of its own in every image.
  const auto num_chunks = static_cast<std::int64_t>(chunks_.size());
  const std::int64_t groups =
      std::clamp<std::int64_t>(threads_ < 1 ? available_threads() : threads_, 1, kMaxGroups);
  const auto chunks_of = [&](std::int64_t group) {
    const std::int64_t begin = group * num_chunks / groups, end = (group + 1) * num_chunks / groups;
    return std::span(chunks_).subspan(begin, end - begin);
  };
  std::vector<std::vector<std::int64_t>> next(groups);
  parallel_for(groups, threads_, [&](std::int64_t group) {
    next[group].assign(images, 0);
    for (const Chunk& chunk : chunks_of(group)) {
      for (const StagedAnnotation& staged : chunk.records) ++next[group][staged.image];
    }
  });
  first.assign(images + 1, 0);
  std::int64_t total = 0;
  for (std::size_t image = 0; image < images; ++image) {
    for (std::int64_t group = 0; group < groups; ++group)
      total += std::exchange(next[group][image], total);
    first[image + 1] = total;
  }
  std::vector<CocoAnnotation> annotations;
  annotations.reserve(static_cast<std::size_t>(total));
  advise_huge_pages(annotations.data(), annotations.capacity() * sizeof(CocoAnnotation));
  annotations.resize(static_cast<std::size_t>(total));
  parallel_for(groups, threads_, [&](std::int64_t group) {
    for (Chunk& chunk : chunks_of(group)) {
      for (const StagedAnnotation& staged : chunk.records)
        unstage(staged, chunk.texts, annotations[next[group][staged.image]++]);
      chunk = {};
    }
  });
  return annotations;
}

}  // namespace saccade
