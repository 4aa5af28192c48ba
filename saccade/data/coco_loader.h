// Reads a COCO annotation file: its arrays in any order, each record once.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "saccade/data/annotation_join.h"
#include "saccade/data/coco.h"
#include "saccade/data/coco_records.h"
#include "saccade/data/json_records.h"
#include "saccade/data/json_scanner.h"

namespace saccade {

class CocoLoader {
 public:
  CocoLoader(const std::filesystem::path& path, SliceOptions options);

  // As load_coco; may be called once.
  CocoFile load();

 private:
  void read_file();
  void read_member(JsonScanner& scanner);
  std::int64_t read_array(const std::string& name, std::int64_t begin);
  void take_faults(const std::string& array, FaultKeeper& sink, std::int64_t first);
  void place_images();
  void place_categories();

  std::shared_ptr<const JsonFile> file_;
  SliceOptions options_;
  std::vector<IndexedRecord<CocoImage>> images_;
  std::vector<IndexedRecord<CocoCategory>> categories_;
  AnnotationJoin annotations_;
  std::vector<std::string> arrays_;  // names of those that were read
  ProblemList problems_;
  CocoDataSet data_;
};

}  // namespace saccade
