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

simdjson::error_code ImageSink::record(simdjson::ondemand::value& value, const SlicePlace&,
                                       std::int64_t index) {
  simdjson::ondemand::object object;
  simdjson::error_code error{};
  if (!begin_record(value, index, object, error)) return error;
  CocoImage image;
  bool has_id = false, has_name = false;
  std::int64_t width = 0, height = 0;
  bool has_width = false, has_height = false;
  const auto read_side = [&](const char* name, JsonValue& side, std::int64_t& to, bool& has) {
    if (is_null(side)) return;
    has = true;
    if (!read_whole(side, to))
      fault(index, text_of(name, " is ", shown(side), ", not a whole number"));
  };
  error = for_each_field(object, [&](std::string_view key, JsonValue field) {
    if (key == "id") {
      has_id = read_id(field, image.id);
      if (!has_id) fault(index, "id " + id_fault(field));
    } else if (key == "file_name") {
      has_name = read_text(field, image.file_name) && !image.file_name.empty();
      if (!has_name)
        fault(index, text_of("file_name is ", shown(field), ", not the name of a file"));
    } else if (key == "width") {
      read_side("width", field, width, has_width);
    } else if (key == "height") {
      read_side("height", field, height, has_height);
    }
    return simdjson::SUCCESS;
  });
  if (error) return error;
  if (!has_id && !record_breaks()) fault(index, "has no id");
  if (!has_name && !record_breaks()) fault(index, "has no file_name");
  if (has_name && !stays_inside(image.file_name)) {
    fault(index,
          text_of("file_name ", json_quote(image.file_name), " leads out of the folder of images"));
    image.file_name.clear();
  }
  if (const std::string what = size_fault(width, height); !what.empty()) {
    fault(index, what);
  } else if (width == 0 || height == 0) {
    if (!record_breaks())
      fault(index, has_width && has_height ? "has a size of 0" : "has no width and height", false);
  } else {
    image.width = static_cast<int>(width);
    image.height = static_cast<int>(height);
  }
  if (!has_id) return simdjson::SUCCESS;
  name_faults(image.id);
  records.push_back({std::move(image), index});
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
