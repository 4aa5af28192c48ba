// saccade explain: where the detector looked.
#pragma once

#include "saccade/cli/options.h"

namespace saccade {

int run_explain(const ExplainOptions& options);

}  // namespace saccade
