// The true objects that a detection's map is held against.
#include "saccade/study/faith_truth.h"

#include "saccade/study/map_metrics.h"

namespace saccade {
namespace {

constexpr double kSameObject = 0.5;  // IoU

const CocoAnnotation* own_object(const CocoDataSet& data, const FaithTarget& target, int category) {
  const CocoAnnotation* own = nullptr;
  double best = kSameObject;
  for (const CocoAnnotation& one : data.annotations_of(target.image)) {
    if (one.is_crowd || one.category != category) continue;
    const double iou = box_iou(corners(one.box), target.box);
    if (iou >= best && (own == nullptr || iou > best)) own = &one, best = iou;
  }
  return own;
}

}  // namespace

FaithTruth truth_of(const CocoDataSet& data, const FaithTarget& target, int category,
                    ImageSize image) {
  FaithTruth truth;
  const CocoAnnotation* const own = own_object(data, target, category);
  for (const CocoAnnotation& one : data.annotations_of(target.image))
    if (&one != own && !one.is_crowd)
      truth.others.push_back(box_region(corners(one.box), image.width, image.height));
  if (own == nullptr || own->segmentation.empty()) return truth;
  const Segmentation outline = data.segmentation(*own);
  if (!outline.empty()) truth.mask = region_mask(outline, image.width, image.height);
  return truth;
}

}  // namespace saccade
