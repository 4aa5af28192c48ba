// Masks: width and height in two bytes, then COCO's compressed text, or a segmentation in JSON.
#include "saccade/data/mask_rle.h"
#include "saccade/data/segmentation.h"
#include "tests/fuzz/fuzz.h"

namespace saccade::fuzz {
namespace {

constexpr int kMaxSide = 512;

void check_mask(const MaskRle& mask) {
  const std::string text = mask_text(mask);
  const MaskRle again = mask_from_text(text, mask.width, mask.height);
  require(again == mask, "the text of a mask reads back to it");
  require(mask_from_counts(mask.counts, mask.width, mask.height) == mask,
          "the counts of a mask are those of its text");
  const BoxXywh box = mask_box(mask);
  require(mask_area(mask) <= box.area(), "a mask lies in its box");
  require(mask_overlap(mask, mask) == mask_area(mask), "a mask overlaps itself wholly");
  require(mask_area(mask_union(mask, mask)) == mask_area(mask), "a mask joined to itself stays");
}

}  // namespace

void check_input(std::string_view input) {
  if (input.starts_with('{') || input.starts_with('[')) {
    const Segmentation outline = parse_segmentation(input, "input");
    if (outline.width <= kMaxSide && outline.height <= kMaxSide)
      check_mask(mask_from(outline, kMaxSide, kMaxSide));
    return;
  }
  if (input.size() < 2) return;
  const int width = static_cast<unsigned char>(input[0]),
            height = static_cast<unsigned char>(input[1]);
  check_mask(mask_from_text(input.substr(2), width, height));
}

}  // namespace saccade::fuzz
