// A note where a picture of attention shows mostly what all queries share.
#pragma once

#include <string>

#include "saccade/cli/explain_views.h"

namespace saccade {

// Of the chosen layers that are mostly template (core/query_specific.h), which, and what to do; empty where there is none,
// or attention is dense. `remedy` are the options that draw what differs.
std::string template_note(const ExplainedImage& explained,
                          const std::string& remedy = "--kind points --relative");

}  // namespace saccade
