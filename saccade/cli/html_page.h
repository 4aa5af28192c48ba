// The page of --html.
#pragma once

#include <functional>

#include "saccade/cli/eval_options.h"
#include "saccade/study/study_page.h"

namespace saccade {

// The pictures of an evaluation that its page shows: that of --plot.
std::vector<std::filesystem::path> page_pictures(const EvalOptions& options);

// Made and written where --html asks for it; says so like other written files.
void write_html_page(const EvalOptions& options, const std::function<Document()>& make_page);

}  // namespace saccade
