// The replies of docs/http-api.md, written out.
#pragma once

#include <string>
#include <vector>

#include "saccade/data/coco.h"
#include "saccade/server/http_message.h"
#include "saccade/server/image_shelf.h"
#include "saccade/server/model_runs.h"

namespace saccade {

// How far maps of attribution were found to be faithful (saccade faith), in words.
struct FaithWords {
  std::string of;                          // "20 detections of instances"; empty: not known
  std::vector<std::string> interventions;  // that held then
  std::vector<std::pair<std::string, std::string>> methods;  // name, what was found
};

// What the server says of itself.
struct ServerWords {
  std::string version, device, precision, command;
  int threads = 1;
  bool exif = true;
  std::size_t memory_budget_mb = 0, upload_limit_mb = 0;
  std::vector<std::string> interventions, sweeps;
  bool has_runs = false;
  FaithWords faith;
};

// GET /api/model; `b` may be null.
std::string model_json(const LoadedModel& a, const LoadedModel* b, const ServerWords& words);
// GET /api/image/ID/truth of an image of the annotations.
std::string truth_json(const CocoDataSet& data, int image, const ClassMap& classes);

struct RunReplyOf {
  const RunRequest& request;
  const ShelfImage& image;
  const CocoDataSet* truth = nullptr;  // null: none
};
HttpReply run_reply(const RunReplyOf& of, const RunSubject& subject, const DecoderRun& run);
HttpReply detections_reply(const LoadedModel& model, const std::vector<Detection>& detections,
                           double threshold);
HttpReply token_reply(const TokenView& token);
// GET /api/image/ID/map of each kind of method; `weights` [M, Q].
HttpReply heard_reply(int query, int layer, const at::Tensor& weights);
HttpReply flow_reply(const FlowView& flow, int layer, const OpenImage& open);
HttpReply attribution_reply(const AttributionView& view, const OpenImage& open);

}  // namespace saccade
