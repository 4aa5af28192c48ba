// Annotation files written as text, and what loading them says.
#pragma once

#include <string>
#include <vector>

#include "saccade/data/coco.h"
#include "tests/data/data_files.h"

namespace saccade {

// Two images of 100 x 80, two categories, and these annotations.
inline std::string file_with(const std::string& annotations) {
  return R"({"info": {"year": 2017}, "images": [
      {"id": 7, "file_name": "b.jpg", "width": 100, "height": 80},
      {"id": 3, "file_name": "a.jpg", "width": 100, "height": 80}],
    "annotations": [)" +
         annotations + R"(],
    "categories": [{"id": 18, "name": "dog", "supercategory": "animal"}, {"id": 1, "name": "cat"}]})";
}

inline std::string annotation(const std::string& fields) {
  return R"({"id": 1, "image_id": 7, "category_id": 1, "bbox": [10, 20, 30, 40])" + fields + "}";
}

inline CocoFile load_text(const std::string& text) {
  return load_coco(write_test_file("set.json", text));
}

inline std::vector<std::string> lines(const CocoFile& file) {
  std::vector<std::string> all;
  for (const DataProblem& problem : file.problems)
    all.push_back((problem.breaks ? "" : "note: ") + problem.line());
  return all;
}

// The problems of a file with this one annotation.
inline std::vector<std::string> problems_with(const std::string& annotations) {
  return lines(load_text(file_with(annotations)));
}

}  // namespace saccade
