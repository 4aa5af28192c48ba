// One object through the frames of a sequence.
#include "saccade/explain/object_track.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace saccade {
namespace {

using Seen = std::pair<std::int64_t, const Detection*>;  // a frame, and the object there

BoxXyxy moved_on(const Seen& last, const Seen& before, std::int64_t at) {
  const BoxXyxy &a = before.second->box, &b = last.second->box;
  const double pace =
      static_cast<double>(at - last.first) / static_cast<double>(last.first - before.first);
  const double dx = pace * ((b.x0 + b.x1) - (a.x0 + a.x1)) / 2;
  const double dy = pace * ((b.y0 + b.y1) - (a.y0 + a.y1)) / 2;
  return {b.x0 + dx, b.y0 + dy, b.x1 + dx, b.y1 + dy};
}

// Of a class, each object once.
std::vector<const Detection*> candidates(const std::vector<Detection>& detections, int label,
                                         double least_score) {
  std::vector<const Detection*> kept;
  for (const Detection& d : detections) {
    if (d.label != label || d.score < least_score) continue;
    const bool is_first = std::all_of(kept.begin(), kept.end(), [&](const Detection* k) {
      return box_iou(k->box, d.box) < kDuplicateIou;
    });
    if (is_first) kept.push_back(&d);
  }
  return kept;
}

}  // namespace

std::optional<Detection> find_again(const std::vector<Detection>& detections,
                                    const Detection& same_query, const SoughtObject& sought,
                                    const FollowRule& rule) {
  const Detection* best = nullptr;
  double most = 0;
  for (const Detection* d : candidates(detections, sought.label, rule.least_score)) {
    const double iou = box_iou(d->box, sought.box);
    if (iou < rule.least_iou || iou <= most) continue;
    best = d;
    most = iou;
  }
  if (best != nullptr) return *best;
  const bool agrees =
      same_query.label == sought.label && box_iou(same_query.box, sought.box) >= kSameQueryIou;
  return agrees ? std::optional(same_query) : std::nullopt;
}

ObjectTrack::ObjectTrack(const Detection& start, std::int64_t at, const FollowRule& rule)
    : start_(at), rule_(rule), found_{{at, start}} {}

std::optional<ObjectTrack::Step> ObjectTrack::next(int direction) const {
  std::int64_t at = start_;
  while (found_.contains(at)) at += direction;
  std::vector<Seen> seen;  // nearest first
  for (auto i = found_.find(at - direction); i != found_.end() && seen.size() < 2;
       i = found_.find(i->first - direction))
    if (i->second) seen.emplace_back(i->first, &*i->second);
  const Seen& last = seen.front();  // there is one at least: the start
  if (std::abs(at - last.first) > rule_.most_gaps) return std::nullopt;
  const BoxXyxy box = seen.size() > 1 ? moved_on(last, seen[1], at) : last.second->box;
  return Step{at, {last.second->query, last.second->label, box}};
}

}  // namespace saccade
