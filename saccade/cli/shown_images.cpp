// What `data show` tells of its images as JSON.
#include "saccade/cli/shown_images.h"

#include "saccade/core/json_array.h"

namespace saccade {
namespace {

void write_annotation(JsonWriter& json, const CocoDataSet& data, const CocoAnnotation& a) {
  const CocoCategory& category = data.categories()[static_cast<std::size_t>(a.category)];
  json.begin_object().key("id").raw(id_text(a.id));
  json.key("category_id").raw(id_text(category.id)).member("class", category.name);
  add_array(json, "bbox", {a.box.x, a.box.y, a.box.width, a.box.height})
      .member("area", a.area)
      .member("iscrowd", a.is_crowd)
      .end_object();
}

}  // namespace

void begin_shown_image(JsonWriter& json, const CocoDataSet& data, int image, int width, int height,
                       const std::vector<std::string>& problems) {
  const CocoImage& described = data.images()[static_cast<std::size_t>(image)];
  json.begin_object().key("id").raw(id_text(described.id));
  json.member("file_name", described.file_name).member("width", width).member("height", height);
  json.key("boxes").begin_array();
  for (const CocoAnnotation& annotation : data.annotations_of(image))
    write_annotation(json, data, annotation);
  json.end_array();
  if (!problems.empty()) add_array(json, "problems", problems);
}

void begin_shown_set(JsonWriter& json, const CocoDataSet& data, const std::string& name,
                     const std::string& selection) {
  json.begin_object().member("name", name).member("annotations", data.path().string());
  json.member("selection", selection).key("images").begin_array();
}

}  // namespace saccade
