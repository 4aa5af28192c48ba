// The annotations of a COCO file as they are read: box, area, crowd; of the outline only its place.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "saccade/data/coco_records.h"

namespace saccade {

// Ids here are numbers, or indices into the sink's `texts` where the field's bit of `text_fields` is set.
struct StagedAnnotation {
  enum Field : std::uint8_t { kId = 1, kImage = 2, kCategory = 4 };

  std::int64_t id = 0, image = 0, category = 0;
  BoxXywh box;
  double area = 0;
  FileRange segmentation;
  std::int32_t index = 0;  // in its slice
  std::uint8_t text_fields = 0;
  bool is_crowd = false;
  bool is_twice = false;  // an earlier annotation has its id
};

class AnnotationSink : public FaultKeeper {
 public:
  simdjson::error_code record(simdjson::ondemand::value& value, const SlicePlace& place,
                              std::int64_t index) override;
  std::vector<StagedAnnotation> records;
  std::vector<std::string> texts;

 private:
  struct Fields;
  simdjson::error_code read_field(std::string_view key, simdjson::ondemand::value& value,
                                  const SlicePlace& place, Fields& fields);
  void read_record_id(simdjson::ondemand::value& value, const char* name, std::int64_t& number,
                      StagedAnnotation::Field field, Fields& fields);
  void finish_box(Fields& fields);
  void finish(Fields& fields);
};

}  // namespace saccade
