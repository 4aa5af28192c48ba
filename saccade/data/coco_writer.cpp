// COCO annotation files as text.
#include "saccade/data/coco_writer.h"

#include <cmath>

#include "saccade/core/json_writer.h"

namespace saccade {
namespace {

void write_images(JsonWriter& json, const LabelledSplit& split) {
  json.key("images").begin_array();
  std::int64_t id = 0;
  for (const LabelledImage& image : split.images) {
    json.begin_object().member("id", ++id).member("file_name", image.file_name);
    json.member("width", image.width).member("height", image.height).end_object();
  }
  json.end_array();
}

void write_annotation(JsonWriter& json, const LabelledBox& object, std::int64_t id,
                      std::int64_t image_id) {
  const BoxXywh& box = object.box;
  json.begin_object().member("id", id).member("image_id", image_id);
  json.member("category_id", object.category + 1).key("bbox").begin_array();
  json.value(box.x).value(box.y).value(box.width).value(box.height).end_array();
  json.member("area", object.outline.empty() ? box.area() : polygon_area(object.outline));
  json.member("iscrowd", 0).key("segmentation").begin_array();
  if (!object.outline.empty()) {
    json.begin_array();
    for (const double coordinate : object.outline) json.value(coordinate);
    json.end_array();
  }
  json.end_array();
  if (object.ignored) json.member("ignore", 1);
  json.end_object();
}

void write_categories(JsonWriter& json, const LabelledSet& set) {
  json.key("categories").begin_array();
  int id = 0;
  for (const std::string& name : set.categories) {
    json.begin_object().member("id", ++id).member("name", name);
    json.member("supercategory", "").end_object();
  }
  json.end_array();
}

}  // namespace

double polygon_area(const std::vector<double>& outline) {
  double twice = 0;
  const std::size_t n = outline.size();
  for (std::size_t i = 0; i + 1 < n; i += 2) {
    const std::size_t next = (i + 2) % n;
    twice += outline[i] * outline[next + 1] - outline[next] * outline[i + 1];
  }
  return std::abs(twice) / 2;
}

std::string coco_annotations_text(const LabelledSet& set, const LabelledSplit& split,
                                  const std::string& command) {
  JsonWriter json;
  json.begin_object().key("info").begin_object();
  json.member("description", split.name).member("command", command).end_object();
  json.key("licenses").begin_array().end_array();
  write_images(json, split);
  json.key("annotations").begin_array();
  std::int64_t id = 0, image_id = 0;
  for (const LabelledImage& image : split.images) {
    ++image_id;
    for (const LabelledBox& object : image.boxes) write_annotation(json, object, ++id, image_id);
  }
  json.end_array();
  write_categories(json, set);
  json.end_object();
  return json.text() + "\n";
}

}  // namespace saccade
