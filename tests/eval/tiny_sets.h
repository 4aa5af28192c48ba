// Small data sets made in memory, for tests of evaluation.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "saccade/core/random.h"
#include "saccade/data/coco.h"
#include "saccade/data/coco_results.h"

namespace saccade {

// Images have ids 1, 2, ... and 640 x 480 pixels, categories ids 1, 2, ... and names "a", "b", ...
inline CocoDataSet tiny_set(int images, int categories, std::vector<CocoAnnotation> truths) {
  std::vector<CocoImage> all_images;
  for (int i = 0; i < images; ++i) all_images.push_back({{i + 1, ""}, "x.jpg", 640, 480});
  std::vector<CocoCategory> all_categories;
  for (int k = 0; k < categories; ++k) {
    all_categories.push_back({{k + 1, ""}, std::string(1, static_cast<char>('a' + k)), ""});
  }
  return CocoDataSet("tiny.json", std::move(all_images), std::move(all_categories),
                     std::move(truths));
}

// A truth whose area is that of its box.
inline CocoAnnotation truth(std::int64_t id, int image, int category, BoxXywh box,
                            bool is_crowd = false) {
  return {.id = {id, ""},
          .image = image,
          .category = category,
          .is_crowd = is_crowd,
          .box = box,
          .area = box.area()};
}

inline CocoResults detections(std::vector<CocoDetection> all) {
  CocoResults results;
  results.detections = std::move(all);
  return results;
}

struct RandomSet {
  std::vector<CocoAnnotation> truths;
  std::vector<CocoDetection> found;
};

// Truths on every image and noisy copies of them among false alarms. Scores have `score_steps`
// different values, so few of them make many ties.
inline RandomSet random_set(int images, int categories, int detections_per_image,
                            std::uint64_t score_steps, std::uint64_t seed) {
  Random random(seed);
  const auto below = [&](int n) {
    return static_cast<int>(random.below(static_cast<std::uint64_t>(n)));
  };
  const auto unit = [&] { return static_cast<double>(below(1'000'000)) / 1e6; };
  const auto box = [&] {
    return BoxXywh{unit() * 500, unit() * 400, 5 + unit() * 150, 5 + unit() * 150};
  };
  RandomSet set;
  for (int i = 0; i < images; ++i) {
    const std::size_t first = set.truths.size();
    for (int t = below(6); t-- > 0;) {
      const auto id = static_cast<std::int64_t>(set.truths.size()) + 1;
      set.truths.push_back(truth(id, i, below(categories), box(), below(10) == 0));
    }
    const auto own = static_cast<int>(set.truths.size() - first);
    for (int d = 0; d < detections_per_image; ++d) {
      CocoDetection found{.image = i, .category = below(categories), .box = box()};
      found.score =
          static_cast<double>(random.below(score_steps)) / static_cast<double>(score_steps);
      if (own > 0 && below(3) > 0) {
        const CocoAnnotation& near = set.truths[first + static_cast<std::size_t>(below(own))];
        found.category = below(8) > 0 ? near.category : found.category;
        found.box = near.box;
        found.box.x += (unit() - 0.5) * near.box.width * 0.5;
        found.box.height *= 0.8 + 0.4 * unit();
      }
      set.found.push_back(found);
    }
  }
  return set;
}

}  // namespace saccade
