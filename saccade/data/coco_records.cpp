// The records of a COCO annotation file as they are read: images and categories.
#include "saccade/data/coco_records.h"

#include <algorithm>

#include "saccade/core/error.h"
#include "saccade/core/json_writer.h"
#include "saccade/data/record_fields.h"
#include "saccade/image/image.h"

namespace saccade {
namespace {

// Whether a name stays inside the folder of images.
bool stays_inside(const std::string& name) {
  if (name.find('\0') != std::string::npos) return false;
  const std::filesystem::path path(name);
  return path.is_relative() && std::find(path.begin(), path.end(), "..") == path.end();
}

// Why an image cannot have this size; empty where it can.
std::string size_fault(std::int64_t width, std::int64_t height) {
  if (width < 0 || height < 0) return text_of("has a negative size (", width, " x ", height, ")");
  if (height > 0 && width > kMaxImagePixels / height)
    return text_of("is too large (", width, " x ", height, " pixels)");
  if (std::max(width, height) > kMaxImagePixels)
    return text_of("is too large (", width, " x ", height, " pixels)");
  return {};
}

}  // namespace

std::string record_where(const std::string& file_name, const std::string& array, std::int64_t index,
                         const std::string& id) {
  std::string text = file_name + ": " + array + "[" + std::to_string(index) + "]";
  if (!id.empty()) text += " (id " + id + ")";
  return text;
}

void FaultKeeper::fault(std::int64_t index, std::string what, bool breaks) {
  record_breaks_ = record_breaks_ || breaks;
  if (static_cast<std::int64_t>(faults.size()) < 2 * kMaxKeptProblems) {
    faults.push_back({index, {}, std::move(what), breaks});
  } else {
    ++more_faults;
    more_breaking += breaks ? 1 : 0;
  }
}

bool FaultKeeper::begin_record(JsonValue& value, std::int64_t index,
                               simdjson::ondemand::object& object, simdjson::error_code& error) {
  first_fault_ = faults.size();
  record_breaks_ = false;
  bool is_object = false;
  error = open_object(value, object, is_object);
  if (!error && !is_object) fault(index, text_of("is ", shown(value), ", not an object"));
  return !error && is_object;
}

void FaultKeeper::name_faults(const std::string& id) {
  for (std::size_t i = first_fault_; i < faults.size(); ++i) faults[i].id = id;
}

struct ImageSink::Fields {
  CocoImage image;
  bool has_id = false, has_name = false, has_width = false, has_height = false;
  std::int64_t width = 0, height = 0;
};

void ImageSink::read_field(std::string_view key, JsonValue& value, std::int64_t index,
                           Fields& fields) {
  const auto read_side = [&](const char* name, std::int64_t& to, bool& has) {
    if (is_null(value)) return;
    has = true;
    if (!read_whole(value, to))
      fault(index, text_of(name, " is ", shown(value), ", not a whole number"));
  };
  if (key == "id") {
    fields.has_id = read_id(value, fields.image.id);
    if (!fields.has_id) fault(index, "id " + id_fault(value));
  } else if (key == "file_name") {
    fields.has_name = read_text(value, fields.image.file_name) && !fields.image.file_name.empty();
    if (!fields.has_name)
      fault(index, text_of("file_name is ", shown(value), ", not the name of a file"));
  } else if (key == "width") {
    read_side("width", fields.width, fields.has_width);
  } else if (key == "height") {
    read_side("height", fields.height, fields.has_height);
  }
}

void ImageSink::check(Fields& fields, std::int64_t index) {
  CocoImage& image = fields.image;
  if (!fields.has_id && !record_breaks()) fault(index, "has no id");
  if (!fields.has_name && !record_breaks()) fault(index, "has no file_name");
  if (fields.has_name && !stays_inside(image.file_name)) {
    fault(index,
          text_of("file_name ", json_quote(image.file_name), " leads out of the folder of images"));
    image.file_name.clear();
  }
  if (const std::string what = size_fault(fields.width, fields.height); !what.empty()) {
    fault(index, what);
  } else if (fields.width == 0 || fields.height == 0) {
    const bool has_both = fields.has_width && fields.has_height;
    if (!record_breaks())
      fault(index, has_both ? "has a size of 0" : "has no width and height", false);
  } else {
    image.width = static_cast<int>(fields.width);
    image.height = static_cast<int>(fields.height);
  }
}

simdjson::error_code ImageSink::record(simdjson::ondemand::value& value, const SlicePlace&,
                                       std::int64_t index) {
  simdjson::ondemand::object object;
  simdjson::error_code error{};
  if (!begin_record(value, index, object, error)) return error;
  Fields fields;
  error = for_each_field(object, [&](std::string_view key, JsonValue field) {
    read_field(key, field, index, fields);
    return simdjson::SUCCESS;
  });
  if (error) return error;
  check(fields, index);
  if (!fields.has_id) return simdjson::SUCCESS;
  name_faults(fields.image.id);
  records.push_back({std::move(fields.image), index});
  return simdjson::SUCCESS;
}

simdjson::error_code CategorySink::record(simdjson::ondemand::value& value, const SlicePlace&,
                                          std::int64_t index) {
  simdjson::ondemand::object object;
  simdjson::error_code error{};
  if (!begin_record(value, index, object, error)) return error;
  CocoCategory category;
  bool has_id = false;
  error = for_each_field(object, [&](std::string_view key, JsonValue field) {
    if (key == "id") {
      has_id = read_id(field, category.id);
      if (!has_id) fault(index, "id " + id_fault(field));
    } else if (key == "name") {
      read_text(field, category.name);
    } else if (key == "supercategory") {
      read_text(field, category.supercategory);
    }
    return simdjson::SUCCESS;
  });
  if (error) return error;
  if (!has_id) {
    if (!record_breaks()) fault(index, "has no id");
    return simdjson::SUCCESS;
  }
  if (category.name.empty()) {
    category.name = "class " + (category.id.is_text() ? category.id.text : id_text(category.id));
    fault(index, text_of("has no name; it is called ", json_quote(category.name)), false);
  }
  name_faults(category.id);
  records.push_back({std::move(category), index});
  return simdjson::SUCCESS;
}

}  // namespace saccade
