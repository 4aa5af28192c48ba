// Reads a COCO annotation file and looks up the ids of its records.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

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
  // The annotations of one slice.
  struct Chunk {
    std::int64_t first = 0;  // index in the array of the slice's record 0
    std::vector<StagedAnnotation> records;
    std::vector<std::string> texts;
  };

  void read_file();
  void read_member(JsonScanner& scanner);
  std::int64_t read_array(const std::string& name, std::int64_t begin);
  void take_faults(const std::string& array, FaultKeeper& sink, std::int64_t first);
  std::string where(const char* array, std::int64_t index, const std::string& id) const;

  void place_images();
  void place_categories();
  void look_up_annotations();
  bool look_up(Chunk& chunk, StagedAnnotation& staged);
  void check_inside(const Chunk& chunk, const StagedAnnotation& staged, const CocoImage& image);
  void place_annotations();
  void problem_of(const Chunk& chunk, const StagedAnnotation& staged, bool breaks,
                  const std::string& what);

  std::shared_ptr<const JsonFile> file_;
  SliceOptions options_;
  std::vector<IndexedRecord<CocoImage>> images_;
  std::vector<IndexedRecord<CocoCategory>> categories_;
  std::vector<Chunk> chunks_;
  std::vector<std::string> arrays_;  // names of those that were read
  ProblemList problems_;
  CocoDataSet data_;
};

}  // namespace saccade
