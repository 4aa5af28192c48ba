// saccade explain: where the detector looked.
#pragma once

#include "saccade/cli/options.h"

namespace saccade {

int run_explain(const ExplainOptions& options);

// The picture kinds of the original's scripts as options of ours.
ExplainOptions with_preset(ExplainOptions options);
// Refuses what does not exist before the model runs. Throws UsageError.
void check_kind(const ExplainOptions& options, bool plain);

}  // namespace saccade
