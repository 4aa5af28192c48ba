// The outline of an object as COCO files state it.
#include "saccade/data/segmentation.h"

#include <simdjson.h>

#include <cmath>

#include "saccade/core/error.h"
#include "saccade/data/json_file.h"

namespace saccade {
namespace {

namespace dom = simdjson::dom;

constexpr std::int64_t kMaxSide = 1'000'000;

[[noreturn]] void fail(const std::string& where, const std::string& what) {
  throw Error(text_of(where, ": segmentation ", what));
}

std::vector<double> polygon_of(const dom::element& element, const std::string& where) {
  dom::array array;
  if (element.get(array) != simdjson::SUCCESS) fail(where, "is not a list of lists of numbers");
  std::vector<double> polygon;
  polygon.reserve(array.size());
  for (const dom::element number : array) {
    double coordinate = 0;
    if (number.get(coordinate) != simdjson::SUCCESS || !std::isfinite(coordinate))
      fail(where, "has a polygon with something else than numbers");
    polygon.push_back(coordinate);
  }
  if (polygon.size() % 2 != 0)
    fail(where, text_of("has a polygon of ", polygon.size(), " numbers; x and y make pairs"));
  return polygon;
}

void read_size(const dom::object& object, Segmentation& segmentation, const std::string& where) {
  dom::array size;
  std::int64_t height = 0, width = 0;
  if (object["size"].get(size) != simdjson::SUCCESS || size.size() != 2 ||
      size.at(0).get(height) != simdjson::SUCCESS || size.at(1).get(width) != simdjson::SUCCESS ||
      height < 0 || width < 0 || height > kMaxSide || width > kMaxSide)
    fail(where, "has no size of [height, width]");
  segmentation.width = static_cast<int>(width);
  segmentation.height = static_cast<int>(height);
}

Segmentation runs_of(const dom::object& object, const std::string& where) {
  Segmentation segmentation;
  read_size(object, segmentation, where);
  std::string_view text;
  if (object["counts"].get(text) == simdjson::SUCCESS) {
    segmentation.compressed_counts = text;
    return segmentation;
  }
  dom::array counts;
  if (object["counts"].get(counts) != simdjson::SUCCESS)
    fail(where, "has no counts (a list of run lengths or a text)");
  const std::uint64_t pixels = std::uint64_t{1} * segmentation.width * segmentation.height;
  std::uint64_t sum = 0;
  for (const dom::element count : counts) {
    std::uint64_t run = 0;
    if (count.get(run) != simdjson::SUCCESS || run > pixels) fail(where, "has a wrong run length");
    sum += run;
    segmentation.counts.push_back(static_cast<std::uint32_t>(run));
  }
  if (sum != pixels) {
    fail(where, text_of("has run lengths of ", sum, " pixels, its size ", segmentation.width, " x ",
                        segmentation.height, " has ", pixels));
  }
  return segmentation;
}

}  // namespace

Segmentation parse_segmentation(std::string_view json, const std::string& where) {
  thread_local dom::parser parser;
  dom::element root;
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS)
    fail(where, "is no valid JSON or not made of numbers");
  Segmentation segmentation;
  dom::array polygons;
  dom::object runs;
  if (root.is_null()) return segmentation;
  if (root.get(runs) == simdjson::SUCCESS) return runs_of(runs, where);
  if (root.get(polygons) != simdjson::SUCCESS)
    fail(where, "is neither a list of polygons nor run lengths");
  for (const dom::element polygon : polygons)
    segmentation.polygons.push_back(polygon_of(polygon, where));
  return segmentation;
}

Segmentation read_segmentation(const JsonFile& file, const FileRange& range,
                               const std::string& where) {
  if (range.empty()) return {};
  file.check_unchanged();
  if (range.offset < 0 || range.size < 0 || range.size > file.size() - range.offset)
    fail(where, "lies outside the file");
  std::string json(static_cast<std::size_t>(range.size), '\0');
  file.read(range.offset, json.data(), range.size);
  return parse_segmentation(json, where);
}

}  // namespace saccade
