// What became of each detection.
#include "saccade/core/detection_changes.h"

#include <algorithm>
#include <numeric>

namespace saccade {
namespace {

std::vector<int> by_falling_score(std::span<const Detection> detections) {
  std::vector<int> order(detections.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return detections[static_cast<std::size_t>(a)].score >
           detections[static_cast<std::size_t>(b)].score;
  });
  return order;
}

}  // namespace

std::vector<DetectionChange> match_detections(std::span<const Detection> before,
                                              std::span<const Detection> after, double min_iou) {
  const std::vector<int> after_order = by_falling_score(after);
  std::vector<bool> is_taken(after.size());
  std::vector<DetectionChange> changes;
  for (const int b : by_falling_score(before)) {
    const Detection& old = before[static_cast<std::size_t>(b)];
    DetectionChange change{DetectionChange::kLost, b};
    for (const int a : after_order) {
      const Detection& now = after[static_cast<std::size_t>(a)];
      if (is_taken[static_cast<std::size_t>(a)] || now.label != old.label) continue;
      const double iou = box_iou(old.box, now.box);
      const bool better = change.after < 0 || iou > change.iou;
      if (iou >= min_iou && better) change = {DetectionChange::kKept, b, a, iou};
    }
    if (change.after >= 0) is_taken[static_cast<std::size_t>(change.after)] = true;
    changes.push_back(change);
  }
  for (const int a : after_order)
    if (!is_taken[static_cast<std::size_t>(a)])
      changes.push_back({DetectionChange::kGained, -1, a});
  return changes;
}

}  // namespace saccade
