// COCO annotation files: read in tiny slices they are the same as read whole, and a set that is written reads back to
// the same.
#include "saccade/data/coco.h"

#include "saccade/data/coco_loader.h"
#include "saccade/data/coco_source.h"
#include "saccade/data/coco_writer.h"
#include "saccade/data/mask_rle.h"
#include "tests/fuzz/fuzz.h"

namespace saccade::fuzz {
namespace {

constexpr int kSide = 64;

void draw_outlines(const CocoDataSet& data) {
  for (const CocoAnnotation& annotation : data.annotations()) {
    try {
      const Segmentation outline = data.segmentation(annotation);
      if (outline.width <= kSide && outline.height <= kSide) mask_from(outline, kSide, kSide);
    } catch (const Error&) {
    }
  }
}

bool are_equal(const CocoFile& a, const CocoFile& b) {
  if (a.problem_count != b.problem_count || a.breaking_count != b.breaking_count) return false;
  const auto &ours = a.data.annotations(), &theirs = b.data.annotations();
  if (ours.size() != theirs.size() || a.data.images().size() != b.data.images().size())
    return false;
  for (std::size_t i = 0; i < ours.size(); ++i)
    if (ours[i].id != theirs[i].id || ours[i].image != theirs[i].image ||
        ours[i].segmentation.offset != theirs[i].segmentation.offset)
      return false;
  return true;
}

std::string written(const LabelledSet& set) {
  return coco_annotations_text(set, set.splits.front(), "fuzz");
}

}  // namespace

void check_input(std::string_view input) {
  static InputFile file, copy;
  const std::filesystem::path& path = file.with(input);
  const CocoFile whole = load_coco(path, 1);
  require(are_equal(whole, CocoLoader(path, {.threads = 1, .slice_bytes = 64}).load()),
          "slices of any size give the same records");
  draw_outlines(whole.data);
  const CocoSource source{.path = path, .split = "train", .needs_images = false};
  const std::string text = written(read_coco_source(source));
  const CocoSource again{.path = copy.with(text), .split = "train", .needs_images = false};
  require(written(read_coco_source(again)) == text, "a written file reads back to the same");
}

}  // namespace saccade::fuzz
