// What can be asked of a model about an image: the work behind each address.
#pragma once

#include "saccade/data/coco.h"
#include "saccade/server/model_runs.h"

namespace saccade {

// `truth` may be null. The request's numbers are read at once. All throw UsageError.
ModelRuns::Work decoder_work(const RunRequest& wanted, const ShelfImage& image,
                             const CocoDataSet* truth);
ModelRuns::Work detections_work(const HttpRequest& request);
ModelRuns::Work token_work(const HttpRequest& request);
ModelRuns::Work map_work(const HttpRequest& request);

// A parameter that is a whole number. Throws UsageError.
std::uint64_t whole_in(const std::string& text, const char* name);

}  // namespace saccade
