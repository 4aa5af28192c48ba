// The records of a COCO annotation file as they are read, before their ids are looked up.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "saccade/data/coco.h"
#include "saccade/data/json_records.h"

namespace saccade {

// What is wrong with one record.
struct RecordFault {
  std::int64_t index = 0;  // in the sink's slice
  std::string id;          // as messages print it; empty where it has none
  std::string what;
  bool breaks = true;
};

template <typename Record>
struct IndexedRecord {
  Record record;
  std::int64_t index = 0;  // in its slice; once taken, in its array
};

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

// A sink that keeps faults.
class FaultKeeper : public RecordSink {
 public:
  std::vector<RecordFault> faults;
  std::int64_t more_faults = 0, more_breaking = 0;  // counted, not kept

 protected:
  void fault(std::int64_t index, std::string what, bool breaks = true);
  // Opens the value as an object. False where it is none, which is a fault, or `error` is set.
  bool begin_record(simdjson::ondemand::value& value, std::int64_t index,
                    simdjson::ondemand::object& object, simdjson::error_code& error);
  // Faults of this record get its id, which may stand behind the faulty field.
  void name_faults(const std::string& id);
  void name_faults(const RecordId& id) {
    if (first_fault_ < faults.size()) name_faults(id_text(id));
  }
  bool record_breaks() const { return record_breaks_; }

 private:
  std::size_t first_fault_ = 0;
  bool record_breaks_ = false;
};

class ImageSink : public FaultKeeper {
 public:
  simdjson::error_code record(simdjson::ondemand::value& value, const SlicePlace& place,
                              std::int64_t index) override;
  std::vector<IndexedRecord<CocoImage>> records;
};

class CategorySink : public FaultKeeper {
 public:
  simdjson::error_code record(simdjson::ondemand::value& value, const SlicePlace& place,
                              std::int64_t index) override;
  std::vector<IndexedRecord<CocoCategory>> records;
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
