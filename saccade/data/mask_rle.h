// Masks as run lengths: column by column, background first, as COCO's files and pycocotools have them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "saccade/data/coco.h"

namespace saccade {

inline constexpr std::int64_t kMaxMaskPixels = std::int64_t{1} << 30;

// Pixel (x, y) has index x * height + y; counts are of background, foreground, background, ...
// The functions below keep and expect: 1 <= width, height; width * height <= kMaxMaskPixels; the
// counts add up to width * height.
struct MaskRle {
  int width = 0, height = 0;
  std::vector<std::uint32_t> counts;

  bool operator==(const MaskRle&) const = default;
};

// Each throws Error that says what was wrong; the caller knows file and record.
MaskRle mask_from_counts(std::span<const std::uint32_t> counts, int width, int height);
MaskRle mask_from_text(std::string_view text, int width, int height);
// The union of polygons x0, y0, x1, y1, ... (polygon_rle.cpp).
MaskRle mask_from_polygons(std::span<const std::vector<double>> polygons, int width, int height);
MaskRle mask_from_box(const BoxXywh& box, int width, int height);
// Whatever form the segmentation has; polygons are drawn on an image of this size.
MaskRle mask_from(const Segmentation& segmentation, int image_width, int image_height);

// COCO's compressed text.
std::string mask_text(const MaskRle& mask);

std::int64_t mask_area(const MaskRle& mask);  // pixels
BoxXywh mask_box(const MaskRle& mask);        // the tight box; all 0 where the mask is empty
// Both masks must have the same size, else Error.
MaskRle mask_union(const MaskRle& a, const MaskRle& b);
std::int64_t mask_overlap(const MaskRle& a, const MaskRle& b);  // pixels in both
// Intersection over union, over the detection's area where the truth is a crowd; 0 without overlap.
double mask_iou(const MaskRle& detection, const MaskRle& truth, bool is_crowd);

// Throws Error unless a mask of this size may be made.
void check_mask_size(int width, int height);

}  // namespace saccade
