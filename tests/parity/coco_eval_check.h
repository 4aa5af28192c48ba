// Recorded evaluations of pycocotools: which a folder holds, and whether ours equals them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace saccade {

// A pair of files and what pycocotools made of it.
struct CocoEvalCase {
  std::string name;
  std::filesystem::path truths, detections;  // .json or .json.gz
  std::string iou_type = "bbox";
  std::vector<double> stats;                                 // 12
  std::vector<std::pair<std::string, double>> per_category;  // category id as text, AP
  std::filesystem::path arrays;                              // .safetensors; may be empty
};

// Two layouts: DIR/coco_eval/NAME_{gt,dt}.json.gz with NAME_expected.json, and coco-eval/expected.json
// in DIR or DIR/data, whose paths start at the folder above it. What is absent is left out.
std::vector<CocoEvalCase> find_coco_eval_cases(const std::filesystem::path& folder);

// Evaluates the case and compares every number within 1e-12, with GoogleTest's EXPECT.
void check_coco_eval_case(const CocoEvalCase& recorded);

}  // namespace saccade
