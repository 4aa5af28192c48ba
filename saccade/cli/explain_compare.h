// saccade explain --weights-b: what two models looked at for the same object, in one figure.
#pragma once

#include "saccade/cli/options.h"

namespace saccade {

// Throws UsageError: a kind or layer that one of the models lacks, an option that is of one model alone; Error: nothing of the
// second model matches, as run_explain.
int run_explain_compare(const ExplainOptions& options);

}  // namespace saccade
