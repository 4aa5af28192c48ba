// The annotations of a COCO file as they are read.
#include "saccade/data/annotation_sink.h"

#include <algorithm>

#include "saccade/core/error.h"
#include "saccade/data/record_fields.h"

namespace saccade {
namespace {

constexpr double kMaxCoordinate = 1e7;  // pixels; no image is near as large

// The smallest box around polygons; throws Error where there are none.
BoxXywh box_around(std::string_view segmentation) {
  const Segmentation outline = parse_segmentation(segmentation, "has no bbox");
  double x0 = INFINITY, y0 = INFINITY, x1 = -INFINITY, y1 = -INFINITY;
  for (const auto& polygon : outline.polygons) {
    for (std::size_t i = 0; i + 1 < polygon.size(); i += 2) {
      x0 = std::min(x0, polygon[i]);
      x1 = std::max(x1, polygon[i]);
      y0 = std::min(y0, polygon[i + 1]);
      y1 = std::max(y1, polygon[i + 1]);
    }
  }
  if (x0 > x1) throw Error("has no bbox, and no polygons to make one of");
  return {x0, y0, x1 - x0, y1 - y0};
}

// Lists within lists within lists are no outline, however deep they go.
bool is_outline(std::string_view raw) {
  int lists = 0;
  for (const char byte : raw) {
    if (byte == '[') ++lists;
    if (lists > 2) return false;
    if (byte != '[' && static_cast<unsigned char>(byte) > ' ') return true;
  }
  return false;
}

}  // namespace

struct AnnotationSink::Fields {
  StagedAnnotation staged;
  std::int64_t index = 0;
  unsigned seen = 0;    // StagedAnnotation::Field
  bool has_id = false;  // a usable one
  bool has_box = false, box_at_fault = false, has_area = false;
  std::string_view segmentation;
};

void AnnotationSink::read_record_id(JsonValue& value, const char* name, std::int64_t& number,
                                    StagedAnnotation::Field field, Fields& fields) {
  fields.seen |= field;
  fields.staged.text_fields &= static_cast<std::uint8_t>(~field);
  if (value.get_int64().get(number) == simdjson::SUCCESS) return;
  RecordId id;
  if (!read_id(value, id)) {
    fields.has_id = fields.has_id && field != StagedAnnotation::kId;
    return fault(fields.index, text_of(name, " ", id_fault(value)));
  }
  number = id.number;
  if (!id.is_text()) return;
  number = static_cast<std::int64_t>(texts.size());
  texts.push_back(std::move(id.text));
  fields.staged.text_fields |= field;
}

simdjson::error_code AnnotationSink::read_field(std::string_view key, JsonValue& value,
                                                const SlicePlace& place, Fields& fields) {
  StagedAnnotation& staged = fields.staged;
  if (key == "segmentation") {
    if (const auto e = read_raw(value, fields.segmentation)) return e;
    if (fields.segmentation.empty()) return simdjson::SUCCESS;
    staged.segmentation = {place.file_offset(fields.segmentation.data()),
                           static_cast<std::int64_t>(fields.segmentation.size())};
    if (!is_outline(fields.segmentation))
      fault(fields.index, "segmentation is neither polygons nor run lengths");
  } else if (key == "area") {
    if (is_null(value)) return simdjson::SUCCESS;
    fields.has_area = true;
    if (!read_number(value, staged.area) || staged.area < 0)
      fault(fields.index, text_of("area is ", shown(value), ", not a number of pixels"));
  } else if (key == "iscrowd") {
    std::int64_t number = 0;
    if (is_null(value) || value.get_bool().get(staged.is_crowd) == simdjson::SUCCESS)
      return simdjson::SUCCESS;
    if (!read_whole(value, number) || number < 0 || number > 1)
      fault(fields.index, text_of("iscrowd is ", shown(value), ", not 0 or 1"));
    staged.is_crowd = number == 1;
  } else if (key == "image_id") {
    read_record_id(value, "image_id", staged.image, StagedAnnotation::kImage, fields);
  } else if (key == "bbox") {
    if (is_null(value)) return simdjson::SUCCESS;
    double sides[4] = {};
    std::string what;
    if (const auto e = read_four(value, "bbox", sides, what)) return e;
    fields.has_box = true;
    staged.box = {sides[0], sides[1], sides[2], sides[3]};
    fields.box_at_fault = !what.empty();
    if (fields.box_at_fault) fault(fields.index, std::move(what));
  } else if (key == "category_id") {
    read_record_id(value, "category_id", staged.category, StagedAnnotation::kCategory, fields);
  } else if (key == "id") {
    fields.has_id = true;
    read_record_id(value, "id", staged.id, StagedAnnotation::kId, fields);
  }
  return simdjson::SUCCESS;
}

void AnnotationSink::finish_box(Fields& fields) {
  BoxXywh& box = fields.staged.box;
  if (fields.box_at_fault) return;
  if (!fields.has_box) {
    if (fields.segmentation.empty()) return fault(fields.index, "has no bbox");
    try {
      box = box_around(fields.segmentation);
    } catch (const Error& error) {
      return fault(fields.index, error.what());
    }
  }
  for (const double side : {box.x, box.y, box.width, box.height}) {
    if (std::abs(side) > kMaxCoordinate)
      return fault(fields.index, text_of("bbox has an absurd number (", side, ")"));
  }
  if (box.width < 0 || box.height < 0) {
    fault(fields.index, text_of("bbox has a negative ", box.width < 0 ? "width (" : "height (",
                                box.width < 0 ? box.width : box.height, ")"));
  } else if (box.width == 0 || box.height == 0) {
    fault(fields.index,
          text_of("bbox has a ", box.width == 0 ? "width" : "height", " of 0; training drops it"),
          false);
  }
  if (!fields.has_area) fields.staged.area = box.area();
}

void AnnotationSink::finish(Fields& fields) {
  StagedAnnotation& staged = fields.staged;
  if ((fields.seen & StagedAnnotation::kId) == 0) fault(fields.index, "has no id");
  if ((fields.seen & StagedAnnotation::kImage) == 0) fault(fields.index, "has no image_id");
  if ((fields.seen & StagedAnnotation::kCategory) == 0) fault(fields.index, "has no category_id");
  finish_box(fields);
  if (fields.has_id) {
    const bool is_text = (staged.text_fields & StagedAnnotation::kId) != 0;
    name_faults(is_text ? RecordId{0, texts[static_cast<std::size_t>(staged.id)]}
                        : RecordId{staged.id, {}});
  }
  if (!record_breaks()) records.push_back(staged);
}

simdjson::error_code AnnotationSink::record(JsonValue& value, const SlicePlace& place,
                                            std::int64_t index) {
  simdjson::ondemand::object object;
  simdjson::error_code error{};
  if (!begin_record(value, index, object, error)) return error;
  Fields fields;
  fields.index = index;
  fields.staged.index = static_cast<std::int32_t>(index);
  error = for_each_field(object, [&](std::string_view key, JsonValue field) {
    return read_field(key, field, place, fields);
  });
  if (!error) finish(fields);
  return error;
}

}  // namespace saccade
