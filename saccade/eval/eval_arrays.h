// The precision, recall and score arrays of an evaluation as a safetensors file.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "saccade/eval/coco_eval.h"

namespace saccade {

// Writes precision [T, R, K, A, M], recall [T, K, A, M] and scores [T, R, K, A, M], float64, -1 where a
// class has no truth, as pycocotools' `eval` dictionary has them. Metadata: `params` (JSON: iouThrs,
// recThrs, catIds, areaRng, areaRngLbl, maxDets, iouType), `counts` (JSON: the five sizes), `images`
// (their number) and what `provenance` adds (command, version). Throws Error.
void write_eval_arrays(const std::filesystem::path& path, const CocoDataSet& data,
                       const CocoEvaluation& evaluation,
                       const std::map<std::string, std::string>& provenance);

}  // namespace saccade
