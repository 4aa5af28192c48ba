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
  enum class Fault { kTwice, kNoImage, kNoCategory, kOutside };
  struct FaultyAnnotation {
    StagedAnnotation staged;
    Fault fault;
  };
  // The annotations of one slice.
  struct Chunk {
    std::int64_t first = 0;  // index in the array of the slice's record 0
    std::vector<StagedAnnotation> records;
    std::vector<std::string> texts;
    std::vector<FaultyAnnotation> faulty;
  };

  void read_file();
  void read_member(JsonScanner& scanner);
  std::int64_t read_array(const std::string& name, std::int64_t begin);
  void take_faults(const std::string& array, FaultKeeper& sink, std::int64_t first);
  std::string where(const char* array, std::int64_t index, const std::string& id) const;

  void place_images();
  void place_categories();
  void mark_twice();
  void look_up_annotations();
  bool look_up(Chunk& chunk, StagedAnnotation& staged) const;
  void report(const Chunk& chunk, const FaultyAnnotation& faulty);
  std::string text_of_fault(const Chunk& chunk, const FaultyAnnotation& faulty) const;
  void place_annotations();

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
