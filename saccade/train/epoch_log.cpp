// An epoch as a line.
#include "saccade/train/epoch_log.h"

#include <cstdio>

#include "saccade/core/json_writer.h"

namespace saccade {
namespace {

void add_means(JsonWriter& json, const std::string& prefix, const LossMeters& meters) {
  for (const LossMeters::Meter& meter : meters.all())
    json.member(prefix + meter.name, meter.mean());
}

}  // namespace

std::string epoch_log_line(std::int64_t epoch, std::int64_t n_parameters, const LossMeters& train,
                           const EpochEvaluation* result) {
  JsonWriter json;
  json.begin_object();
  add_means(json, "train_", train);
  if (result != nullptr) {
    add_means(json, "test_", result->losses);
    json.key("test_coco_eval_bbox").begin_array();
    for (const double stat : result->evaluation.stats) json.value(stat);
    json.end_array();
  }
  json.member("epoch", epoch).member("n_parameters", n_parameters);
  return json.end_object().text();
}

std::string epoch_text(std::int64_t epoch, const EpochEvaluation& result) {
  const CocoStats& stats = result.evaluation.stats;
  const LossMeters::Meter* loss = result.losses.find("loss");
  char text[160];
  std::snprintf(text, sizeof(text),
                "epoch %lld  AP %.4f  AP50 %.4f  APs %.3f  APm %.3f  APl %.3f  test loss %.4f",
                static_cast<long long>(epoch + 1), stats[0], stats[1], stats[3], stats[4], stats[5],
                loss != nullptr ? loss->mean() : 0);
  return text;
}

}  // namespace saccade
