// A data set's numbers as a table and as JSON.
#include "saccade/data/dataset_stats_text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "saccade/core/error.h"
#include "saccade/core/json_array.h"
#include "saccade/core/one_line.h"

namespace saccade {
namespace {

// printf for the table's cells.
template <typename... Args>
std::string formatted(const char* format, const Args&... args) {
  char buffer[256];
  std::snprintf(buffer, sizeof buffer, format, args...);
  return buffer;
}

std::string percent(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? "-" : formatted("%.1f %%", 100.0 * double(part) / double(whole));
}

constexpr std::size_t kLongestName = 40;  // characters; one long name must not widen every row

bool begins_character(char c) { return (c & 0xC0) != 0x80; }

// Characters, not bytes: names may be in any script.
std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string shown_name(const std::string& name) {
  std::size_t count = 0, end = 0;
  while (end < name.size() && (count += begins_character(name[end]) ? 1 : 0) <= kLongestName) ++end;
  return one_line(name.substr(0, end));
}

std::string class_row(const ClassStats& c, std::size_t width) {
  const std::string name = shown_name(c.name);
  return name + std::string(width - characters(name), ' ') +
         formatted("  %8lld  %8lld  %8lld  %8lld  %8lld  %8lld\n", (long long)c.images,
                   (long long)c.boxes, (long long)c.sizes[0], (long long)c.sizes[1],
                   (long long)c.sizes[2], (long long)c.crowd);
}

std::string class_table(const DatasetStats& stats) {
  std::size_t width = 5;
  for (const ClassStats& c : stats.classes) width = std::max(width, characters(shown_name(c.name)));
  std::string text = "class" + std::string(width - 5, ' ') +
                     formatted("  %8s  %8s  %8s  %8s  %8s  %8s\n", "images", "boxes", "small",
                               "medium", "large", "crowd");
  for (const ClassStats& c : stats.classes)
    if (c.images > 0) text += class_row(c, width);
  const auto unused = stats.classes.size() - static_cast<std::size_t>(stats.used_classes());
  if (unused > 0)
    text += text_of("without a box: ", unused, unused == 1 ? " class\n" : " classes\n");
  return text;
}

std::string image_sizes_text(const DatasetStats& stats) {
  const auto& sizes = stats.image_sizes;
  if (sizes.empty()) return "the file does not say";
  const auto common = std::max_element(
      sizes.begin(), sizes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  const std::string size = text_of(common->first.first, " x ", common->first.second, " px");
  if (sizes.size() == 1) return "all " + size;
  return text_of(sizes.size(), " sizes, most often ", size, " (", common->second,
                 common->second == 1 ? " image)" : " images)");
}

void put_histogram(JsonWriter& json, std::string_view key, const Histogram& histogram) {
  json.key(key).begin_object();
  add_array(json, "edges", histogram.edges);
  add_array(json, "counts", histogram.counts).end_object();
}

void put_sizes(JsonWriter& json, const std::array<std::int64_t, 3>& sizes) {
  json.member("small", sizes[0]).member("medium", sizes[1]).member("large", sizes[2]);
}

void put_classes(JsonWriter& json, const DatasetStats& stats) {
  json.key("classes").begin_array();
  for (const ClassStats& c : stats.classes) {
    json.begin_object().key("id").raw(c.id).member("name", c.name);
    json.member("images", c.images).member("boxes", c.boxes).member("crowd", c.crowd);
    put_sizes(json, c.sizes);
    json.end_object();
  }
  json.end_array();
}

void put_maps(JsonWriter& json, const DatasetStats& stats) {
  json.key("images_by_boxes").begin_array();
  for (const auto& [boxes, images] : stats.images_by_boxes)
    json.begin_object().member("boxes", boxes).member("images", images).end_object();
  json.end_array().key("image_sizes").begin_array();
  for (const auto& [size, images] : stats.image_sizes) {
    json.begin_object().member("width", size.first).member("height", size.second);
    json.member("images", images).end_object();
  }
  json.end_array();
}

}  // namespace

std::string dataset_stats_text(const DatasetStats& s) {
  const long long most = s.images_by_boxes.empty() ? 0 : s.images_by_boxes.rbegin()->first;
  const double mean = s.images == 0 ? 0 : double(s.boxes) / double(s.images);
  std::string text =
      text_of(s.name, "\n", "images           ", s.images, ", ", s.empty_images, " without a box\n",
              "image sizes      ", image_sizes_text(s), "\n", "boxes            ", s.boxes,
              ", and ", s.crowd, s.crowd == 1 ? " crowd region\n" : " crowd regions\n");
  text += formatted("boxes per image  %.1f on average, median %g, at most %lld\n", mean,
                    s.median_boxes, most);
  text += text_of("box sizes        small ", percent(s.sizes[0], s.boxes), ", medium ",
                  percent(s.sizes[1], s.boxes), ", large ", percent(s.sizes[2], s.boxes),
                  " (areas below 32 x 32 px, up to 96 x 96 px, above)\n");
  text += formatted("median box       side %.1f px, width / height %.2f, %.2f %% of its image\n",
                    s.median_side, s.median_aspect, 100 * s.median_share);
  text += formatted("narrow boxes     %lld with a side below 8 px\n\n", (long long)s.narrow);
  return text + class_table(s);
}

std::string dataset_stats_json(const DatasetStats& s) {
  JsonWriter json;
  json.begin_object().member("name", s.name).member("images", s.images);
  json.member("empty_images", s.empty_images).member("boxes", s.boxes).member("crowd", s.crowd);
  put_sizes(json, s.sizes);
  json.member("narrow", s.narrow).member("median_boxes_per_image", s.median_boxes);
  json.member("median_side", s.median_side).member("median_aspect", s.median_aspect);
  json.member("median_share", s.median_share);
  put_classes(json, s);
  put_maps(json, s);
  put_histogram(json, "aspect", s.aspect);
  put_histogram(json, "relative_side", s.relative);
  json.end_object();
  return json.text();
}

}  // namespace saccade
