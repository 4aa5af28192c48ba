// The outline of an object as COCO files state it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace saccade {

class JsonFile;

// Bytes of a file; size 0: none.
struct FileRange {
  std::int64_t offset = 0;
  std::int64_t size = 0;

  bool empty() const { return size == 0; }
};

// One of three forms, or none of them.
struct Segmentation {
  // Each x0, y0, x1, y1, ... in pixels, finite, an even number of them; their union is the object.
  std::vector<std::vector<double>> polygons;
  // Run lengths, column by column, background first: as numbers, which add up to width * height, or in
  // COCO's compressed text, which is not looked into here.
  std::vector<std::uint32_t> counts;
  std::string compressed_counts;
  int width = 0, height = 0;  // of the run lengths' image; 0 for polygons

  bool empty() const { return polygons.empty() && counts.empty() && compressed_counts.empty(); }
};

// Reads a field `segmentation`: a list of polygons, {"size": [height, width], "counts": list or text},
// or null. Throws Error that begins with `where` and says what is wrong.
Segmentation parse_segmentation(std::string_view json, const std::string& where);

// parse_segmentation of a part of a file; empty where the range is. Throws Error, also where the file
// was written to since it was opened.
Segmentation read_segmentation(const JsonFile& file, const FileRange& range,
                               const std::string& where);

}  // namespace saccade
