// Places labels beside boxes so that no two overlap.
#include "saccade/render/label_placement.h"

#include <algorithm>
#include <array>

namespace saccade {
namespace {

constexpr double kGap = 0.9;  // to the box: half its outline

std::array<PagePoint, 6> candidates(const LabelRequest& r) {
  const PageRect& b = r.box;
  const double above = b.y - kGap - r.height, below = b.bottom() + kGap;
  const double middle = b.centre().y - r.height / 2, centred = b.centre().x - r.width / 2;
  return {PagePoint{b.x - kGap, above},        PagePoint{b.x - kGap, below},
          PagePoint{b.right() + kGap, middle}, PagePoint{b.x - kGap - r.width, middle},
          PagePoint{centred, above},           PagePoint{centred, below}};
}

}  // namespace

std::vector<std::optional<PageRect>> place_labels(const std::vector<LabelRequest>& requests,
                                                  const PageRect& panel) {
  std::vector<std::optional<PageRect>> places;
  for (const LabelRequest& request : requests) {
    std::optional<PageRect> chosen;
    const bool fits = request.width <= panel.width && request.height <= panel.height;
    for (const PagePoint& corner : candidates(request)) {
      if (!fits) break;
      const PageRect place{
          std::clamp(corner.x, panel.x, std::max(panel.x, panel.right() - request.width)),
          std::clamp(corner.y, panel.y, std::max(panel.y, panel.bottom() - request.height)),
          request.width, request.height};
      const bool free = std::none_of(places.begin(), places.end(), [&](const auto& earlier) {
        return earlier && earlier->overlaps(place);
      });
      if (!free) continue;
      chosen = place;
      break;
    }
    places.push_back(chosen);
  }
  return places;
}

}  // namespace saccade
