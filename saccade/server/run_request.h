// What a viewer asks to be run: read from JSON or from an address, and checked before anything runs.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "saccade/core/error.h"
#include "saccade/explain/intervention_check.h"
#include "saccade/server/http_message.h"

namespace saccade {

// Weights that a training run has kept.
struct RunCheckpoint {
  std::string run;
  std::int64_t epoch = 0;

  bool operator==(const RunCheckpoint&) const = default;
};

struct RunRequest {
  std::string model = "a";                  // a, b or NAME@EPOCH
  std::optional<RunCheckpoint> checkpoint;  // where `model` names one
  std::vector<std::string> texts;           // of interventions
  std::string viewer;
  std::shared_ptr<const std::atomic<bool>> gone;  // as HttpRequest
  int longest_side = 0;  // pixels that the image is resized to; 0: as the model wants it
};

// The name that a viewer gives itself: letters, digits, - and _. Throws UsageError.
std::string viewer_name(std::string name);

// {"model": "a", "interventions": ["..."], "viewer": "...", "longest_side": 480}; all may be missing, no other key may be
// there. Throws UsageError.
RunRequest run_request_of(const std::string& json);
// ?model=a&x=TEXT&x=TEXT&viewer=...&longest_side=480
RunRequest run_request_of(const HttpRequest& request);

// A text that does not read, or speaks of what the model lacks.
class WrongIntervention : public UsageError {
 public:
  WrongIntervention(const std::string& what, int index, int at)
      : UsageError(what), index(index), at(at) {}
  const int index;  // of the texts
  const int at;     // byte of it; -1: of no place
};

// The texts, checked against the model. Throws WrongIntervention, also for those that would open files or need a data set.
std::vector<Intervention> read_interventions(const std::vector<std::string>& texts,
                                             const InterventionLimits& limits);

}  // namespace saccade
