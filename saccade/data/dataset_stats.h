// What a data set holds, in numbers: classes, sizes, shapes, boxes per image.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "saccade/data/size_group.h"

namespace saccade {

class CocoDataSet;

// Values counted between edges: counts[i] lie in [edges[i], edges[i + 1]), the last upper edge counts.
struct Histogram {
  std::vector<double> edges;
  std::vector<std::int64_t> counts;
};

// Boxes counted by width (columns) and height (rows) between the same logarithmic edges, in pixels.
struct SideHistogram {
  std::vector<double> edges;
  std::vector<std::int64_t> counts;  // [rows, columns]: counts[row * columns + column]

  std::size_t columns() const { return edges.empty() ? 0 : edges.size() - 1; }
};

struct ClassStats {
  std::string id;  // as JSON writes it
  std::string name;
  std::int64_t images = 0;              // with at least one of its boxes or crowd regions
  std::int64_t boxes = 0;               // without crowd regions
  std::int64_t crowd = 0;               // crowd regions
  std::array<std::int64_t, 3> sizes{};  // boxes by SizeGroup
};

// Boxes never include crowd regions, which are counted apart.
struct DatasetStats {
  std::string name;
  std::int64_t images = 0, boxes = 0, crowd = 0;
  std::int64_t empty_images = 0;  // without a box or crowd region
  std::array<std::int64_t, 3> sizes{};
  std::vector<ClassStats> classes;                       // most boxes first, then by id
  std::map<std::int64_t, std::int64_t> images_by_boxes;  // boxes in an image -> images
  Histogram aspect;  // width / height of boxes, logarithmic edges from 1/16 to 16; beyond: the ends
  Histogram relative;   // square root of a box's share of its image, 0 to 1, logarithmic edges
  SideHistogram sides;  // 1 to 2048 px and beyond
  std::map<std::pair<int, int>, std::int64_t> image_sizes;  // width, height in px -> images
  double median_boxes = 0;                                  // per image
  double median_side = 0;    // square root of width * height of a box, px
  double median_aspect = 0;  // width / height
  double median_share =
      0;  // of the image's area, 0 to 1; boxes of images without a size are left out
  std::int64_t narrow = 0;  // boxes with a side below 8 px

  // Classes with a box or crowd region.
  std::int64_t used_classes() const {
    return std::count_if(classes.begin(), classes.end(),
                         [](const ClassStats& c) { return c.boxes + c.crowd > 0; });
  }
};

DatasetStats dataset_stats(const CocoDataSet& data, const std::string& name);

}  // namespace saccade
