// Overlap and area of detections and truths: of their boxes or of their masks.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "saccade/data/coco.h"
#include "saccade/data/coco_results.h"

namespace saccade {

enum class IouType { kBox, kMask };

// "bbox" or "segm".
std::string_view name_of(IouType type);

// Usable from several threads at once. Indices are those of results.detections and
// data.annotations(); the truths and detections of one call lie on one image.
class IouSource {
 public:
  virtual ~IouSource() = default;

  // ious[d * truths.size() + t]; with a crowd the share of the detection inside it. Throws Error.
  virtual void ious(std::span<const std::int32_t> detections, std::span<const std::int32_t> truths,
                    std::vector<double>& ious) const = 0;

  // Square pixels, as the area ranges count them. Throws Error.
  virtual double area(std::int32_t detection) const = 0;
};

// Both must outlive the source. For masks, results without segmentations count as filled boxes and
// for boxes, results without boxes as the tight boxes of their masks, as pycocotools has it.
std::unique_ptr<IouSource> make_iou_source(IouType type, const CocoDataSet& data,
                                           const CocoResults& results);

// Intersection over union of two boxes in double precision; over the detection's own area where the
// truth is a crowd.
inline double box_iou(const BoxXywh& d, const BoxXywh& g, bool is_crowd) {
  const double right_d = d.x + d.width, right_g = g.x + g.width;
  const double w = (right_d < right_g ? right_d : right_g) - (d.x > g.x ? d.x : g.x);
  if (w <= 0) return 0;
  const double low_d = d.y + d.height, low_g = g.y + g.height;
  const double h = (low_d < low_g ? low_d : low_g) - (d.y > g.y ? d.y : g.y);
  if (h <= 0) return 0;
  const double inside = w * h;
  return inside / (is_crowd ? d.area() : d.area() + g.area() - inside);
}

}  // namespace saccade
