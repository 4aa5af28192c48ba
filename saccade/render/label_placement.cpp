// Places labels beside boxes so that no two overlap.
#include "saccade/render/label_placement.h"

#include <algorithm>
#include <array>

namespace saccade {
namespace {

constexpr double kGap = 0.9;     // to the box: half its outline
constexpr double kHidden = 0.3;  // share of a box under a label that makes it hard to see

std::array<PagePoint, 6> candidates(const LabelRequest& r) {
  const PageRect& b = r.box;
  const double above = b.y - kGap - r.height, below = b.bottom() + kGap;
  const double middle = b.centre().y - r.height / 2, centred = b.centre().x - r.width / 2;
  return {PagePoint{b.x - kGap, above},        PagePoint{b.x - kGap, below},
          PagePoint{b.right() + kGap, middle}, PagePoint{b.x - kGap - r.width, middle},
          PagePoint{centred, above},           PagePoint{centred, below}};
}

// The candidates inside the panel; none where the label is larger than that.
std::vector<PageRect> places_of(const LabelRequest& request, const PageRect& panel) {
  std::vector<PageRect> places;
  if (request.width > panel.width || request.height > panel.height) return places;
  for (const PagePoint& corner : candidates(request)) {
    places.push_back(
        {std::clamp(corner.x, panel.x, std::max(panel.x, panel.right() - request.width)),
         std::clamp(corner.y, panel.y, std::max(panel.y, panel.bottom() - request.height)),
         request.width, request.height});
  }
  return places;
}

bool hides(const PageRect& place, const PageRect& box) {
  const double w = std::min(place.right(), box.right()) - std::max(place.x, box.x);
  const double h = std::min(place.bottom(), box.bottom()) - std::max(place.y, box.y);
  return w > 0 && h > 0 && w * h >= kHidden * box.width * box.height;
}

}  // namespace

std::vector<std::optional<PageRect>> place_labels(const std::vector<LabelRequest>& requests,
                                                  const PageRect& panel, const KeptInSight& kept) {
  std::vector<std::optional<PageRect>> places;
  const auto is_free = [&](const PageRect& place) {
    return std::none_of(places.begin(), places.end(),
                        [&](const auto& earlier) { return earlier && earlier->overlaps(place); });
  };
  const auto hides_any = [&](const PageRect& place) {
    return std::any_of(kept.boxes.begin(), kept.boxes.end(),
                       [&](const PageRect& box) { return hides(place, box); });
  };
  for (const LabelRequest& request : requests) {
    std::optional<PageRect> chosen;
    for (const PageRect& place : places_of(request, panel)) {
      if (!is_free(place)) continue;
      if (!hides_any(place)) {
        chosen = place;
        break;
      }
      if (!kept.always && !chosen) chosen = place;
    }
    places.push_back(chosen);
  }
  return places;
}

}  // namespace saccade
