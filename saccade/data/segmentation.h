// The outline of an object as COCO files state it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace saccade {

// Bytes of a file; size 0: none.
struct FileRange {
  std::int64_t offset = 0;
  std::int64_t size = 0;

  bool empty() const { return size == 0; }
};

// One of three forms, or none of them.
struct Segmentation {
  // Each x0, y0, x1, y1, ... in pixels; their union is the object.
  std::vector<std::vector<double>> polygons;
  // Run lengths, column by column, background first: as numbers or in COCO's compressed text.
  std::vector<std::uint32_t> counts;
  std::string compressed_counts;
  int width = 0, height = 0;  // of the run lengths' image; 0 for polygons

  bool empty() const { return polygons.empty() && counts.empty() && compressed_counts.empty(); }
};

}  // namespace saccade
