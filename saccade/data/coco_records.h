// The records of a COCO annotation file as they are read: what all have in common, images, categories.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "saccade/data/coco.h"
#include "saccade/data/json_records.h"

namespace saccade {

template <typename Record>
std::vector<RecordId> ids_of(const std::vector<Record>& records) {
  std::vector<RecordId> ids;
  ids.reserve(records.size());
  for (const Record& record : records) ids.push_back(record.id);
  return ids;
}

// What is wrong with one record.
struct RecordFault {
  std::int64_t index = 0;  // in the sink's slice
  std::string id;          // as messages print it; empty where it has none
  std::string what;
  bool breaks = true;
};

// "instances.json: annotations[17] (id 901)"; `id` as messages print it, may be empty.
std::string record_where(const std::string& file_name, const std::string& array, std::int64_t index,
                         const std::string& id);

template <typename Record>
struct IndexedRecord {
  Record record;
  std::int64_t index = 0;  // in its slice; once taken, in its array
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

 private:
  struct Fields;
  void read_field(std::string_view key, simdjson::ondemand::value& value, std::int64_t index,
                  Fields& fields);
  // Of a record that was read; takes what is sound.
  void check(Fields& fields, std::int64_t index);
};

class CategorySink : public FaultKeeper {
 public:
  simdjson::error_code record(simdjson::ondemand::value& value, const SlicePlace& place,
                              std::int64_t index) override;
  std::vector<IndexedRecord<CocoCategory>> records;
};

}  // namespace saccade
