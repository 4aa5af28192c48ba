// Pictures of the worst errors of each type: the result's box, the truth, and where its query looked.
#pragma once

#include <string>
#include <vector>

#include "saccade/cli/eval_options.h"
#include "saccade/cli/evaluated_set.h"
#include "saccade/cli/model_session.h"
#include "saccade/study/error_report.h"

namespace saccade {

// For each type its first error on each of the --pictures worst images, as Loc-1-NAME.png in --errors. Returns the names.
// Throws Error as reading and writing images.
std::vector<std::string> draw_error_pictures(const EvalOptions& options, const EvaluatedSet& set,
                                             const ModelSession& session,
                                             const ErrorReport& report);

}  // namespace saccade
