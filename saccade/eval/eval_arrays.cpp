// The precision, recall and score arrays of an evaluation as a safetensors file.
#include "saccade/eval/eval_arrays.h"

#include "saccade/checkpoint/safetensors.h"
#include "saccade/core/json_array.h"

namespace saccade {
namespace {

RawTensor tensor_of(std::vector<double> values, std::vector<std::int64_t> shape) {
  const auto owner = std::make_shared<const std::vector<double>>(std::move(values));
  RawTensor tensor;
  tensor.dtype = DType::kFloat64;
  tensor.strides = contiguous_strides(shape);
  tensor.shape = std::move(shape);
  tensor.storage =
      std::make_shared<const Storage>(Storage{std::as_bytes(std::span(*owner)), owner});
  return tensor;
}

std::string params_json(const CocoDataSet& data, IouType type) {
  JsonWriter json;
  json.begin_object().member("iouType", name_of(type));
  add_array(json, "iouThrs", iou_thresholds());
  add_array(json, "recThrs", recall_thresholds());
  json.key("catIds").begin_array();
  for (const CocoCategory& category : data.categories()) {
    if (category.id.is_text()) {
      json.value(category.id.text);
    } else {
      json.value(category.id.number);
    }
  }
  json.end_array().key("areaRng").begin_array();
  for (const AreaRange& range : kAreaRanges) {
    json.begin_array().value(range.low).value(range.high).end_array();
  }
  json.end_array().key("areaRngLbl").begin_array();
  for (const AreaRange& range : kAreaRanges) json.value(range.name);
  json.end_array();
  add_array(json, "maxDets", kMaxDetections);
  return json.end_object().text();
}

}  // namespace

void write_eval_arrays(const std::filesystem::path& path, const CocoDataSet& data,
                       const CocoEvaluation& evaluation,
                       const std::map<std::string, std::string>& provenance) {
  const std::int64_t k = evaluation.arrays.num_categories();
  const std::vector<std::int64_t> curves = {kNumIouThresholds, kNumRecallThresholds, k,
                                            kNumAreaRanges, kNumMaxDetections};
  const std::vector<std::int64_t> ends = {kNumIouThresholds, k, kNumAreaRanges, kNumMaxDetections};
  std::map<std::string, std::string> metadata = provenance;
  metadata["params"] = params_json(data, evaluation.iou_type);
  JsonWriter counts;
  counts.begin_array();
  for (const std::int64_t size : curves) counts.value(size);
  metadata["counts"] = counts.end_array().text();
  metadata["images"] = std::to_string(evaluation.images.size());
  write_safetensors(path,
                    {{"precision", tensor_of(evaluation.arrays.precision_trkam(), curves)},
                     {"recall", tensor_of(evaluation.arrays.recall_tkam(), ends)},
                     {"scores", tensor_of(evaluation.arrays.scores_trkam(), curves)}},
                    metadata);
}

}  // namespace saccade
